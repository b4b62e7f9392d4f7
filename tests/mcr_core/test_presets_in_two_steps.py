"""Presets of characterize and reconstruct: together they are match."""

from dataclasses import replace

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core import presets
from mcr_core.characterization_file import read_characterization, write_characterization
from mcr_core.descriptors import Correlations, LinealPath, TwoPoint, Variation
from mcr_core.errors import InputError, OptionError
from mcr_core.job import CharacterizationFile, Job
from mcr_core.presets import PRESETS, resolved_for
from mcr_core.settings import Settings
from mcr_core.term import Term
from mcr_core.verbs.requested import requested_of_target

SHAPE = (16, 16, 16)
QUICK = {"max_iter": 3, "seed": 5, "symmetry": "cubic"}


def smooth(shape, seed=0):
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), 1.5, mode="wrap")
    return mcr.Microstructure.from_array((field > 0.1).astype(np.uint8), periodic=True)


IMAGE = smooth((32, 28))

#: A source, and the shapes of results.
ROWS = {
    "2D to 3D": (IMAGE, SHAPE),
    "2D to 3D, larger": (smooth((15, 16)), (14, 15, 18)),
    "2D to 2D": (IMAGE, (32, 28)),
    "3D to 3D": (smooth((16, 14, 18)), (12, 16, 14)),
}


@pytest.fixture(scope="module")
def target():
    """All that a preset prescribes, at two limits; and something else."""
    wanted = [
        Variation(),
        TwoPoint(limit_to=5),
        LinealPath(),
        TwoPoint(limit_to=12),
        "correlations",
    ]
    return mcr.characterize(IMAGE, wanted)


def terms_of(target, name, shape, **own):
    terms, settings = resolved_for(target, name, None, Settings(**own), shape=shape)
    return [(term.descriptor, term.weight, term.over) for term in terms], settings


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("name", ["fast", "balanced"])
def test_both_steps_are_match(tmp_path, row, name):
    source, shape = ROWS[row]
    file = write_characterization(
        tmp_path / "t.h5", mcr.characterize(source, preset=name, shape=shape)
    )
    run = mcr.reconstruct_iter(file, shape, preset=name, **QUICK)
    states = list(run)
    assert states[-1].max_iter == 3
    wanted = mcr.match(source, shape, preset=name, **QUICK)
    np.testing.assert_array_equal(run.result.microstructure.labels, wanted.microstructure.labels)
    assert run.result.loss == wanted.loss
    assert run.result.target.descriptors == wanted.target.descriptors


def test_a_target_remembers_its_preset(tmp_path):
    found = mcr.characterize(IMAGE, preset="fast", shape=SHAPE)
    file = write_characterization(tmp_path / "t.h5", found)
    assert read_characterization(file).preset == found.preset == "fast"
    by_itself, named = (
        mcr.reconstruct(file, SHAPE, **given, **QUICK) for given in ({}, {"preset": "fast"})
    )
    assert by_itself.loss == named.loss
    np.testing.assert_array_equal(by_itself.microstructure.labels, named.microstructure.labels)
    wanted = requested_of_target(found, SHAPE, preset="fast", settings=Settings())
    assert requested_of_target(found, SHAPE, settings=Settings()) == wanted
    job = Job(source=CharacterizationFile(path=str(file)), shape=SHAPE)
    assert (job.resolved().terms, job.resolved().settings) == wanted[1:]
    weighted = requested_of_target(found, SHAPE, weight={"variation": 4}, settings=Settings())[1]
    assert [(term.weight, term.over) for term in weighted] == [(10, "mean"), (4, "mean")]
    own = requested_of_target(found, SHAPE, ["variation"], settings=Settings())
    assert own[1:] == ((Term(descriptor=Variation()),), Settings())


def test_which_preset_a_target_remembers():
    assert mcr.characterize(IMAGE).preset is None
    fast = mcr.characterize([IMAGE, IMAGE], preset="fast", shape=SHAPE)
    auto = mcr.characterize(IMAGE, preset="auto", shape=SHAPE)
    assert (fast.preset, auto.preset) == ("fast", "balanced")
    for one, preset in ((fast, "fast"), (auto, None)):
        assert mcr.merge(xy=fast, xz=one, yz="as:xz").preset == preset
        assert {each.preset for each in mcr.interpolate(fast, one, steps=2)} == {preset}


