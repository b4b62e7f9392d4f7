"""Presets of `mcr characterize` and `mcr reconstruct`."""

import json

import mcr_core as mcr_api
from mcr_core.images import read, read_job
from mcr_core.job import Job

SHAPE = ("--shape", 12, 14, 12)
QUICK = (*SHAPE, "--max-iter", 2, "--seed", 3)


def names(job):
    return [(t.descriptor.name, t.descriptor.model_dump().get("limit_to"), t.over) for t in job]


def test_both_steps_are_match_and_repeated(mcr, folder):
    outcome = mcr("characterize", "slice.tif", "--preset", "fast", *SHAPE, "-o", "t.h5")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith(f"{folder / 't.h5'}: two_point, variation of 24 x 20 pixels")
    outcome = mcr("reconstruct", "t.h5", "-o", "two.tif", "--preset", "fast", *QUICK)
    assert outcome.code == 0, outcome.err
    assert mcr("match", "slice.tif", "-o", "one.tif", "--preset", "fast", *QUICK).code == 0
    assert read("two.tif") == read("one.tif")
    one, two = (Job.parse(read_job(f"{name}.tif")) for name in ("one", "two"))
    assert two.preset is None
    told = mcr("reconstruct", "t.h5", "-o", "three.tif", *QUICK)
    assert "note: --preset fast, which t.h5 was made with" in told.err
    assert read("three.tif") == read("one.tif")
    assert Job.parse(read_job("three.tif")).terms == two.terms
    assert "note: --preset" not in outcome.err
    assert names(two.terms) == [("two_point", 6, "mean"), ("variation", None, "mean")]
    assert (two.terms, two.settings) == (one.terms, one.settings)
    assert mcr("run", "two.tif").code == 0
    assert read("two_repeat.tif") == read("two.tif")
    line = ["reconstruct", "t.h5", "-o", "r.tif", "--preset", "fast", *QUICK, "--realizations", 2]
    assert mcr(*line).code == 0
    assert read("r_000.tif") == read("two.tif")
    assert "r_001.tif: done before" in mcr(*line).out


def test_a_job_file_may_name_a_preset(mcr, folder):
    assert mcr("characterize", "slice.tif", "--preset", "fast", *SHAPE, "-o", "t.h5").code == 0
    assert mcr("reconstruct", "t.h5", "-o", "one.tif", "--preset", "fast", *QUICK).code == 0
    job = {
        "source": {"path": "t.h5"},
        "preset": "fast",
        "shape": SHAPE[1:],
        "settings": {"max_iter": 2, "seed": 3},
    }
    (folder / "job.json").write_text(json.dumps(job))
    outcome = mcr("run", "job.json")
    assert outcome.code == 0, outcome.err
    assert read("job.tif") == read("one.tif")
    assert read_job("job.tif")["terms"] == read_job("one.tif")["terms"]
    (folder / "job.json").write_text(json.dumps({**job, "limit_to": 4}))
    outcome = mcr("run", "job.json", "--overwrite")
    assert (outcome.code, outcome.err) == (
        2,
        "mcr: error: limit_to is for images: a characterization has its own\n",
    )


def test_a_weight_in_place_of_the_presets(mcr, folder):
    assert mcr("characterize", "slice.tif", "--preset", "fast", *SHAPE, "-o", "t.h5").code == 0
    line = ["reconstruct", "t.h5", "-o", "v.tif", "--preset", "fast", *SHAPE, "--max-iter", 1]
    assert mcr(*line, "--weight", "variation=4").code == 0
    job = Job.parse(read_job("v.tif"))
    assert [term.weight for term in job.terms] == [10, 4]
    assert {term.over for term in job.terms} == {"mean"}


def test_what_is_refused(mcr, folder):
    assert mcr("characterize", "slice.tif", "--preset", "fast", "-o", "t.h5").code == 0
    for preset, message in (
        ("balanced", "no correlations, which the preset balanced prescribes: make one that has by "
         "`mcr characterize IMAGE -o FILE --preset balanced --shape 12 14 12`"),
        ("fast", "the target needs planes of at least 19 pixels, those of the result have 12: "
         "make a target for this shape by "
         "`mcr characterize IMAGE -o FILE --preset fast --shape 12 14 12`"),
    ):  # fmt: skip
        outcome = mcr("reconstruct", "t.h5", "-o", "v.tif", "--preset", preset, *SHAPE)
        assert outcome.code == 2
        assert message in outcome.err
        assert outcome.err.count("\n") == 1
    for line, message in (
        (["--preset", "fast", "-d", "variation"], "give descriptors or a preset, not both"),
        (SHAPE, "shape is for a preset, which cuts its limits to it"),
    ):
        outcome = mcr("characterize", "slice.tif", "-o", "u.h5", *line)
        assert outcome.code == 2
        assert message in outcome.err
    assert not (folder / "u.h5").exists()
    assert not (folder / "v.tif").exists()


def test_plan_of_a_target(mcr, folder):
    assert mcr("characterize", "slice.tif", "--preset", "fast", "-o", "t.h5").code == 0
    outcome = mcr("plan", "t.h5", "--preset", "fast", "--add-dimension", 24)
    assert outcome.code == 0, outcome.err
    assert outcome.out == mcr("plan", "slice.tif", "--preset", "fast", "--add-dimension", 24).out
    outcome = mcr("plan", "t.h5", "--preset", "balanced", "--add-dimension", 24)
    assert outcome.code == 2
    assert "the target has no correlations" in outcome.err


def test_limit_to_and_preset_of_several_images(mcr, folder):
    line = ["characterize", "slice.tif", "slice.tif", "-o", "t.h5", "--preset", "balanced"]
    assert mcr(*line, "--limit-to", 3).code == 0
    found = mcr_api.read_characterization("t.h5")
    assert [d.model_dump().get("limit_to") for d in found.descriptors] == [10, 3, None]
