"""TensorFlow's native start-up messages, kept out of the terminal."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


@contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """Keep the start-up messages of TensorFlow back, if it is imported in this context.

    It waits for the import, because only what computes knows whether it needs TensorFlow: the
    default run on a CPU does not. Only for a process that is ours: the library itself leaves
    imports and file descriptors alone.
    """
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)


class _Finder(MetaPathFinder):
    """Steps aside at the first import of TensorFlow, and wraps what the others find."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        loader: Any = None if spec is None else spec.loader
        if loader is not None:
            execute = loader.exec_module

            def quietly(module: Any) -> None:
                with _silent_descriptor():
                    execute(module)
                    module.config.list_physical_devices()  # which says what GPUs there are not

            loader.exec_module = quietly
        return spec


@contextmanager
def _silent_descriptor() -> Iterator[None]:
    """Keep back what is written to the file descriptor of standard error, unless an import fails.

    Native code writes there, past Python's logging and whatever `TF_CPP_MIN_LOG_LEVEL` says.
    """
    import tempfile

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as messages:
        os.dup2(messages.fileno(), 2)
        try:
            yield
        except ImportError:
            os.dup2(kept, 2)
            messages.seek(0)
            sys.stderr.write(messages.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
