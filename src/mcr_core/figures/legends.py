"""Legends that say once what many panels share.

A descriptor labels what it draws `<label>` or `<label>, <detail>`: the label is the phase, or the
side of a comparison, the detail for example a direction. Labels are known by their colour in the
whole figure; details by their line style, in the whole figure where they mean the same in all
panels, else in their panel.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mcr_core.planes import PLANES, plane_axes

_GREY = "0.25"
_FONT = 7
#: More entries hide what is drawn.
_MOST_ENTRIES = 12


@dataclass(frozen=True)
class Drawing:
    """A panel that a descriptor has drawn into.

    Attributes:
        axes: of matplotlib.
        labels: what it was drawn with.
        plane: what the planes are called: the axes in details are renamed.
        known: whether the colours stand for the labels, as the figure's legend says.
    """

    axes: Any
    labels: Sequence[str]
    plane: str
    known: bool


def shared_legend(drawings: Sequence[Drawing]) -> list[Any]:
    """Give panels their own legends; return the handles of the details that several share."""
    entries = [_details(drawing) for drawing in drawings]
    styles: dict[str, list[Any]] = defaultdict(list)
    for rows in entries:
        for text, handle, by_style in rows:
            styles[text].append(_style(handle) if by_style else object())
    common = {text for text, found in styles.items() if len(found) > 1 == len(set(found))}
    shared: dict[str, Any] = {}
    for drawing, rows in zip(drawings, entries, strict=True):
        # Along which axis a style is depends on the planes.
        alike = drawing.plane not in PLANES
        if alike and all(by_style and text in common for text, _, by_style in rows):
            shared.update({text: _neutral(handle, text) for text, handle, _ in rows})
        elif rows and len(rows) <= _MOST_ENTRIES:
            handles = [_neutral(h, text) if by_style else h for text, h, by_style in rows]
            texts = [text for text, _, _ in rows]
            drawing.axes.legend(handles, texts, fontsize=_FONT, framealpha=0.7, handlelength=2.2)
    return list(shared.values())


def own_legend(drawing: Drawing) -> tuple[list[Any], list[str]]:
    """Return handles and texts of the details of the only panel of a figure."""
    from matplotlib import rcParams

    rows = _details(drawing)
    if len(rows) > _MOST_ENTRIES:
        return [], []
    color = rcParams["text.color"]
    handles = [_neutral(h, text, color) if by_style else h for text, h, by_style in rows]
    return handles, [text for text, _, _ in rows]


def _details(drawing: Drawing) -> list[tuple[str, Any, bool]]:
    """What the legend of a panel has to explain: text, artist, whether the style alone tells it."""
    labels = drawing.labels
    entries = list(zip(*drawing.axes.get_legend_handles_labels(), strict=True))
    found: dict[str, list[tuple[str, Any]]] = {label: [] for label in labels}
    for handle, text in entries:
        label = next((one for one in labels if text == one or text.startswith(f"{one}, ")), None)
        if label is None:  # not labelled as agreed: shown as it is
            return [(text, handle, False) for handle, text in entries]
        found[label].append((_renamed(text[len(label) + 2 :], drawing.plane), handle))
    details = [[detail for detail, _ in rows] for rows in found.values()]
    same = all(detail == details[0] for detail in details)
    of_one_colour = all(len({_color(h) for _, h in rows}) <= 1 for rows in found.values())
    if same:  # the labels are told apart by the figure's legend, the details by style or colour
        by_style = drawing.known and of_one_colour
        return [(detail, handle, by_style) for detail, handle in found[labels[-1]] if detail]
    return [
        (f"{label}, {detail}", handle, False)
        for label, rows in found.items()
        for detail, handle in rows
        if detail
    ]


def _renamed(detail: str, plane: str) -> str:
    """Name the axes of a plane that descriptors know as Y (rows) and X (columns)."""
    if plane not in PLANES:
        return detail
    row, column = ("ZYX"[axis] for axis in plane_axes(3, plane))
    names = {"Y": row, "X": column}
    return re.sub(r"\balong ([XY])\b", lambda match: f"along {names[match[1]]}", detail)


def _style(handle: Any) -> Any:
    return handle.get_linestyle() if hasattr(handle, "get_linestyle") else None


def _color(handle: Any) -> Any:
    return str(handle.get_color()) if hasattr(handle, "get_color") else None


def _neutral(handle: Any, text: str, color: Any = _GREY) -> Any:
    from matplotlib.lines import Line2D

    if not hasattr(handle, "get_linestyle"):
        return handle
    return Line2D([], [], color=color, linestyle=handle.get_linestyle(), label=text)
