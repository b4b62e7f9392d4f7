"""One signal for whatever changes in a form."""

import pytest
from qtpy.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSpinBox, QVBoxLayout, QWidget
from superqt import QLargeIntSpinBox

from napari_mcr.forms.any_change import AnyChange
from napari_mcr.forms.float_box import FloatBox


def combo():
    box = QComboBox()
    box.addItems(["a", "b"])
    return box


CHANGES = {
    "combo": (combo, lambda field: field.setCurrentIndex(1)),
    "check": (QCheckBox, lambda field: field.toggle()),
    "line": (QLineEdit, lambda field: field.setText("1")),
    "spin": (QSpinBox, lambda field: field.setValue(3)),
    "arrow": (QSpinBox, lambda field: field.stepUp()),
    "typed": (QSpinBox, lambda field: field.lineEdit().setText("4")),
    "large": (QLargeIntSpinBox, lambda field: field.setValue(2**40)),
    "float": (FloatBox, lambda field: field.setValue(0.5)),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_every_kind_of_field_is_heard(qtbot, kind):
    root, inside = QWidget(), QWidget()
    qtbot.addWidget(root)
    make, change = CHANGES[kind]
    field = make()
    QVBoxLayout(root).addWidget(inside)
    QVBoxLayout(inside).addWidget(field)
    changes = AnyChange(root)
    changes.watch(root)
    with qtbot.waitSignal(changes.changed, timeout=1000):
        change(field)
