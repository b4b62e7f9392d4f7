"""A reconstruction as a stream of states: who listens decides pace and end."""

from __future__ import annotations

import enum
import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np

from mcr_core.characterization import Characterization
from mcr_core.errors import RunError
from mcr_core.history import to_record
from mcr_core.microstructure import Microstructure
from mcr_core.optimizers.base import EstimatedObjective, Evaluation, Objective, Optimizer, Step
from mcr_core.optimizers.swaps_post import finishing_steps
from mcr_core.parametrization import SimplexSteps
from mcr_core.phases import to_labels

Phase = Literal["loading", "compiling", "running", "finishing"]


class StopReason(enum.Enum):
    """Why a run has ended, with advice."""

    MAX_ITER = "all iterations done; more would lower the loss further"
    CONVERGED = "the optimizer finds no lower loss"
    STOPPED = "stopped early on request; the result is what was reached"
    DIVERGED = "the loss became NaN; the last finite state is kept: lower the weights or the step"


@dataclass(frozen=True, eq=False)
class RunState:
    """A moment of a run.

    Attributes:
        phase: `loading`, `compiling`, `running` or `finishing` (swaps after the last iteration,
            and the last state).
        level: level of the schedule, from the coarsest; there is one so far.
        iteration: iterations done.
        evaluations: evaluations of the objective done.
        max_iter: iterations that were asked for.
        loss: objective, NaN before the first evaluation; of the binary result when finishing.
        parts: what each term adds to the loss.
        seconds: since the start of the run.
    """

    phase: Phase
    level: int = 0
    iteration: int = 0
    evaluations: int = 0
    max_iter: int = 0
    loss: float = math.nan
    parts: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    _make: Callable[[], Microstructure] | None = None

    @cached_property
    def microstructure(self) -> Microstructure:
        """The microstructure at this moment, with exact phase fractions; made on first access.

        Raises:
            RunError: there is none yet, while loading and compiling.
        """
        if self._make is None:
            raise RunError(f"there is no microstructure yet while the run is {self.phase}")
        return self._make()

    @property
    def has_microstructure(self) -> bool:
        """Whether `microstructure` can be asked for."""
        return self._make is not None

    def record(self) -> dict[str, Any]:
        """Return the numbers of this state as JSON data."""
        return {
            "iteration": self.iteration,
            "evaluations": self.evaluations,
            "loss": self.loss,
            "parts": dict(self.parts),
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, eq=False)
class RunResult:
    """What a run leaves.

    Attributes:
        microstructure: one phase in every voxel, fractions exact to the voxel.
        target: the statistics it was to meet.
        history: the numbers of every iteration.
        stop_reason: why it ended.
        loss: objective of the result.
        seconds: duration.
        notes: what the user should know about the target.
    """

    microstructure: Microstructure
    target: Characterization
    history: tuple[dict[str, Any], ...]
    stop_reason: StopReason
    loss: float
    seconds: float
    notes: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """Return how it went as JSON data: what a written result carries beside its job."""
        return {
            "stop_reason": self.stop_reason.name.lower(),
            "iterations": self.history[-1]["iteration"] if self.history else 0,
            "loss": self.loss if math.isfinite(self.loss) else None,  # JSON has no NaN
            "seconds": round(self.seconds, 3),
            "notes": list(self.notes),
            "history": to_record(self.history),
        }


@dataclass(frozen=True)
class Plan:
    """What a run needs, put together by a verb.

    Attributes:
        target: the statistics to meet.
        objective: what is lowered.
        start: the fields to start from.
        finish: gives the phase-exact microstructure of fields.
        optimizer: what steps.
        notes: what the user should know about the target.
        finish_sweeps: see `Settings`.
    """

    target: Characterization
    objective: Objective
    start: Any
    finish: Callable[[Any], Microstructure]
    optimizer: Optimizer | SimplexSteps
    notes: tuple[str, ...] = ()
    finish_sweeps: int = 0


