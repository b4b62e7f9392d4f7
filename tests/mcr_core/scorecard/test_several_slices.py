"""A volume and the slices that it was made from, each for its own plane."""

import json

import numpy as np
import pytest
from scipy import ndimage

import mcr_core as mcr
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.scorecard.lines import lineal_path

EXTENT = 42


def layered(shape, seed):
    """A truncated Gaussian field, periodic, three times as long along X as along Z."""
    white = np.random.default_rng(seed).standard_normal(shape)
    field = ndimage.gaussian_filter(white, (1.2, 2.2, 3.6), mode="wrap")
    return (field > np.median(field)).astype(np.uint8)


@pytest.fixture(scope="module")
def volume():
    return Microstructure.from_array(layered((EXTENT,) * 3, 0))


@pytest.fixture(scope="module")
def slices():
    """Of another, larger sample of the material."""
    sample = layered((EXTENT, 64, 64), 1)
    planes = {"xy": sample[20], "xz": sample[:, 40], "yz": sample[:, :, 30]}
    return {name: Microstructure.from_array(plane) for name, plane in planes.items()}


@pytest.fixture(scope="module")
def card(volume, slices):
    return mcr.score(volume, **slices, limit_to=6)


def rows_of(card, statistic):
    return {(row.phase, row.where): row for row in card.rows if row.statistic == statistic}


def test_each_direction_has_a_row_of_its_own(card):
    found = {where for _, where in rows_of(card, "lineal path")}
    assert found == {
        "xy planes, along y",
        "xy planes, along x",
        "xz planes, along z",
        "xz planes, along x",
        "yz planes, along z",
        "yz planes, along y",
    }
    assert {where for _, where in rows_of(card, "S2")} == {"xy planes", "xz planes", "yz planes"}
    assert [where for _, where in rows_of(card, "fraction")] == [""]


def test_a_direction_is_compared_with_that_direction_of_the_slice(card, slices):
    row = rows_of(card, "lineal path")["phase 0", "xz planes, along z"]
    plane = slices["xz"].labels[:, :63]
    windows = plane.reshape(2, 21, 3, 21).swapaxes(1, 2).reshape(6, 21, 21)
    along_rows, along_columns = lineal_path(windows == 0, 6)
    assert row.reference == pytest.approx(along_rows.mean.mean())
    assert row.reference != pytest.approx(along_columns.mean.mean(), rel=0.2)


def test_a_true_sample_is_within_scatter_and_one_that_lies_wrong_is_not(card, volume, slices):
    turned = Microstructure.from_array(volume.labels.transpose(2, 1, 0))
    wrong = mcr.score(turned, **slices, limit_to=6)
    shares = [len(each.within) / len(each.judged) for each in (card, wrong)]
    assert shares[0] > 0.85
    assert shares[1] < 0.6


def test_fractions_are_those_of_all_slices(card, slices):
    (row,) = rows_of(card, "fraction").values()
    each = [one.phase_fractions[1] for one in slices.values()]
    assert row.reference == pytest.approx(np.mean(each))


def test_a_stated_plane_and_one_slice_for_all(volume, slices):
    """One image for three planes stands for all directions, as a target does."""
    one = slices["xy"]
    square = Microstructure.from_array(one.labels[:EXTENT, :EXTENT])
    stated = mcr.score(volume, xy=square, xz="as:xy", yz="as:xy", limit_to=6)
    target = mcr.score(volume, square, limit_to=6)
    pairs = zip(stated.rows, target.rows, strict=True)
    assert all(
        (a.statistic, a.where, a.reference) == (b.statistic, b.where, b.reference) for a, b in pairs
    )


def test_what_is_refused(volume, slices):
    flat = slices["xy"]
    with pytest.raises(InputError, match="give a target, or images of planes"):
        mcr.score(volume)
    with pytest.raises(InputError, match="give a target, or images of planes"):
        mcr.score(volume, flat, xy=flat)
    with pytest.raises(InputError, match="2 or 3 orthogonal planes"):
        mcr.score(volume, xy=flat)
    with pytest.raises(InputError, match="expected one slice as the target of a 2D result"):
        mcr.score(flat, xy=flat, xz=flat, yz=flat)
    three = Microstructure.from_array(np.arange(EXTENT**2).reshape(EXTENT, EXTENT) % 3)
    with pytest.raises(InputError, match=r"xz: .*phases"):
        mcr.score(volume, xy=flat, xz=three, yz=flat)


def test_the_page_shows_every_slice_and_says_how_it_was_cut(card, tmp_path):
    shown = [name for name, _ in card.sections]
    assert [name for name in shown if "target" in name] == [
        "target, xy",
        "target, xz",
        "target, yz",
    ]
    data = mcr.write_scorecard(tmp_path / "card.json", card).read_text(encoding="utf-8")
    assert json.loads(data)["windows"][0].startswith("target xy: 9 windows of 21 x 21")
