"""Exact phases: whatever a run starts from, moves and ends with, for two to six phases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mcr_core as mcr
from mcr_core.phases import exact_counts
from mcr_core.verbs.run_plan import plan

TERM = mcr.Term(descriptor=mcr.descriptors.TwoPoint(limit_to=2))
#: Neither extent nor number of voxels is one that fractions divide.
SHAPES = {2: (9, 7), 3: (5, 6, 7)}
FINISHES = {
    "as it is": {},
    "smoothing": {"finish_smoothing": 0.8},
    "sweeps": {"finish_sweeps": 1, "finish_seconds": 1e6},
}


def image(phases, seed, shape=(8, 11)):
    """Patches of a number of phases, one of which is rare; each is there."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(phases, shape, p=rng.dirichlet(np.ones(phases)))
    labels = np.repeat(labels, 2, axis=-1)
    labels.ravel()[:phases] = range(phases)
    return mcr.Microstructure.from_array(labels, phase_values=range(phases), periodic=True)


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("start", ["noise", "gaussian_field", "volume"])
@pytest.mark.parametrize("finish", FINISHES)
@pytest.mark.parametrize("parametrization", ["simplex", "box"])
@settings(max_examples=2)
@given(phases=st.integers(2, 6), seed=st.integers(0, 10**6))
def test_every_state_and_the_result(parametrization, finish, start, dimension, phases, seed):
    shape = SHAPES[dimension]
    initial = None
    if start == "volume":
        initial = image(phases, seed + 1, tuple(max(3, n - 1) for n in shape))
    source = image(phases, seed)
    run = mcr.match_iter(
        source,
        shape,
        TERM,
        parametrization=parametrization,
        start=start,
        initial=initial,
        seed=seed,
        max_iter=2,
        symmetry="cubic",
        **FINISHES[finish],
    )
    counts = exact_counts(source.phase_fractions, int(np.prod(shape)))
    shown = [state.microstructure for state in run if state.has_microstructure]
    for made in (*shown, run.result.microstructure):
        assert made.shape == shape
        np.testing.assert_array_equal(np.bincount(made.labels.ravel(), minlength=phases), counts)
    fields = run.result.microstructure.fields()
    assert set(np.unique(fields)) <= {0.0, 1.0}
    if phases > 2:
        np.testing.assert_array_equal(fields.sum(0), 1.0)
    sums = fields.reshape(len(fields), -1).sum(1)
    np.testing.assert_array_equal(sums, counts[-len(fields) :])


@settings(max_examples=10)
@given(
    phases=st.integers(2, 6),
    seed=st.integers(0, 10**6),
    dimension=st.sampled_from([2, 3]),
    start=st.sampled_from(["noise", "gaussian_field"]),
)
def test_fields_on_the_way_in_the_simplex(phases, seed, dimension, start):
    source = image(phases, seed)
    target = mcr.characterize(source, [TERM.descriptor])
    options = mcr.Settings(start=start, seed=seed, symmetry="cubic")
    made = plan(target, [TERM], SHAPES[dimension], None, options)
    for step in made.optimizer.iterate(made.objective, made.start, 2):
        fields = np.asarray(step.fields, float)
        assert 0 <= fields.min() <= fields.max() <= 1
        if phases > 2:
            np.testing.assert_allclose(fields.sum(0), 1, atol=1e-5)
        means = fields.reshape(len(fields), -1).mean(1)
        wanted = source.phase_fractions[-len(fields) :]
        bounded = np.clip(wanted, 0.0025, 0.9975)  # variables are bounded, so means are
        np.testing.assert_allclose(means, bounded, atol=0.02)
