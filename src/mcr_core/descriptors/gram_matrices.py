"""Gram matrices of VGG-19 features, per phase."""

from __future__ import annotations

from typing import Any, ClassVar, final

from mcr_core.descriptors.base import Blocks
from mcr_core.descriptors.vgg_descriptor import VggDescriptor


@final
class GramMatrices(VggDescriptor):
    """Mean products of the features that VGG-19 finds in the field of one phase.

    The field I(x) becomes a grey image: 255 I(x) in each of the three channels, less the mean
    colour of the network's training. With the activations F_a(x) of the C channels of a layer,
    after the rectification, the block of the layer's name is
    G_ab = ⟨F_a(x) F_b(x)⟩, [C, C]: 64, 128, 256, 512, 512 channels in the blocks 1 to 5.
    `statistic="sliced_wasserstein"` keeps [projections, quantiles] sorted projections of the
    features instead (Heitz et al., CVPR 2021): with the loss `mse`, the squared distance.

    The weights are those of a normalized network (mean activation 1), 80 MB that are not part of
    this software: see `weights`. Pooling is the average, as in the first reference, or the
    maximum. A plane needs the extent of one pixel of the deepest layer: 16 pixels for the layers
    of block 5, 8, 4, 2, 1 for the blocks 4, 3, 2, 1.

    Invariant to shifts by a multiple of that number, in planes whose extents are multiples; a
    remainder is left out. Periodic planes wrap; open ones repeat their edge pixels in every
    convolution; masked pixels take the mean of the valid ones, and a feature pixel counts by the
    share of valid pixels in the square it stands for: near an edge or a mask this is approximate.
    """

    name: ClassVar[str] = "gram_matrices"
    reference: ClassVar[str] = (
        "Gatys et al., Image style transfer using convolutional neural networks, CVPR 2016, "
        "2414-2423; Li et al., A transfer learning approach for microstructure reconstruction, "
        "Scientific Reports 8, 13461 (2018)"
    )

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return one block a layer; see `Descriptor.compute`."""
        import tensorflow as tf

        return self.of_colours(tf.stack([image] * 3, -1), valid)
