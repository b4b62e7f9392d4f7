"""Given values, averaged over the symmetries of the square, against the eight images themselves."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.descriptors import Correlations, registry
from mcr_core.given_arrays.lag_extent import FROM_ARRAYS, lag_extent

#: Options that make a descriptor small.
SMALL = {
    "chord_lengths": {"max_length": 5},
    "cluster_correlation": {"limit_to": 4, "connectivity": "corners"},
    "correlations": {"limit_to": 3},
    "cross_correlations": {"limit_to": 3},
    "lineal_path": {"limit_to": 4},
    "local_thickness": {"max_diameter": 5},
    "surface_correlations": {"limit_to": 3},
    "two_point": {"limit_to": 4},
}
#: Of a network's features nothing is known but their numbers.
NETWORKS = {"gram_matrices", "multiphase_gram_matrices"}
#: Images are cut to a square by their descriptor, and windows of lags afterwards.
EXACT = sorted(set(registry.names()) - NETWORKS - {"correlations"})


def image(phases=2, shape=(16, 13)):
    """Anisotropic, and of another extent along each axis."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(3)
    field = gaussian_filter(rng.standard_normal(shape), (0.6, 1.4), mode="wrap")
    labels = np.digitize(field, np.quantile(field, [0.35, 0.7][: phases - 1]))
    return mcr.Microstructure.from_array(labels, periodic=True)


def of_values(source, descriptor):
    """The same as a target of arrays: all blocks of the finest level."""
    blocks = source.planes["all"].values[0][0]
    return mcr.from_arrays(
        values={descriptor.name: dict(blocks)},
        descriptors=[descriptor],
        phase_fractions=source.phase_fractions,
        phase_values=source.phase_values,
    )


@pytest.mark.parametrize("phases", [2, 3])
@pytest.mark.parametrize("name", EXACT)
def test_the_mean_over_the_eight_images(name, phases):
    descriptor = registry.create({"name": name, "options": SMALL.get(name, {})})
    source = mcr.characterize(image(phases), [descriptor])
    found = of_values(source, descriptor)
    assert found.notes == (FROM_ARRAYS,)
    wanted = source.planes["cubic"].values[0][0]
    blocks = found.planes["cubic"].values[0][0]
    assert blocks.keys() == wanted.keys()
    for key, block in blocks.items():
        assert block.shape == wanted[key].shape
        np.testing.assert_allclose(block, wanted[key], rtol=0, atol=1e-9)


def test_the_test_above_cannot_pass_without_a_mean():
    descriptor = registry.create({"name": "two_point", "options": {"limit_to": 4}})
    planes = mcr.characterize(image(), [descriptor]).planes
    raw, mean = (planes[name].values[0][0]["s2"] for name in ("all", "cubic"))
    assert np.abs(raw - mean).max() > 0.01


def test_three_points_are_averaged_over_the_triangles_that_are_there():
    descriptor = Correlations(limit_to=3)
    source = mcr.characterize(image(shape=(24, 24)), [descriptor])
    found = of_values(source, descriptor)
    wanted = source.planes["cubic"].values[0][0]
    blocks = found.planes["cubic"].values[0][0]
    raw = source.planes["all"].values[0][0]["s3"][0]
    np.testing.assert_allclose(blocks["s2"], wanted["s2"], atol=1e-9)
    # Brute force: every triangle, turned and mirrored, looked up among all that there are.
    known = [tuple(lag) for lag in descriptor.entries("s2", ()).tolist()]

    def shape(points):
        first = min(points)
        return tuple(sorted((y - first[0], x - first[1]) for y, x in points))

    values = {}
    for i, a in enumerate(known):
        for j, b in enumerate(known):
            values[shape([(0, 0), a, b])] = raw[i, j]
    complete = 0
    for i, a in enumerate(known):
        for j, b in enumerate(known):
            orbit = {
                shape([(s * p[k], t * p[1 - k]) for p in ((0, 0), a, b)])
                for s in (1, -1)
                for t in (1, -1)
                for k in (0, 1)
            }
            there = [values[turned] for turned in orbit if turned in values]
            assert blocks["s3"][0, i, j] == pytest.approx(np.mean(there), abs=1e-12)
            if len(there) == len(orbit):
                complete += 1
                assert blocks["s3"][0, i, j] == pytest.approx(wanted["s3"][0, i, j], abs=1e-9)
    assert 0 < complete < len(known) ** 2
    np.testing.assert_allclose(np.diagonal(blocks["s3"][0]), blocks["s2"][0], atol=1e-12)
    assert found.notes[1:] == (
        "correlations: for volumes, three-point values are averaged over those symmetries of the "
        "square that leave all lags within the limit",
    )


def test_values_without_lags_stay_and_a_note_says_so(monkeypatch):
    from mcr_core.given_arrays import symmetries

    monkeypatch.setattr(symmetries, "_INVARIANT", ())  # as if nothing was known of it
    found = mcr.from_arrays(values={"variation": 0.3}, phase_fractions=(0.6, 0.4))
    assert found.planes["cubic"].values[0][0]["variation"] == [0.3]
    assert found.notes[1] == (
        "variation: values cannot be averaged over the symmetries of the square, so a volume is "
        "asked for them as given on the planes of all three axes"
    )


def test_a_volume_is_asked_for_the_mean_and_an_image_for_the_values():
    descriptor = registry.create({"name": "chord_lengths", "options": {"max_length": 2}})
    target = mcr.from_arrays(
        values={"chord_lengths": {"x": [0.5, 0.2], "y": [0.1, 0.4]}},
        descriptors=[descriptor],
        phase_fractions=(0.6, 0.4),
    )
    for plane in ("xy", "xz", "yz"):
        blocks = target.for_plane(plane, 3).values[0][0]
        np.testing.assert_allclose([blocks["x"], blocks["y"]], [[[0.3, 0.3]], [[0.3, 0.3]]])
    np.testing.assert_allclose(target.for_plane("xy", 2).values[0][0]["y"], [[0.1, 0.4]])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((64, 64), "S2 at lags up to 31 x 31 pixels"),
        ((63, 31), "S2 at lags up to 31 x 15 pixels"),
    ],
)
def test_how_far_the_lags_reach(shape, expected):
    s2 = np.full(shape, 0.16)
    s2[shape[0] // 2, shape[1] // 2] = 0.4
    assert lag_extent(mcr.from_arrays(s2)) == expected
    assert lag_extent(mcr.from_arrays(s2, periodic=True)) == expected


def test_without_a_map_there_are_no_lags():
    found = mcr.from_arrays(values={"variation": 0.3}, phase_fractions=(0.6, 0.4))
    assert lag_extent(found) == "no S2 at lags"
