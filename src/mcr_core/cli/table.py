"""Tables in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import click


class Table(Protocol):
    """What is shown as a table: a comparison, or a scorecard."""

    def cells(self) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
        """Return heads and rows, as texts."""
        ...

    def table(self) -> str:
        """Return the rows as lines of aligned columns."""
        ...


def show_table(shown: Table) -> None:
    """Print a table: drawn in a terminal, as plain columns elsewhere."""
    from rich import table as drawn
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    if not console.is_terminal:
        click.echo(shown.table())
        return
    head, rows = shown.cells()
    table = drawn.Table(*head)
    for row in rows:
        table.add_row(*map(escape, row))
    console.print(table)
