"""`python -m mcr_core.remote`: the child process; started by `mcr_core.remote.Client`."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

from mcr_core.remote.priority import be_nice


def main() -> NoReturn:
    """Take the two pipes for the frames and serve."""
    # Ctrl-C in the terminal of the parent is for the parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    be_nice()
    commands = os.fdopen(os.dup(0), "rb")
    events = os.fdopen(os.dup(1), "wb")
    # What libraries print goes to stderr, also from C; what they read is nothing.
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

    from mcr_core.remote.server import Server

    Server(commands, events).serve()


if __name__ == "__main__":
    main()
