"""What a reconstruction is asked for, by one word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QStandardItemModel
from qtpy.QtWidgets import QComboBox

from mcr_core.presets import resolved
from mcr_core.settings import Settings
from napari_mcr.forms.tooltips import wrapped

#: Terms that the user puts together.
OWN = "own terms"
#: Whatever a characterization file holds.
OF_FILE = "as in the file"

_OTHERS = {
    OF_FILE: "The preset that the characterization file was made with; without one everything that "
    "it holds, each with weight 1.",
    OWN: "Descriptors with weights and options of your own, under Advanced.",
}


class PresetChoice(QComboBox):
    """A preset, what the file holds, or terms of one's own.

    Args:
        presets: of the description, each with `name` and `summary`.
    """

    def __init__(self, presets: Sequence[Mapping[str, Any]]) -> None:
        super().__init__()
        summaries = {preset["name"]: preset["summary"] for preset in presets} | _OTHERS
        for name, summary in summaries.items():
            self.addItem(name)
            self.setItemData(self.count() - 1, wrapped(summary), Qt.ItemDataRole.ToolTipRole)
        self.currentTextChanged.connect(self._tell)
        self.allow_file(False)
        self._tell()

    @property
    def preset(self) -> str | None:
        """Name of the preset that a job states; None for terms."""
        name = self.currentText()
        return None if name in _OTHERS else name

    def settings(self, shape: Sequence[int]) -> dict[str, Any]:
        """Return the settings that the preset changes, of a result of this extent, as JSON data."""
        if self.preset is None:
            return {}
        _, chosen = resolved(self.preset, None, None, Settings(), planes=(), shape=shape)
        return chosen.model_dump(mode="json", exclude_unset=True)

    def choose(self, name: str) -> None:
        """Choose by name; what cannot be chosen leaves the choice as it is."""
        index = self.findText(name)
        model = self.model()
        if isinstance(model, QStandardItemModel) and index >= 0 and model.item(index).isEnabled():
            self.setCurrentIndex(index)

    def allow_file(self, allowed: bool) -> None:
        """Offer what a file holds, or not."""
        model = self.model()
        if isinstance(model, QStandardItemModel):
            model.item(self.findText(OF_FILE)).setEnabled(allowed)
        if not allowed and self.currentText() == OF_FILE:
            self.setCurrentIndex(0)

    def _tell(self) -> None:
        self.setToolTip(self.currentData(Qt.ItemDataRole.ToolTipRole) or "")
