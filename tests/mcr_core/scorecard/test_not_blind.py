"""The scorecard finds what is wrong, in the right row, and lets true samples pass."""

import numpy as np
import pytest
from scipy import ndimage
from threadpoolctl import ThreadpoolController

from mcr_core.microstructure import Microstructure
from mcr_core.scorecard.clusters import percolation
from mcr_core.scorecard.same_dimension import rows_of_windows
from mcr_core.scorecard.samples import LOCAL, PRESCRIBED, TRANSPORT


@pytest.fixture(autouse=True)
def one_thread():
    """As `score` does: threads of BLAS would wait for each other on a busy machine."""
    with ThreadpoolController().limit(limits=1, user_api="blas"):
        yield


@pytest.fixture(scope="module")
def good(media):
    return {name: draw((48,) * 3, 23) for name, draw in media.items()}


def failed(labels, truth, transport=(percolation,)):
    """Names of the statistics that are off, and the rows; the null model does not matter here."""
    rows, _ = rows_of_windows(
        Microstructure.from_array(labels),
        truth.labels[:24, :24, :24],
        truth,
        (*PRESCRIBED, *LOCAL, *transport),
        limit_to=5,
        phases=("phase 0", "phase 1"),
        compared_with="truth",
    )
    assert all(row.judged for row in rows)
    return {row.statistic for row in rows if row.verdict in ("off", "far off")}, rows


def passed(rows):
    return [row for row in rows if row.verdict == "within scatter"]


@pytest.mark.parametrize("medium", ["gaussian", "spheres"])
def test_true_subvolumes_pass(medium, media):
    large = media[medium]((48, 48, 48), 31)
    truth = Microstructure.from_array(large)
    rows = []
    for corner in (0, 16):
        part = large[corner : corner + 24, 10:34, 5:29]
        rows += failed(part, truth, TRANSPORT)[1]
    assert {row.statistic for row in rows} >= {"diffusivity", "percolation", "S3"}
    assert len(passed(rows)) >= 0.9 * len(rows)


@pytest.mark.parametrize("medium", ["gaussian", "spheres"])
def test_an_independent_sample_passes(medium, good, truths):
    _, rows = failed(good[medium], truths[medium])
    assert len(passed(rows)) >= 0.9 * len(rows)
    assert not [row for row in rows if row.verdict == "far off"]


@pytest.mark.parametrize("medium", ["gaussian", "spheres"])
def test_flipped_voxels(medium, good, truths):
    """1 % at random: single voxels in both phases, where none were."""
    flips = np.random.default_rng(0).random(good[medium].shape) < 0.01
    names, rows = failed(good[medium] ^ flips, truths[medium])
    assert names >= {"Euler number", "chord lengths"}
    assert not names & {"fraction", "S3", "largest cluster"}
    euler = [row for row in rows if row.statistic == "Euler number"]
    assert all(row.verdict == "far off" for row in euler)


def test_large_features(media, truths):
    """All lengths 20 % larger: the surface is a sixth less."""
    large = ndimage.zoom(media["gaussian"]((40,) * 3, 29), 1.2, order=0)
    names, rows = failed(large, truths["gaussian"])
    assert names >= {"S2", "surface", "chord lengths", "local thickness"}
    assert "fraction" not in names
    (area,) = (row for row in rows if row.statistic == "surface")
    assert area.result / area.reference == pytest.approx(1 / 1.2, abs=0.05)


def test_a_wrong_fraction(media, truths):
    names, rows = failed(media["gaussian"]((48,) * 3, 23, fraction=0.45), truths["gaussian"])
    assert "fraction" in names
    (row,) = (row for row in rows if row.statistic == "fraction")
    assert (row.result, row.reference) == pytest.approx((0.45, 0.35), abs=1e-4)


@pytest.mark.parametrize("medium", ["gaussian", "spheres"])
def test_smoothed_too_far(medium, good, truths):
    """Rounded at constant fraction: small features and rough surface are gone."""
    labels = good[medium]
    soft = ndimage.gaussian_filter(labels.astype(float), 2.0, mode="wrap")
    smooth = (soft > np.quantile(soft, 1 - labels.mean())).astype(np.uint8)
    names, _ = failed(smooth, truths[medium])
    assert names >= {"surface", "chord lengths", "S2"}
    assert "fraction" not in names
