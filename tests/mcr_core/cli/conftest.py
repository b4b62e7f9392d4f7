"""A folder of images, good and bad, and the command line on it."""

import os
import re
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import tifffile
from edited_hdf5 import edited
from PIL import Image

FROZEN = Path(__file__).parents[1] / "data" / "characterization_v1.h5"
FAKE_PACKAGE = Path(__file__).parents[2] / "fake_package"


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    def seconds_left_out(self):
        return re.sub(r"\d+ s", "N s", self.out)


@pytest.fixture
def mcr(capsys):
    """Run the command line in this process."""
    from mcr_core.cli import main

    def mcr(*arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(end.value.code, captured.out, captured.err)

    return mcr


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in, with the one image slice.tif."""
    monkeypatch.chdir(tmp_path)
    tifffile.imwrite(tmp_path / "slice.tif", checks((24, 20)))
    return tmp_path


@pytest.fixture
def fake_package():
    """The environment of a process in which the fake package is installed."""
    path = os.pathsep.join(filter(None, [str(FAKE_PACKAGE), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def checks(shape, seed=0):
    """Two phases in broken checks: no direction is preferred."""
    rng = np.random.default_rng(seed)
    grids = np.meshgrid(*map(np.arange, shape), indexing="ij")
    wave = 1.5 * np.prod([np.sin(0.7 * grid) for grid in grids], axis=0)
    return (wave + 0.5 * rng.standard_normal(shape) > 0.2).astype(np.uint8)


def big_tiff_header(shape):
    """A BigTIFF that promises an image of a shape and holds one byte of it."""
    height, width = shape
    entries = [
        (256, 16, 1, width),
        (257, 16, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 16, 1, 16),
        (278, 16, 1, height),
        (279, 16, 1, height * width),
    ]
    offset = 24
    body = struct.pack("<Q", len(entries))
    body += b"".join(struct.pack("<HHQQ", *entry) for entry in entries) + struct.pack("<Q", 0)
    return b"II" + struct.pack("<HHHQ", 43, 8, 0, offset) + bytes(offset - 16) + body


def make_bad_files(folder):
    """Fill a folder with every kind of input."""
    rng = np.random.default_rng(1)
    image = checks((24, 20))
    tifffile.imwrite(folder / "slice.tif", image)
    tifffile.imwrite(folder / "other.tif", checks((24, 20), seed=5))
    tifffile.imwrite(folder / "volume.tif", checks((16, 16, 16)), metadata={"axes": "ZYX"})
    tifffile.imwrite(folder / "three.tif", image + 2 * (checks((24, 20), seed=3) & image))
    tifffile.imwrite(folder / "tiny.tif", image[:6, :6])
    tifffile.imwrite(folder / "grey.tif", rng.permutation(480).reshape(24, 20).astype(np.uint16))
    tifffile.imwrite(folder / "rgb.tif", rng.integers(0, 255, (24, 20, 3)).astype(np.uint8))
    tifffile.imwrite(folder / "one.tif", np.ones((24, 20), np.uint8))
    tifffile.imwrite(folder / "17.tif", (np.arange(480) % 17).reshape(24, 20).astype(np.uint8))
    tifffile.imwrite(folder / "channels.tif", np.stack([image, image]), imagej=True,
                     metadata={"axes": "CYX"})  # fmt: skip
    tifffile.imwrite(folder / "all_masked.tif", image * 0)
    tifffile.imwrite(folder / "small_mask.tif", image[:20])
    Image.fromarray(rng.integers(0, 255, (24, 20, 3)).astype(np.uint8)).save(folder / "rgb.png")
    np.save(folder / "nan.npy", np.where(np.eye(24, 20) > 0, np.nan, image))
    np.save(folder / "line.npy", image[0])
    np.save(folder / "four.npy", np.zeros((4, 4, 4, 4), np.uint8))
    np.save(folder / "objects.npy", np.array([[{}, 1]], dtype=object), allow_pickle=True)
    whole = (folder / "slice.tif").read_bytes()
    (folder / "truncated.tif").write_bytes(whole[:200])
    (folder / "half.tif").write_bytes(whole[: len(whole) - 100])
    (folder / "empty.tif").write_bytes(b"")
    (folder / "text.tif").write_text("no image")
    (folder / "text.npz").write_text("no arrays")
    (folder / "image.jpg").write_bytes(b"\xff\xd8\xff" + bytes(100))
    (folder / "png.tif").write_bytes((folder / "rgb.png").read_bytes())
    (folder / "huge.tif").write_bytes(big_tiff_header((10**6, 10**7)))
    (folder / "folder.tif").mkdir()
    (folder / "exists.tif").write_bytes(b"precious")
    (folder / "frozen.h5").write_bytes(FROZEN.read_bytes())
    (folder / "truncated.h5").write_bytes(FROZEN.read_bytes()[:9000])
    (folder / "text.h5").write_text("no HDF5")
    for name, change in {
        "newer.h5": ('"format_version": 1', '"format_version": 2'),
        "plugin.h5": ('"volume_fractions"', '"minkowski_tensor"'),
    }.items():
        (folder / name).write_bytes(FROZEN.read_bytes())
        with edited(folder / name) as root:
            text = root["meta"][()].decode().replace(*change)
            root["meta"][()] = text
    (folder / "nan.h5").write_bytes(FROZEN.read_bytes())
    with edited(folder / "nan.h5") as root:
        root["planes/all/s2"][0, 0, 0] = np.nan
    for name, text in {
        "broken": "{",
        "list": "[]",
        "empty": "{}",
        "unknown": '{"source": {"path": "slice.tif"}, "shpae": [8, 8]}',
        "newer": '{"source": {"path": "slice.tif"}, "format_version": 2}',
        "lost": '{"source": {"path": "missing.tif"}}',
        "output": '{"source": {"path": "slice.tif"}, "output": "slice.tif"}',
    }.items():
        (folder / f"{name}.json").write_text(text)


@pytest.fixture(scope="module")
def bad_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    make_bad_files(folder)
    return folder
