"""Minkowski functionals against counts, scikit-image and bodies known by their formulas."""

import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure
from skimage.measure import euler_number, perimeter_crofton

from mcr_core.descriptors import Minkowski
from mcr_core.descriptors.minkowski import _directions, _weight


def _image(shape, seed=0):
    return np.random.default_rng(seed).random(shape) < 0.45


def _mask(shape):
    return np.random.default_rng(9).random(shape) < 0.9


def _evaluate(image, valid=None, **options):
    options.setdefault("domain", "planes" if image.ndim == 2 else "volume")
    valid = None if valid is None else valid[None].astype(float)
    blocks = Minkowski(**options).evaluate(image[None, None].astype(float), valid, 1)[0]
    return {name: float(block[0, 0]) for name, block in blocks.items()}


def _totals(body, **options):
    """Of a body in a periodic image, not per volume."""
    return {name: value * body.size for name, value in _evaluate(body, **options).items()}


def _ball(radius, rank=3, centre=0.3):
    """A ball of float radius whose centre lies off the lattice, with a margin."""
    extent = int(2 * radius + 6)
    return ((np.indices((extent,) * rank) - extent / 2 + centre) ** 2).sum(0) < radius**2


def _share(image, valid, offsets, event=all):
    """Share of the places of valid pixels for which an event is true, by counting."""
    hits = places = 0
    for point in itertools.product(*(range(-1, n + 1) for n in image.shape)):
        pixels = [tuple(p + o for p, o in zip(point, offset, strict=True)) for offset in offsets]
        if valid is None:
            if any(not 0 <= p < n for p, n in zip(point, image.shape, strict=True)):
                continue
            pixels = [tuple(p % n for p, n in zip(x, image.shape, strict=True)) for x in pixels]
        elif not all(
            all(0 <= p < n for p, n in zip(x, image.shape, strict=True)) and valid[x]
            for x in pixels
        ):
            continue
        places += 1
        hits += event([image[x] for x in pixels])
    return hits / places


def _one_of_two(states):
    return states[0] != states[1]


def _cells(rank):
    """The pixel, edges, squares and the cube: dimension and corners."""
    for which in itertools.product((0, 1), repeat=rank):
        yield sum(which), list(itertools.product(*(range(w + 1) for w in which)))


CASES = ["periodic", "open", "masked"]


def _valid(case, shape):
    return {"periodic": None, "open": np.ones(shape, bool), "masked": _mask(shape)}[case]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("shape", [(7, 9), (5, 6, 4)])
def test_shares_are_counts(shape, case):
    image, valid, rank = _image(shape), _valid(case, shape), len(shape)
    found = _evaluate(image, valid)
    content = "area" if rank == 2 else "volume"
    assert found[content] == pytest.approx(_share(image, valid, [(0,) * rank]), rel=1e-12)
    euler = sum((-1) ** n * _share(image, valid, corners) for n, corners in _cells(rank))
    assert found["euler"] == pytest.approx(euler, rel=1e-9)
    rest = sum((-1) ** n * _share(~image, valid, corners) for n, corners in _cells(rank))
    by_corners = _evaluate(image, valid, connectivity="corners")["euler"]
    assert by_corners == pytest.approx(-rest if rank == 2 else rest, rel=1e-9)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("shape", [(7, 9), (5, 6, 4)])
