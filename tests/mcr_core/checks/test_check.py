import json
import re

import numpy as np
import pytest
import tifffile
from scipy.ndimage import gaussian_filter

import mcr_core as mcr
from mcr_core.checks.check import not_segmented
from mcr_core.checks.direction import measure_direction
from mcr_core.checks.edges import measure_edges
from mcr_core.checks.features import measure_features
from mcr_core.descriptors import TwoPoint
from mcr_core.errors import InputError


def blobs(shape=(64, 64), sigma=1.5, seed=0, mode="wrap", fraction=0.4):
    noise = np.random.default_rng(seed).standard_normal(shape)
    smooth = gaussian_filter(noise, sigma, mode=mode)
    return (smooth > np.quantile(smooth, 1 - fraction)).astype(np.uint8)


def image(values, **options):
    return mcr.Microstructure.from_array(values, **options)


def part(sigma=1.5, seed=1):
    """A part of a larger image, as micrographs are."""
    return blobs((96, 96), sigma, seed)[:64, :64]


def test_an_image_that_does():
    found = mcr.check(image(part()))
    assert found.level == "ok"
    assert [one.name for one in found.findings] == [
        "segmentation", "size", "features", "direction", "edges", "specks", "advice"
    ]  # fmt: skip
    assert found.shape == (64, 64)
    size = found["size"]
    assert re.search(r"phase 0 0\.\d+ ± .*, phase 1 0\.", size.text)
    assert "Three more images of this size would halve the errors" in size.text
    share = np.mean(part())
    assert size.numbers["fractions"][1] == pytest.approx(share)
    assert 0 < size.numbers["half_widths_90"][1] < 0.2 * share
    with pytest.raises(KeyError):
        found["colour"]


def test_findings_as_json_and_as_text():
    found = mcr.check(image(part()))
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["level"] == "ok"
    assert len(str(found).splitlines()) == len(found.findings)


def test_a_small_image_of_large_features():
    found = mcr.check(image(blobs((24, 24), 4.0)))
    assert found["size"].level != "ok"
    assert found["size"].text.startswith(("Rather small", "Too small"))


def test_a_grey_image_is_a_finding(tmp_path):
    file = tmp_path / "grey.tif"
    tifffile.imwrite(file, np.arange(400, dtype=np.uint16).reshape(20, 20))
    found = mcr.check(file)
    assert found.level == "problem"
    assert found["segmentation"].text.startswith("Not segmented: expected at most 16 phases")


def test_one_phase_only():
    found = mcr.check(image(np.zeros((16, 16), int), phase_values=(0, 1)))
    assert found["segmentation"].level == "problem"
    assert "One phase only" in found["segmentation"].text


def test_a_rare_phase_is_noted():
    values = part()
    values[5, 5] = 2
    assert "phase 2 takes less than 1 %" in mcr.check(image(values))["segmentation"].text


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (image(np.indices((8, 8, 8)).sum(0) % 2), "expected a 2D image, got a volume: .*--plane Z"),
        (image(np.eye(3, dtype=int)), "at least 4 x 4 pixels, got 3 x 3"),
        (3, "expected a Microstructure or the path of an image, got int"),
    ],
)
def test_what_cannot_be_looked_at(what, message):
    with pytest.raises(InputError, match=message):
        mcr.check(what)
    with pytest.raises(InputError, match="limit_to of 2 or more, got 1"):
        mcr.check(image(part()), limit_to=1)


@pytest.mark.parametrize(("sigma", "longer"), [((1.2, 5.0), "X"), ((5.0, 1.2), "Y")])
def test_anisotropy_along_an_axis(sigma, longer):
    found = mcr.check(image(part(sigma)))["direction"]
    assert (found.level, found.numbers["pair"]) == ("note", "axes")
    assert f"phase 1 is longer along {longer}." in found.text


def test_anisotropy_along_a_diagonal():
    y, x = np.indices((64, 64))
    noise = gaussian_filter(np.random.default_rng(0).standard_normal((64, 64)), 2)
    stripes = image((np.sin(0.6 * (y + x)) + 8 * noise > 0).astype(int))
    found = measure_direction(stripes, 5)
    assert (found.pair, found.longer, found.significant) == ("diagonals", "the antidiagonal", True)


def test_the_difference_between_directions():
    values = part((1.2, 5.0))
    found = measure_direction(image(values), 60)
    assert (found.pair, found.lags) == ("axes", 16)
    along = [np.mean(values[:, :-r] * values[:, r:]) for r in range(1, 17)]
    across = [np.mean(values[:-r] * values[r:]) for r in range(1, 17)]
    assert found.difference == pytest.approx(np.mean(along) - np.mean(across))
    thick = image(blobs((144, 144), 12.0))
    assert measure_direction(thick, 32).lags in (32, 23)  # of the axes, of the diagonals


def test_isotropic_images_are_seldom_called_anisotropic():
    images = [image(part(seed=seed)) for seed in range(60)]
    share = np.mean([measure_direction(one, 4).significant for one in images])
    # 5 % on average; more than 9 of 60 come by chance once in a thousand times
    assert share <= 9 / 60


