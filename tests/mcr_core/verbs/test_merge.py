"""merge: which image lies in which plane, and what no volume can have."""

import logging

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.descriptors import Correlations, TwoPoint, Variation, VolumeFractions
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.verbs.characterize import statistics_of

TERMS = (TwoPoint(limit_to=4), Variation())


def texture(shape, seed, widths=(1.5, 1.5), fraction=0.4):
    """A random image whose features have these widths along rows and columns."""
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), widths, mode="wrap")
    return field > np.quantile(field, 1 - fraction)


def of_image(shape=(48, 48), seed=0, widths=(1.5, 1.5), terms=TERMS, fraction=0.4, **options):
    options = {"periodic": True, **options}
    image = Microstructure.from_array(texture(shape, seed, widths, fraction), **options)
    return mcr.characterize(image, terms)


@pytest.fixture(scope="module")
def isotropic():
    return of_image()


@pytest.fixture(scope="module")
def elongated():
    """Long along the columns of the image: along X in xy and in xz."""
    return of_image((96, 96), seed=1, widths=(1.2, 6))


def test_planes_are_named_and_keep_their_statistics():
    shapes = {"xy": (30, 40), "xz": (20, 40), "yz": (20, 30)}
    edges = {"xy": (2.0, 3.0), "xz": (1.0, 3.0), "yz": (1.0, 2.0)}
    parts = {
        name: of_image(shape, seed, voxel_size=edges[name], unit="um")
        for seed, (name, shape) in enumerate(shapes.items())
    }
    found = mcr.merge(**parts)
    assert found.is_directional
    assert list(found.planes) == ["xy", "xz", "yz"]
    for name, part in parts.items():
        assert found.planes[name].s2 is part.planes["all"].s2
        assert found.planes[name].values == part.planes["all"].values
    assert (found.voxel_size, found.unit) == ((1.0, 2.0, 3.0), "um")
    assert (found.source_shape, found.images, found.descriptors) == ((20, 30, 40), 3, TERMS)
    assert (found.periodic, found.masked, found.notes) == (True, False, ())


def test_the_smallest_extent_along_each_axis_counts():
    found = mcr.merge(xy=of_image((30, 40)), xz=of_image((20, 36), 1), yz=of_image((24, 28), 2))
    assert found.source_shape == (20, 28, 36)


def test_a_third_plane_is_stated(isotropic):
    other = of_image(seed=5)
    found = mcr.merge(xy=isotropic, xz=other, yz="as:xz")
    assert found.planes["yz"] is not found.planes["xy"]
    np.testing.assert_array_equal(found.planes["yz"].s2, other.planes["all"].s2)
    assert found.images == 2


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            {"xy": 0, "xz": 0},
            r"plane yz is missing: .* as:xy or as:xz .* → --yz as:xy or --yz as:xz",
        ),
        ({"yz": 0, "xz": 0}, r"the plane xy is missing: .*--xy as:xz or --xy as:yz"),
        ({"xy": 0}, r"expected images of 2 or 3 orthogonal planes \(xy, xz, yz\), got xy"),
        ({}, "orthogonal planes .*, got none"),
        ({"xy": 0, "xz": "as:xy"}, "expected images of 2 or 3 orthogonal planes"),
        ({"xy": 0, "xz": 0, "yz": "as:yz"}, "yz: expected as:xy or as:xz, got 'as:yz'"),
        ({"xy": 0, "xz": 0, "yz": "xz"}, "yz: expected as:xy or as:xz, got 'xz'"),
        ({"xy": 0, "xz": 0, "yz": "like xy"}, "yz: like xy: "),
        ({"xy": 0, "xz": 0, "yz": 5}, r"yz: expected a Characterization or the path .*, got int"),
    ],
)
def test_planes_that_are_not_said(isotropic, names, message):
    given = {name: isotropic if what == 0 else what for name, what in names.items()}
    with pytest.raises(InputError, match=message):
        mcr.merge(**given)


