"""L-BFGS-B of SciPy, as an iterator."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mcr_core.optimizers.base import Evaluation, Objective, Optimizer, Step


@final
class LBFGSB(Optimizer):
    """Limited-memory BFGS with bounds: few, good steps; the default.

    SciPy's solver calls back and cannot be asked for one step, so it runs in a thread of its own
    that hands every point over and waits; the objective itself is computed in the thread of the
    consumer. The objective is scaled by its value at the start, so that `tolerance` is relative.
    """

    name: ClassVar[str] = "lbfgsb"
    reference: ClassVar[str] = (
        "Byrd, Lu, Nocedal, Zhu, A limited memory algorithm for bound constrained optimization, "
        "SIAM J. Sci. Comput. 16, 1190 (1995)"
    )

    history: int = Field(
        10, ge=1, le=100, description="Number of past steps that approximate the curvature."
    )
    tolerance: float = Field(
        1e-9,
        ge=0,
        lt=1,
        description="Ends where an iteration lowers the loss by less than this part of the first.",
    )
    max_line_search: int = Field(
        20, ge=1, le=100, description="Most evaluations within one iteration."
    )

    def copies(self) -> int:
        """2 × history correction vectors, work space of the same order, point and gradient."""
        return 2 * self.history + 9

    def iterate(self, objective: Objective, start: Any, max_iter: int) -> Generator[Step]:
        """Yield the steps; see `Optimizer.iterate`."""
        point = np.asarray(start, dtype=np.float64)
        first = objective(point)
        yield Step(0, 1, first.loss, first.parts, point)
        if max_iter < 1 or first.loss == 0:
            return
        solver = _Solver(self, point, first, max_iter)
        evaluations, latest = 1, first
        try:
            for kind, value in solver.requests():
                if kind == "evaluate":
                    fields = value.reshape(point.shape)
                    # The solver starts with the point that step 0 has evaluated already.
                    if evaluations > 1 or not np.array_equal(fields, point):
                        latest = objective(fields)
                        evaluations += 1
                    solver.answer(latest)
                else:
                    iteration, fields = value
                    known = solver.evaluation_at(fields)
                    yield Step(
                        iteration, evaluations, known.loss, known.parts, fields.reshape(point.shape)
                    )
        finally:
            solver.close()


class _Closed(BaseException):
    """Raised inside the solver's thread to end it; not an Exception, so SciPy lets it through."""


class _Solver:
    """SciPy's minimizer in a thread, asked through a pair of one-slot queues."""

    def __init__(
        self, options: LBFGSB, start: npt.NDArray[Any], first: Evaluation, max_iter: int
    ) -> None:
        self._to_consumer: queue.Queue[tuple[str, Any]] = queue.Queue(1)
        self._to_solver: queue.Queue[Evaluation | None] = queue.Queue(1)
        self._scale = 1.0 / first.loss
        # The accepted point of an iteration is the last evaluated one of its line search, or one
        # of those before it.
        self._recent: list[tuple[npt.NDArray[Any], Evaluation]] = []
        self._thread = threading.Thread(
            target=self._run,
            args=(options, start.ravel(), max_iter),
            name="mcr-lbfgsb",
            daemon=True,
        )
        self._keep = options.max_line_search + 1
        self._thread.start()

    def requests(self) -> Iterator[tuple[str, Any]]:
        """Yield ("evaluate", point) and ("step", (iteration, point)) until the solver ends."""
        while True:
            kind, value = self._to_consumer.get()
            if kind == "end":
                return
            if kind == "failed":
                raise value
            yield kind, value
            if kind == "step":
                self._to_solver.put(Evaluation(0.0, {}, None))

    def answer(self, evaluation: Evaluation) -> None:
        """Send value and gradient of the point that was asked for."""
        self._to_solver.put(evaluation)

    def evaluation_at(self, point: npt.NDArray[Any]) -> Evaluation:
        """Return what the objective gave at an accepted point."""
        matching = [found for known, found in self._recent if np.array_equal(known, point)]
        return (matching or [found for _, found in self._recent])[-1]

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

    def _run(self, options: LBFGSB, start: npt.NDArray[Any], max_iter: int) -> None:
        from scipy.optimize import Bounds, minimize

        iteration = 0

        def value_and_gradient(point: npt.NDArray[Any]) -> tuple[float, npt.NDArray[Any]]:
            answer = self._ask("evaluate", point.copy())
            self._recent = [*self._recent[-self._keep :], (point.copy(), answer)]
            gradient = np.asarray(answer.gradient, dtype=np.float64).ravel()
            return answer.loss * self._scale, gradient * self._scale

        def accepted(intermediate_result: Any) -> None:
            nonlocal iteration
            iteration += 1
            self._ask("step", (iteration, intermediate_result.x.copy()))

        try:
            minimize(
                value_and_gradient,
                start,
                jac=True,
                method="L-BFGS-B",
                bounds=Bounds(np.zeros(start.size), np.ones(start.size)),
                callback=accepted,
                options={
                    "maxiter": max_iter,
                    "maxfun": 20 * max_iter + 20,
                    "maxcor": options.history,
                    "ftol": options.tolerance,
                    "gtol": 0.0,
                    "maxls": options.max_line_search,
                },
            )
        except _Closed:
            return
        except Exception as error:  # noqa: BLE001 - handed to the consumer, which raises it
            self._to_consumer.put(("failed", error))
            return
        self._to_consumer.put(("end", None))

    def _ask(self, kind: str, value: Any) -> Evaluation:
        self._to_consumer.put((kind, value))
        answer = self._to_solver.get()
        if answer is None:
            raise _Closed
        return answer
