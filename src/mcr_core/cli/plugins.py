"""mcr plugins."""

from __future__ import annotations

from typing import Any

import click


@click.command()
@click.argument("names", nargs=-1)
def command(names: tuple[str, ...]) -> int:
    """List descriptors, losses, optimizers and starts (or only NAMES) with their options."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    from mcr_core import descriptors, losses, optimizers, starts
    from mcr_core.errors import OptionError
    from mcr_core.plugin import nearest

    packages: list[Any] = [descriptors, losses, optimizers, starts]
    registries = [package.registry for package in packages]
    known = [name for registry in registries for name in registry.names()]
    for name in names:
        if name not in known:
            raise OptionError(f"unknown plugin {name!r}: {nearest(name, known)}")
    console = Console(highlight=False, soft_wrap=False)
    for registry in registries:
        broken = registry.broken()
        shown = [name for name in registry.names() if not names or name in names]
        if not shown:
            continue
        console.print(f"\n[bold]{registry.plural}[/bold]")
        for name in shown:
            if name in broken:
                line = Text(f"{name}: {broken[name]}", style="red")
                console.print(Padding(line, (0, 0, 0, 2)))
            else:
                _describe(console, registry.get(name))
    return 0


def _describe(console: Any, plugin: Any) -> None:
    from rich.padding import Padding
    from rich.text import Text

    head = Text.assemble((plugin.name, "bold cyan"), f"  {plugin.summary()}")
    console.print(Padding(head, (0, 0, 0, 2)))
    for option, field in plugin.model_fields.items():
        limits = _limits(field)
        line = f"{option} = {field.default}{limits}  {field.description or ''}"
        console.print(Padding(Text(line), (0, 0, 0, 6)))
    if getattr(plugin, "differentiable", True) is False:
        note = "Not differentiable: for characterizations, and for optimizers without gradients."
        console.print(Padding(Text(note), (0, 0, 0, 6)))
    console.print(Padding(Text(plugin.reference, style="dim"), (0, 0, 0, 6)))


def _limits(field: Any) -> str:
    """Bounds or choices of an option, in words."""
    from typing import get_args

    words = []
    for bound in field.metadata:
        for key, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<")):
            if hasattr(bound, key):
                words.append(f"{sign} {getattr(bound, key)}")
    choices = [str(choice) for choice in get_args(field.annotation) if isinstance(choice, str)]
    words += [" | ".join(choices)] if choices else []
    return f" ({', '.join(words)})" if words else ""
