"""mcr plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mcr_core.cli.options import (
    NumbersCommand,
    descriptor_option,
    image_options,
    limit_to_option,
    run_options,
)
from mcr_core.cli.preset_option import preset_option

if TYPE_CHECKING:
    from mcr_core.verbs.plan import ReconstructionPlan

#: How the parts of the memory are told.
_PARTS = {
    "process": "Python and libraries",
    "statistics": "values of descriptors",
    "start": "making the start",
    "fields": "fields and gradient",
    "optimizer": "optimizer",
    "features": "features of planes",
    "result": "preview or result",
    "swaps": "swaps",
}


@click.command(cls=NumbersCommand)
@click.argument("source")
@descriptor_option("A descriptor, with options and weights; repeatable.")
@preset_option()
@limit_to_option
@click.option("--pool", is_flag=True, help="Take the mean over the directions of a volume.")
@run_options
@image_options
def command(source: str, realizations: int | None, **given: Any) -> int:
    """Show what a run from SOURCE would take, memory above all; nothing is computed.

    SOURCE is an image, as for `mcr match`, or a characterization (.h5), as for `mcr reconstruct`;
    the options are theirs. The exit code is 2 if the memory does not suffice.
    """
    from mcr_core.cli import requests
    from mcr_core.job import CharacterizationFile, ImageFile
    from mcr_core.verbs.plan import plan

    options = requests.reconstruction(given)
    initial = options.pop("initial")
    opened: Any
    own: dict[str, Any] = {name: given[name] for name in ("pool", "preset", "limit_to")}
    own["descriptors"] = requests.given_terms(given)
    if source.lower().endswith((".h5", ".hdf5")):
        opened = CharacterizationFile(path=source).load()
    else:
        opened = requests.image_file(source, given).load()
    if initial is not None:
        options["initial"] = ImageFile(path=initial["path"]).load()
    found = plan(opened, **own, **options)
    _show(found)
    return 0 if found.fits else 2


def _show(found: ReconstructionPlan) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from mcr_core.memory import size_text

    memory = found.memory
    console = Console(highlight=False)
    table = Table(box=box.SIMPLE_HEAD, show_header=False)
    extent = " x ".join(map(str, found.shape))
    table.add_row("result", f"{extent} voxels, {found.phases} phases")
    table.add_row("variables", f"{found.variables:,}".replace(",", " "))
    planes = ", ".join(f"{count} {name}" for name, count in found.planes.items())
    table.add_row("planes per evaluation", planes)
    for term in found.terms:
        counts = set(term.levels.values())
        levels = str(counts.pop()) if len(counts) == 1 else _by_plane(term.levels)
        table.add_row(term.descriptor, f"levels: {levels}; by {term.computed}")
    table.add_row("device", found.device)
    table.add_row("TensorFlow", "loaded" if memory.tensorflow else "not needed")
    if memory.chunk:
        table.add_row("planes per compiled call", str(memory.chunk))
    table.add_section()
    for name, size in memory.parts().items():
        if size:
            table.add_row(_PARTS[name], size_text(size))
    table.add_section()
    limit = "unknown" if found.limit is None else size_text(found.limit)
    verdict = "fits" if found.fits else "does not fit"
    table.add_row("memory at a time", f"{size_text(memory.total)} ({verdict}: limit {limit})")
    console.print(table)


def _by_plane(levels: Any) -> str:
    return ", ".join(f"{count} ({name})" for name, count in levels.items())
