"""mcr reconstruct."""

from __future__ import annotations

from typing import Any

import click

from mcr_core.cli.options import NumbersCommand, output_option, overwrite_option, run_options
from mcr_core.errors import OptionError


@click.command(cls=NumbersCommand)
@click.argument("target")
@output_option
@click.option(
    "--weight",
    "weights",
    multiple=True,
    metavar="NAME=VALUE",
    help="Weight of a descriptor of the target, 0 leaves it out; repeatable. Default: 1.",
)
@run_options
@overwrite_option
def command(
    target: str,
    output: str,
    weights: tuple[str, ...],
    overwrite: bool,
    realizations: int | None,
    **given: Any,
) -> int:
    """Make a microstructure with the statistics of TARGET, a file of `mcr characterize`."""
    from mcr_core.cli import requests
    from mcr_core.cli.execute import execute
    from mcr_core.job import CharacterizationFile, Job

    source = CharacterizationFile(path=target)
    job = Job(
        source=source,
        terms=_terms(source.load().descriptors, weights) if weights else None,
        **requests.reconstruction(given),
    )
    return execute(job, output, overwrite=overwrite, realizations=realizations)


def _terms(descriptors: tuple[Any, ...], weights: tuple[str, ...]) -> list[Any]:
    from mcr_core.plugin import nearest
    from mcr_core.term import Term

    known = [descriptor.name for descriptor in descriptors]
    values = {}
    for text in weights:
        name, equals, value = text.partition("=")
        if not equals:
            raise OptionError(f"--weight: expected NAME=VALUE, got {text!r}")
        if name not in known:
            raise OptionError(f"--weight: the target has no {name!r}: {nearest(name, known)}")
        values[name] = value
    weighted = [(d, values.get(d.name, "1")) for d in descriptors]
    return [Term(descriptor=d, weight=w) for d, w in weighted if not _is_zero(w)]


def _is_zero(text: str) -> bool:
    try:
        return float(text) == 0
    except ValueError:
        return False  # the term says what is wrong
