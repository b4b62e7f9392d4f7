"""Values of descriptors on a microstructure: means over its planes, or of the whole volume."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Levels
from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.planes import field_planes

Array = npt.NDArray[np.float64]

#: From how many pixels of all planes on compiling pays.
_COMPILE_FROM = 2**17


def plane_values(
    microstructure: Microstructure, plane: str, descriptors: tuple[Descriptor, ...]
) -> tuple[Levels, ...]:
    """Levels of every descriptor, the mean over the planes of one kind.

    Computed in float64. A masked plane may hold no pair of pixels at some lag: it has no vote
    there. Coarse levels that the mask leaves incomplete are left out. Descriptors of whole volumes
    have no levels here.

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


def _mean(descriptor: Descriptor, fields: Array, weight: Array | None) -> Levels:
    """Mean over the first axis of fields [N, F, ...], with weight [1 or N, ...]."""
    levels = descriptor.levels(*fields.shape[-2:])
    evaluate = _evaluator(descriptor, levels, compiled=fields.size >= _COMPILE_FROM)
    sums: list[dict[str, Any]] = [{} for _ in range(levels)]
    for index in range(len(fields)):
        one = None if weight is None else weight[min(index, len(weight) - 1)][None]
        for level, blocks in enumerate(evaluate(fields[index : index + 1], one)):
            for name, block in blocks.items():
                value = np.asarray(block, np.float64)[0]
                counts = np.isfinite(value)
                total, number = sums[level].get(name, (0.0, 0))
                sums[level][name] = (total + np.where(counts, value, 0.0), number + counts)
    complete = [all((number > 0).all() for _, number in blocks.values()) for blocks in sums]
    if not all(complete):
        # A round mask leaves no long lag on the coarsest level, and many on the others.
        first = complete.index(False)
        if first == 0:
            raise InputError(
                f"the mask leaves no pixels for some entries of {descriptor.name}: "
                "choose smaller limits (limit_to, max_length) or a smaller mask"
            )
        sums = sums[:first]
    return tuple(
        {name: total / number for name, (total, number) in blocks.items()} for blocks in sums
    )


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
