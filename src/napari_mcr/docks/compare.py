"""The dock *Compare*: how far two microstructures are apart, as plots and in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
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
        self.table.setFixedHeight(150)
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
        self.lay_out(boxes, [self.compare_button], below=[self._results])

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
            statistic, where, *numbers = _cells(row)
            # Without the options, which the tooltip has: the place is what tells rows apart.
            first = f"{statistic.split(' (')[0]}: {where}"
            for column, text in enumerate((first, *numbers)):
                item = QTableWidgetItem(text)
                item.setToolTip(_sentence(row, names))
                self.table.setItem(place, column, item)
        self._results.show()
        notes = "".join(f" {note[0].upper()}{note[1:]}." for note in found.notes)
        self.say(f"Largest: {_sentence(rows[0], names)}.{notes}" if rows else notes)


def _cells(row: Difference) -> tuple[str, ...]:
    where = ", ".join(
        part
        for part in (
            row.phase,
            row.block,
            "" if row.planes == "all" else row.planes,
            f"level {row.level}" if row.level else "",
        )
        if part
    )
    share = "" if row.relative is None else percent(row.relative)
    return row.descriptor, where, f"{row.rms:.3g}", share


def _sentence(row: Difference, names: list[str]) -> str:
    """A difference in words."""
    statistic, where, rms, share = _cells(row)
    about = f" ({share} of {names[0]})" if share else ""
    if row.a is not None and row.b is not None:
        return f"{statistic} of {where}: {row.a:.4g} against {row.b:.4g}{about}"
    return f"{statistic} of {where} differs by {rms}, root mean square{about}"
