"""Local thickness: how wide a phase is at each of its pixels."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mcr_core.descriptors.base import Blocks, Descriptor

# Of the libraries for this, none fits: porespy needs numba, and localthickness is under the GPL,
# grows its discs approximately and knows neither periodic nor masked images.

Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]
Squares = npt.NDArray[np.int32]


@final
class LocalThickness(Descriptor):
    """Size distribution of a phase by its local thickness.

    The local thickness of a pixel of the phase is the diameter of the largest disc (with
    `domain="volume"`, ball) that contains its centre, has its own centre on a pixel of the phase,
    and holds no centre of a pixel outside of the phase in its interior. Blocks: `cumulative` of
    shape [max_diameter], the share of the pixels of the phase whose thickness is at most
    1, 2, … max_diameter pixels; and `mean` of shape [], the mean thickness in pixels. Both are
    zero if the phase is absent, and such an image has no vote in the mean over planes: see `votes`.

    With the distance e(c) from the centre of a disc to that of the nearest pixel outside of the
    phase, the diameter is 2 e(c) − 1, from edge to edge of the pixels: one pixel has 1, a stripe
    of an odd number of pixels its width, and one of an even number a pixel less, for no disc is
    centred between pixels. It is at most the longest extent of the image, which is also the
    thickness of a phase without a surface.

    Periodic images wrap. The edge of an open image is no surface, and neither are masked pixels:
    discs may reach beyond them, so near an edge the thickness is the largest that is possible.
    Only valid pixels count, and only they are centres of discs. Not differentiable.

    Computed by a Euclidean distance transform and a disc painted for every pixel whose disc lies
    in no disc of a neighbour: exact, so the time grows with the volume of these discs.
    """

    name: ClassVar[str] = "local_thickness"
    reference: ClassVar[str] = (
        "Hildebrand and Rüegsegger, A new method for the model-independent assessment of "
        "thickness in three-dimensional images, Journal of Microscopy 185, 67 (1997)"
    )
    differentiable: ClassVar[bool] = False

    max_diameter: int = Field(
        16, ge=1, le=1024, description="The distribution is taken up to this diameter in pixels."
    )
    domain: Literal["planes", "volume"] = Field(
        "planes", description="planes: discs in each plane. volume: balls."
    )

    def entries(self, block: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """Discs or balls, and the diameter (0 for the mean); see `Descriptor.entries`."""
        diameters = np.arange(1, shape[0] + 1) if shape else np.zeros(1, np.int64)
        return np.stack([np.full_like(diameters, self.volumetric), diameters], 1)

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw the distribution, and its mean as a vertical line; see `Descriptor.plot`."""
        values, mean = blocks["cumulative"], float(blocks["mean"])
        diameters = np.arange(1, len(values) + 1)
        (line,) = axes.plot(diameters, values, ".-", label=f"{label}, mean {mean:.3g} px")
        axes.axvline(mean, color=line.get_color(), linestyle=":", linewidth=1)
        axes.set_xlabel("local thickness (pixels)")
        axes.set_ylabel("share of the phase, cumulative")

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return the distribution and the mean of each image; see `Descriptor.compute`."""
        phase = np.asarray(image > 0.5)
        cumulative = np.zeros((len(phase), self.max_diameter))
        mean = np.zeros(len(phase))
        diameters = np.arange(1, self.max_diameter + 1)
        for index, one in enumerate(phase):
            known = None if valid is None else valid[index % len(valid)] > 0.5
            if known is not None and not known.any():
                cumulative[index] = mean[index] = np.nan
                continue
            found = np.sort(thickness(one, known))
            if found.size:
                cumulative[index] = np.searchsorted(found, diameters, side="right") / found.size
                mean[index] = found.mean()
        return {"cumulative": cumulative, "mean": mean}

    def votes(self, image: Any, valid: Any | None) -> dict[str, npt.NDArray[np.bool_]]:
        """Return for each block and image whether the phase is there, [B].

        Without it the thickness is not 0 but unknown. A reconstruction is still measured against
        0, so that a plane which has lost the phase has a loss.
        """
        inside = image > 0.5 if valid is None else (image > 0.5) & (valid > 0.5)
        present = inside.any(tuple(range(1, inside.ndim)))
        return {"cumulative": present, "mean": present}


def thickness(phase: Flags, valid: Flags | None) -> Values:
    """Return the local thickness of each valid pixel of the phase, in pixels, flat.

    Args:
        phase: True where a pixel of the 2D or 3D image is in the phase.
        valid: None for a periodic image, else True where a pixel counts.
    """
    longest = float(max(phase.shape))
    inside = phase if valid is None else phase & valid
    outside = ~phase if valid is None else valid & ~phase
    if not outside.any() or not inside.any():
        return np.full(int(inside.sum()), longest)
    distance = distance_to(outside, periodic=valid is None)
    squares = np.where(inside, np.rint(distance**2), 0).astype(np.int32)
    largest = _largest_discs(squares, periodic=valid is None)
    diameters: Values = np.minimum(2 * np.sqrt(largest[inside]) - 1, longest)
    return diameters


def distance_to(outside: Flags, *, periodic: bool) -> Values:
    """Distance of each pixel to the nearest one outside of the phase, of any number of axes."""
    from scipy.ndimage import distance_transform_edt

    distance = np.asarray(distance_transform_edt(~outside))
    if not periodic:
        return distance
    # Wrapping makes no distance longer, and none is longer than half of each extent.
    longest = int(np.ceil(distance.max()))
    margins = [min(longest, extent // 2) for extent in outside.shape]
    wrapped = np.pad(outside, [(margin, margin) for margin in margins], mode="wrap")
    padded = np.asarray(distance_transform_edt(~wrapped))
    core = zip(margins, outside.shape, strict=True)
    return padded[tuple(slice(margin, margin + extent) for margin, extent in core)]


def _largest_discs(squares: Squares, *, periodic: bool) -> Squares:
    """Square of the radius of the largest disc over each pixel.

    Args:
        squares: the squared radius of the open disc around each pixel; 0 where there is none.
        periodic: whether discs wrap.
    """
    centres = np.argwhere(_ridge(squares, periodic=periodic))
    radii = squares[tuple(centres.T)]
    order = np.argsort(radii)
    margin = math.isqrt(int(radii.max())) + 1
    canvas = np.zeros([extent + 2 * margin for extent in squares.shape], np.int32)
    last, disc = 0, np.zeros(0, np.int32)
    for centre, radius in zip(centres[order].tolist(), radii[order].tolist(), strict=True):
        if radius != last:
            last, disc = radius, _disc(radius, squares.ndim)
        reach = disc.shape[0] // 2
        box = tuple(slice(margin + c - reach, margin + c + reach + 1) for c in centre)
        np.maximum(canvas[box], disc, out=canvas[box])
    if periodic:
        return _folded(canvas, margin, squares.shape)
    return canvas[(slice(margin, -margin),) * canvas.ndim]


def _ridge(squares: Squares, *, periodic: bool) -> Flags:
    """Where the disc of a pixel lies in no disc of a neighbour; see `_largest_discs`."""
    rank = squares.ndim
    padded = np.pad(squares, 1, mode="wrap") if periodic else np.pad(squares, 1)
    values, where = np.unique(squares, return_inverse=True)
    holding = [
        np.array([_holding(int(value), kind, rank) if value else 0 for value in values])[where]
        for kind in range(1, rank + 1)
    ]
    kept = squares > 0
    for step in itertools.product((-1, 0, 1), repeat=rank):
        if any(step):
            box = tuple(slice(1 + s, 1 + s + n) for s, n in zip(step, squares.shape, strict=True))
            kept &= padded[box] < holding[sum(map(abs, step)) - 1].reshape(squares.shape)
    return kept


@functools.lru_cache(maxsize=4096)
def _holding(square: int, kind: int, rank: int) -> int:
    """Smallest squared radius of a disc that holds the disc of a neighbour.

    Args:
        square: squared radius of the disc of the neighbour.
        kind: how many of the coordinates of the two centres differ, by one.
        rank: 2 for discs, 3 for balls.
    """
    reach = math.isqrt(square - 1)
    # Farthest are pixels on the far side, along the first axis as far out as the disc goes.
    others = np.meshgrid(*[np.arange(reach + 1)] * (rank - 1), indexing="ij", sparse=True)
    room = np.asarray(square - 1 - sum(other**2 for other in others))
    along = np.floor(np.sqrt(np.maximum(room, 0))) + 1
    far = along**2 + sum((other + (i < kind - 1)) ** 2 for i, other in enumerate(others))
    return int(far[room >= 0].max()) + 1


def _disc(square: int, rank: int) -> Squares:
    """An open disc: its squared radius inside, 0 around it."""
    reach = math.isqrt(square - 1)
    steps = np.arange(-reach, reach + 1) ** 2
    squares = np.asarray(sum(np.meshgrid(*[steps] * rank, indexing="ij", sparse=True)))
    return np.where(squares < square, square, 0).astype(np.int32)


def _folded(canvas: Squares, margin: int, extents: tuple[int, ...]) -> Squares:
    """Largest of all pixels of a canvas that are one pixel of the periodic image."""
    for axis, extent in enumerate(extents):
        missing = -canvas.shape[axis] % extent
        padding = [(0, missing if i == axis else 0) for i in range(canvas.ndim)]
        full = np.pad(canvas, padding)
        split = (*full.shape[:axis], -1, extent, *full.shape[axis + 1 :])
        canvas = np.roll(full.reshape(split).max(axis), -margin, axis)
    return canvas
