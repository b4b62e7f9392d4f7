"""The eight images that the symmetries of the square make of one, for the planes of one kind."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.microstructure import Microstructure
from mcr_core.planes import plane_axes


def other_orientations(microstructure: Microstructure, plane: str) -> Iterator[Microstructure]:
    """Yield the seven others: planes of that name flipped and transposed, in every combination."""
    row, column = plane_axes(microstructure.ndim, plane)
    for turned, up, left in itertools.product((False, True), repeat=3):
        if not (turned or up or left):
            continue
        flipped = tuple(axis for axis, flip in ((row, up), (column, left)) if flip)

        def move(
            array: npt.NDArray[Any], turned: bool = turned, flipped: tuple[int, ...] = flipped
        ) -> npt.NDArray[Any]:
            moved: npt.NDArray[Any] = np.flip(
                array.swapaxes(row, column) if turned else array, flipped
            )
            return moved

        mask = microstructure.mask
        yield replace(
            microstructure,
            labels=move(microstructure.labels),
            mask=None if mask is None else move(mask),
        )
