"""SciPy's minimizers as iterators: a thread hands every point over and waits."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Generator, Iterator, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mcr_core.optimizers.base import Evaluation, Objective, Step, bounds_of

#: Methods of `scipy.optimize.minimize` that know bounds and call back once per iteration.
Method = Literal["L-BFGS-B", "TNC"]


def scipy_steps(
    method: Method,
    options: Mapping[str, Any],
    objective: Objective,
    start: Any,
    max_iter: int,
    *,
    first_step: float | None = None,
) -> Generator[Step]:
    """Yield the steps of `scipy.optimize.minimize` within the bounds; float64.

    SciPy's solvers call back and cannot be asked for one step, so the solver runs in a thread of
    its own; the objective is computed in the thread of the consumer.

    Args:
        method: which solver.
        options: its options.
        objective: see `Optimizer.iterate`.
        start: see `Optimizer.iterate`.
        max_iter: see `Optimizer.iterate`; kept here, for methods that have no such option.
        first_step: scale the objective so that its gradient at the start has this root mean
            square. Default: divide it by its value at the start, so that tolerances are relative.
    """
    point = np.asarray(start, dtype=np.float64)
    first = objective(point)
    yield Step(0, 1, first.loss, first.parts, point)
    if max_iter < 1 or first.loss == 0:
        return
    evaluations = 1
    known = {_key(point): first}
    scale = 1.0 / first.loss
    if first_step is not None:
        size = float(np.sqrt(np.mean(np.square(np.asarray(first.gradient, np.float64)))))
        scale = first_step / size if size > 0 else scale
    solver = _Solver(method, options, point.ravel(), scale, bounds_of(objective))
    try:
        for kind, iteration, flat in solver.requests():
            fields = flat.reshape(point.shape)
            if kind == "evaluate":
                # The solver starts with the point that step 0 has evaluated already.
                if evaluations == 1 and np.array_equal(fields, point):
                    solver.answer(first)
                    continue
                latest = objective(fields)
                evaluations += 1
                # Of the points tried in an iteration only their values are kept.
                known[_key(fields)] = Evaluation(latest.loss, latest.parts, None)
                solver.answer(latest)
                continue
            accepted = known.get(_key(fields))
            if accepted is None:
                accepted = objective(fields)
                evaluations += 1
            known = {_key(fields): accepted}
            yield Step(iteration, evaluations, accepted.loss, accepted.parts, fields)
            if iteration >= max_iter:
                return
    finally:
        solver.close()


def _key(point: npt.NDArray[np.float64]) -> bytes:
    """What a point is known by: solvers move accepted points onto the bounds, by rounding."""
    return hashlib.blake2b(np.round(point, 12).tobytes(), digest_size=16).digest()


class _Closed(BaseException):
    """Raised inside the solver's thread to end it; not an Exception, so SciPy lets it through."""


class _Solver:
    """SciPy's minimizer in a thread, asked through a pair of one-slot queues."""

    def __init__(
        self,
        method: Method,
        options: Mapping[str, Any],
        start: npt.NDArray[np.float64],
        scale: float,
        bounds: tuple[float, float],
    ) -> None:
        self._to_consumer: queue.Queue[tuple[str, Any, Any]] = queue.Queue(1)
        self._to_solver: queue.Queue[Evaluation | None] = queue.Queue(1)
        self._scale = scale
        self._bounds = bounds
        self._thread = threading.Thread(
            target=self._run, args=(method, options, start), name=f"mcr-{method}", daemon=True
        )
        self._thread.start()

    def requests(self) -> Iterator[tuple[str, int, npt.NDArray[np.float64]]]:
        """Yield ("evaluate", 0, point) and ("step", iteration, point) until the solver ends."""
        while True:
            kind, number, value = self._to_consumer.get()
            if kind == "end":
                return
            if kind == "failed":
                raise value
            yield kind, number, value
            if kind == "step":
                self._to_solver.put(Evaluation(0.0, {}, None))

    def answer(self, evaluation: Evaluation) -> None:
        """Send value and gradient of the point that was asked for."""
        self._to_solver.put(evaluation)

    def close(self) -> None:
        """End the thread, wherever the solver is."""
        while self._thread.is_alive():
            if self._to_solver.empty():
                self._to_solver.put(None)
            # The solver may be blocked on handing something over: take it.
            try:
                self._to_consumer.get(timeout=0.01)
            except queue.Empty:
                continue
        self._thread.join()

    def _run(
        self, method: Method, options: Mapping[str, Any], start: npt.NDArray[np.float64]
    ) -> None:
        from scipy.optimize import Bounds, minimize

        iteration = 0
        low, high = self._bounds
        chosen: Any = dict(options)

        def value_and_gradient(
            point: npt.NDArray[np.float64],
        ) -> tuple[float, npt.NDArray[np.float64]]:
            answer = self._ask("evaluate", 0, point.copy())
            gradient = np.asarray(answer.gradient, dtype=np.float64).ravel()
            return answer.loss * self._scale, gradient * self._scale

        def accepted(xk: npt.NDArray[np.float64]) -> None:
            nonlocal iteration
            iteration += 1
            self._ask("step", iteration, np.clip(xk, low, high))

        try:
            minimize(
                value_and_gradient,
                start,
                jac=True,
                method=method,
                bounds=Bounds(np.full(start.size, low), np.full(start.size, high)),
                callback=accepted,
                options=chosen,
            )
        except _Closed:
            return
        except Exception as error:  # noqa: BLE001 - handed to the consumer, which raises it
            self._to_consumer.put(("failed", 0, error))
            return
        self._to_consumer.put(("end", 0, None))

    def _ask(self, kind: str, number: int, value: npt.NDArray[np.float64]) -> Evaluation:
        self._to_consumer.put((kind, number, value))
        answer = self._to_solver.get()
        if answer is None:
            raise _Closed
        return answer
