"""Presets: what one word stands for, and that it is recorded as what it stood for."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core import presets
from mcr_core.errors import InputError, OptionError
from mcr_core.job import Inline, Job
from mcr_core.presets import PRESETS, resolved
from mcr_core.settings import Settings
from mcr_core.term import Term, parse_term

SHAPE = (16, 16, 16)


@pytest.fixture(scope="module")
def image():
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(0).standard_normal((32, 28)), 1.5, mode="wrap")
    return mcr.Microstructure.from_array((field > 0.1).astype(np.uint8), periodic=True)


def asked(
    name=None, descriptors=None, limit_to=None, shape=(64, 64, 64), planes=((64, 64),), **own
):
    return resolved(name, descriptors, limit_to, Settings(**own), planes=planes, shape=shape)


def limits(terms):
    return {
        term.descriptor.name: term.descriptor.limit_to
        for term in terms
        if term.descriptor.name != "variation"
    }


@pytest.mark.parametrize("name", PRESETS)
def test_terms_fit_into_the_planes(name):
    for edge in (3, 4, 15, 16, 31, 47, 64, 200):
        for planes, shape in ((((edge, 300),), (64,) * 3), (((300, 300),), (64, edge, 70))):
            terms, _ = asked(name, planes=planes, shape=shape)
            for term in terms:
                assert term.descriptor.smallest_extent() <= edge
                assert term.over == "mean"
    large, small = (limits(asked(name, planes=((n, n),), shape=(n,) * 3)[0]) for n in (64, 15))
    assert large["two_point"] == 24
    assert set(large) == set(small)
    assert small["two_point"] == 8


def test_what_is_given_wins():
    preset = PRESETS["fast"]
    assert asked("fast")[1] == Settings(**preset.settings)
    own = {"max_iter": 7, "seed": 3, "weighting": "given"}
    assert asked("fast", **own)[1] == Settings(**own)
    # Also where it is given as what is the default without presets.
    assert asked("fast", max_iter=300)[1].max_iter == 300
    terms, settings = asked("fast", ["variation"])
    assert [term.descriptor.name for term in terms] == ["variation"]
    assert settings.max_iter == preset.settings["max_iter"]


def test_without_a_preset_descriptors_stand_alone():
    terms, settings = asked(None, ["variation"])
    assert terms == (Term(descriptor="variation"),)
    assert settings == Settings()
    assert asked(None, [parse_term("two_point")], 5)[0][0].descriptor.limit_to == 5


def test_auto_goes_by_the_shape(monkeypatch):
    assert asked() == asked("auto") == asked("balanced")
    assert asked(shape=(64, 64)) == asked("balanced", shape=(64, 64))
    monkeypatch.setattr(presets, "_MANY", 63**3)
    assert asked() == asked("fast")


def test_limit_to_is_that_of_three_points():
    assert limits(asked("balanced", limit_to=5)[0]) == {"two_point": 24, "correlations": 5}
    assert limits(asked("balanced", limit_to=30, planes=((99, 99),))[0])["two_point"] == 30


def test_a_part_of_the_planes_has_no_mean():
    terms, _ = asked("balanced", optimizer="adam", planes=((64, 64),))
    assert {term.over for term in terms} == {"mean"}
    terms, _ = resolved(
        "balanced", None, None, Settings(optimizer="adam", planes=0.5),
        planes=[(64, 64)], shape=(64,) * 3,
    )  # fmt: skip
    assert {term.over for term in terms} == {"planes"}


def test_a_name_that_there_is_not():
    with pytest.raises(OptionError, match="unknown preset 'balance': did you mean 'balanced'"):
        asked("balance")


def test_match_takes_a_preset_and_records_what_it_was(image):
    run = mcr.match_iter(image, SHAPE, preset="fast", max_iter=2, symmetry="cubic")
    for state in run:
        assert state.max_iter == 2
    target = run.result.target
    assert [d.name for d in target.descriptors] == ["two_point", "variation"]
    job = Job(source=Inline.of(image), shape=SHAPE, preset="fast",
              settings=Settings(max_iter=2, symmetry="cubic"))  # fmt: skip
    spelled = job.resolved()
    assert spelled.preset is None
    assert {term.over for term in spelled.terms} == {"mean"}
    assert spelled.settings == Settings(
        **{**PRESETS["fast"].settings, "max_iter": 2, "symmetry": "cubic"}
    )
    again = Job.parse(spelled.to_json())
    assert again.resolved() == spelled
    result = mcr.run(again).microstructure
    np.testing.assert_array_equal(result.labels, run.result.microstructure.labels)


def test_plan_takes_a_preset(image):
    found = mcr.plan(image, SHAPE, preset="balanced", symmetry="cubic")
    assert [term.descriptor for term in found.terms] == ["two_point", "correlations", "variation"]
    target = mcr.characterize(image, preset="balanced", shape=SHAPE)
    of_target = mcr.plan(target, SHAPE, preset="balanced", symmetry="cubic")
    assert of_target.terms == found.terms
    assert of_target.memory == found.memory
    with pytest.raises(InputError, match="limit_to and pool are for images"):
        mcr.plan(target, SHAPE, preset="balanced", limit_to=4)
    with pytest.raises(InputError, match="the target has no correlations, which the preset"):
        mcr.plan(mcr.characterize(image, preset="fast"), preset="balanced")
