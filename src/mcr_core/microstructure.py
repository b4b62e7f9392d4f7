"""A segmented image with its meaning: the one place where labels and phase fields are converted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import GreyImageError, InputError
from mcr_core.units import parse_unit, parse_voxel_size

MAX_PHASES = 16


@dataclass(frozen=True, eq=False)
class Microstructure:
    """Phases on a pixel or voxel grid.

    Build one with `Microstructure.from_array` (checks its input) or `mcr_core.read`.

    Attributes:
        labels: phase index 0 … P-1 of every voxel, uint8, shape (Y, X) or (Z, Y, X), read-only.
        phase_values: the value that stands for each phase in files and layers, ascending.
        phase_names: one name per phase.
        voxel_size: edge lengths in `unit`, one per axis, in the order of the axes.
        unit: `pixel`, `nm`, `um`, `mm` or `m`.
        mask: True where a voxel is valid, same shape as `labels`; None if all are.
        periodic: True if opposite faces continue each other; False for an open image.
    """

    labels: npt.NDArray[np.uint8]
    phase_values: tuple[float, ...]
    phase_names: tuple[str, ...]
    voxel_size: tuple[float, ...]
    unit: str = "pixel"
    mask: npt.NDArray[np.bool_] | None = None
    periodic: bool = False

    @classmethod
    def from_array(
        cls,
        values: npt.ArrayLike,
        *,
        voxel_size: float | Sequence[float] = 1.0,
        unit: str = "pixel",
        phase_values: Sequence[float] | None = None,
        phase_names: Sequence[str] | None = None,
        mask: npt.ArrayLike | None = None,
        ignore: float | None = None,
        periodic: bool = False,
    ) -> Microstructure:
        """Take every distinct value of an array as one phase.

        Args:
            values: integers, booleans or two distinct floats; shape (Y, X) or (Z, Y, X).
            voxel_size: one number, or one per axis, in `unit`.
            unit: a length unit, see `mcr_core.units.UNITS`.
            phase_values: the values of the phases, where they are known (a phase may then be
                absent from this image); default: the sorted distinct values.
            phase_names: default: `phase <value>`.
            mask: non-zero where a voxel is valid; same shape as `values`.
            ignore: a value that marks voxels as not valid, in addition to `mask`.
            periodic: whether opposite faces continue each other.

        Raises:
            InputError: not 2D or 3D, NaN, a grey image, more than 16 phases, a mask that does not
                fit or leaves nothing.
        """
        try:
            array = np.asarray(values)
        except ValueError as error:  # rows of different lengths
            raise InputError(f"expected a 2D image or a 3D volume, got no array: {error}") from None
        if array.dtype == np.bool_:
            array = array.astype(np.uint8)
        _check_array(array)
        valid = _valid_voxels(array, mask, ignore)
        inside = array if valid is None else array[valid]
        if array.dtype.kind == "f" and not np.isfinite(inside).all():
            raise InputError("expected phase values, found NaN or infinity: mask or fill them")
        found = np.unique(inside)
        if phase_values is None:
            _check_phases(found)
            known = found
        else:
            known = _known_phases(phase_values)
            strange = found[~np.isin(found, known)]
            if strange.size:
                raise InputError(
                    f"expected the phase values {_listing(known)}, "
                    f"found {_listing(strange)} as well"
                )
        labels = np.empty(array.shape, np.uint8)
        for part, out in zip(array, labels, strict=True):  # part by part: indices take 8 bytes each
            # Voxels outside of the mask may hold any value; give them a legal index.
            out[...] = np.minimum(np.searchsorted(known, part), len(known) - 1)
        names = tuple(f"phase {v:g}" for v in known) if phase_names is None else tuple(phase_names)
        if len(names) != len(known):
            raise InputError(f"expected {len(known)} phase names, got {len(names)}")
        return cls(
            labels=_frozen(labels),
            phase_values=tuple(_plain(v) for v in known),
            phase_names=names,
            voxel_size=parse_voxel_size(voxel_size, array.ndim),
            unit=parse_unit(unit),
            mask=None if valid is None else _frozen(valid),
            periodic=periodic,
        )

    def with_labels(self, labels: npt.NDArray[Any], **changes: Any) -> Microstructure:
        """Return a microstructure of the same phases and unit with other labels (indices).

        The mask is dropped; `changes` may set any other attribute, voxel_size for example.
        """
        return replace(self, labels=_frozen(labels.astype(np.uint8)), mask=None, **changes)

    def plane(self, index: int) -> Microstructure:
        """Return the `xy` plane at Z index `index` of a volume, with the phases of the volume."""
        if self.ndim != 3:
            raise InputError("expected a 3D microstructure to take a plane from, got a 2D one")
        if not 0 <= index < self.shape[0]:
            raise InputError(f"expected a plane from 0 to {self.shape[0] - 1}, got {index}")
        return replace(
            self,
            labels=_frozen(self.labels[index]),
            mask=None if self.mask is None else _frozen(self.mask[index]),
            voxel_size=self.voxel_size[1:],
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Extent in voxels, (Y, X) or (Z, Y, X)."""
        return self.labels.shape

    @property
    def ndim(self) -> int:
        """Number of axes, 2 or 3."""
        return self.labels.ndim

    @property
    def phase_count(self) -> int:
        """Number of phases P, absent ones included."""
        return len(self.phase_values)

    @property
    def field_count(self) -> int:
        """Number of phase fields that describe the phases: 1 for two phases, else P."""
        return field_count(self.phase_count)

    @property
    def phase_fractions(self) -> npt.NDArray[np.float64]:
        """Share of the valid voxels that each phase takes, shape [P]."""
        labels = self.labels if self.mask is None else self.labels[self.mask]
        counts = np.bincount(labels.ravel(), minlength=self.phase_count)
        fractions: npt.NDArray[np.float64] = counts / counts.sum()
        return fractions

    @property
    def values(self) -> npt.NDArray[Any]:
        """The phase values on the grid, in the smallest type that holds them."""
        values = np.array(self.phase_values)
        if values.dtype.kind == "i":
            values = values.astype(np.result_type(*map(np.min_scalar_type, self.phase_values)))
        return values[self.labels]

    def fields(self, dtype: npt.DTypeLike = np.float32) -> npt.NDArray[Any]:
        """Return the indicator functions, shape [F, (Z,) Y, X] with F = 1 for two phases, else P.

        With two phases the one field is that of the phase with index 1.
        """
        phases = field_phases(self.phase_count)
        return np.stack([self.labels == p for p in phases]).astype(dtype)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Microstructure):
            return NotImplemented
        same_mask = (
            self.mask is other.mask
            if self.mask is None or other.mask is None
            else np.array_equal(self.mask, other.mask)
        )
        return (
            same_mask
            and np.array_equal(self.labels, other.labels)
            and self.phase_values == other.phase_values
            and self.phase_names == other.phase_names
            and self.voxel_size == other.voxel_size
            and self.unit == other.unit
            and self.periodic == other.periodic
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        size = " x ".join(f"{s:g}" for s in self.voxel_size)
        boundary = "periodic" if self.periodic else "open"
        return (
            f"Microstructure(shape={self.shape}, phases={_listing(self.phase_values)}, "
            f"fractions={np.round(self.phase_fractions, 4).tolist()}, voxel={size} {self.unit}, "
            f"{boundary}{', masked' if self.mask is not None else ''})"
        )


def field_count(phase_count: int) -> int:
    """Number of fields that describe a number of phases: two phases cost one field, not two."""
    return len(field_phases(phase_count))


def field_phases(phase_count: int) -> tuple[int, ...]:
    """The phase index that each field stands for."""
    return (1,) if phase_count == 2 else tuple(range(phase_count))


def _check_array(array: npt.NDArray[Any]) -> None:
    if array.ndim not in (2, 3):
        raise InputError(
            f"expected a 2D image or a 3D volume, got {array.ndim} dimensions (shape {array.shape})"
        )
    if 0 in array.shape:
        raise InputError(f"expected an image with pixels, got shape {array.shape}")
    if array.dtype.kind not in "biuf":
        raise InputError(f"expected numbers, got an array of {array.dtype}")


def _valid_voxels(
    array: npt.NDArray[Any], mask: npt.ArrayLike | None, ignore: float | None
) -> npt.NDArray[np.bool_] | None:
    valid: npt.NDArray[np.bool_] | None = None
    if mask is not None:
        valid = np.asarray(mask) != 0
        if valid.shape != array.shape:
            raise InputError(
                f"the mask has shape {valid.shape}, the image {array.shape}: they must be equal"
            )
    if ignore is not None:
        kept = array != ignore
        valid = kept if valid is None else valid & kept
    if valid is None or valid.all():
        return None
    if not valid.any():
        raise InputError("every voxel is masked: the mask must be non-zero where voxels are valid")
    return valid


def _known_phases(values: Sequence[float]) -> npt.NDArray[Any]:
    known = np.unique(np.asarray(values))
    if known.dtype.kind not in "iuf" or not np.isfinite(known).all():
        raise InputError(f"expected finite numbers as phase values, got {values!r}")
    if not 1 <= len(known) <= MAX_PHASES:
        raise InputError(f"expected 1 to {MAX_PHASES} phase values, got {len(known)}")
    return known


def _check_phases(found: npt.NDArray[Any]) -> None:
    limit = 2 if found.dtype.kind == "f" else MAX_PHASES
    if len(found) > limit:
        raise GreyImageError(
            f"expected at most {limit} phases, found {len(found)} distinct "
            f"{'floating-point' if limit == 2 else 'integer'} values: this looks like a grey "
            "image; segment it first"
        )


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    copy = np.array(array, order="C")
    copy.flags.writeable = False
    return copy


def _plain(value: Any) -> float:
    number = value.item()
    return int(number) if isinstance(number, (bool, int)) else float(number)


def _listing(values: Any) -> str:
    return ", ".join(f"{v:g}" for v in values)
