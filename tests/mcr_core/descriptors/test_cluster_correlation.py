"""Cluster correlation against clusters that are filled from pixel to pixel."""

import itertools

import brute_force
import numpy as np
import pytest
from matplotlib.figure import Figure

from mcr_core.descriptors import ClusterCorrelation
from mcr_core.descriptors.cluster_correlation import half_space_lags, periodic_clusters
from mcr_core.descriptors.lag_map import lags

LIMIT = 3


def _image(shape, seed=0):
    return np.random.default_rng(seed).random(shape) < (0.5 if len(shape) == 2 else 0.3)


def _mask(shape):
    return np.random.default_rng(9).random(shape) < 0.85


def _evaluate(descriptor, image, valid=None):
    valid = None if valid is None else valid[None].astype(float)
    return descriptor.evaluate(image[None, None].astype(float), valid, 1)[0]["c2"][0, 0]


def _moved(point, step, shape, periodic):
    """The pixel at point + step, or None outside of an open image."""
    there = tuple(p + s for p, s in zip(point, step, strict=True))
    if periodic:
        return tuple(p % n for p, n in zip(there, shape, strict=True))
    return there if all(0 <= p < n for p, n in zip(there, shape, strict=True)) else None


def _clusters(phase, connectivity, periodic):
    """Number of the cluster of every pixel of the phase, by filling."""
    steps = [s for s in itertools.product((-1, 0, 1), repeat=phase.ndim) if any(s)]
    if connectivity == "faces":
        steps = [s for s in steps if sum(map(abs, s)) == 1]
    number = {}
    for seed in map(tuple, np.argwhere(phase).tolist()):
        queue = [] if seed in number else [seed]
        while queue:
            point = queue.pop()
            number[point] = seed
            around = (_moved(point, step, phase.shape, periodic) for step in steps)
            queue += [p for p in around if p is not None and phase[p] and p not in number]
    return number


def _brute_force(image, valid, connectivity, vectors):
    periodic = valid is None
    known = np.ones(image.shape, bool) if periodic else valid
    number = _clusters(image & known, connectivity, periodic)
    result = []
    for vector in vectors.tolist():
        same = pairs = 0
        for point in np.ndindex(*image.shape):
            there = _moved(point, vector, image.shape, periodic)
            if there is not None and known[point] and known[there]:
                pairs += 1
                same += point in number and number[point] == number.get(there)
        result.append(same / pairs)
    return result


@pytest.mark.parametrize("case", ["periodic", "open", "masked"])
@pytest.mark.parametrize("connectivity", ["faces", "corners"])
@pytest.mark.parametrize("shape", [(9, 11), (5, 6, 7)])
def test_pairs_of_one_cluster_are_counted(shape, connectivity, case):
    image = _image(shape)
    valid = {"periodic": None, "open": np.ones(shape, bool), "masked": _mask(shape)}[case]
    domain, vectors = ("planes", lags(LIMIT)) if len(shape) == 2 else ("volume", half_space_lags(2))
    limit = LIMIT if len(shape) == 2 else 2
    descriptor = ClusterCorrelation(limit_to=limit, connectivity=connectivity, domain=domain)
    expected = _brute_force(image, valid, connectivity, vectors)
    np.testing.assert_allclose(_evaluate(descriptor, image, valid), expected, rtol=1e-12)


def test_it_is_less_than_the_two_point_correlation_if_there_are_clusters():
    image = np.zeros((12, 12), bool)
    image[:, 2:5] = image[:, 7:9] = True
    found = _evaluate(ClusterCorrelation(limit_to=5), image)
    s2 = [brute_force.two_point(image, r, periodic=True) for r in lags(5).tolist()]
    assert found[0] == s2[0] == 5 / 12
    # Rows 0 to 2 apart lie in one stripe only, from 3 apart on in two.
    same = np.abs(lags(5)[:, 1]) < 3
    np.testing.assert_allclose(found[same], np.array(s2)[same])
    np.testing.assert_array_equal(found[~same], 0)
    assert np.array(s2)[~same].all()


@pytest.mark.parametrize("shift", [(0, 0), (3, 0), (0, 2), (3, 2)])
def test_a_cluster_across_the_edge_is_one(shift):
    image = np.zeros((7, 8), bool)
    image[2:6, 4:7] = True
    labels = periodic_clusters(np.roll(image, shift, (0, 1)), "faces")
    assert len(np.unique(labels)) == 2
    assert (labels > 0).sum() == 12


@pytest.mark.parametrize("rank", [2, 3])
def test_corners_touch_across_the_corner_of_the_image(rank):
    image = np.zeros((6,) * rank, bool)
    image[(0,) * rank] = image[(5,) * rank] = True
    assert len(np.unique(periodic_clusters(image, "corners"))) == 2
    assert len(np.unique(periodic_clusters(image, "faces"))) == 3


def test_checkerboard_is_one_cluster_by_corners_and_single_pixels_by_faces():
    board = np.indices((8, 8)).sum(0) % 2 == 0
    by_corners = _evaluate(ClusterCorrelation(limit_to=2, connectivity="corners"), board)
    by_faces = _evaluate(ClusterCorrelation(limit_to=2), board)
    assert lags(2).tolist() == [[0, 0], [0, 1], [1, -1], [1, 0], [1, 1]]
    np.testing.assert_array_equal(by_corners, [0.5, 0, 0.5, 0, 0.5])
    np.testing.assert_array_equal(by_faces, [0.5, 0, 0, 0, 0])


def test_lags_of_the_half_space():
    for limit in (2, 4):
        vectors = half_space_lags(limit)
        assert len(vectors) == ((2 * limit - 1) ** 3 + 1) // 2
        both = {tuple(r) for r in vectors} | {tuple(-r) for r in vectors}
        assert len(both) == (2 * limit - 1) ** 3


@pytest.mark.parametrize(("domain", "vectors"), [("planes", lags), ("volume", half_space_lags)])
def test_entries_of_any_limit_are_lags(domain, vectors):
    for kind, connectivity in enumerate(("faces", "corners")):
        descriptor = ClusterCorrelation(limit_to=8, connectivity=connectivity, domain=domain)
        for limit in (2, 3, 8, 9):
            expected = [[kind, *lag] for lag in vectors(limit).tolist()]
            assert descriptor.entries("c2", (len(expected),)).tolist() == expected


@pytest.mark.parametrize(("domain", "names"), [("planes", "XY"), ("volume", "XYZ")])
def test_plot_draws_the_axes(domain, names):
    axes = Figure().subplots()
    descriptor = ClusterCorrelation(limit_to=3, domain=domain)
    image = _image((6, 7, 8)[-len(names) :])
    for label in ("a", "b"):
        descriptor.plot(axes, {"c2": _evaluate(descriptor, image)}, label)
    assert [line.get_label() for line in axes.lines] == [
        f"{label}, along {name}" for label in ("a", "b") for name in names
    ]
    for line in axes.lines:
        assert line.get_xdata().tolist() == [0, 1, 2]
        assert line.get_ydata()[0] == pytest.approx(image.mean())
    assert axes.get_xlabel() == "lag (pixels)"
