"""The Gaussian field has the fractions, the surface and nearly the S₂ of its target."""

import itertools

import numpy as np
import pytest

from mcr_core.errors import OptionError
from mcr_core.microstructure import Microstructure
from mcr_core.phases import exact_counts, to_labels
from mcr_core.starts import GaussianField, Noise
from mcr_core.starts.gaussian_covariance import power_spectrum
from mcr_core.starts.truncation import NestedCuts, _largest, _of_rest, _steps
from mcr_core.two_point_error import two_point_error
from mcr_core.verbs.characterize import statistics_of


def unlike(labels):
    """Share of pairs of neighbours that differ; periodic."""
    return np.mean([np.mean(labels != np.roll(labels, 1, axis)) for axis in range(labels.ndim)])


@pytest.fixture
def source():
    """A smooth periodic image."""
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(3).standard_normal((64, 64))
    field = gaussian_filter(noise, 2.4, mode="wrap")
    return Microstructure.from_array(field > np.quantile(field, 0.7), periodic=True)


@pytest.fixture
def target(source):
    return statistics_of(source, ())


def test_it_has_the_two_point_correlation_of_its_target(slice_image):
    target = statistics_of(slice_image, ())
    errors = []
    for start in (GaussianField(), Noise()):
        fields = start.fields(target, (32, 32, 32), 0)
        labels = to_labels(fields, target.phase_fractions)
        errors.append(two_point_error(Microstructure.from_array(labels, periodic=True), target))
    assert errors[0].mean < 0.02
    assert errors[0].largest < errors[1].largest / 3


def test_smoothing_brings_the_surface_of_the_target(target, source):
    wanted = unlike(source.labels)
    cuts = {width: NestedCuts(target, (32,) * 3, 0, width) for width in ("auto", 0.0, 2.0)}
    assert unlike(cuts["auto"].labels) == pytest.approx(wanted, rel=0.03)
    assert unlike(cuts[0.0].labels) > 1.2 * wanted > 1.5 * unlike(cuts[2.0].labels)
    assert cuts["auto"].widths[0] == pytest.approx(0.7, abs=0.6)
    counts = exact_counts(target.phase_fractions, 32**3)
    for cut in cuts.values():
        np.testing.assert_array_equal(np.bincount(cut.labels.ravel()), counts)


@pytest.mark.parametrize("bad", [-1, "automatic", float("nan")])
def test_a_wrong_width_is_refused(bad):
    with pytest.raises(OptionError, match=r"^gaussian_field: smoothing"):
        GaussianField(smoothing=bad)


def test_it_follows_an_elongated_image():
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(0).standard_normal((48, 48)), (1, 5), mode="wrap")
    image = Microstructure.from_array(field > 0, periodic=True)
    grown = GaussianField().fields(statistics_of(image, ()), (48, 48), 3)[0] > 0.5
    along_y, along_x = ((np.roll(grown, 3, axis) & grown).mean() for axis in (0, 1))
    assert along_x > along_y + 0.05


@pytest.mark.parametrize("phases", [1, 2, 3, 4])
def test_labels_of_the_fields_are_the_cuts(phases):
    rng = np.random.default_rng(1)
    values = rng.integers(0, phases, (24, 24))
    source = Microstructure.from_array(np.kron(values, np.ones((2, 2), int)), periodic=True)
    target = statistics_of(source, ())
    fields = GaussianField().fields(target, (12, 10, 11), 3)
    assert fields.shape == (source.field_count, 12, 10, 11)
    assert 0 <= fields.min() <= fields.max() <= 1
    if phases != 2:
        np.testing.assert_allclose(fields.sum(0), 1, rtol=1e-5)
    cuts = NestedCuts(target, (12, 10, 11), 3, "auto")
    np.testing.assert_array_equal(to_labels(fields, target.phase_fractions), cuts.labels)
    assert len(cuts.widths) == phases - 1


