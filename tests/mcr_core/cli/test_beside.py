"""What is written beside results: --score, and how different realizations are."""

import json

import numpy as np
import pytest
import tifffile

import mcr_core
from mcr_core.cli import beside

LINE = ("match", "blobs.tif", "--shape", 18, 18, 18, "--limit-to", 4, "-d", "two_point",
        "--max-iter", 2)  # fmt: skip


@pytest.fixture(autouse=True)
def image(folder):
    """Blobs, large enough to be cut into windows."""
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(1).standard_normal((40, 40)), 1.2, mode="wrap")
    tifffile.imwrite(folder / "blobs.tif", (field > 0.1).astype(np.uint8))


def test_a_scorecard_beside_the_result(mcr, folder):
    outcome = mcr(*LINE, "-o", "o.tif", "--score")
    assert outcome.code == 0, outcome.err
    assert outcome.err.endswith("\njudging o.tif by its target, for the scorecard\n")
    first, second = outcome.out.splitlines()
    card = mcr_core.score("o.tif", "blobs.tif")
    assert first.startswith(f"{folder / 'o.tif'}: 18 x 18 x 18")
    assert second == f"{folder / 'o_score.html'}, {folder / 'o_score.json'}: {card.summary()}"
    written = json.loads((folder / "o_score.json").read_text(encoding="utf-8"))
    assert written["rows"] == json.loads(json.dumps(card.to_json()))["rows"]
    assert (written["result"], written["target"]) == ("o.tif", "blobs.tif")
    again = mcr(*LINE, "-o", "o.tif", "--score", "--overwrite")
    assert again.code == 0, again.err


def test_scorecards_of_characterizations_and_jobs(mcr, folder):
    mcr("characterize", "blobs.tif", "-o", "t.h5", "-d", "two_point", "--limit-to", 4)
    outcome = mcr("reconstruct", "t.h5", "-o", "o.tif", "--shape", 18, 18, 18, "--max-iter", 2,
                  "--score")  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert json.loads((folder / "o_score.json").read_text(encoding="utf-8"))["target"] == "target"
    outcome = mcr("run", "o.tif", "-o", "p.tif", "--score")
    assert outcome.code == 0, outcome.err
    assert (folder / "p_score.html").exists()


def test_a_volume_of_several_slices_is_judged_by_these(mcr, folder):
    planes = ("--xy", "blobs.tif", "--xz", "blobs.tif", "--yz", "as:xy")
    outcome = mcr("match", *planes, *LINE[2:], "-o", "o.tif", "--score")
    assert outcome.code == 0, outcome.err
    beside = json.loads((folder / "o_score.json").read_text(encoding="utf-8"))
    assert beside["target"] == "the slices"
    outcome = mcr("score", "o.tif", *planes, "--json", "card.json")
    assert outcome.code == 0, outcome.err
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert card["target"] == "xy: blobs.tif, xz: blobs.tif, yz: as:xy"
    assert card["rows"] == beside["rows"]
    assert "lineal path" in {row["statistic"] for row in card["rows"]}
    outcome = mcr("score", "o.tif", *planes, "--target", "blobs.tif")
    assert outcome.code == 2
    assert "give a --target, or images of planes" in outcome.err


def test_what_is_too_small_to_be_judged_is_written_all_the_same(mcr, folder):
    outcome = mcr("match", "slice.tif", "-o", "o.tif", "--max-iter", 2, "--score")
    assert outcome.code == 0
    assert (folder / "o.tif").exists()
    assert not (folder / "o_score.html").exists()
    assert "note: no scorecard of o.tif: expected a reference of at least" in outcome.err


def test_a_scorecard_that_exists_is_refused_before_the_run(mcr, folder):
    (folder / "o_score.json").write_text("{}", encoding="utf-8")
    outcome = mcr(*LINE, "-o", "o.tif", "--score")
    assert outcome.code == 2
    assert "o_score.json" in outcome.err
    assert not (folder / "o.tif").exists()


def test_realizations_are_compared(mcr, folder, monkeypatch):
    outcome = mcr(*LINE, "-o", "o.tif", "--realizations", 3)
    assert outcome.code == 0, outcome.err
    last = outcome.out.splitlines()[-1]
    found = mcr_core.overlap([folder / f"o_00{n}.tif" for n in range(3)])
    equal = [each.equal for each in found]
    assert last.startswith(
        f"3 realizations: pairs have {min(equal):.1%} to {max(equal):.1%} of their voxels equal"
    )
    assert "alike" not in last
    monkeypatch.setattr(beside, "_MOST_PAIRS", 1)  # each with the next only
    lines = []
    monkeypatch.setattr(beside.click, "echo", lines.append)
    beside.say_overlap([folder / "o_000.tif", folder / "o_000.tif", folder / "o_001.tif"])
    assert "100.0%" in lines[0]
    assert lines[0].endswith("two of them are alike")
