"""Terms whose descriptors are plain NumPy: value only, on binary fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Characterization
from mcr_core.objective.planes import plane_weights
from mcr_core.objective.term_loss import term_loss
from mcr_core.objective.wanted import as_tensors, shared_levels, target_tensors
from mcr_core.planes import plane_names, to_planes_order
from mcr_core.settings import Settings
from mcr_core.term import Term


class ArrayTerms:
    """Terms that are not differentiable, on all planes of all axes or on the whole volume."""

    def __init__(
        self,
        target: Characterization,
        terms: Sequence[Term],
        shape: Sequence[int],
        settings: Settings,
    ) -> None:
        self._terms = tuple(terms)
        self._settings = settings
        self._shape = tuple(shape)
        self._planes = {}
        for plane in plane_names(len(shape)):
            levels = shared_levels(target, terms, shape, plane)
            targets = [
                target_tensors(target, term, len(shape), plane, settings, n, "float64")
                for term, n in zip(terms, levels, strict=True)
            ]
            self._planes[plane] = (levels, targets, plane_weights(terms, shape, plane))

    def __call__(self, volume: Any) -> tuple[npt.NDArray[np.float64], None]:
        """Return the loss of every term at a volume [F, Z, Y, X]; there is no gradient."""
        array = np.asarray(volume, np.float64)
        parts = np.zeros(len(self._terms))
        for number, (plane, (levels, targets, weights)) in enumerate(self._planes.items()):
            planes = array.transpose(to_planes_order(len(self._shape), plane))
            for index, term in enumerate(self._terms):
                if not term.descriptor.volumetric:
                    losses = array_losses(
                        term, self._settings, planes, levels[index], *targets[index]
                    )
                    parts[index] += weights[index] * losses.sum()
                elif number == 0:
                    losses = array_losses(term, self._settings, array[None], 1, *targets[index])
                    parts[index] = term.weight * losses.sum()
        return parts, None


def array_losses(
    term: Term,
    settings: Settings,
    fields: npt.NDArray[np.float64],
    levels: int,
    wanted: Any,
    scales: Any = None,
) -> npt.NDArray[np.float64]:
    """Return the loss of every plane of fields [N, F, H, W], or of one volume [1, F, Z, Y, X].

    Args:
        term: a term whose descriptor is plain NumPy.
        settings: norm and boundary.
        fields: binary, in float64.
        levels: how many levels to compute.
        wanted: for every level its blocks, as tensors in float64.
        scales: what the residuals are multiplied by, alike; None: 1.
    """
    valid = None if settings.periodic else np.ones((1, *fields.shape[2:]))
    found = as_tensors(tuple(term.descriptor.evaluate(fields, valid, levels)), "float64")
    losses: npt.NDArray[np.float64] = term_loss(term, settings.loss, found, wanted, scales).numpy()
    return losses
