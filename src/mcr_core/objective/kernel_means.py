"""Terms on the mean over the planes of an axis: value and gradient on a CPU."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.objective.kernel_axes import Axis, KernelGroup, gather, pyramid
from mcr_core.objective.plane_sample import PlaneSample

Array = npt.NDArray[Any]
Numbers = npt.NDArray[np.float64]
#: For every level of an axis and every term there, blocks.
LevelBlocks = list[list[dict[str, Array]]]


class KernelMeans(KernelGroup):
    """Terms with `over="mean"`: the loss of the mean over the planes of each axis.

    The values of all planes are needed before the gradient of any: planes are evaluated twice.
    """

    def _evaluate(self, fields: Array, samples: Mapping[str, PlaneSample]) -> tuple[Numbers, Array]:
        gradient = np.zeros_like(fields)
        parts = np.zeros(self._terms)
        for axis in self._axes:
            planes, slopes = fields.transpose(axis.order), gradient.transpose(axis.order)
            for field in range(planes.shape[1]):
                means = self._means(axis, planes[:, field])
                losses, upstream = _losses(axis, means, field)
                # A plane's weight is that of the axis by the number of planes.
                weights = axis.weights * axis.planes / planes.shape[1]
                parts += losses * weights
                self._pull_back(axis, planes[:, field], upstream, weights, slopes[:, field])
        return parts, gradient

    def _means(self, axis: Axis, planes: Array) -> LevelBlocks:
        """Blocks of each level and term, [1, ...]: means over all planes [N, H, W]."""

        def evaluate(batch: int) -> LevelBlocks:
            images = pyramid(_part(axis, planes, batch), len(axis.levels))
            return [
                [_sums(entry.kernel.evaluate(image)[0]) for entry in entries]
                for image, entries in zip(images, axis.levels, strict=True)
            ]

        total, *others = self._workers.map(evaluate, _calls(axis))
        for other in others:
            for sums, more in zip(_flat(total), _flat(other), strict=True):
                for name in sums:
                    sums[name] += more[name]
        for sums in _flat(total):
            for name in sums:
                sums[name] /= axis.planes
        return total

    def _pull_back(
        self, axis: Axis, planes: Array, upstream: LevelBlocks, weights: Numbers, slopes: Array
    ) -> None:
        """Add the gradient of the weighted losses to slopes [N, H, W]."""
        shares = (weights / axis.planes).astype(self._dtype)
        # Every plane has the same share of the mean.
        shared = [
            [_times(one, shares[e.term]) for e, one in zip(entries, blocks, strict=True)]
            for entries, blocks in zip(axis.levels, upstream, strict=True)
        ]

        def pull(batch: int) -> None:
            part = _part(axis, planes, batch)
            images = pyramid(part, len(axis.levels))
            found = [np.zeros_like(image) for image in images]
            for image, slope, entries, blocks in zip(
                images, found, axis.levels, shared, strict=True
            ):
                for entry, upper in zip(entries, blocks, strict=True):
                    slope += entry.kernel.gradient(image, upper)
            # No other plane of this axis has its voxels: threads do not meet.
            first = batch * axis.batch
            slopes[first : first + len(part)] += gather(found)

        self._workers.map(pull, _calls(axis))


def _losses(axis: Axis, means: LevelBlocks, field: int) -> tuple[Numbers, LevelBlocks]:
    """Loss of every term, and its derivatives by the blocks."""
    losses = np.zeros(axis.weights.size)
    upstream: LevelBlocks = []
    for entries, blocks in zip(axis.levels, means, strict=True):
        upstream.append([])
        for entry, mean in zip(entries, blocks, strict=True):
            found, slope = entry.loss(mean, field, np.array([entry.factor]))
            losses[entry.term] += entry.factor * float(found[0])
            upstream[-1].append(slope)
    return losses, upstream


def _part(axis: Axis, planes: Array, batch: int) -> Array:
    return np.ascontiguousarray(planes[batch * axis.batch : (batch + 1) * axis.batch])


def _calls(axis: Axis) -> int:
    return -(-axis.planes // axis.batch)


def _times(blocks: Mapping[str, Array], factor: np.floating[Any]) -> dict[str, Array]:
    """Blocks times a factor, in its precision."""
    return {name: (block * factor).astype(factor.dtype) for name, block in blocks.items()}


def _sums(blocks: Mapping[str, Array]) -> dict[str, Array]:
    """Sums over the planes [1, ...]: in float64, as losses of many planes' means are small."""
    return {name: block.sum(0, np.float64, keepdims=True) for name, block in blocks.items()}


def _flat(levels: LevelBlocks) -> list[dict[str, Array]]:
    return [blocks for entries in levels for blocks in entries]