def test_a_merged_one_is_no_plane(isotropic):
    merged = mcr.merge(xy=isotropic, xz=isotropic, yz="as:xy")
    with pytest.raises(InputError, match=r"xz: expected the characterization of 2D .* merged"):
        mcr.merge(xy=isotropic, xz=merged, yz="as:xy")


def test_elongated_along_x_is_possible(isotropic, elongated, caplog):
    """Footnote 6 of the paper: long along X in xy and xz, and not in yz."""
    across = of_image((96, 96), seed=2, widths=(1.2, 1.2))
    with caplog.at_level(logging.WARNING):
        found = mcr.merge(xy=elongated, xz=elongated, yz=across)
    assert found.notes == ()
    assert not caplog.records


def test_what_no_volume_can_have_is_refused_with_numbers(elongated, caplog):
    message = (
        r"^along Y the xy and yz planes disagree: the autocorrelation of 'phase 1' at a lag of "
        r"\d+ px is -?0\.\d\d and -?0\.\d\d, \d\.\d times the scatter of sampling: no volume has "
        r"both\. Check which image lies in which plane .* or merge them all the same with force "
        r"→ --force$"
    )
    with pytest.raises(InputError, match=message):
        mcr.merge(xy=elongated, xz=elongated, yz="as:xz")
    with caplog.at_level(logging.WARNING):
        found = mcr.merge(xy=elongated, xz=elongated, yz="as:xz", force=True)
    (note,) = found.notes
    assert note.startswith("along Y the xy and yz planes disagree")
    assert [record.getMessage() for record in caplog.records] == [note]


@pytest.mark.parametrize(
    ("parts", "axis"),
    [
        ({"xy": (6, 1.2), "xz": (1.2, 1.2), "yz": (1.2, 1.2)}, "Y the xy and yz"),
        ({"xy": (1.2, 6), "xz": (1.2, 1.2), "yz": (1.2, 1.2)}, "X the xy and xz"),
        ({"xy": (1.2, 1.2), "xz": (6, 1.2), "yz": (1.2, 1.2)}, "Z the xz and yz"),
    ],
)
def test_the_axis_that_disagrees_is_named(parts, axis):
    given = {
        name: of_image((96, 96), seed, widths) for seed, (name, widths) in enumerate(parts.items())
    }
    with pytest.raises(InputError, match=f"along {axis} planes disagree"):
        mcr.merge(**given)


def test_a_small_disagreement_is_noted(caplog):
    """More than sampling explains, less than is refused."""
    planes = {
        name: of_image((128, 128), seed, widths)
        for seed, (name, widths) in enumerate({"xy": (2, 2.4), "xz": (2, 2), "yz": (2, 2)}.items())
    }
    with caplog.at_level(logging.WARNING):
        found = mcr.merge(**planes)
    assert len(found.notes) == 1
    assert "along X the xy and xz planes disagree" in found.notes[0]
    assert caplog.records


def test_images_of_one_random_field_agree():
    """Sampling scatter is no disagreement: 36 comparisons, and what is refused is far off."""
    noted = 0
    for seed in range(0, 36, 3):
        parts = {}
        for number, name in enumerate(("xy", "xz", "yz")):
            # Cut out of a larger field, so that the fraction scatters, too.
            image = texture((96, 96), seed + number, (2, 2))[:64, :64]
            parts[name] = statistics_of(Microstructure.from_array(image), (Variation(),))
        noted += len(mcr.merge(**parts).notes)
    assert noted <= 4


def test_fractions_that_differ_are_noted_and_their_mean_is_prescribed():
    parts = {
        name: of_image(seed=seed, fraction=fraction)
        for seed, (name, fraction) in enumerate({"xy": 0.3, "xz": 0.45, "yz": 0.3}.items())
    }
    found = mcr.merge(**parts)
    (note,) = [note for note in found.notes if "fraction" in note]
    assert note.startswith("the fraction of 'phase 1' is 0.2999 in xy and 0.4501 in xz, ")
    assert note.endswith("times the scatter of sampling: prescribed is the mean over the planes, "
                         "0.3500")  # fmt: skip
    np.testing.assert_allclose(found.phase_fractions[1], 0.35, atol=1e-3)


