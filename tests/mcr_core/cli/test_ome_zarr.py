"""Commands that read and write folders of OME-Zarr."""

import numpy as np

from mcr_core.images import read, read_job, write


def test_a_result_is_a_folder_that_repeats_its_job(mcr, folder):
    write("slice.ome.zarr", read("slice.tif", voxel_size=0.5, unit="um"))
    line = ["match", "slice.ome.zarr", "-o", "result.ome.zarr", "--max-iter", 2, "--device", "cpu"]
    outcome = mcr(*line)
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith(f"{folder / 'result.ome.zarr'}: 24 x 20, fractions ")
    made = read("result.ome.zarr")
    assert (made.voxel_size, made.unit, made.periodic) == ((0.5, 0.5), "um", True)
    assert read_job("result.ome.zarr")["result"]["stop_reason"] == "max_iter"
    again = mcr(*line)
    assert again.code == 2
    assert "result.ome.zarr exists: use --overwrite" in again.err
    repeated = mcr("run", "result.ome.zarr", "-o", "again.tif")
    assert repeated.code == 0, repeated.err
    np.testing.assert_array_equal(read("again.tif").labels, made.labels)


def test_commands_read_and_write_folders(mcr, folder):
    write("a.zarr", read("slice.tif"), job={"seed": 1})
    for line in (
        "smooth a.zarr -o b.zarr",
        "characterize a.zarr/labels/phases -o a.h5 -d volume_fractions",
        "export b.zarr -o b.tif",
        "export b.tif -o a.zarr --overwrite",
        "check a.zarr",
    ):
        outcome = mcr(*line.split())
        assert outcome.code == 0, outcome.err
    assert read("a.zarr") == read("b.zarr") == read("b.tif")
