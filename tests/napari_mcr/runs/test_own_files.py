"""Where files are that stay after a crash, and whose they are: no viewer is needed."""

import os
from pathlib import Path

from recorded import dead_process, leave, leave_job, own_process

from mcr_core.images.atomic import Part, replace_file
from napari_mcr.runs import own_files
from napari_mcr.runs.own_files import folder, machine_name, orphans, own_name, taken_over


def test_the_folder_is_one_of_the_user(prefer, tmp_path, monkeypatch):
    monkeypatch.setattr(own_files.sys, "platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert folder() == tmp_path / "napari-mcr" / "checkpoints"
    prefer(checkpoint_folder="~/elsewhere")
    assert folder() == (Path.home() / "elsewhere")


def test_what_another_machine_has_left_stays(tmp_path):
    theirs = leave(tmp_path, machine="0123abcd")
    partial = tmp_path / f".{theirs.name}.0123abcd.partial"
    partial.write_text("half, perhaps being written")
    ours = leave(tmp_path, 2)
    assert list(orphans(tmp_path)) == [ours]
    assert theirs.exists()
    assert partial.exists()


def test_a_partial_file_has_its_whole_name(tmp_path):
    token = own_name("").rpartition("-")[2]
    file = tmp_path / f"run-{machine_name()}-9999999-9999999999-{token}.json"
    seen = []
    replace_file(Part(file, lambda stream: seen.extend(os.listdir(tmp_path))))
    (partial,) = seen
    assert own_files._PARTIAL.fullmatch(partial)


def test_a_process_that_nobody_has_waited_for_is_dead(tmp_path):
    pid, start = dead_process()
    assert not own_files._lives(pid, round(start))
    pid, start = own_process()
    assert own_files._lives(pid, round(start))


def test_names_tell_the_order(tmp_path):
    pid, start = dead_process()
    names = [own_name(".json") for _ in range(20)]
    assert names == sorted(names)
    files = [
        leave_job(tmp_path, number, process=(pid, start - earlier))
        for earlier, number in ((0, 5), (0, 0x4A), (3600, 9))
    ]
    assert list(orphans(tmp_path)) == [files[2], files[0], files[1]]


def test_what_is_taken_over_is_no_orphan(tmp_path, caplog):
    left = leave_job(tmp_path)
    mine = taken_over(left)
    assert mine.exists()
    assert mine.suffix == ".json"
    assert not left.exists()
    assert list(orphans(tmp_path)) == []
    assert taken_over(left) is None
    assert "cannot be taken over" in caplog.text
