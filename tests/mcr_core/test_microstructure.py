"""Labels, phases and fields: one conversion, both ways, and what is no microstructure."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mcr_core.errors import InputError
from mcr_core.microstructure import MAX_PHASES, Microstructure, field_count, field_phases

BINARY = np.array([[0, 255, 0], [255, 255, 0]], np.uint8)


def test_two_phases():
    ms = Microstructure.from_array(BINARY, voxel_size=(1, 2), unit="µm", periodic=True)
    assert ms.phase_values == (0, 255)
    assert ms.phase_names == ("phase 0", "phase 255")
    assert ms.labels.tolist() == [[0, 1, 0], [1, 1, 0]]
    assert (ms.shape, ms.ndim, ms.phase_count, ms.field_count) == ((2, 3), 2, 2, 1)
    assert (ms.voxel_size, ms.unit, ms.periodic) == ((1.0, 2.0), "um", True)
    assert ms.phase_fractions.tolist() == [0.5, 0.5]
    assert ms.fields().dtype == np.float32
    assert ms.fields().tolist() == [ms.labels.tolist()]
    np.testing.assert_array_equal(ms.values, BINARY)
    assert ms.values.dtype == np.uint8


def test_three_phases_have_three_fields():
    ms = Microstructure.from_array(np.array([[3, 7], [7, 9]]))
    assert ms.fields(np.uint8).tolist() == [[[1, 0], [0, 0]], [[0, 1], [1, 0]], [[0, 0], [0, 1]]]


@pytest.mark.parametrize(("phases", "fields"), [(2, 1), (3, 3), (16, 16)])
def test_field_count(phases, fields):
    assert field_count(phases) == len(field_phases(phases)) == fields


def test_booleans_and_two_floats_are_phases():
    assert Microstructure.from_array(BINARY > 0).phase_values == (0, 1)
    assert Microstructure.from_array(BINARY / 510).phase_values == (0.0, 0.5)


def test_known_phases_may_be_absent():
    ms = Microstructure.from_array(BINARY, phase_values=(0, 7, 255), phase_names=("a", "b", "c"))
    assert ms.phase_fractions.tolist() == [0.5, 0.0, 0.5]
    assert ms.labels.max() == 2


def test_mask():
    mask = np.array([[1, 1, 0], [1, 0, 1]])
    ms = Microstructure.from_array(BINARY, mask=mask)
    np.testing.assert_array_equal(ms.mask, mask != 0)
    assert ms.phase_fractions.tolist() == [0.5, 0.5]
    assert Microstructure.from_array(BINARY, mask=np.ones((2, 3))).mask is None


def test_ignored_value_is_no_phase():
    image = np.array([[0, 1, 9], [9, 1, 0]])
    ms = Microstructure.from_array(image, ignore=9)
    assert ms.phase_values == (0, 1)
    np.testing.assert_array_equal(ms.mask, image != 9)
    both = Microstructure.from_array(image, ignore=9, mask=np.array([[0, 1, 1], [1, 1, 1]]))
    assert both.mask.sum() == 3


def test_nan_under_the_mask_is_no_matter():
    image = np.array([[0.0, 1.0], [np.nan, 1.0]])
    ms = Microstructure.from_array(image, mask=np.isfinite(image))
    assert ms.phase_fractions.tolist() == pytest.approx([1 / 3, 2 / 3])


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (np.zeros(5), {}, r"expected a 2D image or a 3D volume, got 1 dimensions \(shape \(5,\)\)"),
        (np.zeros((2, 2, 2, 2)), {}, "got 4 dimensions"),
        (None, {}, "got 0 dimensions"),
        ([[1, 2], [3]], {}, "expected a 2D image or a 3D volume, got no array"),
        (np.zeros((0, 4)), {}, r"expected an image with pixels, got shape \(0, 4\)"),
        (np.array([["a", "b"]]), {}, "expected numbers, got an array of"),
        (np.array([[1j, 0]]), {}, "expected numbers, got an array of complex128"),
        (np.array([[0.0, np.nan]]), {}, "found NaN or infinity: mask or fill"),
        (np.array([[0.0, np.inf]]), {}, "found NaN or infinity"),
        (np.arange(17).reshape(1, 17), {}, "at most 16 phases, found 17 distinct integer values"),
        (np.array([[0.1, 0.2, 0.3]]), {}, "at most 2 phases, found 3 distinct floating-point"),
        (np.arange(17).reshape(1, 17), {}, "17 distinct integer values: this looks like a grey"),
        (BINARY, {"mask": np.ones((3, 3))}, r"mask has shape \(3, 3\), the image \(2, 3\)"),
        (BINARY, {"mask": np.zeros((2, 3))}, "every voxel is masked"),
        (BINARY, {"voxel_size": 0}, "greater than 0, got 0"),
        (BINARY, {"unit": "inch"}, "unknown unit 'inch'"),
        (BINARY, {"phase_names": ("a",)}, "expected 2 phase names, got 1"),
        (BINARY, {"phase_values": (0, 1)}, "expected the phase values 0, 1, found 255 as well"),
        (BINARY, {"phase_values": (0,)}, "expected the phase values 0, found 255 as well"),
        (BINARY, {"phase_values": ()}, "expected 1 to 16 phase values, got 0"),
        (BINARY, {"phase_values": range(300)}, "expected 1 to 16 phase values, got 300"),
        (BINARY, {"phase_values": (0, np.nan, 255)}, "expected finite numbers as phase values"),
        (BINARY, {"phase_values": ("a", "b")}, "expected finite numbers as phase values"),
    ],
)
def test_refused(values, options, message):
    with pytest.raises(InputError, match=message):
        Microstructure.from_array(values, **options)


def test_an_image_of_one_phase_is_an_image():
    for ms in (
        Microstructure.from_array(np.full((3, 4), 7)),
        Microstructure.from_array(BINARY, mask=BINARY == 255),
    ):
        assert (ms.phase_count, ms.field_count) == (1, 1)
        np.testing.assert_array_equal(ms.phase_fractions, [1.0])
        np.testing.assert_array_equal(ms.fields(), np.ones((1, *ms.shape)))
    assert ms.phase_values == (255,)


def test_sixteen_phases_are_allowed():
    assert Microstructure.from_array(np.arange(16).reshape(4, 4)).phase_count == MAX_PHASES


def test_is_frozen():
    image = BINARY.copy()
    ms = Microstructure.from_array(image, mask=BINARY == BINARY)
    image[:] = 0
    assert ms.phase_fractions.tolist() == [0.5, 0.5]
    with pytest.raises(ValueError, match="read-only"):
        ms.labels[0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        ms.unit = "m"
    with pytest.raises(TypeError, match="unhashable"):
        hash(ms)


def test_equality():
    ms = Microstructure.from_array(BINARY)
    assert ms == Microstructure.from_array(BINARY)
    for other in (
        Microstructure.from_array(BINARY[::-1]),
        Microstructure.from_array(BINARY > 0),
        Microstructure.from_array(BINARY, voxel_size=2),
        Microstructure.from_array(BINARY, unit="um"),
        Microstructure.from_array(BINARY, periodic=True),
        Microstructure.from_array(BINARY, phase_names=("a", "b")),
        Microstructure.from_array(BINARY, mask=[[1, 1, 1], [1, 1, 0]]),
        "a microstructure",
    ):
        assert ms != other


def test_with_labels_drops_the_mask():
    ms = Microstructure.from_array(BINARY, mask=[[1, 1, 1], [1, 1, 0]], unit="nm")
    other = ms.with_labels(np.zeros((4, 4, 4), int), voxel_size=(1.0, 1.0, 1.0))
    assert (other.mask, other.unit, other.shape) == (None, "nm", (4, 4, 4))
    assert not other.labels.flags.writeable


def test_plane():
    volume = np.stack([BINARY, BINARY, np.zeros_like(BINARY)])
    ms = Microstructure.from_array(volume, voxel_size=(3, 1, 2), mask=volume == volume[0])
    plane = ms.plane(2)
    assert (plane.shape, plane.voxel_size, plane.phase_count) == ((2, 3), (1.0, 2.0), 2)
    np.testing.assert_array_equal(plane.mask, ms.mask[2])
    with pytest.raises(InputError, match="a plane from 0 to 2, got 3"):
        ms.plane(3)
    with pytest.raises(InputError, match="a plane from 0 to 2, got -1"):
        ms.plane(-1)
    with pytest.raises(InputError, match="3D microstructure"):
        plane.plane(0)


def test_repr_says_what_matters():
    text = repr(Microstructure.from_array(BINARY, voxel_size=0.5, unit="um"))
    assert "shape=(2, 3)" in text
    assert "0.5 x 0.5 um, open" in text


ARRAYS = hnp.arrays(
    st.sampled_from([np.uint8, np.int16, np.int64, np.uint64, np.bool_]),
    hnp.array_shapes(min_dims=2, max_dims=3, max_side=6),
    elements={"min_value": 0, "max_value": 20},
)


@settings(deadline=None)
@given(ARRAYS)
def test_round_trip_of_any_array(array):
    try:
        ms = Microstructure.from_array(array)
    except InputError:
        assert not 2 <= len(np.unique(array)) <= MAX_PHASES
        return
    np.testing.assert_array_equal(ms.values, array)
    fields = ms.fields(np.float64)
    assert fields.shape == (ms.field_count, *array.shape)
    for field, phase in zip(fields, field_phases(ms.phase_count), strict=True):
        np.testing.assert_array_equal(field, array == ms.phase_values[phase])
        assert field.mean() == pytest.approx(ms.phase_fractions[phase])
    assert ms.phase_fractions.sum() == pytest.approx(1)
    assert Microstructure.from_array(ms.values, phase_values=ms.phase_values) == ms


@settings(deadline=None)
@given(
    hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.int8, np.complex64, "U1", "O"]),
        hnp.array_shapes(min_dims=0, max_dims=5, max_side=3, min_side=0),
    )
)
def test_any_other_array_is_read_or_refused(array):
    try:
        ms = Microstructure.from_array(array)
    except InputError:
        return
    assert 1 <= ms.phase_count <= MAX_PHASES
