"""mcr reconstruct."""

from __future__ import annotations

from typing import Any

import click

from mcr_core.cli.options import (
    NumbersCommand,
    descriptor_option,
    output_option,
    overwrite_option,
    record_option,
    run_options,
    score_option,
)
from mcr_core.cli.preset_option import preset_option
from mcr_core.errors import OptionError


@click.command(cls=NumbersCommand)
@click.argument("target")
@output_option
@descriptor_option(
    "A descriptor of the target to prescribe, with weights; repeatable. Default: those of "
    "--preset, without one all."
)
@click.option(
    "--weight",
    multiple=True,
    metavar="NAME=VALUE",
    help="Weight of a descriptor of the target, 0 leaves it out; repeatable. Default: that of "
    "--preset, without one 1.",
)
@preset_option(
    "Take its descriptors, of a target made with it, and its options of the run that are not "
    "given. Default: the one that the target was made with; none with -d."
)
@run_options
@record_option
@score_option
@overwrite_option
def command(
    target: str,
    output: str,
    overwrite: bool,
    score: bool,
    record: str | None,
    realizations: int | None,
    **given: Any,
) -> int:
    """Make a microstructure with the statistics of TARGET, a file of `mcr characterize`."""
    from mcr_core.cli import requests
    from mcr_core.cli.execute import execute
    from mcr_core.job import CharacterizationFile, Job
    from mcr_core.verbs.requested import preset_taken, requested_of_target

    source = CharacterizationFile(path=target)
    statistics = source.load()
    asked: dict[str, Any] = {
        "descriptors": requests.given_terms(given),
        "weight": _weights(given["weight"]),
        "preset": given["preset"],
    }
    run = requests.reconstruction(given)
    preset = preset_taken(statistics, asked["preset"], asked["descriptors"])
    if preset != asked["preset"]:
        click.echo(
            f"note: --preset {preset}, which {target} was made with, is taken: for another give "
            "--preset, for terms of your own -d",
            err=True,
        )
    terms = None
    if any(asked.values()):
        asked |= {name: run.get(name) for name in ("shape", "add_dimension", "settings")}
        _, terms, run["settings"] = requested_of_target(statistics, **asked)
    job = Job(source=source, terms=terms, **run)
    return execute(
        job, output, overwrite=overwrite, realizations=realizations, score=score, record=record
    )


def _weights(texts: tuple[str, ...]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise OptionError(f"--weight: expected NAME=VALUE, got {text!r}")
        try:
            found[name] = float(value)
        except ValueError:
            found[name] = value  # the term says what is wrong
    return found or None
