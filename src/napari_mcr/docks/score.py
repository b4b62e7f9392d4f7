"""The dock *Score*: how good a result is, row by row, and where in it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mcr_core.errors import InputError, McrError
from mcr_core.remote import Answer, Client
from mcr_core.sources import Inline
from napari_mcr.docks.layout import Box
from napari_mcr.docks.verb_dock import VerbDock
from napari_mcr.forms.layer_box import LayerBox
from napari_mcr.forms.schema_form import add_row, form_layout
from napari_mcr.forms.score_table import ScoreTable
from napari_mcr.layers.described_layer import described, is_result, job_of
from napari_mcr.layers.place_layer import show_place

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer

#: Statistics that are somewhere, and what the child is asked for.
_PLACES = {"largest cluster": "largest cluster", "local thickness": "thickest spot"}
_OWN = "its own target"


class Score(VerbDock):
    """Score a result against its target, and the truth where one is known; see `mcr_core.score`.

    Args:
        napari_viewer: the viewer; napari gives it.
        client: asks the child; default: a new one.
    """

    def __init__(self, napari_viewer: ViewerModel, client: Client | None = None) -> None:
        super().__init__(napari_viewer, client)
        self._card: dict[str, Any] | None = None
        self._scored: tuple[Layer, Inline] | None = None
        self.result = LayerBox(napari_viewer, prefers=is_result)
        self.result.setToolTip("The layer that is judged, 2D or 3D.")
        self.target = LayerBox(napari_viewer, _OWN)
        self.target.setToolTip(
            "What the result was to meet: the source of its own job, or a layer; of a volume, "
            "a slice will do."
        )
        self.truth = LayerBox(napari_viewer, "none")
        self.truth.setToolTip(
            "A sample of the material with as many axes as the result, for what was not prescribed."
        )
        self.limit_to = QSpinBox()
        self.limit_to.setRange(2, 32)
        self.limit_to.setValue(8)
        self.limit_to.setToolTip("Lags of S₂ and S₃ shorter than this, in pixels, are compared.")
        self.score_button = QPushButton("&Score")
        self.score_button.setToolTip("Compare the result with its target and a null model.")
        self.table = ScoreTable(tuple(_PLACES))
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.page_button = QPushButton("&Open page")
        self.page_button.setToolTip("Open the scorecard with its plots in the browser.")
        self.save_button = QPushButton("Sav&e …")
        self.save_button.setToolTip("Save the scorecard as a page (.html) or as data (.json).")
        options = QWidget()
        form = form_layout(options)
        add_row(form, "result", self.result)
        add_row(form, "target", self.target)
        add_row(form, "truth", self.truth)
        add_row(form, "lags below", self.limit_to)
        box = Box("Layers")
        box.add(options)
        self.lay_out([box], [self.score_button], [self._found()])
        self.score_button.clicked.connect(self.score)
        self.page_button.clicked.connect(self.open_page)
        self.save_button.clicked.connect(self._choose_file)
        self.table.chosen.connect(self.show_place)

    @property
    def page(self) -> Path:
        """Where the page of the scorecard is, once there is one."""
        return self.folder / "scorecard.html"

    def score(self) -> None:
        """Ask for the scorecard."""
        try:
            layer, result = self._image(self.result, "result")
            target, named = self._target(layer)
            truth = None if self.truth.layer is None else self._image(self.truth, "truth")
        except McrError as error:
            self.show_error(str(error))
            return

        def done(answer: Answer) -> None:
            self._card = dict(answer.content)
            self._scored = layer, result
            self._show()

        self.say("")
        self.ask(
            "score",
            done,
            result=result.model_dump(mode="json"),
            target=target,
            truth=None if truth is None else truth[1].model_dump(mode="json"),
            limit_to=self.limit_to.value(),
            html=str(self.page),
            names=[layer.name, named, "" if truth is None else truth[0].name],
        )

    def open_page(self) -> None:
        """Open the page in the browser."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.page)))

    def save(self, path: str) -> None:
        """Save the scorecard: `.html` is the page, `.json` the data."""
        if self._card is None:
            return
        target = Path(path)
        if target.suffix.lower() not in (".html", ".json"):
            self.show_error(f"{target.name}: expected a name that ends in .html or .json")
            return
        try:
            if target.suffix.lower() == ".html":
                shutil.copyfile(self.page, target)
            else:
                card = {k: v for k, v in self._card.items() if k not in ("heads", "cells")}
                target.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")
        except OSError as error:
            self.show_error(f"{target}: cannot be written: {error.strerror or error}")
            return
        self.say(f"Saved as {target}.")

    def show_place(self, number: int) -> None:
        """Show in the viewer where a row comes from, if it is somewhere."""
        if self._card is None or self._scored is None or self.is_busy:
            return
        row = self._card["rows"][number]
        what = _PLACES.get(row["statistic"])
        layer, result = self._scored
        if what is None or row["phase"] not in result.phase_names:
            return

        def done(answer: Answer) -> None:
            self.say(show_place(self._viewer, layer, answer, what, row["phase"]))

        self.ask(
            "place",
            done,
            source=result.model_dump(mode="json"),
            what=what,
            phase=result.phase_names.index(row["phase"]),
        )

    def let_go(self) -> None:
        """See `VerbDock.let_go`."""
        for box in (self.result, self.target, self.truth):
            box.disconnect_viewer()
        # A browser that shows the page has read it.

    def _image(self, box: LayerBox, what: str) -> tuple[Layer, Inline]:
        layer = box.layer
        if layer is None:
            raise InputError(
                f"expected a layer as the {what}: open one, or run a reconstruction first"
            )
        return layer, Inline.of(described(layer, self._viewer.dims), layer.name)

    def _target(self, result: Layer) -> tuple[dict[str, Any], str]:
        """The target as a source of a job, and how the page calls it."""
        if self.target.layer is not None:
            layer, image = self._image(self.target, "target")
            return image.model_dump(mode="json"), layer.name
        job = job_of(result)
        if job is None:
            raise InputError(
                f"the layer {result.name!r} carries no job that would say what it was to meet: "
                "choose a layer as the target"
            )
        source = dict(job["source"])
        named = str(source.get("name") or source.get("path") or "target")
        return source, Path(named).name

    def _found(self) -> QWidget:
        """What shows the scorecard; hidden until there is one."""
        self._results = QWidget()
        column = QVBoxLayout(self._results)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self.page_button)
        row.addWidget(self.save_button)
        column.addWidget(self.table, 1)
        column.addWidget(self.summary)
        column.addLayout(row)
        self._results.hide()
        return self._results

    def _show(self) -> None:
        if self._card is None:
            return
        self.table.show_rows(self._card["rows"])
        summary = self._card["summary"]
        self.summary.setText(f"{summary[:1].upper()}{summary[1:]}.")
        self.summary.setToolTip("\n".join((*self._card["windows"], *self._card["notes"])))
        self._results.show()
        self._give_room()

    def _give_room(self) -> None:
        """Let the table take the height that the form does not need."""
        scroll, column = self.findChild(QScrollArea), self.layout()
        inside = None if scroll is None else scroll.widget()
        if scroll is None or inside is None or not isinstance(column, QVBoxLayout):
            raise RuntimeError("a dock without its form")
        scroll.setMaximumHeight(inside.sizeHint().height() + 2)
        column.setStretch(0, 0)
        column.setStretch(column.count() - 1, 1)

    def _choose_file(self) -> None:
        name = self._card["result"] if self._card else "result"
        path, _ = QFileDialog.getSaveFileName(
            self, "Save the scorecard", f"{name} score.html", "Page (*.html);;Data (*.json)"
        )
        if path:
            self.save(path)
