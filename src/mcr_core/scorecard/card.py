"""The scorecard of a result."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.scorecard.row import Row
from mcr_core.scorecard.verdict import WITHIN
from mcr_core.wording import aligned

#: How tables head their columns.
HEADS = (
    *("family", "statistic", "phase", "where", "result", "reference", "null model"),
    *("distance", "null distance", "verdict", "than null"),
)
_FORMAT_VERSION = 1


@dataclass(frozen=True, eq=False)
class Scorecard:
    """How good a result is: rows, and what they were taken on.

    Attributes:
        rows: one for each statistic, phase and direction.
        result_name: how texts call the result.
        target_name: and the target.
        truth_name: and the truth; empty without one.
        result_shape: extent of the result in voxels.
        phase_fractions: of the result.
        limit_to: lags |dy|, |dx| ≤ limit_to − 1 were compared.
        seed: of the null model.
        windows: extent of the windows for each reference, in words.
        notes: what the reader should know: a sentence each.
        sections: pictures of the result, its references and the null model, for the page.
    """

    rows: tuple[Row, ...]
    result_name: str
    target_name: str
    truth_name: str
    result_shape: tuple[int, ...]
    phase_fractions: tuple[float, ...]
    limit_to: int
    seed: int
    windows: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sections: tuple[tuple[str, npt.NDArray[np.uint8]], ...] = field(default=(), repr=False)

    @property
    def judged(self) -> tuple[Row, ...]:
        """The rows with something to compare with."""
        return tuple(row for row in self.rows if row.judged)

    @property
    def within(self) -> tuple[Row, ...]:
        """The rows within natural scatter."""
        return tuple(row for row in self.rows if row.verdict == WITHIN)

    def summary(self) -> str:
        """Say in a line how many rows are within scatter, and how the null model does."""
        parts = []
        for family in ("prescribed", "held out"):
            judged = [row for row in self.judged if row.family == family]
            if judged:
                within = sum(row.verdict == WITHIN for row in judged)
                parts.append(f"{family}: {within} of {len(judged)} rows within natural scatter")
        count = Counter(row.against_null for row in self.judged)
        parts.append(
            f"against the null model: {count['better']} better, {count['tie']} ties, "
            f"{count['worse']} worse"
        )
        predictions = len(self.rows) - len(self.judged)
        if predictions:
            parts.append(f"{predictions} rows are predictions that nothing here can judge")
        return "; ".join(parts)

    def cells(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return heads and rows of the table, as texts; values of curves are their means."""
        rows = []
        for row in self.rows:
            unit = f" ({row.unit})" if row.unit else ""
            values = (row.result, row.reference, row.null_model)
            distances = (row.distance, row.null_distance)
            rows.append(
                (
                    row.family,
                    f"{row.statistic}{unit}",
                    row.phase,
                    row.where,
                    *("" if value is None else f"{value:.4g}" for value in values),
                    *("" if value is None else f"{value:.1f}" for value in distances),
                    row.verdict,
                    row.against_null or "",
                )
            )
        return HEADS, rows

    def table(self) -> str:
        """Return the rows as lines of aligned columns."""
        return aligned(*self.cells())

    def to_json(self) -> dict[str, Any]:
        """Return all of it but the pictures, as JSON data."""
        return {
            "format_version": _FORMAT_VERSION,
            "result": self.result_name,
            "target": self.target_name,
            "truth": self.truth_name,
            "result_shape": list(self.result_shape),
            "phase_fractions": list(self.phase_fractions),
            "limit_to": self.limit_to,
            "seed": self.seed,
            "windows": list(self.windows),
            "notes": list(self.notes),
            "summary": self.summary(),
            "rows": [_data(row) for row in self.rows],
        }


def _data(row: Row) -> dict[str, Any]:
    """A row as JSON data: with lists, as they are read again."""
    curve = row.curve and {
        name: list(values) if isinstance(values, tuple) else values
        for name, values in asdict(row.curve).items()
    }
    return {**asdict(row), "curve": curve}
