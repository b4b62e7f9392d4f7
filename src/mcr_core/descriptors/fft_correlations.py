"""Two-point correlations of all lags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mcr_core.descriptors.base import Blocks, Descriptor
from mcr_core.descriptors.lag_map import draw_profiles, mirrored, window_lags
from mcr_core.descriptors.pair_shares import pad_for, pair_shares

if TYPE_CHECKING:
    from mcr_core.kernels.kernel import Kernel


@final
class FFTCorrelations(Descriptor):
    """Two-point correlation S₂ of all lags up to half the extent, by FFT.

    S₂(r) = ⟨I(x) I(x + r)⟩ = F⁻¹[|F[I]|²](r) / N for dy = 0 … H // 2 and
    dx = −(W // 2) … W // 2: one block `s2` of shape [H // 2 + 1, 2 (W // 2) + 1]. The other half
    plane follows from S₂(−r) = S₂(r); a periodic image has no longer lags. O(N log N).

    `domain="volume"` takes one FFT of the whole volume: S₂ of all 3D lags, shape
    [Z // 2 + 1, 2 (Y // 2) + 1, 2 (X // 2) + 1].

    Open and masked images are zero-padded, and each entry is divided by the number of its pairs
    of valid pixels; long lags have few pairs and scatter much. Not taken on coarser pyramid
    levels: long lags are in it already. Targets and results of different extent are compared at
    the lags that both have.
    """

    name: ClassVar[str] = "fft_correlations"
    reference: ClassVar[str] = (
        "Cecen, Fast, Kalidindi, Versatile algorithms for the computation of 2-point spatial "
        "correlations in quantifying material structure, Integr. Mater. Manuf. Innov. 5, 1 (2016)"
    )

    domain: Literal["planes", "volume"] = Field(
        "planes", description="planes: on each plane. volume: once, of all three dimensions."
    )

    def smallest_extent(self) -> int:
        """A lag of one pixel and its opposite."""
        return 3

    def features(self) -> int:
        """Spectra and products of a few images, padded to twice the extent."""
        return 24

    def entries(self, block: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """The lags; see `Descriptor.entries`."""
        return window_lags(shape, half=True)

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw S₂ along the axes; see `Descriptor.plot`."""
        draw_profiles(axes, mirrored(blocks["s2"]), label)

    def kernel(self) -> type[Kernel] | None:
        """See `Descriptor.kernel`; on planes."""
        from mcr_core.kernels.fft_correlations import FFTCorrelationsKernel

        return None if self.volumetric else FFTCorrelationsKernel

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return S₂ of each image or volume; see `Descriptor.compute`."""
        reaches = [extent // 2 for extent in image.shape[1:]]
        if valid is not None:
            image, valid = pad_for(image, reaches), pad_for(valid, reaches)
        return {"s2": pair_shares(image, image, valid, reaches, half=True)}
