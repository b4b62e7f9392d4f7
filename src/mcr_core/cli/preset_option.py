"""The option --preset: what it gives differs between the commands."""

from __future__ import annotations

from collections.abc import Callable

import click

from mcr_core.cli.options import F

_OF_IMAGES = (
    "Descriptors, and options of the run that are not given. Default: auto without -d, which is "
    "balanced, or fast for large volumes."
)


def preset_option(text: str = _OF_IMAGES) -> Callable[[F], F]:
    """Return the option, with the help of a command; default: that of `match`."""
    names = click.Choice(["auto", "fast", "balanced", "faithful"])
    return click.option("--preset", type=names, help=text)