class Run(Iterator[RunState]):
    """An iterator of states. Not asking for the next state pauses the run.

    Between the first and the last state, `phase` moves through `loading`, `compiling`, `running`
    and `finishing`. There may be several states of each: `compiling` lasts until the optimizer has
    its first step.

    The result is the last step of the optimizer. Where that may rise it is the lowest one, after a
    stop, too: the history has the steps as they came, and the last state the result. Once the loss
    is NaN it is the last finite step of any optimizer.

    Args:
        prepare: returns the plan, loads TensorFlow if it needs it; called after the first state.
        max_iter: most iterations.
    """

    def __init__(self, prepare: Callable[[], Plan], max_iter: int) -> None:
        self._prepare = prepare
        self._max_iter = max_iter
        self._notes: tuple[str, ...] = ()
        self._stopping = False
        self._result: RunResult | None = None
        self._history: list[dict[str, Any]] = []
        self._began = math.nan
        self._states: Generator[RunState] = self._iterate()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about the target; there from the second state on."""
        return self._notes

    def __next__(self) -> RunState:
        return next(self._states)

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
        yield self._state("compiling")
        last, reason = yield from self._optimize(plan)
        if plan.finish_sweeps and reason in (StopReason.MAX_ITER, StopReason.CONVERGED):
            last = yield from self._finish(plan, last)
            reason = StopReason.STOPPED if self._stopping else reason
        final = plan.finish(last.fields)
        binary = final.fields(np.float32)
        whole = plan.objective if isinstance(plan.objective, EstimatedObjective) else None
        exact = math.isfinite(last.loss) and not (whole and whole.estimated)
        if exact and np.array_equal(np.asarray(last.fields), binary):
            # Swaps end with the result itself: nothing is compiled to evaluate it once.
            reached, extra = Evaluation(last.loss, last.parts, None), 0
        else:
            reached, extra = (whole.in_full if whole else plan.objective)(binary), 1
        if whole:
            self._notes += whole.notes
        if self._history and reached.loss > self._history[0]["loss"]:
            self._notes += (
                f"the result has a loss of {reached.loss:.3g}, the start had "
                f"{self._history[0]['loss']:.3g}, the fields before each voxel got one phase "
                f"{last.loss:.3g}: more iterations, or finish_sweeps, lower it",
            )
        step = Step(last.iteration, last.evaluations + extra, reached.loss, reached.parts)
        moment = self._state("finishing", step, lambda: final)
        history, loss, seconds = tuple(self._history), reached.loss, moment.seconds
        self._result = RunResult(final, plan.target, history, reason, loss, seconds, self._notes)
        yield moment

    def _optimize(self, plan: Plan) -> Generator[RunState, None, tuple[Step, StopReason]]:
        """Yield the states of the optimizer; return the step to go on with, and how it ended.

        That is the last step, or the lowest where the optimizer may rise (`descends` is false);
        with the numbers of the last one.
        """
        last = lowest = Step(0, 0, math.nan, {}, plan.start)
        if self._stopping:
            return last, StopReason.STOPPED
        descends = plan.optimizer.descends
        if isinstance(plan.objective, EstimatedObjective) and plan.objective.estimated:
            descends = True  # the lowest of several estimates was lucky, no more
        reason = StopReason.CONVERGED
        with closing(plan.optimizer.iterate(plan.objective, plan.start, self._max_iter)) as steps:
            for step in steps:
                if step.fields is None:  # it still prepares its first step
                    yield self._state("compiling")
                elif not math.isfinite(step.loss):
                    return last, StopReason.DIVERGED
                else:
                    last = step
                    if descends or not step.loss > lowest.loss:
                        lowest = step
                    moment = self._state("running", step, partial(plan.finish, step.fields))
                    self._history.append(moment.record())
                    yield moment
                    if step.iteration >= self._max_iter:
                        reason = StopReason.MAX_ITER
                if self._stopping:
                    reason = StopReason.STOPPED
                    break
        return replace(lowest, iteration=last.iteration, evaluations=last.evaluations), reason

    def _finish(self, plan: Plan, last: Step) -> Generator[RunState, None, Step]:
        """Yield the states of the swaps that follow the last iteration; return the last step."""
        iteration, done = last.iteration, last.evaluations
        for step in finishing_steps(plan.objective, plan.finish(last.fields), plan.finish_sweeps):
            if step.fields is None:
                shown = Step(iteration, done, math.nan)
            else:
                shown = last = replace(
                    step, iteration=iteration, evaluations=step.evaluations + done
                )
            yield self._state("finishing", shown, partial(plan.finish, last.fields))
            if self._stopping:
                break
        return last

    def _state(
        self,
        phase: Phase,
        step: Step | None = None,
        make: Callable[[], Microstructure] | None = None,
    ) -> RunState:
        step = step or Step(0, 0, math.nan)
        numbers = (step.iteration, step.evaluations, self._max_iter, step.loss, step.parts)
        return RunState(phase, 0, *numbers, time.perf_counter() - self._began, make)


def finisher(
    template: Microstructure, fractions: Any, seed: int
) -> Callable[[Any], Microstructure]:
    """Return the function that makes fields [F, …] a microstructure with exact fractions."""

    def finish(fields: Any) -> Microstructure:
        return template.with_labels(to_labels(np.asarray(fields), fractions, seed))

    return finish
