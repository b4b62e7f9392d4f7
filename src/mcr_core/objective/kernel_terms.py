"""Terms on the planes of a result, plane by plane: value and gradient on a CPU."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.objective.kernel_axes import Axis, KernelGroup, gather, pyramid
from mcr_core.objective.plane_sample import PlaneSample, every_plane

Array = npt.NDArray[Any]
Numbers = npt.NDArray[np.float64]


class KernelTerms(KernelGroup):
    """Terms with `over="planes"`: the mean over the planes of each axis of their losses."""

    def _evaluate(self, fields: Array, samples: Mapping[str, PlaneSample]) -> tuple[Numbers, Array]:
        gradient = np.zeros_like(fields)
        parts = np.zeros(self._terms)
        for axis in self._axes:
            planes, slopes = fields.transpose(axis.order), gradient.transpose(axis.order)
            sample = samples.get(axis.plane) or every_plane(axis.planes)
            weights = sample.factors[:, None] * axis.weights

            def evaluate(
                batch: int,
                axis: Axis = axis,
                planes: Array = planes,
                slopes: Array = slopes,
                numbers: Array = sample.numbers,
                weights: Array = weights,
            ) -> Numbers:
                # No other plane of this axis has its voxels: threads do not meet.
                part = slice(batch * axis.batch, (batch + 1) * axis.batch)
                losses = np.zeros((numbers[part].size, self._terms))
                for field in range(planes.shape[1]):
                    images = np.ascontiguousarray(planes[numbers[part], field])
                    found, slope = _planes(axis, weights[part], images, field)
                    losses += found / planes.shape[1]
                    slopes[numbers[part], field] += slope / planes.shape[1]
                return losses

            found = self._workers.map(evaluate, -(-sample.numbers.size // axis.batch))
            parts += (np.concatenate(found) * weights).sum(0)
        return parts, gradient


def _planes(axis: Axis, weights: Numbers, fields: Array, field: int) -> tuple[Numbers, Array]:
    """Losses of one field of some planes, [B, terms], and the gradient of their weighted sum."""
    losses = np.zeros(weights.shape)
    images = pyramid(fields, len(axis.levels))
    slopes = [np.zeros_like(level) for level in images]
    for level, slope, entries in zip(images, slopes, axis.levels, strict=True):
        for entry in entries:
            blocks, pullback = entry.kernel.evaluate(level)
            found, upstream = entry.loss(blocks, field, entry.factor * weights[:, entry.term])
            losses[:, entry.term] += entry.factor * found
            slope += pullback(upstream)
    return losses, gather(slopes)
