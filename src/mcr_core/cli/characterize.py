"""mcr characterize."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mcr_core.cli.options import (
    Numbers,
    NumbersCommand,
    descriptor_options,
    image_options,
    options,
    overwrite_option,
)
from mcr_core.errors import InputError

if TYPE_CHECKING:
    from mcr_core.characterization import Characterization
    from mcr_core.descriptors import Descriptor

array_options = options(
    click.option(
        "--from-arrays",
        metavar="FILE",
        help="Instead of an image: a map of S2 (.npy), or named statistics (.npz).",
    ),
    click.option(
        "--phase-fractions",
        type=Numbers(float),
        metavar="V...",
        help="Of --from-arrays: the share of each phase. Default: from S2.",
    ),
    click.option(
        "--lag-zero",
        type=click.Choice(["centre", "corner"]),
        help="Of --from-arrays: where the lag 0 is in the map. Default: centre.",
    ),
    click.option(
        "--phase-values",
        type=Numbers(float),
        metavar="VALUE...",
        help="Of --from-arrays: the value of each phase in images. Default: 0 1 ...",
    ),
    click.option(
        "--phase-names", metavar="NAME,...", help="Of --from-arrays: the name of each phase."
    ),
)
_OF_ARRAYS = ("phase_fractions", "lag_zero", "phase_values", "phase_names")
_OF_IMAGES = ("threshold", "mask", "ignore", "plane", "channel", "frame", "stack")


@click.command(cls=NumbersCommand)
@click.argument("image", nargs=-1, metavar="IMAGE...")
@click.option("-o", "--output", required=True, metavar="FILE", help="Where to write: .h5.")
@descriptor_options
@click.option(
    "--stack",
    type=click.Choice(["images"]),
    help="Take the pages of IMAGE, or several of them, as 2D images of one material.",
)
@click.option("--pool", is_flag=True, help="Take the mean over the directions of a volume.")
@array_options
@image_options
@overwrite_option
def command(image: tuple[str, ...], output: str, overwrite: bool, **given: Any) -> int:
    """Compute the statistics of IMAGE, a segmented .tif, .png or .npy, 2D or 3D."""
    from mcr_core.characterization_file import SUFFIXES, write_characterization
    from mcr_core.cli.execute import numbers
    from mcr_core.cli.source import check_not_source
    from mcr_core.images import check_writable

    arrays = given["from_arrays"]
    if bool(image) == (arrays is not None):
        raise InputError("give an IMAGE or --from-arrays FILE, one of them")
    check_not_source(output, *image, arrays, given["mask"])
    if arrays is None:
        target = _of_images(image, output, overwrite, given)
    else:
        check_writable(output, overwrite, SUFFIXES)
        target = _of_arrays(arrays, given)
    file = write_characterization(output, target, overwrite=overwrite)
    names = ", ".join(descriptor.name for descriptor in target.descriptors)
    extent = " x ".join(map(str, target.source_shape))
    many = f"{target.images} images of " if target.images > 1 else ""
    line = f"{file}: {names} of {many}{extent} pixels, fractions {numbers(target.phase_fractions)}"
    errors = next(iter(target.planes.values())).errors
    if errors is not None:
        line += f", standard error {numbers(errors.phase_fractions)}"
    click.echo(line)
    return 0


def _of_images(
    images: tuple[str, ...], output: str, overwrite: bool, given: dict[str, Any]
) -> Characterization:
    from mcr_core.characterization_file import SUFFIXES
    from mcr_core.cli import requests
    from mcr_core.images import check_writable
    from mcr_core.verbs.characterize import characterize, check_images, check_source

    _refuse(given, _OF_ARRAYS, "is an option of --from-arrays")
    terms = requests.terms(given)
    wanted = [term.descriptor for term in terms]
    check_writable(output, overwrite, SUFFIXES)
    if len(images) > 1 and given["stack"] is None:
        raise InputError(
            f"got {len(images)} images: use --stack images if they are of one material"
        )
    if given["stack"] is not None:
        if given["pool"]:
            raise InputError("--pool is for one volume, --stack images gives the mean anyway")
        stack = requests.image_stack(images, given)
        check_images(stack, wanted)
        _load(wanted)
        return characterize(stack, terms)
    microstructure = requests.image_file(images[0], given).load()
    check_source(microstructure, wanted, pool=given["pool"])
    _load(wanted)
    return characterize(microstructure, terms, pool=given["pool"])


def _load(wanted: list[Descriptor]) -> None:
    """Load TensorFlow, if a descriptor needs it: descriptors in plain NumPy answer at once."""
    from mcr_core.cli.native_log import load_tensorflow_quietly

    if any(descriptor.differentiable for descriptor in wanted):
        load_tensorflow_quietly()


def _of_arrays(path: str, given: dict[str, Any]) -> Characterization:
    from mcr_core.cli import requests
    from mcr_core.cli.native_log import load_tensorflow_quietly
    from mcr_core.given_arrays.reading import read_arrays
    from mcr_core.verbs.from_arrays import characterization_from_arrays

    _refuse(given, _OF_IMAGES, "is an option of images")
    if given["pool"]:
        raise InputError("--pool is for a volume")
    arrays = read_arrays(path)
    terms = requests.terms(given) if given["descriptors"] else None
    if terms is None and given["limit_to"] is not None:
        raise InputError("--limit-to: name the descriptor that it is for, -d two_point")
    named = {name: given[name] for name in _OF_ARRAYS if given[name] is not None}
    if "phase_names" in named:
        named["phase_names"] = tuple(named["phase_names"].split(","))
    if "phase_values" in named:
        values = named["phase_values"]
        named["phase_values"] = tuple(int(v) if v.is_integer() else v for v in values)
    scale = requests.scale(given)
    load_tensorflow_quietly()
    return characterization_from_arrays(
        **{**arrays, **named}, descriptors=terms, periodic=bool(given["periodic"]), **scale
    )


def _refuse(given: dict[str, Any], names: tuple[str, ...], reason: str) -> None:
    for name in names:
        if given[name] is not None:
            raise InputError(f"--{name.replace('_', '-')} {reason}")
