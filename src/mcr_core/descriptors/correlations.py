"""Two- and three-point correlations within a limit."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mcr_core.descriptors.base import Blocks, Descriptor, plane_mean


@final
class Correlations(Descriptor):
    """Two- and three-point correlations S₂ and S₃ of all lags shorter than a limit.

    With the features T_r(x) = I(x) I(x + r) for the C = ((2L − 1)² + 1) / 2 lags r of a half
    plane (see `lags`), S₂(r) = ⟨T_r(x)⟩ is the block `s2` of shape [C], and
    S₃(r_a, r_b) = ⟨T_ra(x) T_rb(x)⟩ is the block `s3` of shape [C, C]: on a binary image the
    probability that x, x + r_a and x + r_b lie in the phase. Both are polynomials of the field,
    so they are differentiable, and exact on binary images.

    `form="soft"` takes T_r as the sigmoid (steepness 10, threshold 0.75) of the mean of I(x) and
    I(x + r) instead, as the literature does; it is for reproducing published runs, and an
    approximation even on binary images.

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

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return S₂ and S₃ of each image; see `Descriptor.compute`."""
        features = self._features(image)
        if valid is None:
            return {"s2": plane_mean(features, None), "s3": _products(features)}
        pairs = _pair_products(valid, self.limit_to)
        features = features * pairs
        return {
            "s2": plane_mean(features, None) / plane_mean(pairs, None),
            "s3": _products(features) / _products(pairs),
        }

    def _features(self, image: Any) -> Any:
        if self.form == "exact":
            return _pair_products(image, self.limit_to)
        import tensorflow as tf

        mean = 0.5 * (image[:, None] + _shifted(image, self.limit_to))
        return tf.sigmoid(10.0 * (mean - 0.75))


def lags(limit_to: int) -> npt.NDArray[np.int64]:
    """Return the lags (dy, dx) of the half plane, in the order of the blocks, shape [C, 2].

    First dy = 0 with dx = 0 … L − 1, then dy = 1 … L − 1 with dx = −(L − 1) … L − 1 each; the
    others follow from S₂(−r) = S₂(r).
    """
    span = range(-(limit_to - 1), limit_to)
    return np.array([(dy, dx) for dy in range(limit_to) for dx in span if dy or dx >= 0])


def _shifted(image: Any, limit_to: int) -> Any:
    """All I(x + r), r in `lags`, of periodic images: [B, H, W] → [B, C, H, W].

    L row slices followed by 2L − 1 column slices: one slice for each of the C lags makes the
    compilation several times longer.
    """
    import tensorflow as tf

    height, width = image.shape[1], image.shape[2]
    side = limit_to - 1
    wide = tf.concat([image[:, :, width - side :], image, image[:, :, :side]], 2)
    tall = tf.concat([wide, wide[:, :side]], 1)
    rows = tf.stack([tall[:, dy : dy + height] for dy in range(limit_to)], 1)
    columns = tf.stack([rows[..., dx : dx + width] for dx in range(2 * limit_to - 1)], 2)
    both = tf.reshape(columns, [-1, limit_to * (2 * limit_to - 1), height, width])
    return both[:, side:]  # dy = 0 with dx < 0 belongs to the other half plane


def _pair_products(image: Any, limit_to: int) -> Any:
    """The features T_r(x) = I(x) I(x + r), [B, H, W] → [B, C, H, W]."""
    return image[:, None] * _shifted(image, limit_to)


def _products(features: Any) -> Any:
    """⟨T_a T_b⟩ for all pairs of features, [B, C, H, W] → [B, C, C].

    One matrix product forward and one backward (dT = (dG + dGᵀ) T / N): plain automatic
    differentiation would take two backward.
    """
    import tensorflow as tf

    batch, count = features.shape[0], features.shape[1]
    pixels = features.shape[2] * features.shape[3]

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def gram(flat: Any) -> tuple[Any, Any]:
        def gradient(upstream: Any) -> Any:
            symmetric = upstream + tf.linalg.matrix_transpose(upstream)
            return _matmul(symmetric / pixels, flat, transpose_b=False)

        return _matmul(flat, flat, transpose_b=True) / pixels, gradient

    return gram(tf.reshape(features, [batch, count, pixels]))


def _matmul(left: Any, right: Any, *, transpose_b: bool) -> Any:
    import tensorflow as tf

    if left.shape[0] == 1:
        # A product of rank 2 reaches the threaded matrix library on a CPU, one of rank 3 does not.
        return tf.matmul(left[0], right[0], transpose_b=transpose_b)[None]
    return tf.matmul(left, right, transpose_b=transpose_b)
