"""States of a run that are kept: as many as memory allows, spread evenly."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from mcr_core.errors import FileFormatError
from mcr_core.microstructure import Microstructure
from mcr_core.recording.layout import Meaning

#: Most marks of a run: more cannot be told from each other on a slider.
MOST_MARKS = 60
#: Bytes that all marks of a run may take, compressed.
MOST_BYTES = 2**28


@dataclass(frozen=True)
class Mark:
    """A moment of a run whose microstructure is kept.

    Attributes:
        iteration: of all levels.
        level: of the schedule; coarser volumes have larger voxels.
        loss: at that moment; NaN where it is not known.
        labels: phase indices, compressed by zlib.
        meaning: their shape, and what they mean.
    """

    iteration: int
    level: int
    loss: float
    labels: bytes = field(repr=False)
    meaning: Meaning = field(repr=False)

    @classmethod
    def of(cls, iteration: int, level: int, loss: float, microstructure: Microstructure) -> Mark:
        """Keep a microstructure."""
        labels = zlib.compress(np.ascontiguousarray(microstructure.labels).tobytes(), 1)
        return cls(iteration, level, loss, labels, Meaning.of(microstructure))

    def microstructure(self) -> Microstructure:
        """Return it.

        Raises:
            FileFormatError: the labels, from a file, are damaged.
        """
        meant = self.meaning
        size = math.prod(meant.shape)
        decompress = zlib.decompressobj()
        try:
            # At most one byte more than expected: a small file cannot fill the memory.
            data = decompress.decompress(self.labels, size + 1)
        except zlib.error as error:
            raise FileFormatError(f"a state in the recording is damaged: {error}") from None
        labels = np.frombuffer(data, np.uint8)
        if labels.size != size or labels.max() >= len(meant.phase_values):
            raise FileFormatError(
                f"a state in the recording is damaged: expected {size} voxels of "
                f"{len(meant.phase_values)} phases"
            )
        attributes = meant.model_dump(exclude={"shape"})
        return Microstructure(labels=labels.reshape(meant.shape), **attributes)


class Marks:
    """Marks of one run: every one at first, and fewer and fewer as they become many."""

    def __init__(self) -> None:
        self._kept: list[Mark] = []
        self._stride = 1
        self._seen = 0

    @property
    def kept(self) -> tuple[Mark, ...]:
        """The marks, in the order of time."""
        return tuple(self._kept)

    def offer(self, make: Callable[[], Mark]) -> None:
        """Take a moment, if it is one of those to be kept; only then `make` is called."""
        if self._seen % self._stride == 0:
            self._kept.append(make())
            self._thin()
        self._seen += 1

    def close(self, last: Mark) -> None:
        """Take the last moment, which is kept in any case."""
        self._kept.append(last)
        self._thin()

    def _thin(self) -> None:
        """Drop every second mark, but neither the first nor the last, where there are too many."""
        while len(self._kept) > 2 and (
            len(self._kept) > MOST_MARKS or sum(len(m.labels) for m in self._kept) > MOST_BYTES
        ):
            last = self._kept[-1]
            self._kept = [*self._kept[:-1:2], last]
            self._stride *= 2
