"""Choose descriptors, an optimizer or a loss, and set their options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mcr_core.errors import InputError
from napari_mcr.forms.schema_form import SchemaForm, add_row, form_layout
from napari_mcr.forms.tooltips import wrapped

#: Weights that stand beside each other well: variation is a small number.
_WEIGHTS = {"variation": 10.0}
#: Of the options of a plugin that was chosen, in pixels of the screen.
_INDENT = 10


class TermList(QWidget):
    """A line for every descriptor: whether it is prescribed, its weight, and options to unfold.

    Args:
        descriptors: the `plugins` and `broken` of the description.
        term: schema of the options of a term; None where descriptors are only computed: they
            have no weights then, and need no optimizer.
        checked: names of the descriptors to start with.
        gradient_free: names of the optimizers that work with every descriptor.
    """

    def __init__(
        self,
        descriptors: Mapping[str, Any],
        term: Mapping[str, Any] | None,
        checked: Sequence[str],
        gradient_free: Sequence[str] = (),
    ) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        self.rows = {plugin["name"]: _Row(plugin, term) for plugin in descriptors["plugins"]}
        self.condition = QLabel(
            f"Only with the optimizer {' or '.join(gradient_free)} (under Advanced):"
        )
        self.condition.setWordWrap(True)
        self.condition.setContentsMargins(4, 6, 0, 0)
        self.condition.setToolTip("These are not differentiable: the other optimizers need that.")
        # What is chosen at the start stands first, what needs another optimizer last.
        smooth = {
            plugin["name"]: plugin["differentiable"] or term is None
            for plugin in descriptors["plugins"]
        }
        order = sorted(self.rows, key=lambda name: (not smooth[name], name not in checked, name))
        for name in order:
            self.rows[name].check.setChecked(name in checked)
            if not smooth[name] and layout.indexOf(self.condition) < 0:
                layout.addWidget(self.condition)
            layout.addWidget(self.rows[name])
        for name, reason in descriptors["broken"].items():
            missing = QCheckBox(f"{name} (does not load)")
            missing.setEnabled(False)
            missing.setToolTip(wrapped(reason))
            layout.addWidget(missing)

    def values(self) -> list[dict[str, Any]]:
        """Return the chosen terms as JSON data of a job; without weights, where there are none.

        Raises:
            InputError: none is chosen, or a field holds no value.
        """
        chosen = [row.value() for row in self.rows.values() if row.check.isChecked()]
        if not chosen:
            raise InputError("expected at least one descriptor: tick one")
        return chosen


class _Row(QWidget):
    def __init__(self, plugin: Mapping[str, Any], term: Mapping[str, Any] | None) -> None:
        super().__init__()
        self._name = plugin["name"]
        self.check = QCheckBox(self._name.replace("_", " "))
        self.check.setToolTip(tooltip(plugin))
        self.unfold = QToolButton()
        self.unfold.setText("Options")
        self.unfold.setCheckable(True)
        self.unfold.setArrowType(Qt.ArrowType.RightArrow)
        self.unfold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.unfold.setAutoRaise(True)
        self.options = SchemaForm(plugin["schema"])
        self.weights = SchemaForm(term or {}, leave_out=["descriptor"])
        if term is not None and self._name in _WEIGHTS:
            self.weights.set_values(weight=_WEIGHTS[self._name])
        head = QHBoxLayout()
        head.addWidget(self.check, 1)
        head.addWidget(self.unfold)
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(22, 0, 0, 6)
        body.setSpacing(4)
        if self.options.names:
            body.addWidget(self.options)
        body.addWidget(self.weights)
        self._body.hide()
        if not self.options.names and not self.weights.names:
            self.unfold.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self._body)
        self.unfold.toggled.connect(self._show_options)

    def value(self) -> dict[str, Any]:
        descriptor = {"name": self._name, "options": self.options.values()}
        return {"descriptor": descriptor, **self.weights.values()}

    def _show_options(self, shown: bool) -> None:
        self._body.setVisible(shown)
        arrow = Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow
        self.unfold.setArrowType(arrow)


class PluginChoice(QWidget):
    """One plugin of several, and its options.

    Args:
        what: `optimizer` or `loss`, for people.
        plugins: the `plugins` and `broken` of the description.
        first: name of the plugin to start with.
    """

    def __init__(self, what: str, plugins: Mapping[str, Any], first: str) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        head = QWidget()
        self.box = QComboBox()
        # Names of plugins are long.
        add_row(form_layout(head), what, self.box, label_width=0)
        layout.addWidget(head)
        self.forms: dict[str, SchemaForm] = {}
        for plugin in plugins["plugins"]:
            self.box.addItem(plugin["name"])
            self.box.setItemData(self.box.count() - 1, tooltip(plugin), Qt.ItemDataRole.ToolTipRole)
            form = SchemaForm(plugin["schema"])
            form.setContentsMargins(_INDENT, 0, 0, 0)
            form.hide()
            layout.addWidget(form)
            self.forms[plugin["name"]] = form
        self.box.currentTextChanged.connect(self._show_form)
        self.box.setCurrentIndex(max(self.box.findText(first), 0))
        self._show_form()

    def value(self) -> dict[str, Any]:
        """Return the plugin as JSON data of a job."""
        name = self.box.currentText()
        return {"name": name, "options": self.forms[name].values()}

    def _show_form(self) -> None:
        self.box.setToolTip(self.box.currentData(Qt.ItemDataRole.ToolTipRole) or "")
        for name, form in self.forms.items():
            form.setVisible(name == self.box.currentText() and bool(form.names))


def tooltip(plugin: Mapping[str, Any]) -> str:
    """Return what a plugin is and where it comes from."""
    return wrapped(plugin["summary"], plugin["reference"])
