"""Whatever the bytes are, the outcome is an image or one sentence."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mcr_core.errors import FileFormatError, InputError, McrError
from mcr_core.images import read, write
from mcr_core.images.npy import record_path
from mcr_core.microstructure import Microstructure

LABELS = np.random.default_rng(3).integers(0, 2, (5, 6, 7)).astype(np.uint8)
ONCE = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def tiff(**options: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, LABELS, photometric="minisblack", **options)
    return file.getvalue()


def png() -> bytes:
    file = io.BytesIO()
    Image.fromarray(LABELS[0]).save(file, "png")
    return file.getvalue()


def npy() -> bytes:
    file = io.BytesIO()
    np.save(file, LABELS)
    return file.getvalue()


FILES = {
    "imagej.tif": tiff(imagej=True, metadata={"axes": "ZYX", "unit": "um", "spacing": 2}),
    "ome.tif": tiff(ome=True, metadata={"axes": "ZYX", "PhysicalSizeX": 2}),
    "plain.tif": tiff(metadata=None),
    "shaped.tif": tiff(),
    "deflate.tif": tiff(compression="zlib", rowsperstrip=2, metadata=None),
    "big.tif": tiff(bigtiff=True, tile=(16, 16)),
    "image.png": png(),
    "array.npy": npy(),
}


def outcome(path: Path) -> Microstructure | None:
    """Read a file; any error but ours fails the test."""
    try:
        return read(path)
    except McrError as error:
        text = str(error)
    assert "\n" not in text
    assert path.name in text
    return None


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_intact(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    ms = read(tmp_path / name)
    np.testing.assert_array_equal(ms.labels, LABELS[0] if name == "image.png" else LABELS)


@pytest.mark.parametrize("name", FILES)
def test_every_truncation_is_found_or_harmless(tmp_path: Path, name: str) -> None:
    """A shorter file is refused, or gives all the pixels: never fewer, never zeros."""
    data, path = FILES[name], tmp_path / name
    for length in range(0, len(data), max(1, len(data) // 60)):
        path.write_bytes(data[:length])
        ms = outcome(path)
        assert ms is None or np.array_equal(ms.labels, LABELS[0] if ".png" in name else LABELS)


@pytest.mark.filterwarnings("ignore")  # overflows of absurd sizes, on the way to an error
@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
@ONCE
def test_changed_bytes_give_an_image_or_an_error(tmp_path: Path, name: str, data) -> None:
    content = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 3))):
        # Headers are where a byte matters most.
        at = data.draw(st.integers(0, 300) | st.integers(0, len(content) - 1))
        content[min(at, len(content) - 1)] = data.draw(st.integers(0, 255))
    path = tmp_path / name
    path.write_bytes(content)
    outcome(path)


@pytest.mark.filterwarnings("ignore")
@given(
    start=st.sampled_from(
        [b"", b"II*\0", b"MM\0*", b"II+\0", b"\x89PNG\r\n\x1a\n", b"\x93NUMPY\1\0"]
    ),
    rest=st.binary(max_size=200),
    suffix=st.sampled_from([".tif", ".png", ".npy"]),
)
@ONCE
def test_random_bytes_are_an_error(tmp_path: Path, start: bytes, rest: bytes, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(start + rest)
    assert outcome(path) is None


def test_our_own_file_truncated(tmp_path: Path, volume) -> None:
    path = write(tmp_path / "a.tif", volume, job={"seed": 1})
    data = path.read_bytes()
    for length in range(0, len(data), 20):
        path.write_bytes(data[:length])
        ms = outcome(path)
        assert ms is None or ms == volume


def test_our_own_array_truncated(tmp_path: Path, volume) -> None:
    path = write(tmp_path / "a.npy", volume)
    beside = record_path(path)
    text = beside.read_text()
    beside.write_text(text[:50])
    with pytest.raises(FileFormatError, match=r"a\.npy\.json: .* is damaged"):
        read(path)
    beside.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(FileFormatError, match=r"a\.npy\.json: expected an intact JSON file"):
        read(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.tif", b"", "expected a TIFF file, it is empty: copy it again"),
        ("a.png", b"", "expected a PNG file, it is empty"),
        ("a.tif", png(), "expected a TIFF file after its suffix, found a PNG file: rename it"),
        ("a.png", tiff(), "expected a PNG file after its suffix, found a TIFF file: rename it"),
        ("a.tif", b"\xff\xd8\xff\xe0", "found a JPEG file: save it as TIFF or PNG"),
        ("a.npy", b"\x80\x04K\x01.", "expected a NumPy file after its suffix, found other bytes"),
        ("a.jpg", b"\xff\xd8\xff", "expected .tif, .tiff, .png, .npy, .zarr, got .jpg: save it as"),
        ("a", b"abc", "got no suffix"),
        ("a.tif", tiff()[:100], "is damaged or truncated"),
        ("a.png", png()[:-30], "is damaged or truncated"),
        ("a.npy", npy()[:-20], "is damaged or truncated"),
    ],
)
def test_wrong_content(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileFormatError, match=message):
        read(tmp_path / name)


def test_python_objects_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[{}, {}]]), allow_pickle=True)
    with pytest.raises(FileFormatError, match=r"is damaged or truncated|Python objects"):
        read(tmp_path / "a.npy")


def test_paths_that_are_no_files(tmp_path: Path, monkeypatch) -> None:
    with pytest.raises(InputError, match=r"missing\.tif: no such file"):
        read(tmp_path / "missing.tif")
    with pytest.raises(InputError, match="expected an image file, this is a folder"):
        read(tmp_path)
    with pytest.raises(InputError, match="is no file name"):
        read("a\0.tif")
    (tmp_path / "a.tif").write_bytes(tiff())

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(InputError, match=r"a\.tif: cannot be read: Permission denied"):
        read(tmp_path / "a.tif")
