"""Files of other programs: scale, axes, and what is refused."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from mcr_core.errors import FileFormatError, InputError
from mcr_core.images import describe, header, read

GREY = {"photometric": "minisblack"}


def imagej(path: Path, array, resolution=None, **metadata) -> Path:
    tifffile.imwrite(path, array, imagej=True, resolution=resolution, metadata=metadata, **GREY)
    return path


def ome(path: Path, array, **metadata) -> Path:
    tifffile.imwrite(path, array, ome=True, metadata=metadata, **GREY)
    return path


@pytest.mark.parametrize(
    ("unit", "expected", "factor"),
    [
        ("um", "um", 1),
        ("micron", "um", 1),
        ("\\u00B5m", "um", 1),
        ("nm", "nm", 1),
        ("cm", "mm", 10),
        ("inch", "mm", 25.4),
        ("pixel", "pixel", 1),
    ],
)
def test_imagej_scale(tmp_path: Path, labels, unit: str, expected: str, factor: float) -> None:
    path = imagej(tmp_path / "a.tif", labels, (1 / 0.3, 1 / 0.2), axes="ZYX", unit=unit, spacing=-2)
    ms = read(path)
    assert ms.unit == expected
    np.testing.assert_allclose(ms.voxel_size, np.multiply((2, 0.2, 0.3), factor), rtol=1e-6)


def test_sizes_that_are_no_length_are_named(tmp_path: Path, labels, caplog) -> None:
    path = imagej(tmp_path / "a.tif", labels, (0.5, 0.5), axes="ZYX", unit="um", spacing=0)
    assert read(path).voxel_size == (1, 2, 2)
    path = ome(tmp_path / "b.tif", labels, axes="ZYX", PhysicalSizeX=0.0, PhysicalSizeY=2.0)
    assert read(path).voxel_size == (1, 2, 1)
    assert "a.tif: its voxel size 0 along Z is no length and read as 1" in caplog.text
    assert "b.tif: its voxel size 0 along X is no length and read as 1" in caplog.text


def test_rounded_imagej_tags_give_cubic_voxels(tmp_path: Path, labels) -> None:
    # ImageJ writes 1/30 with six digits.
    resolution = ((33333, 1000000), (33333, 1000000))
    path = imagej(tmp_path / "a.tif", labels, resolution, axes="ZYX", unit="nm", spacing=30)
    assert read(path).voxel_size == (30, 30, 30)


def test_ome_scale(tmp_path: Path, labels) -> None:
    path = ome(
        tmp_path / "a.ome.tif",
        labels,
        axes="ZYX",
        PhysicalSizeX=0.3,
        PhysicalSizeXUnit="µm",
        PhysicalSizeY=200.0,
        PhysicalSizeYUnit="nm",
        PhysicalSizeZ=5.0,
        PhysicalSizeZUnit="Å",
    )
    ms = read(path)
    assert ms.unit == "um"
    np.testing.assert_allclose(ms.voxel_size, (0.0005, 0.2, 0.3))
    assert not ms.periodic


def test_ome_without_a_size_along_z_says_so(tmp_path: Path, labels, caplog) -> None:
    path = ome(tmp_path / "a.tif", labels, axes="ZYX", PhysicalSizeX=0.3, PhysicalSizeY=0.3)
    assert read(path).voxel_size == (0.3, 0.3, 0.3)
    assert "it states no size along Z" in caplog.text


def test_ome_without_sizes_is_in_pixels(tmp_path: Path, labels) -> None:
    ms = read(ome(tmp_path / "a.tif", labels, axes="ZYX"))
    assert (ms.voxel_size, ms.unit) == ((1, 1, 1), "pixel")


def test_unknown_units_are_named(tmp_path: Path, labels, caplog) -> None:
    path = imagej(tmp_path / "a.tif", labels, (0.5, 0.5), axes="ZYX", unit="furlong", spacing=2)
    ms = read(path)
    assert (ms.voxel_size, ms.unit) == ((2, 2, 2), "pixel")
    assert "its unit 'furlong' is not known" in caplog.text


@pytest.mark.parametrize("unit", ["INCH", "CENTIMETER"])
def test_printing_resolution_is_ignored_in_one_line(tmp_path: Path, labels, caplog, unit) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, labels[0], resolution=(300, 300), resolutionunit=unit, **GREY)
    assert read(path).voxel_size == (1, 1)
    [line] = caplog.messages
    assert "(300 pixels per" in line
    assert "meant for printing and ignored" in line


@pytest.mark.parametrize("options", [{}, {"metadata": None}, {"bigtiff": True}, {"byteorder": ">"},
                                     {"compression": "zlib"}, {"compression": "lzw"},
                                     {"tile": (16, 16)}, {"rowsperstrip": 2}])  # fmt: skip
def test_several_pages_are_a_volume(tmp_path: Path, labels, options) -> None:
    path = tmp_path / "a.TIFF"
    if options.get("compression") == "lzw":
        pytest.importorskip("imagecodecs")
    tifffile.imwrite(path, labels, **GREY, **options)
    np.testing.assert_array_equal(read(path).labels, labels)
    np.testing.assert_array_equal(read(path, plane=2).labels, labels[2])


def test_pages_written_one_by_one_are_a_volume(tmp_path: Path, labels) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tif:
        for plane in labels:
            tif.write(plane, metadata=None)
    np.testing.assert_array_equal(read(path).labels, labels)
    np.testing.assert_array_equal(read(path, plane=4).labels, labels[4])
    assert len(read(path, stack="images")) == 5


def test_one_page_is_an_image_and_has_no_planes(tmp_path: Path, labels) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, labels[0])
    assert read(path).shape == (6, 7)
    assert len(read(path, stack="images")) == 1
    with pytest.raises(InputError, match="expected a volume to take plane 0 from, got 2D"):
        read(path, plane=0)


@pytest.mark.parametrize(("axis", "word"), [("C", "channel"), ("T", "frame")])
@pytest.mark.parametrize("make", [imagej, ome])
def test_channels_and_frames_are_chosen(tmp_path: Path, make, axis: str, word: str) -> None:
    array = np.random.default_rng(0).integers(0, 2, (3, 5, 6, 7)).astype(np.uint8)
    axes = "TZYX" if axis == "T" else "CZYX"
    if make is imagej and axis == "C":
        path = imagej(tmp_path / "a.tif", array.swapaxes(0, 1), axes="ZCYX")
    else:
        path = make(tmp_path / "a.tif", array, axes=axes)
    with pytest.raises(FileFormatError, match=rf"got 3: choose one with --{word} N .*from 0 to 2"):
        read(path)
    np.testing.assert_array_equal(read(path, **{word: 1}).labels, array[1])
    np.testing.assert_array_equal(read(path, plane=2, **{word: 1}).labels, array[1, 2])
    with pytest.raises(InputError, match=f"expected a {word} from 0 to 2, got 3"):
        read(path, **{word: 3})


def test_times_are_a_stack(tmp_path: Path, labels) -> None:
    path = imagej(tmp_path / "a.tif", labels, (2, 2), axes="TYX", unit="nm")
    images = read(path, stack="images")
    np.testing.assert_array_equal(images[2].labels, labels[2])
    assert (images[2].voxel_size, images[2].unit) == ((0.5, 0.5), "nm")


def test_colours_are_refused(tmp_path: Path) -> None:
    colours = np.zeros((6, 7, 3), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", colours, photometric="rgb")
    with pytest.raises(FileFormatError, match=r"a\.tif: .*got a colour image.*convert it to one"):
        read(tmp_path / "a.tif")
    for mode in ("RGB", "RGBA", "LA"):
        Image.fromarray(colours).convert(mode).save(tmp_path / "a.png")
        with pytest.raises(FileFormatError, match=f"got a PNG of mode {mode} .*convert it to one"):
            read(tmp_path / "a.png")


def test_other_dimensions_are_refused(tmp_path: Path) -> None:
    four = np.zeros((2, 5, 6, 7), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", four, **GREY)
    np.save(tmp_path / "a.npy", four)
    for name in ("a.tif", "a.npy"):
        with pytest.raises(FileFormatError, match=rf"{name}: expected a 2D.*got 4 dimensions"):
            read(tmp_path / name)
    np.save(tmp_path / "a.npy", four.ravel())
    with pytest.raises(FileFormatError, match="expected one array of 2 or 3 dimensions"):
        read(tmp_path / "a.npy")


def test_pages_of_different_shape_are_refused(tmp_path: Path, labels) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tif:
        tif.write(labels[0], metadata=None)
        tif.write(labels[0, :3], metadata=None)
    with pytest.raises(FileFormatError, match=r"got 2 \(shapes \(6, 7\), \(3, 7\)\)"):
        read(path)


@pytest.mark.parametrize(
    ("mode", "values"), [("1", (0, 1)), ("L", (3, 200)), ("I;16", (5, 999)), ("P", (0, 1))]
)
def test_png(tmp_path: Path, labels, mode: str, values) -> None:
    array = np.asarray(values)[labels[0]]
    if mode == "1":
        image = Image.fromarray(array.astype(bool))
    elif mode == "I;16":
        image = Image.fromarray(array.astype(np.uint16))
    else:
        image = Image.fromarray(array.astype(np.uint8))
    if mode == "P":
        image.putpalette([9, 9, 9, 200, 0, 0])
    assert image.mode == mode
    image.save(tmp_path / "a.png", dpi=(300, 300))
    ms = read(tmp_path / "a.png", voxel_size=0.5, unit="nm")
    assert ms.phase_values == values
    assert (ms.voxel_size, ms.unit) == ((0.5, 0.5), "nm")
    np.testing.assert_array_equal(ms.labels, labels[0])


def test_large_png_is_no_bomb(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    Image.fromarray(np.eye(64, dtype=np.uint8)).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png").shape == (64, 64)


def test_grey_images_name_the_file_and_the_way_out(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.arange(42, dtype=np.uint8).reshape(6, 7))
    with pytest.raises(InputError, match=r"a\.tif: expected at most 16 phases.*--threshold otsu"):
        read(tmp_path / "a.tif")


def test_gigabytes_are_judged_by_the_header(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "a.tif"
    # A BigTIFF of 1 TiB: its pixels are a hole in the file.
    small = np.zeros((2, 8), np.uint8)
    tifffile.imwrite(path, small, bigtiff=True, metadata=None)
    with tifffile.TiffFile(path, mode="r+") as tif:
        tags = tif.pages[0].tags
        for name, value in (("ImageWidth", 2**20), ("ImageLength", 2**20),
                            ("RowsPerStrip", 2**20), ("StripByteCounts", 2**40)):  # fmt: skip
            tags[name].overwrite(value, dtype=16)
    with path.open("r+b") as file:
        file.truncate(2**40 + 4096)
    assert describe(path).nbytes == 2**40
    with pytest.raises(InputError, match=r"needs about 1.33e\+04 GiB, this machine has"):
        read(path)


def test_a_plane_needs_the_memory_of_a_plane(tmp_path: Path, labels, monkeypatch) -> None:
    tifffile.imwrite(tmp_path / "a.tif", labels, **GREY)
    monkeypatch.setattr(header, "physical_memory", lambda: 19 * 42)
    assert read(tmp_path / "a.tif", plane=0).shape == (6, 7)
    with pytest.raises(InputError, match="crop or bin the image, or take one plane"):
        read(tmp_path / "a.tif")


def test_missing_codec_says_how_to_save_again(tmp_path: Path, labels, monkeypatch) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, labels, compression="zlib", **GREY)
    monkeypatch.setattr(tifffile.TIFF, "DECOMPRESSORS", {1: None})
    with pytest.raises(FileFormatError, match=r"its compression ADOBE_DEFLATE needs .*imagecodecs"):
        read(path)


def test_tifffile_logs_under_our_name(tmp_path: Path, labels, caplog) -> None:
    path = tmp_path / "a.tif"
    # A private tag that points beyond the file.
    tifffile.imwrite(path, labels[0], extratags=[(40000, 2, 9, "12345678", True)], metadata=None)
    data = bytearray(path.read_bytes())
    at = data.index((40000).to_bytes(2, "little"))
    data[at + 8 : at + 12] = b"\xff\xff\xff\x7f"
    path.write_bytes(data)
    with caplog.at_level(logging.WARNING):
        np.testing.assert_array_equal(read(path).labels, labels[0])
    assert {r.name for r in caplog.records} == {"mcr_core.images"}
    assert "40000" in caplog.text
