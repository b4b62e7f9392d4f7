"""The null model has the target's fractions and its unlike neighbours, and is no start."""

import numpy as np
import pytest

from mcr_core.microstructure import Microstructure
from mcr_core.phases import to_labels
from mcr_core.scorecard.null_model import null_model
from mcr_core.starts import GaussianField
from mcr_core.verbs.characterize import statistics_of


@pytest.fixture
def target(media):
    image = media["gaussian"]((64, 64), 3, width=2.4)
    return statistics_of(Microstructure.from_array(image), ())


def test_fractions_and_surface(target, media):
    made = null_model(target, (32, 32, 32), 0)
    assert made.mean() == pytest.approx(target.phase_fractions[1], abs=1 / made.size)
    wanted = _unlike(media["gaussian"]((64, 64), 3, width=2.4))
    assert _unlike(made) == pytest.approx(wanted, rel=0.05)


def _unlike(labels):
    """Share of the pairs of neighbours that differ; periodic."""
    pairs = [np.mean(labels != np.roll(labels, 1, axis)) for axis in range(labels.ndim)]
    return np.mean(pairs)


def test_it_is_not_the_start_of_a_run_with_that_seed(target):
    shape = (24, 24, 24)
    start = to_labels(GaussianField().fields(target, shape, 0), target.phase_fractions)
    made = null_model(target, shape, 0)
    by_chance = (target.phase_fractions**2).sum()
    assert abs((made == start).mean() - by_chance) < 0.1
    np.testing.assert_array_equal(made, null_model(target, shape, 0))
    assert (made != null_model(target, shape, 1)).any()


def test_three_phases(three_phases):
    target = statistics_of(three_phases, ())
    made = null_model(target, (24, 24), 0)
    np.testing.assert_allclose(np.bincount(made.ravel()) / made.size, target.phase_fractions)
