"""What comes after the last iteration: smoothing, then swaps, and what is told of them."""

import itertools

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.errors import InputError, OptionError
from mcr_core.reconstruction import run as run_module
from mcr_core.smoothing import smoothed
from mcr_core.surface_change import change

SHAPE = (12, 12, 12)
TWO_POINT = mcr.Term(descriptor=mcr.descriptors.TwoPoint(limit_to=3), over="mean")


@pytest.fixture
def target():
    noise = np.random.default_rng(0).random((24, 24)) < 0.35
    image = mcr.Microstructure.from_array(noise, periodic=True)
    return mcr.characterize(image, [TWO_POINT.descriptor])


def run_of(target, **options):
    run = mcr.reconstruct_iter(target, SHAPE, [TWO_POINT], seed=2, max_iter=2, **options)
    return run, list(run)


def test_smoothing_keeps_fractions_and_tells_its_change(target):
    plain = run_of(target)[0].result.microstructure
    run, _ = run_of(target, finish_smoothing=0.7)
    made = run.result.microstructure
    assert made == smoothed(plain, sigma=0.7)
    found = change(plain, made)
    assert found.surface < -0.05
    note = next(note for note in run.result.notes if note.startswith("smoothed by 0.7 voxels: "))
    assert f"{100 * found.voxels:.2f} % of the voxels changed" in note
    assert f"surface {100 * found.surface:+.1f} % (pairs of unlike neighbours)" in note
    np.testing.assert_array_equal(
        np.bincount(made.labels.ravel()), np.bincount(plain.labels.ravel())
    )


def test_the_loss_told_is_that_of_the_smoothed_result(target):
    run, _ = run_of(target, finish_smoothing=0.7)
    again = mcr.reconstruct(
        target, SHAPE, [TWO_POINT], initial=run.result.microstructure, max_iter=0
    )
    assert run.result.loss == pytest.approx(again.loss, rel=1e-6)


def test_swaps_come_after_smoothing_and_lower_the_loss(target):
    smooth, _ = run_of(target, finish_smoothing=0.7)
    run, states = run_of(target, finish_smoothing=0.7, finish_sweeps=2)
    finishing = [state for state in states if state.phase == "finishing"]
    assert finishing[0].microstructure == smooth.result.microstructure
    assert run.result.loss < 0.9 * smooth.result.loss


def test_a_stopped_run_is_smoothed(target):
    run = mcr.reconstruct_iter(target, SHAPE, [TWO_POINT], max_iter=9, finish_smoothing=0.7)
    for state in run:
        if state.iteration == 1:
            run.stop()
    assert any(note.startswith("smoothed by") for note in run.result.notes)


def test_time_ends_the_swaps_and_a_note_says_so(target, monkeypatch):
    without = run_of(target, finish_sweeps=50)[0].result
    clock = itertools.count(0, 0.25)
    monkeypatch.setattr(run_module.time, "perf_counter", lambda: float(next(clock)))
    run, states = run_of(target, finish_sweeps=50, finish_seconds=40.0)
    steps = [state for state in states if state.phase == "finishing"]
    voxels = int(np.prod(SHAPE))
    last = next(note for note in run.result.notes if note.startswith("after finish_seconds=40"))
    assert f"of {50 * voxels} were tried: the same seed need not give the same voxels" in last
    assert run.result.loss > without.loss
    assert 36 < len(steps) < 50  # those that set up count, too
    assert not any("finish_seconds" in note for note in without.notes)


def test_enough_time_changes_nothing(target):
    free, limited = (
        run_of(target, finish_sweeps=2, **more)[0].result for more in ({}, {"finish_seconds": 1e6})
    )
    assert limited.microstructure == free.microstructure
    assert limited.notes == free.notes


def test_wrong_options_are_refused_at_once(target):
    with pytest.raises(OptionError, match="finish_seconds=3 limits the time of finish_sweeps"):
        mcr.Settings(finish_seconds=3)
    with pytest.raises(OptionError, match="settings: finish_smoothing"):
        mcr.Settings(finish_smoothing=-1)
    with pytest.raises(InputError, match=r"more than the longest edge of the result \(12 voxels\)"):
        mcr.reconstruct_iter(target, SHAPE, [TWO_POINT], finish_smoothing=13)
