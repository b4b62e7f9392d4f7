"""One row of a scorecard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcr_core.scorecard.natural_scatter import Reference
from mcr_core.scorecard.quantity import Array, Family, Quantity
from mcr_core.scorecard.verdict import PREDICTION, Against, Verdict, against, verdict

Numbers = tuple[float | None, ...]


@dataclass(frozen=True)
class Curve:
    """The values of a row over a length; None where one is not known.

    Attributes:
        axis: what the length is.
        x: the lengths.
        result: values of the result.
        reference: those of the reference.
        scatter: one unit of natural scatter.
        null_model: values of the null model.
    """

    axis: str
    x: tuple[float, ...]
    result: Numbers
    reference: Numbers
    scatter: Numbers
    null_model: Numbers


@dataclass(frozen=True)
class Row:
    """One statistic of one phase.

    Attributes:
        family: `prescribed` or `held out`.
        statistic: its name.
        phase: name of the phase.
        where: planes or direction; empty for all of a window.
        compared_with: `target`, `truth`, or `nothing` for a prediction.
        unit: of the values; empty for shares.
        result: value of the result; of a curve the mean over its entries.
        reference: value of what it is compared with.
        null_model: value of the null model.
        scatter: natural scatter of the difference; None for curves, see `curve`.
        distance: of the result from the reference in units of scatter.
        null_distance: that of the null model.
        limit: distance that one true sample in twenty exceeds.
        verdict: `within scatter`, `off`, `far off`, `prediction` or `not known`.
        against_null: whether the result is `better` or `worse` than the null model, or a `tie`.
        curve: the entries of a curve.
    """

    family: Family
    statistic: str
    phase: str
    where: str
    compared_with: str
    unit: str
    result: float | None
    reference: float | None
    null_model: float | None
    scatter: float | None
    distance: float | None
    null_distance: float | None
    limit: float | None
    verdict: Verdict
    against_null: Against | None
    curve: Curve | None = None

    @property
    def judged(self) -> bool:
        """Whether there is something to compare with."""
        return self.distance is not None


def judged_row(
    result: Quantity,
    null: Quantity,
    reference: Reference,
    windows: float,
    *,
    phase: str,
    compared_with: str,
    where: str | None = None,
) -> Row:
    """Compare a result and a null model with a reference.

    Args:
        result: the statistic of the windows of the result.
        null: of those of the null model.
        reference: what both are compared with.
        windows: how many independent windows they have.
        phase: name of the phase.
        compared_with: `target` or `truth`.
        where: default: as the statistic says.
    """
    values, others = result.mean, null.mean
    distance = reference.distance(values, windows)
    null_distance = reference.distance(others, windows)
    sigma = reference.scatter(windows)
    return Row(
        family=result.family,
        statistic=result.name,
        phase=phase,
        where=result.where if where is None else where,
        compared_with=compared_with,
        unit=result.unit,
        result=_shown(values),
        reference=_shown(reference.mean),
        null_model=_shown(others),
        scatter=_number(sigma[0]) if len(sigma) == 1 else None,
        distance=distance,
        null_distance=null_distance,
        limit=reference.limit,
        verdict=verdict(distance, reference.limit),
        against_null=against(distance, null_distance, reference.limit),
        curve=_curve(result, values, reference.mean, sigma, others),
    )


def predicted_row(result: Quantity, null: Quantity, *, phase: str) -> Row:
    """Give what nothing is known to compare with."""
    return Row(
        family=result.family,
        statistic=result.name,
        phase=phase,
        where=result.where,
        compared_with="nothing",
        unit=result.unit,
        result=_shown(result.mean),
        reference=None,
        null_model=_shown(null.mean),
        scatter=None,
        distance=None,
        null_distance=None,
        limit=None,
        verdict=PREDICTION,
        against_null=None,
        curve=None,
    )


def _curve(
    quantity: Quantity, result: Array, reference: Array, sigma: Array, null: Array
) -> Curve | None:
    if not quantity.curve:
        return None
    entries = [entry for entry, _ in quantity.curve]
    return Curve(
        axis=quantity.axis,
        x=tuple(x for _, x in quantity.curve),
        result=_numbers(result[entries]),
        reference=_numbers(reference[entries]),
        scatter=_numbers(sigma[entries]),
        null_model=_numbers(null[entries]),
    )


def _shown(values: Array) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _numbers(values: Array) -> Numbers:
    return tuple(_number(value) for value in values.tolist())
