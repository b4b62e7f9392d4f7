"""Our evaluations and reconstructions in a process of their own, for peer.py and others.

The task (see side.py) names `what`: `evaluate` measures value and gradient at noise, over and over;
`run` reconstructs until the result is as good as a goal, by the neutral measure, or to the end.
"""

from __future__ import annotations

from measurement import Stopwatch, peak_memory
from side import serve, task_of_child, tell

WATCH = Stopwatch()  # before the imports that take seconds

from collections.abc import Mapping  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

import mcr_core as mcr  # noqa: E402


def main() -> None:
    task = task_of_child()
    image = np.load(task["image"])
    source = mcr.Microstructure.from_array(image, periodic=task.get("periodic", True))
    terms = [mcr.Term(descriptor=mcr.descriptors.Correlations(limit_to=task["limit"]))]
    if weight := task.get("weight", 10.0):
        terms.append(mcr.Term(descriptor=mcr.descriptors.Variation(), weight=weight))
    (evaluate if task["what"] == "evaluate" else run)(task, source, terms)


def evaluate(task: Mapping[str, Any], source: mcr.Microstructure, terms: list[mcr.Term]) -> None:
    from mcr_core.device import choose_device
    from mcr_core.objective import TargetObjective

    settings = mcr.Settings(**task.get("settings", {}))
    choose_device(settings.device)
    target = mcr.characterize(source, [term.descriptor for term in terms])
    shape = (task["edge"],) * 3
    objective = TargetObjective(target, terms, shape, settings)
    fields = np.random.default_rng(0).random((1, *shape), np.float32)

    def once() -> float:
        found = objective(fields)
        np.asarray(found.gradient)  # as SciPy takes it; on a GPU this waits for the result
        return float(found.loss)

    serve(once, gpu_memory)


def gpu_memory() -> dict[str, int]:
    """Peak memory of the first GPU in bytes, where there is one."""
    import tensorflow as tf

    if not tf.config.get_visible_devices("GPU"):
        return {}
    return {"gpu_peak": tf.config.experimental.get_memory_info("GPU:0")["peak"]}


def run(task: Mapping[str, Any], source: mcr.Microstructure, terms: list[mcr.Term]) -> None:
    """Answer when both numbers of the goal are reached, else at the end.

    The clock runs from the first line of this file: loading and compilation count, as they do on
    the other side. It stands still while the neutral measure is taken.
    """
    goal, measure = task.get("goal"), None
    own = mcr.characterize(source, [term.descriptor for term in terms])
    # What the peer does, too: the statistics as they are on every axis, not their mean over the
    # symmetries of the square, nor what a volume can have of them.
    target = mcr.merge(xy=own, xz=own, yz=own, force=True)
    states = mcr.reconstruct_iter(
        target,
        (task["edge"],) * 3,
        terms,
        settings={"max_iter": task["max_iter"], "seed": task.get("seed", 0), "realizable": False}
        | task.get("settings", {}),
    )
    reached, due, found, trace = None, 0, None, []
    for state in states:
        last = state.phase == "finishing"
        if goal is None or not state.has_microstructure or not (last or state.iteration >= due):
            continue
        due = max(state.iteration + 1, int(1.05 * state.iteration))
        volume = state.microstructure  # one phase in every voxel: this counts
        seconds = WATCH.read()
        WATCH.pause()
        if measure is None:
            from neutral import neutral_measure

            measure = neutral_measure(source, task["limit"])
        found = measure(volume)
        trace.append((*seconds, state.iteration, state.evaluations, *found))
        if found.s2 <= goal[0] and found.s3 <= goal[1]:
            reached = seconds
            states.close()
            break
        WATCH.start()
    wall, processor = reached or WATCH.read()
    if task.get("volume") and found is not None:
        np.savez_compressed(Path(task["volume"]), fields=volume.fields(np.float32)[0])
    tell(
        reached=reached is not None,
        wall=wall,
        processor=processor,
        iterations=state.iteration,
        evaluations=state.evaluations,
        s2=found and found.s2,
        s3=found and found.s3,
        trace=trace,
        peak=peak_memory(),
    )


if __name__ == "__main__":
    main()
