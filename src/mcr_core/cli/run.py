"""mcr run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    help="Where to write; default: what the job says, else FILE with the ending .tif (a job) or "
    "with _repeat (a result).",
)
@click.option("--realizations", type=click.IntRange(min=1), metavar="N", help="Make N results.")
@overwrite_option
def command(file: str, output: str | None, realizations: int | None, overwrite: bool) -> int:
    """Run the job in FILE: a .json, or a result (.tif, .npy) that carries its job."""
    from mcr_core.cli.execute import execute

    path = Path(file)
    if path.is_dir():
        raise InputError(f"{path}: expected a .json job or a result of mcr, this is a folder")
    if not path.exists():
        raise InputError(f"{path}: no such file")
    job = _job(path)
    if output is None:
        repeated = path.with_name(f"{path.stem}_repeat{path.suffix}")
        default = path.with_suffix(".tif") if path.suffix.lower() == ".json" else repeated
        output = job.output or str(default)
    return execute(job, output, overwrite=overwrite, realizations=realizations)


def _job(path: Path) -> Job:
    from mcr_core.images import read_job

    if path.suffix.lower() == ".json":
        try:
            text = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from None
        return _parsed(path, text)
    carried = read_job(path)
    if carried is None:
        raise FileFormatError(f"{path} carries no job: expected a result of mcr or a .json file")
    return _parsed(path, carried)


def _parsed(path: Path, data: Any) -> Job:
    from mcr_core.job import Job

    try:
        return Job.parse(data)
    except InputError as error:
        raise type(error)(f"{path}: {error}") from None
