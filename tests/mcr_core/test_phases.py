"""Exact phase counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mcr_core.microstructure import field_count
from mcr_core.phases import exact_counts, to_labels


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=16), st.integers(1, 10**9))
def test_counts_are_shares_to_the_voxel(weights, voxels):
    fractions = np.array(weights) / sum(weights)
    counts = exact_counts(fractions, voxels)
    assert counts.sum() == voxels
    assert (counts >= 0).all()
    assert (np.abs(counts - fractions * voxels) < 1 + 1e-6 * voxels**0).all()


def test_counts_of_whole_shares_are_exact():
    for hits in range(1, 4096, 97):
        assert exact_counts([1 - hits / 4096, hits / 4096], 64**3)[1] == hits * 64


@given(st.data())
def test_labels_have_exact_counts_for_any_number_of_phases(data):
    phases = data.draw(st.integers(2, 6))
    shape = data.draw(st.sampled_from([(3, 5), (4, 4, 4), (1, 7, 2)]))
    fields = data.draw(
        arrays(np.float32, (field_count(phases), *shape), elements=st.floats(0, 1, width=32))
    )
    weights = data.draw(st.lists(st.integers(0, 9), min_size=phases, max_size=phases))
    fractions = np.array(weights) / max(1, sum(weights)) if sum(weights) else np.eye(phases)[0]
    labels = to_labels(fields, fractions)
    counts = np.bincount(labels.ravel(), minlength=phases)
    np.testing.assert_array_equal(counts, exact_counts(fractions, labels.size))


def test_two_phases_are_a_threshold_at_the_quantile():
    field = np.random.default_rng(0).random((1, 16, 16))
    labels = to_labels(field, [0.75, 0.25])
    assert field[0][labels == 1].min() > field[0][labels == 0].max()


@pytest.mark.parametrize("phases", [2, 3, 5])
def test_crisp_fields_come_back(phases):
    labels = np.random.default_rng(1).integers(0, phases, (8, 8, 8))
    shown = [1] if phases == 2 else range(phases)
    fields = np.stack([labels == p for p in shown]).astype(np.float32)
    fractions = np.bincount(labels.ravel()) / labels.size
    np.testing.assert_array_equal(to_labels(fields, fractions), labels)


def test_ties_go_where_the_phase_is():
    field = np.full((1, 16, 16), 0.5)
    field[0, 4:12, 4:12] = 1.0
    labels = to_labels(field, [0.6, 0.4])
    ring = np.zeros((16, 16), bool)
    ring[3:13, 3:13] = True
    assert labels[4:12, 4:12].all()
    assert labels[~ring].sum() < labels[ring].sum() - 64 + 5


def test_same_lots_for_the_same_seed():
    field = np.full((1, 32, 32), 0.5)
    first, again, other = (to_labels(field, [0.5, 0.5], seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
