"""Memory that runs out in spite of the plan: smaller steps go on, and the run says so."""

import logging

import numpy as np
import pytest
import tensorflow as tf

from mcr_core import characterize, match
from mcr_core.descriptors import Variation
from mcr_core.kernels.variation import VariationKernel
from mcr_core.objective.kernel_terms import KernelTerms
from mcr_core.objective.planes import PlaneTerms
from mcr_core.settings import Settings
from mcr_core.term import Term

SHAPE = (8, 8, 8)
TERM = Term(descriptor=Variation())
EXHAUSTED = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating")


class Fails:
    """A function that raises an error for more planes than fit, or the first time."""

    def __init__(self, function, error, most=None):
        self.function = function
        self.error = error
        self.most = most
        self.lengths = []

    def __call__(self, planes, *arguments):
        self.lengths.append(len(planes))
        if len(self.lengths) == 2 if self.most is None else len(planes) > self.most:
            raise self.error
        return self.function(planes, *arguments)


@pytest.fixture
def fields():
    return np.random.default_rng(0).random((1, *SHAPE))


@pytest.fixture
def target(slice_image):
    return characterize(slice_image, [TERM.descriptor])


@pytest.fixture
def settings():
    return Settings(dtype="float64")


def failing(terms, error, most=None):
    """Let the compiled function of the first axis fail; return what counts its calls."""
    axis = terms._axes[0]
    fails = Fails(axis.function, error, most)
    object.__setattr__(axis, "function", fails)
    return fails


@pytest.mark.parametrize("error", [EXHAUSTED, MemoryError()])
def test_half_a_chunk_goes_on(target, settings, fields, caplog, error):
    expected, gradient = PlaneTerms(target, [TERM], SHAPE, settings)(fields)
    terms = PlaneTerms(target, [TERM], SHAPE, settings, chunk=4)
    fails = failing(terms, error)
    with caplog.at_level(logging.WARNING, "mcr_core"):
        found, slope = terms(fields)
    assert fails.lengths == [4, 4, 2, 2, 2, 2]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(slope, gradient, rtol=1e-12)
    (note,) = terms.notes
    assert note.startswith("out of memory: chunks of 2 planes go on; another run with this seed")
    assert note in caplog.text
    terms(fields)
    assert fails.lengths[6:] == [2, 2, 2, 2]
    assert terms.notes == (note,)


def test_halved_until_it_fits_or_ends(target, settings, fields):
    terms = PlaneTerms(target, [TERM], SHAPE, settings)
    fails = failing(terms, EXHAUSTED, most=1)
    terms(fields)
    assert fails.lengths == [8, 4, 2, *[1] * 8]
    assert len(terms.notes) == 3
    terms = PlaneTerms(target, [TERM], SHAPE, settings)
    failing(terms, EXHAUSTED, most=0)
    with pytest.raises(tf.errors.ResourceExhaustedError):
        terms(fields)


def test_other_errors_are_no_lack_of_memory(target, settings, fields):
    terms = PlaneTerms(target, [TERM], SHAPE, settings)
    fails = failing(terms, ValueError("a mistake"))
    fails.most = 0
    with pytest.raises(ValueError, match="a mistake"):
        terms(fields)
    assert fails.lengths == [8]


@pytest.fixture
def short_of_memory(monkeypatch):
    """Kernels fail in some calls; return the numbers of these."""
    calls = {"seen": 0, "failing": {5}}
    evaluate = VariationKernel.evaluate

    def sometimes(self, field):
        calls["seen"] += 1
        if calls["seen"] in calls["failing"]:
            raise MemoryError
        return evaluate(self, field)

    monkeypatch.setattr(VariationKernel, "evaluate", sometimes)
    return calls


def test_half_of_the_threads_go_on(target, settings, fields, monkeypatch, short_of_memory):
    monkeypatch.setattr("mcr_core.kernels.workers.usable_cores", lambda: 4)
    short_of_memory["failing"] = set()
    expected, gradient = KernelTerms(target, [TERM], SHAPE, settings)(fields)
    terms = KernelTerms(target, [TERM], SHAPE, settings)
    short_of_memory.update(seen=0, failing={5})
    found, slope = terms(fields)
    assert np.array_equal(found, expected)
    assert np.array_equal(slope, gradient)
    assert terms.notes == ("out of memory: 2 threads go on (the result is the same)",)
    short_of_memory.update(seen=0, failing=set(range(1000)))
    with pytest.raises(MemoryError):
        terms(fields)


def test_the_result_of_a_run_says_so(slice_image, short_of_memory, monkeypatch):
    monkeypatch.setattr("mcr_core.kernels.workers.usable_cores", lambda: 2)
    short_of_memory["failing"] = {40}
    result = match(slice_image, SHAPE, ["variation"], max_iter=2)
    assert any(note.startswith("out of memory: 1 threads go on") for note in result.notes)
    assert result.record()["notes"] == list(result.notes)
