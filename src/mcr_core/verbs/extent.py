"""The extent of a result: given, or that of the source."""

from __future__ import annotations

import operator
from collections.abc import Sequence

from mcr_core.errors import InputError


def result_shape(
    shape: Sequence[int] | None, add_dimension: int | None, source: Sequence[int]
) -> tuple[int, ...]:
    """Return the shape of a result, (Y, X) or (Z, Y, X).

    Args:
        shape: what was asked for; default: that of the source.
        add_dimension: number of planes to add to a 2D source.
        source: extent of the source; 1 x 1 stands for arrays without lags.

    Raises:
        InputError: both are given, what is given is no shape, or the source has no extent.
    """
    if shape is None and set(source) == {1}:
        raise InputError("the target is of arrays without lags: give a shape")
    if add_dimension is None:
        return check_shape(source if shape is None else shape)
    if shape is not None:
        raise InputError("give shape or add_dimension, not both")
    if len(source) != 2:
        raise InputError(
            "a dimension can be added to a 2D image only, this one is 3D: give the full shape"
        )
    try:
        planes = operator.index(add_dimension)
    except TypeError:
        planes = 0
    if planes < 1:
        raise InputError(f"add_dimension: expected 1 or more planes, got {add_dimension!r}")
    return check_shape((planes, *source))


def check_shape(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape as a tuple of 2 or 3 positive integers.

    Raises:
        InputError: it is not.
    """
    try:
        extent = tuple(operator.index(n) for n in shape)
    except TypeError:
        raise InputError(f"expected a shape of whole numbers, got {shape!r}") from None
    if len(extent) not in (2, 3):
        raise InputError(f"expected a shape of 2 (Y X) or 3 (Z Y X) numbers, got {len(extent)}")
    if min(extent) < 1:
        raise InputError(f"expected a shape of numbers greater than 0, got {extent}")
    if max(extent) >= 2**31:
        raise InputError("expected a shape of numbers below 2147483648, got a larger one")
    return extent
