"""compare: numbers against hand-computed ones, what both sides share, what is refused, pictures."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.errors import InputError
from mcr_core.verbs.compare import DEFAULT_DESCRIPTORS

LEFT = np.zeros((16, 16), np.uint8)
LEFT[:, :4] = 1
WIDE = np.zeros((16, 16), np.uint8)
WIDE[:, :8] = 1


def periodic(labels, **options):
    return mcr.Microstructure.from_array(
        labels, **{"phase_values": (0, 1), "periodic": True, **options}
    )


def random(shape, phases=2, seed=0, **options):
    cells = np.random.default_rng(seed).integers(0, phases, [n // 2 for n in shape])
    return periodic(
        np.kron(cells, np.ones([2] * len(shape), int)),
        **{"phase_values": range(phases), **options},
    )


def rows(comparison, descriptor, **wanted):
    return [
        row
        for row in comparison.rows
        if row.descriptor.split(" (")[0] == descriptor
        and all(getattr(row, key) == value for key, value in wanted.items())
    ]


def test_single_numbers():
    found = mcr.compare(periodic(LEFT), periodic(WIDE), ["volume_fractions", "variation"])
    (fractions,) = rows(found, "volume_fractions")
    assert (fractions.a, fractions.b, fractions.entries) == (0.25, 0.5, 1)
    assert fractions.mean == fractions.rms == fractions.largest == 0.25
    assert fractions.relative == 1
    assert (fractions.planes, fractions.level, fractions.phase) == ("all", 0, "phase 1")
    (variation,) = rows(found, "variation")  # both have two boundaries across 16 pixels
    assert (variation.a, variation.b, variation.largest) == (1 / 8, 1 / 8, 0)
    assert not rows(found, "phase fractions")  # they are those of volume_fractions


def test_two_point():
    found = mcr.compare(periodic(LEFT), periodic(WIDE), [mcr.descriptors.TwoPoint(limit_to=3)])
    fine, coarse = rows(found, "two_point")
    # At a lag dx of a stripe of width w: (w - |dx|) / 16, at any dy.
    lags = np.array([(0, dx) for dx in range(3)] + [(y, x) for y in (1, 2) for x in range(-2, 3)])
    a, b = ((w - np.abs(lags[:, 1])) / 16 for w in (4, 8))
    assert fine.entries == 13
    assert fine.a is fine.b is None
    assert fine.mean == pytest.approx(np.mean(b - a))
    assert fine.rms == pytest.approx(0.25)
    assert fine.largest == pytest.approx(0.25)
    assert fine.relative == pytest.approx(0.25 / math.sqrt(np.mean(a**2)))
    assert coarse.level == 1
    (every,) = rows(found, "S2 up to half the extent")
    assert every.entries == 15 * 15
    # The stripes overlap by max(0, 4 - |dx|), and 8 - |dx|.
    distance = [8 - abs(dx) - max(0, 4 - abs(dx)) for dx in range(-7, 8)]
    assert every.mean == pytest.approx(np.mean(distance) / 16)
    assert every.rms == pytest.approx(np.sqrt(np.mean(np.square(distance))) / 16)
    fractions = rows(found, "phase fractions")
    assert [(row.phase, row.a, row.b) for row in fractions] == [
        ("phase 0", 0.75, 0.5), ("phase 1", 0.25, 0.5),
    ]  # fmt: skip


def test_equal_sides_have_no_difference_and_zero_has_no_relative_one():
    image = random((16, 16), 3)
    found = mcr.compare(image, image, ["variation"])
    assert {row.largest for row in found.rows} == {0.0}
    assert found.notes == ()
    one = periodic(np.ones((16, 16)) * np.arange(16)[:, None] // 8, phase_values=(0, 1, 2))
    found = mcr.compare(one, random((16, 16), 3), ["volume_fractions"])
    absent = rows(found, "volume_fractions")[2]
    assert absent.a == 0
    assert absent.relative is None
    assert set(found.relative) == {"volume_fractions", "S2 up to half the extent"}


def test_default_descriptors():
    found = mcr.compare(random((24, 24)), random((24, 24), seed=1))
    assert {d.name for d in found.shared[0].descriptors} == set(DEFAULT_DESCRIPTORS)
    blocks = {row.block for row in rows(found, "correlations")}
    assert blocks == {"s2", "s3"}


def test_every_field_plane_and_level():
    volume = random((16, 16, 20), 3)
    found = mcr.compare(
        volume,
        random((16, 16, 20), 3, seed=4),
        [mcr.descriptors.TwoPoint(limit_to=3), mcr.descriptors.Variation(domain="volume")],
    )
    places = {(row.planes, row.level, row.phase) for row in rows(found, "two_point")}
    assert places == {
        (plane, level, f"phase {p}")
        for plane in ("xy", "xz", "yz") for level in (0, 1) for p in range(3)
    }  # fmt: skip
    of_volume = rows(found, "variation")
    assert [row.planes for row in of_volume] == ["volume"] * 3
    assert of_volume[0].b == found.b.volume[1][0]["variation"][0]


def test_limits_and_levels_that_differ():
    a = mcr.characterize(random((48, 48)), [mcr.descriptors.TwoPoint(limit_to=3), "variation"])
    b = mcr.characterize(random((16, 16), seed=1), [mcr.descriptors.TwoPoint(limit_to=4)])
    found = mcr.compare(a, b)
    compared = rows(found, "two_point")
    assert [(row.level, row.entries) for row in compared] == [(0, 13), (1, 13)]
    assert compared[0].descriptor == "two_point (limit_to=3)"
    notes = " / ".join(found.notes)
    for words in ("two_point with limit_to=3", "without variation", "2 finest of 4 levels"):
        assert words in notes
    # The four pixels of lag 3 are left out of the wider one.
    wide = mcr.characterize(random((16, 16), seed=1), [mcr.descriptors.TwoPoint(limit_to=3)])
    expected = np.abs(wide.planes["all"].values[0][0]["s2"] - a.planes["all"].values[0][0]["s2"])
    assert compared[0].mean == pytest.approx(expected.mean())
    assert found.a is a
    assert found.b is b


def test_an_image_against_a_volume():
    volume = random((16, 16, 16), seed=2)
    image = random((20, 20))
    found = mcr.compare(image, volume, [mcr.descriptors.TwoPoint(limit_to=3)])
    assert {row.planes for row in rows(found, "two_point")} == {"xy", "xz", "yz"}
    assert any("per direction" in note for note in found.notes)
    target = mcr.characterize(image, [mcr.descriptors.TwoPoint(limit_to=3)])
    cubic = target.planes["cubic"].values[0][0]["s2"]
    for row in rows(found, "two_point", level=0):
        values = found.b.planes[row.planes].values[0][0]["s2"]
        assert row.rms == pytest.approx(np.sqrt(np.mean((values - cubic) ** 2)))


def test_an_image_takes_the_descriptors_of_the_other_side():
    image = random((16, 16))
    target = mcr.characterize(
        random((16, 16), seed=1), ["variation", mcr.descriptors.TwoPoint(limit_to=3)]
    )
    for found in (mcr.compare(image, target), mcr.compare(target, image)):
        names = {row.descriptor for row in found.rows}
        assert {"variation", "two_point (limit_to=3)"} <= names
    picked = mcr.compare(target, image, ["two_point"])
    assert [d.name for d in picked.shared[0].descriptors] == ["two_point"]
    assert picked.shared[0].descriptors[0].limit_to == 3
    with pytest.raises(InputError, match=r"has variation, two_point, not minkowski: characterize"):
        mcr.compare(target, image, ["minkowski"])


def test_phases_are_paired_in_order():
    other = periodic(np.where(WIDE, 255, 0), phase_values=(0, 255))
    found = mcr.compare(periodic(LEFT), other, ["volume_fractions"])
    assert rows(found, "volume_fractions")[0].b == 0.5
    assert found.notes == ("phases are paired in the order of their values: 0 with 0, 1 with 255",)


def test_pixels_without_a_unit_are_noted():
    found = mcr.compare(
        periodic(LEFT), periodic(WIDE, voxel_size=0.5, unit="um"), ["volume_fractions"]
    )
    assert found.notes == ("pixels are 1 pixel and 0.5 um: lags are compared pixel by pixel",)
    same = (periodic(LEFT, voxel_size=500, unit="nm"), periodic(WIDE, voxel_size=0.5, unit="um"))
    assert mcr.compare(*same, ["volume_fractions"]).notes == ()


def in_um(shape, size, phases=2):
    return random(shape, phases, voxel_size=size, unit="um")


@pytest.mark.parametrize(
    ("b", "message"),
    [
        (
            in_um((16, 16), 2, phases=3),
            r"as many phases on both sides, got 2 \(0, 1\) and 3 \(0, 1, 2\)",
        ),
        (in_um((16, 16), 3), r"pixels of one size .* got 2 um and 3 um, .*: resample one, or"),
        (in_um((16, 16), (2, 3)), r"got 2 um and 2 x 3 um"),
        (in_um((8, 8, 8), (3, 2, 2)), r"got 2 um and 3 x 2 x 2 um"),
        (in_um((4, 4), 2), r"correlations needs planes of at least 15 pixels"),
        (7, r"expected a microstructure, a characterization or the path of a file, got int"),
        ("missing.h5", r"missing\.h5: no such file"),
    ],
)
def test_what_cannot_be_compared(b, message):
    with pytest.raises(InputError, match=message):
        mcr.compare(in_um((16, 16), 2), b)


def test_files(tmp_path):
    mcr.write(tmp_path / "a.tif", periodic(LEFT))
    target = mcr.characterize(periodic(WIDE), ["variation"])
    mcr.write_characterization(tmp_path / "b.h5", target)
    found = mcr.compare(tmp_path / "a.tif", str(tmp_path / "b.h5"))
    assert rows(found, "variation")[0].a == 1 / 8


def test_table_and_json():
    found = mcr.compare(
        periodic(LEFT), periodic(WIDE), ["volume_fractions"], names=("left", "wide")
    )
    lines = found.table().splitlines()
    assert lines[0].split() == [
        *("descriptor", "planes", "level", "phase", "block", "A", "B"),
        *("mean", "rms", "largest", "relative"),
    ]
    assert lines[1].split() == [
        *("volume_fractions", "all", "0", "phase", "1", "volume_fractions"),
        *("0.25", "0.5", "0.25", "0.25", "0.25", "100", "%"),
    ]
    assert len(lines) == 1 + len(found.rows)
    data = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert data["differences"][0] == {
        "descriptor": "volume_fractions", "planes": "all", "level": 0, "phase": "phase 1",
        "block": "volume_fractions", "entries": 1, "a": 0.25, "b": 0.5, "mean": 0.25,
        "rms": 0.25, "largest": 0.25, "relative": 1.0,
    }  # fmt: skip
    assert (data["a"]["name"], data["a"]["source"]) == ("left", "16 x 16 pixels, periodic")
    assert data["b"]["phase_fractions"] == [0.5, 0.5]


def test_the_picture_draws_both_sides_into_the_same_axes(tmp_path):
    found = mcr.compare(
        random((24, 24), 3),
        random((24, 24), 3, seed=1),
        [mcr.descriptors.Correlations(limit_to=8), "variation"],
        names=("first.tif", "second.tif"),
    )
    figure = mcr.view(found, tmp_path / "picture.png")
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[0].startswith("S₂ up to half the extent: second.tif − first.tif\nphase 0\nrms 0.")
    assert titles[3].startswith("correlations (limit_to=8)\nphase 0\nrms s2 0.")
    assert len(titles) == 3 + 3 + 3
    lines = figure.axes[3].lines
    values = [side.planes["all"].values[0][0]["s2"][0, :8] for side in found.shared]
    for line, expected in zip(lines[::3], values, strict=True):
        np.testing.assert_allclose(line.get_ydata(), expected)
    assert lines[0].get_color() != lines[3].get_color()
    assert lines[0].get_linewidth() > lines[3].get_linewidth()
    bars = [bar.get_height() for bar in figure.axes[6].patches]
    row = rows(found, "variation")[0]
    np.testing.assert_allclose(bars, [row.a, row.b])
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == [
        "first.tif", "second.tif", "along X", "along Y", "S₃ of right angles", "± standard error"
    ]  # fmt: skip
    pairs = [side.planes["all"].s2[0] for side in found.shared]
    drawn = figure.axes[0].images[0].get_array()
    assert drawn.shape == (23, 23)
    np.testing.assert_allclose(drawn, (pairs[1] - pairs[0])[1:, 1:])
    assert (tmp_path / "picture.png").stat().st_size > 10_000


def test_pictures_of_several_curves_a_phase_and_of_equal_names():
    found = mcr.compare(
        random((16, 16), 3),
        random((16, 16), 3, seed=1),
        [mcr.descriptors.CrossCorrelations(limit_to=3)],
        names=("same", "same"),
    )
    figure = mcr.view(found)
    cross = figure.axes[3]
    assert len(cross.lines) == 12
    texts = [text.get_text() for text in cross.get_legend().get_texts()]
    assert texts == [f"{p}, along {axis}" for p in ("0 to 1", "0 to 2", "1 to 2") for axis in "XY"]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["same (A)", "same (B)", "± standard error"]


def test_nothing_given_is_changed():
    target = mcr.characterize(periodic(LEFT), ["variation"])
    other = mcr.characterize(periodic(np.where(WIDE, 9, 0), phase_values=(0, 9)), ["variation"])
    before = replace(other)
    found = mcr.compare(target, other)
    assert found.b.phase_values == before.phase_values == (0, 9)


def test_lags_without_a_pair_of_valid_pixels_do_not_count():
    labels = np.random.default_rng(0).integers(0, 2, (32, 32))
    mask = np.zeros((32, 32), bool)
    mask[:12, :12] = True
    masked = mcr.Microstructure.from_array(labels, mask=mask)
    found = mcr.compare(masked, mcr.Microstructure.from_array(labels), ["volume_fractions"])
    row = next(row for row in found.rows if row.block == "s2")
    assert row.entries == 23 * 23
    assert row.largest < 0.5


def test_rounding_errors_are_no_difference():
    found = mcr.compare(periodic(LEFT), periodic(WIDE), ["variation"])
    row = replace(found.rows[0], mean=4.6e-17, rms=2e-13, largest=-4.6e-17, relative=4.63e-17)
    assert replace(found, rows=(row,)).cells()[1][0][-4:] == ("0", "2e-13", "0", "0 %")
