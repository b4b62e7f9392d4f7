"""Swaps that are accepted or not, as the steps of an optimizer."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from mcr_core.optimizers.base import Objective, Step, SwapObjective, Swaps
from mcr_core.swaps.moves import Preparing
from mcr_core.swaps.pairs import Rule, pairs
from mcr_core.swaps.specks import Specks
from mcr_core.swaps.whole_objective import any_state

#: An iteration takes at most about this long, in nanoseconds of `Swaps.work`.
_ITERATION = 3e8
#: Keeps the random numbers of swaps apart from those of starts with the same seed.
_STREAM = 1
#: Swaps that are tried, and not made, to choose the first temperature: at most, and at least
#: where they take long.
_SAMPLES, _FEWEST = 200, 20


@dataclass(frozen=True)
class Schedule:
    """The temperature of every iteration.

    Attributes:
        first: temperature of the first iteration; None: where `acceptance` of the swaps that
            raise the loss are accepted.
        acceptance: see `first`.
        factor: of the temperature from one iteration to the next; None: such that it falls to
            `last` of the first one by the end.
        last: see `factor`.
        reheat: iterations without a new lowest loss after which the temperature is the first one
            again; 0: never.
    """

    first: float | None = 0.0
    acceptance: float = 0.1
    factor: float | None = None
    last: float = 1e-3
    reheat: int = 0


def swap_steps(
    objective: Objective,
    start: Any,
    max_iter: int,
    *,
    rule: Rule,
    schedule: Schedule,
    proposals: int | None,
    patience: float,
    new_specks: bool = True,
) -> Generator[Step]:
    """Yield the start with exact phase fractions as step 0, then a step for every iteration.

    Before step 0 there are steps without fields, while the state is set up.

    A swap that changes the loss by d is accepted with the probability min(1, exp(−d / T)); at
    T = 0, if d ≤ 0.

    The steps are the states as they were passed through: the last is not always the lowest.

    BLAS runs in one thread meanwhile, but not between two steps. Its products take a millisecond
    at most here. More threads gain little then, and where other work keeps the cores busy,
    waiting for them takes ten times as long as the product.

    Args:
        objective: see `Optimizer.iterate`; one that is no `SwapObjective` is evaluated as a whole
            for every swap.
        start: see `Optimizer.iterate`.
        max_iter: see `Optimizer.iterate`.
        rule: which voxels may swap.
        schedule: the temperature.
        proposals: swaps proposed in an iteration; None: one for every voxel, or fewer where that
            takes long, by an estimate from shape and terms.
        patience: ends after this many swaps a voxel without one that lowered the loss.
        new_specks: whether swaps may leave more voxels without a face neighbour of their phase.
    """
    steps = _steps(objective, start, max_iter, rule, schedule, proposals, patience, new_specks)
    blas = ThreadpoolController()
    with closing(steps):
        while True:
            with blas.limit(limits=1, user_api="blas"):
                step = next(steps, None)
            if step is None:
                return
            yield step


def _steps(
    objective: Objective,
    start: Any,
    max_iter: int,
    rule: Rule,
    schedule: Schedule,
    proposals: int | None,
    patience: float,
    new_specks: bool,
) -> Generator[Step]:
    """Yield the steps; see `swap_steps`."""
    state: Swaps
    if isinstance(objective, SwapObjective):
        state = objective.swaps(start)
    else:
        state = any_state(objective, start)
    if isinstance(state, Preparing):
        for _ in state.prepare():
            yield Step(0, 0, math.nan)
    lots = np.random.default_rng([_STREAM, state.seed])
    candidates = pairs(state, rule, lots)
    specks = None if new_specks else Specks(state)
    count = proposals or max(1, min(state.labels.size, int(_ITERATION / state.work)))
    proposed = 1
    yield Step(0, proposed, state.loss, state.parts, state.fields())
    if max_iter < 1:
        return
    first = schedule.first
    if first is None:
        tried, first = _first_temperature(state, rule, lots, schedule.acceptance)
        proposed += tried
    factor = schedule.factor or schedule.last ** (1.0 / max(1, max_iter - 1))
    temperature, lowest, age, idle = first, state.loss, 0, 0
    for iteration in range(1, max_iter + 1):
        allowed = (temperature * lots.standard_exponential(count)).tolist()
        for most in allowed:
            pair = next(candidates, None)
            if pair is None:
                return
            if specks is not None and specks.more(*pair):
                idle += 1
                continue
            change = state.propose(*pair)
            idle += 1
            if change <= most:
                state.accept()
                if change < 0.0:
                    idle = 0
            else:
                state.reject()
        proposed += count
        state.recount()
        yield Step(iteration, proposed, state.loss, state.parts, state.fields())
        if idle >= patience * state.labels.size:
            return
        temperature *= factor
        age += 1
        if state.loss < lowest:
            lowest, age = state.loss, 0
        elif schedule.reheat and age >= schedule.reheat:
            temperature, age = first, 0


def _first_temperature(
    state: Swaps, rule: Rule, lots: np.random.Generator, acceptance: float
) -> tuple[int, float]:
    """Return the number of swaps tried and T = ⟨d⟩ / ln(1 / acceptance), over those with d > 0."""
    changes = []
    # No state comes out meanwhile, so that a request to stop has to wait for it.
    count = max(_FEWEST, min(_SAMPLES, int(2 * _ITERATION / state.work)))
    for pair in itertools.islice(pairs(state, rule, lots), count):
        changes.append(state.propose(*pair))
        state.reject()
    rises = [change for change in changes if change > 0.0]
    mean = float(np.mean(rises)) if rises else 0.0
    return len(changes), mean / math.log(1.0 / acceptance)
