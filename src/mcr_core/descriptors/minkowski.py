"""Minkowski functionals: area, perimeter and Euler number, and their like in 3D."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mcr_core.descriptors.base import Blocks, Descriptor

Offset = tuple[int, ...]
Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]

#: Shares of the sphere that are nearest to an axis, a face diagonal and a space diagonal of a
#: cube: the areas of the Voronoi cells of these 26 points on the unit sphere, over 4π (Ohser and
#: Mücklich; Legland et al., Image Analysis & Stereology 26, 83, 2007).
_SHARE_3D = {1: 0.0457778912, 2: 0.0369806279, 3: 0.0351956398}
_UNITS = {"perimeter": "px⁻¹", "surface": "px⁻¹", "mean_curvature": "px⁻²"}


@final
class Minkowski(Descriptor):
    """Minkowski functionals of a phase, each per area or volume.

    On planes the blocks `area` (fraction), `perimeter` (per area, px⁻¹) and `euler` (Euler number
    per area, px⁻²); with `domain="volume"` the blocks `volume` (fraction), `surface` (per volume,
    px⁻¹), `mean_curvature` (its integral over the surface per volume, px⁻²; 4πr for a ball) and
    `euler` (per volume, px⁻³); all of shape [].

    They are sums over the configurations of 2 × 2 (2 × 2 × 2) pixels. With P(S) the share of the
    places where all pixels of S lie in the phase, and T(r) the share of the pairs at distance r
    of which one does:

    - Euler number with connectivity by faces (4 in 2D, 6 in 3D; the rest of the image 8 and 26):
      P(pixel) − Σ P(edge) + Σ P(square) − P(cube), the alternating sum over the cells of the
      lattice of pixel centres. With connectivity by corners (8, 26) the same of the rest of the
      image, −χ in 2D and χ in 3D.
    - Crofton: the perimeter is (π/2) Σ c_r T(r)/|r| over 4 directions, the surface
      2 Σ c_r T(r)/|r| over 13, with c_r the share of all directions that are nearest to r.
      `surface="faces"` counts pixel edges (voxel faces) instead, Σ T(r) over the axes: more by a
      factor of 4/π (3/2) on average for isotropic structures.
    - The integral of mean curvature is 2π Σ c_n χ(n) over the planes normal to the 13 directions,
      χ(n) the Euler number per area of the section: of squares, rectangles or triangles.

    With so few directions a surface is right on average over its directions, and too small by
    5.2 % (7.3 % in 3D) at worst, where it is flat and normal to an axis.

    Periodic images wrap. Open and masked images take each share over the places whose pixels are
    all valid, which is unbiased for a stationary structure; the edge of the image is no surface.
    Not differentiable.
    """

    name: ClassVar[str] = "minkowski"
    reference: ClassVar[str] = (
        "Ohser and Mücklich, Statistical Analysis of Microstructures in Materials Science, "
        "Wiley 2000; Legland, Kiêu and Devaux, Computation of Minkowski measures on 2D and 3D "
        "binary images, Image Analysis & Stereology 26, 83 (2007)"
    )
    differentiable: ClassVar[bool] = False

    connectivity: Literal["faces", "corners"] = Field(
        "faces",
        description="Which pixels of the phase are connected. faces: 4 (6 in 3D) neighbours. "
        "corners: 8 (26).",
    )
    surface: Literal["crofton", "faces"] = Field(
        "crofton",
        description="crofton: from intersections in 4 (13) directions. faces: sum of the pixel "
        "edges (voxel faces), which depends on the lattice.",
    )
    domain: Literal["planes", "volume"] = Field(
        "planes", description="planes: of each plane. volume: of the whole volume."
    )

    def reach(self) -> int:
        """Pixels of one configuration are neighbours."""
        return 1

    def entries(self, block: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """One number; the domain and the option that it depends on; see `Descriptor.entries`."""
        kind = 0
        if block in ("perimeter", "surface"):
            kind = int(self.surface == "faces")
        elif block in ("mean_curvature", "euler"):
            kind = int(self.connectivity == "corners")
        return np.array([[self.volumetric, kind]], np.int64)

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw a point for each functional; see `Descriptor.plot`."""
        volume = "volume" in blocks
        units = {**_UNITS, "euler": "px⁻³" if volume else "px⁻²"}
        names = [
            f"{name.replace('_', ' ')} ({units[name]})" if name in units else name
            for name in blocks
        ]
        axes.plot(names, [float(value) for value in blocks.values()], "o", label=label)
        # Signs differ, and sizes by orders of magnitude.
        axes.set_yscale("symlog", linthresh=1e-4)
        axes.grid(axis="y", alpha=0.3)
        axes.set_xlabel("functional")
        axes.set_ylabel("per volume" if volume else "per area")

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return the functionals of each image; see `Descriptor.compute`."""
        phase = image > 0.5
        counted = np.ones((1, *phase.shape[1:]), bool) if valid is None else valid > 0.5
        phase = phase & counted
        rest = counted & ~phase
        rank = phase.ndim - 1
        # The connectivity of the phase by corners is that of the rest by faces.
        connected = phase if self.connectivity == "faces" else rest
        sign = -1 if self.connectivity == "corners" else 1
        with np.errstate(invalid="ignore", divide="ignore"):
            content = _share(phase, counted, [(0,) * rank])
            surface = self._surface(phase, counted)
            euler = _euler(connected, counted)
            if rank == 2:
                return {"area": content, "perimeter": surface, "euler": sign * euler}
            bending = sign * _mean_curvature(connected, counted)
        return {"volume": content, "surface": surface, "mean_curvature": bending, "euler": euler}

    def _surface(self, phase: Flags, counted: Flags) -> Values:
        """Perimeter per area or surface per volume of each image."""
        rank = phase.ndim - 1
        total = np.zeros(len(phase))
        for direction in _directions(rank):
            steps = sum(map(abs, direction))
            if self.surface == "crofton":
                factor = (np.pi / 2 if rank == 2 else 2.0) * _weight(direction) / np.sqrt(steps)
            elif steps == 1:
                factor = 1.0
            else:
                continue
            total += factor * _changes(phase, counted, direction)
        return total


def _directions(rank: int) -> list[Offset]:
    """One of each two opposite offsets to the neighbours of a pixel: 4 in 2D, 13 in 3D."""
    around = itertools.product((-1, 0, 1), repeat=rank)
    return [offset for offset in around if offset > (0,) * rank]


def _weight(direction: Offset) -> float:
    """Share of all directions, sign left out, that are nearest to this one."""
    return 0.25 if len(direction) == 2 else 2 * _SHARE_3D[sum(map(abs, direction))]


def _at(flags: Flags, offset: Offset) -> Flags:
    """The flags at x + offset; open images are padded, so what wraps there is not valid."""
    shift = tuple(-step for step in offset)
    return np.roll(flags, shift, tuple(range(1, flags.ndim)))


def _mean(flags: Flags) -> Values:
    return np.asarray(flags.mean(tuple(range(1, flags.ndim))), np.float64)


def _all(flags: Flags, offsets: Sequence[Offset]) -> Flags:
    """Where the flags at all offsets are set."""
    found = _at(flags, offsets[0])
    for offset in offsets[1:]:
        found = found & _at(flags, offset)
    return found


def _share(phase: Flags, counted: Flags, offsets: Sequence[Offset]) -> Values:
    """P of the class: share of the places of valid pixels that all lie in the phase, [B]."""
    return _mean(_all(phase, offsets)) / _mean(_all(counted, offsets))


def _changes(phase: Flags, counted: Flags, offset: Offset) -> Values:
    """T of the class: share of the valid pairs of which one pixel lies in the phase, [B]."""
    pairs = counted & _at(counted, offset)
    return _mean((phase != _at(phase, offset)) & pairs) / _mean(pairs)


def _spanned(steps: Sequence[Offset], rank: int) -> list[Offset]:
    """The corners of the cell that some steps span."""
    return [
        tuple(sum(chosen[i] for chosen in some) for i in range(rank))
        for count in range(len(steps) + 1)
        for some in itertools.combinations(steps, count)
    ]


def _euler(phase: Flags, counted: Flags) -> Values:
    """Euler number per pixel, with connectivity by faces."""
    rank = phase.ndim - 1
    axes = [tuple(int(i == axis) for i in range(rank)) for axis in range(rank)]
    return _lattice_euler(phase, counted, axes)


def _lattice_euler(phase: Flags, counted: Flags, steps: Sequence[Offset]) -> Values:
    """Euler number per point of the lattice that some steps span."""
    rank = phase.ndim - 1
    total = np.zeros(len(phase))
    for count in range(len(steps) + 1):
        for cell in itertools.combinations(steps, count):
            total += (-1) ** count * _share(phase, counted, _spanned(cell, rank))
    return total


def _triangle_euler(phase: Flags, counted: Flags, sides: Sequence[Offset]) -> Values:
    """Euler number per point of a lattice of triangles with three sides that sum to zero."""
    origin = (0, 0, 0)
    total = _share(phase, counted, [origin])
    for side in sides:
        total -= _share(phase, counted, [origin, side])
    first, _, third = sides
    for turn in (1, -1):
        corners = [origin, tuple(turn * i for i in first), tuple(-turn * i for i in third)]
        total += _share(phase, counted, corners)
    return total


def _mean_curvature(phase: Flags, counted: Flags) -> Values:
    """Integral of mean curvature per voxel, sections connected by faces."""
    total = np.zeros(len(phase))
    for normal in _directions(3):
        inside = [d for d in _directions(3) if not np.dot(d, normal)]
        kind = sum(map(abs, normal))
        if kind < 3:
            # Squares, or rectangles: the two shortest steps in the plane.
            steps = sorted(inside, key=lambda d: sum(map(abs, d)))[:2]
            points = _lattice_euler(phase, counted, steps)
            cell = (1.0, np.sqrt(2.0))[kind - 1]
        else:
            points = _triangle_euler(phase, counted, _closed(inside))
            cell = np.sqrt(3.0)
        total += 2 * np.pi * _weight(normal) * points / cell
    return total


def _closed(sides: Sequence[Offset]) -> list[Offset]:
    """The sides of a triangle, with signs so that they sum to zero."""
    for signs in itertools.product((1, -1), repeat=3):
        turned = [tuple(s * i for i in side) for s, side in zip(signs, sides, strict=True)]
        if not np.any(np.sum(turned, 0)):
            return turned
    raise ValueError(f"no triangle: {sides}")
