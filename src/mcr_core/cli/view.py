"""mcr view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mcr_core.cli.options import NumbersCommand, image_options, overwrite_option

if TYPE_CHECKING:
    from mcr_core.characterization import Characterization
    from mcr_core.microstructure import Microstructure


@click.command(cls=NumbersCommand)
@click.argument("file")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Where to write: .png, .pdf or .svg. Default: open a window.",
)
@click.option(
    "--convergence",
    is_flag=True,
    help="Of a result: the loss of the run over the iterations.",
)
@image_options
@overwrite_option
def command(file: str, output: str | None, convergence: bool, overwrite: bool, **given: Any) -> int:
    """Draw FILE: an image (.tif, .png, .npy, .ome.zarr), statistics or a recording (.h5).

    An image, or the three middle planes of a volume; every descriptor of a characterization; the
    loss of a recorded run over the iterations.
    """
    from mcr_core.cli.loading import load
    from mcr_core.cli.source import check_not_source
    from mcr_core.errors import InputError
    from mcr_core.figures.output import SUFFIXES
    from mcr_core.figures.window import check_display, fit_screen, show
    from mcr_core.images import check_writable
    from mcr_core.recording import is_recording
    from mcr_core.verbs.view import view

    window = None
    if output is None:
        window = check_display()
    else:
        check_not_source(output, file, given["mask"])
        check_writable(output, overwrite, SUFFIXES)
    if convergence or is_recording(file):
        if any(value is not None for value in given.values()):
            raise InputError(
                "the options of images do not go with the convergence of a run: leave them out"
            )
        figure, what = view(file, output, convergence=True, overwrite=overwrite), "convergence"
    else:
        (shown,) = load([file], given)
        figure, what = view(shown, output, overwrite=overwrite), _words(shown)
    if window is None:
        click.echo(f"{output}: {what} of {file}")
        return 0
    if not fit_screen(figure):
        click.echo(f"note: {file} has many panels: -o picture.png draws them large", err=True)
    show(figure, window)
    return 0


def _words(shown: Microstructure | Characterization) -> str:
    from mcr_core.cli.execute import numbers
    from mcr_core.microstructure import Microstructure

    if isinstance(shown, Microstructure):
        kind = "image" if shown.ndim == 2 else "three planes"
        extent = " x ".join(map(str, shown.shape))
        return f"{kind} ({extent}, fractions {numbers(shown.phase_fractions)})"
    return ", ".join(descriptor.name for descriptor in shown.descriptors)
