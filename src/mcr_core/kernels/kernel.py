"""The base of kernels: a descriptor on phase fields of one extent, and its gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Blocks = dict[str, Array]
#: From a number for each entry of the blocks, Σ number · ∂ entry / ∂ field, [B, H, W].
Pullback = Callable[[Mapping[str, Array]], Array]


class Kernel(ABC):
    """A differentiable descriptor on a CPU, in NumPy, with its gradient by hand.

    The values are those of `Descriptor.compute`. It is what a CPU runs instead: nothing is
    compiled, TensorFlow is not loaded, and an evaluation takes about as long as compiled. It is
    made for one extent and may be called by several threads at a time.

    Args:
        descriptor: with its options.
        valid: [H, W], True where a pixel counts; None for periodic images of the extent.
        extent: (H, W).
        dtype: precision of fields, values and gradients.
    """

    def __init__(
        self,
        descriptor: Any,
        extent: tuple[int, int],
        valid: npt.NDArray[np.bool_] | None,
        dtype: npt.DTypeLike,
    ) -> None:
        self.extent = extent
        self.dtype = np.dtype(dtype)
        self.valid = None if valid is None else valid.astype(self.dtype)
        self.prepare(descriptor)

    @abstractmethod
    def prepare(self, descriptor: Any) -> None:
        """Compute what all fields share; extent, precision and valid pixels are there already."""

    @abstractmethod
    def evaluate(self, fields: Array) -> tuple[Blocks, Pullback]:
        """Return the blocks of phase fields, one of each of some planes, and their pullback.

        Args:
            fields: [B, H, W]; 0 where pixels are not valid.

        Returns:
            The blocks [B, ...], NaN where no valid pixels are related; and what gives the
            gradient. It is called before this thread evaluates again, with 0 for the entries
            that are NaN.
        """

    def gradient(self, fields: Array, upstream: Mapping[str, Array]) -> Array:
        """Return the gradient where the blocks are known, for the same numbers on every plane.

        Args:
            fields: [B, H, W]; 0 where pixels are not valid.
            upstream: a number for each entry of the blocks, [1, ...]; 0 for those that are NaN.

        Returns:
            Σ number · ∂ entry / ∂ field, [B, H, W].
        """
        _, pullback = self.evaluate(fields)
        planes = len(fields)
        return pullback(
            {
                name: np.broadcast_to(block, (planes, *block.shape[1:]))
                for name, block in upstream.items()
            }
        )
