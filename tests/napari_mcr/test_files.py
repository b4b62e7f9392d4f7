"""The manifest, the samples, the reader and the writer."""

import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest
import tifffile
import zarr
from napari.components import ViewerModel
from napari.layers import Image
from napari.utils.notifications import notification_manager
from napari_builtins.io import napari_get_reader
from npe2 import PluginManifest
from npe2.manifest.utils import import_python_name
from recorded import recording
from shown import squares

from mcr_core import Microstructure, characterize, write_characterization
from mcr_core.errors import InputError
from mcr_core.images import describe, read, read_job, write
from mcr_core.recording import write_recording
from napari_mcr.files import get_characterization_reader, get_reader, write_labels
from napari_mcr.layers.phase_layer import label_values, layer_attributes, metadata

MANIFEST = PluginManifest.from_distribution("napari-mcr")
NAPARI = PluginManifest.from_distribution("napari")


def test_the_manifest_is_valid():
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "npe2", "validate", "--imports", "napari-mcr"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert MANIFEST.display_name == "Microstructure reconstruction"
    MANIFEST.validate_imports()


@pytest.mark.parametrize("sample", MANIFEST.contributions.sample_data, ids=lambda s: s.key)
def test_samples_open_as_phases_with_a_scale(sample):
    model = ViewerModel()
    names = {command.id: command.python_name for command in MANIFEST.contributions.commands}
    [(data, attributes, kind)] = import_python_name(names[sample.command])()
    layer = getattr(model, f"add_{kind}")(data, **attributes)
    assert 2 <= len(np.unique(layer.data)) <= 3
    assert tuple(layer.scale) == (0.5,) * layer.ndim
    assert {str(unit) for unit in layer.units} == {"micrometer"}
    assert layer.axis_labels == ("z", "y", "x")[-layer.ndim :]
    assert layer.colormap.color_dict[1][3] == 1
    # In an image, label 0 is seen; in a volume it would hide the rest.
    assert layer.colormap.color_dict[0][3] == (1 if layer.ndim == 2 else 0)


@pytest.mark.parametrize("name", ["result.tif", "result.ome.zarr"])
def test_what_is_written_is_read(tmp_path, name):
    path = str(tmp_path / name)
    model = ViewerModel()
    data = squares((5, 6, 7), (3, 200))
    job = {"format_version": 1, "shape": [5, 6, 7]}
    described = {"phase_values": [3, 200], "phase_names": ["pore", "solid"], "stored": "values",
                 "periodic": True}  # fmt: skip
    layer = model.add_labels(
        data,
        scale=(1.0, 0.5, 0.5),
        units=("um",) * 3,
        metadata={"mcr": {"format_version": 1, "microstructure": described, "job": job}},
    )
    _, attributes, kind = layer.as_layer_data_tuple()
    assert kind == "labels"
    assert write_labels(path, layer.data, attributes) == [path]
    assert read_job(path) == job
    [(found, read_attributes, kind)] = get_reader(path)(path)
    np.testing.assert_array_equal(found, data)
    assert kind == "labels"
    again = model.add_labels(found, **read_attributes)
    assert again.name == "result"
    assert tuple(again.scale) == (1.0, 0.5, 0.5)
    assert [str(unit) for unit in again.units] == ["micrometer"] * 3
    carried = again.metadata["mcr"]
    assert carried["job"] == job
    assert carried["microstructure"]["phase_names"] == ["pore", "solid"]
    assert carried["microstructure"]["periodic"] is True


@pytest.fixture
def installed(npe2pm):
    """The plugin, where npe2 looks for plugins; tests have none otherwise."""
    with npe2pm.tmp_plugin(manifest=MANIFEST):
        yield


def test_napari_opens_and_saves_folders(tmp_path, installed):
    """By its own ways: npe2 gives a folder to readers of folders, and a name to writers of it."""
    model = ViewerModel()
    image = Microstructure.from_array(squares((12, 12)), voxel_size=0.5, unit="um")
    path = write(tmp_path / "image.ome.zarr", image, job={"seed": 1})
    [layer] = model.open(path, plugin="napari-mcr")
    assert (layer.name, layer.metadata["mcr"]["job"]) == ("image", {"seed": 1})
    assert layer.scale.tolist() == [0.5, 0.5]
    copy = str(tmp_path / "copy.zarr")
    assert layer.save(copy, plugin="napari-mcr") == [copy]
    assert read(copy) == image
    assert read_job(copy) == {"seed": 1}


