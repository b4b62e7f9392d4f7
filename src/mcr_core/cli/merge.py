"""mcr merge."""

from __future__ import annotations

import click

from mcr_core.cli.options import overwrite_option


@click.command()
@click.option("--xy", metavar="FILE|as:PLANE", help="Of images with rows Y and columns X.")
@click.option("--xz", metavar="FILE|as:PLANE", help="Of images with rows Z and columns X.")
@click.option("--yz", metavar="FILE|as:PLANE", help="Of images with rows Z and columns Y.")
@click.option("-o", "--output", required=True, metavar="FILE", help="Where to write: .h5.")
@click.option(
    "--force", is_flag=True, help="Merge planes that disagree about an axis all the same."
)
@overwrite_option
def command(
    xy: str | None,
    xz: str | None,
    yz: str | None,
    output: str,
    force: bool,
    overwrite: bool,
) -> int:
    """Merge characterizations (.h5) of two or three orthogonal planes into one of a volume.

    Of two, the third is stated: `mcr merge --xy a.h5 --xz b.h5 --yz as:xz -o volume.h5`.
    """
    from mcr_core.characterization_file import (
        SUFFIXES,
        write_characterization,
    )
    from mcr_core.cli.execute import numbers
    from mcr_core.cli.source import check_not_source
    from mcr_core.images import check_writable
    from mcr_core.verbs.merge import merge, plane_sources

    given = {"xy": xy, "xz": xz, "yz": yz}
    files = {name: text for name, text in given.items() if text and not text.startswith("as:")}
    check_not_source(output, *files.values())
    check_writable(output, overwrite, SUFFIXES)
    target = merge(xy=xy, xz=xz, yz=yz, force=force)
    sources = plane_sources(given)
    file = write_characterization(output, target, overwrite=overwrite)
    origin = ", ".join(f"{name} of {files[source]}" for name, source in sources.items())
    names = ", ".join(descriptor.name for descriptor in target.descriptors)
    click.echo(f"{file}: {names}; {origin}; fractions {numbers(target.phase_fractions)}")
    return 0
