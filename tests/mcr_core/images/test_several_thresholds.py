"""Several thresholds, and phases made of classes."""

from __future__ import annotations

import logging
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from mcr_core.errors import InputError
from mcr_core.images import read
from mcr_core.images.classes import (
    boundaries,
    classes_of,
    distinct_values,
    phases_of_classes,
    unknown_values,
)
from mcr_core.images.threshold import checked_limits, cut, otsu_limits


def between(values, limits):
    """Variance between the phases, by its definition."""
    classes = np.searchsorted(limits, values.ravel())  # value == limit: lower
    mean = values.mean()
    return sum(
        (classes == k).mean() * (values.ravel()[classes == k].mean() - mean) ** 2
        for k in np.unique(classes)
    )


def humps(centres, dtype=np.uint8, width=3.0, count=400):
    """Grey values around some centres."""
    rng = np.random.default_rng(0)
    found = np.concatenate([rng.normal(c, width, count) for c in centres])
    return found.astype(dtype).reshape(len(centres), -1)


@pytest.mark.parametrize("phases", [2, 3, 4])
def test_otsu_finds_the_best_of_all_thresholds(phases) -> None:
    values = np.random.default_rng(phases).integers(0, 20, (30, 40)).astype(np.uint8)
    best = max(
        between(values, limits) for limits in combinations(range(int(values.max())), phases - 1)
    )
    # The library counts in single precision.
    assert between(values, otsu_limits(values, phases)) == pytest.approx(best, rel=1e-5)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32])
@pytest.mark.parametrize("phases", [2, 3, 4, 5, 6])
def test_every_type_is_cut_between_its_humps(dtype, phases) -> None:
    scale = {np.uint8: 1, np.int16: 100, np.uint16: 250, np.int32: 10**6, np.float32: 1e-3}[dtype]
    centres = 20 + 40 * np.arange(phases)
    values = (humps(centres, np.float64) * scale).astype(dtype)
    found = cut(values, otsu_limits(values, phases))
    np.testing.assert_array_equal(found, np.arange(phases)[:, None] * np.ones((1, 400)))


def test_negative_integers_and_booleans() -> None:
    values = humps([-90, -20, 60], np.int8)
    np.testing.assert_array_equal(cut(values, otsu_limits(values, 3))[:, 0], [0, 1, 2])
    flags = np.array([[True, False]])
    np.testing.assert_array_equal(cut(flags, otsu_limits(flags)), [[1, 0]])


def test_what_otsu_cannot_do() -> None:
    with pytest.raises(InputError, match="expected 3 distinct values or more for 3 phases, found"):
        otsu_limits(np.array([1, 1, 5]), 3)
    with pytest.raises(InputError, match="every value is 4: there is nothing to separate"):
        otsu_limits(np.full((3, 3), 4), 3)
    with pytest.raises(InputError, match="2 to 6 phases, got 7"):
        otsu_limits(np.arange(9), 7)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
def test_cut_counts_the_limits_below(dtype) -> None:
    values = np.arange(12).reshape(3, 4).astype(dtype)
    limits = (2, 4.5, 9)
    expected = [[sum(value > limit for limit in limits) for value in row] for row in values]
    np.testing.assert_array_equal(cut(values, limits), expected)
    assert cut(values, limits).dtype == np.uint8


def test_cut_leaves_nan_at_the_bottom() -> None:
    np.testing.assert_array_equal(cut(np.array([np.nan, 1.0, 3.0]), [2.0]), [0, 0, 1])


def test_limits_beyond_the_range_of_a_type_cut_nothing() -> None:
    values = np.array([0, 255], np.uint8)
    np.testing.assert_array_equal(cut(values, [-1.5, 300]), [1, 1])


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ([], "expected 1 to 15 thresholds, got 0"),
        (range(16), "expected 1 to 15 thresholds, got 16"),
        ([1, float("inf")], "expected a finite threshold, got inf"),
        ([3, 1, 3], "expected thresholds that differ, got 1, 3, 3"),
    ],
)
def test_limits_that_do_not_work(limits, message) -> None:
    with pytest.raises(InputError, match=message):
        checked_limits(list(limits))


