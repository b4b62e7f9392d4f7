"""Weights in HDF5: what is written is read, and damage is found."""

import dataclasses

import h5py
import numpy as np
import pytest
from edited_hdf5 import edited

from mcr_core.errors import FileFormatError, InputError
from mcr_core.vgg.weights_file import read_weights, write_weights


@pytest.fixture
def written(tmp_path, random_weights):
    return write_weights(tmp_path / "weights.h5", random_weights)


def test_round_trip(written, random_weights):
    found = read_weights(written)
    assert found.identity == random_weights.identity
    assert found.name == "random"
    np.testing.assert_array_equal(found.mean, random_weights.mean)
    for a, b in zip(found.kernels, random_weights.kernels, strict=True):
        np.testing.assert_array_equal(a, b)
    assert [file.name for file in written.parent.glob("*.*")] == ["weights.h5"]


def test_damage_is_found(written, tmp_path):
    content = bytearray(written.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "flipped.h5").write_bytes(content)
    (tmp_path / "short.h5").write_bytes(content[: len(content) // 2])
    (tmp_path / "text.h5").write_bytes(b"not at all")
    for name in ("flipped", "short", "text"):
        with pytest.raises(FileFormatError, match="expected VGG-19 weights that mcr wrote"):
            read_weights(tmp_path / f"{name}.h5")
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_weights(tmp_path / "none.h5")


def _other_number(root):
    root["conv3_1/bias"][3] += 1


def _lost(root):
    del root["conv5_4/kernel"]


def _other_shape(root):
    del root["conv1_1/bias"]
    root["conv1_1/bias"] = np.zeros(3, np.float32)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (_other_number, "another checksum than it says"),
        (_lost, "conv5_4/kernel is missing"),
        (_other_shape, "expected the 16 biases"),
    ],
)
def test_other_content_with_a_seal(written, edit, message):
    with edited(written) as root:
        edit(root)
    with pytest.raises(FileFormatError, match=message):
        read_weights(written)


def test_newer_versions_say_so(written):
    with edited(written) as root:
        text = root["vgg19"].asstr()[()].replace('"format_version": 1', '"format_version": 2')
        del root["vgg19"]
        root.create_dataset("vgg19", data=text, dtype=h5py.string_dtype("utf-8"))
    with pytest.raises(FileFormatError, match=r"format version 2 is newer .* update napari-mcr"):
        read_weights(written)


def test_identity_follows_the_numbers(random_weights):
    other = dataclasses.replace(random_weights, mean=random_weights.mean + 1)
    assert other.identity != random_weights.identity
    assert other.identity.partition(":")[0] == "random"
    for change in ({"mean": np.ones(4)}, {"kernels": ()}, {"name": "a/b"}, {"biases": ()}):
        with pytest.raises(ValueError, match="expected"):
            dataclasses.replace(random_weights, **change)
