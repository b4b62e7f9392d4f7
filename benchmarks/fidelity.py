"""How faithful results are: materials x methods x scorecard, in one table, with seconds.

Run: `python benchmarks/fidelity.py [--materials …] [--methods …] [--edge 32 64] [--json FILE]`

Every method gets one slice of 64 x 64 pixels (fidelity_materials.py) and makes a periodic cube.
`mcr.score` judges it: fractions, S₂ and S₃ by the slice; what was held out by a volume of the
material where there is one, else by the slice, plane by plane. S₂ and S₃ are compared with the
whole slice, too (fidelity_errors.py): these errors tell methods from each other. The null model, a
truncated Gaussian field, is judged alike, in several realizations.

The peer, mcrpy 0.2.0, runs at 32³ alone, cut at 100 evaluations (250 where peer.py has kept a
longer run); its grey result gets the slice's exact fractions first. So compare with it at 32³. It
pauses after `--peer-seconds`, and goes on the next time.

Volumes and scorecards are kept in `--cache` and not computed again; `--fresh METHOD …` does. The
seconds of methods count from the start of a process of their own; processor seconds mean
something while other work runs on the machine, wall seconds do not.

A method may be given in full, as JSON without spaces that the shell would split at:
`NAME={"terms": ["correlations:limit_to=8"], "settings": {"max_iter": 50}, "smooth": 0.8}`.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import fidelity_materials
import fidelity_methods
from fidelity_errors import prescribed_errors
from fidelity_materials import Labels, Material, as_sample, digest
from fidelity_methods import Method, available, parse_method
from fidelity_table import HEADER, Null, failing, goals, summary, table_row
from measurement import say_machine, show, write
from peer_environment import default_folder
from side import FOLDER

#: Edge of the peer's cubes.
PEER_EDGE = 32


def main() -> None:
    options = _options()
    about = say_machine()
    entries = list(_entries(options))
    nulls = {
        place: Null([e for e in entries if _place(e) == place and _null(e)])
        for place in {_place(entry) for entry in entries}
    }
    shown = [entry for entry in entries if not _null(entry) or entry["seed"] == 0]
    rows = []
    for entry in shown:
        null = nulls[_place(entry)]
        row = table_row(entry, null)
        if _null(entry):  # one realization against all says nothing
            row = (*row[:9], "-", row[10], "-", row[12])
        rows.append(row)
    show(HEADER, rows, "Results: better/ties/worse than the null model, and rows within scatter")
    print("\nRows beyond their limit, distance in scatter (null model's); <: worse than it")
    for entry in shown:
        place = f"{entry['material']}, {entry['edge']}^3, {entry['method']}"
        print(f"{place}: {failing(entry, nulls[_place(entry)])}")
    found = goals(entries, nulls)
    print("\nGoals")
    for line in summary(found):
        print(line)
    record = [{k: v for k, v in e.items() if k != "card"} | _short(e["card"]) for e in entries]
    write(options.json, about, {"results": record, "goals": found})


def _entries(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Every result with its scorecard, from the cache where it is there."""
    cards = Kept(options.cache / "cards.jsonl", again=options.score_again)
    errors = Kept(options.cache / "errors.jsonl", again=options.score_again)
    methods = [method for method in options.methods if available(method)]
    chosen = fidelity_materials.materials(options.materials, options.data, options.cache)
    for material in chosen:
        for edge in options.edge:
            for method in methods:
                if method.name == "peer" and edge != PEER_EDGE:
                    continue
                seeds = range(options.null_seeds) if method.name == "null" else options.seeds
                for seed in seeds:
                    entry = _entry(method, material, edge, seed, cards, errors, options)
                    if entry is not None:
                        yield entry


