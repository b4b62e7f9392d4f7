"""Values of descriptors that come as plain arrays, checked against what the descriptor computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Array, Levels
from mcr_core.descriptors import Descriptor
from mcr_core.descriptors.lag_map import half_plane_map
from mcr_core.errors import InputError
from mcr_core.estimate import plane_values
from mcr_core.given_arrays.lag_maps import values_at
from mcr_core.microstructure import Microstructure, field_count, field_phases
from mcr_core.objective.term_loss import shared_entries
from mcr_core.two_point import field_pairs

#: Descriptors whose values are entries of the map of S₂.
OF_S2 = ("two_point", "fft_correlations")


def checked_blocks(
    descriptor: Descriptor, given: Mapping[str | None, Any], phases: int
) -> dict[str, Array]:
    """Return blocks [F, ...] as the descriptor computes them, from what was given.

    Args:
        descriptor: whose values they are.
        given: arrays [F, ...], or [...] if F = 1, by name; None stands for the only one.
        phases: number of phases.

    Raises:
        InputError: other blocks, shapes or no finite numbers.
    """
    expected = _shapes(descriptor, phases)
    if set(given) == {None} and len(expected) == 1:
        given = {next(iter(expected)): given[None]}
    if set(given) != set(expected):
        raise InputError(
            f"{descriptor.name} has the blocks {', '.join(expected)}: expected a dictionary of "
            f"these, got {', '.join(name or 'one array' for name in given)}"
        )
    result = {}
    for name, shape in expected.items():
        try:
            array = np.asarray(given[name], np.float64)
        except (TypeError, ValueError):
            raise InputError(f"{descriptor.name}: expected numbers as {name}") from None
        if shape[0] == 1 and array.ndim == len(shape) - 1:
            array = array[None]
        if not _fits(descriptor, name, array.shape, shape) or not np.isfinite(array).all():
            raise InputError(
                f"{descriptor.name}: expected finite numbers of shape "
                f"{' x '.join(map(str, shape))} as {name}, got "
                f"{' x '.join(map(str, array.shape)) or 'one number'}"
            )
        result[name] = array
    return result


def _fits(
    descriptor: Descriptor, name: str, found: tuple[int, ...], expected: tuple[int, ...]
) -> bool:
    """Whether entries of a block are comparable with those of a small image."""
    if found == expected:
        return True
    if len(found) != len(expected) or found[:1] != expected[:1] or len(found) == 1:
        return False
    # The extent of the image may decide the shape: then the entries say what they are.
    entries = descriptor.entries(name, found[1:])
    if len(entries) != np.prod(found[1:]):
        return False
    return bool(len(shared_entries(entries, descriptor.entries(name, expected[1:]))[0]))


def _shapes(descriptor: Descriptor, phases: int) -> dict[str, tuple[int, ...]]:
    """Shapes of the blocks of level 0, of a small image."""
    extent = 2 * descriptor.smallest_extent()
    labels = np.indices((extent, extent)).sum(0) // 2 % phases
    image = Microstructure.from_array(labels, phase_values=range(phases))
    (levels,) = plane_values(image, "xy", (descriptor,))
    return {name: block.shape for name, block in levels[0].items()}


def blocks_of_map(descriptor: Descriptor, square: Array, fields: int) -> Levels:
    """Values of `two_point` or `fft_correlations` out of maps of S₂ [K, rows, columns].

    Raises:
        InputError: the maps are too small.
    """
    if descriptor.name == "fft_correlations":
        rows, columns = ((n - 1) // 2 for n in square.shape[-2:])
        shape: tuple[int, ...] = (rows + 1, 2 * columns + 1)
        lags = descriptor.entries("s2", shape)
    else:
        lags = descriptor.entries("s2", ())
        shape = (len(lags),)
    own = [square[field_pairs(fields).index((field, field))] for field in range(fields)]
    found = np.stack([values_at(one, lags, descriptor.name) for one in own])
    return ({"s2": found.reshape(fields, *shape)},)


def map_of_values(
    wanted: Sequence[Descriptor],
    given: Mapping[str, Mapping[str | None, Any]],
    fractions: npt.NDArray[np.float64],
) -> Array:
    """Maps of S₂ [K, rows, columns] out of the values, or of the lag 0 alone."""
    fields = field_count(len(fractions))
    zero = np.zeros((len(field_pairs(fields)), 1, 1))
    for field, phase in enumerate(field_phases(len(fractions))):
        zero[field_pairs(fields).index((field, field))] = fractions[phase]
    for descriptor in wanted:
        # Of more phases the cross correlations are not known.
        if fields == 1 and descriptor.name in OF_S2:
            block = checked_blocks(descriptor, given[descriptor.name], 2)["s2"]
            return half_plane_map(block[0], descriptor.entries("s2", block.shape[1:]))[None]
    return zero
