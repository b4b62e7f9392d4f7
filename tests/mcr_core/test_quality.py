"""What a result must be: binary, exact in its fractions, right in S₂; and unlike other seeds."""

import numpy as np
import pytest
from scipy import fft
from scipy.ndimage import gaussian_filter

from mcr_core import match, read
from mcr_core.descriptors import Correlations, Variation
from mcr_core.microstructure import Microstructure
from mcr_core.phases import to_labels
from mcr_core.term import Term
from mcr_core.two_point_error import two_point_error

MEAN, LARGEST = 0.01, 0.03
TERMS = [Term(descriptor=Correlations(limit_to=8)), Term(descriptor=Variation(), weight=10)]


@pytest.fixture(scope="module")
def source(pytestconfig):
    return read(pytestconfig.rootpath / "sample_data" / "isotropic.tif")


@pytest.fixture(scope="module")
def results(source):
    return [match(source, (32, 32, 32), TERMS, max_iter=12, seed=seed) for seed in (0, 1)]


def _passes(microstructure, target):
    error = two_point_error(microstructure, target)
    return error.mean <= MEAN and error.largest <= LARGEST


def test_fractions_are_exact_to_the_voxel(source, results):
    share = source.phase_fractions[1] * 32**3
    for result in results:
        assert set(np.unique(result.microstructure.labels)) == {0, 1}
        assert abs(int(result.microstructure.labels.sum()) - share) <= 0.5


def test_two_point_correlation_is_that_of_the_slice(results):
    for result in results:
        assert _passes(result.microstructure, result.target)


def test_noise_and_shuffled_voxels_fail_the_same_check(results):
    made, target = results[0].microstructure, results[0].target
    rng = np.random.default_rng(0)
    noise = to_labels(rng.random((1, 32, 32, 32)), target.phase_fractions)
    assert not _passes(made.with_labels(noise), target)
    shuffled = rng.permutation(made.labels.ravel()).reshape(made.shape)
    assert not _passes(made.with_labels(shuffled), target)


def test_the_check_sees_features_of_another_size(results):
    made, target = results[0].microstructure, results[0].target
    twice = made.labels[:16, :16, :16].repeat(2, 0).repeat(2, 1).repeat(2, 2)
    exact = to_labels(
        gaussian_filter(twice[None].astype(float), (0, 1, 1, 1)), target.phase_fractions
    )
    assert not _passes(made.with_labels(exact), target)


def test_two_seeds_share_no_more_voxels_than_chance_under_any_shift(source):
    """At 64³ there are enough features for chance to be narrow; few iterations move little."""
    first, second = (
        match(source, (64, 64, 64), TERMS, max_iter=1, seed=seed).microstructure.labels.astype(
            float
        )
        for seed in (0, 1)
    )
    fraction = first.mean()
    both = fft.irfftn(np.conj(fft.rfftn(first)) * fft.rfftn(second), first.shape) / first.size
    # Voxels that agree: both in the phase, or both outside of it.
    agree = 1 - 2 * fraction + 2 * both
    chance = fraction**2 + (1 - fraction) ** 2
    assert np.abs(agree - chance).max() < 0.05
    assert agree.size == 64**3


def test_a_slice_of_two_dimensions_gives_an_image(source):
    result = match(source, source.shape, TERMS, max_iter=10)
    assert result.microstructure.shape == source.shape
    assert result.loss < 0.01


def test_volume_to_volume():
    field = gaussian_filter(
        np.random.default_rng(0).standard_normal((24, 24, 24)), (1, 1, 3), mode="wrap"
    )
    volume = Microstructure.from_array(field > np.quantile(field, 0.7), periodic=True)
    result = match(volume, (24, 20, 28), [Term(descriptor=Correlations(limit_to=4))], max_iter=15)
    assert two_point_error(result.microstructure, result.target, 4).mean < 0.02
    turned = Microstructure.from_array(volume.labels.transpose(2, 1, 0), periodic=True)
    other = match(turned, (24, 20, 28), [Term(descriptor=Correlations(limit_to=4))], max_iter=1)
    assert two_point_error(result.microstructure, other.target, 4).mean > 0.02


def test_three_phases(three_phases):
    terms = [Term(descriptor=Correlations(limit_to=4)), Term(descriptor=Variation())]
    result = match(three_phases, (20, 20, 20), terms, max_iter=15, symmetry="cubic")
    made = result.microstructure
    assert np.abs(made.phase_fractions - three_phases.phase_fractions).max() * 8000 < 1
    assert two_point_error(made, result.target, 4).mean < 0.02
