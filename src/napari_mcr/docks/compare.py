"""The dock *Compare*: how far two microstructures are apart, as plots and in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

import mcr_core
from mcr_core.characterization import Characterization
from mcr_core.characterization_file import read_characterization
from mcr_core.errors import McrError
from mcr_core.figures.overlay import Source
from mcr_core.figures.palette import SIDES
from mcr_core.microstructure import Microstructure
from mcr_core.remote import Answer, Client
from mcr_core.sources import Inline
from mcr_core.statistics.comparison import Comparison, Difference
from mcr_core.wording import percent
from napari_mcr.docks.layout import Box
from napari_mcr.docks.verb_dock import VerbDock
from napari_mcr.forms.side_form import SideForm
from napari_mcr.plots.statistics_plot import StatisticsPlot

if TYPE_CHECKING:
    from napari.components import ViewerModel

#: What two layers are compared by, as `mcr compare` does.
_DESCRIPTORS = ("correlations", "variation", "volume_fractions")
_HEADS = ("statistic", "rms", "relative")
#: How blocks are called where they have another name than in tables of files.
_SYMBOLS = {"s2": "S₂", "s3": "S₃"}
#: Of the head and four rows.
_TABLE_HEIGHT = 118


class Compare(VerbDock):
    """Compare two layers or characterizations; see `mcr_core.compare`.

    Args:
        napari_viewer: the viewer; napari gives it.
        client: asks the child; default: a new one.
    """

    def __init__(self, napari_viewer: ViewerModel, client: Client | None = None) -> None:
        super().__init__(napari_viewer, client)
        self.sides = (SideForm(napari_viewer), SideForm(napari_viewer))
        self.sides[1].source.layer_box.choose_next()  # nobody compares a layer with itself
        self.comparison: Comparison | None = None
        self.compare_button = QPushButton("Co&mpare")
        self.compare_button.setToolTip("Characterize what is no characterization, and compare.")
        self.compare_button.clicked.connect(self.compare)
        self.plot = StatisticsPlot(napari_viewer, difference=True)
        self.table = QTableWidget(0, len(_HEADS))
        self.table.setHorizontalHeaderLabels(_HEADS)
        self.table.setToolTip(
            "The largest differences first: their root mean square, and relative to the first."
        )
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(22)
        self.table.setWordWrap(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.setFixedHeight(_TABLE_HEIGHT)
        self._results = QWidget()
        column = QVBoxLayout(self._results)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot, 1)
        column.addWidget(self.table)
        self._results.hide()
        boxes = []
        for title, side in zip(("First", "Second"), self.sides, strict=True):
            box = Box(title)
            box.add(side)
            boxes.append(box)
        self.details_button = QToolButton()
        self.details_button.setText("how layers are &read")
        self.details_button.setToolTip("Show voxel sizes, what label 0 is, and edges.")
        self.details_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.details_button.setCheckable(True)
        self.details_button.toggled.connect(self._unfold)
        self.details_button.setChecked(True)
        self.lay_out([*boxes, self.details_button], [self.compare_button], results=self._results)

    def compare(self) -> None:
        """Ask for the statistics of what is no characterization yet, then compare."""
        try:
            given = [side.value() for side in self.sides]
        except McrError as error:
            self.show_error(str(error))
            return
        names = [side.name for side in self.sides]
        known: dict[int, Characterization] = {
            number: one for number, one in enumerate(given) if isinstance(one, Characterization)
        }
        descriptors: list[Any] = [d.spec() for c in known.values() for d in c.descriptors]
        if len(known) == len(given):
            self._show(known, names)
            return
        for number, one in enumerate(given):
            if isinstance(one, Microstructure):
                self._ask_for(number, one, names, descriptors or list(_DESCRIPTORS), known)

    def let_go(self) -> None:
        """See `VerbDock.let_go`."""
        for side in self.sides:
            side.source.disconnect_viewer()
        self.plot.disconnect_viewer()

    def _ask_for(
        self,
        number: int,
        image: Microstructure,
        names: list[str],
        descriptors: list[Any],
        known: dict[int, Characterization],
    ) -> None:
        def done(answer: Answer) -> None:
            known[number] = read_characterization(answer.content["path"])
            if len(known) == len(self.sides):
                self._show(known, names)

        self.ask(
            "characterize",
            done,
            sources=[Inline.of(image, names[number]).model_dump(mode="json")],
            output=str(self.folder / f"{number}.h5"),
            descriptors=descriptors,
        )

    def _unfold(self, unfolded: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow
        self.details_button.setArrowType(arrow)
        for side in self.sides:
            side.source.fold(not unfolded)

    def _show(self, known: dict[int, Characterization], names: list[str]) -> None:
        if names[0] == names[1]:
            names = [f"{names[0]} (1)", f"{names[1]} (2)"]
        try:
            found = mcr_core.compare(known[0], known[1], names=names)
        except McrError as error:
            self.show_error(str(error))
            return
        self.comparison = found
        self.plot.show_sources(
            [Source(n, c, color) for n, c, color in zip(names, found.shared, SIDES, strict=True)]
        )
        rows = sorted(found.rows, key=lambda row: row.relative or 0.0, reverse=True)
        self.table.setRowCount(len(rows))
        for place, row in enumerate(rows):
            _, _, *numbers = _cells(row)
            for column, text in enumerate((_short(row), *numbers)):
                item = QTableWidgetItem(text)
                item.setToolTip(_sentence(row, names))
                self.table.setItem(place, column, item)
        if self._results.isHidden():
            # Both layers stay in sight, with the results under them.
            self.details_button.setChecked(False)
            self._results.show()
        notes = "".join(f" {note[0].upper()}{note[1:]}." for note in found.notes)
        self.say(f"Largest: {_brief(rows[0])}.{notes}" if rows else notes)


def _short(row: Difference) -> str:
    """What is compared; first what tells rows apart, as a narrow dock cuts the rest.

    Without options, which the tooltip has.
    """
    descriptor = row.descriptor.split(" (")[0]
    block = _SYMBOLS.get(row.block, row.block)
    parts = (block, *_place(row), row.phase, "" if descriptor == row.block else descriptor)
    return ", ".join(filter(None, parts))


def _place(row: Difference) -> tuple[str, str]:
    """Planes and level; nothing where there are no others."""
    planes = "" if row.planes == "all" else row.planes
    return planes, f"level {row.level}" if row.level else ""


def _cells(row: Difference) -> tuple[str, ...]:
    block = _SYMBOLS.get(row.block, row.block)
    where = ", ".join(filter(None, (row.phase, block, *_place(row))))
    share = "" if row.relative is None else percent(row.relative)
    return row.descriptor, where, f"{row.rms:.3g}", share


def _brief(row: Difference) -> str:
    _, _, rms, share = _cells(row)
    return f"{_short(row)}: {share or rms}" + (f" (root mean square {rms})" if share else "")


def _sentence(row: Difference, names: list[str]) -> str:
    """A difference in words."""
    statistic, where, rms, share = _cells(row)
    about = f" ({share} of {names[0]})" if share else ""
    if row.a is not None and row.b is not None:
        return f"{statistic} of {where}: {row.a:.4g} against {row.b:.4g}{about}"
    return f"{statistic} of {where} differs by {rms}, root mean square{about}"
