"""The base of descriptors: gives each of them phases, pyramid levels, batches and boundaries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from mcr_core.errors import InputError
from mcr_core.plugin import Plugin
from mcr_core.pyramid import coarsen, level_count

Blocks = dict[str, Any]


class Descriptor(Plugin, ABC):
    """A translation-invariant statistic of 2D planes.

    A subclass sets `name` and `reference`, declares its options as fields and implements
    `compute`. It knows nothing of phases, pyramid levels, planes of a volume or chunks: the base
    applies `compute` to each of them.
    """

    #: Whether gradients flow through `compute`.
    differentiable: ClassVar[bool] = True
    #: Whether the descriptor is also taken on coarser levels of the image pyramid.
    pyramid: ClassVar[bool] = False
    #: Dimensions of the microstructures that a reconstruction with this descriptor may have.
    result_dimensions: ClassVar[tuple[int, ...]] = (2, 3)

    @abstractmethod
    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return the statistics of a batch of phase fields.

        Args:
            image: tensor [B, H, W] with values in [0, 1] (an indicator function, or grey on the
                way of an optimization).
            valid: None for periodic images. Else a tensor [1 or B, H, W] that is 1 where a pixel
                counts; image and `valid` are then already zero-padded by `reach` pixels at the
                end of both axes, so that periodic shifts by up to `reach` pixels pair nothing
                with the opposite side.

        Returns:
            Named blocks, each a tensor [B, ...]; NaN where no valid pixels are related.
        """

    def reach(self) -> int:
        """Largest distance in pixels between two pixels that `compute` relates."""
        return 0

    def smallest_extent(self) -> int:
        """Smallest extent of a plane, in pixels, on which the descriptor makes sense."""
        return self.reach() + 1

    def levels(self, height: int, width: int) -> int:
        """Number of pyramid levels on a plane; 0 if the plane is too small."""
        fitting = level_count(height, width, self.smallest_extent())
        return fitting if self.pyramid else min(fitting, 1)

    def features(self) -> int:
        """How many numbers per pixel `compute` holds at once: for memory plans."""
        return 4

    def require_extent(self, height: int, width: int, what: str) -> None:
        """Refuse planes that are too small.

        Raises:
            InputError: says how large they must be.
        """
        if self.levels(height, width) > 0:
            return
        smaller = " or a smaller limit_to" if "limit_to" in type(self).model_fields else ""
        raise InputError(
            f"{self.name} needs planes of at least {self.smallest_extent()} pixels, "
            f"{what} have {height} x {width}: choose a larger one{smaller}"
        )

    def evaluate(self, fields: Any, valid: Any | None, levels: int) -> list[Blocks]:
        """Return the blocks of every level of a batch of planes.

        Args:
            fields: tensor [B, F, H, W], one field per phase (one in all for two phases).
            valid: None for periodic planes, else a tensor [1 or B, H, W] of ones and zeros.
            levels: how many levels to compute, from the finest.

        Returns:
            One dictionary per level; every block has shape [B, F, ...].
        """
        import tensorflow as tf

        batch, count = fields.shape[0], fields.shape[1]
        result = []
        for level in range(levels):
            if level:
                fields, valid = coarsen(fields, valid)
            height, width = fields.shape[2], fields.shape[3]
            image = tf.reshape(fields, [batch * count, height, width])
            per_image = valid
            if valid is not None:
                if valid.shape[0] > 1 and count > 1:
                    per_image = tf.repeat(valid, count, axis=0)
                image, per_image = self._padded(image * per_image, per_image)
            blocks = self.compute(image, per_image)
            result.append(
                {
                    name: tf.reshape(block, [batch, count, *block.shape[1:]])
                    for name, block in blocks.items()
                }
            )
        return result

    def _padded(self, image: Any, valid: Any) -> tuple[Any, Any]:
        import tensorflow as tf

        margin = [[0, 0], [0, self.reach()], [0, self.reach()]]
        return tf.pad(image, margin), tf.pad(valid, margin)


def plane_mean(quantity: Any, weight: Any | None) -> Any:
    """Mean over the pixels of each plane, [B, ..., H, W] → [B, ...]; weighted where given."""
    import tensorflow as tf

    if weight is None:
        return tf.reduce_mean(quantity, [-2, -1])
    return tf.reduce_sum(quantity * weight, [-2, -1]) / tf.reduce_sum(weight, [-2, -1])
