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
    """What `term_loss` computes of one level, field by field, of several planes.

    Args:
        term: the descriptor with its weights of blocks.
        loss: the norm.
        found: blocks [B, ...] as they will be found, for their shapes.
        wanted: blocks [F, ...].
        scales: what residuals are multiplied by, of the shapes of `wanted`; None: 1.

    Raises:
        InputError: weights or blocks do not fit.
    """

    def __init__(
        self,
        term: Term,
        loss: Loss,
        found: Mapping[str, Array],
        wanted: Mapping[str, Array],
        scales: Mapping[str, Array] | None = None,
    ) -> None:
        if set(found) != set(wanted):
            raise mismatch(term.descriptor)
        self._loss = loss
        self._groups = block_groups(term, list(wanted))
        self._entries: dict[str, Any] = {}
        self._wanted: dict[str, Array] = {}
        self._scales: dict[str, Array] = {}
        for name, block in found.items():
            flat = np.asarray(wanted[name], block.dtype).reshape(len(wanted[name]), -1)
            shape = block.shape[1:]
            if shape == wanted[name].shape[1:]:
                self._entries[name], self._wanted[name] = _ALL, flat
                if scales is not None:
                    self._scales[name] = np.asarray(scales[name], block.dtype).reshape(flat.shape)
                continue
            entries = term.descriptor.entries
            of_found, of_wanted = shared_entries(
                entries(name, shape), entries(name, wanted[name].shape[1:])
            )
            if not of_found.size:
                raise mismatch(term.descriptor)
            self._entries[name], self._wanted[name] = of_found, flat[:, of_wanted]
            if scales is not None:
                every = np.asarray(scales[name], block.dtype).reshape(flat.shape)
                self._scales[name] = every[:, of_wanted]

    def __call__(
        self, found: Mapping[str, Array], field: int, scales: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float64], dict[str, Array]]:
        """Return the losses of a field of every plane, and `scales` times their derivatives.

        Args:
            found: blocks [B, ...].
            field: which.
            scales: [B].

        Returns:
            Losses [B] and, for each entry of the blocks, the derivative, [B, ...].
        """
        planes = scales.size
        total = np.zeros(planes)
        upstream = {}
        for weight, names in self._groups:
            residuals = [
                found[name].reshape(planes, -1)[:, self._entries[name]] - self._wanted[name][field]
                for name in names
            ]
            if self._scales:
                for name, residual in zip(names, residuals, strict=True):
                    residual *= self._scales[name][field]
            values, slopes = self._loss.values_and_slopes(np.concatenate(residuals, 1))
            total += weight * values
            slopes *= (scales * weight).astype(slopes.dtype)[:, None]
            first = 0
            for name, residual in zip(names, residuals, strict=True):
                part = slopes[:, first : first + residual.shape[1]]
                first += residual.shape[1]
                if self._scales:
                    part = part * self._scales[name][field]
                if self._entries[name] is not _ALL:
                    whole = np.zeros((planes, found[name][0].size), part.dtype)
                    whole[:, self._entries[name]] = part
                    part = whole
                upstream[name] = part.reshape(found[name].shape)
        return total, upstream
