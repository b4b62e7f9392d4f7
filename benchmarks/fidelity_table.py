"""From scorecards to the rows of the table of fidelity, and to its goals.

The null model is not the one of a scorecard, a single realization, whose luck is as large as that
of a result: a row's null distance is the median over all realizations that were judged. A row of a
result is a tie with it where both are within the limit of the row, or where they differ by less
than one natural scatter; else it is better or worse. The same holds against the peer. Errors of S₂
and S₃ from the whole slice are compared as they are, each phase and axis.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Card = Mapping[str, Any]
Key = tuple[str, str, str]

#: The part of the time of the peer, and of the held-out rows, that the goals name.
_PART_OF_TIME, _PART_OF_ROWS = 1 / 20, 3 / 4
#: Rows are significantly worse where so few of all coin throws would be as one-sided.
_LEVEL = 0.05
HEADER = (
    *("material", "edge", "method", "s", "cpu s", "S2 error", "in scatter", "S3 error"),
    *("in scatter", "prescribed", "within", "held out", "within"),
)


def key(row: Mapping[str, Any]) -> Key:
    """What a row is of."""
    return row["statistic"], row["phase"], row["where"]


def judged(card: Card, family: str) -> dict[Key, Mapping[str, Any]]:
    """The rows of a family that have something to be compared with."""
    rows = (row for row in card["rows"] if row["family"] == family)
    return {key(row): row for row in rows if row["distance"] is not None}


class Null:
    """What all realizations of the null model are like: medians.

    Attributes:
        distances: of the rows of scorecards.
        errors: of S₂ and S₃ from those of the whole slice.
    """

    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        found: dict[Key, list[float]] = {}
        errors: dict[str, list[float]] = {}
        for entry in entries:
            for row in entry["card"]["rows"]:
                if row["distance"] is not None:
                    found.setdefault(key(row), []).append(row["distance"])
            for name, value in entry["errors"].items():
                errors.setdefault(name, []).append(value)
        self.distances = {name: statistics.median(values) for name, values in found.items()}
        self.errors = {name: statistics.median(values) for name, values in errors.items()}


def against(row: Mapping[str, Any], other: float | None) -> str:
    """Compare a row with another distance: `better`, `tie` or `worse`."""
    from mcr_core.scorecard.verdict import against as verdict

    return verdict(row["distance"], other, row["limit"]) or "tie"


def counted(card: Card, family: str, others: Mapping[Key, float]) -> Counter[str]:
    """How many rows of a family are better than, tied with and worse than other distances."""
    rows = judged(card, family)
    return Counter(against(row, others[name]) for name, row in rows.items() if name in others)


def error(entry: Mapping[str, Any], statistic: str) -> tuple[float, float]:
    """Mean error from the whole slice, and mean distance of the rows of the scorecard."""
    errors = [value for name, value in entry["errors"].items() if name.startswith(statistic)]
    rows = judged(entry["card"], "prescribed").values()
    distances = [row["distance"] for row in rows if row["statistic"] == statistic]
    return statistics.fmean(errors), statistics.fmean(distances)


def table_row(entry: Mapping[str, Any], null: Null) -> tuple[Any, ...]:
    """The row of a result."""
    cells: list[Any] = [entry["material"], f"{entry['edge']}^3", entry["method"] + entry["cut"]]
    cells += [entry["wall"], entry["processor"], *error(entry, "S2"), *error(entry, "S3")]
    for family in ("prescribed", "held out"):
        count = counted(entry["card"], family, null.distances)
        cells.append(f"{count['better']}/{count['tie']}/{count['worse']}")
        rows = judged(entry["card"], family).values()
        within = sum(row["distance"] <= row["limit"] for row in rows)
        cells.append(f"{within} of {len(rows)}")
    return tuple(cells)


def failing(entry: Mapping[str, Any], null: Null) -> str:
    """Rows beyond the limit, and rows worse than the null model, statistic by statistic.

    A number is the mean distance of the rows, the one in brackets that of the null model; `<` says
    that a row of them is worse than the null model.
    """
    found: dict[str, list[tuple[float, float, bool]]] = {}
    for family in ("prescribed", "held out"):
        for name, row in judged(entry["card"], family).items():
            worse = against(row, null.distances.get(name)) == "worse"
            if row["distance"] > row["limit"] or worse:
                which = f"{row['statistic']} {row['phase'].removeprefix('phase ')}"
                other = null.distances.get(name, float("nan"))
                found.setdefault(which, []).append((row["distance"], other, worse))
    parts = []
    for which, rows in found.items():
        own, other = (statistics.fmean(row[n] for row in rows) for n in (0, 1))
        mark = " <" if any(row[2] for row in rows) else ""
        times = f" x{len(rows)}" if len(rows) > 1 else ""
        parts.append(f"{which}{times} {own:.1f} ({other:.1f}){mark}")
    return ", ".join(parts) or "none"


def goals(
    entries: Iterable[Mapping[str, Any]], nulls: Mapping[tuple[str, int], Null]
) -> list[dict[str, Any]]:
    """What is asked of every result of ours, met or missed; None where all rows are ties."""
    entries = list(entries)
    peers = {(e["material"], e["edge"]): e for e in entries if e["method"] == "peer"}
    found = []
    for entry in entries:
        if entry["method"] in ("null", "peer"):
            continue
        place = (entry["material"], entry["edge"])
        mine = {name: entry[name] for name in ("material", "edge", "method", "gaussian")}
        null = nulls[place]
        asked = _peer_goals(entry, peers[place]) if place in peers else []
        asked += _null_goals(entry, null) if null.errors else []
        found.extend(mine | goal for goal in asked)
    return found


def _peer_goals(entry: Mapping[str, Any], peer: Mapping[str, Any]) -> list[dict[str, Any]]:
    lower, higher, words = nearer(entry["errors"], peer["errors"])
    theirs = {name: row["distance"] for name, row in judged(peer["card"], "prescribed").items()}
    count = counted(entry["card"], "prescribed", theirs)
    words += f"; in scatter {count['better']} better, {count['tie']} ties, {count['worse']} worse"
    ratio = peer["processor"] / entry["processor"]
    return [
        {
            "goal": "S2 and S3 nearer to the slice than the peer's",
            "met": bool(lower) and not higher and not count["worse"],
            "figures": words,
        },
        {
            "goal": "in at most the peer's time divided by 20 (processor)",
            "met": ratio >= 1 / _PART_OF_TIME,
            "figures": f"{ratio:.0f} times faster",
        },
    ]


def nearer(errors: Mapping[str, float], others: Mapping[str, float]) -> tuple[int, int, str]:
    """How many errors are lower and higher than others, and this in words."""
    lower = [name for name, value in errors.items() if value < others[name]]
    higher = [name for name, value in errors.items() if value > others[name]]
    ratio = statistics.geometric_mean([value / others[name] for name, value in errors.items()])
    words = f"{len(lower)} of {len(errors)} lower, on average {ratio:.2g} times theirs"
    return len(lower), len(higher), words


def _null_goals(entry: Mapping[str, Any], null: Null) -> list[dict[str, Any]]:
    prescribed = judged(entry["card"], "prescribed")
    beyond = [
        f"{name[0]} {name[2]} {row['distance']:.1f} ({null.distances[name]:.1f})"
        for name, row in prescribed.items()
        if row["distance"] > null.distances[name] + 1
    ]
    lower, higher, near = nearer(entry["errors"], null.errors)
    count = counted(entry["card"], "held out", null.distances)
    better, ties, worse = (count[word] for word in ("better", "tie", "worse"))
    words = f"{better} better, {ties} ties, {worse} worse"
    if entry["gaussian"]:
        held_out = {
            "goal": "held-out rows not significantly worse than the null model's",
            "met": not significantly_worse(better, worse),
            "figures": words,
        }
    else:
        decided = better + worse
        held_out = {
            "goal": "three quarters of the held-out rows that are no ties better than the null's",
            "met": better >= _PART_OF_ROWS * decided if decided else None,
            "figures": words,
        }
    return [
        {
            "goal": "prescribed rows no worse than the null model's within one scatter",
            "met": not beyond,
            "figures": f"{len(prescribed) - len(beyond)} of {len(prescribed)}"
            + (f": not {', '.join(beyond)}" if beyond else ""),
        },
        {
            "goal": "S2 and S3 nearer to the slice than the null model's",
            "met": bool(lower) and not higher,
            "figures": near,
        },
        held_out | {"better": better, "tie": ties, "worse": worse},
    ]


def significantly_worse(better: int, worse: int) -> bool:
    """Sign test, one-sided, of the rows that are no ties.

    Rows are not independent, so that this speaks of significance too early rather than too late.
    """
    from scipy.stats import binomtest

    if better + worse == 0:
        return False
    found = binomtest(worse, better + worse, alternative="greater")
    return bool(found.pvalue < _LEVEL)


def summary(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every goal in a line for each method and edge: how often it is met, and where not."""
    lines = []
    places = dict.fromkeys((one["goal"], one["method"], one["edge"]) for one in found)
    for place in sorted(places):
        ones = [one for one in found if (one["goal"], one["method"], one["edge"]) == place]
        judged_ones = [one for one in ones if one["met"] is not None]
        missed = [one for one in judged_ones if not one["met"]]
        goal, method, edge = place
        verdict = "MISSED: met" if missed else "MET" if judged_ones else "UNDECIDED: met"
        words = f"{verdict}, by {len(judged_ones) - len(missed)} of {len(ones)} materials"
        if len(judged_ones) < len(ones):
            words += f", {len(ones) - len(judged_ones)} all ties"
        if "better" in ones[0]:
            better, ties, worse = (sum(one[k] for one in ones) for k in ("better", "tie", "worse"))
            words += f"; rows: {better} better, {ties} ties, {worse} worse"
            if better + worse:
                words += f": {better / (better + worse):.0%} of those that are no ties"
        if missed:
            where = "; ".join(f"{one['material']} ({one['figures']})" for one in missed)
            words += f". Not: {where}"
        lines.append(f"{goal}; {method}, {edge}^3: {words}")
    return lines
