"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|[-+]?(nan|inf)", re.IGNORECASE)
#: Options that take a varying number of numbers, which click itself does not offer.
_SEVERAL = ("--shape", "--voxel-size", "--weights", "--phase-fractions", "--phase-values")
#: As `mcr_core.settings.Symmetry`, which help does not load.
_SYMMETRIES = ("auto", "none", "cubic", "isotropic", *(f"transverse:{axis}" for axis in "zyx"))
#: What options of other programs are called here.
_MEANT = {
    "--iter": "--max-iter",
    "--iterations": "--max-iter",
    "--maxiter": "--max-iter",
    "--n-iter": "--max-iter",
    "--size": "--shape",
    "--thickness": "--add-dimension",
}


class NumbersCommand(click.Command):
    """A command that reads `--shape 64 64 64` as well as `--shape 64,64,64`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Join the numbers behind these options before click sees them."""
        joined: list[str] = []
        rest = list(args)
        while rest:
            word = rest.pop(0)
            joined.append(word)
            if word in _SEVERAL:
                numbers = []
                while rest and _NUMBER.fullmatch(rest[0]):
                    numbers.append(rest.pop(0))
                if numbers:
                    joined.append(",".join(numbers))
        try:
            return super().parse_args(ctx, joined)
        except click.NoSuchOption as error:
            meant = _MEANT.get(error.option_name)
            if meant is not None and any(meant in one.opts for one in self.params):
                message = f"{error.message} Did you mean {meant}?"
                raise click.UsageError(message, ctx) from None
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what is of the command itself first, then the groups that it shares."""
        shown = {one.name: one.get_help_record(ctx) for one in self.get_params(ctx)}
        sections = []
        for title, group in (
            ("Options of the run", run_options),
            ("Options of images", image_options),
        ):
            names = option_names(group)
            if shown.keys() >= names:
                sections.append((title, [shown.pop(n) for n in list(shown) if n in names]))
        for title, rows in (("Options", list(shown.values())), *sections):
            with formatter.section(title):
                formatter.write_dl([row for row in rows if row is not None])


class Numbers(click.ParamType):  # type: ignore[type-arg]
    """One or more numbers, separated by commas."""

    def __init__(self, kind: type[int] | type[float]) -> None:
        self.kind = kind
        self.name = "integers" if kind is int else "numbers"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """Return a tuple of numbers."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(self.kind(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"expected {self.name}, got {str(value).replace(',', ' ')!r}", param, ctx)


