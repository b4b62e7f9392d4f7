"""Residuals in units of sampling errors: every way to compute the loss, against brute force."""

import itertools

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.coarse_target import coarse_target
from mcr_core.descriptors import Correlations, LinealPath, TwoPoint, Variation
from mcr_core.descriptors.cluster_correlation import ClusterCorrelation
from mcr_core.descriptors.fft_correlations import FFTCorrelations
from mcr_core.kernels.plane_levels import plane_levels
from mcr_core.losses import registry as losses
from mcr_core.objective import TargetObjective
from mcr_core.objective.unit_loss import unit_loss
from mcr_core.objective.wanted import residual_scales
from mcr_core.planes import plane_names, to_planes_order
from mcr_core.sampling import entry_errors, residual_errors, with_bounds
from mcr_core.swaps.state import swap_state
from mcr_core.targets.prescribed import with_prescribed

SHAPE = (9, 12, 12)
PLANES = (
    mcr.Term(
        descriptor=Correlations(limit_to=3),
        weight=2,
        level_weights=(1, 0.5),
        axis_weights=(1, 2, 0.5),
    ),
    mcr.Term(descriptor=FFTCorrelations()),
    mcr.Term(descriptor=Variation(), weight=3),
    mcr.Term(descriptor=LinealPath(limit_to=3), weight=0.5),
)
MEANS = (
    mcr.Term(descriptor=TwoPoint(limit_to=4), over="mean", weight=0.3),
    mcr.Term(descriptor=Correlations(limit_to=2), over="mean", level_weights=(1, 0.5, 2)),
)
TERMS = (*PLANES, *MEANS)


def source(phases, *, masked=False, shape=(14, 15), seed=0):
    rng = np.random.default_rng([phases, seed])
    mask = np.ones(shape, bool)
    if masked:
        mask[5:7, 2:9] = False
    return mcr.Microstructure.from_array(rng.integers(0, phases, shape), mask=mask)


def settings_of(**options):
    return mcr.Settings(weighting="sampling", dtype="float64", phase_sum_weight=0, **options)


def floored(errors):
    """Errors of every field, none below half of the root mean square of those that are known."""
    found = []
    for field in np.asarray(errors, np.float64):
        known = field[field != 0.5]
        least = 0.5 * np.sqrt(np.mean(known**2)) if known.size else 0
        found.append(np.where(field < least, least, field))
    return np.array(found)


def shared(descriptor, name, found, *wanted):
    """Entries [F, n] that two blocks have, as descriptors name them."""
    if found.shape[1:] == wanted[0].shape[1:]:
        return [block.reshape(len(block), -1) for block in (found, *wanted)]
    rows = [
        {tuple(row): n for n, row in enumerate(descriptor.entries(name, b.shape[1:]).tolist())}
        for b in (found, wanted[0])
    ]
    both = [entry for entry in rows[0] if entry in rows[1]]
    assert both
    positions = [[row[entry] for entry in both] for row in rows]
    return [
        block.reshape(len(block), -1)[:, positions[0] if block is found else positions[1]]
        for block in (found, *wanted)
    ]


def chi_square(descriptor, found, wanted, errors):
    """Mean over entries and fields of ((value − target) / error)², of one level."""
    residuals = []
    for name, block in wanted.items():
        value, target, error = shared(descriptor, name, found[name], block, floored(errors[name]))
        residuals.append((value - target) / error)
    return np.mean(np.concatenate(residuals, 1) ** 2)


def brute_force(target, term, fields, *, periodic):
    """The loss of a term, plane by plane."""
    total = 0.0
    descriptor, index = term.descriptor, target.index(term.descriptor)
    for position, plane in enumerate(plane_names(3)):
        planes = fields.transpose(to_planes_order(3, plane))
        valid = None if periodic else np.ones((1, *planes.shape[2:]))
        row = plane if plane in target.planes else "cubic"
        wanted = target.planes[row].values[index]
        errors = entry_errors(target, row, index)
        levels = min(len(wanted), descriptor.levels(*planes.shape[2:]))
        each = [
            [
                {name: np.asarray(block)[0] for name, block in level.items()}
                for level in plane_levels(descriptor, one[None], valid, levels)
            ]
            for one in planes
        ]
        if term.over == "mean":
            means = [
                {name: np.mean([one[level][name] for one in each], 0) for name in wanted[level]}
                for level in range(levels)
            ]
            each = [means]
        for one, level in itertools.product(each, range(levels)):
            factor = (term.level_weights or (1,) * levels)[level]
            found = chi_square(descriptor, one[level], wanted[level], errors[level])
            axis = (term.axis_weights or (1, 1, 1))[position]
            total += term.weight * axis / 3 * factor / levels * found / len(each)
    return total


