"""A job that goes on from a state of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mcr_core.microstructure import Microstructure
from mcr_core.sources import Inline


def continued(
    job: Mapping[str, Any],
    state: Microstructure,
    *,
    name: str,
    max_iter: int,
    shape: Sequence[int] | None = None,
) -> dict[str, Any]:
    """Return a job that starts from a state, as JSON data; the seed stays what it was.

    The start takes the place of coarser volumes: they are left out.

    Args:
        job: what has led to the state, as JSON data.
        state: where to go on; resampled where the result has another extent.
        name: what the state is called, for people.
        max_iter: iterations of the new job.
        shape: extent of its result. Default: that of the job.
    """
    changed = {key: value for key, value in job.items() if key != "result"}
    changed["settings"] = {
        **(job.get("settings") or {}),
        "start": "volume",
        "max_iter": max_iter,
        "coarse_levels": 0,
    }
    changed["initial"] = Inline.of(state, name).model_dump(mode="json")
    if shape is not None:
        changed |= {"shape": list(shape), "add_dimension": None}
    return changed
