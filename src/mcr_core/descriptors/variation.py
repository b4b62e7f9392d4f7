"""Total variation per pixel."""

from __future__ import annotations

from typing import Any, ClassVar, final

from mcr_core.descriptors.base import Blocks, Descriptor, plane_mean


@final
class Variation(Descriptor):
    """Mean absolute difference of neighbouring pixels.

    V = ⟨|I(x) − I(x + e_y)|⟩ + ⟨|I(x) − I(x + e_x)|⟩, each mean taken over the pairs of valid
    neighbours of a plane; one block `variation` of shape []. On a binary image this is the length
    of the phase boundary, counted along pixel edges, per pixel. It suppresses isolated pixels.
    Periodic images pair opposite edges, open and masked ones do not.
    """

    name: ClassVar[str] = "variation"
    reference: ClassVar[str] = (
        "Seibert et al., Descriptor-based reconstruction of three-dimensional microstructures "
        "through gradient-based optimization, Acta Materialia 227, 117667 (2022)"
    )

    def reach(self) -> int:
        """Neighbours are one pixel apart."""
        return 1

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return the variation of each image; see `Descriptor.compute`."""
        import tensorflow as tf

        total = 0.0
        for axis in (1, 2):
            difference = tf.abs(image - tf.roll(image, -1, axis))
            pairs = None if valid is None else valid * tf.roll(valid, -1, axis)
            total += plane_mean(difference, pairs)
        return {"variation": total}