def test_labels_of_others_in_ome_zarr(tmp_path, installed):
    model = ViewerModel()
    cells = np.arange(60).reshape(6, 10)
    image = Microstructure.from_array(cells % 3, voxel_size=2, unit="nm")
    folder = write(tmp_path / "cells.zarr", image)
    root = zarr.open_group(folder, mode="r+")
    del root.attrs["mcr"]
    assert [one.name for one in model.open(folder / "labels", plugin="napari-mcr")] == ["labels"]
    [few] = model.open(folder, plugin="napari-mcr")
    assert few.metadata["mcr"]["microstructure"]["phase_values"] == [0, 1, 2]
    root["labels/phases/0"][...] = cells  # more than there can be phases
    [many] = model.open(folder, plugin="napari-mcr")
    np.testing.assert_array_equal(many.data, cells)
    assert many.scale.tolist() == [2, 2]
    assert {str(unit) for unit in many.units} == {"nanometer"}
    assert many.metadata == {}


def _opened(path, plugin="napari-mcr"):
    """The layers that a plugin makes of a file."""
    layers = ViewerModel().open(path, plugin=plugin)
    return [(type(one), one.name, one.data.shape) for one in layers]


def test_every_label_image_of_a_folder_is_a_layer(tmp_path, installed):
    folder = write(tmp_path / "two.zarr", Microstructure.from_array(squares((12, 12))))
    root = zarr.open_group(folder, mode="r+")
    del root.attrs["mcr"]
    shutil.copytree(folder / "labels" / "phases", folder / "labels" / "cells")
    shutil.copytree(folder / "labels" / "phases", folder / "labels" / "damaged")
    (folder / "labels" / "damaged" / "zarr.json").write_text("{")
    root["labels/cells/0"][...] = np.arange(144).reshape(12, 12)
    root["labels"].attrs["ome"] = {"version": "0.5", "labels": ["cells", "damaged", "phases"]}
    for path in (folder, folder / "labels"):
        cells, phases = ViewerModel().open(path, plugin="napari-mcr")
        assert [cells.name, phases.name] == [f"{path.stem} cells", f"{path.stem} phases"]
        assert (cells.data.max(), phases.data.max()) == (143, 1)
        assert phases.metadata["mcr"]["microstructure"]["phase_values"] == [0, 1]


def test_folders_that_are_no_labels_are_opened_as_by_napari(tmp_path, npe2pm, installed):
    image = Microstructure.from_array(squares((12, 12)))
    for name in ("grey.zarr", "damaged.zarr"):
        folder = write(tmp_path / name, image)
        del zarr.open_group(folder, mode="r+").attrs["mcr"]
    group = zarr.open_group(tmp_path / "grey.zarr", mode="r+")
    del group["labels"].attrs["ome"], group["labels/phases"].attrs["ome"]
    (tmp_path / "damaged.zarr" / "labels" / "zarr.json").write_text("{")
    bare = tmp_path / "bare.zarr"
    zarr.create_array(bare, shape=(5, 6), dtype="uint8")
    assert describe(tmp_path / "grey.zarr").axes == "YX"
    with npe2pm.tmp_plugin(manifest=NAPARI):
        assert _opened(bare) == _opened(bare, "napari") == [(Image, "bare", (5, 6))]
    for path in (tmp_path / "grey.zarr", tmp_path / "damaged.zarr"):
        assert get_reader(str(path)) is napari_get_reader(str(path))


@pytest.mark.parametrize(
    "values",
    [
        np.linspace(0, 1, 60, dtype="float32").reshape(6, 10),
        np.arange(180, dtype="uint8").reshape(6, 10, 3),
        np.arange(240, dtype="uint16").reshape(2, 2, 6, 10),
        squares((6, 10)),
    ],
    ids=["float", "rgb", "4d", "labels"],
)
def test_tiffs_of_others_are_opened_as_by_napari(tmp_path, npe2pm, installed, values):
    """napari offers readers by the name of a file only, and ours first."""
    path = tmp_path / "foreign.tif"
    tifffile.imwrite(path, values)
    with npe2pm.tmp_plugin(manifest=NAPARI):
        assert _opened(path) == _opened(path, "napari") == [(Image, "foreign", values.shape)]


@pytest.mark.parametrize(
    ("values", "axes", "expected"),
    [
        (np.linspace(0, 1, 60, dtype="float32").reshape(6, 10), "YX", (0.5, 0.5)),
        (np.arange(180, dtype="uint8").reshape(6, 10, 3), "YXS", (0.5, 0.5)),
        (np.arange(240, dtype="uint16").reshape(2, 2, 6, 10), "TZYX", (1, 2.0, 0.5, 0.5)),
    ],
    ids=["float", "rgb", "4d"],
)
def test_tiffs_of_others_keep_the_scale_that_they_name(tmp_path, installed, values, axes, expected):
    path = tmp_path / "foreign.tif"
    told = {"unit": "um", "axes": axes} | ({"spacing": 2.0} if "Z" in axes else {})
    tifffile.imwrite(path, values, imagej=True, resolution=(2, 2), metadata=told)
    viewer = ViewerModel()
    (layer,) = viewer.open(path, plugin="napari-mcr")
    assert isinstance(layer, Image)
    assert tuple(layer.scale) == expected
    assert [str(unit) for unit in layer.units[-2:]] == ["micrometer"] * 2
    assert layer.rgb is axes.endswith("S")


