"""Errors a person can act on: each says what was expected, what came and what to do."""

from __future__ import annotations


class McrError(Exception):
    """Base of every error raised on purpose by `mcr_core`.

    Args:
        text: what is wrong, for any interface.
        command: what to do about it on the command line, where other interfaces have other words.

    Attributes:
        text: see there.
        command: see there; empty where the text says it all.
    """

    exit_code = 3

    def __init__(self, text: str = "", *, command: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.command = command

    def __str__(self) -> str:
        return with_command(self.text, self.command)


class InputError(McrError):
    """The input cannot be used as it is: a wrong value, shape, file or combination."""

    exit_code = 2


class GreyImageError(InputError):
    """More distinct values than an image of phases has: it is to be segmented first."""


class OptionError(InputError):
    """An unknown name or option, or an option with a value outside of its bounds."""


class FileFormatError(InputError):
    """A file that is truncated, foreign, of a newer version or of a format that is not read."""


class NewerFormatError(FileFormatError):
    """A file of a newer format version: this software is too old for it."""


class MissingPluginError(InputError):
    """A plugin that a specification names is not installed, or fails to load."""


class RunError(McrError):
    """A run that was started well and failed on the way."""


class RemoteError(RunError):
    """The child process that computes has died, is stuck or speaks another protocol version."""


def with_command(text: str, command: str) -> str:
    """Return a text, and what it means on the command line where that is something."""
    return f"{text} → {command}" if command else text
