"""Colours of text and errors that can be read on the theme of the viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari.utils.theme import get_theme

if TYPE_CHECKING:
    from napari.components import ViewerModel

#: napari's own red for errors is for badges: as text it is too dark, or too bright.
_ON_DARK, _ON_LIGHT = "#ff6b6b", "#b00020"


def text_color(viewer: ViewerModel) -> str:
    """Return the colour of text, as #rrggbb."""
    return str(get_theme(viewer.theme).text.as_hex(format="long"))


def error_color(viewer: ViewerModel) -> str:
    """Return the colour of errors, as #rrggbb."""
    red, green, blue, *_ = get_theme(viewer.theme).background.as_rgb_tuple()
    return _ON_DARK if red + green + blue < 384 else _ON_LIGHT