def test_arrays_and_a_preset():
    arrays = mcr.from_arrays(mcr.characterize(IMAGE, ["two_point"]).planes["all"].s2)
    with pytest.raises(InputError, match=r"it is of arrays: .* -d two_point .* or leave the"):
        mcr.reconstruct_iter(arrays, SHAPE, preset="fast")
    mcr.reconstruct_iter(arrays, SHAPE, ["two_point"], preset="fast")
    mcr.reconstruct_iter(arrays, SHAPE)
    far = mcr.from_arrays(arrays.planes["all"].s2, [TwoPoint(limit_to=12)])
    far = replace(far, descriptors=(*far.descriptors, Variation()))
    with pytest.raises(InputError, match=r"at least 23 pixels, .* have 16: choose a larger shape"):
        mcr.reconstruct_iter(far, SHAPE, preset="fast")


def test_other_descriptors_of_a_target_do_not_count():
    lean = mcr.characterize(IMAGE, preset="fast", shape=SHAPE)
    rich = mcr.characterize(IMAGE, [LinealPath(), *reversed(lean.descriptors)])
    one, two = (mcr.reconstruct(each, SHAPE, preset="fast", **QUICK) for each in (lean, rich))
    assert one.loss == two.loss
    np.testing.assert_array_equal(one.microstructure.labels, two.microstructure.labels)


def test_a_characterization_has_what_match_would_prescribe():
    for name in PRESETS:
        for shape in (None, SHAPE):
            found = mcr.characterize(IMAGE, preset=name, shape=shape)
            terms, _ = presets.resolved(
                name, None, None, Settings(), planes=[IMAGE.shape], shape=shape or IMAGE.shape
            )
            assert found.descriptors == tuple(term.descriptor for term in terms)
    found = mcr.characterize(IMAGE, preset="balanced", limit_to=3)
    assert found.descriptors == (TwoPoint(limit_to=14), Correlations(limit_to=3), Variation())
    both = mcr.characterize([IMAGE, smooth((20, 40))], preset="fast")
    assert both.descriptors == (TwoPoint(limit_to=10), Variation())
    volume = mcr.characterize(smooth((16, 9, 12)), preset="fast")
    assert volume.descriptors == (TwoPoint(limit_to=5), Variation())


def test_auto_of_a_characterization_goes_by_the_shape(monkeypatch):
    monkeypatch.setattr(presets, "_MANY", 16**3 - 1)
    names = [d.name for d in mcr.characterize(IMAGE, preset="auto").descriptors]
    assert names == ["two_point", "correlations", "variation"]
    fast = mcr.characterize(IMAGE, preset="auto", shape=SHAPE)
    assert [d.name for d in fast.descriptors] == ["two_point", "variation"]


def test_without_a_preset_nothing_changes(target):
    assert mcr.characterize(IMAGE).descriptors == (Correlations(), Variation())
    assert resolved_for(target, None, None, Settings(seed=3), shape=SHAPE) == (
        None,
        Settings(seed=3),
    )


def test_a_limit_of_the_target_is_taken(target):
    held, settings = terms_of(target, "balanced", SHAPE)
    assert held == [
        (TwoPoint(limit_to=5), 10, "mean"),
        (Correlations(limit_to=8), 1, "mean"),
        (Variation(), 1, "mean"),
    ]
    assert settings == Settings(**PRESETS["balanced"].settings)
    # The nearest to 14, and what fits into 23 pixels or more.
    for edge, limit in ((22, 5), (23, 12), (64, 12)):
        held, _ = terms_of(target, "fast", (edge,) * 3)
        assert held[0] == (TwoPoint(limit_to=limit), 10, "mean")
    assert terms_of(target, "fast", (40, 40), max_iter=7)[1].max_iter == 7
    held, _ = terms_of(target, "fast", (40,) * 3, optimizer="adam", planes=0.5)
    assert {over for _, _, over in held} == {"planes"}


