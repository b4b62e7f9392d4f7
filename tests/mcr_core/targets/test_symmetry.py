"""The symmetry a volume is asked for: means against statistics of turned images."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import mcr_core as mcr
from mcr_core.characterization import DirectionFinding
from mcr_core.descriptors import (
    ChordLengths,
    Correlations,
    FFTCorrelations,
    LinealPath,
    TwoPoint,
    Variation,
)
from mcr_core.errors import InputError
from mcr_core.given_arrays import symmetries
from mcr_core.planes import PLANES
from mcr_core.targets.symmetry import check_symmetry, symmetric_planes
from mcr_core.verbs.characterize import statistics_of
from mcr_core.verbs.merge import merged

TERMS = (TwoPoint(limit_to=4), FFTCorrelations(), ChordLengths(max_length=6), Variation())
FOUND = DirectionFinding(True, "pore", "X", "Y", 0.0312, 0.008, 6)
ONE = ((1.0, 1.0), FOUND)


def image(seed, shape=(20, 20), width=(1.0, 2.0)):
    field = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), width, mode="wrap")
    return mcr.Microstructure.from_array(field > 0.1, periodic=True)


def turned(one, change):
    return one.with_labels(change(one.labels).copy())


def target_of(images, terms=TERMS):
    parts = {name: statistics_of(one, terms) for name, one in images.items()}
    return merged(parts, [])


def mean_of(images, terms):
    """Statistics of the mean over images, taken as they are."""
    found = [statistics_of(one, terms).planes["all"] for one in images]
    values = [
        [
            {name: np.mean([f.values[n][k][name] for f in found], 0) for name in blocks}
            for k, blocks in enumerate(levels)
        ]
        for n, levels in enumerate(found[0].values)
    ]
    return values, np.mean([f.s2 for f in found], 0)


def assert_values(row, expected):
    values, s2 = expected
    for found, wanted in zip(row.values, values, strict=True):
        # The pyramid of a flipped image has other blocks where the extent is no power of two.
        for name in found[0]:
            a, b = found[0][name], wanted[0][name]
            if a.shape == b.shape:
                np.testing.assert_allclose(a, b, atol=1e-6)
    rows, columns = (
        min(a, b) // 2 - 1 for a, b in zip(row.s2.shape[1:], s2.shape[1:], strict=True)
    )

    def core(m):
        y, x = (n // 2 for n in m.shape[1:])
        return m[:, y - rows : y + rows + 1, x - columns : x + columns + 1]

    np.testing.assert_allclose(core(row.s2), core(s2), atol=1e-6)


FLIPS = [lambda a, y=y, x=x: a[::y, ::x] for y in (1, -1) for x in (1, -1)]
TURNS = [*FLIPS, *[lambda a, f=f: f(a).T for f in FLIPS]]


@pytest.mark.parametrize("symmetry", ["auto", "none"])
def test_none_is_what_was_measured(symmetry):
    target = target_of({name: image(n) for n, name in enumerate(PLANES)})
    rows, notes = symmetric_planes(target, symmetry)
    assert all(rows[plane] is target.planes[plane] for plane in PLANES)
    assert notes == []


def test_one_image_without_symmetry_is_asked_for_as_it_is():
    target = statistics_of(image(0, (16, 20)), TERMS)
    rows, notes = symmetric_planes(target, "none")
    assert all(rows[plane] is target.planes["all"] for plane in PLANES)
    assert notes == []


def test_one_image_is_averaged_over_the_square():
    source = image(0)
    target = statistics_of(source, TERMS)
    rows, (note,) = symmetric_planes(target, "cubic")
    assert rows["xy"] is rows["xz"] is rows["yz"]
    assert_values(rows["xy"], mean_of([turned(source, change) for change in TURNS], TERMS))
    assert note.startswith("one image for the planes of three axes: prescribed is the mean over")
    assert note.endswith("the image is anisotropic, the volume will not be")
    assert "was not measured" in symmetric_planes(target, "auto")[1][0]


def test_isotropic_has_a_radial_s2_in_all_values():
    target = statistics_of(image(0), (*TERMS, Correlations(limit_to=3)))
    rows, (note,) = symmetric_planes(target, "isotropic")
    cubic = symmetric_planes(target, "cubic")[0]["xy"]
    row = rows["xy"]
    centre = row.s2.shape[1] // 2
    assert row.s2[0, centre + 3, centre + 4] == pytest.approx(row.s2[0, centre, centre + 5])
    assert abs(cubic.s2[0, centre + 3, centre + 4] - cubic.s2[0, centre, centre + 5]) > 1e-3
    window = row.values[0][0]["s2"][0]
    np.testing.assert_allclose(window[:4], row.s2[0, centre, centre : centre + 4], rtol=1e-5)
    np.testing.assert_allclose(row.values[4][0]["s2"][0, :3], window[:3], rtol=1e-5)
    assert row.values[4][0]["s3"] is cubic.values[4][0]["s3"]
    assert row.values[3] is cubic.values[3]
    assert "S2 of the mean over all directions" in note


def test_three_images_are_averaged_over_planes_and_the_square():
    images = {name: image(n) for n, name in enumerate(PLANES)}
    rows, notes = symmetric_planes(target_of(images), "cubic")
    assert rows["xy"] is rows["xz"] is rows["yz"]
    every = [turned(one, change) for one in images.values() for change in TURNS]
    assert_values(rows["xy"], mean_of(every, TERMS))
    assert notes == []


@pytest.mark.parametrize(
    ("axis", "normal", "pair", "transposes"),
    [
        ("z", "xy", ("xz", "yz"), False),
        ("y", "xz", ("xy", "yz"), True),
        ("x", "yz", ("xy", "xz"), False),
    ],
)
def test_transverse_symmetry(axis, normal, pair, transposes):
    images = {name: image(n) for n, name in enumerate(PLANES)}
    rows, notes = symmetric_planes(target_of(images), f"transverse:{axis}")
    assert notes == []
    assert_values(rows[normal], mean_of([turned(images[normal], c) for c in TURNS], TERMS))
    first, second = (images[name] for name in pair)
    for name, one, other in ((pair[0], first, second), (pair[1], second, first)):
        if transposes:
            other = turned(other, np.transpose)
        every = [turned(each, change) for each in (one, other) for change in FLIPS]
        assert_values(rows[name], mean_of(every, TERMS))


def test_values_that_do_not_follow_are_named(monkeypatch):
    terms = (Correlations(limit_to=2), LinealPath(limit_to=3), Variation())
    target = target_of({name: image(n) for n, name in enumerate(PLANES)}, terms)
    monkeypatch.setattr(symmetries, "_INVARIANT", ())  # so nothing is known of variation
    rows, notes = symmetric_planes(target, "transverse:y")
    assert [note.split(":")[0] for note in notes] == ["variation", "correlations"]
    assert "whose values do not tell those of mirrored and rotated ones" in notes[0]
    assert "three-point values are averaged over those symmetries" in notes[1]
    values = [target.planes[plane].values[2][0]["variation"] for plane in ("xy", "yz")]
    np.testing.assert_allclose(rows["xy"].values[2][0]["variation"], np.mean(values, 0))


@pytest.mark.parametrize(
    ("symmetry", "voxel_size", "direction", "directional", "message"),
    [
        ("auto", *ONE, False, "^the image is anisotropic, 'pore' is longer along X than along "
         "Y, S2 by 0.0312 ± 0.0080"),
        ("auto", *ONE, False, "so give images of several planes, or .* → --xy ... --xz"),
        ("transverse:z", (1, 1), None, False, "transverse:z needs the statistics of several"),
        ("cubic", (2, 1, 1), None, True, "need pixels of equal edges, these have 2 x 1 x 1"),
        ("isotropic", (1, 1, 3), None, True, "need pixels of equal edges, these have 1 x 1 x 3"),
        ("transverse:y", (2, 1, 1), None, True, "equal edges across Y, these have 2 and 1"),
    ],
)  # fmt: skip
def test_refusals(symmetry, voxel_size, direction, directional, message):
    with pytest.raises(InputError, match=message):
        check_symmetry(symmetry, voxel_size, direction, directional=directional)


@pytest.mark.parametrize("symmetry", ["none", "cubic", "isotropic"])
def test_who_says_what_is_wanted_is_not_refused(symmetry):
    check_symmetry(symmetry, *ONE, directional=False)
    check_symmetry("auto", (1.0, 1.0), None, directional=False)
    check_symmetry("transverse:z", (5.0, 1.0, 1.0), None, directional=True)
    check_symmetry("auto", (5.0, 1.0, 2.0), FOUND, directional=True)
