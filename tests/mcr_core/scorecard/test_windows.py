"""Windows, and the scatter between them."""

import re

import numpy as np
import pytest

from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.scorecard.natural_scatter import Reference, integral_range
from mcr_core.scorecard.quantity import Quantity
from mcr_core.scorecard.verdict import against, verdict
from mcr_core.scorecard.windows import (
    plane_windows,
    reference_windows,
    tiles,
    window_edges,
)
from mcr_core.two_point import square_orientations


@pytest.mark.parametrize(
    ("reference", "result", "edges"),
    [
        ((64, 64), (64, 64), (21, 21)),  # 9 windows, 63 of 64 pixels of the result
        ((96, 128), (200, 200), (24, 32)),
        ((40, 40), (64, 64), (20, 20)),
        ((512, 512), (64, 64), (64, 64)),
        ((64,) * 3, (48,) * 3, (24,) * 3),  # 32 would leave a third of the result out
        ((64,) * 3, (32,) * 3, (32,) * 3),
        ((48,) * 3, (48,) * 3, (24,) * 3),
        ((128,) * 3, (128,) * 3, (42,) * 3),
    ],
)
def test_edges(reference, result, edges):
    assert window_edges(reference, result, 15) == edges


@pytest.mark.parametrize(("reference", "result"), [((28, 64), (64, 64)), ((64, 64), (14, 64))])
def test_too_small(reference, result):
    with pytest.raises(InputError, match="expected a reference of at least 30 pixels along"):
        window_edges(reference, result, 15)


def test_tiles_lie_side_by_side_in_the_middle():
    image = np.arange(7 * 8).reshape(7, 8)
    found = tiles(image, (3, 4))
    assert found.shape == (4, 3, 4)
    np.testing.assert_array_equal(found[0], image[0:3, 0:4])
    np.testing.assert_array_equal(found[3], image[3:6, 4:8])
    assert tiles(image, (9, 9)).shape == (0, 9, 9)


def test_masked_windows_are_left_out():
    labels = np.random.default_rng(0).integers(0, 2, (12, 12))
    mask = np.ones((12, 12))
    mask[1, 1] = 0
    image = Microstructure.from_array(labels, mask=mask)
    assert len(reference_windows(image, (4, 4))) == 8
    mask[::3, ::3] = 0
    with pytest.raises(InputError, match=re.escape("3 windows of 4 x 4 valid pixels in the ref")):
        reference_windows(Microstructure.from_array(labels, mask=mask), (4, 4))


def test_windows_of_planes():
    volume = np.random.default_rng(0).integers(0, 2, (4, 6, 8)).astype(np.uint8)
    for plane, axis in (("xy", 0), ("xz", 1), ("yz", 2)):
        found = list(plane_windows(volume, plane, (4, 4)))
        assert len(found) == volume.shape[axis]
        np.testing.assert_array_equal(found[1], tiles(np.take(volume, 1, axis), (4, 4)))


def test_the_eight_orientations():
    window = np.arange(9).reshape(1, 3, 3).astype(np.uint8)
    found = {each.tobytes() for each in square_orientations(window)}
    expected = {np.rot90(w, k).tobytes() for w in (window[0], window[0].T) for k in range(4)}
    assert found == expected
    assert len(found) == 8


def test_scatter_and_distance():
    values = np.random.default_rng(0).normal(5.0, 2.0, (9, 1))
    reference = Reference.of(Quantity("a", "", "held out", values))
    sigma = values.std(ddof=1) * np.sqrt(1 / 4 + 1 / 9)
    assert reference.scatter(4)[0] == pytest.approx(sigma)
    far = reference.mean + 3 * sigma
    assert reference.distance(far, 4) == pytest.approx(3)
    assert reference.limit == pytest.approx(2.306, abs=1e-3)  # t of 8 degrees of freedom
    assert reference.distance(np.array([np.nan]), 4) is None


def test_the_distance_of_a_curve_is_a_root_mean_square():
    values = np.array([[1.0, 10.0], [3.0, 30.0]])
    reference = Reference.of(Quantity("a", "", "held out", values))
    sigma = reference.scatter(2)
    np.testing.assert_allclose(sigma, [np.sqrt(2), 10 * np.sqrt(2)])
    shifted = reference.mean + sigma * [1, 2]
    assert reference.distance(shifted, 2) == pytest.approx(np.sqrt(5 / 2))


def test_orientations_scatter_less_but_only_in_the_reference():
    raw = Quantity("a", "", "prescribed", np.array([[1.0], [3.0], [5.0]]))
    mean = Quantity("a", "", "prescribed", np.array([[2.0], [3.0], [4.0]]))
    assert Reference.of(raw, mean).scatter(2)[0] == pytest.approx(np.sqrt(4 / 2 + 1 / 3))


def test_no_scatter_at_all():
    reference = Reference.of(Quantity("a", "", "held out", np.ones((4, 1))))
    assert reference.scatter(4)[0] == pytest.approx(0.002)
    assert reference.distance(np.array([1.0]), 4) == 0
    nothing = Reference.of(Quantity("a", "", "held out", np.zeros((4, 1))))
    assert nothing.distance(np.zeros(1), 4) == 0
    assert nothing.distance(np.ones(1), 4) == 999


def test_true_samples_pass_nineteen_times_in_twenty():
    rng = np.random.default_rng(3)
    passed = 0
    for _ in range(1000):
        reference = Reference.of(Quantity("a", "", "held out", rng.normal(size=(8, 1))))
        passed += reference.distance(rng.normal(size=(4, 1)).mean(0), 4) <= reference.limit
    assert passed == pytest.approx(950, abs=25)


def test_integral_range():
    """ρ = a^|r| on both axes: Σ_r ρ = (1 + a) / (1 − a)."""
    v, a = 0.3, 0.6
    grid = np.abs(np.indices((81, 81)) - 40)
    s2 = v**2 + v * (1 - v) * a ** grid.sum(0)
    assert integral_range(s2, v) == pytest.approx(1.6 / 0.4, rel=1e-3)
    assert integral_range(np.where(grid.sum(0) == 0, v, v**2), v) == 1
    assert integral_range(np.ones((5, 5)), 1.0) == 1


def test_words():
    assert verdict(1.9, 2.0) == "within scatter"
    assert verdict(3.9, 2.0) == "off"
    assert verdict(4.1, 2.0) == "far off"
    assert verdict(None, 2.0) == "not known"
    assert against(0.5, 1.9, 2.0) == "tie"
    assert against(0.5, 2.6, 2.0) == "better"
    assert against(9.0, 2.6, 2.0) == "worse"
    assert against(9.0, 9.6, 2.0) == "tie"
    assert against(None, 1.0, 2.0) is None