def test_pixels_agree_on_shared_axes(isotropic):
    wide = of_image(seed=1, voxel_size=(1.0, 2.0))
    with pytest.raises(
        InputError, match=r"the pixels of xy and xz differ along X: 1 pixel and 2 pixel: resample"
    ):
        mcr.merge(xy=isotropic, xz=wide, yz=isotropic)
    micrometres = of_image(seed=1, unit="um")
    with pytest.raises(InputError, match="differ along Z: 1 pixel and 1 um"):
        mcr.merge(xy=isotropic, xz=isotropic, yz=micrometres)


def test_phases_agree(isotropic):
    other = of_image(seed=1, phase_values=(0, 1, 2))
    with pytest.raises(InputError, match=r"expected the same phases, got .* 0, 1 and 0, 1, 2"):
        mcr.merge(xy=isotropic, xz=other, yz="as:xy")


def test_what_not_all_have_is_left_out_and_said():
    long = of_image(terms=[Correlations(limit_to=3), TwoPoint(limit_to=6), VolumeFractions()])
    short = of_image(seed=1, terms=[VolumeFractions(), TwoPoint(limit_to=4)])
    found = mcr.merge(xy=long, xz=short, yz="as:xz")
    assert found.descriptors == (TwoPoint(limit_to=4), VolumeFractions())
    assert found.notes == (
        "two_point with limit_to=4, the smallest of them",
        "without correlations, which not all have",
    )
    alone = of_image(terms=[TwoPoint(limit_to=4)]).planes["all"].values[0]
    for blocks, expected in zip(found.planes["xy"].values[0], alone, strict=False):
        np.testing.assert_allclose(blocks["s2"], expected["s2"], rtol=1e-9)
    with pytest.raises(
        InputError, match=r"expected descriptors that all have .*, got variation and volume"
    ):
        mcr.merge(xy=of_image(terms="variation"), xz=of_image(terms="volume_fractions"), yz="as:xy")


def test_boundaries_are_recorded(isotropic):
    found = mcr.merge(xy=isotropic, xz=of_image(seed=1, periodic=False), yz=isotropic)
    assert not found.periodic
    assert found.notes == ("taken for periodic: xy, yz only; the other planes are open",)


def test_three_phases():
    def image(seed):
        labels = texture((48, 48), seed).astype(int) + 2 * texture((48, 48), seed + 50)
        return mcr.characterize(
            Microstructure.from_array(np.minimum(labels, 2), periodic=True), TERMS
        )

    parts = {name: image(seed) for seed, name in enumerate(("xy", "xz", "yz"))}
    found = mcr.merge(**parts)
    np.testing.assert_allclose(
        found.phase_fractions, np.mean([part.phase_fractions for part in parts.values()], axis=0)
    )


def test_merged_to_volume_of_unequal_edges_and_file(tmp_path, isotropic, elongated):
    across = of_image((96, 96), seed=2, widths=(1.2, 1.2))
    target = mcr.merge(xy=elongated, xz=elongated, yz=across)
    file = mcr.write_characterization(tmp_path / "merged.h5", target)
    read = mcr.read_characterization(file)
    assert read.notes == target.notes
    shape = (10, 12, 16)
    results = [mcr.reconstruct(each, shape, max_iter=2) for each in (target, read)]
    assert results[0].microstructure.shape == shape
    assert results[0].microstructure == results[1].microstructure
    lengths = [
        np.mean(results[0].microstructure.labels != np.roll(results[0].microstructure.labels, 1, a))
        for a in range(3)
    ]
    assert lengths[2] < 0.6 * min(lengths[:2])  # long along X, and only there
