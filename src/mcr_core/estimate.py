"""Values of descriptors on a microstructure: means over its planes, or of the whole volume."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Levels
from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError
from mcr_core.kernels.kernel import Blocks
from mcr_core.kernels.plane_levels import plane_levels
from mcr_core.kernels.workers import Workers
from mcr_core.microstructure import Microstructure
from mcr_core.planes import field_planes

Array = npt.NDArray[np.float64]

#: From how many pixels of all planes on compiling pays.
_COMPILE_FROM = 2**17
#: Planes whose values are held at once.
_BATCH = 16
#: Pixels up to which one plane is taken by one core: threads of BLAS would wait for each other.
_ONE_CORE = 2**16


def plane_values(
    microstructure: Microstructure, plane: str, descriptors: tuple[Descriptor, ...]
) -> tuple[Levels, ...]:
    """Levels of every descriptor, the mean over the planes of one kind.

    Computed in float64. A masked plane may hold no pair of pixels at some lag: it has no vote
    there. A plane that the values of a descriptor say nothing of (`Descriptor.votes`) has none
    either; if no plane has one, the values are 0. Coarse levels that the mask leaves
    incomplete are left out. Descriptors of whole volumes have no levels here.

    Raises:
        InputError: no plane has valid pixels for some entry of a descriptor.
    """
    fields, valid = field_planes(microstructure, plane)
    weight = valid
    if valid is None and not microstructure.periodic:
        weight = np.ones((1, *fields.shape[2:]))
    return tuple(() if d.volumetric else _mean(d, fields, weight) for d in descriptors)


def volume_values(
    microstructure: Microstructure, descriptors: tuple[Descriptor, ...]
) -> tuple[Levels, ...]:
    """Levels of every descriptor of whole volumes; empty if there is none.

    Raises:
        InputError: no valid voxels for some entry of a descriptor.
    """
    if not any(descriptor.volumetric for descriptor in descriptors):
        return ()
    fields = microstructure.fields(np.float64)[None]
    weight = None
    if microstructure.mask is not None:
        weight = microstructure.mask[None].astype(np.float64)
    elif not microstructure.periodic:
        weight = np.ones((1, *microstructure.shape))
    return tuple(_mean(d, fields, weight) if d.volumetric else () for d in descriptors)


def uniform_votes(descriptor: Descriptor, fraction: float) -> bool:
    """Whether an image in which the phase takes that share has a vote: 0 and 1 are uniform ones."""
    if 0 < fraction < 1:
        return True
    votes = descriptor.votes(np.full((1, 2, 2), fraction), None) or {}
    return all(bool(one.any()) for one in votes.values())


def _mean(descriptor: Descriptor, fields: Array, weight: Array | None) -> Levels:
    """Mean over the first axis of fields [N, F, ...], with weight [1 or N, ...]."""
    levels = descriptor.levels(*fields.shape[-2:])
    sums: list[dict[str, _Sum]] = [{} for _ in range(levels)]
    for index, found in enumerate(_values(descriptor, levels, fields, weight)):
        one = _validity(weight, index)
        votes = descriptor.votes(fields[index], one) or {}
        for level, blocks in enumerate(found):
            for name, block in blocks.items():
                value = np.asarray(block, np.float64)[0]
                sums[level].setdefault(name, _Sum(value)).add(value, votes.get(name))
    complete = [all(total.complete() for total in blocks.values()) for blocks in sums]
    if not all(complete):
        # A round mask leaves no long lag on the coarsest level, and many on the others.
        first = complete.index(False)
        if first == 0:
            raise InputError(
                f"the mask leaves no pixels for some entries of {descriptor.name}: "
                "choose smaller limits (limit_to, max_length) or a smaller mask"
            )
        sums = sums[:first]
    return tuple({name: total.mean() for name, total in blocks.items()} for blocks in sums)


class _Sum:
    """Sum of blocks [F, ...] over planes, of the entries that are known and have a vote."""

    def __init__(self, like: Array) -> None:
        self._total = np.zeros(like.shape)
        self._known = np.zeros(like.shape, np.int64)
        self._votes = np.zeros(like.shape, np.int64)
        self._voters = np.zeros(like.shape, np.int64)

    def add(self, value: Array, votes: npt.NDArray[np.bool_] | None) -> None:
        """Add the values of a plane; of the fields that have a vote, [F], or of all."""
        known = np.isfinite(value)
        voter = np.ones(value.shape, bool)
        if votes is not None:
            voter &= votes.reshape(-1, *[1] * (value.ndim - 1))
        counts = known & voter
        self._total += np.where(counts, value, 0.0)
        self._known += known
        self._votes += counts
        self._voters += voter

    def complete(self) -> bool:
        """Whether each entry is known of a plane that has a vote, or of any if none has."""
        return bool(np.where(self._voters > 0, self._votes, self._known).all())

    def mean(self) -> Array:
        """Mean over the votes; 0 where there is none."""
        return self._total / np.maximum(self._votes, 1)


def _validity(weight: Array | None, index: int) -> Array | None:
    return None if weight is None else weight[min(index, len(weight) - 1)][None]


def _values(
    descriptor: Descriptor, levels: int, fields: Array, weight: Array | None
) -> Iterator[list[Blocks]]:
    """Yield the levels of blocks [1, F, ...] of each along the first axis of fields."""
    if descriptor.kernel() is None:
        evaluate = _evaluator(descriptor, levels, compiled=fields.size >= _COMPILE_FROM)
        for index in range(len(fields)):
            yield evaluate(fields[index : index + 1], _validity(weight, index))
        return
    workers = Workers(1 if len(fields) == 1 and fields.size <= _ONE_CORE else None)
    for first in range(0, len(fields), _BATCH):

        def evaluate_by_kernel(number: int, first: int = first) -> list[Blocks]:
            index = first + number
            one = _validity(weight, index)
            return plane_levels(descriptor, fields[index : index + 1], one, levels)

        yield from workers.map(evaluate_by_kernel, min(_BATCH, len(fields) - first))


@functools.lru_cache(maxsize=16)
def _evaluator(descriptor: Descriptor, levels: int, *, compiled: bool) -> Any:
    """Return the function (fields, valid) → levels of blocks, for arrays."""

    def evaluate(fields: Any, valid: Any) -> Any:
        return descriptor.evaluate(fields, valid, levels)

    if not descriptor.differentiable:
        return evaluate
    import tensorflow as tf

    function: Any = evaluate
    if compiled:
        function = tf.function(evaluate, jit_compile=True, autograph=False)

    def with_tensors(fields: Any, valid: Any) -> Any:
        return function(tf.constant(fields), None if valid is None else tf.constant(valid))

    return with_tensors
