"""Planes of a result several at a time, the last time fewer, give what they give one by one."""

import numpy as np
import pytest

from mcr_core import characterize
from mcr_core.kernels.variation import VariationKernel
from mcr_core.objective import kernel_axes
from mcr_core.objective.kernel_terms import KernelTerms
from mcr_core.objective.plane_sample import PlaneSample, draw_planes
from mcr_core.planes import plane_count
from mcr_core.settings import Settings
from mcr_core.term import Term

#: 17 planes of 9 × 10 pixels, 9 of 17 × 10 and 10 of 17 × 9.
SHAPE = (17, 9, 10)
ALONE = {"_BATCH_PIXELS": 1}
#: Planes a call for each axis, with limits that differ.
BATCHES = {
    "as they are": ({}, [5, 3, 3]),
    "four or fewer": ({"_BATCH_PIXELS": 4 * 9 * 10, "_LEAST_CALLS": 1}, [4, 2, 2]),
    "all at once": ({"_LEAST_CALLS": 1}, [17, 9, 10]),
}
SHORT = {"limit_to": 2}


def term(name, options=None, **weights):
    return Term(descriptor={"name": name, "options": options or {}}, **weights)


TERMS = {
    "default": [
        term("correlations", SHORT, axis_weights=(1, 0.5, 2)),
        term("variation", weight=3.0, axis_weights=(2, 1, 0)),
    ],
    "others": [
        term("fft_correlations"),
        term("line_correlations", weight=2.0),
        term("lineal_path", SHORT),
        term("two_point", SHORT, level_weights=(1, 3)),
        term("volume_fractions"),
    ],
}


@pytest.fixture
def made(monkeypatch):
    """Terms with limits of planes a call, for a number of cores."""

    def made(target, terms, limits, cores=2, shape=SHAPE, **options):
        with monkeypatch.context() as patch:
            patch.setattr("mcr_core.kernels.workers.usable_cores", lambda: cores)
            for name, value in limits.items():
                patch.setattr(kernel_axes, name, value)
            settings = Settings(**{"dtype": "float64", **options})
            found = KernelTerms(target, terms, shape, settings)
        assert found._workers.cores == cores
        return found

    return made


def fields_for(target, dtype="float64", shape=SHAPE):
    count = len(next(iter(target.planes["all"].values[0][0].values())))
    return np.random.default_rng(0).uniform(-0.1, 1.1, (count, *shape)).astype(dtype)


def samples(fraction, shape=SHAPE):
    """None for all planes."""
    if fraction == "all":
        return None
    lots = np.random.default_rng(7)
    return {p: draw_planes(plane_count(shape, p), fraction, lots) for p in ("xy", "xz", "yz")}


def assert_same(found, expected):
    (parts, gradient), (other_parts, other_gradient) = found, expected
    assert (other_parts > 0).all()
    np.testing.assert_allclose(parts, other_parts, rtol=1e-12)
    scale = np.abs(other_gradient).max()
    assert scale > 0
    np.testing.assert_allclose(gradient, other_gradient, rtol=0, atol=1e-12 * scale)


@pytest.mark.parametrize("fraction", ["all", 0.4, 0.05])
@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("terms", TERMS)
def test_batches_are_their_planes(slice_image, made, terms, batches, fraction):
    limits, planes = BATCHES[batches]
    open_result = terms == "others"
    target = characterize(slice_image, [t.descriptor for t in TERMS[terms]])
    together = made(target, TERMS[terms], limits, open_result=open_result)
    alone = made(target, TERMS[terms], ALONE, open_result=open_result)
    assert [axis.batch for axis in together._axes] == planes
    assert [axis.batch for axis in alone._axes] == [1, 1, 1]
    fields = fields_for(target)
    drawn = samples(fraction)
    assert_same(together(fields, drawn), alone(fields, drawn))


@pytest.mark.parametrize("fraction", ["all", 0.4])
def test_batches_of_three_phases_are_their_planes(three_phases, made, fraction):
    terms = TERMS["default"]
    target = characterize(three_phases, [t.descriptor for t in terms])
    fields = fields_for(target)
    assert len(fields) == 3
    drawn = samples(fraction)
    assert_same(made(target, terms, {})(fields, drawn), made(target, terms, ALONE)(fields, drawn))


def test_planes_that_are_not_drawn_have_no_gradient(slice_image, made):
    """Those of the sample keep their places, in any number of calls."""
    terms = [term("variation", axis_weights=(1, 0, 0))]
    target = characterize(slice_image, [t.descriptor for t in terms])
    sample = PlaneSample(np.array([0, 2, 3, 9, 10, 11, 16]), np.arange(1.0, 8.0))
    fields = fields_for(target)
    of_all = made(target, terms, {})
    _, whole = of_all(fields)
    _, part = of_all(fields, {"xy": sample})
    expected = np.zeros_like(whole)
    for number, factor in zip(sample.numbers, sample.factors, strict=True):
        expected[:, number] = factor * whole[:, number]
    np.testing.assert_allclose(part, expected, rtol=1e-12, atol=1e-18)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("fraction", ["all", 0.4])
def test_the_number_of_threads_changes_no_bit(three_phases, made, fraction, dtype):
    terms = TERMS["default"] + TERMS["others"]
    target = characterize(three_phases, [t.descriptor for t in terms])
    fields = fields_for(target, dtype)
    drawn = samples(fraction)
    parts, gradient = made(target, terms, {}, cores=1, dtype=dtype)(fields, drawn)
    assert gradient.dtype == dtype
    for cores in (2, 3):
        others, other_gradient = made(target, terms, {}, cores=cores, dtype=dtype)(fields, drawn)
        np.testing.assert_array_equal(others, parts)
        np.testing.assert_array_equal(other_gradient, gradient)


def test_what_a_call_takes(slice_image, made, monkeypatch):
    terms = [term("variation")]
    target = characterize(slice_image, [t.descriptor for t in terms])
    found = made(target, terms, {}, cores=1)
    evaluate, taken = VariationKernel.evaluate, []

    def watched(self, fields):
        taken.append(fields.shape)
        assert fields.flags.c_contiguous
        return evaluate(self, fields)

    monkeypatch.setattr(VariationKernel, "evaluate", watched)
    found(fields_for(target))
    xy, xz, yz = (9, 10), (17, 10), (17, 9)
    assert taken == [
        *[(5, *xy)] * 3,
        (2, *xy),
        *[(3, *xz)] * 3,
        *[(3, *yz)] * 3,
        (1, *yz),
    ]


@pytest.mark.parametrize(
    ("shape", "planes"),
    [
        ((32, 32, 32), (8, 8, 8)),
        ((64, 64, 64), (4, 4, 4)),
        ((96, 96, 96), (1, 1, 1)),
        ((200, 200, 200), (1, 1, 1)),
        ((8, 8, 8), (2, 2, 2)),
        ((400, 16, 16), (64, 2, 2)),
        ((500, 500), (1,)),
    ],
)
def test_small_planes_go_together(shape, planes):
    """Of 16384 pixels in all, and four calls or more for an axis."""
    names = ("xy", "xz", "yz")[: len(planes)]
    assert tuple(kernel_axes._batch(shape, name) for name in names) == planes
