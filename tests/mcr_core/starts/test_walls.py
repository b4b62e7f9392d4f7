"""A start of thin walls: a phase between two levels of a Gaussian field, where S₃ says so."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import mcr_core as mcr
from mcr_core.descriptors import Correlations, TwoPoint
from mcr_core.descriptors.lag_map import lags
from mcr_core.phases import exact_counts, to_labels
from mcr_core.starts import GaussianField
from mcr_core.starts.truncation import NestedCuts
from mcr_core.starts.walls import has_walls, triple_ratios


def image(kind, phase=1, extent=(96, 96), share=0.2, sigma=4.0):
    """A slice with a share of a phase: above a level, or between two levels."""
    noise = np.random.default_rng(2).standard_normal(extent)
    field = gaussian_filter(noise, sigma, mode="wrap")
    field = field if kind == "grains" else -np.abs(field)
    inside = field > np.quantile(field, 1 - share)
    return mcr.Microstructure.from_array(inside == (phase == 1), periodic=True)


def target_of(source, *descriptors):
    return mcr.characterize(source, descriptors or (Correlations(limit_to=6),))


def unlike(labels):
    return np.mean([np.mean(labels != np.roll(labels, 1, axis)) for axis in range(labels.ndim)])


@pytest.mark.parametrize("phase", [0, 1])
def test_three_points_tell_walls_from_grains(phase):
    assert has_walls(target_of(image("walls", phase)), 3)
    assert not has_walls(target_of(image("grains", phase)), 3)


def test_without_what_it_takes_there_are_none():
    walls = image("walls")
    assert not has_walls(target_of(walls), 2)
    assert not has_walls(target_of(walls, TwoPoint(limit_to=8)), 3)
    assert not has_walls(target_of(walls, Correlations(limit_to=4)), 3)
    assert not has_walls(target_of(walls, Correlations(limit_to=6, form="soft")), 3)
    labels = np.array(walls.labels)
    labels[:20] = 2
    assert not has_walls(target_of(mcr.Microstructure.from_array(labels)), 3)


@pytest.mark.parametrize("phase", [0, 1])
def test_walls_have_the_fractions_and_the_surface_of_the_target(phase):
    source = image("walls", phase)
    target = target_of(source)
    made = NestedCuts(target, (40, 40, 40), 0, "auto", "between").labels
    counts = exact_counts(target.phase_fractions, 40**3)
    np.testing.assert_array_equal(np.bincount(made.ravel()), counts)
    assert unlike(made) == pytest.approx(unlike(source.labels), rel=0.05)


def test_walls_are_as_long_along_each_axis_as_the_target_says():
    noise = np.random.default_rng(3).standard_normal((64, 64, 64))
    field = -np.abs(gaussian_filter(noise, (6, 3, 2), mode="wrap"))
    labels = field > np.quantile(field, 0.8)
    source = mcr.Microstructure.from_array(labels, periodic=True)
    made = NestedCuts(target_of(source), (64, 64, 64), 0, "auto", "between").labels
    for axis in range(3):
        found, wanted = (np.mean(one != np.roll(one, 1, axis)) for one in (made, source.labels))
        assert found == pytest.approx(wanted, rel=0.12)


@pytest.mark.parametrize("phase", [0, 1])
def test_the_start_is_the_cut_that_suits_the_target(phase):
    target, shape = target_of(image("walls", phase)), (24, 24, 24)
    found, walls, grains = (
        to_labels(GaussianField(cut=cut).fields(target, shape, 1), target.phase_fractions)
        for cut in ("auto", "between", "above")
    )
    np.testing.assert_array_equal(found, walls)
    np.testing.assert_array_equal(walls, NestedCuts(target, shape, 1, "auto", "between").labels)
    assert np.mean(walls != grains) > 0.1


def test_more_phases_are_cut_as_ever():
    labels = np.random.default_rng(0).integers(0, 3, (32, 32))
    target = target_of(mcr.Microstructure.from_array(labels))
    one, other = (NestedCuts(target, (16,) * 3, 0, "auto", cut) for cut in ("above", "between"))
    np.testing.assert_array_equal(one.labels, other.labels)


def test_the_triple_ratio_is_that_of_the_rarer_phase():
    source = image("walls")
    inverse = mcr.Microstructure.from_array(1 - source.labels, periodic=True)
    ratios = [
        triple_ratios(target_of(one).planes["all"].values[0][0]["s3"][0], 6)
        for one in (source, inverse)
    ]
    np.testing.assert_allclose(ratios[0], ratios[1], atol=1e-3)


def test_points_that_are_independent_have_a_ratio_of_one():
    known = lags(5)
    share = 0.3
    s3 = np.full((len(known), len(known)), share**3)
    np.fill_diagonal(s3, share**2)
    centre = next(n for n, lag in enumerate(known) if not lag.any())
    s3[centre, centre] = share
    np.testing.assert_allclose(triple_ratios(s3, 5), 0, atol=1e-12)
