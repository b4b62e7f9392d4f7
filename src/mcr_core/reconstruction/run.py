"""The run: an iterator of states, level by level."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from mcr_core.errors import RunError
from mcr_core.grey import grey_share
from mcr_core.kernels.workers import one_blas_thread
from mcr_core.microstructure import Microstructure
from mcr_core.optimizers.base import EstimatedObjective, Evaluation, Objective, Optimizer, Step
from mcr_core.optimizers.swaps_post import finishing_steps
from mcr_core.parametrization import SimplexSteps
from mcr_core.reconstruction.plan import CoarseLevel, Plan
from mcr_core.reconstruction.result import RunResult, StopReason
from mcr_core.reconstruction.state import Phase, RunState
from mcr_core.reconstruction.time_left import TimeLeft, iterations_of_level
from mcr_core.smoothing import smoothed
from mcr_core.surface_change import change, change_text

#: Of a run whose result is what it began with.
_UNCHANGED = dict.fromkeys(
    (StopReason.MAX_ITER, StopReason.STOPPED), "no voxel has changed: give more iterations"
)


class Run(Iterator[RunState]):
    """An iterator of states. Not asking for the next state pauses the run.

    Between the first and the last state, `phase` moves through `loading`, `compiling`, `running`
    and `finishing`. There may be several states of each: `compiling` lasts until the optimizer has
    its first step. Where coarser volumes come first, each level has its `compiling` and `running`.

    The result is the last step of the optimizer. Where that may rise it is the lowest one, after a
    stop, too: the history has the steps as they came, and the last state the result. Once the loss
    is NaN it is the last finite step of any optimizer.

    Args:
        prepare: returns the plan, loads TensorFlow if it needs it; called after the first state.
        max_iter: most iterations, of all levels together: see `iterations_of_level`.
    """

    def __init__(self, prepare: Callable[[], Plan], max_iter: int) -> None:
        self._prepare = prepare
        self._max_iter = max_iter
        self._notes: tuple[str, ...] = ()
        self._stopping = False
        self._level = 0
        self._result: RunResult | None = None
        self._history: list[dict[str, Any]] = []
        self._began = self._entered = math.nan
        # In states: what whoever takes them does between, a rest above all, is not the run's pace.
        self._worked = 0.0
        self._time_left: TimeLeft | None = None
        self._states: Generator[RunState] = self._iterate()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about the target; there from the second state on."""
        return self._notes

    def note(self, text: str) -> None:
        """Add what the user should know, in a sentence; from the second state on."""
        self._notes += (text,)

    def __next__(self) -> RunState:
        self._entered = time.perf_counter()
        try:
            with one_blas_thread():
                return next(self._states)
        finally:
            self._worked += time.perf_counter() - self._entered

    def stop(self) -> None:
        """End early but well: the next state is the last one, and `result` is there after it."""
        self._stopping = True

    def close(self) -> None:
        """Discard the run: no further state, no result."""
        self._states.close()

    @property
    def result(self) -> RunResult:
        """The result, once the last state was taken.

        Raises:
            RunError: the run has not ended, or was discarded.
        """
        if self._result is None:
            raise RunError("the run has no result: take its states to the end, or stop() it first")
        return self._result

    def _iterate(self) -> Generator[RunState]:
        self._began = time.perf_counter()
        yield self._state("loading")
        plan = self._prepare()
        self._notes = plan.notes
        # The start is the preview, there before anything is compiled.
        first = plan.coarse[0] if plan.coarse else plan
        self._time_left = _time_left(plan, self._max_iter)
        yield self._state("compiling", None, first.finish, plan.start)
        last, reason = yield from self._all_levels(plan)
        self._level = len(plan.coarse)
        if plan.finish_smoothing and reason is not StopReason.DIVERGED:
            last = self._smooth(plan, last)
        if plan.finish_sweeps and reason not in (StopReason.STOPPED, StopReason.DIVERGED):
            last = yield from self._finish(plan, last)
            reason = StopReason.STOPPED if self._stopping else reason
        final = plan.finish(last.fields)
        reached, extra = _of_result(plan.objective, final.fields(np.float32), last)
        levels: tuple[Plan | CoarseLevel, ...] = (*plan.coarse, plan)
        for level in levels:
            if isinstance(level.objective, EstimatedObjective):
                self._notes += level.objective.notes
        begun = next((row["loss"] for row in self._history if row["level"] == self._level), None)
        if begun is not None and reached.loss > begun:
            self._notes += (
                f"the result has a loss of {reached.loss:.3g}, the start had {begun:.3g}, the "
                f"fields before each voxel got one phase {last.loss:.3g}: more iterations, or "
                "finish_sweeps, lower it",
            )
        if plan.initial is not None and np.array_equal(final.labels, plan.initial.labels):
            self._notes += (_UNCHANGED.get(reason, "no voxel has changed"),)
        step = Step(last.iteration, last.evaluations + extra, reached.loss, reached.parts)
        moment = replace(self._state("finishing", step), _make=lambda: final, _grey=lambda: 0.0)
        history, loss, seconds = tuple(self._history), reached.loss, moment.seconds
        self._result = RunResult(final, plan.target, history, reason, loss, seconds, self._notes)
        yield moment

    def _all_levels(self, plan: Plan) -> Generator[RunState, None, tuple[Step, StopReason]]:
        """Yield the states of all levels; return the step to go on with, and how it ended.

        The step has the fields of full resolution, whatever level it ended on.
        """
        last = Step(0, 0, math.nan, {}, plan.start)
        ended: StopReason | None = None
        for number, level in enumerate(plan.coarse):
            if ended is None:
                left = len(plan.coarse) + 1 - number
                share = iterations_of_level(self._max_iter - last.iteration, left)
                last, reason = yield from self._one_level(level, plan.optimizer, last, share)
                if reason in (StopReason.STOPPED, StopReason.DIVERGED):
                    ended = reason
            # A loss of coarser fields says nothing of the finer ones.
            last = Step(last.iteration, last.evaluations, math.nan, {}, level.refine(last.fields))
            if ended is None:
                self._level = number + 1
                yield self._state("compiling", last)
        if ended is not None:
            return last, ended
        share = self._max_iter - last.iteration
        return (yield from self._one_level(plan, plan.optimizer, last, share))

    def _one_level(
        self,
        level: Plan | CoarseLevel,
        optimizer: Optimizer | SimplexSteps,
        begin: Step,
        max_iter: int,
    ) -> Generator[RunState, None, tuple[Step, StopReason]]:
        """Yield the states of the optimizer; return the step to go on with, and how it ended.

        That is the last step, or the lowest where the optimizer may rise (`descends` is false);
        with the numbers of the last one.

        Args:
            level: where.
            optimizer: what steps.
            begin: the fields to start from, and what was done before.
            max_iter: most iterations here.
        """
        last = lowest = begin
        if self._stopping:
            return last, StopReason.STOPPED
        descends = optimizer.descends
        if isinstance(level.objective, EstimatedObjective) and level.objective.estimated:
            descends = True  # the lowest of several estimates was lucky, no more
        reason = StopReason.CONVERGED
        with closing(optimizer.iterate(level.objective, begin.fields, max_iter)) as steps:
            for own in steps:
                step = replace(
                    own,
                    iteration=begin.iteration + own.iteration,
                    evaluations=begin.evaluations + own.evaluations,
                )
                if step.fields is None:  # it still prepares its first step
                    yield self._state("compiling", step)
                elif not math.isfinite(step.loss):
                    return last, StopReason.DIVERGED
                else:
                    last = step
                    if descends or not step.loss > lowest.loss:
                        lowest = step
                    moment = self._state("running", step, level.finish, step.fields)
                    self._history.append(moment.record())
                    yield moment
                    if own.iteration >= max_iter:
                        reason = StopReason.MAX_ITER
                    floor = level.noise_floor if isinstance(level, Plan) else None
                    if floor is not None and floor.reached(own.iteration, step):
                        reason = StopReason.NOISE_FLOOR
                        break
                if self._stopping:
                    reason = StopReason.STOPPED
                    break
        return replace(lowest, iteration=last.iteration, evaluations=last.evaluations), reason

    def _smooth(self, plan: Plan, last: Step) -> Step:
        """Return the smoothed result of a step, and note what that has changed."""
        ragged = plan.finish(last.fields)
        smooth = smoothed(ragged, sigma=plan.finish_smoothing)
        self._notes += (
            f"smoothed by {plan.finish_smoothing:g} voxels: {change_text(change(ragged, smooth))}",
        )
        return Step(last.iteration, last.evaluations, math.nan, {}, smooth.fields(np.float32))

    def _finish(self, plan: Plan, last: Step) -> Generator[RunState, None, Step]:
        """Yield the states of the swaps that follow the last iteration; return the last step."""
        iteration, done = last.iteration, last.evaluations
        limit, began = plan.finish_seconds, time.perf_counter()
        for step in finishing_steps(plan.objective, plan.finish(last.fields), plan.finish_sweeps):
            if step.fields is None:
                shown = Step(iteration, done, math.nan)
            else:
                shown = last = replace(
                    step, iteration=iteration, evaluations=step.evaluations + done
                )
            yield self._state("finishing", shown, plan.finish, last.fields)
            if self._stopping:
                break
            if limit is not None and time.perf_counter() - began >= limit:
                self._notes += (
                    f"after finish_seconds={limit:g} the swaps ended, {step.evaluations} of "
                    f"{plan.finish_sweeps * plan.finish(last.fields).labels.size} were tried: the "
                    "same seed need not give the same voxels",
                )
                break
        return last

    def _state(
        self,
        phase: Phase,
        step: Step | None = None,
        finish: Callable[[Any], Microstructure] | None = None,
        fields: Any = None,
    ) -> RunState:
        step = step or Step(0, 0, math.nan)
        now, left = time.perf_counter(), math.nan
        if self._time_left is not None and phase in ("compiling", "running"):
            moment = self._level, step.iteration, self._worked + now - self._entered
            left = self._time_left.at(*moment, moving=phase == "running")
        numbers = (step.iteration, step.evaluations, self._max_iter, step.loss, step.parts)
        seconds = now - self._began
        if finish is None:
            return RunState(phase, self._level, *numbers, seconds, left=left)
        make, grey = partial(finish, fields), partial(grey_share, fields)
        return RunState(phase, self._level, *numbers, seconds, make, left, grey)


def _time_left(plan: Plan, max_iter: int) -> TimeLeft:
    """Return what tells the time left of a plan."""
    coarsest = math.prod(np.shape(plan.start)[1:])
    finer = 2 ** (len(np.shape(plan.start)) - 1)
    return TimeLeft(max_iter, [coarsest * finer**level for level in range(len(plan.coarse) + 1)])


def _of_result(objective: Objective, binary: Any, last: Step) -> tuple[Evaluation, int]:
    """Return the loss of the result, no estimate, and how many evaluations that took."""
    whole = objective if isinstance(objective, EstimatedObjective) else None
    exact = math.isfinite(last.loss) and not (whole and whole.estimated)
    if exact and np.array_equal(np.asarray(last.fields), binary):
        # Swaps end with the result itself: nothing is compiled to evaluate it once.
        return Evaluation(last.loss, last.parts, None), 0
    return (whole.in_full if whole else objective)(binary), 1
