"""A target is the old file or the whole new one, and no result is lost."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from pathlib import Path

import numpy as np
import pytest

from mcr_core.errors import InputError, RunError
from mcr_core.images import atomic, check_writable, npy, read, write
from mcr_core.microstructure import Microstructure

SUFFIXES = (".tif", ".npy", ".zarr")


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def full_disk(monkeypatch, folder: Path) -> None:
    """Let every write into a folder fail at its end."""
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        if folder in Path(os.readlink(f"/proc/self/fd/{descriptor}")).parents:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


linux = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for names of files")


def longest(suffix: str, character: str = "n") -> str:
    """The longest name that a file may have, with that of a record beside it."""
    most = 255 - len(suffix) - (len(".json") if suffix == ".npy" else 0)
    return character * (most // len(character.encode())) + suffix


@linux
@pytest.mark.parametrize("stem", ["a", "long"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_full_disk_keeps_the_result_elsewhere(place, spare, volume, old, monkeypatch, suffix, stem):
    target = write(place / (f"a{suffix}" if stem == "a" else longest(suffix, "ü")), old)
    before = files(place)
    full_disk(monkeypatch, place)
    with pytest.raises(RunError, match="No space left on device; the result is kept in") as error:
        write(target, volume, job={"seed": 1}, overwrite=True)
    kept = re.search(r"kept in (\S+):", str(error.value))[1]
    assert Path(kept).parent == spare
    assert read(kept) == volume
    assert files(place) == before
    assert read(target) == old


@linux
def test_both_disks_full(place, spare, volume, monkeypatch) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    for suffix in SUFFIXES:
        with pytest.raises(RunError, match=r"the result could not be kept in \S+spare either"):
            write(place / f"a{suffix}", volume)
    assert files(place) == files(spare) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_real_limit_on_the_size_of_files(place, spare, suffix: str) -> None:
    resource = pytest.importorskip("resource")
    ms = Microstructure.from_array(np.random.default_rng(0).integers(0, 2, (64, 64, 64)))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(RunError, match="cannot be written"):
            write(place / f"a{suffix}", ms)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(place) == files(spare) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_failed_renaming_keeps_the_complete_file(place, volume, monkeypatch, suffix) -> None:
    replace = os.replace

    def fail(source: Path, target: Path) -> None:
        if Path(target).parent == place:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        replace(source, target)  # zarr's own

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(RunError, match=r"the result is complete in .*: rename it") as error:
            write(place / f"a{suffix}", volume)
    assert all(re.fullmatch(r"\.a\.\S+\.[0-9a-f]{8}\.partial", name) for name in files(place))
    named = re.search(r"complete in (.*): rename", str(error.value))[1].split(", ")
    assert sorted(Path(name).name for name in named) == files(place)
    for name in named:
        Path(name).rename(place / Path(name).name[1:].rsplit(".", 2)[0])
    assert read(place / f"a{suffix}") == volume


def test_a_file_that_appears_meanwhile_is_not_replaced(place, volume, monkeypatch) -> None:
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        (place / "a.tif").write_text("precious")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(RunError, match="another file has this name by now; the result is complete"):
        write(place / "a.tif", volume)
    assert (place / "a.tif").read_text() == "precious"


def test_a_folder_that_appears_meanwhile_is_not_replaced(place, volume, monkeypatch) -> None:
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        (place / "a.tif").mkdir()
        (place / "a.tif" / "b").write_text("precious")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(RunError, match="Is a directory; the result is complete in") as error:
        write(place / "a.tif", volume, overwrite=True)
    assert (place / "a.tif" / "b").read_text() == "precious"
    complete = Path(re.search(r"complete in (\S+): rename", str(error.value))[1])
    assert files(place) == [complete.name, "a.tif"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_interrupt_leaves_nothing(place, volume, old, monkeypatch, suffix) -> None:
    target = write(place / f"a{suffix}", old)
    before = files(place)

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(target, volume, overwrite=True)
    assert files(place) == before
    assert read(target) == old


@pytest.mark.parametrize("character", ["n", "ü", "𝛑"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_longest_names_and_longer_ones(place, spare, volume, old, suffix, character) -> None:
    name = longest(suffix, character)
    write(place / name, old)
    before = files(place)
    assert read(write(place / name, volume, overwrite=True)) == volume
    assert files(place) == before
    for longer in ("n" * 5 + name, f"{'n' * 256}/a{suffix}"):
        with pytest.raises(InputError, match="is too long for the disk: choose a shorter one"):
            check_writable(place / longer)
        with pytest.raises(RunError, match="the result is kept in") as error:
            write(place / longer, volume, rescue=True)
        assert read(re.search(r"kept in (\S+):", str(error.value))[1]) == volume
    assert files(place) == before


def test_no_file_name(place) -> None:
    with pytest.raises(InputError, match=r"'a\\x00\.tif' is no file name: it has a null character"):
        check_writable("a\0.tif")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_overwriting_is_asked_for(place, volume, old, suffix) -> None:
    target = write(place / f"a{suffix}", old)
    with pytest.raises(InputError, match=r"exists: use --overwrite \(overwrite=True in Python\)"):
        write(target, volume)
    assert read(target) == old
    assert read(write(target, volume, overwrite=True)) == volume


def test_the_file_beside_an_array_is_not_overwritten_either(place, volume) -> None:
    (place / "a.npy.json").write_text("{}")
    with pytest.raises(InputError, match=r"a\.npy\.json exists: use --overwrite"):
        check_writable(place / "a.npy")


def test_check_writable(place, monkeypatch) -> None:
    assert check_writable(place / "a.tif") == (place / "a.tif").resolve()
    assert files(place) == []
    for name, message in (
        ("a.png", r"ends in \.tif or \.tiff or \.npy or \.zarr, got '\.png'"),
        ("a", "got 'no suffix'"),
        ("missing/a.tif", r"the folder \S+missing does not exist: create it first"),
    ):
        with pytest.raises(InputError, match=message):
            check_writable(place / name)
    (place / "b.tif").mkdir()
    with pytest.raises(InputError, match="expected a file name, this is a folder"):
        check_writable(place / "b.tif", overwrite=True)
    (place / "c.tif").symlink_to("/dev/null")
    with pytest.raises(InputError, match="expected a regular file, /dev/null is none"):
        check_writable(place / "c.tif", overwrite=True)
    # Not by permissions: whoever is root may write anyway.
    monkeypatch.setattr(atomic.os, "access", lambda *_: False)
    with pytest.raises(InputError, match="no permission to write into the folder"):
        check_writable(place / "a.tif")


def test_a_write_protected_file(place, monkeypatch) -> None:
    (place / "a.tif").touch()
    monkeypatch.setattr(atomic.os, "access", lambda path, _: Path(path) == place.resolve())
    with pytest.raises(InputError, match=r"a\.tif is write-protected"):
        check_writable(place / "a.tif", overwrite=True)


def test_a_folder_that_nobody_may_look_into(place, spare, volume, monkeypatch) -> None:
    (place / "a.tif").touch()
    look, access = os.stat, os.access

    def stat_(path, *args: object, **kwargs: object):
        if str(path).startswith(str(place) + os.sep):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return look(path, *args, **kwargs)

    monkeypatch.setattr(os, "stat", stat_)
    monkeypatch.setattr(os, "access", lambda path, how: path != place and access(path, how))
    with pytest.raises(
        RunError, match=r"no permission to write into .*; the result is kept in"
    ) as e:
        write(place / "a.tif", volume, overwrite=True, rescue=True)
    assert read(re.search(r"kept in (\S+):", str(e.value))[1]) == volume


@pytest.mark.parametrize("name", ["missing/a.npy", "missing/a.tif", "a.jpg", "noname", "there.tif"])
def test_rescue_keeps_what_took_long(place, spare, volume, name: str) -> None:
    (place / "there.tif").touch()
    with pytest.raises(InputError):
        write(place / name, volume)
    assert files(spare) == []
    with pytest.raises(RunError, match="the result is kept in") as error:
        write(place / name, volume, rescue=True)
    assert read(re.search(r"kept in (\S+):", str(error.value))[1]) == volume
    assert files(place) == ["there.tif"]


def test_links_are_written_through(place, spare, volume) -> None:
    (place / "link.tif").symlink_to(spare / "a.tif")
    assert write(place / "link.tif", volume) == (spare / "a.tif").resolve()
    assert (place / "link.tif").is_symlink()
    assert read(place / "link.tif") == volume


def test_an_array_behind_a_link_has_its_record_beside_it(place, spare, volume, old) -> None:
    (place / "link.npy").symlink_to(spare / "a.npy")
    write(place / "link.npy", volume)
    assert files(spare) == ["a.npy", "a.npy.json"]
    assert read(place / "link.npy") == volume
    # What the link is called decides what is written, and what it would replace.
    (place / "other.npy").symlink_to(spare / "b.dat")
    (spare / "b.dat.json").write_text("precious")
    with pytest.raises(InputError, match=r"b\.dat\.json exists: use --overwrite"):
        check_writable(place / "other.npy")


def test_files_have_the_usual_permissions(place, volume) -> None:
    path = write(place / "a.tif", volume)
    (place / "usual").touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((place / "usual").stat().st_mode)


def test_what_cannot_be_deleted_hides_no_message(place, spare, volume, monkeypatch, caplog) -> None:
    """A disk that fails is read-only from then on."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    write_part = npy.np.save

    def save(file, *args: object, **kwargs: object) -> None:
        if Path(file.name).parent == place:
            monkeypatch.setattr(Path, "unlink", fail)
            fail()
        write_part(file, *args, **kwargs)

    monkeypatch.setattr(npy.np, "save", save)
    with pytest.raises(RunError, match="Read-only file system; the result is kept in") as error:
        write(place / "a.npy", volume)
    assert read(re.search(r"kept in (\S+):", str(error.value))[1]) == volume
    assert "cannot be deleted: Read-only file system" in caplog.text
