"""Errors in the words of the docks."""

import numpy as np
import pytest

from mcr_core import Microstructure, match_iter
from mcr_core.characterization import DirectionFinding
from mcr_core.errors import InputError
from mcr_core.targets.symmetry import check_symmetry
from napari_mcr.forms.in_docks import in_docks, told

LONGER = DirectionFinding(
    phase="pore", longer="X", shorter="Y", difference=0.03, error=0.008, lags=8, significant=True
)


@pytest.mark.parametrize("symmetry", ["auto", "transverse:z"])
def test_what_an_error_says_to_do_is_said_in_words_of_the_docks(symmetry):
    with pytest.raises(InputError) as caught:
        check_symmetry(symmetry, (1.0, 1.0), LONGER, directional=False)
    words = "Reconstruct: from orthogonal slices, or Reconstruct, Advanced: symmetry cubic"
    assert told(caught.value) == f"{caught.value.text} → {words}"
    for foreign in ("--", "mcr "):
        assert foreign not in told(caught.value)
        assert foreign in str(caught.value)


def lines(axis):
    image = np.zeros((64, 64), np.uint8)
    image[::4] = image[1::4] = 1
    return Microstructure.from_array(image if axis == 0 else image.T, periodic=True)


def slices_that_disagree():
    planes = {"xy": lines(0), "xz": lines(1), "yz": "as:xz"}
    return match_iter(**planes, shape=(16, 16, 16), descriptors=["two_point"])


def a_plane_that_is_missing():
    return match_iter(xy=lines(0), xz=lines(0), shape=(16, 16, 16))


def a_descriptor_without_a_gradient():
    return match_iter(lines(0), shape=(16, 16), descriptors=["chord_lengths"])


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (slices_that_disagree, "Reconstruct: tick merge slices that disagree"),
        (a_plane_that_is_missing, "Reconstruct: choose for that plane the one that it is like"),
        (
            a_descriptor_without_a_gradient,
            "Reconstruct: preset own terms, untick the descriptor",
        ),
    ],
)
def test_what_refuses_a_run_says_where_to_do_something_about_it(refused, words):
    with pytest.raises(InputError) as caught:
        list(refused())
    assert told(caught.value) == f"{caught.value.text} → {words}"
    assert "--" not in told(caught.value)


def test_numbers_are_filled_in():
    assert in_docks("--preset fast", {"preset": "fast"}) == ["Reconstruct: preset fast"]


def test_an_error_that_says_it_all_is_left_as_it_is():
    assert told(InputError("a file is missing")) == "a file is missing"