@pytest.mark.parametrize("periodic", [True, False], ids=["periodic", "open"])
@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("phases", [2, 3])
def test_losses_are_reduced_chi_squares(phases, masked, periodic):
    image = source(phases, masked=masked)
    target = mcr.characterize(image, [term.descriptor for term in TERMS])
    fields = np.random.default_rng(1).random((1 if phases == 2 else phases, *SHAPE))
    found = TargetObjective(target, TERMS, SHAPE, settings_of(open_result=not periodic))(fields)
    expected = [brute_force(target, term, fields, periodic=periodic) for term in TERMS]
    assert list(found.parts.values()) == pytest.approx(expected, rel=1e-10)


def test_of_a_volume_errors_are_bounds_of_each_direction():
    volume = source(2, shape=(14, 12, 13))
    target = mcr.characterize(volume, [term.descriptor for term in TERMS])
    fields = np.random.default_rng(1).random((1, *SHAPE))
    found = TargetObjective(target, TERMS, SHAPE, settings_of())(fields)
    expected = [brute_force(target, term, fields, periodic=True) for term in TERMS]
    assert list(found.parts.values()) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("phases", [2, 3])
def test_kernels_and_tensorflow_agree(phases):
    # A cube, and few terms: every other extent of planes is compiled, too.
    terms, shape = (PLANES[1], PLANES[2], MEANS[0]), (10, 10, 10)
    target = mcr.characterize(source(phases), [term.descriptor for term in terms])
    fields = np.random.default_rng(1).random((1 if phases == 2 else phases, *shape))
    ours = TargetObjective(target, terms, shape, settings_of())(fields)
    # 4 planes a call: the last call has fewer.
    other = TargetObjective(target, terms, shape, settings_of(), gpu=True, chunk=4)(fields)
    assert list(ours.parts.values()) == pytest.approx(list(other.parts.values()), rel=1e-11)
    scale = np.abs(ours.gradient).max()
    np.testing.assert_allclose(ours.gradient, other.gradient, atol=1e-11 * scale)


@pytest.mark.parametrize("loss", losses.names())
def test_the_gradient_is_that_of_the_loss(loss):
    target = mcr.characterize(source(2), [term.descriptor for term in TERMS])
    objective = TargetObjective(target, TERMS, SHAPE, settings_of(loss=loss))
    rng = np.random.default_rng(9)
    fields, direction = rng.random((1, *SHAPE)), rng.standard_normal((1, *SHAPE))
    slope = np.sum(objective(fields).gradient * direction)
    step = 1e-6
    rise = objective(fields + step * direction).loss - objective(fields - step * direction).loss
    assert slope == pytest.approx(rise / (2 * step), rel=1e-5)


def test_float32_is_as_exact_as_the_errors_need():
    target = mcr.characterize(source(2), [term.descriptor for term in TERMS])
    fields = np.random.default_rng(1).random((1, *SHAPE))
    exact = TargetObjective(target, TERMS, SHAPE, settings_of())(fields)
    single = settings_of().model_copy(update={"dtype": "float32"})
    found = TargetObjective(target, TERMS, SHAPE, single)(fields)
    assert list(found.parts.values()) == pytest.approx(list(exact.parts.values()), rel=1e-5)
    scale = np.abs(exact.gradient).max()
    np.testing.assert_allclose(found.gradient, exact.gradient, atol=2e-5 * scale)


@pytest.mark.parametrize("loss", ["mse", "l1", "l2"])
@pytest.mark.parametrize("phases", [2, 3])
def test_swaps_have_the_same_loss(phases, loss):
    """Terms that follow swaps, and one that is evaluated again."""
    terms = (*PLANES, mcr.Term(descriptor=ClusterCorrelation(limit_to=3)))
    target = mcr.characterize(source(phases), [term.descriptor for term in terms])
    settings = settings_of(loss=loss)
    fields = source(phases, shape=SHAPE, seed=5).fields(np.float64)
    state = swap_state(target, terms, SHAPE, settings, fields)
    for _ in state.prepare():
        pass
    objective = TargetObjective(target, terms, SHAPE, settings)
    expected = objective(state.fields())
    assert state.parts == pytest.approx(dict(expected.parts), rel=1e-9)
    flat = state.labels.ravel()
    for other in np.flatnonzero(flat != flat[0])[:4]:
        before = state.loss
        change = state.propose(0, int(other))
        state.accept()
        state.recount()
        assert change == pytest.approx(state.loss - before, rel=1e-3, abs=1e-6 * before)
    assert state.loss == pytest.approx(objective(state.fields()).loss, rel=1e-9)


def test_whole_volumes_have_the_bounds_of_a_volume():
    term = mcr.Term(descriptor=Variation(domain="volume"), weight=2)
    volume = source(2, shape=(14, 12, 13))
    target = mcr.characterize(volume, [term.descriptor])
    fields = np.random.default_rng(1).random((1, *SHAPE))
    found = TargetObjective(target, [term], SHAPE, settings_of())(fields).loss
    (wanted,), (errors,) = target.volume_levels(0), residual_errors(target, "xy", 0)
    (value,) = term.descriptor.evaluate(fields[None], None, 1)
    residuals = [
        ((np.asarray(value[name])[0] - wanted[name]) / errors[name]).ravel() for name in wanted
    ]
    assert found == pytest.approx(2 * np.mean(np.concatenate(residuals) ** 2), rel=1e-6)


