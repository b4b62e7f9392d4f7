"""score: what is compared with what, and what the card says."""

import json
import re

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.errors import InputError, OptionError
from mcr_core.microstructure import Microstructure
from mcr_core.scorecard.page import page


def blobs(shape, seed, fractions=(0.35,), width=1.3):
    """Rounded features of one or more phases in a matrix, periodic."""
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), width, mode="wrap")
    levels = np.quantile(field, 1 - np.cumsum(fractions)[::-1])
    return np.digitize(field, levels).astype(np.uint8)


@pytest.fixture(scope="module")
def volume():
    return Microstructure.from_array(blobs((24, 24, 24), 1), periodic=True)


@pytest.fixture(scope="module")
def image():
    return Microstructure.from_array(blobs((36, 36), 2))


@pytest.fixture(scope="module")
def of_slice(volume, image):
    return mcr.score(volume, image, limit_to=4, names=("v.tif", "s.tif", ""))


def names_of(rows):
    return {(row.statistic, row.where) for row in rows}


LOCAL = ("lineal path", "chord lengths", "perimeter", "Euler number", "largest cluster")
PLANES = ("xy planes", "xz planes", "yz planes")
AXES = ("along z", "along y", "along x")


def test_a_slice_knows_planes(of_slice):
    prescribed = [row for row in of_slice.judged if row.family == "prescribed"]
    assert names_of(prescribed) == {
        ("fraction", ""),
        *((name, plane) for name in ("S2", "S3") for plane in PLANES),
    }
    held_out = [row for row in of_slice.judged if row.family == "held out"]
    assert names_of(held_out) == {
        (name, plane) for name in (*LOCAL, "local thickness") for plane in PLANES
    }
    assert {row.compared_with for row in of_slice.judged} == {"target"}


def test_what_a_slice_cannot_know_is_a_prediction(of_slice):
    predicted = [row for row in of_slice.rows if row.verdict == "prediction"]
    assert names_of(predicted) == {
        *((name, "") for name in ("surface", "Euler number", "largest cluster")),
        ("local thickness", ""),
        *((name, axis) for name in ("percolation", "diffusivity") for axis in AXES),
    }
    for row in predicted:
        assert row.compared_with == "nothing"
        assert row.result is not None
        assert (row.reference, row.distance, row.against_null) == (None, None, None)
    assert len(of_slice.rows) == len(of_slice.judged) + len(predicted)


def test_the_order_of_the_rows(of_slice):
    kinds = [(row.family, row.verdict == "prediction") for row in of_slice.rows]
    assert kinds == sorted(kinds, key=lambda kind: (kind[0] != "prescribed", kind[1]))


def test_a_truth_is_for_what_was_held_out(volume, image):
    truth = Microstructure.from_array(blobs((24, 24, 24), 5))
    card = mcr.score(volume, image, truth, limit_to=4)
    by_family = {(row.family, row.compared_with) for row in card.rows}
    assert by_family == {("prescribed", "target"), ("held out", "truth")}
    held_out = {row.statistic for row in card.rows if row.family == "held out"}
    assert held_out == {
        *("lineal path", "chord lengths", "surface", "Euler number", "largest cluster"),
        *("local thickness", "percolation", "diffusivity"),
    }
    assert len(card.windows) == 2


def test_the_same_number_of_axes(image):
    other = Microstructure.from_array(blobs((30, 30), 4))
    card = mcr.score(other, image, limit_to=4)
    assert len(card.judged) == len(card.rows)
    assert names_of(card.rows) >= {("percolation", "along y"), ("lineal path", "along x")}
    assert len(card.within) >= 0.8 * len(card.rows)


def test_statistics_without_an_image(volume, image):
    known = mcr.characterize(image, [mcr.descriptors.Correlations(limit_to=4)])
    card = mcr.score(volume, known, limit_to=4)
    judged = {(row.statistic, row.where): row for row in card.judged}
    assert set(judged) == {
        ("fraction", ""),
        *((name, plane) for name in ("S2", "S3") for plane in PLANES),
    }
    assert judged["fraction", ""].reference == pytest.approx(image.phase_fractions[1])
    curve = judged["S2", "xy planes"].curve
    middle = known.planes["all"].s2[0].shape[0] // 2
    s2 = known.planes["all"].s2[0]  # the mean over both directions is asked of a volume
    wanted = image.phase_fractions[1] - (s2[middle, middle + 1] + s2[middle + 1, middle]) / 2
    assert curve.reference[0] == pytest.approx(wanted, abs=1e-6)
    without = mcr.score(volume, mcr.characterize(image, ["variation"]), limit_to=4)
    assert {row.statistic for row in without.judged} == {"fraction", "S2"}