def test_a_file_of_ours_that_is_one_no_more_is_opened_as_by_napari(tmp_path, installed):
    ours = write(tmp_path / "ours.tif", Microstructure.from_array(squares((6, 10))))
    with tifffile.TiffFile(ours) as file:
        told = file.imagej_metadata
    grey = np.linspace(0, 1, 60, dtype="float32").reshape(6, 10)
    tifffile.imwrite(ours, grey, imagej=True, metadata=told)  # as ImageJ does
    assert _opened(ours) == [(Image, "ours", (6, 10))]
    assert notification_manager.records[-1].message == "ours: no phases, opened as an image"


def test_what_is_outside_stays_outside(tmp_path):
    mask = np.ones((12, 12), bool)
    mask[:3] = False
    image = Microstructure.from_array(squares((12, 12)), phase_names=("a", "b"), mask=mask)
    attributes = {**layer_attributes(image), "metadata": metadata(image, None)}
    (file,) = write_labels(str(tmp_path / "masked.tif"), label_values(image), attributes)
    found = read(file)
    np.testing.assert_array_equal(found.mask, mask)
    assert found.phase_names == ("a", "b")


def test_a_painted_layer_loses_what_it_said(tmp_path):
    path = str(tmp_path / "painted.tif")
    data = squares((6, 7))
    data[0, 0] = 9
    described = {"phase_values": [0, 1], "phase_names": ["pore", "solid"], "stored": "values"}
    metadata = {"mcr": {"microstructure": described, "job": None}}
    write_labels(path, data, {"metadata": metadata})
    [(found, attributes, _)] = get_reader(path)(path)
    np.testing.assert_array_equal(found, data)
    assert attributes["metadata"]["mcr"]["microstructure"]["phase_values"] == [0, 1, 9]


def test_labels_that_are_no_phases_are_refused(tmp_path):
    path = tmp_path / "cells.tif"
    with pytest.raises(InputError, match="at most 16 phases"):
        write_labels(str(path), np.arange(100).reshape(10, 10), {})
    assert not path.exists()


def test_the_reader_leaves_to_napari_what_is_not_ours(tmp_path):
    foreign = tmp_path / "foreign.tif"
    tifffile.imwrite(foreign, squares((6, 7)))
    damaged = tmp_path / "damaged.tif"
    damaged.write_bytes(foreign.read_bytes()[:20])
    text = tmp_path / "text.tif"
    text.write_text("no image")
    for path in (foreign, damaged, text, tmp_path / "missing.tif"):
        assert get_reader(str(path)) is napari_get_reader(str(path))
    [(stack, *_)] = get_reader([str(foreign)] * 2)([str(foreign)] * 2)
    assert stack.shape == (2, 6, 7)


def test_the_reader_of_characterizations_claims_only_those(tmp_path):
    image = Microstructure.from_array(squares((12, 12)))
    ours = write_characterization(tmp_path / "ours.h5", characterize(image, ["volume_fractions"]))
    foreign = tmp_path / "foreign.h5"
    with h5py.File(foreign, "w") as root:
        root["meta"] = "other"
    damaged = tmp_path / "damaged.h5"
    damaged.write_bytes(ours.read_bytes()[:500])
    text = tmp_path / "text.h5"
    text.write_text("no HDF5")
    assert get_characterization_reader(str(ours)) is not None
    assert get_characterization_reader([str(ours)] * 2) is not None
    assert get_characterization_reader([]) is None
    assert get_characterization_reader([str(ours), str(foreign)]) is None
    for path in (foreign, damaged, text, tmp_path / "missing.h5", tmp_path):
        assert get_characterization_reader(str(path)) is None


def test_the_reader_of_characterizations_claims_recordings_too(tmp_path):
    file = str(write_recording(tmp_path / "r.h5", recording()))
    assert get_characterization_reader(file) is not None
    with pytest.raises(InputError, match="expected a viewer"):
        get_characterization_reader(file)(file)


def test_characterizations_are_shown_in_a_viewer_only(tmp_path):
    image = Microstructure.from_array(squares((12, 12)))
    file = write_characterization(tmp_path / "ours.h5", characterize(image, ["volume_fractions"]))
    with pytest.raises(InputError, match="expected a viewer to show a characterization in"):
        get_characterization_reader(str(file))(str(file))
