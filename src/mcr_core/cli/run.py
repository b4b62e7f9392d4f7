"""mcr run."""

from __future__ import annotations

from pathlib import Path

import click

from mcr_core.cli.options import overwrite_option, record_option, score_option


@click.command()
@click.argument("file")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Where to write; default: what the job says, else FILE with the ending .tif or, of a "
    "result, with _repeat.",
)
@click.option("--realizations", type=click.IntRange(min=1), metavar="N", help="Make N results.")
@click.option(
    "--max-iter",
    type=click.IntRange(min=1),
    metavar="N",
    help="Of a recording: go on for N iterations. Default: those that are left.",
)
@record_option
@score_option
@overwrite_option
def command(
    file: str,
    output: str | None,
    realizations: int | None,
    max_iter: int | None,
    overwrite: bool,
    score: bool,
    record: str | None,
) -> int:
    """Run the job in FILE: a .json, or a result (.tif, .npy, .zarr) that carries its job.

    Of the recording (.h5) of a run: go on with that run.
    """
    from mcr_core.cli.execute import execute
    from mcr_core.images.suffixes import FORMATS, with_stem_end
    from mcr_core.verbs.run import as_job

    path = Path(file)
    job = as_job(path, max_iter)
    if output is None:
        repeated = with_stem_end(path, "_repeat")
        of_image = path.suffix.lower() in FORMATS
        default = repeated if of_image else path.with_suffix(".tif")
        output = job.output or str(default)
    return execute(
        job,
        output,
        overwrite=overwrite,
        realizations=realizations,
        score=score,
        record=record,
        file=path,
    )
