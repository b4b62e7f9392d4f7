"""What Python shows of results and statistics fits a screen."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.sources import Inline


@pytest.fixture(scope="module")
def states():
    """States and result of a run."""
    image = mcr.Microstructure.from_array((np.indices((24, 20)).sum(0) // 3) % 2, voxel_size=0.5)
    run = mcr.match_iter(image, (16, 16), ["volume_fractions", "variation"], max_iter=2)
    return [*run, run.result]


def test_of_a_result(states):
    text = repr(states[-1])
    assert text.startswith("RunResult(Microstructure(shape=(16, 16), phases=0, 1, fractions=[0.")
    assert "stop_reason=" in text
    assert f"loss={states[-1].loss:.4g}, " in text
    assert len(text) < 300


def test_of_a_characterization(states):
    target = states[-1].target
    text = repr(target)
    assert text.startswith("Characterization(descriptors=volume_fractions, variation; planes=all")
    assert "source_shape=(24, 20), phases=phase 0, phase 1, fractions=[0." in text
    assert "voxel=0.5 x 0.5 pixel, open, images=1)" in text
    assert len(text) < 300
    assert len(repr(target.planes["all"])) < 500
    errors = mcr.characterize([mcr.Microstructure.from_array([[0, 1], [1, 0]])] * 2, ["variation"])
    assert len(repr(errors.planes["all"])) < 500


def test_of_a_state(states):
    running = [state for state in states[:-1] if state.phase == "running"]
    assert running
    assert all(len(repr(state)) < 500 for state in running)


def test_of_an_image_inside_of_a_job():
    noise = np.random.default_rng(0).integers(0, 2, (64, 64))
    inside = Inline.of(mcr.Microstructure.from_array(noise), "noise")
    assert len(inside.labels) > 600
    assert len(repr(inside)) < 500
