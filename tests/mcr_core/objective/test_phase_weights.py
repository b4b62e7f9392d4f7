"""`weighting="phases"`: residuals of a rare phase count like those of the others."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.descriptors import Correlations, CrossCorrelations, LinealPath, TwoPoint, Variation
from mcr_core.objective import TargetObjective
from mcr_core.objective.wanted import phase_scales, residual_scales
from mcr_core.swaps.state import swap_state

SHAPE = (9, 12, 12)
TERMS = (
    mcr.Term(descriptor=Correlations(limit_to=3), weight=2),
    mcr.Term(descriptor=LinealPath(limit_to=3), weight=0.5),
    mcr.Term(descriptor=TwoPoint(limit_to=4), over="mean", weight=0.3),
    mcr.Term(descriptor=Variation(), over="mean"),
)


def source(shares, shape=(14, 15), seed=0):
    rng = np.random.default_rng(seed)
    values = rng.choice(len(shares), size=shape, p=shares)
    values.flat[: len(shares)] = np.arange(len(shares))
    return mcr.Microstructure.from_array(values)


def settings_of(weighting, **options):
    return mcr.Settings(weighting=weighting, dtype="float64", phase_sum_weight=0, **options)


def test_variances_and_their_mean_over_the_fields():
    found = phase_scales([0.5, 0.3, 0.2])
    variances = np.array([0.25, 0.21, 0.16])
    np.testing.assert_allclose(found, variances.mean() / variances)
    # Two phases have one field.
    np.testing.assert_array_equal(phase_scales([0.9, 0.1]), [1.0])
    np.testing.assert_array_equal(phase_scales([0.2] * 5), np.ones(5))


def test_a_phase_of_a_few_voxels_does_not_outweigh_the_others():
    for share in (0.001, 0.0):
        found = phase_scales([0.5, 0.5 - share, share])
        assert found[2] == pytest.approx(10 * found[0])
    np.testing.assert_array_equal(phase_scales([1.0, 0.0, 0.0]), np.ones(3))


def test_two_phases_and_terms_of_all_phases_are_as_given():
    chosen = settings_of("phases")
    two = mcr.characterize(source((0.7, 0.3)), TwoPoint(limit_to=3))
    assert residual_scales(two, mcr.Term(descriptor=TwoPoint(limit_to=3)), 3, "xy", chosen) is None
    term = mcr.Term(descriptor=CrossCorrelations(limit_to=3))
    three = mcr.characterize(source((0.6, 0.3, 0.1)), term.descriptor)
    assert residual_scales(three, term, 3, "xy", chosen) is None


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.descriptor.name)
def test_the_loss_is_the_mean_over_fields_times_squares_of_their_scales(term):
    """With the target moved in one field alone, of an image that has it elsewhere."""
    image = source((0.6, 0.3, 0.1), shape=(12, 12))
    term = term.model_copy(update={"over": "planes"})
    target = mcr.characterize(image, term.descriptor)
    fields = image.fields(np.float64)
    for field, scale in enumerate(phase_scales(target.phase_fractions)):
        moved = np.array(fields)
        moved[field] *= 0.9
        given, weighted = (
            TargetObjective(target, [term], (12, 12), settings_of(name, open_result=True))(moved)
            for name in ("given", "phases")
        )
        # Statistics are kept in single precision: where nothing was moved, a little is left.
        assert weighted.loss == pytest.approx(scale**2 * given.loss, rel=1e-4)


def test_kernels_and_tensorflow_agree():
    terms, shape = (TERMS[0], TERMS[2], TERMS[3]), (10, 10, 10)
    target = mcr.characterize(source((0.6, 0.3, 0.1)), [term.descriptor for term in terms])
    fields = np.random.default_rng(1).random((3, *shape))
    chosen = settings_of("phases")
    ours = TargetObjective(target, terms, shape, chosen)(fields)
    other = TargetObjective(target, terms, shape, chosen, gpu=True, chunk=4)(fields)
    assert list(ours.parts.values()) == pytest.approx(list(other.parts.values()), rel=1e-11)
    scale = np.abs(ours.gradient).max()
    np.testing.assert_allclose(ours.gradient, other.gradient, atol=1e-11 * scale)


def test_swaps_have_the_same_loss():
    target = mcr.characterize(source((0.6, 0.3, 0.1)), [term.descriptor for term in TERMS])
    chosen = settings_of("phases")
    fields = source((0.6, 0.3, 0.1), shape=SHAPE, seed=5).fields(np.float64)
    state = swap_state(target, TERMS, SHAPE, chosen, fields)
    for _ in state.prepare():
        pass
    objective = TargetObjective(target, TERMS, SHAPE, chosen)
    assert state.parts == pytest.approx(dict(objective(state.fields()).parts), rel=1e-9)
    flat = state.labels.ravel()
    for other in np.flatnonzero(flat != flat[0])[:4]:
        state.propose(0, int(other))
        state.accept()
    assert state.loss == pytest.approx(objective(state.fields()).loss, rel=1e-6)
