"""Local thickness against discs that are tried one by one."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter

from mcr_core import (
    Microstructure,
    Settings,
    Term,
    characterize,
    read_characterization,
    view,
    write_characterization,
)
from mcr_core.descriptors import ChordLengths, LocalThickness
from mcr_core.descriptors.local_thickness import thickness
from mcr_core.objective.arrays import ArrayTerms, array_losses
from mcr_core.objective.wanted import as_tensors
from mcr_core.swaps.evaluated import EvaluatedTerm


def _image(shape, seed=0):
    field = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), 1.5, mode="wrap")
    return field > np.quantile(field, 0.3)


def _mask(shape):
    mask = np.random.default_rng(9).random(shape) < 0.9
    mask[2:4, 1:4] = False
    return mask


def _evaluate(descriptor, image, valid=None):
    valid = None if valid is None else valid[None].astype(float)
    blocks = descriptor.evaluate(image[None, None].astype(float), valid, 1)[0]
    return {name: block[0, 0] for name, block in blocks.items()}


def _brute_force(image, valid):
    """Local thickness of every pixel of the phase, from all distances of all pairs."""
    known = np.ones(image.shape, bool) if valid is None else valid
    inside, outside = np.argwhere(image & known), np.argwhere(~image & known)

    def squares(some, others):
        apart = np.abs(some[:, None] - others)
        if valid is None:
            apart = np.minimum(apart, image.shape - apart)
        return (apart**2).sum(-1)

    radius = squares(inside, outside).min(1)
    covers = squares(inside, inside) < radius
    largest = np.where(covers, radius, 0).max(1)
    return np.minimum(2 * np.sqrt(largest) - 1, max(image.shape))


@pytest.mark.parametrize("case", ["periodic", "open", "masked"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", [(22, 19), (9, 30), (9, 10, 8)])
def test_largest_disc_over_each_pixel(shape, seed, case):
    image = _image(shape, seed)
    valid = {"periodic": None, "open": np.ones(shape, bool), "masked": _mask(shape)}[case]
    expected = _brute_force(image, valid)
    assert expected.max() > 4
    np.testing.assert_allclose(thickness(image, valid), expected, rtol=1e-12)
    domain = "planes" if len(shape) == 2 else "volume"
    found = _evaluate(LocalThickness(max_diameter=6, domain=domain), image, valid)
    shares = [np.mean(expected <= diameter) for diameter in range(1, 7)]
    np.testing.assert_allclose(found["cumulative"], shares, rtol=1e-12)
    np.testing.assert_allclose(found["mean"], expected.mean(), rtol=1e-12)


@pytest.mark.parametrize("shape", [(16, 16), (8, 9, 10)])
def test_one_pixel_outside_of_the_phase(shape):
    """Discs wider than the image meet themselves around it."""
    image = np.ones(shape, bool)
    image[(5,) * len(shape)] = False
    for valid in (None, np.ones(shape, bool)):
        np.testing.assert_allclose(thickness(image, valid), _brute_force(image, valid), rtol=1e-12)


@pytest.mark.parametrize(("width", "expected"), [(1, 1), (2, 1), (3, 3), (4, 3), (7, 7)])
@pytest.mark.parametrize("shift", [0, -2])
def test_stripes_have_their_odd_width(width, expected, shift):
    stripes = np.roll(np.tile(np.arange(12) < width, (9, 1)), shift, 1)
    np.testing.assert_allclose(thickness(stripes, None), expected)


def test_a_disc_is_as_thick_as_it_is_wide():
    grid = np.indices((41, 41)) - 20
    disc = (grid**2).sum(0) < 15**2
    found = _evaluate(LocalThickness(max_diameter=40), disc)
    assert found["mean"] == pytest.approx(29, abs=0.2)
    assert found["cumulative"][-1] == 1
    assert found["cumulative"][26] == 0


def test_the_edge_of_an_open_image_is_no_surface():
    half = np.zeros((9, 20), bool)
    half[:, 15:] = True
    # Periodic: a stripe of five. Open: discs of radius five around the last column.
    np.testing.assert_allclose(thickness(half, None), 5)
    np.testing.assert_allclose(thickness(half, np.ones(half.shape, bool)), 9)


@pytest.mark.parametrize("valid", [None, np.ones((6, 8), bool)])
def test_one_phase_alone(valid):
    descriptor = LocalThickness(max_diameter=8)
    filled = _evaluate(descriptor, np.ones((6, 8)), valid)
    assert filled["mean"] == 8
    assert filled["cumulative"].tolist() == [0, 0, 0, 0, 0, 0, 0, 1]
    absent = _evaluate(descriptor, np.zeros((6, 8)), valid)
    assert absent["mean"] == 0
    assert not absent["cumulative"].any()


def test_nothing_is_known_of_an_image_that_is_masked_all_over():
    found = _evaluate(LocalThickness(), np.ones((6, 8)), np.zeros((6, 8)))
    assert np.isnan(found["mean"])
    assert np.isnan(found["cumulative"]).all()


def test_entries_are_diameters():
    discs, balls = LocalThickness(max_diameter=4), LocalThickness(domain="volume")
    assert discs.entries("cumulative", (3,)).tolist() == [[0, 1], [0, 2], [0, 3]]
    assert discs.entries("mean", ()).tolist() == [[0, 0]]
    assert balls.entries("cumulative", (2,)).tolist() == [[1, 1], [1, 2]]


def test_plot_draws_the_distribution_and_its_mean():
    axes = Figure().subplots()
    descriptor = LocalThickness(max_diameter=5)
    stripes = np.tile(np.arange(12) < 3, (9, 1))
    for label in ("a", "b"):
        descriptor.plot(axes, _evaluate(descriptor, stripes), label)
    curve, mean = axes.lines[:2]
    assert len(axes.lines) == 4
    assert curve.get_label() == "a, mean 3 px"
    assert curve.get_ydata().tolist() == [0, 0, 1, 1, 1]
    assert mean.get_xdata() == [3, 3]
    assert axes.get_xlabel() == "local thickness (pixels)"


@pytest.mark.parametrize("periodic", [True, False])
def test_planes_without_the_phase_have_no_vote(periodic):
    labels = np.stack([_image((12, 14), seed=n) for n in range(3)]).astype(int)
    labels[1] = 0
    volume = Microstructure.from_array(labels, periodic=periodic)
    descriptor = LocalThickness(max_diameter=5)
    found = characterize(volume, [descriptor]).planes["xy"].values[0][0]
    valid = None if periodic else np.ones((12, 14), bool)
    expected = [_brute_force(labels[n] == 1, valid) for n in (0, 2)]
    mean = np.mean([values.mean() for values in expected])
    np.testing.assert_allclose(found["mean"], [mean], rtol=1e-12)
    shares = [np.mean([np.mean(v <= d) for v in expected]) for d in range(1, 6)]
    np.testing.assert_allclose(found["cumulative"], [shares], rtol=1e-12)


def test_votes_of_each_phase():
    labels = np.zeros((4, 6, 6), int)
    labels[0, :3], labels[1, 2:4], labels[2] = 1, 2, 1
    volume = Microstructure.from_array(labels, phase_values=(0, 1, 2), periodic=True)
    found = characterize(volume, [LocalThickness(max_diameter=4)]).planes["xy"].values[0][0]
    planes = [[thickness(plane == phase, None) for plane in labels] for phase in range(3)]
    expected = [np.mean([v.mean() for v in of_phase if v.size]) for of_phase in planes]
    np.testing.assert_allclose(found["mean"], expected, rtol=1e-12)


def test_a_plane_of_a_result_that_has_lost_the_phase_has_a_loss():
    """It counts as 0 against the target: no vote in the mean is no pardon in the loss."""
    stripe = np.zeros((8, 8), int)
    stripe[2:5] = 1
    term = Term(descriptor=LocalThickness(max_diameter=3))
    target = characterize(Microstructure.from_array(stripe, periodic=True), [term])
    settings = Settings(loss="sse")
    # The mean is 3 pixels off, and the last of the shares by 1.
    for labels, expected in ((stripe, 0), (np.zeros_like(stripe), 3**2 + 1**2)):
        fields = labels[None].astype(float)
        parts, _ = ArrayTerms(target, [term], (8, 8), settings)(fields[:, None])
        np.testing.assert_allclose(parts, [expected])
        swapped = EvaluatedTerm(target, term, "t", fields[:, None], settings, (8, 8))
        assert swapped.parts["t"] == pytest.approx(expected)
    # Of a volume, each plane for itself.
    planes = np.stack([stripe, np.zeros_like(stripe), stripe])[:, None].astype(float)
    wanted = as_tensors(target.planes["all"].values[0], "float64")
    np.testing.assert_allclose(array_losses(term, settings, planes, 1, wanted), [0, 10, 0])


def test_a_target_whose_planes_lack_the_phase_is_stored_and_drawn(tmp_path):
    labels = np.stack([_image((12, 14), seed=n) for n in range(6)]).astype(int)
    labels[1] = 0
    terms = [LocalThickness(max_diameter=4), ChordLengths(max_length=4)]
    target = characterize(Microstructure.from_array(labels, periodic=True), terms)
    read = read_characterization(write_characterization(tmp_path / "t.h5", target))
    for plane, row in read.planes.items():
        for mine, its in zip(row.values, target.planes[plane].values, strict=True):
            for name, block in mine[0].items():
                assert np.isfinite(block).all()
                np.testing.assert_array_equal(block, its[0][name])
    view(read, tmp_path / "t.png")
    assert (tmp_path / "t.png").stat().st_size > 1000
