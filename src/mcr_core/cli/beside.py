"""What is written beside a result: its scorecard; and what several results have in common."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mcr_core.errors import InputError
from mcr_core.images.suffixes import with_stem_end

if TYPE_CHECKING:
    from mcr_core.job import Job
    from mcr_core.reconstruction import RunResult

#: Pairs of realizations that are compared at most: of more, each with the next.
_MOST_PAIRS = 100


def scorecard_files(output: Path) -> list[Path]:
    """Return where the scorecard of a result is written."""
    return [with_stem_end(output, "_score", suffix) for suffix in (".html", ".json")]


def write_beside(file: Path, job: Job, result: RunResult, *, overwrite: bool) -> None:
    """Write the scorecard of a result, as a page and as JSON, and say in a line what it finds.

    A note says so where source or result are too small to be judged.
    """
    from mcr_core.job import Inline, Planes
    from mcr_core.scorecard.files import write_scorecard
    from mcr_core.verbs.score import score

    target: dict[str, Any] = {"target": result.target}
    named = "target"
    if isinstance(job.source, Planes):
        target, named = dict(job.source.load()), "the slices"
    elif isinstance(job.source, Inline) and not job.pool:
        target, named = {"target": job.source.load()}, job.source.name
    click.echo(f"judging {file.name} by its target, for the scorecard", err=True)
    try:
        card = score(result.microstructure, **target, names=(file.name, named, ""))
    except InputError as error:  # the result is written and good all the same
        click.echo(f"note: no scorecard of {file.name}: {error}", err=True)
        return
    written = [
        str(write_scorecard(each, card, overwrite=overwrite)) for each in scorecard_files(file)
    ]
    click.echo(f"{', '.join(written)}: {card.summary()}")


def say_overlap(files: Sequence[Path]) -> None:
    """Say whether realizations are different structures, from their voxels."""
    from mcr_core.scorecard.overlap import overlap

    count = len(files)
    if count * (count - 1) // 2 <= _MOST_PAIRS:
        found = overlap(files)
    else:
        found = tuple(overlap(pair)[0] for pair in itertools.pairwise(files))
    equal = [each.equal for each in found]
    most = max(found, key=lambda each: each.excess)
    alike = " - two of them are alike" if most.excess > 0.5 else ""
    click.echo(
        f"{count} realizations: pairs have {min(equal):.1%} to {max(equal):.1%} of their voxels "
        f"equal, by chance {most.by_chance:.1%}; shifted over each other {most.largest:.1%} at "
        f"most{alike}"
    )
