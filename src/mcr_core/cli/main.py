"""Entry point of the command line: the group of commands, and how errors end it."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, NoReturn

import click

from mcr_core.cli.native_log import quiet_tensorflow
from mcr_core.errors import McrError

_COMMANDS = {
    "characterize": "Statistics of an image → a characterization (.h5).",
    "check": "Look at an image before a run: is it segmented, large enough, isotropic?",
    "compare": "Differences of two images or characterizations (.h5).",
    "devices": "List the cores, BLAS and GPUs that runs compute with.",
    "export": "Image → .vti (ParaView, DAMASK), .tif, .ome.zarr or .npy.",
    "from-arrays": "Statistics as numbers (.npy, .npz) → a characterization (.h5).",
    "interpolate": "Characterizations (.h5) between two or more others.",
    "match": "Image → a microstructure with the same statistics, 2D or 3D.",
    "merge": "Characterizations (.h5) of orthogonal planes → one of a volume.",
    "plan": "What a run would take, memory above all, before it is started.",
    "plugins": "List descriptors, losses, optimizers and starts with their options.",
    "preview": "What a run starts from, in a second: fractions and S2 of the target.",
    "reconstruct": "Characterization (.h5) → a microstructure, 2D or 3D.",
    "run": "Run a job file, or repeat the job that a result carries.",
    "score": "Judge a result by its target, a true sample and a null model.",
    "smooth": "Round off the phase boundaries of an image, its fractions kept.",
    "view": "Picture of an image, a characterization (.h5) or a run.",
}


def _module(name: str) -> str:
    return f"mcr_core.cli.{name.replace('-', '_')}"


class _LazyGroup(click.Group):
    """Commands whose modules are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_module(cmd_name)).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS and not args[0].startswith("-"):
            from mcr_core.plugin import nearest

            ctx.fail(f"unknown command {args[0]!r}: {nearest(args[0], _COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.command(
    cls=_LazyGroup,
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="napari-mcr", prog_name="mcr")
@click.pass_context
def cli(ctx: click.Context) -> int | None:
    """Microstructure characterization and reconstruction.

    From one segmented image to a 3D volume: `mcr match slice.tif -o volume.tif --add-dimension 64`
    """
    if ctx.invoked_subcommand is not None:
        return None
    click.echo(ctx.get_help(), err=True)
    return 2


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 done, 2 bad input, 3 the run failed, 130 interrupted."""
    # Pydantic looks for plugins of its own in the metadata of every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        with quiet_tensorflow():
            code: Any = cli.main(args, prog_name="mcr", standalone_mode=False)
    except click.exceptions.Exit as done:
        code = done.exit_code
    except click.ClickException as error:
        code = _failed(error.format_message(), 2)
    except McrError as error:
        code = _failed(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("mcr: interrupted, nothing is written", err=True)
        code = 130
    except ModuleNotFoundError as error:
        code = _failed(f"the package {error.name} is not installed: pip install {error.name}", 3)
    except MemoryError:
        code = _failed("out of memory: choose a smaller shape or limit_to", 3)
    except BrokenPipeError:
        # The reader of our output has gone (`mcr plugins | head`): nothing to report.
        sys.stderr.close()
        code = 0
    except Exception as error:  # noqa: BLE001 - a plugin's or our own mistake, or TensorFlow's
        code = _failed(_unexpected(error), 3)
    sys.exit(code if isinstance(code, int) else 0)


def _failed(message: str, code: int) -> int:
    """Print a message as one line."""
    click.echo(f"mcr: error: {' '.join(message.split())}", err=True)
    return code


def _unexpected(error: Exception) -> str:
    """Say what happened, and keep the traceback for the one who repairs it."""
    import tempfile
    import traceback

    name = type(error).__name__
    if name == "ResourceExhaustedError":  # TensorFlow's; not imported to be recognized
        return "out of memory: choose a smaller shape or limit_to, or --device cpu"
    reason = f"{name}: {str(error)[:300]}"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="mcr-traceback-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            traceback.print_exception(error, file=file)
    except OSError:
        return f"the run failed, and not by your input: {reason}: please report it"
    return f"the run failed, and not by your input: {reason}: please report it with {file.name}"
