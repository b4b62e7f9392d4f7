"""Volume fractions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy.typing as npt

from mcr_core.descriptors.base import Blocks, Descriptor, plane_mean
from mcr_core.descriptors.single_number import draw_number

if TYPE_CHECKING:
    from mcr_core.kernels.kernel import Kernel
    from mcr_core.swaps.tracker import Tracker


@final
class VolumeFractions(Descriptor):
    """Share of the pixels that each phase takes.

    v_f = ⟨I(x)⟩, the mean of the indicator function over the valid pixels of a plane; one block
    `volume_fractions` of shape []. Relates no two pixels, so boundaries do not matter. The
    fractions of a result are exact without this term; as the only term it lets every voxel turn
    grey.
    """

    name: ClassVar[str] = "volume_fractions"
    reference: ClassVar[str] = "Torquato, Random Heterogeneous Materials, Springer 2002, ch. 2"

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw a bar; see `Descriptor.plot`."""
        draw_number(axes, blocks["volume_fractions"], label, "volume fraction")

    def tracker(self) -> type[Tracker]:
        """See `Descriptor.tracker`."""
        from mcr_core.swaps.volume_fractions import VolumeFractionsTracker

        return VolumeFractionsTracker

    def kernel(self) -> type[Kernel]:
        """See `Descriptor.kernel`."""
        from mcr_core.kernels.volume_fractions import VolumeFractionsKernel

        return VolumeFractionsKernel

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return the mean of each image; see `Descriptor.compute`."""
        return {"volume_fractions": plane_mean(image, valid)}
