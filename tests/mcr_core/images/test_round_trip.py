"""What is written comes back as it was."""

from __future__ import annotations

import json
import logging
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from mcr_core.errors import FileFormatError, InputError
from mcr_core.images import describe, read, read_job, write
from mcr_core.microstructure import Microstructure
from mcr_core.units import UNITS

SUFFIXES = (".tif", ".tiff", ".npy", ".ome.zarr")
SIZES = st.floats(1e-12, 1e12)
VALUES = st.one_of(
    st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=6, unique=True),
    st.lists(st.integers(0, 70000), min_size=2, max_size=6, unique=True),
    st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=2, unique=True),
)


@st.composite
def microstructures(draw: st.DrawFn) -> Microstructure:
    values = sorted(draw(VALUES))
    shape = draw(stn.array_shapes(min_dims=2, max_dims=3, max_side=5))
    index = draw(stn.arrays(np.uint8, shape, elements=st.integers(0, len(values) - 1)))
    return Microstructure.from_array(
        np.asarray(values)[index],
        phase_values=values,
        phase_names=draw(st.lists(st.text(max_size=5), min_size=len(values), max_size=len(values))),
        voxel_size=draw(st.lists(SIZES, min_size=len(shape), max_size=len(shape))),
        unit=draw(st.sampled_from(UNITS)),
        periodic=draw(st.booleans()),
    )


@settings(deadline=None, max_examples=60)
@given(ms=microstructures(), suffix=st.sampled_from(SUFFIXES))
def test_everything_round_trips(ms: Microstructure, suffix: str) -> None:
    job = {"seed": 1, "terms": [{"name": "correlations", "weight": 0.5}]}
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / f"a{suffix}", ms, job=job)
        assert read(path) == ms
        assert read_job(path) == job


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("values", [(0, 1), (0, 65535), (-1, 3), (0.25, 0.5)])
def test_mask_round_trips(tmp_path: Path, labels, suffix: str, values) -> None:
    mask = np.random.default_rng(0).random(labels.shape) < 0.5
    ms = Microstructure.from_array(np.asarray(values)[labels], mask=mask)
    back = read(write(tmp_path / f"a{suffix}", ms))
    np.testing.assert_array_equal(back.mask, mask)
    np.testing.assert_array_equal(back.labels[mask], ms.labels[mask])
    assert back.phase_values == ms.phase_values


@pytest.mark.parametrize(
    ("values", "dtype", "stored"),
    [
        ((0, 255), "uint8", [0, 255]),
        ((1, 300), "uint16", [1, 300]),
        ((0, 65536), "uint8", [0, 1]),
        ((-1, 1), "uint8", [0, 1]),
        ((0.5, 1.5), "uint8", [0, 1]),
        ((0.0, 2.0), "uint8", [0, 2]),
    ],
)
def test_tiff_is_an_imagej_label_image(tmp_path: Path, values, dtype, stored) -> None:
    ms = Microstructure.from_array(np.asarray(values)[np.indices((4, 5, 6)).sum(0) % 2])
    path = write(tmp_path / "a.tif", ms)
    with tifffile.TiffFile(path) as tif:
        assert tif.is_imagej
        assert tif.series[0].axes == "ZYX"
        pixels = tif.asarray()
    assert pixels.dtype == dtype
    assert np.unique(pixels).tolist() == stored


def test_tags_are_what_imagej_and_napari_tiff_read(tmp_path: Path, volume) -> None:
    path = write(tmp_path / "a.tif", volume, job={"seed": 7})
    with tifffile.TiffFile(path) as tif:
        properties = tif.imagej_metadata
        resolution = tif.pages[0].tags["XResolution"].value, tif.pages[0].tags["YResolution"].value
    assert properties["unit"] == "um"
    assert properties["spacing"] == 0.5
    assert properties["slices"] == 5
    assert resolution == ((10, 3), (5, 1))
    content = json.loads(properties["Info"])["mcr"]
    assert content["format_version"] == 1
    assert content["job"] == {"seed": 7}
    assert content["microstructure"]["phase_names"] == ["pore", "solid"]


@pytest.mark.parametrize("count", [3, 4])
def test_few_slices_are_neither_channels_nor_colours(tmp_path: Path, labels, count: int) -> None:
    ms = Microstructure.from_array(labels[:count])
    assert read(write(tmp_path / "a.tif", ms)) == ms


def test_overrides_win_over_the_file(tmp_path: Path, volume) -> None:
    path = write(tmp_path / "a.tif", volume)
    assert read(path).periodic
    assert not read(path, periodic=False).periodic
    changed = read(path, voxel_size=2, unit="mm")
    assert changed.voxel_size == (2, 2, 2)
    assert changed.unit == "mm"
    assert read(path, unit="nm").voxel_size == volume.voxel_size


@pytest.mark.parametrize("suffix", [".tif", ".npy", ".zarr"])
def test_one_plane_of_a_volume(tmp_path: Path, volume, suffix: str) -> None:
    path = write(tmp_path / f"a{suffix}", volume)
    assert read(path, plane=3) == volume.plane(3)
    with pytest.raises(InputError, match="expected a plane from 0 to 4, got 5"):
        read(path, plane=5)


@pytest.mark.parametrize("suffix", [".tif", ".npy", ".zarr"])
def test_a_stack_is_many_images_with_the_phases_of_all(tmp_path: Path, suffix: str) -> None:
    stack = np.zeros((3, 4, 5), np.uint8)
    stack[1] = 1
    stack[2, 0] = 7
    path = write(tmp_path / f"a{suffix}", Microstructure.from_array(stack))
    images = read(
        path, stack="images", voxel_size=(2, 3), unit="nm", mask=np.arange(20).reshape(4, 5) > 0
    )
    assert [image.phase_values for image in images] == [(0, 1, 7)] * 3
    assert [image.voxel_size for image in images] == [(2, 3)] * 3
    assert images[1].labels.min() == 1
    assert all(not image.mask[0, 0] and image.mask.sum() == 19 for image in images)