def test_surfaces_are_counts(shape, case):
    image, valid, rank = _image(shape), _valid(case, shape), len(shape)
    name = "perimeter" if rank == 2 else "surface"
    crofton = faces = 0
    for direction in itertools.product((-1, 0, 1), repeat=rank):
        length = np.linalg.norm(direction)
        if length:
            ends = [(0,) * rank, direction]
            changes = _share(image, valid, ends, _one_of_two)
            # Each of two opposite directions has half of the weight.
            factor = np.pi / 2 if rank == 2 else 2
            crofton += factor * _weight(direction) / 2 * changes / length
            faces += changes / 2 if length == 1 else 0
    assert _evaluate(image, valid)[name] == pytest.approx(crofton, rel=1e-9)
    assert _evaluate(image, valid, surface="faces")[name] == pytest.approx(faces, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", [(12, 13), (7, 8, 9)])
def test_euler_number_is_that_of_scikit_image(shape, seed):
    body = np.pad(_image(shape, seed), 1)
    found = _totals(body)["euler"]
    assert found == pytest.approx(euler_number(body, connectivity=1), abs=1e-9)
    found = _totals(body, connectivity="corners")["euler"]
    assert found == pytest.approx(euler_number(body, connectivity=len(shape)), abs=1e-9)


def test_perimeter_is_that_of_scikit_image():
    body = np.pad(_image((12, 13)), 1)
    assert _totals(body)["perimeter"] == pytest.approx(perimeter_crofton(body, 4), rel=1e-12)


@pytest.mark.parametrize("shape", [(9, 8), (5, 6, 5)])
@pytest.mark.parametrize("connectivity", ["faces", "corners"])
def test_open_windows_of_an_image_are_right_on_average(shape, connectivity):
    """Every estimate is unbiased: all windows of a periodic image have its mean."""
    image, rank = _image(shape), len(shape)
    descriptor = Minkowski(domain="planes" if rank == 2 else "volume", connectivity=connectivity)
    shifts = list(np.ndindex(*shape))
    window = (slice(4), slice(3), slice(3))[:rank]
    windows = np.stack([np.roll(image, s, tuple(range(rank)))[window] for s in shifts])
    found = descriptor.evaluate(windows[:, None].astype(float), np.ones((1, *windows[0].shape)), 1)
    expected = _evaluate(image, connectivity=connectivity)
    for name, values in found[0].items():
        assert values.mean() == pytest.approx(expected[name], rel=1e-9), name


@pytest.mark.parametrize("radius", [10, 15.5, 30])
def test_disc(radius):
    found = _totals(_ball(radius, rank=2))
    assert found["area"] == pytest.approx(np.pi * radius**2, rel=0.01)
    assert found["perimeter"] == pytest.approx(2 * np.pi * radius, rel=0.01)
    assert found["euler"] == pytest.approx(1, abs=1e-9)
    by_edges = _totals(_ball(radius, rank=2), surface="faces")["perimeter"]
    assert by_edges == pytest.approx(8 * radius, rel=0.04)


@pytest.mark.parametrize("radius", [8, 12.3, 20])
def test_ball(radius):
    found = _totals(_ball(radius))
    assert found["volume"] == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.01)
    assert found["surface"] == pytest.approx(4 * np.pi * radius**2, rel=0.01)
    assert found["mean_curvature"] == pytest.approx(4 * np.pi * radius, rel=0.02)
    assert found["euler"] == pytest.approx(1, abs=1e-9)
    by_faces = _totals(_ball(radius), surface="faces")["surface"]
    assert by_faces == pytest.approx(6 * np.pi * radius**2, rel=0.02)


def test_hollow_ball():
    body = _ball(14) & ~np.pad(_ball(7), 7)
    found = _totals(body)
    assert found["euler"] == pytest.approx(2, abs=1e-9)
    assert found["surface"] == pytest.approx(4 * np.pi * (14**2 + 7**2), rel=0.01)
    # The inner surface is concave.
    assert found["mean_curvature"] == pytest.approx(4 * np.pi * (14 - 7), rel=0.02)


def test_torus():
    z, y, x = np.indices((17, 45, 45)) - np.array([8, 22, 22])[:, None, None, None] + 0.3
    body = (np.hypot(y, x) - 13) ** 2 + z**2 < 6**2
    found = _totals(body)
    assert found["euler"] == pytest.approx(0, abs=1e-9)
    assert found["surface"] == pytest.approx(4 * np.pi**2 * 13 * 6, rel=0.01)
    assert found["mean_curvature"] == pytest.approx(2 * np.pi**2 * 13, rel=0.02)


def _mean_cosine(normal):
    """Mean of |cos| of the angle to a direction, over the 4 or 13 directions instead of all."""
    return sum(
        _weight(d) * abs(np.dot(d, normal)) / np.linalg.norm(d) for d in _directions(len(normal))
    )


@pytest.mark.parametrize("axis", range(3))
def test_cylinder_through_a_periodic_volume(axis):
    body = np.moveaxis(np.repeat(_ball(9, rank=2)[None], 6, 0), 0, axis)
    found = _totals(body)
    assert found["surface"] == pytest.approx(2 * np.pi * 9 * 6, rel=0.02)
    assert found["euler"] == pytest.approx(0, abs=1e-9)
    # π per length, but for the mean of |cos| over all directions, which is 1/2.
    expected = np.pi * 6 * _mean_cosine(np.eye(3)[axis]) / 0.5
    assert found["mean_curvature"] == pytest.approx(expected, rel=1e-9)
    assert found["mean_curvature"] == pytest.approx(np.pi * 6, rel=0.08)


