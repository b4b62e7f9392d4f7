"""Tooltips that are no wider than a reader likes."""

from __future__ import annotations

import textwrap

_WIDTH = 72


def wrapped(*paragraphs: str) -> str:
    """Return the text of a tooltip; Qt breaks no line of plain text by itself.

    Args:
        paragraphs: those that are empty are left out.
    """
    return "\n\n".join(textwrap.fill(text, _WIDTH) for text in paragraphs if text)
