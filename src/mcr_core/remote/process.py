"""A running child and the pipes to it; nothing here ever blocks its caller."""

from __future__ import annotations

import collections
import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import BinaryIO

from mcr_core.errors import RemoteError
from mcr_core.remote.frames import PROTOCOL, Frame, encode, read

#: `-P`: a file named like a library in the user's folder must not be imported instead of it.
COMMAND = (sys.executable, "-P", "-m", "mcr_core.remote")


class ChildProcess:
    """One child, from its start to its end.

    Three threads serve the pipes: a frame larger than a pipe's buffer, or a child that hangs, does
    not hold up the caller. They end with the child.

    Attributes:
        frames: what the child sent, and at last the `RemoteError` that says why no more will come.

    Args:
        command: what to start.

    Raises:
        RemoteError: it cannot be started.
    """

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self.frames: queue.SimpleQueue[Frame | RemoteError] = queue.SimpleQueue()
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._last_words: collections.deque[str] = collections.deque(maxlen=20)
        try:
            # A process group of its own: Ctrl-C in the terminal of the parent is not for the child,
            # and `kill` reaches what the child has started. No session of its own: Linux shares the
            # cores between sessions, and how nice the child is would not count.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                process_group=0,
            )
        except OSError as error:
            raise RemoteError(f"the child process cannot be started: {error}") from None
        self._hears, gives, takes = (
            threading.Thread(target=target, name=f"mcr-child-{target.__name__}", daemon=True)
            for target in (self._hear, self._give_frames, self._take_frames)
        )
        # In this order: a child may die before the next line, and `_take_frames` then waits for the
        # last words that `_hear` takes down.
        self._threads = (self._hears, gives, takes)
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def send(self, frame: Frame) -> None:
        """Hand a frame to the child; should it be dead, `frames` tells."""
        self._outgoing.put(encode(frame))

    def kill(self) -> None:
        """End the child at once, and what it has started."""
        if not self.is_alive:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self.pid, signal.SIGKILL)
        self._process.kill()

    def close(self) -> None:
        """End the child and everything that serves it; may be called twice."""
        self.kill()
        self._outgoing.put(None)
        with contextlib.suppress(subprocess.TimeoutExpired):
            # Limited: what hangs in a driver cannot be killed.
            self._process.wait(timeout=5)
        for thread in self._threads:
            # Limited: a process that the child has started and hidden may hold a pipe open.
            thread.join(timeout=5)

    def _take_frames(self) -> None:
        stream = _pipe(self._process.stdout)
        refusal = None
        try:
            refusal = _refusal(read(stream))
            while refusal is None and (frame := read(stream)) is not None:
                self.frames.put(frame)
            reason = "the child process that computes has closed its pipe"
        except (RemoteError, OSError) as error:
            reason = str(error)
        # A child that dies breaks its stream, too, and then its death is what to report. One that
        # lives on is of no use: what cannot be understood will not get better.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=0.5)
        lives = self.is_alive
        self.kill()
        self._process.wait()
        self._hears.join(timeout=1)
        stream.close()
        self._outgoing.put(None)
        self.frames.put(RemoteError(refusal or (reason if lives else self._obituary())))

    def _give_frames(self) -> None:
        stream = _pipe(self._process.stdin)
        # The end of the child breaks the pipe; `_take_frames` reports it.
        with contextlib.suppress(OSError):
            while (data := self._outgoing.get()) is not None:
                stream.write(data)
                stream.flush()
        with contextlib.suppress(OSError):
            stream.close()

    def _hear(self) -> None:
        with _pipe(self._process.stderr) as stream:
            for line in stream:
                self._last_words.append(line.decode(errors="replace").rstrip())

    def _obituary(self) -> str:
        code = self._process.returncode
        if code >= 0:
            how = f"ended unexpectedly with exit code {code}"
        elif -code == getattr(signal, "SIGKILL", None):
            how = "was killed, maybe the system ran out of memory: try a smaller shape"
        else:
            try:
                how = f"crashed ({signal.Signals(-code).name})"
            except ValueError:
                how = f"was ended by the signal {-code}"
        words = [line for line in self._last_words if line.strip()]
        last = f"; its last words: {words[-1]}" if words and code != -9 else ""
        return f"the child process that computes {how}{last}"


def _refusal(greeting: Frame | None) -> str | None:
    """Why the first frame of a child is not accepted; a stream that is empty speaks for itself."""
    if greeting is None:
        return None
    found = greeting.message.get("protocol")
    if greeting.message.get("event") == "hello" and found == PROTOCOL:
        return None
    return (
        f"the child process speaks protocol version {found}, expected {PROTOCOL}: "
        "napari-mcr was changed while this program was running; restart it"
    )


def _pipe(stream: object) -> BinaryIO:
    """The pipes of `Popen`, which are there because they were asked for."""
    return stream  # type: ignore[return-value]
