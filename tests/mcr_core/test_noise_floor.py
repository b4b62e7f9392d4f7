"""The rule that ends a run where the target is met within its sampling errors."""

import math

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.descriptors import TwoPoint
from mcr_core.errors import OptionError
from mcr_core.microstructure import Microstructure
from mcr_core.optimizers.base import Step
from mcr_core.reconstruction.noise_floor import NoiseFloor

OPTIONS = {"weighting": "sampling", "stop": "noise_floor"}


def ends(losses, fields, floor=1.0, parts=None):
    """The iteration at which the rule ends a run; None: it does not."""
    rule = NoiseFloor(floor)
    for iteration, (loss, now) in enumerate(zip(losses, fields, strict=True)):
        if rule.reached(iteration, Step(iteration, 1, loss, parts or {}, now)):
            return iteration
    return None


def flipping(iterations, voxels, shape=(1, 10, 1000), until=math.inf):
    """Fields of which so many voxels flip in every iteration up to one; each flips once."""
    fields, found = np.full(shape, 0.2), []
    for iteration in range(iterations):
        if 0 < iteration <= until:
            fields.ravel()[voxels * (iteration - 1) : voxels * iteration] = 0.7
        found.append(fields.copy())
    return found


def test_ends_after_20_iterations_where_nothing_flips():
    assert ends([0.9] * 41, flipping(41, 0)) == 20


def test_flips_of_20_iterations_count():
    # 10 of 10,000 are 0.1 %: not fewer.
    assert ends([0.9] * 61, flipping(61, 1, until=30)) == 45
    assert ends([0.9] * 61, flipping(61, 10, until=30)) == 50
    assert ends([0.9] * 61, flipping(61, 1)) is None


def test_the_loss_must_be_that_of_the_errors_or_less():
    losses = [3.0] * 33 + [2.0] * 8
    assert ends(losses, flipping(41, 0), floor=2.0) == 35
    assert ends(losses, flipping(41, 0), floor=1.9) is None
    assert ends([math.nan] * 41, flipping(41, 0)) is None


def test_penalties_are_no_statistics():
    still = flipping(41, 0)
    assert ends([1.5] * 41, still, parts={"two_point": 0.9, "phase sum": 0.6}) == 20
    assert ends([1.5] * 41, still, parts={"two_point": 1.1, "phase sum": 0.4}) is None


def test_phases_are_those_of_the_largest_field():
    one, other = np.zeros((3, 10, 10)), np.zeros((3, 10, 10))
    one[0], one[1], one[2] = 0.4, 0.5, 0.1
    other[0], other[1], other[2] = 0.1, 0.8, 0.1
    assert ends([0.9] * 21, [one] * 20 + [other]) == 20
    other[2, 0, 0] = 0.9
    assert ends([0.9] * 21, [one] * 20 + [other]) is None


@pytest.fixture
def target(slice_image):
    return mcr.characterize(slice_image, TwoPoint(limit_to=4))


#: At the start its chi-square is below 1 already; planes alone are further off.
TERM = mcr.Term(descriptor=TwoPoint(limit_to=4), over="mean", weight=30)
#: Hardly anything flips.
SLOW = {"optimizer": {"name": "adam", "options": {"learning_rate": 1e-4}}}


def test_a_run_ends_at_the_noise_floor(target):
    result = mcr.reconstruct(target, (16, 16, 16), TERM, max_iter=50, **SLOW, **OPTIONS)
    assert result.stop_reason is mcr.StopReason.NOISE_FLOOR
    assert result.record()["stop_reason"] == "noise_floor"
    assert result.history[-1]["iteration"] == 20
    # of a term with a weight of 30
    assert 1 < result.history[-1]["loss"] < 30


def test_a_run_goes_on_while_voxels_flip(target):
    result = mcr.reconstruct(target, (16, 16, 16), TERM, max_iter=25, **OPTIONS)
    assert result.history[-1]["loss"] < 30
    assert result.stop_reason is mcr.StopReason.MAX_ITER


