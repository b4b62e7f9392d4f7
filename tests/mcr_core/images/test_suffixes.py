"""Names of files."""

import pytest

from mcr_core.errors import InputError
from mcr_core.images.suffixes import check_readable, with_stem_end


@pytest.mark.parametrize(
    ("given", "made", "page"),
    [
        ("folder/v.tif", "folder/v_1.tif", "folder/v_1.html"),
        ("v.ome.zarr", "v_1.ome.zarr", "v_1.html"),
        ("v.OME.ZARR", "v_1.OME.ZARR", "v_1.html"),
        ("v.zarr", "v_1.zarr", "v_1.html"),
        ("v.1.npy", "v.1_1.npy", "v.1_1.html"),
        (".ome.zarr", "_1.ome.zarr", "_1.html"),
    ],
)
def test_stem_end(given, made, page):
    assert with_stem_end(given, "_1").as_posix() == made
    assert with_stem_end(given, "_1", ".html").as_posix() == page


@pytest.mark.parametrize("suffix", [".tif", ".zarr"])
def test_a_name_that_is_too_long(tmp_path, suffix):
    with pytest.raises(InputError, match="cannot be read: File name too long"):
        check_readable(tmp_path / ("n" * 256 + suffix))
