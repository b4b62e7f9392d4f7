"""Which lags maps show."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.figures.lag_maps import shown_lags


@pytest.mark.parametrize(
    ("extent", "lags"),
    [((30, 12), (10, 4)), ((31, 14), (10, 4)), ((2, 5), (1, 1)), ((1, 9), (0, 3))],
)
def test_open_images_show_lags_up_to_a_third(extent, lags):
    rows, columns = (2 * n - 1 for n in extent)
    down, across = np.indices((rows, columns))
    maps = np.stack([down - rows // 2, across - columns // 2])
    shown, which = shown_lags(maps, periodic=False)
    assert which == "at lags up to a third of the extent"
    assert shown.shape == (2, 2 * lags[0] + 1, 2 * lags[1] + 1)
    for of_axis, furthest in zip(shown, lags, strict=True):
        assert (of_axis.min(), of_axis.max()) == (-furthest, furthest)


def test_periodic_images_show_all_lags():
    s2 = np.arange(30.0).reshape(1, 5, 6)
    shown, which = shown_lags(s2, periodic=True)
    np.testing.assert_array_equal(shown, s2)
    assert which == "at all lags"


def test_the_title_says_which():
    labels = np.kron(np.eye(4, dtype=int), np.ones((3, 3), int))
    for periodic, words in ((True, "at all lags"), (False, "at lags up to a third of the extent")):
        image = mcr.Microstructure.from_array(labels, periodic=periodic)
        figure = mcr.view(mcr.characterize(image, ["volume_fractions"]))
        assert figure.axes[1].get_title(loc="left") == f"S₂ {words}\nphase 1"
