"""The methods of the table of fidelity, and their volumes, which are kept.

A volume is written as `{slice}-{edge}-{method}-seed{n}.npz`, what is known of its run as `.json`
beside it; what is there is not computed again. Every run is a process of its own; its seconds
count from the start of the process, with loading and compilation.
"""

from __future__ import annotations

import argparse
import hashlib
import inspect
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fidelity_materials import Labels, Material
from peer_environment import interpreter
from side import only_answer

#: Limit of the peer, and how far it is let: four minutes of processor time for two phases.
PEER_LIMIT, PEER_EVALUATIONS = 8, 100
#: Runs of the benchmark peer.py, which went further.
_LONGER = 250
PRESETS = ("fast", "balanced", "faithful")
NAMES = ("null", "peer", *PRESETS)


@dataclass(frozen=True)
class Method:
    """A way to a volume.

    Attributes:
        name: `null`, `peer`, a preset, or any name of a specification.
        specification: terms and settings of `mcr.match`; None for those that have a name.
    """

    name: str
    specification: dict[str, Any] | None = None

    @property
    def key(self) -> str:
        """Names it in files: other specifications have other volumes."""
        if self.specification is None:
            return self.name
        text = json.dumps(self.specification, sort_keys=True)
        return f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def parse_method(text: str) -> Method:
    """Read a name, or `NAME={"terms": [...], "settings": {...}}`."""
    name, equals, specification = text.partition("=")
    if not equals and name not in NAMES:
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(NAMES)}, or NAME=JSON")
    return Method(name, json.loads(specification) if equals else None)


def available(method: Method) -> bool:
    """Whether this version of mcr_core has the method; says so if not."""
    import mcr_core as mcr

    known = method.name not in PRESETS or "preset" in mcr.Settings.model_fields
    known = known or "preset" in inspect.signature(mcr.match).parameters
    if not known and method.specification is None:
        print(f"{method.name}: left out, this version of mcr_core has no presets")
        return False
    return True


def volume(
    method: Method, material: Material, edge: int, seed: int, options: argparse.Namespace
) -> tuple[Labels, dict[str, Any]] | None:
    """Return the labels [z, y, x] of a result, and what is known of its run; None: paused.

    Args:
        method: what makes it.
        material: whose slice it gets.
        edge: of the cube.
        seed: of the run.
        options: `cache`, `fresh`, `peer_volumes`, `environment`, `peer_seconds`.
    """
    path = options.cache / "volumes" / f"{material.key}-{edge}-{method.key}-seed{seed}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    record = path.with_suffix(".json")
    if method.name == "peer":
        path, record = _longer(material, edge, seed, options) or (path, record)
    elif method.name in options.fresh and path not in options.made:
        record.unlink(missing_ok=True)
    if not (path.exists() and record.exists()):
        print(f"{material.name}, {edge}^3: {method.name}, seed {seed}", flush=True)
        record.write_text(json.dumps(_run(method, material, edge, seed, path, options)))
        options.made.add(path)
    about = json.loads(record.read_text())
    if about.get("paused"):
        done = f"{about['evaluations']} of {PEER_EVALUATIONS} evaluations"
        print(f"{material.name}: the peer pauses after {done}; the next run goes on from there")
        return None
    with np.load(path, allow_pickle=False) as file:
        if "labels" in file:
            return file["labels"], about
        return thresholded(file["fields"], material), about


def thresholded(fields: np.ndarray, material: Material) -> Labels:
    """Grey fields of the peer as labels with the fractions of the slice: fair to it."""
    from mcr_core.phases import to_labels

    fields = fields if fields.ndim == 4 else fields[None]
    return to_labels(fields, material.source.phase_fractions)


def _longer(
    material: Material, edge: int, seed: int, options: argparse.Namespace
) -> tuple[Path, Path] | None:
    """A volume that peer.py has kept."""
    stem = f"{material.key}-{edge}-limit{PEER_LIMIT}-{_LONGER}-seed{seed}"
    path = options.peer_volumes / f"{stem}.npz"
    record = path.with_suffix(".json")
    return (path, record) if path.exists() and record.exists() else None


def _run(
    method: Method,
    material: Material,
    edge: int,
    seed: int,
    path: Path,
    options: argparse.Namespace,
) -> dict[str, Any]:
    image = path.with_name(f"slice-{material.key}.npy")
    np.save(image, material.slice)
    task = {"image": str(image), "edge": edge, "seed": seed, "volume": str(path)}
    if method.name == "peer":
        task |= {
            "limit": PEER_LIMIT,
            "evaluations": PEER_EVALUATIONS,
            "seconds": options.peer_seconds,
        }
        return only_answer(interpreter(options.environment), "fidelity_peer_side.py", task)
    task |= {"periodic": material.periodic, "phases": material.phases}
    task["method"] = method.name if method.specification is None else method.specification
    return only_answer(sys.executable, "fidelity_side.py", task)
