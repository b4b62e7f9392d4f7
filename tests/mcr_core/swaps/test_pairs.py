"""Pairs are of unlike phase, obey their rule at the moment they are drawn, and leave none out."""

from collections import Counter
from itertools import islice

import numpy as np
import pytest

from mcr_core.swaps.pairs import pairs
from mcr_core.swaps.swap_state import SwapState

RULES = ("any", "neighbours", "interface")


def _state(labels, periodic=True):
    labels = np.array(labels, np.uint8)
    return SwapState(labels, None, int(labels.max()) + 1, [], periodic=periodic, seed=0)


def _neighbours(labels, voxel, periodic):
    """Positions of all face neighbours, one by one."""
    place = np.unravel_index(voxel, labels.shape)
    for axis in range(labels.ndim):
        for step in (1, -1):
            moved = list(place)
            moved[axis] += step
            if periodic or 0 <= moved[axis] < labels.shape[axis]:
                moved[axis] %= labels.shape[axis]
                yield int(np.ravel_multi_index(moved, labels.shape))


def _allowed(labels, rule, periodic):
    """All unordered pairs that the rule allows, by brute force."""
    flat = labels.ravel()
    near = [list(_neighbours(labels, v, periodic)) for v in range(flat.size)]
    touching = [any(flat[w] != flat[v] for w in near[v]) for v in range(flat.size)]
    return {
        (v, w)
        for v in range(flat.size)
        for w in range(v)
        if flat[v] != flat[w]
        and (rule != "neighbours" or w in near[v])
        and (rule != "interface" or (touching[v] and touching[w]))
    }


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("shape", [(5, 4), (3, 2, 4)])
@pytest.mark.parametrize("rule", RULES)
def test_all_allowed_pairs_and_no_others(rule, shape, periodic):
    labels = np.zeros(shape, np.uint8)
    labels[..., :2] = 1
    labels[0, ..., 0] = 2
    state = _state(labels, periodic)
    drawn = Counter(
        (max(pair), min(pair))
        for pair in islice(pairs(state, rule, np.random.default_rng(0)), 6000)
    )
    allowed = _allowed(labels, rule, periodic)
    assert set(drawn) == allowed
    if rule == "any":
        assert max(drawn.values()) < 2 * 6000 / len(allowed)
        assert min(drawn.values()) > 0.4 * 6000 / len(allowed)


@pytest.mark.parametrize("rule", RULES)
def test_pairs_hold_while_voxels_move(rule):
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, (8, 9)).astype(np.uint8)
    state = _state(labels, False)
    flat = state.labels.reshape(-1)
    for a, b in islice(pairs(state, rule, rng), 400):
        assert (max(a, b), min(a, b)) in _allowed(state.labels, rule, False)
        flat[a], flat[b] = flat[b], flat[a]


def test_a_rare_phase_is_found():
    labels = np.zeros((60, 60), np.uint8)
    labels[30, 30] = 1
    for rule in RULES:
        for a, b in islice(pairs(_state(labels), rule, np.random.default_rng(0)), 3):
            assert {int(labels.flat[a]), int(labels.flat[b])} == {0, 1}


@pytest.mark.parametrize("rule", RULES)
def test_one_phase_has_no_pairs(rule):
    state = _state(np.ones((4, 4), np.uint8))
    assert list(pairs(state, rule, np.random.default_rng(0))) == []
