"""Two-point correlations within a limit, without the three-point ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mcr_core.descriptors.base import Blocks, Descriptor
from mcr_core.descriptors.lag_map import draw_profiles, half_plane_map, lags
from mcr_core.descriptors.pair_shares import pair_shares

if TYPE_CHECKING:
    from mcr_core.kernels.kernel import Kernel
    from mcr_core.swaps.tracker import Tracker


@final
class TwoPoint(Descriptor):
    """Two-point correlation S₂ of all lags shorter than a limit.

    S₂(r) = ⟨I(x) I(x + r)⟩ for the C = ((2L − 1)² + 1) / 2 lags r of a half plane, in the order of
    `lag_map.lags`; one block `s2` of shape [C]. On a binary image the probability that both
    x and x + r lie in the phase. This is the block `s2` of `correlations` at a small part of its
    cost: three FFTs, no matrix product.

    Periodic images wrap. Open and masked images count pairs of valid pixels only: each entry is
    divided by their number. Taken on every pyramid level k with min(H, W) / 2^k ≥ 2L − 1.
    """

    name: ClassVar[str] = "two_point"
    reference: ClassVar[str] = "Torquato, Random Heterogeneous Materials, Springer 2002, ch. 2"
    pyramid: ClassVar[bool] = True

    limit_to: int = Field(
        8, ge=2, le=64, description="Lags of up to limit_to − 1 pixels along each axis are taken."
    )

    def reach(self) -> int:
        """The longest lag along an axis."""
        return self.limit_to - 1

    def smallest_extent(self) -> int:
        """Lags of both signs fit without meeting around a periodic plane."""
        return 2 * self.limit_to - 1

    def features(self) -> int:
        """Spectra and products of a few images."""
        return 12

    def entries(self, block: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """The lags (dy, dx); see `Descriptor.entries`."""
        return lags(self.limit_to)

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw S₂ along the axes; see `Descriptor.plot`."""
        draw_profiles(axes, half_plane_map(blocks["s2"], lags(self.limit_to)), label)

    def tracker(self) -> type[Tracker]:
        """See `Descriptor.tracker`."""
        from mcr_core.swaps.two_point import TwoPointTracker

        return TwoPointTracker

    def kernel(self) -> type[Kernel]:
        """See `Descriptor.kernel`."""
        from mcr_core.kernels.two_point import TwoPointKernel

        return TwoPointKernel

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return S₂ of each image; see `Descriptor.compute`."""
        import tensorflow as tf

        reach = self.reach()
        window = pair_shares(image, image, valid, (reach, reach), half=True)
        # dy = 0 with dx < 0 belongs to the other half plane.
        return {"s2": tf.reshape(window, [window.shape[0], -1])[:, reach:]}
