from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from mcr_core.errors import InputError
from mcr_core.images import read, write
from mcr_core.microstructure import Microstructure


@pytest.fixture
def grey(tmp_path: Path, labels) -> Path:
    noise = np.random.default_rng(1).integers(0, 50, labels.shape)
    tifffile.imwrite(tmp_path / "grey.tif", (labels * 150 + noise).astype(np.uint8),
                     photometric="minisblack")  # fmt: skip
    return tmp_path / "grey.tif"


@pytest.mark.parametrize("threshold", ["otsu", 100, 49.5])
def test_threshold_makes_two_phases(grey: Path, labels, threshold) -> None:
    ms = read(grey, threshold=threshold)
    assert ms.phase_values == (0, 1)
    np.testing.assert_array_equal(ms.labels, labels)


def test_a_value_equal_to_the_threshold_is_phase_0(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[1.0, 2.0, 3.0]]))
    assert read(tmp_path / "a.npy", threshold=2).labels.tolist() == [[0, 0, 1]]


@pytest.mark.parametrize("dtype", [bool, np.int32, np.int64, np.float32, np.uint16])
def test_otsu_takes_every_type(tmp_path: Path, labels, dtype) -> None:
    scale = 1 if dtype is bool else 60000 if dtype is np.uint16 else 2**30
    np.save(tmp_path / "a.npy", (labels.astype(np.int64) * scale).astype(dtype))
    np.testing.assert_array_equal(read(tmp_path / "a.npy", threshold="otsu").labels, labels)


@pytest.mark.parametrize(
    ("threshold", "message"),
    [
        ("mean", "expected the threshold otsu, multiotsu:3 or a number, got 'mean'"),
        (250, r"grey\.tif: the threshold 250 leaves one phase only, the values run from"),
        (-1, "leaves one phase only"),
        (float("nan"), "expected a finite threshold"),
    ],
)
def test_thresholds_that_do_not_work(grey: Path, threshold, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(grey, threshold=threshold)


def test_otsu_needs_two_values(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.full((3, 4), 7))
    with pytest.raises(InputError, match="every value is 7: there is nothing to separate"):
        read(tmp_path / "a.npy", threshold="otsu")


def test_thresholding_sees_valid_voxels_only(tmp_path: Path, labels) -> None:
    values = labels * 10.0
    values[0, 0, :2] = np.nan, 1e9
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(InputError, match="found NaN or infinity: mask these voxels"):
        read(tmp_path / "a.npy", threshold=5)
    mask = np.ones_like(labels)
    mask[0, 0, :2] = 0
    ms = read(tmp_path / "a.npy", threshold="otsu", mask=mask)
    np.testing.assert_array_equal(ms.labels[ms.mask], labels[ms.mask])
    assert not ms.mask[0, 0, :2].any()


def test_ignore_means_the_grey_value(grey: Path, labels) -> None:
    value = tifffile.imread(grey).max()
    ms = read(grey, threshold=100, ignore=float(value))
    assert ms.mask is not None
    assert ms.phase_values == (0, 1)


@pytest.mark.parametrize("suffix", ["tif", "png", "npy"])
def test_a_mask_is_an_image_file(tmp_path: Path, labels, suffix: str) -> None:
    mask = (np.arange(42).reshape(6, 7) % 3 * 100).astype(np.uint8)
    np.save(tmp_path / "image.npy", labels[0])
    path = tmp_path / f"mask.{suffix}"
    if suffix == "npy":
        np.save(path, mask)
    else:
        Image.fromarray(mask).save(path)
    ms = read(tmp_path / "image.npy", mask=path)
    np.testing.assert_array_equal(ms.mask, mask > 0)
    np.save(tmp_path / "volume.npy", labels)
    with pytest.raises(InputError, match=r"the mask has shape \(6, 7\), the image \(5, 6, 7\)"):
        read(tmp_path / "volume.npy", mask=path)
    assert read(tmp_path / "volume.npy", mask=path, plane=2).mask is not None
    assert all((page.mask == (mask > 0)).all() for page in
               read(tmp_path / "volume.npy", mask=path, stack="images"))  # fmt: skip


def test_a_mask_of_a_volume_for_one_plane(tmp_path: Path, labels) -> None:
    np.save(tmp_path / "image.npy", labels)
    np.save(tmp_path / "mask.npy", np.arange(210).reshape(labels.shape) % 2)
    ms = read(tmp_path / "image.npy", mask=tmp_path / "mask.npy", plane=1)
    assert ms.mask is not None
    assert ms.mask.shape == (6, 7)


def test_no_valid_voxel(tmp_path: Path, labels) -> None:
    np.save(tmp_path / "a.npy", labels)
    for options in ({}, {"threshold": 0.5}):
        with pytest.raises(InputError, match=r"a\.npy: every voxel is masked"):
            read(tmp_path / "a.npy", mask=np.zeros_like(labels), **options)


def test_a_threshold_forgets_the_phases_of_our_file(tmp_path: Path, labels) -> None:
    ms = Microstructure.from_array(labels * 2 - 1.0, phase_names=("a", "b"))
    back = read(write(tmp_path / "a.tif", ms), threshold=0)
    assert back.phase_values == (0, 1)
    np.testing.assert_array_equal(back.labels, labels)
