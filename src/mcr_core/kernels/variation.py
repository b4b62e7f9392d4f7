"""Mean absolute difference of neighbours, and its gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mcr_core.kernels.kernel import Array, Blocks, Kernel, Pullback


class VariationKernel(Kernel):
    """`Variation(domain="planes")` of fields [B, H, W]; the gradient of |0| is 0."""

    def prepare(self, descriptor: Any) -> None:
        """See `Kernel.prepare`."""
        self._pairs = [self._weights(axis) for axis in (0, 1)]
        #: Without any pair, a change of a pixel changes nothing.
        self._slopes = [np.nan_to_num(pairs) for pairs in self._pairs]

    def evaluate(self, fields: Array) -> tuple[Blocks, Pullback]:
        """Return `variation` [B]; see `Kernel.evaluate`."""
        differences = [fields - np.roll(fields, -1, axis + 1) for axis in (0, 1)]
        total = np.zeros(len(fields), self.dtype)
        for difference, pairs in zip(differences, self._pairs, strict=True):
            total += np.abs(difference).reshape(len(fields), -1) @ pairs.ravel()

        def pullback(upstream: Mapping[str, Array]) -> Array:
            result = np.zeros(fields.shape, self.dtype)
            for axis, (difference, pairs) in enumerate(zip(differences, self._slopes, strict=True)):
                signs = np.sign(difference) * pairs
                result += signs - np.roll(signs, 1, axis + 1)
            return result * upstream["variation"][:, None, None]

        return {"variation": total}, pullback

    def _weights(self, axis: int) -> Array:
        """1 / number of pairs for each pair that counts; NaN if there is none."""
        pairs = np.ones(self.extent, self.dtype)
        if self.valid is not None:
            pairs = self.valid * np.roll(self.valid, -1, axis)
            pairs[(slice(None),) * axis + (-1,)] = 0  # the last one has no neighbour
        count = pairs.sum()
        weights: Array = pairs / count if count else np.full(self.extent, np.nan, self.dtype)
        return weights
