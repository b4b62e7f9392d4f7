"""mcr export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mcr_core.cli.options import NumbersCommand, image_options, overwrite_option

if TYPE_CHECKING:
    from mcr_core.microstructure import Microstructure


@click.command(cls=NumbersCommand)
@click.argument("image")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="Where to write: .vti (ParaView, DAMASK), .tif (label TIFF), .ome.zarr or .npy.",
)
@image_options
@overwrite_option
def command(image: str, output: str, overwrite: bool, **given: Any) -> int:
    """Write IMAGE, a segmented .tif, .png, .npy or .ome.zarr, for other programs.

    Or the result that the recording (.h5) of a run holds; its last state, if it has not ended.

    A .vti holds the phase indices 0, 1, ... as `material` and its lengths in metres, as ParaView
    and DAMASK read them.
    """
    from pathlib import Path

    from mcr_core.cli import requests
    from mcr_core.cli.execute import numbers
    from mcr_core.cli.source import check_not_source
    from mcr_core.errors import InputError
    from mcr_core.images import check_writable, read_job, vti
    from mcr_core.recording import is_recording
    from mcr_core.verbs.export import SUFFIXES, export

    check_not_source(output, image, given["mask"])
    check_writable(output, overwrite, SUFFIXES)
    # What is read in another way than it was written is no longer what the job made.
    as_it_is = all(value is None for value in given.values())
    if is_recording(image):
        if not as_it_is:
            raise InputError("the options of images do not go with a recording: leave them out")
        microstructure, job = _recorded(image)
    else:
        microstructure = requests.image_file(image, given).load()
        job = read_job(image) if as_it_is else None
    file = export(microstructure, output, job=job, overwrite=overwrite)
    line = (
        f"{file}: {' x '.join(map(str, microstructure.shape))}, "
        f"fractions {numbers(microstructure.phase_fractions)}"
    )
    if Path(output).suffix.lower() in vti.SUFFIXES:
        line += f", {_lengths(microstructure)}"
    click.echo(line)
    return 0


def _recorded(file: str) -> tuple[Microstructure, dict[str, Any] | None]:
    from mcr_core.cli.realizations import BEGUN_AS, origin_of
    from mcr_core.recording import read_recording

    found = read_recording(file)
    job = found.carried()
    if job is not None:
        job["result"][BEGUN_AS] = origin_of(found)
    return found.microstructure, job


def _lengths(microstructure: Microstructure) -> str:
    from mcr_core.images.vti import spacing_xyz

    edges = " x ".join(f"{edge:g}" for edge in spacing_xyz(microstructure))
    if microstructure.unit == "pixel":
        return f"voxel {edges} without a unit (DAMASK reads metres: give --voxel-size and --unit)"
    return f"voxel {edges} m (X Y Z)"
