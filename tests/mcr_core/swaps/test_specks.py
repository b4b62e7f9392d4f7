"""Swaps that would leave more single voxels."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mcr_core as mcr
from mcr_core.optimizers.swaps_post import SwapsPost
from mcr_core.swaps.specks import Specks


def count(labels, *, periodic):
    """Voxels without a face neighbour of their phase, by comparing whole arrays."""
    alone = np.ones(labels.shape, bool)
    for axis, extent in enumerate(labels.shape):
        for step in (1, -1):
            unlike = np.roll(labels, step, axis) != labels
            if not periodic:
                edge = 0 if step == 1 else extent - 1
                unlike[(slice(None),) * axis + (edge,)] = True
            alone &= unlike
    return alone.sum()


@given(
    shape=st.sampled_from([(4, 5), (3, 4, 5)]),
    periodic=st.booleans(),
    phases=st.integers(2, 4),
    seed=st.integers(0, 10**6),
)
def test_by_counting(shape, periodic, phases, seed):
    rng = np.random.default_rng(seed)
    labels = np.sort(rng.integers(0, phases, shape), axis=0).astype(np.uint8)
    specks = Specks(SimpleNamespace(labels=labels, periodic=periodic))
    for _ in range(10):
        first, second = rng.choice(labels.size, 2, replace=False)
        swapped = labels.copy()
        swapped.flat[[first, second]] = labels.flat[[second, first]]
        more = count(swapped, periodic=periodic) > count(labels, periodic=periodic)
        before = labels.copy()
        assert specks.more(int(first), int(second)) == more
        np.testing.assert_array_equal(labels, before)


@pytest.mark.parametrize("new_specks", [True, False])
def test_a_finish_leaves_no_more_specks(new_specks):
    """The target is noise: its loss asks for specks."""
    noise = np.random.default_rng(0).random((32, 32)) < 0.3
    term = mcr.Term(descriptor="two_point", over="mean")
    source = mcr.Microstructure.from_array(noise, periodic=True)
    start = mcr.preview(
        source, seed=1, start={"name": "gaussian_field", "options": {"smoothing": 2}}
    )
    result = mcr.match(
        source, None, term, initial=start, max_iter=3, optimizer=SwapsPost(new_specks=new_specks)
    )
    assert result.loss < result.history[0]["loss"]
    before, after = (count(one.labels, periodic=True) for one in (start, result.microstructure))
    assert after > before if new_specks else after <= before
