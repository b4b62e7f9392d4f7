"""mcr run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcr_core.cli.options import overwrite_option
from mcr_core.errors import FileFormatError, InputError

if TYPE_CHECKING:
    from mcr_core.job import Job


@click.command()
@click.argument("file")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Where to write; default: what the job says, else FILE with another ending.",
)
@click.option("--realizations", type=click.IntRange(min=1), metavar="N", help="Make N results.")
@overwrite_option
def command(file: str, output: str | None, realizations: int | None, overwrite: bool) -> int:
    """Run the job in FILE: a .json, or a result (.tif, .npy) that carries its job."""
    from mcr_core.cli.execute import execute

    path = Path(file)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    job = _job(path)
    if output is None:
        repeated = path.with_name(f"{path.stem}_repeat{path.suffix}")
        default = path.with_suffix(".tif") if path.suffix.lower() == ".json" else repeated
        output = job.output or str(default)
    return execute(job, output, overwrite=overwrite, realizations=realizations)


def _job(path: Path) -> Job:
    from mcr_core.images import read_job
    from mcr_core.job import Job

    if path.suffix.lower() == ".json":
        return Job.parse(path.read_bytes())
    carried = read_job(path)
    if carried is None:
        raise FileFormatError(f"{path} carries no job: expected a result of mcr or a .json file")
    return Job.parse(carried)
