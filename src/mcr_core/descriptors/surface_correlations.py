"""Surface-void and surface-surface correlations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mcr_core.descriptors.base import Blocks, Descriptor
from mcr_core.descriptors.lag_map import draw_profiles, half_plane_map, lags, window_lags
from mcr_core.descriptors.pair_shares import pair_shares


@final
class SurfaceCorrelations(Descriptor):
    """Surface-void and surface-surface correlation functions F_sv and F_ss within a limit.

    With the surface density S = |∇I| of the phase, the gradient by the 3 × 3 operator of Sobel
    divided by 8, F_sv(r) = ⟨S(x) (1 − I(x + r))⟩ is the block `surface_void` of shape
    [2L − 1, 2L − 1], dy and dx from −(L − 1) to L − 1 each (F_sv(−r) is another number), and
    F_ss(r) = ⟨S(x) S(x + r)⟩ is the block `surface_surface` of shape [C], r in the half plane
    `lag_map.lags`. The void is all that is not the phase. Units: 1/pixel and 1/pixel².

    The mean of S is the specific surface s (length of the boundary per area): exact for
    boundaries along the axes and diagonals of a plane, 1 % too long at a slope of 1 : 2. Far
    lags tend to F_sv = s (1 − φ) and F_ss = s². In the continuum F_ss diverges at r = 0; here the
    surface is two to four pixels wide, so that values at lags below some 3 pixels say more of the
    pixels than of the material: compare images of one resolution. Phases thinner than two pixels
    lose surface; a checkerboard of single pixels has none.

    It is differentiable except where ∇I = 0; there the slope of S is taken as 0. Periodic images
    wrap. Open and masked images count only pairs that are valid: the whole 3 × 3 window of a
    surface pixel, and the void pixel. Taken on every pyramid level k with
    min(H, W) / 2^k ≥ 2L − 1.
    """

    name: ClassVar[str] = "surface_correlations"
    reference: ClassVar[str] = (
        "Torquato, Random Heterogeneous Materials, Springer 2002, ch. 2; surfaces of digital "
        "images by a gradient filter as in Samarin et al., Robust surface-correlation-function "
        "evaluation from experimental discrete digital images, Physical Review E 107, 065306 (2023)"
    )
    pyramid: ClassVar[bool] = True

    limit_to: int = Field(
        8, ge=2, le=64, description="Lags of up to limit_to − 1 pixels along each axis are taken."
    )

    def reach(self) -> int:
        """The longest lag along an axis, and a pixel more for the gradient."""
        return self.limit_to

    def smallest_extent(self) -> int:
        """Lags of both signs fit without meeting around a periodic plane, and into an open one.

        There the outermost pixels have no whole window.
        """
        return max(2 * self.limit_to - 1, self.limit_to + 2)

    def features(self) -> int:
        """Spectra and products of a few images."""
        return 20

    def entries(self, block: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """The lags (dy, dx); see `Descriptor.entries`."""
        return lags(self.limit_to) if len(shape) == 1 else window_lags(shape, half=False)

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw both functions along the axes; see `Descriptor.plot`."""
        surfaces = half_plane_map(blocks["surface_surface"], lags(self.limit_to))
        draw_profiles(axes, np.asarray(blocks["surface_void"]), f"{label}, surface-void")
        draw_profiles(axes, surfaces, f"{label}, surface-surface")
        for line, style in zip(axes.lines[-2:], ("-.", ":"), strict=True):
            line.set_linestyle(style)
        axes.set_ylabel("surface correlation (px⁻¹, px⁻²)")

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return F_sv and F_ss of each image; see `Descriptor.compute`."""
        import tensorflow as tf

        side = self.limit_to - 1
        lengths = (side, side)
        surface, void, whole = _surface(image), 1 - image, None
        if valid is not None:
            whole = _whole_windows(valid)
            surface, void = surface * whole, void * valid
        surface_void = pair_shares(surface, void, None, lengths, half=False)
        if valid is not None:
            surface_void /= _shares_of_valid(whole, valid, lengths)
        surfaces = pair_shares(surface, surface, whole, lengths, half=True)
        return {
            "surface_void": surface_void,
            # dy = 0 with dx < 0 belongs to the other half plane.
            "surface_surface": tf.reshape(surfaces, [surfaces.shape[0], -1])[:, side:],
        }


def _surface(image: Any) -> Any:
    """Magnitude of Sobel's gradient of periodic images [B, H, W], with the slope 0 at 0.

    The gradient by hand, as the slope of the root is infinite at 0.
    """
    import tensorflow as tf

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def surface(image: Any) -> tuple[Any, Any]:
        along_y, along_x = _sobel(image, 1), _sobel(image, 2)
        length = tf.sqrt(along_y**2 + along_x**2)

        def gradient(upstream: Any) -> Any:
            scaled = tf.math.divide_no_nan(upstream, length)
            # The operator is antisymmetric: its adjoint is its negative.
            return -_sobel(scaled * along_y, 1) - _sobel(scaled * along_x, 2)

        return length, gradient

    return surface(image)


def _sobel(image: Any, axis: int) -> Any:
    """Derivative along an axis of periodic images, smoothed across."""
    import tensorflow as tf

    across = 3 - axis
    difference = tf.roll(image, -1, axis) - tf.roll(image, 1, axis)
    return (tf.roll(difference, -1, across) + 2 * difference + tf.roll(difference, 1, across)) / 8


def _whole_windows(valid: Any) -> Any:
    """1 where all 3 × 3 pixels around a pixel are valid, [1 or B, H, W]."""
    import tensorflow as tf

    for axis in (1, 2):
        valid = valid * tf.roll(valid, -1, axis) * tf.roll(valid, 1, axis)
    return valid


def _shares_of_valid(first: Any, second: Any, reaches: tuple[int, int]) -> Any:
    """Number of valid pairs over the number of pixels, NaN where there is none."""
    import tensorflow as tf

    pixels = math.prod(first.shape[1:])
    pairs = tf.round(pair_shares(first, second, None, reaches, half=False) * pixels)
    nothing = tf.constant(math.nan, dtype=pairs.dtype)
    return tf.where(pairs > 0, pairs, nothing) / pixels
