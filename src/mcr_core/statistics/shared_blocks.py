"""Cut the values of descriptors to the entries that several images have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mcr_core.characterization import Array, Levels
from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError
from mcr_core.objective.term_loss import shared_entries

#: For every level the shapes of its blocks, without the field.
Shapes = list[dict[str, tuple[int, ...]]]


def smallest_levels(many: Sequence[Levels]) -> Shapes:
    """Return the shapes of the blocks that all can be cut to: of every axis the smallest extent.

    As many levels as the shortest has; of the blocks those that all have.
    """
    shapes = []
    for blocks in zip(*many, strict=False):
        names = [name for name in blocks[0] if all(name in other for other in blocks)]
        shapes.append({name: _smallest([other[name] for other in blocks]) for name in names})
    return shapes


def _smallest(arrays: Sequence[Array]) -> tuple[int, ...]:
    if len({array.ndim for array in arrays}) > 1:
        return arrays[0].shape[1:]
    return tuple(map(min, zip(*(array.shape[1:] for array in arrays), strict=True)))


def cut_levels(levels: Levels, own: Descriptor, wanted: Descriptor, shapes: Shapes) -> Levels:
    """Cut levels of blocks [F, ...] of one descriptor to blocks of other shapes of another.

    Raises:
        InputError: an entry is missing.
    """
    return tuple(
        {name: _cut(blocks, name, own, wanted, shape) for name, shape in level.items()}
        for blocks, level in zip(levels, shapes, strict=False)
    )


def _cut(
    blocks: Mapping[str, Array],
    name: str,
    own: Descriptor,
    wanted: Descriptor,
    shape: tuple[int, ...],
) -> Array:
    block = blocks.get(name)
    if block is not None and block.shape[1:] == shape:
        return block
    if block is not None and block.ndim == len(shape) + 1:
        labels = wanted.entries(name, shape)
        _, positions = shared_entries(labels, own.entries(name, block.shape[1:]))
        if len(positions) == len(labels):
            return block.reshape(len(block), -1)[:, positions].reshape(len(block), *shape)
    raise InputError(
        f"the values of {own.name} cannot be cut to what they share: characterize images of one "
        "extent, or with the same limit_to"
    )


def cut_window(array: Array, extents: Sequence[Sequence[int]]) -> Array:
    """Cut the last two axes, lag 0 in the centre (index shape // 2), to what all extents have."""
    for axis in (-2, -1):
        sizes = {extent[axis] for extent in extents}
        if len(sizes) == 1:
            continue
        # An even extent has one more lag on one side: a cut window is odd.
        reach = min((size - 1) // 2 for size in sizes)
        centre = array.shape[axis] // 2
        array = array.take(range(centre - reach, centre + reach + 1), axis)
    return array
