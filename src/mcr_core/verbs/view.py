"""view: pictures of microstructures, statistics, differences and runs."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

from mcr_core.characterization import Characterization
from mcr_core.described_file import SUFFIXES as HDF5
from mcr_core.errors import InputError
from mcr_core.figures.output import SUFFIXES, write_figure
from mcr_core.images import check_writable
from mcr_core.microstructure import Microstructure
from mcr_core.reconstruction import RunResult
from mcr_core.recording.reading import is_recording, read_recording
from mcr_core.statistics.comparison import Comparison
from mcr_core.verbs.inputs import AnyPath, as_either

Shown = Microstructure | Characterization | Comparison | RunResult | AnyPath


def view(
    shown: Shown,
    output: AnyPath | None = None,
    *,
    convergence: bool = False,
    overwrite: bool = False,
) -> Any:
    """Draw a figure, and write it if an output is given.

    - a microstructure: the image, or the three middle planes of a volume, with the fractions of
      its phases;
    - a characterization: phase fractions, S₂ over the lag, and every descriptor on every level and
      kind of planes;
    - a comparison: the descriptors of both sides in the same axes, and the difference of S₂;
    - the result of a run, or its recording: the loss and its parts over the iterations.

    pyplot is not used, and no state of matplotlib is changed. TensorFlow is not loaded.

    Args:
        shown: one of these, or the path of a file with a microstructure, a characterization or a
            recording.
        output: where to write the figure: .png, .pdf or .svg.
        convergence: of a file with a result, draw the run.
        overwrite: replace an existing file.

    Returns:
        The `matplotlib.figure.Figure`.

    Raises:
        InputError: nothing that can be drawn, a file that cannot be read, or an output that
            cannot be written.
        FileFormatError: a file is damaged or of a format that is not read.
    """
    if output is not None:
        check_writable(output, overwrite, SUFFIXES)
    figure = _of_run(shown) if convergence else _figure(shown)
    if output is not None:
        write_figure(output, figure, overwrite=overwrite)
    return figure


def _figure(what: Shown) -> Any:
    if isinstance(what, RunResult):
        return _of_run(what)
    if isinstance(what, (str, os.PathLike)):
        if is_recording(what):
            return _of_run(what)
        what = as_either(what)
    if isinstance(what, Microstructure):
        from mcr_core.figures.sections import sections

        return sections(what)
    if isinstance(what, Characterization):
        from mcr_core.figures.statistics import statistics

        return statistics(what)
    if isinstance(what, Comparison):
        from mcr_core.figures.two_statistics import two_statistics

        return two_statistics(what)
    raise InputError(
        "expected a microstructure, a characterization, a comparison, the result of a run or the "
        f"name of a file, got {type(what).__name__}"
    )


def _of_run(what: Shown) -> Any:
    from mcr_core.figures.convergence import convergence

    if isinstance(what, RunResult):
        name = what.stop_reason.name.lower()
        outcome = _outcome(name, what.history[-1:], what.seconds)
        return convergence(what.history, reached=what.loss, outcome=outcome)
    if isinstance(what, (str, os.PathLike)) and Path(what).suffix.lower() in HDF5:
        found = read_recording(what)
        reason = found.stop_reason.name.lower() if found.stop_reason else "interrupted"
        outcome = _outcome(reason, found.history[-1:], found.seconds)
        reached = found.loss if math.isfinite(found.loss) else None
        return convergence(found.history, reached=reached, outcome=outcome)
    if isinstance(what, (str, os.PathLike)):
        from mcr_core.history import from_record
        from mcr_core.images import read_job

        carried = read_job(what) or {}
        record = carried.get("result")
        if not isinstance(record, dict) or "history" not in record:
            raise InputError(
                f"{what} carries no history of a run: expected a result that this version of "
                "`mcr match`, `reconstruct` or `run` wrote"
            )
        rows = from_record(record["history"])
        loss, seconds = record.get("loss"), record.get("seconds")
        outcome = _outcome(str(record.get("stop_reason")), rows[-1:], seconds)
        reached = loss if isinstance(loss, (int, float)) else None
        return convergence(rows, reached=reached, outcome=outcome)
    raise InputError(
        f"expected the result of a run to draw its convergence, got {type(what).__name__}"
    )


def _outcome(reason: str, last: Any, seconds: Any) -> str:
    """How a run ended, in words."""
    ends = {"max_iter": "all asked for", "converged": "converged", "stopped": "stopped early"}
    done = f"{last[0]['iteration']} iterations" if last else "no iteration"
    took = f", {seconds:.0f} s" if isinstance(seconds, (int, float)) else ""
    return f"{done} ({ends.get(reason, reason)}){took}"
