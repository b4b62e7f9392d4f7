"""Gram matrices of VGG-19 features of a colour-coded image of all phases."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, final

from mcr_core.descriptors.base import Blocks
from mcr_core.descriptors.vgg_descriptor import VggDescriptor

#: Blue, green, red: the pure colours first, then their mixtures, then those with halves.
_PALETTE = (
    (0.0, 0.0, 0.0),
    (1.0, 0.0, 0.0),
    (0.0, 1.0, 0.0),
    (0.0, 0.0, 1.0),
    (1.0, 1.0, 1.0),
    (1.0, 1.0, 0.0),
    (1.0, 0.0, 1.0),
    (0.0, 1.0, 1.0),
    (0.5, 0.5, 0.5),
    (1.0, 0.5, 0.0),
    (0.0, 1.0, 0.5),
    (0.5, 0.0, 1.0),
    (0.5, 1.0, 0.0),
    (0.0, 0.5, 1.0),
    (1.0, 0.0, 0.5),
    (0.5, 0.0, 0.0),
)


@final
class MultiphaseGramMatrices(VggDescriptor):
    """Mean products of the features that VGG-19 finds in a colour-coded image of all phases.

    As `gram_matrices`, of one image in which every phase p has a colour c_p: a pixel with the
    phase fields f_p(x) is Σ_p f_p(x) c_p. The features see where phases meet, which no statistic
    of single phases does. By the number of phases:

    - 2: black, white, so that this is `gram_matrices` of the phase of index 1;
    - 3: blue, green, red;
    - 4 to 16: the first of black, blue, green, red, white, cyan, magenta, yellow, grey, azure,
      chartreuse, rose, spring green, orange, violet, navy.

    The result depends on the order of the phases from three phases on: blue and red weigh
    differently in a network trained on photographs. Blocks, weights, extents and boundaries are
    those of `gram_matrices`.
    """

    name: ClassVar[str] = "multiphase_gram_matrices"
    reference: ClassVar[str] = (
        "Seibert et al., Two-stage 2D-to-3D reconstruction of realistic microstructures, "
        "Computer Methods in Applied Mechanics and Engineering 412, 116072 (2023); Gatys et al., "
        "Image style transfer using convolutional neural networks, CVPR 2016, 2414-2423"
    )
    takes: ClassVar[Literal["field", "phases"]] = "phases"

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return one block a layer; see `Descriptor.compute`."""
        import tensorflow as tf

        palette = tf.constant(colours(image.shape[1]), image.dtype)
        return self.of_colours(tf.einsum("bphw,pc->bhwc", image, palette), valid)


def colours(phases: int) -> tuple[tuple[float, float, float], ...]:
    """Return the colour of each phase: blue, green, red, from 0 to 1."""
    if phases == 2:
        return _PALETTE[0], _PALETTE[4]
    return _PALETTE[1:4] if phases == 3 else _PALETTE[:phases]
