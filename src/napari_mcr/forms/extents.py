"""Whether an image or a volume is made, and how large it is."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QIntValidator
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QWidget

_LARGEST_EXTENT = 4096


class Extents(QWidget):
    """Three numbers in a line, or two; `dimensions`, which says so, stands elsewhere."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.dimensions = QComboBox()
        self.dimensions.addItem("volume (3D)", 3)
        self.dimensions.addItem("image (2D)", 2)
        self.dimensions.setToolTip("Whether the result is a volume or an image.")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.fields: dict[str, Extent] = {}
        self._labels: dict[str, QLabel] = {}
        for axis in "ZYX":
            self.fields[axis] = Extent()
            self.fields[axis].setToolTip(f"Extent along {axis}, in voxels of the source.")
            self.fields[axis].textChanged.connect(self.changed)
            self._labels[axis] = QLabel(axis)
            row.addWidget(self._labels[axis])
            row.addWidget(self.fields[axis], 1)
        self.dimensions.currentIndexChanged.connect(self._show_fields)

    @property
    def shape(self) -> tuple[int, ...]:
        """The extents asked for, (Y, X) or (Z, Y, X)."""
        axes = "ZYX" if self.dimensions.currentData() == 3 else "YX"
        return tuple(self.fields[axis].value() for axis in axes)

    def suggest(self, extent: Sequence[int]) -> None:
        """Start from the extent of the source; an image gets as many planes as its short side."""
        planes = extent[0] if len(extent) == 3 else min(extent)
        for axis, voxels in zip("ZYX", (planes, *extent[-2:]), strict=True):
            self.fields[axis].setValue(voxels)

    def _show_fields(self) -> None:
        volume = self.dimensions.currentData() == 3
        for widget in (self.fields["Z"], self._labels["Z"]):
            widget.setVisible(volume)
        self.changed.emit()


class Extent(QLineEdit):
    """A number of voxels; a spin box would be too wide where three share a line."""

    def __init__(self) -> None:
        super().__init__("64")
        self.setValidator(QIntValidator(1, _LARGEST_EXTENT, self))
        self.setMinimumWidth(30)

    def value(self) -> int:
        """Return the number; 0 where there is none, which the run refuses by name."""
        return int(self.text()) if self.text().isdigit() else 0

    def setValue(self, voxels: int) -> None:
        """Show a number."""
        self.setText(str(voxels))
