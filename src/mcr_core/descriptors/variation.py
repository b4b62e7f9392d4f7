"""Total variation per pixel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

import numpy.typing as npt
from pydantic import Field

from mcr_core.descriptors.base import Blocks, Descriptor
from mcr_core.descriptors.single_number import draw_number

if TYPE_CHECKING:
    from mcr_core.kernels.kernel import Kernel
    from mcr_core.swaps.tracker import Tracker


@final
class Variation(Descriptor):
    """Mean absolute difference of neighbouring pixels.

    V = ⟨|I(x) − I(x + e_y)|⟩ + ⟨|I(x) − I(x + e_x)|⟩, each mean taken over the pairs of valid
    neighbours of a plane; one block `variation` of shape []. On a binary image this is the length
    of the phase boundary, counted along pixel edges, per pixel. It suppresses isolated pixels.
    Periodic images pair opposite edges, open and masked ones do not.

    `domain="volume"` adds ⟨|I(x) − I(x + e_z)|⟩, all means over the whole volume: the area of the
    phase boundary, counted along voxel faces, per voxel.
    """

    name: ClassVar[str] = "variation"
    reference: ClassVar[str] = (
        "Seibert et al., Descriptor-based reconstruction of three-dimensional microstructures "
        "through gradient-based optimization, Acta Materialia 227, 117667 (2022)"
    )

    domain: Literal["planes", "volume"] = Field(
        "planes", description="planes: on each plane. volume: once, along all three axes."
    )

    def reach(self) -> int:
        """Neighbours are one pixel apart."""
        return 1

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw a bar; see `Descriptor.plot`."""
        edges = "faces per voxel" if self.volumetric else "edges per pixel"
        draw_number(axes, blocks["variation"], label, f"boundary {edges}")

    def tracker(self) -> type[Tracker] | None:
        """See `Descriptor.tracker`; on planes."""
        from mcr_core.swaps.variation import VariationTracker

        return None if self.volumetric else VariationTracker

    def kernel(self) -> type[Kernel] | None:
        """See `Descriptor.kernel`; on planes."""
        from mcr_core.kernels.variation import VariationKernel

        return None if self.volumetric else VariationKernel

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return the variation of each image; see `Descriptor.compute`."""
        import tensorflow as tf

        total = 0.0
        axes = list(range(1, len(image.shape)))
        for axis in axes:
            difference = tf.abs(image - tf.roll(image, -1, axis))
            if valid is None:
                total += tf.reduce_mean(difference, axes)
            else:
                pairs = valid * tf.roll(valid, -1, axis)
                total += tf.reduce_sum(difference * pairs, axes) / tf.reduce_sum(pairs, axes)
        return {"variation": total}