def test_phases_but_the_last_have_their_own_surface():
    """What sharing out the voxels that several fields claim did not give."""
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(3).standard_normal((2, 64, 64))
    one, two = (gaussian_filter(field, 2.4, mode="wrap") for field in noise)
    labels = np.where(one > np.quantile(one, 0.6), 0, np.where(two > 0, 1, 2)).astype(np.uint8)
    target = statistics_of(Microstructure.from_array(labels, periodic=True), ())
    made = NestedCuts(target, (40, 40, 40), 0, "auto").labels
    ratios = sorted(
        abs(np.log(unlike(made == phase) / unlike(labels == phase))) for phase in range(3)
    )
    assert ratios[1] < 0.05


def test_what_is_left_for_a_phase():
    """By counting: S₂ of a field that cuts a phase out of what another has left."""
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 200)) < np.array([[0.3], [0.5]])
    first, second = np.repeat(first, 3), np.repeat(second, 4)[:600]
    rest, own = ~first, second & ~first

    def s2(mask):
        return np.array([np.mean(mask & np.roll(mask, lag)) for lag in range(4)])

    ratio = _of_rest(s2(own), s2(rest), own.sum() / rest.sum())
    assert ratio[0] == own.sum() / rest.sum()
    np.testing.assert_allclose(ratio[1:], (s2(own) / s2(rest))[1:])
    np.testing.assert_array_equal(_of_rest(np.full(4, 0.9), np.ones(4), 0.5), np.full(4, 0.5))


@pytest.mark.parametrize("shape", [(12, 15), (8, 9, 10)])
def test_the_spectrum_is_that_of_the_covariance_at_every_lag(shape):
    """White noise of S₂: the power is even. And an exponential one, by its sum over all lags."""
    profile = np.full(20, 0.25)
    profile[0] = 0.5
    power = power_spectrum([profile] * len(shape), 0.5, shape, 1)
    np.testing.assert_allclose(power, 1.0, atol=1e-5)
    rho = np.exp(-np.arange(30) / 2.0)
    profile = 0.25 + np.arcsin(rho) / (2 * np.pi)  # at a fraction of one half
    power = power_spectrum([profile] * len(shape), 0.5, shape, 1)
    lags = [np.minimum(np.arange(n), n - np.arange(n)) for n in shape]
    total = sum(
        np.interp(np.sqrt(sum(lag**2 for lag in point)), np.arange(30), rho)
        * np.clip(2 - np.sqrt(sum(lag**2 for lag in point)) / 10, 0, 1)
        for point in itertools.product(*lags)
    )
    assert power.ravel()[0] == pytest.approx(total, rel=0.02)


def test_steps_and_largest_by_counting():
    field = np.random.default_rng(0).integers(0, 50, (7, 8, 9)).astype(np.float32)
    order = np.argsort(-field.ravel(), kind="stable")[:100]
    np.testing.assert_array_equal(np.sort(_largest(field.ravel(), 100)), np.sort(order))
    assert _largest(field.ravel(), 0).size == 0
    inside = field >= 30
    by_hand = np.mean([np.mean(inside & ~np.roll(inside, 1, axis)) for axis in range(3)])
    assert _steps(field, int(inside.sum())) == pytest.approx(by_hand)


def test_lags_that_a_mask_leaves_without_pairs_are_no_measurement(slice_image):
    mask = np.zeros((32, 32), bool)
    mask[:16, :16] = True
    masked = Microstructure.from_array(slice_image.labels, mask=mask)
    cropped = Microstructure.from_array(slice_image.labels[:16, :16])
    starts = [
        GaussianField().fields(statistics_of(image, ()), (16, 16, 16), 0)
        for image in (masked, cropped)
    ]
    np.testing.assert_allclose(*starts, atol=1e-4)


def test_the_same_seed_and_another(target):
    one, again, other = (GaussianField().fields(target, (16, 16, 17), seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).mean() > 0.9
