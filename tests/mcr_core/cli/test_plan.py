"""mcr plan and mcr devices."""

import re

import pytest

import mcr_core as mcr_api
from mcr_core import device
from mcr_core.kernels import correlation_tiles


def rows(text):
    """The lines of a table, by what stands first."""
    cells = [re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in text.splitlines()]
    return {line[0]: line[1] for line in cells if len(line) == 2}


def test_plan(mcr, folder):
    outcome = mcr(
        *("plan", "slice.tif", "--shape", 16, 24, 20, "--limit-to", 3, "--device", "cpu"),
        *("--memory", "2GB"),
    )
    assert outcome.code == 0, outcome.err
    table = rows(outcome.out)
    assert table["result"] == "16 x 24 x 20 voxels, 2 phases"
    assert table["variables"] == "7 680"
    assert table["planes per evaluation"] == "16 xy, 24 xz, 20 yz"
    assert table["correlations"].startswith("levels: 3 (xy), 2 (xz), 2 (yz); by kernel")
    assert table["TensorFlow"] == "not needed"
    assert table["Python and libraries"] == "130 MB"
    assert re.fullmatch(r"\d+ MB \(fits: limit 2 GB\)", table["memory at a time"])
    assert "planes per compiled call" not in table
    assert [one.name for one in folder.iterdir()] == ["slice.tif"]


def test_plan_of_a_characterization(mcr, folder):
    mcr("characterize", "slice.tif", "-o", "c.h5", "-d", "variation")
    outcome = mcr(
        *("plan", "c.h5", "--add-dimension", 20, "--optimizer", "adam", "--planes", "0.25"),
        *("--finish-sweeps", 1, "--initial", "start.npy"),
    )
    assert outcome.code == 2
    assert "start.npy: no such file" in outcome.err
    outcome = mcr("plan", "c.h5", "--add-dimension", 20, "--optimizer", "adam", "--planes", "0.25")
    assert outcome.code == 0, outcome.err
    table = rows(outcome.out)
    assert table["planes per evaluation"] == "5 xy, 6 xz, 5 yz"
    assert table["TensorFlow"] == "loaded"


def test_too_little_memory_is_shown_and_an_error(mcr, folder):
    outcome = mcr("plan", "slice.tif", "--shape", 600, 600, 600, "--memory", "1GB")
    assert outcome.code == 2
    table = rows(outcome.out)
    assert re.fullmatch(r"\d+ GB \(does not fit: limit 1 GB\)", table["memory at a time"])


def test_bad_input_is_refused(mcr, folder):
    outcome = mcr("plan", "slice.tif", "--planes", "0.5")
    assert outcome.code == 2
    assert "planes=0.5 draws other planes for every evaluation, and lbfgsb" in outcome.err
    assert outcome.out == ""


def test_devices_without_a_driver(mcr, monkeypatch):
    monkeypatch.setattr(device, "has_driver", lambda: False)
    outcome = mcr("devices")
    assert outcome.code == 0
    table = rows(outcome.out)
    assert re.fullmatch(r"\d+ cores that this process may use", table["CPU"])
    assert re.search(r"of NumPy \d.*, \d+ threads", table["BLAS"])
    assert table["GPU"] == "none: no driver is seen"
    assert table["--device auto"] == "takes the cpu"


@pytest.mark.parametrize(
    ("gpus", "shown", "auto"),
    [
        (["/physical_device:GPU:0"], "A fast one", "takes the gpu"),
        ([], "none that TensorFlow sees, though there is a driver", "takes the cpu"),
    ],
)
def test_devices_with_a_driver(mcr, monkeypatch, gpus, shown, auto):
    import tensorflow as tf

    monkeypatch.setattr(device, "has_driver", lambda: True)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
    monkeypatch.setattr(
        tf.config.experimental, "get_device_details", lambda gpu: {"device_name": "A fast one"}
    )
    table = rows(mcr("devices").out)
    assert (table["GPU"], table["--device auto"]) == (shown, auto)


@pytest.mark.parametrize(
    ("libraries", "shown"),
    [
        ({"avx512": None, "avx2": None}, "compiled for AVX-512"),
        ({"avx2": None}, "compiled for AVX2"),
        ({}, "NumPy: built without a C compiler"),
    ],
)
def test_devices_say_what_computes_correlations(mcr, monkeypatch, libraries, shown):
    monkeypatch.setattr(device, "has_driver", lambda: False)
    monkeypatch.setattr(correlation_tiles, "libraries", lambda: libraries)
    assert rows(mcr("devices").out)["correlations"].startswith(shown)


def test_plan_is_a_verb_of_python(folder):
    found = mcr_api.plan("slice.tif", add_dimension=20)
    assert found.shape == (20, 24, 20)
