"""The materials, the errors and the goals of the table of fidelity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

Load = Callable[[str], ModuleType]


@pytest.mark.parametrize(("draw", "kind"), [("spheres", "SPHERES"), ("field", "FIELD")])
def test_drawn_volumes_have_the_closed_forms(load: Load, draw: str, kind: str) -> None:
    materials = load("fidelity_materials")
    medium, make = getattr(materials, kind), getattr(materials, f"draw_{draw}")
    values = []
    for seed in range(6):
        volume = make(medium, 30, np.random.default_rng(seed)).astype(float)
        assert volume.shape == (30, 30, 30)
        values.append(
            [
                np.mean(volume),
                np.mean(volume[:, :, 4:] * volume[:, :, :-4]),
                np.mean(volume[4:] * volume[:-4]),
            ]
        )
    wanted = [medium.fraction, medium.s2(4), medium.s2(4)]
    error = np.std(values, axis=0, ddof=1) / np.sqrt(len(values))
    assert (np.abs(np.mean(values, axis=0) - wanted) < 4 * error).all()
    assert (error < 0.03).all()


def test_the_slice_is_a_plane_of_the_truth(load: Load, tmp_path: Path) -> None:
    materials = load("fidelity_materials")
    (found,) = materials.materials(["spheres"], tmp_path, tmp_path)
    assert found.truth.shape == (96, 96, 96)
    assert found.slice.shape == (64, 64)
    assert np.array_equal(found.truth[48, 16:80, 16:80], found.slice)
    assert found.judge.startswith(found.key)
    assert not found.gaussian


def test_missing_images_are_left_out(
    load: Load, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["alloy_64", "nmc_128"]
    assert list(load("fidelity_materials").materials(names, tmp_path, tmp_path)) == []
    said = capsys.readouterr().out
    assert "alloy_64: left out" in said
    assert "nmc_128: left out" in said


def test_errors_are_none_of_the_slice_itself_and_grow_with_noise(load: Load) -> None:
    materials, errors = load("fidelity_materials"), load("fidelity_errors")
    stripes = (np.arange(24) // 3 % 2).astype(np.uint8)
    image = np.broadcast_to(stripes, (24, 24)).copy()
    material = materials.Material("stripes", image, True, False, None, "")
    turned = [np.rot90(flip, k) for flip in (image, image[::-1]) for k in range(4)]
    volume = np.stack(turned * 3)  # its planes xy are the slice, turned and mirrored
    found = errors.prescribed_errors(material, volume)
    assert set(found) == {f"{name} 1 {p}" for name in ("S2", "S3") for p in ("xy", "xz", "yz")}
    assert found["S2 1 xy"] == pytest.approx(0, abs=1e-6)
    assert found["S3 1 xy"] == pytest.approx(0, abs=1e-6)
    flipped = np.random.default_rng(0).random(volume.shape) < 0.1
    noisy = errors.prescribed_errors(material, volume ^ flipped)
    assert noisy["S2 1 xy"] > 0.02
    assert noisy["S3 1 xy"] > 0.02


def row(statistic: str, distance: float, *, family: str = "held out") -> dict[str, Any]:
    return {
        "statistic": statistic,
        "phase": "phase 1",
        "where": "",
        "family": family,
        "distance": distance,
        "limit": 2.0,
    }


def entry(method: str, held_out: list[float], error: float, processor: float) -> dict[str, Any]:
    rows = [row(f"row {n}", distance) for n, distance in enumerate(held_out)]
    rows.append(row("S2", 1.0, family="prescribed"))
    return {
        "material": "snow",
        "edge": 32,
        "method": method,
        "cut": "",
        "gaussian": False,
        "processor": processor,
        "errors": {"S2 1 xy": error, "S3 1 xy": error},
        "card": {"rows": rows},
    }


def test_goals_are_met_and_missed(load: Load) -> None:
    table = load("fidelity_table")
    nulls = [entry("null", [1.0, 9.0, 5.0, value], 0.02, 1.0) for value in (3.0, 4.0, 90.0)]
    null = table.Null(nulls)
    assert null.distances["row 3", "phase 1", ""] == 4.0
    peer = entry("peer", [1.0] * 4, 0.03, 300.0)
    # A tie as both are within the limit, two that are nearer, one that is less than 1 farther.
    good, bad = (
        entry("good", [1.9, 1.0, 3.0, 4.5], 0.01, 10.0),
        entry("bad", [3.0, 11.0, 1.0, 9.0], 0.04, 20.0),
    )
    found = table.goals([*nulls, peer, good, bad], {("snow", 32): null})
    met = {(one["method"], one["goal"].split()[0]): [] for one in found}
    for one in found:
        met[one["method"], one["goal"].split()[0]].append(one["met"])
    assert all(all(values) for (method, _), values in met.items() if method == "good")
    assert met["bad", "S2"] == [False, False]
    assert met["bad", "in"] == [False]
    assert met["bad", "three"] == [False]
    counts = {
        one["method"]: (one["better"], one["tie"], one["worse"]) for one in found if "tie" in one
    }
    assert counts == {"good": (2, 2, 0), "bad": (1, 0, 3)}
    lines = table.summary(found)
    assert any(
        line.startswith("three quarters") and "MISSED: met, by 0 of 1" in line for line in lines
    )
    assert "row 1 1 11.0 (9.0) <" in table.failing(bad, null)


def test_all_ties_are_undecided(load: Load) -> None:
    table = load("fidelity_table")
    null = table.Null([entry("null", [1.0], 0.02, 1.0)])
    found = table.goals([entry("ours", [1.5], 0.01, 1.0)], {("snow", 32): null})
    assert [one["met"] for one in found if "tie" in one] == [None]
    assert any("UNDECIDED" in line and "1 all ties" in line for line in table.summary(found))


def test_worse_needs_more_than_chance(load: Load) -> None:
    worse = load("fidelity_table").significantly_worse
    assert not worse(0, 0)
    assert not worse(3, 5)
    assert worse(0, 6)


def test_methods_are_names_or_specifications(load: Load) -> None:
    methods = load("fidelity_methods")
    assert methods.parse_method("null") == methods.Method("null")
    one, other = (
        methods.parse_method(f'mine={{"terms": ["two_point"], "smooth": {width}}}')
        for width in ("0.5", "0.8")
    )
    assert one.name == other.name == "mine"
    assert one.key != other.key
    with pytest.raises(Exception, match="expected one of null, peer"):
        methods.parse_method("mine")
