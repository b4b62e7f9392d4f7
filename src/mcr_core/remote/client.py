"""The parent's side: sends jobs to a warm child and hands out its events."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from mcr_core.errors import MissingPluginError, RemoteError
from mcr_core.remote.events import (
    Answer,
    Description,
    Discarded,
    Event,
    Failure,
    Result,
    State,
    parse,
)
from mcr_core.remote.frames import Frame
from mcr_core.remote.process import COMMAND, ChildProcess

if TYPE_CHECKING:
    from mcr_core.job import Job
    from mcr_core.registry import Registry


class Client:
    """Runs jobs in a child process; knows neither TensorFlow nor Qt.

    The child starts with the first command and stays for the next job. When it dies, whatever was
    asked of it gets a `Failure`, and the next command starts a new one. Nothing here waits, except
    for `wait` and `run_job`. For use in one thread.

    Args:
        preview_interval: seconds between two previews, at least.
        command: how the child is started.
    """

    def __init__(self, *, preview_interval: float = 1.0, command: Sequence[str] = COMMAND) -> None:
        self._interval = preview_interval
        self._command = tuple(command)
        self._child: ChildProcess | None = None
        self._finalizer: weakref.finalize[..., Any] | None = None
        self._numbers = itertools.count(1)
        self._jobs: list[int] = []
        self._describing = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Number of the child process; None where there is none."""
        return self._child.pid if self._child is not None and self._child.is_alive else None

    @property
    def is_busy(self) -> bool:
        """Whether a job has not ended yet."""
        return bool(self._jobs)

    def describe(self) -> None:
        """Ask for a `Description`."""
        self._send({"command": "describe"})
        self._describing = True

    def run(self, job: Job | Mapping[str, Any], record: Mapping[str, Any] | None = None) -> int:
        """Send a job and return its number, which its events carry.

        Args:
            job: what to run.
            record: how the child records it (see `mcr_core.Recorder`), as JSON data: `file`, and
                perhaps `seconds`, `name` and `about`. The file stays when the child dies, is
                deleted when the run is discarded, and holds the result after that.

        Raises:
            MissingPluginError: the job names a plugin that is registered in this process only.
            RemoteError: the child cannot be started.
        """
        content = dict(job) if isinstance(job, Mapping) else job.to_json()
        _require_installed(content)
        number = next(self._numbers)
        command = {"command": "run", "job": number, "content": content, "interval": self._interval}
        self._send(command if record is None else {**command, "record": dict(record)})
        self._jobs.append(number)
        return number

    def ask(self, verb: str, **arguments: Any) -> int:
        """Ask for a verb and return its number; its `Answer` follows.

        Args:
            verb: a name of `mcr_core.remote.verbs.VERBS`.
            arguments: JSON data, as that verb takes it.

        Raises:
            RemoteError: the child cannot be started.
        """
        number = next(self._numbers)
        self._send({"command": "ask", "job": number, "verb": verb, "arguments": arguments})
        self._jobs.append(number)
        return number

    def pause(self) -> None:
        """Let the current job rest after its next state; `Paused` follows when it does."""
        self._command_job("pause")

    def resume(self) -> None:
        """Let a job that rests go on."""
        self._command_job("resume")

    def stop(self) -> None:
        """End the current job early but well: its `Result` follows."""
        self._command_job("stop")

    def discard(self) -> None:
        """End the current job without a result: `Discarded` follows.

        It comes with the next state of the run. A child that computes on for too long can be
        killed: see `kill`.
        """
        self._command_job("discard")

    def stand_back(self) -> None:
        """Let the child compute only while nobody else wants its cores, from now on.

        Linux only; elsewhere the child stays as nice as it is. Other programs that take all cores
        then hold the run up, so this is for a parent that needs the cores itself, now and then.
        """
        if self._child is not None:
            self._child.send(Frame({"command": "stand_back"}))

    def poll(self) -> list[Event]:
        """Return what has arrived since the last call; never waits."""
        events: list[Event] = []
        while self._child is not None and not self._child.frames.empty():
            events += self._take(self._child.frames.get())
        return events

    def wait(self) -> list[Event]:
        """Return the next events; waits for one if anything was asked for."""
        while self._child is not None and (self._jobs or self._describing):
            events = self._take(self._child.frames.get())
            if events:
                return events + self.poll()
        return self.poll()

    def kill(self) -> None:
        """End the child at once; a job that was running gets a `Failure`."""
        if self._child is not None:
            self._child.kill()

    def close(self) -> None:
        """End the child and all that serves it, without any further event."""
        if self._finalizer is not None:
            self._finalizer()
        self._child = None
        self._jobs.clear()
        self._describing = False

    def run_job(self, job: Job | Mapping[str, Any]) -> Iterator[Event]:
        """Run one job and yield its events, up to its `Result`, `Discarded` or `Failure`."""
        number = self.run(job)
        while number in self._jobs:
            for event in self.wait():
                if getattr(event, "job", None) == number:
                    yield event

    def _command_job(self, command: str) -> None:
        if self._jobs and self._child is not None:
            self._child.send(Frame({"command": command, "job": self._jobs[0]}))

    def _send(self, message: Mapping[str, Any]) -> None:
        frame = Frame(message)
        if self._child is not None and not self._child.is_alive and not self.is_busy:
            # It died while idle: nobody needs to know.
            self.close()
        if self._child is None:
            self._child = ChildProcess(self._command)
            # For users who forget to close, and for the end of the interpreter.
            self._finalizer = weakref.finalize(self, self._child.close)
        self._child.send(frame)

    def _take(self, received: Frame | RemoteError) -> list[Event]:
        if isinstance(received, RemoteError):
            return self._bury(received)
        try:
            event = parse(received)
        except RemoteError as error:
            return self._bury(error)
        if isinstance(event, State) and self._child is not None:
            self._child.send(Frame({"command": "ack"}))
        if isinstance(event, Description):
            self._describing = False
        if isinstance(event, (Result, Answer, Discarded, Failure)):
            if event.job is None:
                self._describing = False
            elif event.job in self._jobs:
                self._jobs.remove(event.job)
        return [event]

    def _bury(self, error: RemoteError) -> list[Event]:
        """Turn the end of the child into failures of all that was asked of it."""
        concerned: list[int | None] = [*self._jobs, *([None] if self._describing else [])]
        self.close()
        return [Failure(job, error) for job in concerned]


def _require_installed(content: Mapping[str, Any]) -> None:
    """Refuse plugins that this process knows and another one cannot find."""
    from mcr_core.descriptors import registry as descriptors
    from mcr_core.losses import registry as losses
    from mcr_core.optimizers import registry as optimizers
    from mcr_core.starts import registry as starts

    settings = content.get("settings") or {}
    asked: list[tuple[Registry[Any], Any]] = [
        (losses, settings.get("loss")),
        (optimizers, settings.get("optimizer")),
        (starts, settings.get("start")),
    ]
    for term in content.get("terms") or ():
        weighted = isinstance(term, Mapping) and "descriptor" in term
        asked.append((descriptors, term["descriptor"] if weighted else term))
    for registry, spec in asked:
        name = spec.get("name") if isinstance(spec, Mapping) else spec
        if name in registry.names() and not registry.is_installed(name):
            raise MissingPluginError(
                f"the {registry.kind} {name!r} is registered in this process only and does not "
                f"exist in the child process that computes: put it into an installed package with "
                f"an entry point in the group {registry.group!r}, or run the job in this process"
            )
