"""Jobs that wait, as files: no viewer is needed."""

import json
import logging
import os
import threading

import numpy as np
import pytest
from recorded import leave_job, recording

from mcr_core.errors import FileFormatError, InputError, NewerFormatError
from napari_mcr.forms.run_queue import Waiting
from napari_mcr.layers.result_layers import ResultLayers
from napari_mcr.runs import kept_job, kept_jobs
from napari_mcr.runs.checkpoints import left_behind
from napari_mcr.runs.kept_job import left_job, read_kept
from napari_mcr.runs.kept_jobs import KeptJobs
from napari_mcr.runs.own_files import folder

JOB = recording().job_data


def waiting(seed=4, *, colors=None, batch=0, replaces=None):
    layers = ResultLayers(
        None,
        name="slice reconstruction",
        title=f"slice reconstruction (seed {seed})",
        colors=colors,
        voxel_size=(0.5, 0.5, 2.0),
        turn_to_3d=True,
    )
    return Waiting({**JOB, "settings": {"seed": seed}}, layers, batch, replaces)


@pytest.fixture
def kept():
    """The jobs of a dock."""
    kept = KeptJobs()
    yield kept
    kept.clear()
    assert not any(folder().glob("*"))


def written(kept):
    """The files, in the order of the queue, when they have all been written."""
    for writing in kept._writing.values():
        writing.result()
    return sorted(folder().iterdir())


def test_a_job_comes_back_with_colours_and_title(kept):
    one = waiting(colors={0: "red", 7: np.array([0, 0.5, 1, 1]), 9: (1, 1, 1, 0.25)})
    kept.keep([one, waiting(5)])
    files = written(kept)
    found = [read_kept(file) for file in files]
    assert kept.file_of(one) == files[0]
    again = found[0].waiting(None, 3, None)
    assert again.job == one.job
    assert again.batch == 3
    for name in ("title", "name", "voxel_size", "turn_to_3d"):
        assert getattr(again.layers, name) == getattr(one.layers, name)
    colors = again.layers.colors
    assert {label: tuple(map(float, color)) for label, color in colors.items()} == {
        0: (1, 0, 0, 1),
        7: (0, 0.5, 1, 1),
        9: (1, 1, 1, 0.25),
    }
    # The usual colours stay the usual ones.
    assert found[1].waiting(None, 0, None).layers.colors is None
    assert found[0].batch == found[1].batch
    # What the queue has twice is there once.
    kept.keep([one])
    assert written(kept) == files


def test_batches_of_two_docks_differ(kept):
    other = KeptJobs()
    kept.keep([waiting(batch=0), waiting(batch=1)])
    other.keep([waiting(batch=0)])
    written(other)
    assert len({read_kept(file).batch for file in written(kept)}) == 3
    other.clear()
    assert len(written(kept)) == 2


def test_a_recording_stands_for_the_job_that_goes_on_from_it(kept, tmp_path):
    kept.keep([waiting(replaces=tmp_path / "run.h5")])
    assert not folder().exists()


def test_none_are_kept_where_nothing_is_recorded(kept, prefer, tmp_path, caplog):
    prefer(checkpoint_folder=str(tmp_path), checkpoint_seconds=0)
    kept.keep([waiting()])
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    prefer(checkpoint_folder=str(tmp_path / "file" / "below"))
    kept.keep([waiting()])
    assert "runs are not recorded" in caplog.text
    prefer(checkpoint_folder=str(tmp_path / "elsewhere"))
    kept.keep([waiting()])
    assert [file.parent for file in written(kept)] == [tmp_path / "elsewhere"]


def test_files_go_whether_they_are_written_or_not(kept, monkeypatch):
    begun, goes_on = threading.Event(), threading.Event()

    def slowly(file, content):
        begun.set()
        goes_on.wait()
        kept_job.write_kept(file, content)

    monkeypatch.setattr(kept_jobs, "write_kept", slowly)
    jobs = [waiting(seed) for seed in range(3)]
    kept.keep(jobs)
    begun.wait()
    last = kept._writing[kept.file_of(jobs[2])]
    kept.forget(jobs[0])  # it is being written
    kept.forget(jobs[1])  # it has not been begun
    goes_on.set()
    last.result()
    assert [read_kept(file).job["settings"] for file in folder().iterdir()] == [{"seed": 2}]
    kept.forget(jobs[2])
    kept.forget(jobs[2])
    assert list(folder().iterdir()) == []


def test_a_disk_that_is_full_stops_nothing(kept, monkeypatch, caplog):
    def full(part):
        raise OSError(28, "No space left on device")

    one = waiting()
    with monkeypatch.context() as patch:
        patch.setattr(kept_job, "replace_file", full)
        kept.keep([one])
        assert written(kept) == []
    assert "is lost if napari dies" in caplog.text
    kept.forget(one)
    kept.keep([one])
    assert len(written(kept)) == 1


def test_what_is_left_is_taken_over(kept):
    left, gone = leave_job(folder()), leave_job(folder(), 2)
    gone.unlink()
    job, other = waiting(), waiting()
    assert kept.take_over(job, left)
    assert not left.exists()
    assert kept.file_of(job).exists()
    assert not kept.take_over(waiting(), gone)
    # A run that broke off may begin again: it is one of this dock already.
    own = kept.file_of(job)
    assert kept.take_over(other, own)
    assert (kept.file_of(job), kept.file_of(other)) == (None, own)
    own.unlink()
    assert not kept.take_over(job, own)


def test_what_is_broken_stops_no_other(tmp_path, caplog):
    files = [leave_job(tmp_path, number) for number in range(3)]
    files[1].write_bytes(files[1].read_bytes()[:300])
    with caplog.at_level(logging.WARNING):
        assert [one.file for one in left_behind(tmp_path)] == [files[0], files[2]]
    assert "damaged" in caplog.text
    assert not files[1].exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("[]", "no format_version"),
        ("\xff", "damaged"),
        ({"format_version": 0}, "no format_version"),
        ({"asked": "2026-11-03 22:00"}, "asked"),
        ({"voxel_size": [0.5, -1]}, "voxel_size"),
        ({"job": {}}, "no source"),
        ({"result_name": None}, "result_name"),
    ],
)
def test_damage_is_named(tmp_path, change, words):
    file = leave_job(tmp_path)
    if isinstance(change, str):
        file.write_bytes(change.encode("latin-1"))
    else:
        file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(FileFormatError, match=words):
        read_kept(file)


def test_what_is_newer_stays(tmp_path, caplog):
    file = leave_job(tmp_path)
    file.write_text(json.dumps({**json.loads(file.read_text()), "format_version": 2}))
    with pytest.raises(NewerFormatError, match="update napari-mcr"):
        read_kept(file)
    assert left_job(file) is None
    assert os.listdir(tmp_path) == [file.name]
    with pytest.raises(InputError, match="no such file"):
        read_kept(tmp_path / "gone.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_kept(tmp_path)


def test_colours_that_are_none_are_left_out(tmp_path):
    about = {"colors": {"0": [1, 0, 0, 1], "a": [1, 0, 0, 1], "7": [2, 0, 0, 1], "9": "red"}}
    file = leave_job(tmp_path, about=about)
    assert list(read_kept(file).waiting(None, 0, None).layers.colors) == [0]
    again = leave_job(tmp_path, 2, about={"colors": 3})
    assert read_kept(again).waiting(None, 0, None).layers.colors is None
