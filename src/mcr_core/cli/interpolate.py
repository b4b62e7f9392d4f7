"""mcr interpolate."""

from __future__ import annotations

from pathlib import Path

import click

from mcr_core.cli.options import Numbers, NumbersCommand, overwrite_option


@click.command(cls=NumbersCommand)
@click.argument("ends", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="Where to write: step.h5 gives step_000.h5, step_001.h5 and so on; with one row of "
    "--weights, step.h5 itself.",
)
@click.option(
    "--steps", type=int, metavar="N", help="How many from the first end to the second, both too."
)
@click.option(
    "--weights",
    type=Numbers(float),
    multiple=True,
    metavar="W...",
    help="Instead of steps: a weight for each of ENDS, which sum to 1; repeatable.",
)
@overwrite_option
def command(
    ends: tuple[str, ...],
    output: str,
    steps: int | None,
    weights: tuple[tuple[float, ...], ...],
    overwrite: bool,
) -> int:
    """Make characterizations between ENDS, two or more files (.h5)."""
    from mcr_core.characterization_file import SUFFIXES, write_characterization
    from mcr_core.cli.execute import numbers
    from mcr_core.cli.source import check_not_source
    from mcr_core.images import check_writable
    from mcr_core.images.suffixes import with_stem_end
    from mcr_core.verbs.interpolate import interpolate, weight_rows

    count = len(weight_rows(len(ends), steps, weights or None))
    files = [Path(output)]
    if count > 1:
        files = [with_stem_end(output, f"_{n:03d}") for n in range(count)]
    for file in files:
        check_not_source(file, *ends)
        check_writable(file, overwrite, SUFFIXES)
    found = interpolate(*ends, steps=steps, weights=weights or None)
    for file, target in zip(files, found, strict=True):
        written = write_characterization(file, target, overwrite=overwrite)
        click.echo(f"{written}: fractions {numbers(target.phase_fractions)}")
    return 0