@pytest.mark.parametrize(("rank", "mean"), [(2, 2 / np.pi), (3, 1 / 2)])
def test_a_flat_layer_is_the_worst_case(rank, mean):
    body = np.zeros((12,) * rank, bool)
    body[..., 3:8] = True
    name = "perimeter" if rank == 2 else "surface"
    exact = 2 * 12 ** (rank - 1)
    assert _totals(body, surface="faces")[name] == pytest.approx(exact, rel=1e-12)
    factor = _mean_cosine(np.eye(rank)[-1]) / mean
    assert factor == pytest.approx(0.948 if rank == 2 else 0.927, abs=1e-3)
    assert _totals(body)[name] == pytest.approx(exact * factor, rel=1e-9)


@pytest.mark.parametrize("shape", [(12, 13), (7, 8, 9)])
def test_the_rest_of_the_image_has_the_same_surface(shape):
    """And the other connectivity: where the phase is convex, the rest is concave."""
    image = _image(shape)
    phase = _evaluate(image)
    rest = _evaluate(~image, connectivity="corners")
    signs = {"perimeter": 1, "surface": 1, "mean_curvature": -1, "euler": (-1) ** (len(shape) - 1)}
    for name, value in phase.items():
        if name in signs:
            assert rest[name] == pytest.approx(signs[name] * value, rel=1e-9), name
        else:
            assert rest[name] == pytest.approx(1 - value, rel=1e-12)


def test_checkerboard():
    board = np.indices((8, 8)).sum(0) % 2 == 0
    faces, corners = (_evaluate(board, connectivity=c) for c in ("faces", "corners"))
    # By faces 32 single pixels; by corners as many holes.
    assert faces["euler"] == 0.5
    assert corners["euler"] == -0.5
    assert faces["area"] == 0.5
    assert _evaluate(board, surface="faces")["perimeter"] == 2
    assert faces["perimeter"] == pytest.approx(np.pi / 4)


@pytest.mark.parametrize("rank", [2, 3])
def test_weights_are_areas_of_cells_on_the_sphere(rank):
    half = np.array(_directions(rank))
    points = np.concatenate([half, -half]) / np.linalg.norm(np.tile(half, (2, 1)), axis=1)[:, None]
    weights = [_weight(tuple(direction)) for direction in half.tolist()]
    assert sum(weights) == pytest.approx(1, abs=1e-9)
    if rank == 3:
        from scipy.spatial import SphericalVoronoi

        areas = SphericalVoronoi(points).calculate_areas() / (4 * np.pi)
        np.testing.assert_allclose(weights, 2 * areas[: len(half)], rtol=1e-8)


@pytest.mark.parametrize("shape", [(7, 9), (5, 6, 4)])
def test_plot_names_functionals_and_units(shape):
    axes = Figure().subplots()
    descriptor = Minkowski()
    for label in ("a", "b"):
        descriptor.plot(axes, _evaluate(_image(shape)), label)
    names = {
        2: ["area", "perimeter (px⁻¹)", "euler (px⁻²)"],
        3: ["volume", "surface (px⁻¹)", "mean curvature (px⁻²)", "euler (px⁻³)"],
    }[len(shape)]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == names
    assert [line.get_label() for line in axes.lines] == ["a", "b"]
    assert axes.get_ylabel() == ("per area" if len(shape) == 2 else "per volume")


def test_entries_tell_what_can_be_compared():
    plain = Minkowski()
    other = {
        "connectivity": Minkowski(connectivity="corners"),
        "surface": Minkowski(surface="faces"),
        "domain": Minkowski(domain="volume"),
    }
    differ = {
        "area": ["domain"],
        "perimeter": ["surface", "domain"],
        "euler": ["connectivity", "domain"],
    }
    for block, options in differ.items():
        mine = plain.entries(block, ()).tolist()
        assert len(mine) == 1
        assert [name for name, d in other.items() if d.entries(block, ()).tolist() != mine] == (
            options
        )
