"""smooth: against counting by hand, exact fractions, boundaries, ties."""

import itertools
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from mcr_core import Microstructure, smooth
from mcr_core.errors import OptionError
from mcr_core.smoothing import METHODS
from mcr_core.surface_change import Change, change

SHAPES = [(9, 8), (4, 5, 6)]
WIDTHS = {"gaussian": {"sigma": 0.7}, "median": {"size": 3}, "majority": {"size": 3}}


def random(shape, phases, seed=0, **options):
    """Blocks of edge 4 with ragged boundaries, so that neighbourhoods have something to say."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, phases, [n // 4 + 1 for n in shape])
    for axis, n in enumerate(shape):
        values = np.repeat(values, 4, axis=axis).take(range(n), axis=axis)
    values = np.where(rng.random(shape) < 0.2, rng.integers(0, phases, shape), values)
    values.flat[:phases] = range(phases)
    return Microstructure.from_array(values, **options)


def mask_of(shape, seed=1):
    return np.random.default_rng(seed).random(shape) < 0.8


def weights(method, *, sigma=None, size=None):
    """Weight of an offset along one axis, by offset."""
    if method == "gaussian":
        radius = int(4 * sigma + 0.5)
        bell = {r: math.exp(-(r**2) / (2 * sigma**2)) for r in range(-radius, radius + 1)}
        return {r: w / sum(bell.values()) for r, w in bell.items()}
    return dict.fromkeys(range(-(size // 2), size // 2 + 1), 1.0)


def shares_by_hand(ms, one_axis):
    """Share of every phase around every voxel, [P, ...], voxel by voxel; 0 outside of the mask."""
    shares = np.zeros((ms.phase_count, *ms.shape))
    valid = np.ones(ms.shape, bool) if ms.mask is None else ms.mask
    for x in itertools.product(*map(range, ms.shape)):
        if not valid[x]:
            continue
        total = 0.0
        for offsets in itertools.product(one_axis, repeat=ms.ndim):
            y = tuple(a + r for a, r in zip(x, offsets, strict=True))
            if ms.periodic:
                y = tuple(a % n for a, n in zip(y, ms.shape, strict=True))
            elif not all(0 <= a < n for a, n in zip(y, ms.shape, strict=True)):
                continue
            if valid[y]:
                weight = math.prod(one_axis[r] for r in offsets)
                total += weight
                shares[(ms.labels[y], *x)] += weight
        shares[(slice(None), *x)] /= total
    return shares


def prevailing_by_hand(ms, shares, method):
    """The phase by the rule of the docstring, and whether rounding cannot change it."""
    found, sure = ms.labels.copy(), np.ones(ms.shape, bool)
    for x in itertools.product(*map(range, ms.shape)):
        here = shares[(slice(None), *x)]
        largest = here.max()
        if ms.mask is not None and not ms.mask[x]:
            continue
        if method == "median":
            if largest > 0.5 + 1e-9:
                found[x] = here.argmax()
            continue
        if here[ms.labels[x]] < largest - 1e-9:
            found[x] = np.flatnonzero(here > largest - 1e-9)[0]
        if method == "gaussian":
            second = np.sort(here)[-2]
            sure[x] = largest - second > 1e-4
    return found, sure


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("phases", [2, 3, 5])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("method", METHODS)
def test_by_hand(method, shape, phases, periodic, masked):
    ms = random(shape, phases, periodic=periodic, mask=mask_of(shape) if masked else None)
    shares = shares_by_hand(ms, weights(method, **WIDTHS[method]))
    expected, sure = prevailing_by_hand(ms, shares, method)
    found = smooth(ms, method, **WIDTHS[method], keep_fractions=False)
    assert sure.mean() > 0.9
    np.testing.assert_array_equal(found.labels[sure], expected[sure])
    assert (found.labels != ms.labels).any()

    kept = smooth(ms, method, **WIDTHS[method])
    np.testing.assert_array_equal(kept.phase_fractions, ms.phase_fractions)
    if masked:
        np.testing.assert_array_equal(kept.labels[~ms.mask], ms.labels[~ms.mask])
    check_rarest(ms, kept, shares, method)


def check_rarest(ms, kept, shares, method):
    """The rarest phase has taken the voxels where its share is the largest multiple of others."""
    valid = np.ones(ms.shape, bool) if ms.mask is None else ms.mask
    own, here = ms.labels[valid], shares[:, valid].copy()
    if method == "median" and ms.phase_count > 2:
        for phase, share in enumerate(here):
            share[own == phase] = np.maximum(share[own == phase], 0.5)
    rarest = np.argmin(np.bincount(own, minlength=ms.phase_count))
    rivals = np.delete(here, rarest, 0).max(axis=0)
    advantage = here[rarest] / (here[rarest] + rivals)
    taken = kept.labels[valid] == rarest
    assert advantage[taken].min() >= advantage[~taken].max() - 1e-4


@pytest.mark.parametrize("phases", [2, 3, 16])
@pytest.mark.parametrize("method", METHODS)
def test_fractions_are_kept_to_the_voxel(method, phases):
    ms = random((23, 31), phases, seed=phases, periodic=True)
    kept = smooth(ms, method)
    counts = [np.bincount(m.labels.ravel(), minlength=phases) for m in (ms, kept)]
    np.testing.assert_array_equal(*counts)
    free = smooth(ms, method, keep_fractions=False)
    assert (np.bincount(free.labels.ravel(), minlength=phases) != counts[0]).any()
    assert change(ms, kept).surface < 0
    assert change(ms, free).surface < 0


def test_the_rest_stays_as_it_is():
    mask = mask_of((12, 14))
    values = np.where(random((12, 14), 3).labels == 2, 7, random((12, 14), 3).labels)
    ms = Microstructure.from_array(
        values,
        mask=mask,
        voxel_size=(0.5, 0.25),
        unit="um",
        phase_names=["pore", "binder", "carbon"],
        periodic=True,
    )
    before = ms.labels.copy()
    found = smooth(ms)
    assert replace(found, labels=ms.labels) == ms
    assert found.phase_values == (0, 1, 7)
    assert found.labels.dtype == np.uint8
    assert not found.labels.flags.writeable
    np.testing.assert_array_equal(ms.labels, before)
    assert smooth(ms) == found


def test_a_phase_without_voxels_stays_without():
    ms = Microstructure.from_array(random((9, 9), 2).labels * 2, phase_values=(0, 1, 2))
    for method in METHODS:
        found = smooth(ms, method)
        np.testing.assert_array_equal(found.phase_fractions, ms.phase_fractions)


@pytest.mark.parametrize("keep_fractions", [True, False])
def test_the_median_of_two_phases_is_the_majority(keep_fractions):
    ms = random((15, 17), 2, mask=mask_of((15, 17)))
    median, majority = (
        smooth(ms, method, size=5, keep_fractions=keep_fractions)
        for method in ("median", "majority")
    )
    assert median == majority


def test_the_median_leaves_what_no_phase_fills_by_more_than_half():
    labels = np.array([[0, 0, 0], [0, 2, 1], [1, 1, 1]])
    ms = Microstructure.from_array(np.pad(labels, 2, mode="edge"))
    centre = (3, 3)
    assert smooth(ms, "median", keep_fractions=False).labels[centre] == 2
    # Four to four: not the voxel's own phase, so the lower index.
    assert smooth(ms, "majority", keep_fractions=False).labels[centre] == 0


def test_boundary_voxels_do_not_see_the_opposite_face_of_an_open_image():
    labels = np.zeros((8, 8), int)
    labels[0] = 1
    open_, periodic = (Microstructure.from_array(labels, periodic=p) for p in (False, True))
    # Half of the window in the image is of the row's own phase, a third of the whole window.
    assert (smooth(open_, "majority", keep_fractions=False).labels == labels).all()
    assert not smooth(periodic, "majority", keep_fractions=False).labels.any()


@pytest.mark.parametrize("method", METHODS)
def test_masked_voxels_are_as_if_they_were_not_there(method):
    ms = random((14, 12), 3)
    mask = np.ones(ms.shape, bool)
    mask[:4] = mask[:, -3:] = False
    masked = replace(ms, mask=mask)
    cut = Microstructure.from_array(ms.labels[4:, :-3])
    np.testing.assert_array_equal(
        smooth(masked, method).labels[4:, :-3], smooth(cut, method).labels
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_periodic_image_may_start_anywhere(method):
    ms = random((12, 10), 3, periodic=True)
    found = smooth(ms, method, keep_fractions=False).labels
    rolled = replace(ms, labels=np.roll(ms.labels, (5, -3), (0, 1)))
    np.testing.assert_array_equal(
        smooth(rolled, method, keep_fractions=False).labels, np.roll(found, (5, -3), (0, 1))
    )


def test_particles_stay_where_they_were():
    """Not on the boundary of two other phases, where these are weakest."""
    labels = np.zeros((40, 40), int)
    labels[20:] = 1
    labels[30::3, ::3] = 2
    kept = smooth(Microstructure.from_array(labels), sigma=2).labels
    assert (kept == 2).sum() == (labels == 2).sum()
    assert not (kept[:27] == 2).any()


def test_ties_of_the_majority_are_decided_by_a_wider_look():
    ms = random((24, 24), 2, seed=3)
    kept = smooth(ms, "majority").labels == 1
    share = shares_by_hand(ms, weights("majority", size=3))[1]
    wider = shares_by_hand(ms, weights("gaussian", sigma=1.5))[1]
    own = ms.labels == 1
    order = np.array([np.rint(share * 1e6), own, wider]).reshape(3, -1).T.tolist()
    last = min(key for key, taken in zip(order, kept.ravel(), strict=True) if taken)
    tied = [(k[2], t) for k, t in zip(order, kept.ravel(), strict=True) if k[:2] == last[:2]]
    taken, left = ([w for w, t in tied if t == which] for which in (True, False))
    assert len(taken) > 1
    assert len(left) > 1
    assert min(taken) >= max(left) - 1e-4


def test_what_is_smooth_stays():
    labels = np.repeat([0, 1, 2, 1], 6)[:, None] * np.ones(20, int)
    ms = Microstructure.from_array(labels, periodic=True)
    for method in METHODS:
        for keep_fractions in (True, False):
            assert smooth(ms, method, keep_fractions=keep_fractions) == ms
    assert change(ms, ms).surface == change(ms, ms).voxels == 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("keep_fractions", [True, False])
def test_an_image_of_one_phase_stays_as_it_is(method, keep_fractions):
    ms = Microstructure.from_array(np.full((9, 8), 3), mask=mask_of((9, 8)))
    assert smooth(ms, method, keep_fractions=keep_fractions) == ms
    assert change(ms, ms) == Change(voxels=0.0, surface=0.0)


def test_ties_go_to_voxels_of_the_phase():
    """Averaged over many of its periods, a checkerboard has one half of each phase everywhere."""
    ms = Microstructure.from_array(np.indices((8, 8)).sum(axis=0) % 2, periodic=True)
    assert smooth(ms, sigma=6) == smooth(ms, sigma=6, keep_fractions=False) == ms


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "medain"}, "unknown method 'medain': did you mean 'median'?"),
        ({"size": 3}, "the method gaussian takes sigma, not size"),
        ({"method": "median", "sigma": 1}, "the method median takes size, not sigma"),
        ({"sigma": 0}, "sigma: expected a number of voxels above 0 and up to .* (9), got 0"),
        ({"sigma": math.nan}, "got nan"),
        ({"sigma": 9.5}, "got 9.5"),
        ({"method": "majority", "size": 4}, "size: expected an odd number of voxels from 3 to 19"),
        ({"method": "majority", "size": 1}, "got 1"),
        ({"method": "majority", "size": 21}, "got 21"),
    ],
)
def test_bad_options(arguments, message):
    pattern = re.escape(message).replace(r"\.\*", ".*")
    with pytest.raises(OptionError, match=pattern):
        smooth(random((9, 8), 2), **arguments)
