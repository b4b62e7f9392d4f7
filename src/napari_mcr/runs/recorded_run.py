"""What is kept of a run for a look back: its numbers, and now and then its microstructure."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mcr_core.errors import McrError
from mcr_core.history import from_record
from mcr_core.microstructure import Microstructure
from mcr_core.remote import Result, State

if TYPE_CHECKING:
    from napari.layers import Layer

#: Most marks of a run: more cannot be told from each other on a slider.
MOST_MARKS = 60
#: Bytes that all marks of a run may take, compressed.
MOST_BYTES = 2**28


@dataclass(frozen=True)
class Mark:
    """A moment whose microstructure was kept.

    Attributes:
        iteration: of all levels.
        loss: at that moment; NaN where it is not known.
        labels: compressed by zlib.
        template: shape and meaning of the labels.
    """

    iteration: int
    loss: float
    labels: bytes
    template: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, iteration: int, loss: float, microstructure: Microstructure) -> Mark:
        """Keep a microstructure."""
        labels = zlib.compress(np.ascontiguousarray(microstructure.labels).tobytes(), 1)
        meant = {
            "shape": microstructure.shape,
            "phase_values": microstructure.phase_values,
            "phase_names": microstructure.phase_names,
            "voxel_size": microstructure.voxel_size,
            "unit": microstructure.unit,
            "periodic": microstructure.periodic,
        }
        return cls(iteration, loss, labels, meant)

    def microstructure(self) -> Microstructure:
        """Return it."""
        meant = dict(self.template)
        shape = meant.pop("shape")
        labels = np.frombuffer(zlib.decompress(self.labels), np.uint8).reshape(shape)
        return Microstructure(labels=labels, **meant)


class RecordedRun:
    """The numbers of a run, and marks: as many as memory allows, spread evenly.

    Args:
        name: for people.

    Attributes:
        points: iteration, loss and what each term adds, as they came.
        marks: moments with a microstructure, ascending.
        ended: whether the result has come.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.points: list[tuple[int, float, Mapping[str, float]]] = []
        self.marks: list[Mark] = []
        self.ended = False
        self._stride = 1
        self._seen = 0

    def add(self, state: State) -> None:
        """Take a state of a run that goes on."""
        if state.phase != "running":
            return
        if math.isfinite(state.loss):
            self.points.append((state.iteration, state.loss, dict(state.parts)))
        if state.preview is None:
            return
        if self._seen % self._stride == 0:
            self.marks.append(Mark.of(state.iteration, state.loss, state.preview))
            self._thin()
        self._seen += 1

    def end(self, result: Result) -> None:
        """Take the result: the numbers of all iterations, and the last mark."""
        self.points = list(_points(result.history))
        last = self.points[-1][0] if self.points else 0
        self.marks.append(Mark.of(last, result.loss, result.microstructure))
        self._thin()
        self.ended = True

    def _thin(self) -> None:
        """Drop every second mark, but neither the first nor the last, where there are too many."""
        while len(self.marks) > 2 and (
            len(self.marks) > MOST_MARKS or sum(len(m.labels) for m in self.marks) > MOST_BYTES
        ):
            last = self.marks[-1]
            self.marks = self.marks[:-1:2]
            self.marks.append(last)
            self._stride *= 2


def run_of_layer(layer: Layer) -> RecordedRun | None:
    """Return the run whose result a layer is, as its metadata tell; None if they do not.

    A result in the viewer has all numbers, one that was read from a file those that files carry;
    there are no marks.
    """
    carried = layer.metadata.get("mcr") if isinstance(layer.metadata, Mapping) else None
    if not isinstance(carried, Mapping):
        return None
    run, job = carried.get("run"), carried.get("job")
    found = RecordedRun(layer.name)
    if isinstance(run, Mapping) and isinstance(run.get("history"), list):
        found.points = list(_points(run["history"]))
    elif isinstance(job, Mapping) and isinstance(job.get("result"), Mapping):
        try:
            found.points = list(_points(from_record(job["result"].get("history"))))
        except McrError:
            return None
    found.ended = True
    return found if found.points else None


def _points(history: Any) -> Iterator[tuple[int, float, Mapping[str, float]]]:
    for row in history:
        loss = row["loss"]
        if loss is not None and math.isfinite(loss):
            yield int(row["iteration"]), float(loss), dict(row.get("parts") or {})
