"""How much memory a reconstruction takes, said before it starts."""

import pytest

from mcr_core import memory
from mcr_core.errors import InputError
from mcr_core.memory import check_memory, estimate_memory
from mcr_core.settings import Settings
from mcr_core.term import as_terms

TERMS = as_terms(None)


def test_estimate_grows_with_what_it_depends_on():
    small = estimate_memory(TERMS, (64, 64, 64), Settings(), 2)
    assert small > 2**29  # TensorFlow itself
    assert estimate_memory(TERMS, (128, 128, 128), Settings(), 2) > small
    assert estimate_memory(TERMS, (64, 64, 64), Settings(), 3) > small
    assert estimate_memory(TERMS, (64, 64, 64), Settings(dtype="float64"), 2) > small
    assert estimate_memory(TERMS, (64, 64, 64), Settings(optimizer="adam"), 2) < small
    larger = as_terms([{"name": "correlations", "options": {"limit_to": 16}}])
    assert estimate_memory(larger, (64, 64, 64), Settings(), 2) > small


def test_a_cube_of_4000_does_not_fit():
    with pytest.raises(
        InputError,
        match=r"a result of shape \(4000, 4000, 4000\) needs about \d\d TB, this machine has "
        r".* GB: choose a smaller shape, fewer phases or the optimizer adam$",
    ):
        check_memory(TERMS, (4000, 4000, 4000), Settings(), 2)


def test_limit_of_the_settings():
    settings = Settings(memory="2GB")
    check_memory(TERMS, (64, 64, 64), settings, 2)
    with pytest.raises(InputError, match=r"--memory .* allows 2 GB: choose a smaller shape.*more$"):
        check_memory(TERMS, (400, 400, 400), settings, 2)
    with pytest.raises(InputError, match=r"allows 5 MB: allow more, TensorFlow alone"):
        check_memory(TERMS, (24, 24), Settings(memory="5MB"), 2)


def test_the_setting_wins_over_the_machine(monkeypatch):
    monkeypatch.setattr(memory, "physical_memory", lambda: 2**20)
    check_memory(TERMS, (24, 24), Settings(memory="8GB"), 2)
    with pytest.raises(InputError, match=r"this machine has 1 MB"):
        check_memory(TERMS, (24, 24), Settings(), 2)


def test_a_machine_that_does_not_tell(monkeypatch):
    monkeypatch.setattr(memory, "physical_memory", lambda: None)
    check_memory(TERMS, (4000, 4000, 4000), Settings(), 2)


def test_huge_numbers_are_no_overflow():
    with pytest.raises(InputError, match="needs about"):
        check_memory(TERMS, (2**31 - 1,) * 3, Settings(), 16)
