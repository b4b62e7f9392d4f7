"""What errors say to people and to programs."""

import copy

import pytest

from mcr_core.errors import InputError, McrError


@pytest.mark.parametrize(
    ("error", "text"),
    [(InputError("wrong"), "wrong"), (InputError("wrong", command="--do"), "wrong → --do")],
)
def test_what_to_do_on_the_command_line_follows_the_text(error, text):
    assert str(error) == text
    assert error.text == "wrong"
    assert isinstance(error, McrError)
    again = copy.copy(error)
    assert (str(again), again.command) == (text, error.command)
