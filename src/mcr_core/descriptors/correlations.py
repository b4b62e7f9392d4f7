"""Two- and three-point correlations within a limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mcr_core.descriptors.base import Blocks, Descriptor
from mcr_core.descriptors.lag_map import draw_profiles, half_plane_map, lags
from mcr_core.descriptors.pair_shares import pad_for
from mcr_core.descriptors.soft_threshold import soft_threshold

if TYPE_CHECKING:
    from mcr_core.kernels.kernel import Kernel
    from mcr_core.swaps.tracker import Tracker

#: Most features that are held at once; larger images are taken in strips of rows.
_STRIP_VALUES = 2**22
#: From these limits on FFT along one axis takes less time than matrix products, or compiled tiles.
_SPECTRAL_FROM, _SPECTRAL_FROM_WITH_TILES = 12, 15


@final
class Correlations(Descriptor):
    """Two- and three-point correlations S₂ and S₃ of all lags shorter than a limit.

    With the features T_r(x) = I(x) I(x + r) for the C = ((2L − 1)² + 1) / 2 lags r of a half
    plane (see `lags`), S₂(r) = ⟨T_r(x)⟩ is the block `s2` of shape [C], and
    S₃(r_a, r_b) = ⟨T_ra(x) T_rb(x)⟩ is the block `s3` of shape [C, C]: on a binary image the
    probability that x, x + r_a and x + r_b lie in the phase. Both are polynomials of the field,
    so they are differentiable, and exact on binary images.

    `form="soft"` takes T_r as the soft threshold of the mean of I(x) and I(x + r) instead, as the
    literature does: a sigmoid of steepness 10 at 0.75, scaled and shifted so that 0 → 0 and 1 → 1.
    It is for reproducing published runs, and an approximation even on binary images. What the
    literature's software calls S₂ is then ⟨T_r²⟩, the diagonal of `s3`.

    Periodic images wrap. Open and masked images count only the pairs (triples) of valid pixels:
    each entry is divided by their number. Taken on every pyramid level k with
    min(H, W) / 2^k ≥ 2L − 1.
    """

    name: ClassVar[str] = "correlations"
    reference: ClassVar[str] = (
        "Seibert et al., Reconstructing random heterogeneous media through differentiable "
        "optimization, Computational Materials Science 196, 110455 (2021)"
    )
    pyramid: ClassVar[bool] = True

    limit_to: int = Field(
        8, ge=2, le=64, description="Lags of up to limit_to − 1 pixels along each axis are taken."
    )
    form: Literal["exact", "soft"] = Field(
        "exact", description="exact: products of indicators. soft: the sigmoid of the literature."
    )

    def reach(self) -> int:
        """The longest lag along an axis."""
        return self.limit_to - 1

    def smallest_extent(self) -> int:
        """Lags of both signs fit without meeting around a periodic plane."""
        return 2 * self.limit_to - 1

    def features(self) -> int:
        """One number a lag."""
        return len(lags(self.limit_to))

    def entries(self, block: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """The lag of S₂, both lags of S₃; see `Descriptor.entries`."""
        known = lags(self.limit_to)
        if block == "s2":
            return known
        first, second = np.indices((len(known), len(known))).reshape(2, -1)
        return np.hstack([known[first], known[second]])

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw S₂ along the axes, and S₃ of right angles with equal legs; see `Descriptor.plot`.

        A right angle of legs k is S₃ of the lags (0, k) and (k, 0).
        """
        known = lags(self.limit_to)
        draw_profiles(axes, half_plane_map(blocks["s2"], known), label)
        along_y, along_x = known[:, 1] == 0, known[:, 0] == 0  # each from lag 0 on
        angles = np.diagonal(blocks["s3"][np.ix_(along_y, along_x)])
        colour = axes.lines[-1].get_color()
        axes.plot(angles, ":", color=colour, label=f"{label}, S₃ of right angles")

    def tracker(self) -> type[Tracker] | None:
        """See `Descriptor.tracker`; of the exact form."""
        from mcr_core.swaps.three_point import CorrelationsTracker

        return CorrelationsTracker if self.form == "exact" else None

    def kernel(self) -> type[Kernel] | None:
        """See `Descriptor.kernel`; of the exact form."""
        from mcr_core.kernels import correlation_tiles
        from mcr_core.kernels.correlations import CorrelationsKernel
        from mcr_core.kernels.spectral_correlations import SpectralCorrelationsKernel
        from mcr_core.kernels.tiled_correlations import TiledCorrelationsKernel

        if self.form != "exact":
            return None
        tiles = correlation_tiles.libraries()
        if self.limit_to >= (_SPECTRAL_FROM_WITH_TILES if tiles else _SPECTRAL_FROM):
            return SpectralCorrelationsKernel
        return TiledCorrelationsKernel if tiles else CorrelationsKernel

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return S₂ and S₃ of each image; see `Descriptor.compute`."""
        if valid is not None:  # pixels that do not count, up to an extent that strips divide
            image, valid = pad_for(image, (0, 0)), pad_for(valid, (0, 0))
        found = self._sums(image, valid)
        if valid is None:
            pixels = image.shape[1] * image.shape[2]
            return {name: total / pixels for name, total in found.items()}
        counts = self._counts(valid)
        return {name: total / counts[name] for name, total in found.items()}

    def _sums(self, image: Any, valid: Any | None) -> Blocks:
        """Sums over the pixels of T_a and T_a T_b, over the valid pairs and triples."""
        import tensorflow as tf

        batch, height, width = image.shape
        shifts = _Shifts(image, self.limit_to)
        valid_shifts = None if valid is None else _Shifts(valid, self.limit_to)
        rows = _strip_rows(height, batch * width * self.features())

        def sums(first: Any) -> tuple[Any, Any]:
            """Sums over the strip of rows that starts at `first`."""
            near, far = shifts.strip(first, rows)
            exact = self.form == "exact"
            features = near * far if exact else soft_threshold(0.5 * (near + far))
            if valid_shifts is not None:
                near_valid, far_valid = valid_shifts.strip(first, rows)
                features *= near_valid * far_valid
            return tf.reduce_sum(features, [-2, -1]), _products(features)

        two, three = sums(0)
        if rows < height:
            # A loop, not more of the graph: unrolled, XLA holds the features of every strip.
            _, two, three = tf.while_loop(
                lambda first, *_: first < height,
                lambda first, two, three: (
                    first + rows,
                    *(a + b for a, b in zip((two, three), sums(first), strict=True)),
                ),
                (tf.constant(rows), two, three),
                maximum_iterations=height // rows - 1,
            )
        return {"s2": two, "s3": three}

    def _counts(self, valid: Any) -> Blocks:
        """Numbers of valid pairs and triples: the sums of the validity itself."""
        return Correlations(limit_to=self.limit_to)._sums(valid, None)


class _Shifts:
    """All I(x + r), r in `lags`, of periodic images [B, H, W], a strip of rows at a time."""

    def __init__(self, image: Any, limit_to: int) -> None:
        import tensorflow as tf

        side = limit_to - 1
        wide = tf.concat([image[:, :, image.shape[2] - side :], image, image[:, :, :side]], 2)
        self._wrapped = tf.concat([wide, wide[:, :side]], 1)
        self._image = image
        self._limit_to = limit_to

    def strip(self, first: Any, rows: int) -> tuple[Any, Any]:
        """Return I(x) [B, 1, rows, W] and all I(x + r) [B, C, rows, W] from row `first` on.

        L row slices followed by 2L − 1 column slices: one slice for each of the C lags makes the
        compilation several times longer.
        """
        import tensorflow as tf

        limit_to = self._limit_to
        batch, _, width = self._image.shape
        near = tf.slice(self._image, [0, first, 0], [batch, rows, width])
        extent = [batch, rows, width + 2 * (limit_to - 1)]
        tall = tf.stack(
            [tf.slice(self._wrapped, [0, first + dy, 0], extent) for dy in range(limit_to)], 1
        )
        both = tf.stack([tall[..., dx : dx + width] for dx in range(2 * limit_to - 1)], 2)
        both = tf.reshape(both, [batch, limit_to * (2 * limit_to - 1), rows, width])
        # dy = 0 with dx < 0 belongs to the other half plane.
        return near[:, None], both[:, limit_to - 1 :]


def _strip_rows(height: int, values_per_row: int) -> int:
    """Rows of a strip whose features fit the memory: a divisor of the height."""
    most = max(1, min(height, _STRIP_VALUES // values_per_row))
    return next(rows for rows in range(most, 0, -1) if height % rows == 0)


def _products(features: Any) -> Any:
    """Σ T_a T_b over the pixels for all pairs of features, [B, C, H, W] → [B, C, C].

    One matrix product forward and one backward (dT = (dG + dGᵀ) T): plain automatic
    differentiation would take two backward.
    """
    import tensorflow as tf

    batch, count, height, width = features.shape

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def gram(flat: Any) -> tuple[Any, Any]:
        def gradient(upstream: Any) -> Any:
            symmetric = upstream + tf.linalg.matrix_transpose(upstream)
            return _matmul(symmetric, flat, transpose_b=False)

        return _matmul(flat, flat, transpose_b=True), gradient

    return gram(tf.reshape(features, [batch, count, height * width]))


def _matmul(left: Any, right: Any, *, transpose_b: bool) -> Any:
    import tensorflow as tf

    if left.shape[0] == 1:
        # A product of rank 2 reaches the threaded matrix library on a CPU, one of rank 3 does not.
        return tf.matmul(left[0], right[0], transpose_b=transpose_b)[None]
    return tf.matmul(left, right, transpose_b=transpose_b)
