"""How far two characterizations are apart, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization
from mcr_core.microstructure import field_phases
from mcr_core.two_point import field_pairs
from mcr_core.wording import (
    aligned,
    descriptor_name,
    field_names,
    percent,
    phase_labels,
    source_name,
)

Array = npt.NDArray[Any]

#: How a difference of the S₂ that every characterization has is called.
ALL_LAGS = "S2 up to half the extent"
#: How tables head their columns.
_HEADS = ("descriptor", "planes", "level", "phase", "block", "A", "B")
_ROUNDING = 1e-14
_MEASURES = ("mean", "rms", "largest", "relative")


@dataclass(frozen=True)
class Difference:
    """The difference b − a of one block, over its entries.

    Attributes:
        descriptor: name, with options; `S2 up to half the extent` and `phase fractions` are
            those that every characterization has.
        planes: `all`, `xy`, `xz`, `yz`, or `volume`.
        level: of the image pyramid, 0 the finest.
        phase: name of the phase, or `all phases`.
        block: name of the block.
        entries: how many numbers were compared.
        a: the value of the first, where the block is one number; else None.
        b: that of the second.
        mean: mean |b − a|.
        rms: √ mean (b − a)².
        largest: max |b − a|.
        relative: `rms` divided by √ mean a²; None where that is 0.
    """

    descriptor: str
    planes: str
    level: int
    phase: str
    block: str
    entries: int
    a: float | None
    b: float | None
    mean: float
    rms: float
    largest: float
    relative: float | None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two characterizations and their differences.

    Attributes:
        a: the first: differences are relative to it.
        b: the second.
        shared: both, reduced to what they share.
        names: how texts and pictures call the two.
        rows: the differences.
        notes: what was left out, and what does not fit: a sentence each.
    """

    a: Characterization
    b: Characterization
    shared: tuple[Characterization, Characterization]
    names: tuple[str, str]
    rows: tuple[Difference, ...]
    notes: tuple[str, ...] = ()

    @property
    def relative(self) -> dict[str, float]:
        """For each descriptor, the mean of its relative differences."""
        found: dict[str, list[float]] = {}
        for row in self.rows:
            if row.relative is not None:
                found.setdefault(row.descriptor, []).append(row.relative)
        return {name: float(np.mean(values)) for name, values in found.items()}

    def cells(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return heads and rows of the table, as texts; A and B are values of single numbers."""
        rows = []
        for row in self.rows:
            texts = (row.descriptor, row.planes, str(row.level), row.phase, row.block)
            numbers = (row.a, row.b, *(getattr(row, name) for name in _MEASURES[:-1]))
            share = "" if row.relative is None else percent(row.relative)
            rows.append((*texts, *("" if n is None else _text(n) for n in numbers), share))
        return (*_HEADS, *_MEASURES), rows

    def table(self) -> str:
        """Return the differences as lines of aligned columns."""
        return aligned(*self.cells())

    def to_json(self) -> dict[str, Any]:
        """Return all of it but the statistics, as JSON data."""
        sides = zip(("a", "b"), self.names, (self.a, self.b), strict=True)
        return {
            **{key: _source(name, source) for key, name, source in sides},
            "notes": list(self.notes),
            "differences": [asdict(row) for row in self.rows],
        }


def _text(number: float) -> str:
    """A number with four digits; rounding errors of float64 are 0."""
    return f"{0.0 if abs(number) < _ROUNDING else number:.4g}"


def differences(a: Characterization, b: Characterization) -> tuple[Difference, ...]:
    """Return the differences of two characterizations of equal shapes.

    Of S₂ at all lags, the lags up to half the extent: longer ones have few pairs.
    """
    rows = []
    planes = [name for name in a.planes if name != "cubic"]
    for index, descriptor in enumerate(a.descriptors):
        name = descriptor_name(descriptor)
        phases = field_names(a, descriptor)
        sides = {plane: [c.planes[plane].values[index] for c in (a, b)] for plane in planes}
        if descriptor.volumetric:
            sides = {"volume": [a.volume[index], b.volume[index]]}
        for plane, (first, second) in sides.items():
            for level, (blocks, others) in enumerate(zip(first, second, strict=True)):
                rows += [
                    _difference((name, plane, level, phase, block), values[f], others[block][f])
                    for f, phase in enumerate(phases)
                    for block, values in blocks.items()
                ]
    for plane in planes:
        for phase, (one, other) in s2_of_phases(a, b, plane).items():
            rows.append(_difference((ALL_LAGS, plane, 0, phase, "s2"), one, other))
    if not any(descriptor.name == "volume_fractions" for descriptor in a.descriptors):
        for phase, one, other in zip(
            phase_labels(a), a.phase_fractions, b.phase_fractions, strict=True
        ):
            rows.append(_difference(("phase fractions", "all", 0, phase, "fraction"), one, other))
    return tuple(rows)


def s2_of_phases(
    a: Characterization, b: Characterization, plane: str
) -> dict[str, tuple[Array, Array]]:
    """Return S₂ of each phase in both, at the lags up to half the extent; lag 0 in the centre.

    NaN where a mask leaves no pair of pixels in one of them.
    """
    pairs = field_pairs(len(field_phases(a.phase_count)))
    counts = [_within_half(c.planes[plane].pairs, a, b) for c in (a, b)]
    unknown = (counts[0] == 0) | (counts[1] == 0)
    found = {}
    for field, name in enumerate(field_names(a)):
        own = pairs.index((field, field))
        first, second = (
            np.where(unknown, np.nan, _within_half(c.planes[plane].s2[own], a, b)) for c in (a, b)
        )
        found[name] = (first, second)
    return found


def _within_half(s2: Array, a: Characterization, b: Characterization) -> Array:
    """Cut a map to the lags up to half of the smallest extent of the sources."""
    half = min(*a.source_shape, *b.source_shape) // 2
    rows, columns = (extent // 2 for extent in s2.shape)
    down, across = min(half, (s2.shape[0] - 1) // 2), min(half, (s2.shape[1] - 1) // 2)
    return s2[rows - down : rows + down + 1, columns - across : columns + across + 1]


def _difference(
    place: tuple[str, str, int, str, str], first: npt.ArrayLike, second: npt.ArrayLike
) -> Difference:
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    known = np.isfinite(a) & np.isfinite(b)
    if not known.all():
        a, b = a[known], b[known]
    distance = np.abs(b - a)
    rms, size = (float(np.sqrt(np.mean(np.square(array)))) for array in (distance, a))
    return Difference(
        *place,
        entries=a.size,
        a=float(a.item()) if a.size == 1 else None,
        b=float(b.item()) if b.size == 1 else None,
        mean=float(distance.mean()),
        rms=rms,
        largest=float(distance.max()),
        relative=rms / size if size else None,
    )


def _source(name: str, source: Characterization) -> dict[str, Any]:
    return {
        "name": name,
        "source": source_name(source),
        "voxel_size": list(source.voxel_size),
        "unit": source.unit,
        "phase_values": list(source.phase_values),
        "phase_fractions": source.phase_fractions.tolist(),
        "images": source.images,
    }
