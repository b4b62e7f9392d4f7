"""The options of images of orthogonal planes."""

from __future__ import annotations

import click

from mcr_core.cli.options import options

plane_options = options(
    click.option("--xy", metavar="IMAGE|as:PLANE", help="Instead of IMAGE: rows Y, columns X."),
    click.option("--xz", metavar="IMAGE|as:PLANE", help="Instead of IMAGE: rows Z, columns X."),
    click.option(
        "--yz",
        metavar="IMAGE|as:PLANE",
        help="Instead of IMAGE: rows Z, columns Y. Of two planes, the third is stated: as:xz.",
    ),
    click.option("--force", is_flag=True, help="Match planes that disagree about an axis."),
)
