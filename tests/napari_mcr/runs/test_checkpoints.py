"""Whose recordings are whose: no viewer is needed."""

import logging
import os
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from recorded import dead_process, leave, own_process

from mcr_core.errors import NewerFormatError
from mcr_core.images.atomic import Part, replace_file
from napari_mcr.forms.interrupted_runs import moment, sentence
from napari_mcr.preferences import Preferences
from napari_mcr.runs import checkpoints
from napari_mcr.runs.checkpoints import Checkpoints, folder, left_behind


@pytest.fixture
def prefer(monkeypatch):
    """Set preferences."""

    def prefer(**options):
        monkeypatch.setattr(checkpoints, "preferences", lambda: Preferences(**options))

    return prefer


def test_the_folder_is_one_of_the_user(prefer, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints.sys, "platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert folder() == tmp_path / "napari-mcr" / "checkpoints"
    prefer(checkpoint_folder="~/elsewhere")
    assert folder() == (checkpoints.Path.home() / "elsewhere")


def test_a_name_says_whose_it_is(prefer, tmp_path):
    prefer(checkpoint_folder=str(tmp_path / "new"), checkpoint_seconds=5)
    ours = Checkpoints()
    one, two = (ours.record("a run", {"colors": {}}) for _ in range(2))
    assert one["file"] != two["file"]
    assert (one["name"], one["seconds"], one["about"]) == ("a run", 5, {"colors": {}})
    name = os.path.basename(one["file"])
    assert re.fullmatch(rf"run-[0-9a-f]{{8}}-{os.getpid()}-\d+-[0-9a-f]{{8}}\.h5", name)


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


def test_what_another_machine_has_left_stays(tmp_path):
    theirs = leave(tmp_path, machine="0123abcd")
    partial = tmp_path / f".{theirs.name}.0123abcd.partial"
    partial.write_text("half, perhaps being written")
    ours = leave(tmp_path, 2)
    assert [one.file for one in left_behind(tmp_path)] == [ours]
    assert theirs.exists()
    assert partial.exists()


def test_the_partial_file_of_a_checkpoint_has_its_whole_name(tmp_path):
    file = tmp_path / f"run-{checkpoints.machine_name()}-9999999-9999999999-0123abcd.h5"
    seen = []
    replace_file(Part(file, lambda stream: seen.extend(os.listdir(tmp_path))))
    (partial,) = seen
    assert checkpoints._PARTIAL.fullmatch(partial)


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


def test_a_process_that_nobody_has_waited_for_is_dead(tmp_path):
    pid, start = dead_process()
    assert not checkpoints._lives(pid, round(start))
    pid, start = own_process()
    assert checkpoints._lives(pid, round(start))


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
