import json
import shlex
from pathlib import Path

import numpy as np
import pytest
import tifffile


def test_findings_are_told(mcr, folder):
    done = mcr("check", "slice.tif")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].startswith("ok      segmentation: 2 phases")
    assert any("halve the errors" in line for line in lines)


def test_findings_as_json(mcr, folder):
    done = mcr("check", "slice.tif", "--json", "--limit-to", "6")
    found = json.loads(done.out)
    assert found["shape"] == [24, 20]
    features = next(one for one in found["findings"] if one["name"] == "features")
    assert features["numbers"]["limit_to"] == 6


def test_a_grey_image_is_a_problem_until_a_threshold_is_given(mcr, folder):
    values = np.random.default_rng(0).permutation(480).reshape(24, 20).astype(np.uint16)
    tifffile.imwrite(folder / "grey.tif", values)
    done = mcr("check", "grey.tif")
    assert done.code == 2
    assert done.out.startswith("problem segmentation: Not segmented: ")
    assert "--threshold otsu" in done.out
    assert mcr("check", "grey.tif", "--threshold", "otsu").out.startswith("ok      segmentation")
    for three in ("multiotsu:3", "80,160"):
        assert "3 phases" in mcr("check", "grey.tif", "--threshold", three).out


def test_bad_input(mcr, folder):
    done = mcr("check", "none.tif")
    assert (done.code, done.err) == (2, "mcr: error: none.tif: no such file\n")
    assert "limit_to of 2 or more" in mcr("check", "slice.tif", "--limit-to", "1").err


SAMPLES = sorted((Path(__file__).parents[3] / "sample_data").glob("*.tif"))


@pytest.mark.parametrize("sample", [file for file in SAMPLES if file.stem != "stack"],
                         ids=lambda file: file.stem)  # fmt: skip
def test_the_advised_command_runs(mcr, sample):
    """But for what it would compute: `plan` refuses what `match` refuses."""
    findings = json.loads(mcr("check", sample, "--json").out)["findings"]
    words = shlex.split(findings[-1]["command"])
    assert words[:5] == ["mcr", "match", "IMAGE", "-o", "result.tif"]
    planned = mcr("plan", sample, *words[5:])
    assert planned.code == 0, planned.err
    assert "64 x 64 x 64 voxels" in planned.out
