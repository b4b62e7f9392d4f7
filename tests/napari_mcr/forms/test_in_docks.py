"""Errors in the words of the docks."""

import pytest

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


def test_numbers_are_filled_in():
    assert in_docks("--preset fast", {"preset": "fast"}) == ["Reconstruct: preset fast"]


def test_an_error_that_says_it_all_is_left_as_it_is():
    assert told(InputError("a file is missing")) == "a file is missing"
