"""TensorFlow's native start-up messages, kept out of the terminal."""

from __future__ import annotations

import os
import sys
import tempfile


def load_tensorflow_quietly() -> None:
    """Import TensorFlow without its start-up messages; print them if the import fails.

    Its native code writes about missing GPUs to the file descriptor of standard error, past
    Python's logging and whatever `TF_CPP_MIN_LOG_LEVEL` says. Only for a process that is ours:
    the library itself leaves the descriptor alone.
    """
    if "tensorflow" in sys.modules:
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as messages:
        os.dup2(messages.fileno(), 2)
        try:
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
            import tensorflow as tf

            tf.config.list_physical_devices()
        except ImportError:
            os.dup2(kept, 2)
            messages.seek(0)
            sys.stderr.write(messages.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
