"""One of the two programs, in a process of its own that is asked for one measurement at a time.

Standard library only: the peer's interpreter reads this file, too. A child is started with a task
as JSON. It answers in lines `RESULT {json}`, first when it is ready, then one for every line it
is sent; all else that it prints is its log.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from measurement import Stopwatch, peak_memory

_MARK = "RESULT "
FOLDER = Path(__file__).parent


class Side:
    """A child process.

    Args:
        python: its interpreter.
        script: a file of this folder.
        task: what it is to do, as JSON data.
    """

    def __init__(self, python: str | Path, script: str, task: Mapping[str, Any]) -> None:
        self._name = script
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed in __exit__
        self._process = subprocess.Popen(
            [str(python), str(FOLDER / script), json.dumps(task)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
            text=True,
        )
        self._log: deque[str] = deque(maxlen=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._process.kill()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def answer(self) -> dict[str, Any]:
        """Wait for the next answer."""
        for line in self._process.stdout:
            if line.startswith(_MARK):
                return json.loads(line.removeprefix(_MARK))
            self._log.append(line)
        code = self._process.wait()
        self._errors.seek(0)
        log = "".join(self._log) + self._errors.read()[-3000:]
        sys.exit(f"{log}\n{self._name} ended with exit code {code}: see above")

    def ask(self) -> dict[str, Any]:
        """Ask for one more measurement and return it."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write("again\n")
            self._process.stdin.flush()
        return self.answer()


def only_answer(python: str | Path, script: str, task: Mapping[str, Any]) -> dict[str, Any]:
    """Run a child that answers once."""
    with Side(python, script, task) as side:
        return side.answer()


def task_of_child() -> dict[str, Any]:
    """In the child: what it is to do."""
    return json.loads(sys.argv[1])


def tell(**answer: Any) -> None:
    """In the child: answer."""
    print(_MARK + json.dumps(answer), flush=True)


def serve(evaluate: Callable[[], float], more: Callable[[], Mapping[str, Any]] = dict) -> None:
    """In the child: evaluate once, then once for every line of input.

    The first answer contains the compilation. `more` says what else belongs into an answer.
    """
    while True:
        watch = Stopwatch()
        loss = evaluate()
        wall, processor = watch.read()
        tell(wall=wall, processor=processor, loss=loss, peak=peak_memory(), **more())
        if not sys.stdin.readline():
            return
