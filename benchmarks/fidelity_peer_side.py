"""Run by the peer's own interpreter: a reconstruction of two phases or more, cut short.

The task (see side.py): `image`, `edge`, `limit`, `evaluations`, `seed`, `volume`, the `.npz` that
is written: fields [P, Z, Y, X], P = 1 for two phases; and `seconds` of wall time, after which no
further evaluation starts. What was evaluated is then kept beside the volume, and a later run of
the same task goes on from there: its optimizer is given the same answers once more.
"""

from __future__ import annotations

from peer_side import WATCH, Enough, optimize, prepared  # the first: starts the clock
from side import task_of_child, tell

# isort: split
from pathlib import Path
from typing import Any

import mcrpy
import numpy as np
import tensorflow as tf  # noqa: TID253 - a script for another environment
from mcrpy.src.DMCR import DMCR


def main() -> None:
    task = task_of_child()
    np.random.seed(task["seed"])  # noqa: NPY002 - what its start is drawn from
    image = np.load(task["image"])
    job = prepared(image, task["edge"], task["limit"], task["evaluations"])
    path = Path(task["volume"])
    known = Evaluations(job, path.with_name(f"evaluations-{path.name}"), task["seconds"])
    job.opt.set_call_loss(known)
    losses, _ = optimize(job, task["evaluations"])
    wall, processor = known.time()
    found = np.moveaxis(known.fields, -1, 0).astype(np.float32)
    grey = float(np.mean((found > 0.05) & (found < 0.95)))
    if known.paused:
        known.keep()
    else:
        write(path, fields=found, losses=losses)
        known.file.unlink(missing_ok=True)
    tell(
        wall=wall,
        processor=processor,
        evaluations=len(losses),
        loss=losses[-1],
        grey=grey,
        paused=known.paused,
    )


class Evaluations:
    """Evaluates, up to a time; what an earlier run has evaluated is not computed again.

    Args:
        job: what the peer has prepared.
        file: where evaluations of earlier runs are.
        seconds: of wall time of this process, after which no evaluation starts.
    """

    def __init__(self, job: DMCR, file: Path, seconds: float) -> None:
        self.file, self.paused, self.fields = file, False, np.zeros(0)
        self._evaluate, self._seconds = job.opt.call_loss, seconds
        self._losses: list[float] = []
        self._gradients: list[np.ndarray] = []
        self._past, self._began = (0.0, 0.0), (0.0, 0.0)
        if file.exists():
            with np.load(file, allow_pickle=False) as kept:
                self._losses, self._gradients = list(kept["losses"]), list(kept["gradients"])
                self._past = tuple(kept["seconds"])
        self._earlier, self._count = len(self._losses), 0

    def __call__(self, structure: mcrpy.Microstructure) -> tuple:
        """Return loss and gradient."""
        self._count += 1
        if self._count > len(self._losses):
            if self._earlier and self._count == self._earlier + 1:
                self._began = WATCH.read()  # imports and preparation have counted before
            if WATCH.read()[0] > self._seconds:
                self.paused = True
                raise Enough
            loss, gradient = self._evaluate(structure)
            self._losses.append(float(loss))
            self._gradients.append(gradient[0].numpy())
        self.fields = structure.x.numpy()[0]
        one = self._count - 1
        loss, gradient = self._losses[one], self._gradients[one]
        return tf.constant(loss, tf.float64), [tf.constant(gradient, tf.float64)]

    def time(self) -> tuple[float, float]:
        """Wall and processor seconds of this run and those before."""
        now = WATCH.read()
        wall, processor = (
            past + end - start
            for past, end, start in zip(self._past, now, self._began, strict=True)
        )
        return wall, processor

    def keep(self) -> None:
        """Write what is known, for a later run."""
        write(self.file, losses=self._losses, gradients=self._gradients, seconds=self.time())


def write(path: Path, **arrays: Any) -> None:
    """Write arrays to an `.npz` that is there as a whole or not at all."""
    part = path.with_name(f"part-{path.name}")
    np.savez_compressed(part, **arrays)
    part.rename(path)


if __name__ == "__main__":
    main()
