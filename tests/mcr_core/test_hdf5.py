"""Sealed HDF5 files: they appear whole or not at all."""

import errno
import os
import re

import pytest

from mcr_core.errors import InputError
from mcr_core.hdf5 import load_json, opened, replace_sealed, store_text


def content(text):
    return lambda root: store_text(root, "text", text)


def text_in(file):
    with opened(file, "a text", "write it again") as root:
        return load_json(root, "text")


@pytest.mark.parametrize("character", ["n", "ü"])
def test_a_file_of_the_longest_name_is_replaced(tmp_path, character):
    file = tmp_path / (character * (252 // len(character.encode())) + ".h5")
    for number in range(2):
        replace_sealed(file, content(f'{{"number": {number}}}'))
        assert text_in(file) == {"number": number}
        assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_on_failure_the_old_file_stays_and_the_caller_is_told(tmp_path, monkeypatch, broken):
    file = tmp_path / "a.h5"
    replace_sealed(file, content('{"number": 0}'))

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(OSError, match="No space left"):
        replace_sealed(file, content('{"number": 1}'))
    assert list(tmp_path.iterdir()) == [file]
    assert text_in(file) == {"number": 0}


def test_what_a_killed_writer_leaves_is_found_by_its_name(tmp_path, monkeypatch):
    """The checkpoints of napari go by it."""
    name = "run-4294967295-1763891234-01234567.h5"
    seen = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.extend(os.listdir(tmp_path)))
    replace_sealed(tmp_path / name, content("{}"))
    assert re.fullmatch(rf"\.{re.escape(name)}\.[0-9a-f]+\.partial", seen[0])


def test_files_that_cannot_be_opened(tmp_path):
    for name, message in (
        ("a.h5", "no such file"),
        (".", "expected a file, this is a folder"),
        ("n" * 256 + ".h5", "File name too long"),
    ):
        with pytest.raises(InputError, match=message):
            text_in(tmp_path / name)