def test_rare_entries_do_not_outweigh_the_others():
    """Three far points within a thin phase: hardly any in the image, and a tiny error."""
    labels = np.zeros((32, 32), int)
    labels[3, 4:28] = labels[20:29, 9] = labels[14:17, 20:23] = 1
    target = mcr.characterize(mcr.Microstructure.from_array(labels), Correlations(limit_to=4))
    errors = entry_errors(target, "all", 0)[0]["s3"]
    least = residual_errors(target, "all", 0)[0]["s3"].min()
    assert errors.min() < 0.5 * least
    assert least == pytest.approx(0.5 * np.sqrt(np.mean(errors.astype(float) ** 2)))


@pytest.mark.parametrize(("symmetry", "row"), [("none", "all"), ("cubic", "cubic")])
def test_errors_are_those_of_what_is_asked_for(symmetry, row):
    """Of one image: with symmetry=none those of the image as it is, not of its cubic mean."""
    term = mcr.Term(descriptor=TwoPoint(limit_to=4))
    target = mcr.characterize(source(2), [term.descriptor])
    chosen = settings_of(symmetry=symmetry)
    prescribed, _ = with_prescribed(target, SHAPE, chosen)
    scales = residual_scales(prescribed, term, 3, "xz", chosen)[0]
    errors = residual_errors(target, row, 0)[0]
    np.testing.assert_allclose(scales["s2"], 1 / errors["s2"])
    other = residual_errors(target, "cubic" if row == "all" else "all", 0)[0]["s2"]
    assert not np.allclose(errors["s2"], other, rtol=1e-3)


def test_coarse_targets_have_the_errors_of_their_level():
    terms = [mcr.Term(descriptor=Correlations(limit_to=2))]
    for image in (source(2, shape=(16, 16)), source(2, shape=(16, 16, 16))):
        target = with_bounds(mcr.characterize(image, [terms[0].descriptor]))
        coarse = coarse_target(target, 1)
        for row in target.planes:
            whole, part = (residual_errors(one, row, 0) for one in (target, coarse))
            assert len(part) == len(whole) - 1 > 0
            for fine, level in zip(whole[1:], part, strict=True):
                for name in fine:
                    np.testing.assert_array_equal(fine[name], level[name])


def test_bounds_stand_in_for_errors_that_are_not_known():
    volume = mcr.characterize(source(2, shape=(14, 12, 13)), TwoPoint(limit_to=3))
    bounded = with_bounds(volume)
    assert all(row.errors is None for row in volume.planes.values())
    assert bounded.planes["xy"].errors.bounds == ("two_point",)
    for plane in volume.planes:
        for ours, theirs in zip(
            entry_errors(volume, plane, 0), entry_errors(bounded, plane, 0), strict=True
        ):
            np.testing.assert_allclose(ours["s2"], theirs["s2"], rtol=1e-6)
    known = mcr.characterize(source(2), TwoPoint(limit_to=3))
    assert with_bounds(known).planes["all"] is known.planes["all"]


@pytest.mark.parametrize("phases", [2, 3])
def test_the_unit_loss_is_that_of_residuals_as_large_as_the_errors(phases):
    """Targets moved by one error each, at the fields that have the targets themselves."""
    image = source(phases, shape=(12, 12))
    terms = [
        mcr.Term(descriptor=Correlations(limit_to=3), weight=2, level_weights=(1, 0.25)),
        mcr.Term(descriptor=Correlations(limit_to=2), weight=0.5, block_weights=(3, 0.5)),
        mcr.Term(descriptor=Variation(), axis_weights=(4, 1, 1)),
    ]
    target = mcr.characterize(image, [term.descriptor for term in terms])
    settings = settings_of(open_result=True)
    moved = _moved(target)
    found = TargetObjective(moved, terms[:2], (12, 12), settings)(image.fields(np.float64))
    assert found.loss == pytest.approx(unit_loss(target, terms[:2], (12, 12)), rel=1e-4)
    assert unit_loss(target, terms[:2], (12, 12)) == pytest.approx(2 * 0.625 + 0.5 * 3.5)
    assert unit_loss(target, terms[2:], (12, 12, 12)) == pytest.approx(2)


def _moved(target):
    """The target with values that are one error too large."""
    from dataclasses import replace

    row = target.planes["all"]
    values = tuple(
        tuple(
            {name: block + errors[name] for name, block in blocks.items()}
            for blocks, errors in zip(levels, residual_errors(target, "all", index), strict=True)
        )
        for index, levels in enumerate(row.values)
    )
    return replace(target, planes={"all": replace(row, values=values)})
