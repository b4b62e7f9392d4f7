"""match and reconstruct: every row of what may be made of what."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.descriptors import TwoPoint, Variation
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.phases import exact_counts

TERMS = (TwoPoint(limit_to=3), Variation())


def random_image(shape, seed=0, phases=2, **options):
    """Random features of two and four pixels along the last axes, for as many phases."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, phases, [-(-n // 2) for n in shape[:-1]] + [-(-shape[-1] // 4)])
    for axis in range(len(shape)):
        coarse = np.repeat(coarse, 4 if axis == len(shape) - 1 else 2, axis)
    labels = coarse[tuple(slice(0, n) for n in shape)]
    return Microstructure.from_array(labels, phase_values=range(phases), **options)


PLANES = {
    "xy": random_image((10, 16), 1),
    "xz": random_image((12, 16), 2),
    "yz": random_image((12, 10), 3),
}

#: A source, the shape of the result.
ROWS = {
    "2D to 2D": (random_image((16, 12)), (16, 12)),
    "2D to 2D of another shape": (random_image((16, 12)), (9, 14)),
    "2D to 3D": (random_image((16, 12)), (6, 8, 10)),
    "3D to 3D": (random_image((8, 8, 8)), (6, 8, 10)),
    "planes to 3D": (PLANES, (6, 8, 10)),
    "two planes to 3D": ({**PLANES, "yz": "as:xz"}, (7, 6, 9)),
    "three phases, 2D to 2D": (random_image((16, 12), phases=3), (9, 14)),
    "three phases, planes to 3D": (
        {name: random_image((12, 12), n, phases=3) for n, name in enumerate(PLANES)},
        (5, 6, 7),
    ),
}


def target_of(source):
    if isinstance(source, Microstructure):
        return mcr.characterize(source, TERMS)
    parts = {
        name: image if isinstance(image, str) else mcr.characterize(image, TERMS)
        for name, image in source.items()
    }
    return mcr.merge(**parts, force=True)


@pytest.mark.parametrize("name", ROWS)
def test_match_is_characterize_and_reconstruct(name):
    source, shape = ROWS[name]
    target = target_of(source)
    options = {"force": True} if isinstance(source, dict) else {}
    given = source if isinstance(source, dict) else {"source": source}
    symmetry = "cubic" if name == "2D to 3D" else "auto"
    run = {"max_iter": 3, "seed": 1, "start": "noise", "symmetry": symmetry}
    matched = mcr.match(**given, shape=shape, descriptors=TERMS, **run, **options)
    again = mcr.reconstruct(target, shape, **run)
    assert matched.microstructure == again.microstructure
    made = matched.microstructure
    assert made.shape == shape
    counts = exact_counts(target.phase_fractions, made.labels.size)
    np.testing.assert_array_equal(np.bincount(made.labels.ravel(), minlength=len(counts)), counts)
    assert made.voxel_size == (1.0,) * len(shape)
    assert matched.history[-1]["loss"] < 0.7 * matched.history[0]["loss"]


def test_a_pooled_volume_gives_images_and_volumes():
    volume = random_image((6, 7, 8))
    target = mcr.characterize(volume, [Variation()], pool=True)
    for shape in ((9, 12), (5, 6, 7)):
        matched = mcr.match(volume, shape, [Variation()], max_iter=1, pool=True)
        again = mcr.reconstruct(target, shape, max_iter=1)
        assert matched.microstructure == again.microstructure


@pytest.mark.parametrize("shape", [(9, 14), (6, 8, 10)])
def test_a_given_start(shape):
    target = target_of(random_image((16, 12)))
    start = random_image(shape, 5)
    options = {"initial": start, "max_iter": 0, "symmetry": "cubic"}
    found = mcr.reconstruct(target, shape, **options).microstructure
    agreeing = np.mean(found.labels == start.labels)
    # Only what the fractions ask for has changed.
    assert agreeing >= 1 - abs(start.phase_fractions[1] - target.phase_fractions[1]) - 0.01


