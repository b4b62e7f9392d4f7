"""What a target asks of the planes of a result, per term."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mcr_core.characterization import Characterization, Levels
from mcr_core.planes import plane_shape
from mcr_core.term import Term


def shared_levels(
    target: Characterization, terms: Sequence[Term], shape: Sequence[int], plane: str
) -> tuple[int, ...]:
    """Number of pyramid levels, per term, that target and result both have.

    Args:
        target: the statistics to meet.
        terms: what is prescribed.
        shape: extent of the result.
        plane: kind of plane; volumetric terms ignore it.

    Raises:
        InputError: the target lacks the descriptor of a term.
    """
    levels = []
    for term in terms:
        height, width = plane_shape(shape, plane)
        has = len(wanted_levels(target, term, len(shape), plane))
        levels.append(min(term.descriptor.levels(height, width), has))
    return tuple(levels)


def wanted_levels(target: Characterization, term: Term, ndim: int, plane: str) -> Levels:
    """The levels of blocks that a target has for a term.

    Raises:
        InputError: it has none.
    """
    index = target.index(term.descriptor)
    if term.descriptor.volumetric:
        return target.volume_levels(index)
    return target.for_plane(plane, ndim).values[index]


def as_tensors(levels: Levels, dtype: Any) -> list[dict[str, Any]]:
    """The blocks of levels as tensors."""
    import tensorflow as tf

    return [
        {name: tf.constant(value, dtype) for name, value in blocks.items()} for blocks in levels
    ]