def test_a_directional_target(volume):
    planes = {
        name: mcr.characterize(Microstructure.from_array(blobs((30, 30), seed)), ["variation"])
        for seed, name in enumerate(("xy", "xz", "yz"))
    }
    merged = mcr.merge(**planes, force=True)
    card = mcr.score(volume, merged, limit_to=4)
    curves = {row.where: row.curve for row in card.judged if row.statistic == "S2"}
    assert set(curves) == set(PLANES)
    assert len({curve.reference for curve in curves.values()}) == 3


def test_three_phases():
    three = (0.2, 0.3)
    result = Microstructure.from_array(blobs((24, 24), 1, three))
    target = Microstructure.from_array(blobs((40, 40), 2, three), phase_names=["a", "b", "c"])
    card = mcr.score(result, target, limit_to=4)
    fractions = [row for row in card.rows if row.statistic == "fraction"]
    assert [row.phase for row in fractions] == list(result.phase_names)
    assert sum(row.result for row in fractions) == pytest.approx(1)
    surfaces = [row for row in card.rows if row.statistic == "perimeter"]
    assert len(surfaces) == 3


def test_fractions_are_those_of_the_whole(volume, image, of_slice):
    (row,) = (row for row in of_slice.rows if row.statistic == "fraction")
    assert row.result == volume.phase_fractions[1]
    assert row.reference == image.phase_fractions[1]


def test_the_same_seed_gives_the_same_card(volume, image, of_slice):
    again = mcr.score(volume, image, limit_to=4, names=("v.tif", "s.tif", ""))
    assert again.to_json() == of_slice.to_json()
    other = mcr.score(volume, image, limit_to=4, seed=1)
    assert [row.result for row in other.rows] == [row.result for row in of_slice.rows]
    assert [row.null_model for row in other.rows] != [row.null_model for row in of_slice.rows]


def test_json(of_slice):
    data = json.loads(json.dumps(of_slice.to_json(), allow_nan=False))
    assert (data["format_version"], data["result"], data["target"]) == (1, "v.tif", "s.tif")
    assert len(data["rows"]) == len(of_slice.rows)
    row = data["rows"][1]
    assert (row["statistic"], row["where"]) == ("S2", "xy planes")
    assert row["curve"]["x"] == [1.0, 2.0, 3.0]
    assert data["summary"] == of_slice.summary()


def test_the_summary(of_slice):
    text = of_slice.summary()
    count = re.fullmatch(
        r"prescribed: (\d+) of 7 rows within natural scatter; "
        r"held out: (\d+) of 33 rows within natural scatter; "
        r"against the null model: (\d+) better, (\d+) ties, (\d+) worse; "
        r"19 rows are predictions that nothing here can judge",
        text,
    )
    assert count, text
    within, more, *against = map(int, count.groups())
    assert within + more == len(of_slice.within)
    assert sum(against) == len(of_slice.judged)


def test_the_table(of_slice):
    head, *lines = of_slice.table().splitlines()
    assert head.startswith("family      statistic")
    assert len(lines) == len(of_slice.rows)
    assert any(re.search(r"held out +diffusivity +phase 1 +along x .*prediction$", line)
               for line in lines)  # fmt: skip


def test_the_page_needs_no_other_file(of_slice):
    text = page(of_slice)
    assert text.count("data:image/png;base64,") == 3
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert text.count("<tr") == len(of_slice.rows) + 1
    assert of_slice.summary() in text


def test_names_are_escaped(volume, image):
    card = mcr.score(volume, mcr.characterize(image, ["variation"]), limit_to=3,
                     names=("<b>", "a&b", ""))  # fmt: skip
    text = page(card)
    assert "<title>Scorecard of &lt;b&gt;</title>" in text
    assert "a&amp;b" in text


def test_what_cannot_be_compared(volume, image):
    three = Microstructure.from_array(blobs((30, 30), 1, (0.2, 0.3)))
    with pytest.raises(InputError, match="expected as many phases on both sides, got 2"):
        mcr.score(volume, three)
    with pytest.raises(InputError, match="expected a slice as the target of a 2D result"):
        mcr.score(image, volume)
    with pytest.raises(InputError, match="a truth with as many axes as the result, 3, got 2"):
        mcr.score(volume, image, image)
    with pytest.raises(InputError, match="at least 30 pixels along every axis and a result of at"):
        mcr.score(volume, Microstructure.from_array(blobs((20, 20), 1)))
    with pytest.raises(OptionError, match="limit_to: expected from 2 to 32, got 1"):
        mcr.score(volume, image, limit_to=1)
    scaled = Microstructure.from_array(image.labels, voxel_size=0.5, unit="um")
    other = Microstructure.from_array(volume.labels, voxel_size=0.7, unit="um")
    with pytest.raises(InputError, match="expected pixels of one size on both sides"):
        mcr.score(other, scaled)
