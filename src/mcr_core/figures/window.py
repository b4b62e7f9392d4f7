"""A figure in a window, for the command line."""

from __future__ import annotations

from typing import Any

from mcr_core.errors import InputError


def check_display() -> str:
    """Return the name of matplotlib's backend that opens windows here.

    Loads pyplot, which looks for one; for a process that is ours.

    Raises:
        InputError: there is none.
    """
    try:
        import matplotlib

        name = str(matplotlib.get_backend())
        from matplotlib import pyplot

        pyplot.switch_backend(name)
    except (ImportError, RuntimeError, ValueError) as error:  # ValueError: no such backend
        reason = str(error).split("\n", 1)[0][:160]
        raise InputError(f"no window can be opened here ({reason}): {_ADVICE}") from None
    if _canvas(name).required_interactive_framework is None:
        raise InputError(f"no window can be opened here: {_ADVICE}")
    return name


def fit_screen(figure: Any) -> bool:
    """Make a large figure smaller; return whether its letters can still be read."""
    width, height = figure.get_size_inches()
    figure.set_dpi(min(figure.dpi, _SCREEN[0] / width, _SCREEN[1] / height))
    return bool(figure.dpi >= _READABLE)


def show(figure: Any, backend: str) -> None:
    """Show a figure in a window, until it is closed.

    Args:
        figure: of matplotlib.
        backend: what `check_display` has returned.
    """
    manager = _canvas(backend).new_manager(figure, 1)
    manager.show()
    type(manager).start_main_loop()


def _canvas(name: str) -> Any:
    from matplotlib.backends.registry import backend_registry

    registry: Any = backend_registry
    return registry.load_backend_module(name).FigureCanvas


#: Dots of a window that fits usual screens.
_SCREEN = (1500, 900)
_READABLE = 60

_ADVICE = "write a file with -o picture.png (.pdf, .svg)"