def options(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Apply several options in the order in which help lists them."""

    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


def option_names(group: Callable[[Any], Any]) -> set[str]:
    """Return the names of the options in a group."""
    return {str(one.name) for one in click.command()(group(lambda: None)).params}


scale_options = options(
    click.option(
        "--voxel-size",
        type=Numbers(float),
        metavar="SIZE...",
        help="Edge length of a voxel: one number, Y X or Z Y X. Overrides the file.",
    ),
    click.option("--unit", help="Unit of --voxel-size: pixel, nm, um, mm or m."),
)

image_options = options(
    scale_options,
    click.option(
        "--threshold",
        metavar="otsu|multiotsu:P|NUMBER[,...]",
        help="Make phases of a grey image: of two, phase 1 is above the threshold.",
    ),
    click.option(
        "--periodic/--open",
        "periodic",
        default=None,
        help="Whether opposite edges of the image continue each other. Default: open.",
    ),
    click.option("--mask", metavar="FILE", help="Image that is non-zero where pixels are valid."),
    click.option(
        "--ignore", type=float, metavar="VALUE", help="Value of pixels that are not valid."
    ),
    click.option("--plane", type=int, metavar="Z", help="Take one plane of a stack."),
    click.option("--channel", type=int, metavar="C", help="Take one channel."),
    click.option("--frame", type=int, metavar="T", help="Take one time point."),
)


def descriptor_option(text: str) -> Callable[[F], F]:
    """Return the option `-d`, with the help of a command."""
    return click.option(
        "-d",
        "--descriptor",
        "descriptors",
        multiple=True,
        metavar="NAME[:option=value,...]",
        help=f"{text} `mcr plugins` lists all.",
    )


limit_to_option = click.option(
    "--limit-to",
    type=int,
    metavar="L",
    help="Longest lag + 1 in pixels, for the descriptors that have this option.",
)

run_options = options(
    click.option(
        "--shape", type=Numbers(int), metavar="[Z] Y X", help="Extent of the result in voxels."
    ),
    click.option(
        "--add-dimension",
        type=int,
        metavar="N",
        help="Keep the extent of the 2D source and add N planes.",
    ),
    click.option(
        "--planes",
        metavar="all|FRACTION",
        help="Part of the planes that an evaluation takes, drawn at random; for optimizers such "
        "as adam. Default: all.",
    ),
    click.option(
        "--max-iter",
        type=int,
        metavar="N",
        help="Most iterations. Default: that of the preset, without one 300.",
    ),
    click.option(
        "--coarse-levels",
        type=int,
        metavar="K",
        help="Begin with K coarser volumes, each of half the extent of the next. Default: 0.",
    ),
    click.option(
        "--weighting",
        type=click.Choice(["given", "phases", "sampling"]),
        help="phases: a rare phase counts as the others do. sampling: divide residuals by the "
        "sampling errors of the target. Default: that of the preset, without one given.",
    ),
    click.option(
        "--stop",
        type=click.Choice(["flat", "noise_floor"]),
        help="noise_floor: end where the target is met within its sampling errors. Default: flat.",
    ),
    click.option("--seed", type=int, metavar="N", help="Start of the random numbers. Default: 0."),
    click.option(
        "--realizations",
        type=click.IntRange(min=1),
        metavar="N",
        help="Make N results from seeds seed ... seed+N-1, named volume_000.tif and so on; "
        "repeated, go on where it stopped.",
    ),
    click.option("--optimizer", metavar="NAME[:option=value,...]", help="Default: lbfgsb."),
    click.option("--loss", metavar="NAME[:option=value,...]", help="Default: mse."),
    click.option(
        "--start",
        metavar="NAME[:option=value,...]",
        help="What to start from. Default: gaussian_field.",
    ),
    click.option(
        "--initial",
        metavar="FILE",
        help="Start from this microstructure instead, resampled to the shape.",
    ),
    click.option(
        "--parametrization",
        type=click.Choice(["simplex", "box"]),
        help="What the optimizer moves. Default: simplex.",
    ),
    click.option(
        "--finish-sweeps",
        type=int,
        metavar="N",
        help="Try N swaps of neighbours a voxel after the last iteration. Default: 0.",
    ),
    click.option(
        "--finish-seconds",
        type=float,
        metavar="S",
        help="Most seconds that these swaps take. Default: no limit.",
    ),
    click.option(
        "--finish-smoothing",
        type=float,
        metavar="S",
        help="Smooth the phase boundaries after the last iteration, by S voxels. Default: 0.",
    ),
    click.option(
        "--symmetry",
        type=click.Choice(_SYMMETRIES),
        help="Symmetry that a volume is asked for. Default: auto, of one image cubic if it is not "
        "anisotropic, of several planes none.",
    ),
    click.option(
        "--realizable/--not-realizable",
        default=None,
        help="Whether to move S2 to what a volume can have. Default: yes.",
    ),
    click.option("--open-result", is_flag=True, help="Do not make the result periodic."),
    click.option("--dtype", type=click.Choice(["float32", "float64"]), help="Precision."),
    click.option(
        "--phase-sum-weight",
        type=float,
        metavar="W",
        help="Weight of the penalty that makes fields sum to 1 (3 phases and more). Default: 1.",
    ),
    click.option("--device", type=click.Choice(["auto", "cpu", "gpu"]), help="Where to compute."),
    click.option("--memory", metavar="SIZE", help="Most memory to use, for example 8GB."),
)

output_option = options(
    click.option(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help="Where to write: .tif (label TIFF), .ome.zarr or .npy.",
    ),
)

score_option = click.option(
    "--score",
    is_flag=True,
    help="Write a scorecard beside the result, NAME_score.html and .json; see `mcr score`.",
)

record_option = click.option(
    "--record",
    metavar="FILE",
    help="Write how far the run is to FILE (.h5) each minute: after a crash, `mcr run FILE` goes "
    "on.",
)

overwrite_option = click.option("--overwrite", is_flag=True, help="Replace existing files.")
