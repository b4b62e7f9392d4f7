"""Run by the peer's own interpreter: its evaluations and reconstructions, for peer.py and others.

The task (see side.py) names `what`: `evaluate` measures value and gradient at its own start, over
and over; `run` reconstructs with a number of evaluations and writes the volume.
"""

from __future__ import annotations

from measurement import Stopwatch, peak_memory
from side import serve, task_of_child, tell

WATCH = Stopwatch()  # before the imports that take seconds

import contextlib  # noqa: E402
import logging  # noqa: E402
from importlib.metadata import version  # noqa: E402
from pathlib import Path  # noqa: E402

import mcrpy  # noqa: E402
import numpy as np  # noqa: E402
from mcrpy.src.DMCR import DMCR  # noqa: E402

NAMES = ("Correlations", "Variation")


class Enough(Exception):
    """All evaluations are done."""


def main() -> None:
    task = task_of_child()
    np.random.seed(task.get("seed", 0))  # noqa: NPY002 - what its start is drawn from
    job = prepared(np.load(task["image"]), task["edge"], task["limit"], task.get("evaluations", 1))
    if task["what"] == "evaluate":

        def evaluate() -> float:
            loss, gradient = job.opt.call_loss(job.ms)
            gradient[0].numpy()
            return float(loss)

        serve(evaluate)
    else:
        losses, fields = optimize(job, task["evaluations"])
        wall, processor = WATCH.read()
        answer = {"wall": wall, "processor": processor, "evaluations": len(losses)}
        grey = float(np.mean((fields > 0.05) & (fields < 0.95)))
        if task.get("volume"):
            path = Path(task["volume"])
            part = path.with_name("part-" + path.name)
            image = np.load(task["image"])
            numbers = {key: np.array(value) for key, value in answer.items()}
            np.savez_compressed(part, fields=fields, image=image, losses=losses, **numbers)
            part.rename(path)
        answer |= {"loss": losses[-1], "fraction": float(fields.mean()), "grey": grey}
        versions = {name: version(name) for name in ("mcrpy", "tensorflow", "numpy")}
        tell(**answer, peak=peak_memory(), versions=versions)


def prepared(image: np.ndarray, edge: int, limit: int, evaluations: int) -> DMCR:
    """Its own way from a slice to a volume, with its own weights, until the optimizer starts.

    More than two phases take its multiphase form.
    """
    several = bool(image.max() > 1)
    settings = mcrpy.CharacterizationSettings(
        descriptor_types=list(NAMES), limit_to=limit, logging_level=logging.ERROR
    )
    structure = mcrpy.Microstructure(image.astype(float), use_multiphase=several, trainable=False)
    found = mcrpy.characterize(structure, settings)
    job = DMCR(
        descriptor_types=list(NAMES),
        limit_to=limit,
        n_phases=int(image.max()) + 1 if several else 1,
        use_multiphase=several,
        max_iter=evaluations,
        use_multigrid_descriptor=True,
        convergence_data_steps=10**9,
        save_to=None,
    )
    job.assign_desired_descriptor([np.asarray(found[name]) for name in NAMES])
    shape = (edge, edge, edge)
    job.setup_optimization(shape, job._determine_mg_levels(job.desired_descriptor, shape), None, 0)
    return job


def optimize(job: DMCR, evaluations: int) -> tuple[list[float], np.ndarray]:
    """Run its L-BFGS-B for a number of evaluations: `max_iter` counts loosely.

    Returns all losses, and the volume [X, Y, Z] of the last evaluation.
    """
    losses: list[float] = []
    volume = np.zeros(job.desired_shape_ms)
    loss_and_gradient = job.opt.call_loss

    def counted(structure: mcrpy.Microstructure) -> tuple:
        if len(losses) == evaluations:
            raise Enough
        answer = loss_and_gradient(structure)
        losses.append(float(answer[0]))
        volume[...] = structure.x.numpy()[0, ..., 0]
        return answer

    job.opt.set_call_loss(counted)
    with contextlib.suppress(Enough):
        job.opt.optimize(job.ms)
    return losses, volume.astype(np.float32)


if __name__ == "__main__":
    main()
