"""mcr run."""

from __future__ import annotations

from pathlib import Path

import click

from mcr_core.cli.options import overwrite_option, score_option


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
@score_option
@overwrite_option
def command(
    file: str, output: str | None, realizations: int | None, overwrite: bool, score: bool
) -> int:
    """Run the job in FILE: a .json, or a result (.tif, .npy) that carries its job."""
    from mcr_core.cli.execute import execute
    from mcr_core.verbs.run import as_job

    path = Path(file)
    job = as_job(path)
    if output is None:
        repeated = path.with_name(f"{path.stem}_repeat{path.suffix}")
        default = path.with_suffix(".tif") if path.suffix.lower() == ".json" else repeated
        output = job.output or str(default)
    return execute(job, output, overwrite=overwrite, realizations=realizations, score=score)
