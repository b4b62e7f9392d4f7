"""Our side of the table of fidelity: one result, in a process of its own.

The task (see side.py): `image`, `periodic`, `phases`, `edge`, `seed`, `volume` (the `.npz` that is
written: labels [Z, Y, X]) and `method`: `null`, a preset by its name, or a specification with
`terms`, `settings` of `mcr.match`, and `smooth`, the sigma of `mcr.smooth` in voxels.
"""

from __future__ import annotations

from measurement import Stopwatch, peak_memory
from side import task_of_child, tell

WATCH = Stopwatch()  # before the imports that take seconds

from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

import mcr_core as mcr  # noqa: E402
from mcr_core.term import parse_term  # noqa: E402


def main() -> None:
    task = task_of_child()
    image = np.load(task["image"])
    source = mcr.Microstructure.from_array(
        image, periodic=task["periodic"], phase_values=tuple(range(task["phases"]))
    )
    found = make(source, (task["edge"],) * 3, task["method"], task["seed"])
    wall, processor = WATCH.read()
    path = Path(task["volume"])
    part = path.with_name("part-" + path.name)
    np.savez_compressed(part, labels=found.pop("labels"))
    part.rename(path)
    tell(wall=wall, processor=processor, peak=peak_memory(), **found)


def make(
    source: mcr.Microstructure, shape: tuple[int, ...], method: Any, seed: int
) -> dict[str, Any]:
    """Return the labels of a result, and what is known of the run."""
    if method == "null":
        from mcr_core.scorecard.null_model import null_model
        from mcr_core.verbs.characterize import statistics_of

        return {"labels": null_model(statistics_of(source, ()), shape, seed)}
    asked = (
        {"preset": method}
        if isinstance(method, str)
        else {
            "descriptors": [parse_term(text) for text in method["terms"]],
            **method.get("settings", {}),
        }
    )
    result = mcr.match(source, shape, seed=seed, **asked)
    made = result.microstructure
    if not isinstance(method, str) and method.get("smooth"):
        made = mcr.smooth(made, sigma=method["smooth"])
    return {
        "labels": made.labels,
        "loss": result.loss,
        "evaluations": result.history[-1]["iteration"] if result.history else 0,
        "notes": list(result.notes),
    }


if __name__ == "__main__":
    main()
