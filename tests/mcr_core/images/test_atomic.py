"""A target is the old file or the whole new one, and no result is lost."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from mcr_core.errors import InputError, RunError
from mcr_core.images import atomic, check_writable, read, write
from mcr_core.microstructure import Microstructure

SUFFIXES = (".tif", ".npy", ".zarr")


@pytest.fixture
def spare(tmp_path: Path, monkeypatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "spare"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(folder))
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


@pytest.fixture
def old(volume) -> Microstructure:
    return Microstructure.from_array(volume.labels[:, :3])


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


@linux
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_full_disk_keeps_the_result_elsewhere(place, spare, volume, old, monkeypatch, suffix):
    target = write(place / f"a{suffix}", old)
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


def test_files_have_the_usual_permissions(place, volume) -> None:
    path = write(place / "a.tif", volume)
    (place / "usual").touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((place / "usual").stat().st_mode)


def test_a_folder_that_cannot_be_replaced_stays(place, volume, old, monkeypatch) -> None:
    target = write(place / "a.zarr", old)
    replace = os.replace

    def fail(source: Path, target: Path) -> None:
        if str(source).endswith(".partial") and Path(target).parent == place:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(RunError, match="the result is complete in") as error:
        write(target, volume, overwrite=True)
    assert read(target) == old
    complete = re.search(r"complete in (\S+): rename", str(error.value))[1]
    assert read(complete) == volume
    assert sorted(files(place)) == sorted(["a.zarr", Path(complete).name])


def test_only_zarr_folders_are_replaced(place, volume) -> None:
    precious = place / "diary.zarr"
    precious.mkdir()
    (precious / "secrets.txt").write_text("dear diary")
    (place / "file.zarr").write_text("precious")
    for name in ("diary.zarr", "file.zarr"):
        with pytest.raises(InputError, match="is no Zarr folder: choose another name"):
            write(place / name, volume, overwrite=True)
    assert files(place) == ["diary.zarr", "file.zarr"]
    assert files(precious) == ["secrets.txt"]


def test_without_zarr_nothing_is_begun(place, spare, volume, monkeypatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(InputError, match=r"needs the package zarr: install it \(pip install"):
        check_writable(place / "a.ome.zarr")
    with pytest.raises(RunError, match="the result is kept in") as error:
        write(place / "a.ome.zarr", volume, rescue=True)
    kept = re.search(r"kept in (\S+):", str(error.value))[1]
    assert kept.endswith("a.ome.tif")
    assert read(kept) == volume
