"""Whose recordings are whose: no viewer is needed."""

import logging
import os
import re
from datetime import UTC, datetime, timedelta, timezone

from recorded import leave, leave_job, own_process

from mcr_core.errors import NewerFormatError
from napari_mcr.forms.interrupted_runs import moment, sentence
from napari_mcr.runs import checkpoints
from napari_mcr.runs.checkpoints import Checkpoints, left, left_behind
from napari_mcr.runs.own_files import own_name


def test_a_name_says_whose_it_is(prefer, tmp_path):
    prefer(checkpoint_folder=str(tmp_path / "new"), checkpoint_seconds=5)
    ours = Checkpoints()
    one, two = (ours.record("a run", {"colors": {}}) for _ in range(2))
    assert one["file"] != two["file"]
    assert (one["name"], one["seconds"], one["about"]) == ("a run", 5, {"colors": {}})
    name = os.path.basename(one["file"])
    assert re.fullmatch(rf"run-[0-9a-f]{{8}}-{os.getpid()}-\d+-[0-9a-f]{{10}}\.h5", name)


def test_none_are_recorded_where_nobody_wants_it_or_it_cannot_be(prefer, tmp_path, caplog):
    prefer(checkpoint_folder=str(tmp_path), checkpoint_seconds=0)
    assert Checkpoints().record("a run", {}) is None
    (tmp_path / "file").write_text("")
    prefer(checkpoint_folder=str(tmp_path / "file" / "below"))
    assert Checkpoints().record("a run", {}) is None
    assert "runs are not recorded" in caplog.text


def test_only_what_the_dead_have_left_is_found(tmp_path):
    pid, start = own_process()
    leave(tmp_path, process=(pid, start))
    old = leave(tmp_path, process=(pid, start - 3600), name="of the same number", iterations=8)
    dead = leave(tmp_path, 2, name="of a dead one", ended=True, iterations=20)
    (tmp_path / "mine.h5").write_text("the user's own")
    partial = tmp_path / f".{dead.name}.0123abcd.partial"
    partial.write_text("half")
    os.utime(old, (1, 1))
    found = list(left_behind(tmp_path))
    assert [(one.file, one.name, one.iteration, one.max_iter, one.ended) for one in found] == [
        (dead, "of a dead one", 20, 20, True),
        (old, "of the same number", 8, 20, False),
    ]
    assert not partial.exists()
    assert len(os.listdir(tmp_path)) == 4
    assert list(left_behind(tmp_path / "missing")) == []


def test_what_is_damaged_is_deleted_and_what_is_newer_is_not(tmp_path, caplog, monkeypatch):
    file = leave(tmp_path)

    def newer(path):
        raise NewerFormatError("update napari-mcr")

    with caplog.at_level(logging.WARNING):
        with monkeypatch.context() as patch:
            patch.setattr(checkpoints, "read_recording", newer)
            assert list(left_behind(tmp_path)) == []
        assert file.exists()
        file.write_bytes(file.read_bytes()[:3000])
        assert list(left_behind(tmp_path)) == []
    assert not file.exists()
    assert "update napari-mcr" in caplog.text
    assert "damaged" in caplog.text


def test_own_files_go_and_others_stay(prefer, tmp_path):
    prefer(checkpoint_folder=str(tmp_path))
    ours = Checkpoints()
    other = leave(tmp_path)
    taken = leave(tmp_path, 2)
    file = checkpoints.Path(ours.record("a run", {})["file"])
    file.write_text("")
    partial = tmp_path / f".{file.name}.01234567.partial"
    partial.write_text("")
    adopted = ours.adopt(taken)
    assert adopted.exists()
    assert not taken.exists()
    assert ours.adopt(adopted) == adopted
    assert ours.adopt(tmp_path / "gone.h5") is None
    ours.clear()
    assert os.listdir(tmp_path) == [other.name]


def test_a_job_without_a_recording_had_not_begun(tmp_path):
    """Napari may die when the recording is there and the file of the job is not deleted yet."""
    begun, waits = leave_job(tmp_path, 2), leave_job(tmp_path, 3, name="waits")
    written = leave(tmp_path)
    recorded = written.rename(begun.with_suffix(".h5"))
    found = list(left_behind(tmp_path))
    assert [one.file for one in found] == [recorded, waits]
    assert not begun.exists()
    assert left(waits) == found[1]
    # Where the recording is damaged, there is the job.
    again = leave_job(tmp_path, 5, name="again")
    again.with_suffix(".h5").write_bytes(b"")
    names = [one.name for one in left_behind(tmp_path)]
    assert names == [found[0].name, "waits", "again"]


def test_one_name_for_a_job_and_its_recording(prefer, tmp_path):
    prefer(checkpoint_folder=str(tmp_path))
    job_file = tmp_path / own_name(".json")
    record = Checkpoints().record("a run", {}, job_file)
    assert record["file"] == str(job_file.with_suffix(".h5"))


def test_when_it_was(tmp_path):
    zone = timezone(timedelta(hours=2))
    now = datetime(2026, 11, 3, 8, 0, tzinfo=zone)
    for before, words in (
        (timedelta(minutes=5), "today 07:55"),
        (timedelta(hours=9, minutes=46), "yesterday 22:14"),
        (timedelta(days=3), "2026-10-31 08:00"),
    ):
        assert moment((now - before).astimezone(UTC), now) == words
    found = next(left_behind(leave(tmp_path).parent))
    assert sentence(found, found.written.astimezone()).startswith(
        "A run was interrupted: slice reconstruction (seed 4), iteration 12 of 20, today "
    )
    leave_job(tmp_path, 2, name="waits", asked=now - timedelta(hours=9))
    assert sentence(list(left_behind(tmp_path))[1], now) == (
        "A job had not begun: waits, asked for yesterday 23:00."
    )
