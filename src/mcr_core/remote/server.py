"""The child: takes jobs from its parent, runs one after the other, sends events."""

from __future__ import annotations

import os
import queue
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from mcr_core.errors import McrError, RemoteError
from mcr_core.remote.frames import PROTOCOL, Frame, encode, read
from mcr_core.remote.outbox import Outbox
from mcr_core.remote.priority import stand_back

if TYPE_CHECKING:
    from mcr_core.job import Job
    from mcr_core.recording import Recorder

#: A preview may take this share of the time of a run at most.
_PREVIEW_SHARE = 0.1


class Server:
    """Reads commands in a thread of its own and computes in the main thread.

    TensorFlow stays in the main thread. The reading thread answers at once, whatever is being
    computed: it pauses, stops and discards runs, and ends the process when the parent is gone.

    Args:
        commands: bytes from the parent.
        events: bytes to the parent.
    """

    def __init__(self, commands: BinaryIO, events: BinaryIO) -> None:
        self._commands = commands
        self._events = events
        self._outbox = Outbox(self._write)
        self._work: queue.Queue[Mapping[str, Any]] = queue.Queue()
        self._control = threading.Condition()
        self._run: Any = None
        self._paused: set[int] = set()
        self._stopped: set[int] = set()
        self._discarded: set[int] = set()

    def serve(self) -> NoReturn:
        """Serve until the parent is gone."""
        try:
            package = version("napari-mcr")
        except PackageNotFoundError:
            package = "unknown"
        self._write(encode(Frame({"event": "hello", "protocol": PROTOCOL, "version": package})))
        threading.Thread(target=self._listen, name="mcr-commands", daemon=True).start()
        while True:
            command = self._work.get()
            job = command.get("job")
            try:
                if command["command"] == "describe":
                    self._describe()
                elif command["command"] == "ask":
                    self._answer(command["job"], command["verb"], command["arguments"])
                else:
                    self._perform(
                        command["job"],
                        command["content"],
                        command["interval"],
                        command.get("record"),
                    )
            except McrError as error:
                self._outbox.error(
                    job, type(error).__name__, error.text, error.exit_code, command=error.command
                )
            except Exception as error:  # noqa: BLE001 - every failure must reach the parent
                self._outbox.error(job, "RunError", _one_line(error), 3, traceback.format_exc())

    def _describe(self) -> None:
        from mcr_core.remote.description import describe

        self._outbox.describe(describe())

    def _answer(self, job: int, verb: str, arguments: Mapping[str, Any]) -> None:
        from mcr_core.remote.verbs import perform

        reply = perform(verb, arguments)
        if job in self._discarded:
            self._outbox.discarded(job)
        else:
            self._outbox.answer(job, reply.content, reply.microstructure)

    def _perform(
        self,
        job: int,
        content: Mapping[str, Any],
        interval: float,
        record: Mapping[str, Any] | None,
    ) -> None:
        from mcr_core.job import Job

        parsed = Job.parse(content)
        run = parsed.start()
        resolved: Job | None = None
        recorder = None
        if record is not None:
            resolved = parsed.resolved()
            recorder = _recorder(record, resolved, run.note)
        with self._control:
            self._run = (job, run)
            if job in self._stopped:
                run.stop()
        try:
            told = 0
            next_preview = time.monotonic()
            for state in run:
                if job in self._discarded:
                    break
                if recorder is not None:
                    recorder.add(state, now=job in self._paused)
                for text in run.notes[told:]:
                    self._outbox.note(job, text)
                told = len(run.notes)
                began = time.monotonic()
                preview = (
                    state.phase == "running"
                    and state.has_microstructure
                    and (began >= next_preview or job in self._paused)
                    and self._outbox.takes_preview
                )
                self._outbox.post(job, state, preview)
                if preview:
                    took = time.monotonic() - began
                    next_preview = began + max(interval, took / _PREVIEW_SHARE)
                self._rest(job)
        finally:
            run.close()
            with self._control:
                self._run = None
        if job in self._discarded:
            if recorder is not None:
                recorder.discard()
            self._outbox.discarded(job)
            return
        if recorder is not None:
            recorder.end(run.result)
            for text in run.notes[told:]:
                self._outbox.note(job, text)
        # Not before the run without need: it reads the images once more.
        resolved = resolved or parsed.resolved()
        self._outbox.result(job, run.result, resolved.to_json())

    def _rest(self, job: int) -> None:
        """Wait while the run is paused; to stop or to discard it ends the pause, too."""
        with self._control:
            if not self._is_resting(job):
                return
            self._outbox.paused(job)
            self._control.wait_for(lambda: not self._is_resting(job))

    def _is_resting(self, job: int) -> bool:
        return job in self._paused and job not in self._stopped | self._discarded

    def _listen(self) -> NoReturn:
        try:
            while (frame := read(self._commands)) is not None:
                self._obey(frame.message)
        except (RemoteError, KeyError, TypeError, ValueError) as error:
            text = f"the child process got a command that it does not know: {error}"
            self._outbox.error(None, "RemoteError", text, 3)
            os._exit(1)
        except OSError:
            # The pipe is broken: there is nobody left to tell.
            os._exit(0)
        # At once, in the middle of whatever TensorFlow computes: nobody waits for it any more.
        os._exit(0)

    def _obey(self, message: Mapping[str, Any]) -> None:
        command = message["command"]
        if command == "ack":
            self._outbox.acknowledge()
        elif command == "describe":
            self._work.put(message)
        elif command in ("run", "ask"):
            self._work.put({**message, "job": int(message["job"])})
        elif command in ("pause", "resume", "stop", "discard"):
            with self._control:
                self._steer(command, int(message["job"]))
                self._control.notify_all()
        elif command == "stand_back":
            stand_back()
        elif command == "shutdown":
            os._exit(0)
        else:
            raise ValueError(f"{command!r}")

    def _steer(self, command: str, job: int) -> None:
        if command == "pause":
            self._paused.add(job)
        elif command == "resume":
            self._paused.discard(job)
        elif command == "discard":
            self._discarded.add(job)
        else:
            self._stopped.add(job)
            if self._run is not None and self._run[0] == job:
                self._run[1].stop()

    def _write(self, data: bytes) -> None:
        try:
            self._events.write(data)
            self._events.flush()
        except OSError:
            os._exit(0)


def _recorder(record: Mapping[str, Any], job: Job, note: Callable[[str], None]) -> Recorder:
    from mcr_core.recording import Recorder

    options = {name: record[name] for name in ("name", "seconds", "about") if name in record}
    return Recorder(record["file"], job, note=note, **options)


def _one_line(error: BaseException) -> str:
    """Name what failed; a TensorFlow that is missing is a matter of installation."""
    if isinstance(error, ImportError) and (error.name or "").split(".")[0] in (
        "tensorflow",
        "keras",
    ):
        return (
            f"TensorFlow cannot be loaded ({error}): install it in the environment of napari, "
            "for example by: python -m pip install --upgrade napari-mcr"
        )
    text = str(error).strip().split("\n", 1)[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
