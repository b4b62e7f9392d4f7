"""Which of an image is which phase: by its values, or by thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QCheckBox, QComboBox, QLabel, QVBoxLayout, QWidget

from mcr_core.errors import InputError, McrError
from mcr_core.images.classes import classes_of, phases_of_classes, unknown_values
from mcr_core.images.threshold import cut
from mcr_core.microstructure import Microstructure
from napari_mcr.forms.phase_table import PhaseTable
from napari_mcr.forms.schema_form import add_row, form_layout
from napari_mcr.forms.threshold_form import ThresholdForm
from napari_mcr.layers.phase_outline import Labelling
from napari_mcr.layers.phases_seen import Seen, check_numbers, look_at, rows_of_limits

if TYPE_CHECKING:
    from napari.components import Dims
    from napari.layers import Layer


class PhaseForm(QWidget):
    """A table of phases, and thresholds where they are needed; `changed` tells of other phases.

    Args:
        color: of text, as #rrggbb.
    """

    changed = Signal()

    def __init__(self, color: str) -> None:
        super().__init__()
        self._seen: Seen | None = None
        self._image: tuple[Layer, tuple[int, ...]] | None = None
        self._more: set[float] = set()
        self._chooses = False
        self.by = QComboBox()
        self.by.addItem("its values", "values")
        self.by.addItem("thresholds", "thresholds")
        self.by.setToolTip(
            "Labels, and images of few values, state their phases; grey images are cut at "
            "thresholds."
        )
        self.thresholds = ThresholdForm(color)
        self.table = PhaseTable()
        self.outline_box = QCheckBox("&outline in the viewer")
        self.outline_box.setChecked(True)
        self.outline_box.setToolTip(
            "Show the boundaries of the phases on the shown plane while the limits move."
        )
        self.note = QLabel()
        self.note.setWordWrap(True)
        choice = QWidget()
        add_row(form_layout(choice), "phases by", self.by, self.by.toolTip())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (choice, self.thresholds, self.table, self.note, self.outline_box):
            column.addWidget(part)
        self.by.currentIndexChanged.connect(self._switch)
        self.outline_box.toggled.connect(self.changed)
        self.thresholds.changed.connect(self._move)
        self.table.changed.connect(self.changed)

    @property
    def by_limits(self) -> bool:
        """Whether phases lie between thresholds."""
        return bool(self.by.currentData() == "thresholds")

    @property
    def is_ready(self) -> bool:
        """Whether there is an image that phases can be made of."""
        return self._seen is not None

    def look(self, layer: Layer | None, dims: Dims, axes: tuple[int, ...]) -> bool:
        """Take what a layer holds; choices for the same layer stay.

        Args:
            layer: Image or Labels.
            dims: of the viewer.
            axes: of the image.

        Returns:
            Whether it is the same image as before.
        """
        image = None if layer is None else (layer, axes)
        same = image == self._image and self._seen is not None
        self._image = image
        if not same:
            self._more = set()
        try:
            if layer is None:
                raise InputError(
                    "expected a layer with an image: open one, for example by File > Open Sample"
                )
            self._seen = look_at(layer, dims, axes, self._more)
        except McrError as error:
            self._seen = None
            self._show_nothing(str(error))
            return same
        has_values = bool(self._seen.values)
        self.by.setEnabled(has_values)
        self.tell(_sampled(self._seen.step))
        if not same or not has_values:
            self._chooses = True
            self.by.setCurrentIndex(self.by.findData("values" if has_values else "thresholds"))
            self._chooses = False
        self._fill(same)
        return same

    def microstructure(
        self,
        values: npt.NDArray[Any],
        dims: Dims,
        *,
        voxel_size: Sequence[float],
        unit: str,
        periodic: bool,
    ) -> Microstructure:
        """Return the phases of values of the layer that was looked at.

        Raises:
            InputError: the values are others than those that were seen; no two phases.
        """
        return phases_of_classes(
            self._classes(values, dims),
            self.table.phases,
            self.table.names,
            voxel_size=voxel_size if len(voxel_size) > 1 else voxel_size[0],
            unit=unit,
            periodic=periodic,
        )

    def labelling(self) -> Labelling:
        """Return what gives each pixel the rank of its phase; what is outside comes last.

        Raises:
            InputError: there are no such thresholds.
        """
        limits, used = self.thresholds.limits, self.table.used
        ranks = [len(used) if p is None else used.index(p) for p in self.table.phases]
        table = np.array(ranks, np.uint8)
        return lambda plane: table[cut(plane, limits)]

    def tell(self, text: str) -> None:
        """Show a line below the table; an empty one hides it."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _classes(self, values: npt.NDArray[Any], dims: Dims) -> npt.NDArray[np.uint8]:
        if self._image is None or self._seen is None:
            raise InputError(self.note.text())
        layer, axes = self._image
        if self.by_limits:
            check_numbers(values, layer.name)
            return cut(values, self.thresholds.limits)
        known = self._seen.values
        classes = classes_of(values, known)
        if np.array_equal(np.asarray(known)[classes], values):
            return classes
        strange = unknown_values(values, known)
        self._more |= set(strange)
        self.look(layer, dims, axes)
        listed = ", ".join(f"{value:g}" for value in strange[:8])
        raise InputError(
            f"the layer {layer.name!r} holds values that were not seen before: {listed}"
            f"{', …' if len(strange) > 8 else ''}: look through the table and try once more"
        )

    def _show_nothing(self, why: str) -> None:
        self.by.setEnabled(False)
        self.thresholds.hide()
        self.table.hide()
        self.outline_box.hide()
        self.tell(why)
        self.changed.emit()

    def _switch(self) -> None:
        if not self._chooses:
            self._fill(same=False)

    def _fill(self, same: bool) -> None:
        """Show the table that goes with what was seen."""
        seen = self._seen
        if seen is None:
            return
        self.table.show()
        self.thresholds.setVisible(self.by_limits)
        self.outline_box.setVisible(self.by_limits)
        if self.by_limits:
            if not same:
                self.table.set_rows((), {}, {})
            by_hand = same and self.thresholds.method.currentData() == "numbers"
            kept = [box.value() for box in self.thresholds.boxes] if by_hand else seen.limits
            self.thresholds.show_values(seen.sample, kept)
            return
        if same:
            before = dict(zip(self.table.texts, self.table.phases, strict=True))
            rows = [replace(row, phase=before.get(row.text, row.phase)) for row in seen.rows]
            names, colors = {**seen.names, **self.table.names}, {**seen.colors, **self.table.colors}
            self.table.set_rows(rows, names, colors)
        else:
            self.table.set_rows(seen.rows, seen.names, seen.colors)
        self.changed.emit()

    def _move(self) -> None:
        """Other limits: the table follows."""
        seen = self._seen
        if seen is None:
            return
        try:
            limits = self.thresholds.limits
        except InputError as error:
            self.tell(str(error))
            self.changed.emit()
            return
        self.tell(_sampled(seen.step))
        counts = np.bincount(cut(seen.sample, limits).ravel(), minlength=len(limits) + 1)
        rows = rows_of_limits(limits, (counts / counts.sum()).tolist(), self.table.phases)
        if len(rows) == self.table.rowCount():
            self.table.set_shares([row.text for row in rows], [row.share for row in rows])
        else:
            self.table.set_rows(rows, self.table.names, self.table.colors)
        self.changed.emit()


def _sampled(step: int) -> str:
    nth = {1: "", 2: "2nd", 3: "3rd"}.get(step, f"{step}th")
    return f"Shares are those of every {nth} voxel along each axis." if nth else ""
