"""The loss of one level of one term in NumPy, with its derivative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.losses import Loss
from mcr_core.objective.term_loss import block_groups, mismatch, shared_entries
from mcr_core.term import Term

Array = npt.NDArray[Any]
_ALL = slice(None)


class LevelLoss:
    """What `term_loss` computes of one level, field by field.

    Args:
        term: the descriptor with its weights of blocks.
        loss: the norm.
        found: blocks [...] as they will be found, for their shapes.
        wanted: blocks [F, ...].

    Raises:
        InputError: weights or blocks do not fit.
    """

    def __init__(
        self,
        term: Term,
        loss: Loss,
        found: Mapping[str, Array],
        wanted: Mapping[str, Array],
    ) -> None:
        if set(found) != set(wanted):
            raise mismatch(term.descriptor)
        self._loss = loss
        self._groups = block_groups(term, list(wanted))
        self._entries: dict[str, Any] = {}
        self._wanted: dict[str, Array] = {}
        for name, block in found.items():
            flat = np.asarray(wanted[name], block.dtype).reshape(len(wanted[name]), -1)
            if block.shape == wanted[name].shape[1:]:
                self._entries[name], self._wanted[name] = _ALL, flat
                continue
            entries = term.descriptor.entries
            of_found, of_wanted = shared_entries(
                entries(name, block.shape), entries(name, wanted[name].shape[1:])
            )
            if not of_found.size:
                raise mismatch(term.descriptor)
            self._entries[name], self._wanted[name] = of_found, flat[:, of_wanted]

    def __call__(
        self, found: Mapping[str, Array], field: int, scale: float
    ) -> tuple[float, dict[str, Array]]:
        """Return the loss of a field, and `scale` times its derivative by each entry."""
        total = 0.0
        upstream = {}
        for weight, names in self._groups:
            residuals = [
                found[name].ravel()[self._entries[name]] - self._wanted[name][field]
                for name in names
            ]
            value, slope = self._loss.value_and_slope(np.concatenate(residuals))
            total += weight * value
            slope = slope * slope.dtype.type(scale * weight)
            ends = np.cumsum([residual.size for residual in residuals])
            for name, part in zip(names, np.split(slope, ends[:-1]), strict=True):
                whole = np.zeros(found[name].size, part.dtype)
                whole[self._entries[name]] = part
                upstream[name] = whole.reshape(found[name].shape)
        return total, upstream
