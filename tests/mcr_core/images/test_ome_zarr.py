"""OME-Zarr folders, read again by zarr alone, the way the standard says."""

import numpy as np
import zarr

from mcr_core.images import read, write
from mcr_core.microstructure import Microstructure


def test_a_volume_with_scale_unit_and_names(volume, tmp_path):
    path = write(tmp_path / "volume.ome.zarr", volume, job={"seed": 3})
    root = zarr.open_group(path, mode="r")
    ome = root.attrs["ome"]
    assert ome["version"] == "0.5"
    (multiscale,) = ome["multiscales"]
    assert [(axis["name"], axis["type"], axis["unit"]) for axis in multiscale["axes"]] == [
        (name, "space", "micrometer") for name in "zyx"
    ]
    (level,) = multiscale["datasets"]
    assert level["coordinateTransformations"] == [{"type": "scale", "scale": [0.5, 0.2, 0.3]}]
    array = root[level["path"]]
    np.testing.assert_array_equal(array[...], volume.values)
    assert array.dtype == np.uint8
    assert array.metadata.dimension_names == ("z", "y", "x")
    assert root.attrs["mcr"]["job"] == {"seed": 3}
    assert root.attrs["mcr"]["microstructure"]["periodic"]


def test_the_label_image_is_the_same_array(volume, tmp_path):
    root = zarr.open_group(write(tmp_path / "v.zarr", volume), mode="r")
    (name,) = root["labels"].attrs["ome"]["labels"]
    label = root["labels"][name]
    ome = label.attrs["ome"]
    np.testing.assert_array_equal(
        label[ome["multiscales"][0]["datasets"][0]["path"]], volume.values
    )
    described = ome["image-label"]
    assert [(p["label-value"], p["name"]) for p in described["properties"]] == [
        (0, "pore"),
        (1, "solid"),
    ]
    assert [color["label-value"] for color in described["colors"]] == [0, 1]
    assert described["source"] == {"image": "../../"}


def test_large_images_have_coarser_levels(tmp_path):
    values = np.random.default_rng(0).integers(0, 2, (300, 700)) * 5
    image = Microstructure.from_array(values)
    root = zarr.open_group(write(tmp_path / "image.zarr", image), mode="r")
    (multiscale,) = root.attrs["ome"]["multiscales"]
    assert "unit" not in multiscale["axes"][0]
    scales = [d["coordinateTransformations"][0]["scale"] for d in multiscale["datasets"]]
    assert scales == [[1, 1], [2, 2], [4, 4]]
    for level, step in zip(multiscale["datasets"], (1, 2, 4), strict=True):
        np.testing.assert_array_equal(root[level["path"]][...], values[::step, ::step])


def test_masked_voxels_have_a_label_of_their_own(tmp_path):
    labels = np.arange(12).reshape(3, 4) % 2
    image = Microstructure.from_array(labels, mask=labels + np.eye(3, 4))
    root = zarr.open_group(write(tmp_path / "image.zarr", image), mode="r")
    found = root["labels/phases/0"][...]
    assert (found[~image.mask] == root.attrs["mcr"]["microstructure"]["ignore"]).all()
    assert root["labels/phases"].attrs["ome"]["image-label"]["properties"][-1]["name"] == (
        "outside of the mask"
    )


def test_a_relative_path_into_a_folder_knows_what_is_above(tmp_path, monkeypatch):
    image = Microstructure.from_array(
        np.indices((6, 8)).sum(0) % 2, phase_values=(0, 1), phase_names=("pore", "solid")
    )
    folder = write(tmp_path / "v.ome.zarr", image)
    monkeypatch.chdir(folder / "labels")
    assert read("phases") == read(folder)
    (tmp_path / "link.zarr").symlink_to(folder / "labels" / "phases")
    assert read(tmp_path / "link.zarr") == read(folder)
