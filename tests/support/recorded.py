"""Recordings, and jobs that wait, as runs and queues leave them; without a run."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import psutil

from mcr_core import Microstructure, StopReason
from mcr_core.job import Inline, Job
from mcr_core.recording import Mark, Recording, write_recording
from napari_mcr.runs.kept_job import KeptJob, write_kept
from napari_mcr.runs.own_files import machine_name


def image(seed, shape=(16, 16, 16)):
    """Three phases at random."""
    labels = np.random.default_rng(seed).integers(0, 3, shape).astype(np.uint8)
    return Microstructure(
        labels=labels,
        phase_values=(0, 7, 9),
        phase_names=("void", "a", "b"),
        voxel_size=(0.5,) * len(shape),
        unit="um",
        periodic=True,
    )


def recording(name="slice reconstruction (seed 4)", *, iterations=12, ended=False, about=None):
    """A run of 20 iterations that has come so far; a mark in every fourth."""
    job = Job(
        source=Inline.of(image(1, (24, 20)), "slice"),
        shape=(16, 16, 16),
        terms=["variation"],
        settings={"max_iter": 20, "seed": 4},
    )
    history = tuple(
        {
            "level": 0,
            "iteration": n,
            "evaluations": n,
            "loss": 1 / (n + 1),
            "seconds": float(n),
            "grey": 0.5,
            "parts": {"variation": 1 / (n + 1)},
        }
        for n in range(iterations + 1)
    )
    marks = [Mark.of(n, 0, 1 / (n + 1), image(n)) for n in range(0, iterations + 1, 4)]
    now = datetime.now(UTC)
    return Recording(
        name=name,
        job_data=job.to_json(),
        history=history,
        marks=tuple(marks),
        began=now,
        written=now,
        seconds=float(iterations),
        max_iter=20,
        stop_reason=StopReason.MAX_ITER if ended else None,
        loss=0.01 if ended else np.nan,
        about=about or {},
    )


def dead_process():
    """Number and start time of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    start = psutil.Process(process.pid).create_time()
    process.communicate(b"\n")
    return process.pid, start


def leave(folder, number=1, *, process=None, machine=None, **options):
    """Write a recording as a napari leaves it that has died."""
    pid, start = process or dead_process()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"run-{machine or machine_name()}-{pid}-{start:.0f}-{number:08x}.h5"
    return write_recording(file, recording(**options))


def leave_job(folder, number=1, *, process=None, name="slice reconstruction (seed 4)", **options):
    """Write a job that waits as a napari leaves it that has died."""
    pid, start = process or dead_process()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"run-{machine_name()}-{pid}-{start:.0f}-{number:08x}.json"
    job = recording().job_data
    job["settings"]["seed"] = number
    described = {
        "result_name": name,
        "preview_name": "slice reconstruction",
        "about": {},
        "voxel_size": (0.5, 0.5, 0.5),
        "turn_to_3d": False,
        "batch": "one",
        "asked": datetime.now(UTC),
        "job": job,
    }
    write_kept(file, KeptJob(**{**described, **options}))
    return file


def own_process():
    """Number and start time of this process."""
    return os.getpid(), psutil.Process().create_time()
