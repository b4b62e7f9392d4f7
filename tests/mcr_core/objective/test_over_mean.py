"""Terms on the mean over the planes of an axis: both ways to compute them, against brute force."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.descriptors import ChordLengths, Correlations, LinealPath, TwoPoint, Variation
from mcr_core.errors import InputError
from mcr_core.kernels.plane_levels import plane_levels
from mcr_core.losses import registry as losses
from mcr_core.objective import TargetObjective
from mcr_core.objective.kernel_means import KernelMeans
from mcr_core.objective.plane_means import PlaneMeans
from mcr_core.objective.target import term_kind
from mcr_core.planes import plane_names, to_planes_order

SHAPE = (11, 12, 12)
TERMS = (
    mcr.Term(
        descriptor=Correlations(limit_to=3),
        over="mean",
        weight=2,
        level_weights=(1, 0.5),
        axis_weights=(1, 2, 0.5),
    ),
    mcr.Term(descriptor=TwoPoint(limit_to=4), over="mean"),
    mcr.Term(descriptor=Variation(), weight=3, over="planes"),
    mcr.Term(descriptor=LinealPath(limit_to=3), over="mean", weight=0.5),
)


def prepared(phases, periodic):
    """A target, settings and fields to evaluate at."""
    rng = np.random.default_rng(phases)
    image = mcr.Microstructure.from_array(rng.integers(0, phases, (12, 14)), periodic=periodic)
    target = mcr.characterize(image, [term.descriptor for term in TERMS])
    settings = mcr.Settings(dtype="float64", open_result=not periodic, phase_sum_weight=0)
    return target, settings, rng.random((1 if phases == 2 else phases, *SHAPE))


def brute_force(target, term, fields, *, periodic):
    """The loss of a term, from the values of every single plane."""
    total = 0.0
    for position, plane in enumerate(plane_names(3)):
        planes = fields.transpose(to_planes_order(3, plane))
        valid = None if periodic else np.ones((1, *planes.shape[2:]))
        wanted = target.for_plane(plane, 3).values[target.index(term.descriptor)]
        levels = min(len(wanted), term.descriptor.levels(*planes.shape[2:]))
        each = [plane_levels(term.descriptor, one[None], valid, levels) for one in planes]
        of_axis = 0.0
        for level in range(levels):
            residual = np.concatenate(
                [
                    (np.mean([one[level][name][0] for one in each], 0) - block).reshape(
                        len(block), -1
                    )
                    for name, block in wanted[level].items()
                ],
                1,
            )
            factor = (term.level_weights or (1,) * levels)[level]
            of_axis += factor * np.mean(residual**2) / levels
        total += term.weight * (term.axis_weights or (1, 1, 1))[position] * of_axis / 3
    return total


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("phases", [2, 3])
def test_losses_are_those_of_the_mean_of_planes(phases, periodic):
    target, settings, fields = prepared(phases, periodic)
    found = TargetObjective(target, TERMS, SHAPE, settings)(fields)
    for term in TERMS:
        if term.over == "mean":
            expected = brute_force(target, term, fields, periodic=periodic)
            assert found.parts[term.descriptor.name] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("phases", [2, 3])
def test_kernels_and_tensorflow_agree(phases, periodic):
    target, settings, fields = prepared(phases, periodic)
    ours = TargetObjective(target, TERMS, SHAPE, settings)(fields)
    # 5 planes a call: the last call has fewer.
    other = TargetObjective(target, TERMS, SHAPE, settings, gpu=True, chunk=5)(fields)
    assert ours.loss == pytest.approx(other.loss, rel=1e-12)
    for name, part in ours.parts.items():
        assert part == pytest.approx(other.parts[name], rel=1e-12), name
    scale = np.abs(ours.gradient).max()
    np.testing.assert_allclose(ours.gradient, other.gradient, atol=1e-12 * scale)


@pytest.mark.parametrize("loss", losses.names())
def test_the_gradient_is_that_of_the_loss(loss):
    target, settings, fields = prepared(2, True)
    settings = settings.model_copy(update={"loss": losses.create(loss)})
    objective = TargetObjective(target, TERMS, SHAPE, settings)
    direction = np.random.default_rng(9).standard_normal(fields.shape)
    slope = np.sum(objective(fields).gradient * direction)
    step = 1e-6
    rise = objective(fields + step * direction).loss - objective(fields - step * direction).loss
    assert slope == pytest.approx(rise / (2 * step), rel=1e-5)


def test_planes_that_differ_around_the_target_cost_nothing():
    """What `over="planes"` punishes: every plane off, the mean exact."""
    lower, higher = np.full((6, 8, 8), 0.3), np.full((6, 8, 8), 0.7)
    fields = np.concatenate([lower, higher])[None]
    image = mcr.Microstructure.from_array(np.indices((8, 8)).sum(0) % 2, periodic=True)
    target = mcr.characterize(image, ["volume_fractions"])
    loss = {}
    for over in ("planes", "mean"):
        term = mcr.Term(descriptor="volume_fractions", over=over, axis_weights=(1, 0, 0))
        settings = mcr.Settings(dtype="float64")
        loss[over] = TargetObjective(target, [term], (12, 8, 8), settings)(fields).loss
    assert loss["planes"] == pytest.approx(0.04 / 3)
    assert loss["mean"] == pytest.approx(0, abs=1e-20)


def test_who_computes_what():
    term = mcr.Term(descriptor="two_point", over="mean")
    assert term_kind(term, gpu=False) is KernelMeans
    assert term_kind(term, gpu=True) is PlaneMeans
    soft = mcr.Term(descriptor=Correlations(form="soft"), over="mean")
    assert term_kind(soft, gpu=False) is PlaneMeans


def test_a_result_has_the_mean_of_the_target():
    """What the option is for, from the first call to the last."""
    rng = np.random.default_rng(4)
    source = mcr.Microstructure.from_array(rng.random((24, 24)) < 0.3, periodic=True)
    term = mcr.Term(descriptor=TwoPoint(limit_to=4), over="mean")
    result = mcr.match(source, (16, 16, 16), term, max_iter=15, seed=1)
    assert result.history[-1]["loss"] < 0.05 * result.history[0]["loss"]


@pytest.mark.parametrize(
    ("descriptor", "options", "why"),
    [
        (Variation(domain="volume"), {}, "variation with domain=volume has no planes"),
        (
            ChordLengths(max_length=8),
            {"optimizer": "swaps_post"},
            "chord_lengths is compared plane by plane",
        ),
        (TwoPoint(), {"planes": 0.5, "optimizer": "adam"}, "planes=0.5 has a part of them only"),
    ],
)
def test_refused_where_there_is_no_mean_of_all_planes(descriptor, options, why):
    shape = (16, 16, 16) if descriptor.volumetric else (24, 24)
    source = mcr.Microstructure.from_array(np.indices(shape).sum(0) % 3 < 1, periodic=True)
    term = mcr.Term(descriptor=descriptor, over="mean")
    with pytest.raises(InputError, match=rf"^over=mean of .*{why}.*: use over=planes$"):
        mcr.match_iter(source, (16, 16, 16), term, **options)