def test_edges():
    assert measure_edges(image(blobs(sigma=3))).periodic is True
    assert measure_edges(image(part(3))).periodic is False
    noise = np.random.default_rng(0).integers(0, 2, (32, 32))
    assert measure_edges(image(noise)).periodic is None
    wrong = mcr.check(image(part(3), periodic=True))["edges"]
    assert wrong.level == "problem"
    assert "given as periodic" in wrong.text
    assert mcr.check(image(blobs(sigma=3), periodic=True))["edges"].level == "ok"


def test_a_frame_is_noted_unless_it_is_masked():
    values = part()
    values[-6:] = 1
    found = mcr.check(image(values))["edges"]
    assert (found.level, found.numbers["frame"]) == ("note", 6)
    assert "6 rows or columns at the lower edge" in found.text
    mask = np.ones(values.shape, bool)
    mask[-6:] = False
    masked = mcr.check(image(values, mask=mask))
    assert masked["edges"].numbers["frame"] == 0
    assert masked["mask"].numbers == {"masked": pytest.approx(6 / 64), "touches_edge": True}


def test_specks():
    values = part(3)
    clean = mcr.check(image(values))["specks"].numbers["single_pixels"]
    inside = gaussian_filter(values.astype(float), 2) > 0.99
    y, x = np.argwhere(inside)[0]
    values[y, x] = 0
    found = mcr.check(image(values))["specks"]
    assert found.numbers["single_pixels"] == clean + 1
    noisy = np.where(np.random.default_rng(0).random(values.shape) < 0.02, 1 - values, values)
    assert mcr.check(image(noisy))["specks"].level == "note"


def test_features_of_squares():
    """A checkerboard of squares has chords of their edge."""
    squares = np.kron(np.indices((30, 30)).sum(0) % 2, np.ones((5, 5), int))
    found = measure_features(image(squares))
    assert found.chords == pytest.approx((5, 5), rel=0.04)  # 29 ends in 149 steps
    assert found.reach <= 5


def test_reach_of_thick_features(monkeypatch):
    """Longer lags are looked at where short ones do not do."""
    thick = image(blobs((96, 96), 6.0, mode="reflect"))
    every = measure_features(thick)
    assert every.reach > 8
    monkeypatch.setattr("mcr_core.checks.features._NEAR", 8)
    assert measure_features(thick) == every


def test_limits_and_features():
    coarse = image(blobs((96, 96), 4.0))
    short, long = (mcr.check(coarse, limit_to=limit)["features"] for limit in (4, 24))
    assert "on coarser levels" in short.text
    assert "reaches that far" in long.text
    small = mcr.check(image(part()[:20, :20]), limit_to=16)["features"]
    assert small.level == "problem"
    assert "it needs 31" in small.text


def test_advice_is_what_match_takes_by_itself():
    thin = mcr.check(image(np.random.default_rng(0).random((64, 64)) < 0.4))["advice"]
    assert thin.text == "Take the preset balanced, as auto does."
    assert thin.command == "mcr match IMAGE -o result.tif --preset balanced --shape 64 64 64"
    wide = mcr.check(image(blobs((96, 40), 4.0)))["advice"]
    assert "the preset faithful goes to 12, and takes eight to ten times as long" in wide.text
    assert wide.command.endswith("--preset balanced --shape 40 40 40")
    small = mcr.check(image(blobs((15, 15), 4.0)))["advice"]  # faithful would be cut to 8, too
    assert "faithful" not in small.text


def test_advice_of_what_match_refuses():
    one = image(part((1.2, 5.0)))
    advice = mcr.check(one)["advice"]
    assert advice.command.endswith("--symmetry cubic")
    with pytest.raises(InputError, match="the image is anisotropic, "):
        mcr.match_iter(one, (64, 64, 64))
    mcr.match_iter(one, (64, 64, 64), preset="balanced", symmetry="cubic")
    oblong = mcr.check(image(part(), voxel_size=(1, 2)))["advice"]
    assert oblong.text.endswith("A volume needs pixels of equal edges: resample the image first.")
    assert "--shape" not in oblong.command


def test_longer_lags_fit_the_image():
    one = image(blobs((32, 32), 3.0, seed=1)[:16, :16])
    found = mcr.check(one, limit_to=2)["features"]
    assert found.numbers["correlated_up_to"] == 8  # half of the extent
    assert found.command == "-d two_point:limit_to=8"
    mcr.match_iter(one, descriptors=[TwoPoint(limit_to=8)])
    with pytest.raises(InputError, match="needs planes of at least 17 pixels"):
        mcr.match_iter(one, descriptors=[TwoPoint(limit_to=9)])


def test_findings_have_no_words_of_one_interface():
    values = part((1.2, 5.0))
    values[-6:] = 1
    noisy = np.where(np.random.default_rng(0).random((64, 64)) < 0.02, 1 - values, values)
    checks = [
        mcr.check(image(blobs(sigma=3))),
        mcr.check(image(part(3), periodic=True)),
        mcr.check(image(values)),
        mcr.check(image(noisy)),
        mcr.check(image(blobs((96, 96), 4.0)), limit_to=2),
        not_segmented("expected at most 16 phases"),
    ]
    commands = " ".join(str(found) for found in checks)
    for word in ("--periodic", "--open", "--mask", "--symmetry", "--threshold", "mcr smooth"):
        assert word in commands
    for found in checks:
        for finding in found.findings:
            assert not re.search(r"--|mcr |-d |IMAGE", finding.text), finding.text
