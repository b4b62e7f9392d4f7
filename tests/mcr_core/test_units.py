"""Units and voxel sizes: every way to say them, and what is refused."""

import contextlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcr_core.errors import InputError
from mcr_core.units import UNITS, parse_unit, parse_voxel_size


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("pixel", "pixel"),
        ("", "pixel"),
        ("px", "pixel"),
        ("voxels", "pixel"),
        ("nm", "nm"),
        ("nanometer", "nm"),
        ("um", "um"),
        (" um ", "um"),
        ("UM", "um"),
        ("µm", "um"),
        ("μm", "um"),
        ("micron", "um"),
        ("Microns", "um"),
        ("micrometre", "um"),
        ("mm", "mm"),
        ("m", "m"),
        ("metre", "m"),
    ],
)
def test_unit(text, unit):
    assert parse_unit(text) == unit


@pytest.mark.parametrize("text", ["inch", "u m", "kg", "pixel size", None, 5])
def test_unknown_unit(text):
    with pytest.raises(InputError, match=r"unknown unit .*: use one of pixel, nm, um, mm, m$"):
        parse_unit(text)


@given(st.text())
def test_any_text_is_a_unit_or_refused(text):
    with contextlib.suppress(InputError):
        assert parse_unit(text) in UNITS


@pytest.mark.parametrize(
    ("size", "ndim", "expected"),
    [
        (0.5, 2, (0.5, 0.5)),
        (0.5, 3, (0.5, 0.5, 0.5)),
        ([1, 2], 2, (1.0, 2.0)),
        ((1, 2, 3), 3, (1.0, 2.0, 3.0)),
        ((2, 2, 2), 2, (2.0, 2.0)),
        (np.float32(0.5), 2, (0.5, 0.5)),
        (np.int64(3), 3, (3.0, 3.0, 3.0)),
        (np.array([1.0, 2.0]), 2, (1.0, 2.0)),
        ((4,), 3, (4.0, 4.0, 4.0)),
    ],
)
def test_voxel_size(size, ndim, expected):
    assert parse_voxel_size(size, ndim) == expected


@pytest.mark.parametrize(
    ("size", "ndim", "message"),
    [
        (0, 2, "finite and greater than 0, got 0"),
        (-1.5, 3, "finite and greater than 0, got -1.5"),
        (math.nan, 2, "finite and greater than 0, got nan"),
        ((1, math.inf), 2, "finite and greater than 0, got inf"),
        ((1, 2, 3), 2, r"a 2D image takes 1 or 2 voxel sizes \(Y X\), got 3"),
        ((1, 2), 3, r"a 3D image takes 1 or 3 voxel sizes \(Z Y X\), got 2"),
        ((), 2, "got 0"),
        ("55", 2, "voxel size must be numbers, got '55'"),
        (("a", 1), 2, "voxel size must be numbers"),
        (None, 2, "voxel size must be numbers, got None"),
        (1j, 2, "voxel size must be numbers"),
        (10**400, 2, "voxel size must be numbers"),
    ],
)
def test_wrong_voxel_size(size, ndim, message):
    with pytest.raises(InputError, match=message):
        parse_voxel_size(size, ndim)


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


@given(ANYTHING | st.lists(ANYTHING, max_size=4), st.sampled_from([2, 3]))
def test_any_voxel_size_is_positive_or_refused(size, ndim):
    try:
        sizes = parse_voxel_size(size, ndim)
    except InputError:
        return
    assert len(sizes) == ndim
    assert all(0 < s < math.inf for s in sizes)
