"""The numbers of every iteration of a run, as the file of its result carries them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mcr_core.errors import FileFormatError

#: Rows that a file keeps: as many as a picture can show.
MOST_ROWS = 300
_NUMBERS = ("level", "iteration", "evaluations", "loss", "seconds", "grey")

Rows = Sequence[Mapping[str, Any]]


def to_record(history: Rows, most: int = MOST_ROWS) -> dict[str, Any]:
    """Return a history as JSON data, thinned evenly to `most` rows; the first and last stay.

    Args:
        history: rows as `RunState.record` makes them.
        most: rows to keep, at least 2.

    Returns:
        `level`, `iteration`, `evaluations`, `loss`, `seconds`, `grey`: a list each; `parts`: such a
        list for each term. None stands for what is not finite, which JSON cannot hold, and for a
        term that a coarser level does not have.
    """
    count = len(history)
    kept = history
    if count > most:
        kept = [history[round(n * (count - 1) / (most - 1))] for n in range(most)]
    names = term_names(kept)
    return {
        **{name: [_finite(row.get(name)) for row in kept] for name in _NUMBERS},
        "parts": {name: [_finite(row["parts"].get(name)) for row in kept] for name in names},
    }


def term_names(history: Rows) -> list[str]:
    """Return the names of the terms in a history; coarser levels may lack some."""
    return list(dict.fromkeys(name for row in history for name in row["parts"]))


def from_record(data: Any) -> tuple[dict[str, Any], ...]:
    """Return the rows of what `to_record` has made; NaN for None.

    Raises:
        FileFormatError: it is no such data.
    """
    try:
        # There was one level once, and nobody counted grey voxels.
        rows = len(data["loss"])
        data = {"level": [0] * rows, "grey": [None] * rows, **data}
        columns = {name: [_number(value) for value in data[name]] for name in _NUMBERS}
        parts = {
            str(name): [_number(value) for value in values]
            for name, values in data["parts"].items()
        }
        return tuple(
            {
                **dict(zip(_NUMBERS, numbers, strict=True)),
                "parts": dict(zip(parts, terms, strict=True)),
            }
            for *numbers, terms in zip(
                *columns.values(),
                zip(*parts.values(), strict=True) if parts else [()] * len(columns["loss"]),
                strict=True,
            )
        )
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise FileFormatError(
            f"the history of the run in this file is damaged ({type(error).__name__}: {error})"
        ) from None


def _finite(value: Any) -> Any:
    return value if value is not None and math.isfinite(value) else None


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"expected a number, got {value!r}")
    return value
