"""The base of descriptors: gives each of them phases, pyramid levels, batches and boundaries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError
from mcr_core.plugin import Plugin
from mcr_core.pyramid import coarsen, level_count

if TYPE_CHECKING:
    from mcr_core.kernels.kernel import Kernel
    from mcr_core.swaps.tracker import Tracker

Blocks = dict[str, Any]


class Descriptor(Plugin, ABC):
    """A translation-invariant statistic of 2D planes.

    A subclass sets `name` and `reference`, declares its options as fields and implements
    `compute`. It knows nothing of phases, pyramid levels, planes of a volume or chunks: the base
    applies `compute` to each of them.

    With an option `domain` whose value is `volume`, the descriptor is taken once on the whole
    volume instead of on each of its planes: [H, W] below is then [Z, Y, X].
    """

    #: Whether gradients flow through `compute`, which then takes and returns tensors. If not,
    #: `compute` takes and returns NumPy arrays, of binary images: it needs no TensorFlow.
    differentiable: ClassVar[bool] = True
    #: What `compute` gets: the field of one phase, or the fields of all phases at once.
    takes: ClassVar[Literal["field", "phases"]] = "field"
    #: Whether the descriptor is also taken on coarser levels of the image pyramid.
    pyramid: ClassVar[bool] = False
    #: Dimensions of the microstructures that a reconstruction with this descriptor may have.
    result_dimensions: ClassVar[tuple[int, ...]] = (2, 3)

    @abstractmethod
    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return the statistics of a batch of phase fields.

        Args:
            image: [B, H, W] with values in [0, 1] (an indicator function, or grey on the way of
                an optimization); a tensor, or an array if not `differentiable`. If the descriptor
                takes `phases`: [B, P, H, W], the fields of all P phases in their order.
            valid: None for periodic images. Else [1 or B, H, W], 1 where a pixel counts; image
                and `valid` are then already zero-padded by `reach` pixels at the end of every
                axis, so that periodic shifts by up to `reach` pixels pair nothing with the
                opposite side.

        Returns:
            Named blocks, each [B, ...]; NaN where no valid pixels are related.
        """

    def resolved(self) -> Self:
        """Return what a characterization records: all filled in that its values depend on.

        For example the name and checksum of a network's weights. Default: the descriptor itself.
        """
        return self

    @property
    def volumetric(self) -> bool:
        """Whether it is taken on whole volumes, not on planes."""
        return getattr(self, "domain", "planes") == "volume"

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

    def tracker(self) -> type[Tracker] | None:
        """Return the class that follows the values of planes under swaps of two pixels.

        None if there is none for these options: planes are then evaluated again.
        """
        return None

    def kernel(self) -> type[Kernel] | None:
        """Return the class that computes values and gradients on a CPU without TensorFlow.

        None if there is none for these options: `compute` is then compiled.
        """
        return None

    def votes(self, image: Any, valid: Any | None) -> dict[str, npt.NDArray[np.bool_]] | None:
        """Return for each block which images [B, ...] count in a mean over planes or images, [B].

        For values that mean nothing of some images, though pixels are valid: the thickness of a
        phase is none where the phase is not there, and 0 would pull down a mean. The arguments
        are those of `compute`, as arrays.

        None if all count.
        """
        return None

    def result_fields(self, count: int) -> int:
        """How many results there are for `count` phase fields: the second extent of a block."""
        return 1 if self.takes == "phases" else count

    def entries(self, block: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """Return what the entries of a block mean, as rows of whole numbers [n, k].

        One row for every entry of a block of that shape (without batch and field), in flat
        order. Entries with equal rows are comparable, whatever the options and the extent of the
        images: lags, for example. Default: shape and position, so that only blocks of one shape
        are comparable.
        """
        positions = np.indices(shape or (1,)).reshape(max(len(shape), 1), -1).T
        return np.hstack([np.tile(np.array(shape, np.int64), (len(positions), 1)), positions])

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw the blocks of one level and one field into the axes of a figure.

        Drawing twice into the same axes compares. Default: a single entry as a bar, several one
        after the other.

        Args:
            axes: axes of matplotlib.
            blocks: named arrays without batch and field.
            label: entry of the legend.
        """
        values = np.concatenate([np.ravel(block) for block in blocks.values()])
        axes.set_ylabel(self.name.replace("_", " "))
        if values.size == 1:
            axes.bar([label], values, label=label)
            return
        axes.plot(values, ".-", label=label)
        axes.set_xlabel("entry")

    def require_extent(self, height: int, width: int, what: str) -> None:
        """Refuse planes that are too small.

        Raises:
            InputError: says how large they must be.
        """
        if self.levels(height, width) > 0:
            return
        limits = [o for o in ("limit_to", "max_length") if o in type(self).model_fields]
        smaller = f" or a smaller {limits[0]}" if limits else ""
        raise InputError(
            f"{self.name} needs planes of at least {self.smallest_extent()} pixels, "
            f"{what} have {height} x {width}: choose a larger one{smaller}"
        )

    def evaluate(self, fields: Any, valid: Any | None, levels: int) -> list[Blocks]:
        """Return the blocks of every level of a batch of planes.

        Args:
            fields: [B, F, H, W], one field per phase (one in all for two phases); a tensor, or an
                array if not `differentiable`. [B, F, Z, Y, X] if `volumetric`.
            valid: None for periodic planes, else [1 or B, H, W] of ones and zeros.
            levels: how many levels to compute, from the finest.

        Returns:
            One dictionary per level; every block has shape [B, F, ...], or [B, 1, ...] if the
            descriptor takes all phases at once.
        """
        one_level = self._of_phases if self.takes == "phases" else self._of_fields
        result = []
        for level in range(levels):
            if level:
                fields, valid = coarsen(fields, valid)
            result.append(one_level(fields, valid))
        return result

    def _of_fields(self, fields: Any, valid: Any | None) -> Blocks:
        xp = self._arrays()
        batch, count, *extent = fields.shape
        image = xp.reshape(fields, [batch * count, *extent])
        if valid is not None:
            if valid.shape[0] > 1 and count > 1:
                valid = xp.repeat(valid, count, axis=0)
            image, valid = self._padded(image * valid), self._padded(valid)
        blocks = self.compute(image, valid)
        return {
            name: xp.reshape(block, [batch, count, *block.shape[1:]])
            for name, block in blocks.items()
        }

    def _of_phases(self, fields: Any, valid: Any | None) -> Blocks:
        xp = self._arrays()
        if fields.shape[1] == 1:  # two phases share one field
            fields = xp.concatenate([1 - fields, fields], 1)
        if valid is not None:
            fields, valid = self._padded(fields * valid[:, None]), self._padded(valid)
        return {
            name: xp.reshape(block, [block.shape[0], 1, *block.shape[1:]])
            for name, block in self.compute(fields, valid).items()
        }

    def _arrays(self) -> Any:
        """The functions of NumPy: for arrays, or, with the same names, for tensors."""
        if not self.differentiable:
            return np
        import tensorflow as tf

        return SimpleNamespace(
            reshape=tf.reshape, repeat=tf.repeat, concatenate=tf.concat, pad=tf.pad
        )

    def _padded(self, image: Any) -> Any:
        """Zeros of `reach` pixels at the end of every axis of the image."""
        spatial = 3 if self.volumetric else 2
        margin = [[0, 0]] * (len(image.shape) - spatial) + [[0, self.reach()]] * spatial
        return self._arrays().pad(image, margin)


def plane_mean(quantity: Any, weight: Any | None) -> Any:
    """Mean over the pixels of each plane, [B, ..., H, W] → [B, ...]; weighted where given."""
    import tensorflow as tf

    if weight is None:
        return tf.reduce_mean(quantity, [-2, -1])
    return tf.reduce_sum(quantity * weight, [-2, -1]) / tf.reduce_sum(weight, [-2, -1])
