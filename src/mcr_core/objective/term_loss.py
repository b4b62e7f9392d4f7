"""The loss of one term: what was found against what is wanted, over levels, fields and blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.descriptors import Descriptor
from mcr_core.errors import InputError
from mcr_core.losses import Loss
from mcr_core.term import Term

#: What is wanted of one term: for every level its blocks [F, ...].
Wanted = Sequence[Mapping[str, Any]]


def term_loss(
    term: Term, loss: Loss, found: Wanted, wanted: Wanted, scales: Wanted | None = None
) -> Any:
    """Return the loss of every plane, the mean over levels, [B].

    Args:
        term: the descriptor with its weights of levels and blocks.
        loss: the norm.
        found: for every level, blocks [B, F, ...] as tensors.
        wanted: for every level, blocks [F, ...] as tensors; more levels than found are ignored.
        scales: what the residuals are multiplied by, of the shapes of `wanted`; None: 1.

    Raises:
        InputError: weights or blocks do not fit.
    """
    import tensorflow as tf

    factors = level_factors(term, len(found))
    per_level = [
        factor * _level_loss(term, loss, blocks, target, None if scales is None else scales[level])
        for level, (factor, blocks, target) in enumerate(zip(factors, found, wanted, strict=False))
    ]
    return tf.add_n(per_level) / len(found)


def _level_loss(
    term: Term,
    loss: Loss,
    found: Mapping[str, Any],
    wanted: Mapping[str, Any],
    scales: Mapping[str, Any] | None,
) -> Any:
    """Mean over the fields of one level, [B]."""
    import tensorflow as tf

    if set(found) != set(wanted):
        raise mismatch(term.descriptor)
    rows = [
        _residual(term.descriptor, name, found[name], wanted[name], scales and scales[name])
        for name in wanted
    ]
    by_name = dict(zip(wanted, rows, strict=True))
    return tf.add_n(
        [
            weight * _mean_over_fields(loss, tf.concat([by_name[name] for name in names], 2))
            for weight, names in block_groups(term, list(wanted))
        ]
    )


def level_factors(term: Term, levels: int) -> tuple[float, ...]:
    """Return the factor of every level, from the finest.

    Raises:
        InputError: the term has weights for fewer levels.
    """
    factors = term.level_weights or (1.0,) * levels
    if len(factors) < levels:
        raise InputError(
            f"{term.descriptor.name} has {levels} levels here: expected as many "
            f"level_weights, got {len(factors)}"
        )
    return factors[:levels]


def block_groups(term: Term, blocks: Sequence[str]) -> list[tuple[float, tuple[str, ...]]]:
    """Return the blocks whose entries count alike, with the weight of each group.

    Raises:
        InputError: the term has weights for another number of blocks.
    """
    weights = term.block_weights
    if weights is None:
        return [(1.0, tuple(blocks))]
    if len(weights) != len(blocks):
        raise InputError(
            f"{term.descriptor.name} has the blocks {', '.join(blocks)}: expected "
            f"{len(blocks)} block_weights, got {len(weights)}"
        )
    return [(weight, (name,)) for weight, name in zip(weights, blocks, strict=True)]


def _mean_over_fields(loss: Loss, residual: Any) -> Any:
    """Loss of every field [B, F, n], their mean [B]."""
    import tensorflow as tf

    batch, fields, entries = residual.shape
    each = loss.compute(tf.reshape(residual, [batch * fields, entries]))
    return tf.reduce_mean(tf.reshape(each, [batch, fields]), 1)


def _residual(descriptor: Descriptor, block: str, found: Any, wanted: Any, scales: Any) -> Any:
    """Differences of the entries that both sides have, times their scales, [B, F, n]."""
    import tensorflow as tf

    if found.shape[1] != wanted.shape[0]:
        raise mismatch(descriptor)
    if found.shape[1:] == wanted.shape:
        differences = found - wanted
        if scales is not None:
            differences *= scales
        return tf.reshape(differences, [*found.shape[:2], -1])
    of_found, of_wanted = shared_entries(
        descriptor.entries(block, tuple(found.shape[2:])),
        descriptor.entries(block, tuple(wanted.shape[1:])),
    )
    if not of_found.size:
        raise mismatch(descriptor)
    flat_found = tf.reshape(found, [*found.shape[:2], -1])
    flat_wanted = tf.reshape(wanted, [wanted.shape[0], -1])
    shared = tf.gather(flat_found, of_found, axis=2) - tf.gather(flat_wanted, of_wanted, axis=1)
    if scales is None:
        return shared
    return shared * tf.gather(tf.reshape(scales, flat_wanted.shape), of_wanted, axis=1)


def shared_entries(
    first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Positions, in two lists of entries (see `Descriptor.entries`), of those that both have."""
    if first.shape[1] != second.shape[1] or not len(first) or not len(second):
        nothing = np.zeros(0, np.int64)
        return nothing, nothing
    low = np.minimum(first.min(0), second.min(0))
    span = np.maximum(first.max(0), second.max(0)) - low + 1
    if np.prod(span.astype(float)) >= 2**62:
        return _shared_rows(first, second)
    # One number a row: blocks of S₃ have a million of them.
    base = np.append(np.cumprod(span[::-1])[-2::-1], 1)
    _, of_first, of_second = np.intersect1d(
        (first - low) @ base, (second - low) @ base, assume_unique=True, return_indices=True
    )
    order = np.argsort(of_first)
    return of_first[order], of_second[order]


def _shared_rows(
    first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Do the same with rows whose numbers are too large to be one, such as checksums."""
    where = {row.tobytes(): index for index, row in enumerate(np.ascontiguousarray(second))}
    pairs = [
        (index, where[key])
        for index, key in enumerate(row.tobytes() for row in np.ascontiguousarray(first))
        if key in where
    ]
    positions = np.array(pairs, np.int64).reshape(-1, 2)
    return positions[:, 0], positions[:, 1]


def mismatch(descriptor: Descriptor) -> InputError:
    """Return the error for values that have other blocks than the descriptor."""
    return InputError(
        f"the values of {descriptor.name} in the characterization are not what "
        f"{descriptor.name} computes here: characterize again"
    )
