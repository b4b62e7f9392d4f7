"""A scorecard as one HTML page that needs no other file."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape

from mcr_core.scorecard.card import Scorecard
from mcr_core.scorecard.plots import curves, distances, sections
from mcr_core.scorecard.verdict import FAR_OFF, OFF, PREDICTION, WITHIN

_CLASSES = {WITHIN: "within", OFF: "off", FAR_OFF: "far", PREDICTION: "prediction"}
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em }
table { border-collapse: collapse; font-size: 13px }
th, td { padding: 2px 9px; text-align: left; border-bottom: 1px solid #ddd }
td.number { text-align: right; font-variant-numeric: tabular-nums }
.within { background: #e3f1e3 } .off { background: #fbeccd } .far { background: #f6d3cf }
.prediction { color: #666 }
img { max-width: 100% }
"""
#: Columns of the table that hold numbers.
_NUMBERS = range(4, 9)


def page(card: Scorecard) -> str:
    """Return the page: what was compared, the planes, the distances, the table and the curves."""
    title = f"Scorecard of {card.result_name}"
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            *_introduction(card),
            *_pictures(card),
            "<h2>All rows</h2>",
            *_table(card),
            "</body></html>",
            "",
        )
    )


def _introduction(card: Scorecard) -> Iterator[str]:
    truth = f", truth {card.truth_name}" if card.truth_name else ""
    fractions = " / ".join(f"{share:.4f}" for share in card.phase_fractions)
    yield (
        f"<p>{escape(card.result_name)}: {' x '.join(map(str, card.result_shape))}, fractions "
        f"{fractions}. Target {escape(card.target_name)}{escape(truth)}.</p>"
    )
    yield f"<p><b>{escape(card.summary())}.</b></p>"
    yield (
        "<p>A distance is the difference from the reference in units of the natural scatter: how "
        "far two samples of one material of these sizes are apart. About one true sample in "
        "twenty is off in a row. The null model is a truncated Gaussian field with the fractions "
        "and S₂ of the target.</p><ul>"
    )
    for sentence in (*card.windows, *card.notes):
        yield f"<li>{escape(sentence)}</li>"
    yield "</ul>"


def _pictures(card: Scorecard) -> Iterator[str]:
    if card.sections:
        yield _image(sections(card), "planes")
    if card.judged:
        yield "<h2>Distances</h2>"
        yield _image(distances(card), "distance of every row")
    drawn = curves(card)
    if drawn is not None:
        yield "<h2>Curves</h2>"
        yield _image(drawn, "curves")


def _table(card: Scorecard) -> Iterator[str]:
    heads, rows = card.cells()
    yield f"<table><tr>{''.join(f'<th>{escape(head)}</th>' for head in heads)}</tr>"
    for row, cells in zip(card.rows, rows, strict=True):
        columns = "".join(
            f'<td class="number">{escape(text)}</td>'
            if number in _NUMBERS
            else f"<td>{escape(text)}</td>"
            for number, text in enumerate(cells)
        )
        yield f'<tr class="{_CLASSES.get(row.verdict, "")}">{columns}</tr>'
    yield "</table>"


def _image(png: bytes, text: str) -> str:
    data = base64.b64encode(png).decode()
    return f'<img alt="{escape(text)}" src="data:image/png;base64,{data}">'
