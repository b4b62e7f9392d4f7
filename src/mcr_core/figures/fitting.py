"""Names and legends that fit into a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

#: Letters of the usual size per inch.
PER_INCH = 16
#: What an entry of a legend has beside its letters, in letters.
HANDLE = 5
#: A figure so much wider than high has its legend beside the axes.
_WIDE = 1.9


def is_wide(figure: Any) -> bool:
    """Whether there is more room beside the axes than above and below them."""
    width, height = figure.get_size_inches()
    return bool(width > _WIDE * height)


def letters_across(figure: Any) -> int:
    """How many letters fit across."""
    return int(PER_INCH * figure.get_size_inches()[0])


def distinct(names: Sequence[str], letters: int) -> list[str]:
    """Cut long names in their middle: ends tell them apart; uncut where they would be alike."""
    end = letters // 2
    cut = [n if len(n) <= letters else f"{n[: letters - end - 1]}…{n[-end:]}" for n in names]
    return cut if len(set(cut)) == len(set(names)) else list(names)


def put_legend(
    figure: Any, handles: Sequence[Any], texts: Sequence[str], place: str, columns: int
) -> None:
    """Give a figure one legend more, outside of its axes; none without entries.

    Args:
        figure: of matplotlib, with a constrained layout.
        handles: of the entries.
        texts: of the entries.
        place: as matplotlib calls it.
        columns: of entries.
    """
    if texts:
        figure.legend(
            handles,
            texts,
            loc=place,
            ncols=columns,
            frameon=False,
            fontsize="medium",
            handlelength=1.8,
            columnspacing=1.2,
            borderaxespad=0.2,
        )


def columns_of(texts: Sequence[str], letters: int) -> int:
    """In how many columns a legend has the fewest lines, in so many letters."""

    def width(columns: int) -> int:
        parts = np.array_split([len(text) + HANDLE for text in texts], columns)
        return int(sum(part.max() for part in parts))

    return max((n for n in range(1, len(texts) + 1) if width(n) <= letters), default=1)