@pytest.mark.parametrize(
    ("planes", "options", "message"),
    [
        ({"xy": PLANES["xy"]}, {}, r"images of 2 or 3 orthogonal planes \(xy, xz, yz\), got xy"),
        ({"xy": PLANES["xy"], "xz": PLANES["xz"]}, {}, "the plane yz is missing: say which one"),
        ({**PLANES, "zx": PLANES["xz"]}, {}, "unknown option 'zx'"),
        ({**PLANES, "source": PLANES["xy"]}, {}, "give an image, or images of planes by --xy"),
        ({}, {}, "give an image, or images of planes by --xy"),
        ({**PLANES, "yz": "xz"}, {}, "yz: expected as:xy or as:xz, got 'xz'"),
        ({**PLANES, "yz": "no.tif"}, {}, r"yz: no\.tif: no such file"),
        ({**PLANES, "yz": "as:yz"}, {}, "yz: expected as:xy or as:xz, got 'as:yz'"),
        ({**PLANES, "yz": 5}, {}, "yz: expected a Microstructure or the path of an image, got int"),
        ({**PLANES, "yz": random_image((8, 8, 8))}, {}, "yz: expected a 2D .*, got a 3D one"),
        ({**PLANES, "xz": random_image((4, 8))}, {}, "xz: two_point needs planes of at least 5"),
        (
            {**PLANES, "xz": random_image((12, 16), voxel_size=2.0)},
            {"force": True},
            "the pixels of xy and xz differ along X: 1 pixel and 2 pixel",
        ),
        (PLANES, {"pool": True}, "pool is for a volume, these are images of several planes"),
        (PLANES["xy"], {"force": True}, "force is for images of several planes, this is one image"),
        (PLANES, {"force": True, "shape": (8, 8)}, "statistics per axis: ask for a 3D shape"),
    ],
)
def test_planes_that_do_not_fit(planes, options, message):
    given = planes if isinstance(planes, dict) else {"source": planes}
    with pytest.raises(InputError, match=message):
        mcr.match(**given, **{"shape": (6, 7, 8), "descriptors": TERMS, **options})


def test_planes_of_no_volume_are_refused_before_anything_is_computed():
    long = Microstructure.from_array(np.repeat(random_image((96, 48), 1).labels, 4, axis=1))
    across = random_image((96, 96), 2)
    with pytest.raises(InputError, match=r"along . the .* planes disagree: .* no volume has both"):
        mcr.match_iter(None, (8, 8, 8), TERMS, xy=long, xz=long, yz="as:xz")
    planes = {"xy": long, "xz": long, "yz": across}
    assert mcr.match_iter(shape=(8, 8, 8), descriptors=TERMS, **planes, force=True)


def test_a_contradiction_that_was_forced_is_told_with_the_result():
    # Rows of one value: elongated along X, so that xy and yz disagree about Y.
    rows = np.random.default_rng(0).integers(0, 2, (64, 1))
    long = Microstructure.from_array(np.repeat(np.repeat(rows, 2, 0), 128, 1))
    planes = {"xy": long, "xz": long, "yz": "as:xz"}
    with pytest.raises(InputError, match="planes disagree"):
        mcr.match(None, (6, 7, 8), "variation", **planes, max_iter=1)
    result = mcr.match(None, (6, 7, 8), "variation", **planes, max_iter=1, force=True)
    assert any("planes disagree" in note for note in result.notes)


def test_a_2d_result_that_was_not_asked_for_is_told():
    source, quick = random_image((16, 12)), {"max_iter": 0}
    told = mcr.match(source, descriptors=["variation"], **quick)
    assert told.microstructure.shape == (16, 12)
    assert told.notes[0].startswith("no shape was given: the result is 2D, 16 x 12 as the image")
    for asked in ({"shape": (16, 12)}, {"add_dimension": 4, "symmetry": "cubic"}):
        notes = mcr.match(source, descriptors=["variation"], **asked, **quick).notes
        assert not any("no shape" in note for note in notes)
    volume = mcr.match(random_image((6, 8, 7)), descriptors=["variation"], **quick)
    assert not any("no shape" in note for note in volume.notes)
