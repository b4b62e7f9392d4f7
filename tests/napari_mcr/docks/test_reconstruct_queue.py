"""Pause, queue and *Continue* of the dock *Reconstruct*; the child computes nothing."""

import os
import signal

import numpy as np
import pytest
from shown import errors

from mcr_core.job import Job


def start(dock, wait, iterations=1_000_000):
    """Start a run and wait for its first iterations."""
    dock.result.run.set_values(max_iter=iterations)
    dock.run()
    wait(lambda: len(dock.progress.curve.points) > 1 or not dock.is_running)


def names(viewer):
    return [layer.name for layer in viewer.layers]


def pause(dock, wait):
    dock.pause_button.click()
    wait(lambda: dock.progress.status.text() == "Paused")


def test_pause_rests_and_resume_goes_on(viewer, slice_layer, make_dock, wait, qtbot):
    dock = make_dock()
    start(dock, wait)
    pause(dock, wait)
    assert "Res" in dock.pause_button.text()
    qtbot.wait(200)
    before = len(dock.progress.curve.points)
    qtbot.wait(300)
    assert len(dock.progress.curve.points) == before
    dock.pause_button.click()
    wait(lambda: len(dock.progress.curve.points) > before + 3)
    assert "Iteration" in dock.progress.status.text()
    dock.stop()
    wait(lambda: not dock.is_running)
    assert "slice reconstruction (seed 0)" in viewer.layers


@pytest.mark.parametrize("how", ["stop", "discard", "killed"])
def test_a_paused_run_can_end(viewer, slice_layer, make_dock, wait, how):
    dock = make_dock()
    start(dock, wait)
    pause(dock, wait)
    if how == "killed":
        os.kill(dock._client.pid, signal.SIGKILL)
    else:
        getattr(dock, how)()
    wait(lambda: not dock.is_running)
    kept = ["slice reconstruction (seed 0)"] if how == "stop" else []
    assert names(viewer) == ["slice", *kept]
    # The next run is not paused.
    start(dock, wait, iterations=3)
    wait(lambda: not dock.is_running)
    assert names(viewer)[-1] == "slice reconstruction (seed 0)" + (" [1]" if kept else "")


def test_seeds_run_one_after_the_other(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    dock.result.seeds.setValue(4)
    dock.result.run.set_values(seed=3)
    start(dock, wait)
    waiting = [dock.queue.list.item(row).text() for row in range(dock.queue.list.count())]
    assert waiting == [f"slice reconstruction (seed {seed})" for seed in (4, 5, 6)]
    # One is taken off by hand, another run is put behind.
    dock.queue.list.item(1).setSelected(True)
    dock.queue.remove_button.click()
    assert len(dock.queue) == 2
    dock.result.seeds.setValue(1)
    dock.result.run.set_values(seed=0, max_iter=3)
    dock.run_button.click()
    assert len(dock.queue) == 3
    for seed in (3, 4):
        wait(lambda seed=seed: dock.runs[-1].name.endswith(f"(seed {seed})"))
        wait(lambda: len(dock.progress.curve.points) > 1)
        dock.stop()
    wait(lambda: dock.runs[-1].name.endswith("(seed 6)"))
    dock.discard()
    wait(lambda: not dock.is_running)
    assert len(dock.queue) == 0
    assert not dock.queue.isVisibleTo(dock)
    results = [f"slice reconstruction (seed {seed})" for seed in (3, 4, 0)]
    assert names(viewer) == ["slice", *results]
    # The newest of each batch is seen; that of seed 6 was discarded.
    wait(lambda: [viewer.layers[name].visible for name in results] == [False, True, True])
    jobs = [viewer.layers[name].metadata["mcr"]["job"] for name in results]
    seeds = [job["settings"]["seed"] for job in jobs]
    assert seeds == [3, 4, 0]
    assert [run.name for run in dock.runs] == results
    assert errors() == []


def test_what_is_refused_takes_its_batch_along(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    start(dock, wait)
    dock.result.seeds.setValue(5)
    dock.result.extents["Z"].setValue(1)
    dock.result.preset.choose("own terms")
    dock.run()
    dock.result.preset.choose("auto")
    dock.result.extents["Z"].setValue(16)
    dock.result.seeds.setValue(1)
    dock.result.run.set_values(seed=9, max_iter=3)
    dock.run()
    dock.stop()
    wait(lambda: not dock.is_running)
    assert len(errors()) == 1
    assert names(viewer)[-1] == "slice reconstruction (seed 9)"


def test_a_killed_child_does_not_end_the_queue(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    dock.result.seeds.setValue(2)
    start(dock, wait, iterations=100)
    os.kill(dock._client.pid, signal.SIGKILL)
    wait(lambda: not dock.is_running)
    assert names(viewer) == ["slice", "slice reconstruction (seed 1)"]
    assert any("was killed" in text for text in errors())


def test_continue_from_a_result(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    dock.result.run.set_values(seed=2)
    start(dock, wait, iterations=2)
    wait(lambda: not dock.is_running)
    result = viewer.layers["slice reconstruction (seed 2)"]
    viewer.layers.selection.active = slice_layer
    assert not dock.buttons.proceed.isEnabled()
    dock.proceed()
    assert "select its layer" in dock.progress.message.text()
    viewer.layers.selection.active = result
    assert dock.buttons.proceed.isEnabled()
    dock.result.run.set_values(max_iter=7)
    dock.buttons.proceed.click()
    wait(lambda: not dock.is_running)
    again = viewer.layers["slice reconstruction (seed 2), continued"]
    before, job = (Job.parse(layer.metadata["mcr"]["job"]) for layer in (result, again))
    assert job.settings.max_iter == 7
    assert job.settings.start.name == "volume"
    assert job.settings.seed == 2
    assert job.terms == before.terms
    assert job.source == before.source
    np.testing.assert_array_equal(job.initial.load().values, result.data)
    assert again.data.shape == result.data.shape
    np.testing.assert_array_equal(again.get_color(1), result.get_color(1))
    # It stands in the place of that it goes on from.
    wait(lambda: again.visible and not result.visible)
    viewer.layers.remove(again)
    assert result.visible


def test_the_theme_is_followed(viewer, slice_layer, make_dock):
    dock = make_dock()
    dock.progress.show_error("no")
    dark = dock.progress.message.styleSheet()
    viewer.theme = "light"
    dock.progress.show_error("no")
    assert dock.progress.message.styleSheet() != dark
