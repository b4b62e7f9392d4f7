"""How the parts of a dock share its height."""

import pytest
from qtpy.QtWidgets import QLabel, QPushButton, QScrollArea, QWidget

from napari_mcr.docks.layout import arrange, bring_up


def part(height):
    found = QLabel("a part")
    found.setFixedHeight(height)
    return found


@pytest.fixture
def shown(qtbot):
    """Return a function that shows a dock, 700 pixels high, and gives how far its forms scroll."""

    docks = []

    def show(forms, results):
        dock = QWidget()
        docks.append(dock)
        qtbot.addWidget(dock)
        arrange(dock, forms=forms, buttons=[QPushButton("do")], below=QLabel(), results=results)
        dock.resize(350, 700)
        dock.show()
        return dock.findChild(QScrollArea).verticalScrollBar()

    return show


def test_results_take_what_the_forms_leave(shown, wait):
    forms, results = [part(150), part(100)], QLabel("results")
    bar = shown(forms, results)
    wait(lambda: bar.maximum() == 0 and results.height() > 330)
    forms[0].hide()
    wait(lambda: results.height() > 480)
    forms[0].show()
    wait(lambda: results.height() < 450 and bar.maximum() == 0)


def test_results_keep_the_height_that_they_need(shown, wait):
    results = QLabel("results")
    results.setMinimumHeight(400)
    bar = shown([part(150), part(250)], results)
    wait(lambda: bar.maximum() > 0)
    assert results.height() == 400


def test_forms_fill_the_dock_until_there_are_results(shown, wait):
    results = QLabel("results")
    results.hide()
    form = part(150)
    shown([form], results)
    area = form.parentWidget().parentWidget().parentWidget()
    wait(lambda: area.height() > 500)


def test_a_part_comes_to_the_top(shown, wait):
    forms = [part(300), part(300), part(900)]
    bar = shown(forms, None)
    wait(lambda: bar.maximum() > 700)
    bring_up(forms[1])
    wait(lambda: bar.value() == forms[1].y())
    # Outside of a dock there is nothing to scroll.
    bring_up(part(10))
