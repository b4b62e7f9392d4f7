"""A folder of Zarr is replaced as a whole, and only if all in it is ours."""

from __future__ import annotations

import errno
import os
import re
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from mcr_core.errors import InputError, RunError
from mcr_core.images import check_writable, read, write
from mcr_core.microstructure import Microstructure


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_write_protected_folder_below(place, volume, monkeypatch) -> None:
    target = write(place / "a.zarr", volume)
    monkeypatch.setattr(os, "access", lambda path, _: Path(path).name != "phases")
    with pytest.raises(InputError, match=r"labels/phases is write-protected: change its perm"):
        check_writable(target, overwrite=True)


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


def test_an_interrupted_replacement_leaves_the_old_folder(place, volume, old, monkeypatch) -> None:
    target = write(place / "a.zarr", old)
    replace = os.replace

    def interrupted(source: Path, target: Path) -> None:
        if str(source).endswith(".partial") and Path(target).parent == place:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(target, volume, overwrite=True)
    assert files(place) == ["a.zarr"]
    assert read(target) == old


def test_two_writers_of_a_folder_lose_neither_result(place, volume, old, monkeypatch) -> None:
    target = write(place / "a.zarr", old)
    replace = os.replace
    third = Microstructure.from_array(volume.labels[:, :4])

    def overtaken(source: Path, target: Path) -> None:
        if str(source).endswith(".partial") and Path(target).parent == place:
            monkeypatch.setattr(os, "replace", replace)
            write(target, third)
        replace(source, target)

    monkeypatch.setattr(os, "replace", overtaken)
    with pytest.raises(RunError, match="the result is complete in") as error:
        write(target, volume, overwrite=True)
    complete = Path(re.search(r"complete in (\S+): rename", str(error.value))[1])
    assert read(target) == third
    assert read(complete) == volume
    assert files(place) == sorted(["a.zarr", complete.name])


@pytest.mark.parametrize("shape", [(300, 260), (70, 70, 70), (1, 5, 6)])
def test_our_folders_are_replaced_whatever_their_shape(place, volume, shape) -> None:
    labels = np.random.default_rng(0).integers(0, 2, shape)
    target = write(place / "a.zarr", Microstructure.from_array(labels))
    assert read(write(target, volume, overwrite=True)) == volume


def test_nothing_is_written_into_a_zarr(place, volume) -> None:
    write(place / "a.zarr", volume)
    before = sorted((place / "a.zarr").rglob("*"))
    (place / "link").symlink_to("a.zarr/labels")
    for name in ("a.zarr/b.zarr", "a.zarr/b.tif", "a.zarr/labels/phases/b.npy", "link/b.tif"):
        with pytest.raises(
            InputError, match=r"the folder \S+/a\.zarr is a Zarr of its own: choose"
        ):
            write(place / name, volume)
    assert sorted((place / "a.zarr").rglob("*")) == before


@pytest.mark.parametrize(
    "foreign",
    ["notes.txt", "labels/cells/zarr.json", "labels/phases/0/zarr.json.bak", "0/zarr.json", "c/0"],
)
def test_a_folder_with_anything_of_others_is_not_replaced(place, volume, old, foreign) -> None:
    target = write(place / "a.zarr", old)
    (target / foreign).parent.mkdir(parents=True, exist_ok=True)
    (target / foreign).write_text("precious")
    with pytest.raises(InputError, match=r"expected nothing but a result of mcr in it, found \S+:"):
        write(target, volume, overwrite=True)
    assert (target / foreign).read_text() == "precious"


@pytest.mark.parametrize("content", ['{"node_type": "group", "zarr_format": 3}', "{", "[]"])
def test_a_zarr_of_others_is_not_replaced(place, volume, content) -> None:
    (place / "a.zarr").mkdir()
    (place / "a.zarr" / "zarr.json").write_text(content)
    with pytest.raises(InputError, match=r"a\.zarr exists and is no result of mcr: choose another"):
        write(place / "a.zarr", volume, overwrite=True)
    assert (place / "a.zarr" / "zarr.json").read_text() == content


def test_only_zarr_folders_are_replaced(place, volume) -> None:
    precious = place / "diary.zarr"
    precious.mkdir()
    (precious / "secrets.txt").write_text("dear diary")
    (place / "file.zarr").write_text("precious")
    for name in ("diary.zarr", "file.zarr"):
        with pytest.raises(InputError, match="exists and is no result of mcr: choose another name"):
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
