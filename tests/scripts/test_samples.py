from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import tifffile

NAMES = ("isotropic", "elongated", "inclusions", "lamellar", "three_phases", "stack")


@pytest.fixture
def samples(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("make_samples")


def test_every_sample_is_listed_and_described(samples: ModuleType, repository: Path) -> None:
    folder = repository / "sample_data"
    assert tuple(sample.__name__ for sample in samples.SAMPLES) == NAMES
    assert {path.stem for path in folder.glob("*.tif")} == set(NAMES)
    table = (folder / "README.md").read_text(encoding="utf-8")
    for name in NAMES:
        (row,) = [line for line in table.splitlines() if line.startswith(f"| `{name}.tif`")]
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        labels = tifffile.imread(folder / f"{name}.tif")
        fractions = np.bincount(labels.ravel()) / labels.size
        assert cells[2] == " × ".join(str(size) for size in labels.shape)
        assert cells[3] == ", ".join(str(value) for value in np.unique(labels))
        assert cells[4] == ", ".join(f"{fraction:.2f}" for fraction in fractions)


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_made_again_exactly(
    samples: ModuleType, repository: Path, tmp_path: Path, name: str
) -> None:
    labels = getattr(samples, name)()
    samples.write(tmp_path / "again.tif", labels)
    committed = tifffile.imread(repository / "sample_data" / f"{name}.tif")
    again = tifffile.imread(tmp_path / "again.tif")
    assert committed.dtype == again.dtype == np.uint8
    np.testing.assert_array_equal(committed, again)


@pytest.mark.parametrize("name", NAMES)
def test_samples_carry_their_voxel_size(repository: Path, name: str) -> None:
    with tifffile.TiffFile(repository / "sample_data" / f"{name}.tif") as file:
        metadata = file.imagej_metadata
        assert metadata is not None
        assert metadata["unit"] == "um"
        assert file.series[0].axes == ("ZYX" if name == "stack" else "YX")
        assert metadata.get("spacing") == (0.5 if name == "stack" else None)
        for tag in ("XResolution", "YResolution"):
            assert file.pages[0].tags[tag].value == (2, 1)


def test_disks_are_apart(samples: ModuleType) -> None:
    from scipy import ndimage

    labels = samples.inclusions()
    parts, count = ndimage.label(np.pad(labels, 20, mode="wrap"))
    assert count > 20
    # Whole disks of the middle have one of the three areas, so none have merged.
    inside = np.unique(parts[30:-30, 30:-30])
    edge = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    areas = ndimage.sum_labels(parts > 0, parts, np.setdiff1d(inside, edge))
    assert areas.max() < 1.1 * np.pi * 7**2
