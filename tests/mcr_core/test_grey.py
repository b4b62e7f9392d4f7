"""The share of grey voxels: by itself, in the states of a run, and in its history."""

import math

import numpy as np
import pytest

from mcr_core import match_iter, reconstruct_iter
from mcr_core.characterization import Characterization
from mcr_core.descriptors import TwoPoint, Variation
from mcr_core.grey import DECIDED, grey_share
from mcr_core.history import from_record

TERMS = [TwoPoint(limit_to=2), Variation()]
SHAPE = (16, 16, 16)


def brute_force(fields):
    """One voxel after the other: is the largest membership below the limit?"""
    values = np.asarray(fields, float)
    whole = np.concatenate([1 - values, values]) if len(values) == 1 else values
    grey = [max(voxel) < DECIDED for voxel in whole.reshape(len(whole), -1).T]
    return sum(grey) / len(grey)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(1, 7, 9), (1, 3, 5, 4), (3, 7, 9), (4, 3, 5, 4)])
def test_against_brute_force(shape, dtype):
    fields = np.random.default_rng(0).random(shape) ** 0.2
    if shape[0] > 1:
        fields = np.random.default_rng(1).dirichlet([0.1] * shape[0], shape[1:])
        fields = np.moveaxis(fields, -1, 0)
    found = grey_share(fields.astype(dtype))
    assert 0.1 < found < 0.9
    assert found == brute_force(fields)


def test_more_voxels_than_are_looked_at_together():
    fields = np.zeros((1, 300, 300), np.float32)
    fields[0, :, ::4] = 0.5
    assert grey_share(fields) == 0.25
    assert grey_share(fields.swapaxes(1, 2)) == 0.25
    several = np.concatenate([fields, 1 - fields, np.zeros_like(fields)])
    assert grey_share(several) == 0.25


@pytest.mark.parametrize(("value", "grey"), [(0, 0), (1, 0), (0.04, 0), (0.06, 1), (0.94, 1)])
def test_both_phases_count(value, grey):
    assert grey_share(np.full((1, 2, 2), value)) == grey


def test_a_tensor_gives_what_an_array_gives():
    import tensorflow as tf

    from mcr_core.grey import _on_device

    for phases in (1, 3):
        fields = np.random.default_rng(0).random((phases, 8, 9, 7), np.float32) ** 0.2
        tensor = tf.constant(fields)
        assert grey_share(tensor) == brute_force(fields)
        assert _on_device(tensor) == brute_force(fields)


@pytest.mark.parametrize("parametrization", ["simplex", "box"])
@pytest.mark.parametrize("optimizer", ["lbfgsb", "lbfgs", "adam"])
def test_states_and_history_of_a_run(three_phases, slice_image, optimizer, parametrization):
    options = {"optimizer": optimizer, "parametrization": parametrization, "max_iter": 3}
    options["symmetry"] = "cubic"
    for image in (slice_image, three_phases):
        seen, counted = [], []
        run = match_iter(image, SHAPE, TERMS, coarse_levels=1, **options)
        for state in run:
            if state.phase == "running":
                assert 0 <= state.grey <= 1
                seen.append(state.grey)
                counted.append(brute_force(state._grey.args[0]))
        assert seen == counted
        assert any(seen)
        assert [row["grey"] for row in run.result.history] == seen
        kept = from_record(run.result.record()["history"])
        assert [row["grey"] for row in kept] == seen


def test_before_and_after_the_iterations(slice_image):
    states = list(match_iter(slice_image, SHAPE, TERMS, max_iter=2))
    assert [state.phase for state in states][:2] == ["loading", "compiling"]
    assert math.isnan(states[0].grey)
    assert states[1].grey > 0.1
    assert states[-1].grey == 0


def test_swaps_have_no_grey_voxels(slice_image):
    run = match_iter(slice_image, (16, 16), TERMS, optimizer="swaps_post", max_iter=2)
    assert {state.grey for state in run if state.phase == "running"} == {0.0}
    run = match_iter(slice_image, (16, 16), TERMS, max_iter=2, finish_sweeps=1)
    finishing = [state.grey for state in run if state.phase == "finishing"]
    assert finishing[0] > 0
    assert set(finishing[2:]) == {0.0}


def test_a_coarse_level_that_is_made_ready_has_none_to_count(slice_image):
    from mcr_core import characterize

    target = characterize(slice_image, TERMS)
    assert isinstance(target, Characterization)
    states = list(reconstruct_iter(target, SHAPE, coarse_levels=1, max_iter=2))
    ready = [state for state in states if state.phase == "compiling" and state.level == 1]
    assert all(math.isnan(state.grey) for state in ready)