def _entry(
    method: Method,
    material: Material,
    edge: int,
    seed: int,
    cards: Kept,
    errors: Kept,
    options: argparse.Namespace,
) -> dict[str, Any] | None:
    made = fidelity_methods.volume(method, material, edge, seed, options)
    if made is None:
        return None
    labels, about = made
    evaluations = about.get("evaluations")
    cut = f", {evaluations} evaluations" if method.name == "peer" else ""
    return {
        "material": material.name,
        "gaussian": material.gaussian,
        "edge": edge,
        "method": method.name,
        "key": method.key,
        "cut": cut,
        "seed": seed,
        "wall": about["wall"],
        "processor": about["processor"],
        "evaluations": evaluations,
        "errors": errors.found(material, labels, prescribed_errors),
        "card": cards.found(material, labels, scorecard),
    }


class Kept:
    """What was found of results: a line of JSON each, by what was judged and by what.

    Args:
        file: where it is kept.
        again: judge anew what is there.
    """

    def __init__(self, file: Path, *, again: bool) -> None:
        self._file = file
        self._known: dict[str, Any] = {}
        if file.exists() and not again:
            for line in file.read_text().splitlines():
                entry = json.loads(line)
                self._known[entry["key"]] = entry["found"]

    def found(
        self, material: Material, labels: Labels, judge: Callable[[Material, Labels], Any]
    ) -> Any:
        """Return what is known of a result; judge it if nothing is."""
        key = f"{material.judge}-{digest(labels)}"
        if key not in self._known:
            self._known[key] = judge(material, labels)
            with self._file.open("a") as file:
                file.write(json.dumps({"key": key, "found": self._known[key]}) + "\n")
        return self._known[key]


def scorecard(material: Material, labels: Labels) -> dict[str, Any]:
    import mcr_core as mcr

    truth = None
    if material.truth is not None:
        truth = as_sample(material.truth, material.phases, periodic=False)
    result = as_sample(labels, material.phases, periodic=True)
    names = ("result", material.name, "truth")
    return mcr.score(result, material.source, truth, names=names).to_json()


def _short(card: dict[str, Any]) -> dict[str, Any]:
    """What of a scorecard tells methods from each other."""
    names = ("statistic", "phase", "where", "distance", "verdict", "against_null")
    judged = [row for row in card["rows"] if row["distance"] is not None]
    return {"rows": [" | ".join(str(row[name]) for name in names) for row in judged]}


def _place(entry: dict[str, Any]) -> tuple[str, int]:
    return entry["material"], entry["edge"]


def _null(entry: dict[str, Any]) -> bool:
    return entry["method"] == "null"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Materials, methods and their scorecards.")
    add = parser.add_argument
    names = fidelity_materials.NAMES
    add("--materials", nargs="+", choices=names, default=names, metavar="NAME")
    methods = [parse_method(name) for name in fidelity_methods.NAMES]
    add("--methods", nargs="+", type=parse_method, default=methods, metavar="NAME")
    add("--edge", nargs="+", type=int, default=[32, 64], metavar="VOXELS")
    add("--data", type=Path, default=FOLDER.parent.parent / "shared" / "data", metavar="DIR")
    cache = default_folder().with_name("fidelity")
    add("--cache", type=Path, default=cache, metavar="DIR", help="volumes, scorecards, snow")
    add("--fresh", nargs="+", default=[], metavar="METHOD", help="methods to run again")
    add("--score-again", action="store_true", help="judge volumes of the cache again")
    add("--seeds", nargs="+", type=int, default=[0], metavar="N", help="of peer and ours")
    add("--null-seeds", type=int, default=5, metavar="N", help="realizations of the null model")
    add("--environment", type=Path, default=default_folder(), metavar="DIR", help="the peer's")
    add("--peer-volumes", type=Path, default=default_folder().with_name("peer-volumes"))
    add("--peer-seconds", type=float, default=540.0, help="then it pauses")
    add("--json", type=Path, metavar="FILE", help="write the record to this file")
    options = parser.parse_args()
    options.made = set()
    return options


if __name__ == "__main__":
    main()