def test_files_are_cut_by_several_thresholds(tmp_path: Path, caplog) -> None:
    values = humps([40, 120, 200])
    np.save(tmp_path / "a.npy", values)
    caplog.set_level(logging.INFO, "mcr_core")
    found = read(tmp_path / "a.npy", threshold="multiotsu:3")
    assert found.phase_values == (0, 1, 2)
    np.testing.assert_array_equal(found.labels[:, 0], [0, 1, 2])
    assert "Otsu's method finds" in caplog.text


@pytest.mark.parametrize("text", ["multiotsu", "multiotsu:three", "otsu:3"])
def test_methods_that_are_none(tmp_path: Path, text) -> None:
    np.save(tmp_path / "a.npy", humps([40, 120]))
    with pytest.raises(InputError, match=f"expected the threshold otsu, .* got '{text}'"):
        read(tmp_path / "a.npy", threshold=text)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.uint16, np.int64, np.float32])
def test_distinct_values(dtype) -> None:
    values = np.array([[1, 0, 1], [1, 1, 0]]).astype(dtype)
    found, shares = distinct_values(values, 16)
    assert found.tolist() == [0, 1]
    assert shares == pytest.approx([1 / 3, 2 / 3])


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float64])
def test_many_values_have_no_shares(dtype) -> None:
    found, shares = distinct_values(np.arange(100).astype(dtype), 16)
    assert len(found) > 16
    assert shares == []


def test_classes_are_indices_of_known_values() -> None:
    values = np.array([[7, 3], [9, 7]])
    np.testing.assert_array_equal(classes_of(values, [3, 7, 9]), [[1, 0], [2, 1]])
    assert unknown_values(values, [3, 9]) == [7]
    assert unknown_values(values, [3, 7, 9]) == []
    np.testing.assert_array_equal(classes_of(values == 7, [0, 1]), [[1, 0], [0, 1]])


def test_boundaries_are_pixels_above_a_neighbour() -> None:
    labels = np.random.default_rng(0).integers(0, 3, (7, 9)).astype(np.uint8)
    expected = np.zeros_like(labels)
    for y, x in np.ndindex(labels.shape):
        for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            inside = 0 <= y + dy < 7 and 0 <= x + dx < 9
            if inside and labels[y + dy, x + dx] < labels[y, x]:
                expected[y, x] = labels[y, x]
    np.testing.assert_array_equal(boundaries(labels), expected)
    assert boundaries(labels).dtype == np.uint8


def test_classes_are_merged_and_masked() -> None:
    classes = np.array([[0, 1, 2], [3, 3, 0]], np.uint8)
    found = phases_of_classes(
        classes, [5, 2, 5, None], {5: "matrix", 2: "pore"}, voxel_size=0.5, unit="um", periodic=True
    )
    assert found.phase_values == (2, 5)
    assert found.phase_names == ("pore", "matrix")
    np.testing.assert_array_equal(found.values[found.mask], [5, 2, 5, 5])
    np.testing.assert_array_equal(found.mask, [[1, 1, 1], [0, 0, 1]])
    assert (found.voxel_size, found.unit, found.periodic) == ((0.5, 0.5), "um", True)


def test_a_phase_may_be_absent_from_a_plane() -> None:
    found = phases_of_classes(np.array([[0, 1]], np.uint8), [0, 1, 2], dict.fromkeys(range(3), "p"))
    assert found.phase_count == 3


def test_classes_that_make_no_microstructure() -> None:
    classes = np.array([[0, 1]], np.uint8)
    with pytest.raises(InputError, match="at least two phases, the image has phase 4 only"):
        phases_of_classes(classes, [4, 4], {4: "a"})
    with pytest.raises(InputError, match="has what is outside only"):
        phases_of_classes(classes, [None, None], {})
    with pytest.raises(InputError, match="at most 16 phases, got 17: merge"):
        phases_of_classes(classes, list(range(17)), {})
