"""A part of the planes: spread over the axis, unbiased, and the same for the same seed."""

import itertools

import numpy as np
import pytest

from mcr_core import Settings, characterize, match
from mcr_core.descriptors import Correlations, Variation
from mcr_core.errors import OptionError
from mcr_core.objective import TargetObjective
from mcr_core.objective.plane_sample import draw_planes, every_plane, sample_size
from mcr_core.objective.planes import PlaneTerms
from mcr_core.optimizers import registry
from mcr_core.term import Term

SHAPE = (5, 6, 7)
#: Axes weigh unlike.
TERM = Term(descriptor=Correlations(limit_to=2), weight=3.0, axis_weights=(1.0, 2.0, 0.5))


class Lots:
    """A generator whose draws are given."""

    def __init__(self, draws):
        self.draws = draws

    def integers(self, low, high):
        return np.array(next(self.draws))


def all_draws(count, fraction):
    """Every draw of `draw_planes`; they are equally likely."""
    bounds = np.arange(sample_size(count, fraction) + 1) * count // sample_size(count, fraction)
    segments = [range(low, high) for low, high in itertools.pairwise(bounds)]
    return [
        draw_planes(count, fraction, Lots(iter([draw]))) for draw in itertools.product(*segments)
    ]


@pytest.fixture
def objective(slice_image):
    target = characterize(slice_image, [TERM.descriptor])

    def objective(**options):
        settings = Settings(dtype="float64", optimizer="adam", **options)
        return TargetObjective(target, [TERM], SHAPE, settings)

    return objective


@pytest.fixture
def compiled(slice_image):
    """Terms that TensorFlow computes."""
    term = Term(descriptor=Variation(), axis_weights=(1.0, 2.0, 0.5))
    settings = Settings(dtype="float64", optimizer="adam", planes=0.4)
    return PlaneTerms(characterize(slice_image, [term.descriptor]), [term], SHAPE, settings)


@pytest.fixture
def fields():
    return np.random.default_rng(0).uniform(0.1, 0.9, (1, *SHAPE))


@pytest.mark.parametrize(
    ("count", "fraction", "size"),
    [(64, 0.25, 16), (7, 0.5, 4), (5, 0.01, 1), (30, 0.1, 3), (10, 1.0, 10), (1, 0.3, 1)],
)
def test_one_plane_of_each_segment(count, fraction, size):
    assert sample_size(count, fraction) == size
    lots = np.random.default_rng(0)
    seen = np.zeros(count, int)
    for _ in range(300):
        sample = draw_planes(count, fraction, lots)
        assert sample.numbers.size == size
        assert sample.factors.sum() == count
        assert np.ptp(sample.factors) <= 1
        assert np.all(np.diff(sample.numbers) > 0)
        assert np.all(np.diff(sample.numbers) < 2 * np.ceil(count / size))
        seen[sample.numbers] += 1
    assert seen.all()


def test_mean_over_all_draws_is_the_whole_sum():
    values = np.random.default_rng(1).random(7)
    draws = all_draws(7, 0.4)
    assert len(draws) == 2 * 2 * 3
    sums = [np.sum(values[draw.numbers] * draw.factors) for draw in draws]
    assert np.mean(sums) == pytest.approx(values.sum(), rel=1e-13)
    assert np.ptp(sums) > 0.1


@pytest.mark.parametrize("by_kernel", [True, False])
def test_mean_over_all_draws_is_the_full_gradient(objective, compiled, fields, by_kernel):
    """The draws of the axes are independent, so each axis is averaged over its own."""
    terms = compiled
    if by_kernel:
        ((_, terms),) = objective()._groups
    counts = dict(zip(("xy", "xz", "yz"), SHAPE, strict=True))
    full_loss, full = terms(fields)
    loss, gradient = 0.0, 0.0
    for plane, count in counts.items():
        others = {name: every_plane(n) for name, n in counts.items() if name != plane}
        found = [terms(fields, {**others, plane: draw}) for draw in all_draws(count, 0.4)]
        loss += np.mean([losses for losses, _ in found], axis=0) - full_loss
        gradient += np.mean([np.asarray(slope) for _, slope in found], axis=0) - full
        assert np.ptp([losses.sum() for losses, _ in found]) > 0
    np.testing.assert_allclose(loss, 0, atol=1e-13 * np.max(full_loss))
    np.testing.assert_allclose(gradient, 0, atol=1e-12 * np.abs(full).max())