def test_what_is_given_wins(target):
    options = {"preset": "fast", "settings": Settings(max_iter=7)}
    weight = {"two_point": 3, "variation": 0}
    shape, terms, settings = requested_of_target(target, (40, 40), weight=weight, **options)
    assert shape == (40, 40)
    assert terms == (Term(descriptor=TwoPoint(limit_to=12), weight=3, over="mean"),)
    assert settings.max_iter == 7
    options = {"preset": "fast", "settings": Settings(seed=7)}
    _, terms, settings = requested_of_target(target, SHAPE, ["variation"], **options)
    assert terms == (Term(descriptor=Variation()),)
    assert settings == Settings(**PRESETS["fast"].settings, seed=7)
    with pytest.raises(OptionError, match="weight: the target has no 'correlations'"):
        mcr.reconstruct_iter(target, SHAPE, preset="fast", weight={"correlations": 2})


def test_what_a_target_lacks_is_named(target):
    def refused(found, name, shape, message):
        with pytest.raises(InputError) as error:
            mcr.reconstruct_iter(found, shape, preset=name)
        assert str(error.value) == message

    variation = replace(
        target, descriptors=target.descriptors[:1], planes={}, source_shape=(32, 28)
    )
    refused(variation, "faithful", (40, 40, 40),
        "the target has no two_point, no correlations, which the preset faithful prescribes: "
        "make one that has by `mcr characterize IMAGE -o FILE --preset faithful`")  # fmt: skip
    soft = replace(
        target, descriptors=(TwoPoint(limit_to=5), Correlations(form="soft"), Variation())
    )
    refused(soft, "auto", SHAPE,
        "the target has no correlations with form=exact, which the preset balanced prescribes: "
        "make one that has by `mcr characterize IMAGE -o FILE --preset balanced --shape 16 16 16`"
    )  # fmt: skip
    far = mcr.characterize(IMAGE, preset="fast")
    refused(far, "fast", SHAPE,
        "two_point of the target needs planes of at least 27 pixels, those of the result have 16: "
        "make a target for this shape by "
        "`mcr characterize IMAGE -o FILE --preset fast --shape 16 16 16`")  # fmt: skip
    # No target would do for planes of two pixels.
    with pytest.raises(InputError, match="planes of the result have 2 x 16: choose a larger one"):
        mcr.reconstruct_iter(far, (16, 2, 16), preset="fast")


def test_options_that_do_not_go_together():
    for options, message in (
        ({"preset": "fast", "descriptors": ["variation"]}, "descriptors or a preset, not both"),
        ({"shape": SHAPE}, "shape is for a preset, which cuts its limits to it"),
        ({"shape": (0, 4), "preset": "fast"}, "a shape of numbers greater than 0"),
    ):
        with pytest.raises(InputError, match=message):
            mcr.characterize("no.tif", **options)
    with pytest.raises(OptionError, match="unknown preset 'quick'"):
        mcr.characterize("no.tif", preset="quick")
    with pytest.raises(OptionError, match="unknown preset 'fats': did you mean 'fast'"):
        mcr.reconstruct_iter(mcr.characterize(IMAGE), preset="fats")
    with pytest.raises(InputError, match="expected at least one image, got none"):
        mcr.characterize([], preset="fast")


def test_a_job_records_what_the_preset_stood_for(tmp_path, monkeypatch):
    file = write_characterization(
        tmp_path / "t.h5", mcr.characterize(IMAGE, preset="fast", shape=SHAPE)
    )
    job = Job(source=CharacterizationFile(path=str(file)), shape=SHAPE, preset="fast",
              settings=QUICK)  # fmt: skip
    spelled = job.resolved()
    assert spelled.preset is None
    assert [(t.descriptor.name, t.weight, t.over) for t in spelled.terms] == [
        ("two_point", 10, "mean"),
        ("variation", 1, "mean"),
    ]
    assert spelled.settings == Settings(**{**PRESETS["fast"].settings, **QUICK})
    wanted = mcr.run(job).microstructure
    monkeypatch.setattr(presets, "PRESETS", {})
    again = mcr.run(Job.parse(spelled.to_json())).microstructure
    np.testing.assert_array_equal(again.labels, wanted.labels)
    limited = spelled.model_copy(update={"limit_to": 4})
    with pytest.raises(InputError, match="limit_to is for images: a characterization has its own"):
        limited.resolved().start()