def test_describe_loads_no_pixels(tmp_path: Path, volume, monkeypatch) -> None:
    path = write(tmp_path / "a.tif", volume, job={"seed": 7})

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(tifffile.TiffPageSeries, "asarray", forbidden)
    header = describe(path)
    assert (header.shape, header.axes, header.nbytes) == ((5, 6, 7), "ZYX", 210)
    assert (header.voxel_size, header.unit, header.dtype) == ((0.5, 0.2, 0.3), "um", np.uint8)
    assert header.ours
    assert json.loads(header.job or "") == {"seed": 7}


def test_no_job_is_none(tmp_path: Path, volume) -> None:
    path = write(tmp_path / "a.tif", volume)
    assert describe(path).ours
    assert describe(path).job is None
    assert read_job(path) is None


def test_job_has_to_be_json(tmp_path: Path, volume) -> None:
    for job in ({"a": object()}, {"a": float("nan")}, {1: 2}):
        for suffix in SUFFIXES:
            with pytest.raises(InputError, match="expected a job that JSON can hold"):
                write(tmp_path / f"a{suffix}", volume, job=job)
    assert list(tmp_path.iterdir()) == []


# Files of ours that another program has changed: ImageJ keeps the property Info.


def saved_again(path: Path, pixels=None, unit="um", spacing=0.5, resolution=(10 / 3, 5)) -> None:
    with tifffile.TiffFile(path) as tif:
        info = tif.imagej_metadata["Info"]
        pixels = tif.asarray() if pixels is None else pixels
    properties = {"axes": "ZYX"[-pixels.ndim :], "unit": unit, "spacing": spacing}
    tifffile.imwrite(path, pixels, imagej=True, resolution=resolution,
                     metadata={**properties, "Info": info + "\nappended"})  # fmt: skip


def test_saved_by_imagej_is_unchanged(tmp_path: Path, volume) -> None:
    path = write(tmp_path / "a.tif", volume)
    saved_again(path, unit="\\u00B5m", resolution=((3333333, 1000000), (5, 1)))
    assert read(path) == volume


def test_cropped_elsewhere_is_open(tmp_path: Path, volume, labels, caplog) -> None:
    path = write(tmp_path / "a.tif", volume)
    saved_again(path, labels[:, :4])
    back = read(path)
    assert not back.periodic
    assert back.phase_names == ("pore", "solid")
    assert back.voxel_size == volume.voxel_size
    assert "it is taken as open" in caplog.text


def test_one_slice_saved_elsewhere(tmp_path: Path, volume, labels) -> None:
    path = write(tmp_path / "a.tif", volume)
    saved_again(path, labels[2])
    back = read(path)
    assert (back.voxel_size, back.unit, back.periodic) == ((0.2, 0.3), "um", False)
    np.testing.assert_array_equal(back.labels, labels[2])


def test_rescaled_elsewhere_takes_the_tags(tmp_path: Path, volume, caplog) -> None:
    path = write(tmp_path / "a.tif", volume)
    saved_again(path, unit="nm", spacing=10, resolution=(0.1, 0.1))
    back = read(path)
    assert (back.voxel_size, back.unit) == ((10, 10, 10), "nm")
    assert "the tags are believed" in caplog.text


def test_painted_elsewhere_takes_the_pixels(tmp_path: Path, volume, labels, caplog) -> None:
    path = write(tmp_path / "a.tif", volume)
    painted = labels.copy()
    painted[0, 0, 0] = 9
    saved_again(path, painted)
    assert read(path).phase_values == (0, 1, 9)
    assert "the phases are taken from the pixels" in caplog.text


def test_painted_indices_are_refused(tmp_path: Path, volume, labels) -> None:
    path = write(tmp_path / "a.tif", replace(volume, phase_values=(-1.0, 2.5)))
    painted = labels.copy()
    painted[0, 0, 0] = 9
    saved_again(path, painted)
    with pytest.raises(FileFormatError, match="expected phase indices from 0 to 1, found 9"):
        read(path)


def test_record_of_another_array_is_ignored(tmp_path: Path, volume, labels, caplog) -> None:
    path = write(tmp_path / "a.npy", volume)
    np.save(path, 1 - labels)
    with caplog.at_level(logging.WARNING):
        back = read(path)
    assert back == Microstructure.from_array(1 - labels)
    assert "a.npy.json describes another array and is ignored" in caplog.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"mcr": {"format_version": 2}}', "written by a newer version .* upgrade napari-mcr"),
        ('{"mcr": {"format_version": 1}}', "is damaged .microstructure: Field required"),
        ('{"mcr": ', "is damaged .it is no valid JSON"),
        ('{"mcr": 5}', "is damaged"),
        ('{"mcr": ' + "[" * 50000, "is damaged"),
    ],
)
def test_records_that_cannot_be_read(tmp_path: Path, labels, text: str, message: str) -> None:
    path = tmp_path / "a.npy"
    np.save(path, labels)
    (tmp_path / "a.npy.json").write_text(text)
    with pytest.raises(FileFormatError, match=message):
        read(path)
    tifffile.imwrite(
        tmp_path / "a.tif", labels, imagej=True, metadata={"axes": "ZYX", "Info": text}
    )
    with pytest.raises(FileFormatError, match=message):
        describe(tmp_path / "a.tif")


def test_info_of_other_programs_is_not_ours(tmp_path: Path, labels) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, labels, imagej=True, metadata={"axes": "ZYX", "Info": '{"job": 1}'})
    assert not describe(path).ours
    assert read_job(path) is None
