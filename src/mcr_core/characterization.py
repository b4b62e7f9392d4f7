"""The statistics of a microstructure: what a reconstruction is asked to meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError

Array = npt.NDArray[Any]

#: Values of one descriptor: for every pyramid level the named blocks, each [F, ...].
Levels = tuple[Mapping[str, Array], ...]


@dataclass(frozen=True, eq=False)
class SamplingErrors:
    """Standard errors of statistics: of the same shapes as what they belong to.

    Of several images: the standard deviation over the N images (with N − 1), divided by √N. Where
    fewer than two images have a pair of pixels, 1/2: more a share cannot be off. Of a descriptor's
    value that one image has, 1/2 or the value itself if that is more.

    Of a single image: from its longest waves (`mcr_core.sampling`); 1/2 where nothing is known.

    Attributes:
        values: of the values.
        phase_fractions: of the share of each phase, [P].
        s2: of S₂ at all lags, [K, rows, columns].
        origin: `images` (the scatter between several) or `image` (within a single one).
        degrees: degrees of freedom of the errors: intervals are those of Student's t. None: not
            recorded.
        bounds: names of descriptors whose errors are upper bounds, not estimates.
    """

    values: tuple[Levels, ...] = field(repr=False)
    phase_fractions: Array
    s2: Array = field(repr=False)
    origin: Literal["images", "image"] = "images"
    degrees: float | None = None
    bounds: tuple[str, ...] = ()


@dataclass(frozen=True)
class DirectionFinding:
    """Whether a single 2D image has a preferred direction; see `checks.direction`.

    Attributes:
        significant: whether S₂ along two directions differs by more than chance explains, at 95 %.
        phase: name of the phase that differs most.
        longer: the direction in which it is longer: `X`, `Y`, `the diagonal`, `the antidiagonal`.
        shorter: the direction across.
        difference: of S₂ along both, the mean over lags.
        error: its standard error.
        lags: longest lag of the mean, in steps.
    """

    significant: bool
    phase: str
    longer: str
    shorter: str
    difference: float
    error: float
    lags: int

    def text(self) -> str:
        """The finding in numbers, for people."""
        return (
            f"{self.phase!r} is longer along {self.longer} than along {self.shorter}, S2 by "
            f"{self.difference:.4f} ± {self.error:.4f} (mean of lags up to {self.lags})"
        )


@dataclass(frozen=True, eq=False)
class PlaneStatistics:
    """Means over the planes of one kind.

    Attributes:
        values: for every descriptor of the characterization, its levels of blocks; none for those
            that are taken on whole volumes.
        phase_fractions: share of each phase, [P].
        s2: S₂ at all lags, for every pair of fields p ≤ q, [K, rows, columns] with lag 0 in the
            centre (index shape // 2).
        pairs: number of pairs of pixels behind every entry of `s2`, [rows, columns].
        errors: sampling errors of all these, from the scatter between several images or within a
            single one; None where they are not known, of a volume for example.
    """

    values: tuple[Levels, ...] = field(repr=False)
    phase_fractions: Array
    s2: Array = field(repr=False)
    pairs: Array = field(repr=False)
    errors: SamplingErrors | None = None


@dataclass(frozen=True, eq=False)
class Characterization:
    """Descriptors and their values, with what is needed to use them.

    Attributes:
        descriptors: what was computed.
        planes: statistics by name. `all` holds for every plane (from 2D images, or the mean over
            the planes of a volume), or `xy`, `xz` and `yz` for each direction (of a volume, or of
            merged images). `cubic` is the mean of `all` over the eight symmetries of the square:
            what one image can ask of the planes of three axes at once.
        phase_values: the value of each phase in files and layers.
        phase_names: one name per phase.
        voxel_size: of the source, one number per axis, in `unit`.
        unit: unit of `voxel_size`; lags count pixels.
        source_shape: extent of the source in pixels; of several, the smallest along each axis; of
            arrays, of the smallest image that has their lags.
        periodic: whether the source was taken for periodic (else open, at least in part).
        masked: whether the source had a mask.
        images: how many images were averaged.
        volume: for every descriptor, its levels of blocks on the whole volume; none for those that
            are taken on planes. Empty without such descriptors.
        versions: software that computed it.
        notes: what the user should know about how it came about.
        direction: whether the only image has a preferred direction; None where it is not known, or
            there are several images or planes.
        prescribed: what a run asked of the planes xy, xz and yz of a volume, where that is other
            than what was measured: symmetric, and with an S₂ that a volume can have. Empty
            without a run.
        preset: name of the preset that it was made with, which `reconstruct` takes; None without.
    """

    descriptors: tuple[Descriptor, ...]
    planes: Mapping[str, PlaneStatistics]
    phase_values: tuple[float, ...]
    phase_names: tuple[str, ...]
    voxel_size: tuple[float, ...]
    unit: str
    source_shape: tuple[int, ...]
    periodic: bool
    masked: bool = False
    images: int = 1
    versions: Mapping[str, str] = field(default_factory=dict)
    volume: tuple[Levels, ...] = ()
    notes: tuple[str, ...] = ()
    direction: DirectionFinding | None = None
    prescribed: Mapping[str, PlaneStatistics] = field(default_factory=dict)
    preset: str | None = None

    @property
    def phase_count(self) -> int:
        """Number of phases P."""
        return len(self.phase_values)

    @property
    def phase_fractions(self) -> npt.NDArray[np.float64]:
        """Share of each phase, [P]: the mean over the kinds of planes."""
        rows = [s.phase_fractions for name, s in self.planes.items() if name != "cubic"]
        fractions: npt.NDArray[np.float64] = np.mean(rows, axis=0)
        return fractions

    def __repr__(self) -> str:
        size = " x ".join(f"{edge:g}" for edge in self.voxel_size)
        return (
            f"Characterization(descriptors={', '.join(one.name for one in self.descriptors)}; "
            f"planes={', '.join(self.planes)}; source_shape={self.source_shape}, "
            f"phases={', '.join(self.phase_names)}, "
            f"fractions={np.round(self.phase_fractions, 4).tolist()}, voxel={size} {self.unit}, "
            f"{'periodic' if self.periodic else 'open'}{', masked' if self.masked else ''}, "
            f"images={self.images})"
        )

    @property
    def is_directional(self) -> bool:
        """Whether the planes of each axis have statistics of their own."""
        return "all" not in self.planes

    def for_plane(self, plane: str, ndim: int) -> PlaneStatistics:
        """Statistics to prescribe on the planes `plane` of a result with `ndim` axes."""
        if ndim == 3 and plane in self.prescribed:
            return self.prescribed[plane]
        if plane in self.planes:
            return self.planes[plane]
        if self.is_directional:
            raise InputError(
                f"the characterization has the planes {', '.join(self.planes)}, not {plane}"
            )
        if ndim == 3 and "cubic" in self.planes:
            return self.planes["cubic"]
        return self.planes["all"]

    def volume_levels(self, index: int) -> Levels:
        """Levels of blocks of the descriptor at that position, on the whole volume.

        Raises:
            InputError: there are none, the source was no volume.
        """
        if index < len(self.volume) and self.volume[index]:
            return self.volume[index]
        raise InputError(
            f"{self.descriptors[index].name} with domain=volume needs the statistics of a volume: "
            "characterize one, or choose domain=planes"
        )

    def index(self, descriptor: Descriptor) -> int:
        """Position of a descriptor.

        Raises:
            InputError: it was not computed (with these options).
        """
        descriptor = descriptor.resolved()
        if descriptor in self.descriptors:
            return self.descriptors.index(descriptor)
        same_name = [d for d in self.descriptors if d.name == descriptor.name]
        if same_name:
            raise InputError(
                f"the characterization has {descriptor.name} with "
                f"{same_name[0].spec()['options']}, asked for was {descriptor.spec()['options']}: "
                "characterize again"
            )
        raise InputError(
            f"the characterization has {', '.join(d.name for d in self.descriptors)}, "
            f"not {descriptor.name}: characterize again with it"
        )