def test_a_run_goes_on_while_the_target_is_not_met(target):
    term = TERM.model_copy(update={"over": "planes"})
    result = mcr.reconstruct(target, (16, 16, 16), term, max_iter=25, **SLOW, **OPTIONS)
    assert result.history[-1]["loss"] > 30
    assert result.stop_reason is mcr.StopReason.MAX_ITER


def test_coarse_levels_do_not_end_by_it(target):
    run = mcr.reconstruct_iter(
        target, (16, 16, 16), TERM, max_iter=60, coarse_levels=1, **SLOW, **OPTIONS
    )
    levels = [state.level for state in run if state.phase == "running"]
    assert run.result.stop_reason is mcr.StopReason.NOISE_FLOOR
    # The start of each is a state, too.
    assert (levels.count(0), levels.count(1)) == (31, 21)


def test_swaps_follow_the_noise_floor(target):
    run = mcr.reconstruct_iter(
        target, (16, 16, 16), TERM, max_iter=50, finish_sweeps=1, **SLOW, **OPTIONS
    )
    phases = [state.phase for state in run]
    assert phases.count("finishing") > 1
    assert run.result.stop_reason is mcr.StopReason.NOISE_FLOOR


def test_match_has_the_sampling_errors_of_its_image(slice_image):
    descriptor = TwoPoint(limit_to=4)
    options = {"max_iter": 2, "weighting": "sampling"}
    ours = mcr.match(slice_image, (16, 16, 16), descriptor, **options)
    target = mcr.characterize(slice_image, descriptor)
    theirs = mcr.reconstruct(target, (16, 16, 16), **options)
    assert ours.target.planes["cubic"].errors is not None
    assert ours.history[-1]["loss"] == theirs.history[-1]["loss"]
    given = mcr.match(slice_image, (16, 16, 16), descriptor, max_iter=0)
    assert given.target.planes["cubic"].errors is None


def test_planes_have_the_errors_of_their_images():
    rng = np.random.default_rng(0)
    images = {
        name: Microstructure.from_array(rng.random((20, 20)) < 0.4, periodic=True)
        for name in ("xy", "xz")
    }
    result = mcr.match(
        shape=(16, 16, 16),
        descriptors=TwoPoint(limit_to=4),
        **images,
        yz="as:xz",
        force=True,
        max_iter=1,
        weighting="sampling",
    )
    for name, image in {**images, "yz": images["xz"]}.items():
        alone = mcr.characterize(image, TwoPoint(limit_to=4)).planes["all"].errors
        np.testing.assert_array_equal(
            result.target.planes[name].errors.values[0][0]["s2"], alone.values[0][0]["s2"]
        )


@pytest.mark.parametrize("optimizer", ["lbfgsb", "adam"])
def test_the_scale_of_the_loss_changes_no_step(target, optimizer):
    """Losses of 1e2 and of 1e-4 converge alike: optimizers scale their objective."""
    options = {"weighting": "sampling", "max_iter": 5, "optimizer": optimizer}
    found = []
    for weight in (1e2, 1e-4):
        term = mcr.Term(descriptor=TwoPoint(limit_to=4), weight=weight)
        rows = mcr.reconstruct(target, (12, 12, 12), term, **options).history
        found.append(np.array([row["loss"] for row in rows]) / weight)
    np.testing.assert_allclose(*found, rtol=1e-2)


@pytest.mark.parametrize(
    ("options", "came"),
    [
        ({"stop": "noise_floor"}, "weighting=given and loss=mse"),
        ({**OPTIONS, "loss": "l1"}, "weighting=sampling and loss=l1"),
    ],
)
def test_needs_chi_squares(options, came):
    with pytest.raises(OptionError, match=f"stop=noise_floor .* needs .*loss=mse, got {came}$"):
        mcr.Settings(**options)
