"""The job that makes a result again, where its run was stopped before its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Optimizers whose steps do not depend on `max_iter`: it only ends them. Not so where temperatures
#: fall by it.
_ONLY_ENDED = frozenset(
    ("adadelta", "adagrad", "adam", "adamax", "lbfgs", "lbfgsb", "nadam", "rmsprop", "sgd", "tnc")
)


@dataclass(frozen=True)
class JobAgain:
    """A job to be run once more.

    Attributes:
        job: JSON data.
        note: what the user should know, in a sentence; empty for a run that came to its end.
        same: whether it makes the same voxels.
    """

    job: dict[str, Any]
    note: str = ""
    same: bool = True


def job_again(job: Mapping[str, Any], run: Mapping[str, Any] | None = None) -> JobAgain:
    """Return the job that makes a result again, as far as there is one.

    A run that was stopped has skipped what it had still to do. Its result is that of `max_iter` =
    the iterations that it reached, if nothing but the end of the run depends on `max_iter`: not so
    with coarser volumes, which share it, or with swaps after the last iteration.

    Args:
        job: JSON data of the job that was run; that of a file tells by its entry `result` how the
            run went.
        run: how the run went, in place of that entry: `stop_reason` (None: the layer is a state on
            the way) and `history`, as layers of the viewer have them.
    """
    went = job.get("result") if run is None else run
    if not isinstance(went, Mapping) or "stop_reason" not in went:
        return JobAgain(dict(job))
    reason = went["stop_reason"]
    if reason is not None and str(reason).lower() != "stopped":
        return JobAgain(dict(job))
    whole = {key: value for key, value in job.items() if key != "result"}
    settings = dict(job.get("settings") or {})
    most = settings.get("max_iter")
    every = "to its end" if most is None else f"all {most} iterations"
    another = f"here it runs {every}: that makes another microstructure."
    if reason is None:
        return JobAgain(
            whole, f"This is a state of a run that had not ended, {another}", same=False
        )
    reached = _iterations(went)
    count = "1 iteration" if reached == 1 else f"{reached} iterations"
    if reached and _only_ended(settings):
        whole["settings"] = {**settings, "max_iter": reached}
        same = f"max_iter is {reached} here, which makes the same voxels."
        return JobAgain(whole, f"This run was stopped after {count}: {same}")
    return JobAgain(whole, f"This run was stopped after {count}, {another}", same=False)


def _iterations(went: Mapping[str, Any]) -> int:
    """How many were done. With 0 the optimizer may not even have begun."""
    rows = went.get("history")
    if isinstance(rows, list):
        return int(rows[-1]["iteration"]) if rows else 0
    return int(went.get("iterations") or 0)


def _only_ended(settings: Mapping[str, Any]) -> bool:
    """Whether `max_iter` only ends the run."""
    optimizer = settings.get("optimizer", "lbfgsb")
    name = optimizer.get("name") if isinstance(optimizer, Mapping) else optimizer
    alone = not settings.get("coarse_levels") and not settings.get("finish_sweeps")
    return alone and name in _ONLY_ENDED