def test_mean_over_many_draws_is_the_full_gradient_within_its_scatter(objective, fields):
    objective = objective(planes=0.3)
    assert objective.estimated
    full = objective.in_full(fields)
    found = [objective(fields) for _ in range(400)]
    losses = np.array([one.loss for one in found])
    gradients = np.array([one.gradient for one in found])
    error = losses.std() / 20
    assert error > 0
    assert abs(losses.mean() - full.loss) < 4 * error
    deviation = gradients.mean(0) - full.gradient
    scatter = gradients.std(0) / 20
    assert np.all(scatter > 0)
    # In units of the standard error: a mean square of 1 over many voxels.
    assert 0.5 < np.mean((deviation / scatter) ** 2) < 1.5


def test_the_seed_decides_the_draws(objective, fields):
    def losses(**options):
        one = objective(planes=0.4, **options)
        return [one(fields).loss for _ in range(3)]

    first = losses(seed=1)
    assert first == losses(seed=1)
    assert first != losses(seed=2)
    assert len(set(first)) == 3


def test_all_planes_are_no_estimate(objective, fields):
    for planes in ("all", 1.0):
        one = objective(planes=planes)
        assert not one.estimated
        assert one(fields).loss == one.in_full(fields).loss == one(fields).loss
    part = objective(planes=0.4)
    assert part.in_full(fields).loss == pytest.approx(one(fields).loss, rel=1e-12)


def test_a_chunk_of_a_part_serves_for_all_planes(compiled, fields):
    """The result is evaluated with all planes; another length of chunk is compiled anew."""
    lots = np.random.default_rng(0)
    samples = {
        plane: draw_planes(count, 0.4, lots)
        for plane, count in zip(("xy", "xz", "yz"), SHAPE, strict=True)
    }
    compiled(fields, samples)
    counts = [axis.function.experimental_get_tracing_count() for axis in compiled._axes]
    compiled(fields)
    assert counts == [axis.function.experimental_get_tracing_count() for axis in compiled._axes]


def test_optimizers_that_compare_losses_refuse_a_part():
    stochastic = {name for name in registry.names() if registry.get(name).stochastic}
    assert stochastic == {"adadelta", "adagrad", "adam", "adamax", "nadam", "rmsprop", "sgd"}
    for name in registry.names():
        assert Settings(optimizer=name, planes=1).plane_fraction == 1
        if name in stochastic:
            assert Settings(optimizer=name, planes="0.25").planes == 0.25
            continue
        with pytest.raises(OptionError, match=rf"planes=0\.25 .*, and {name} compares losses .*us"):
            Settings(optimizer=name, planes=0.25)


@pytest.mark.parametrize("planes", ["some", 0, 1.5, -1, float("nan"), True, None, [1]])
def test_no_fraction(planes):
    with pytest.raises(OptionError, match="expected planes to be all or a fraction above 0"):
        Settings(optimizer="adam", planes=planes)


def test_a_run_with_a_part_of_the_planes(slice_image):
    """Its result, not an estimate, is what is reported; the same seed gives the same bits."""
    terms = [Correlations(limit_to=2), Variation()]

    def result(seed):
        return match(
            slice_image, (12, 12, 12), terms, max_iter=6, seed=seed, optimizer="adam", planes=0.25
        )

    first, second = result(3), result(3)
    assert np.array_equal(first.microstructure.labels, second.microstructure.labels)
    assert [one["loss"] for one in first.history] == [one["loss"] for one in second.history]
    whole = TargetObjective(
        first.target, [Term(descriptor=one) for one in terms], (12, 12, 12), Settings()
    )
    expected = whole(first.microstructure.fields(np.float32)).loss
    assert first.loss == pytest.approx(expected, rel=1e-5)


def test_a_start_that_is_the_result_is_evaluated_in_full(slice_image):
    made = match(slice_image, (12, 12, 12), ["variation"], max_iter=0)
    again = match(
        slice_image,
        (12, 12, 12),
        ["variation"],
        initial=made.microstructure,
        max_iter=0,
        optimizer="adam",
        planes=0.1,
    )
    assert again.loss == pytest.approx(made.loss, rel=1e-5)
    assert again.history[0]["loss"] != pytest.approx(made.loss, rel=1e-3)
