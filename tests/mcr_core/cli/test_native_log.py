"""TensorFlow's start-up messages stay out of the terminal, whatever imports it, and when."""

import os
import subprocess
import sys

import pytest

#: Writes where native code does, at import and when it is asked for devices.
NOISY = """
import os
from types import SimpleNamespace

def list_physical_devices(kind=None):
    os.write(2, b"no GPU\\n")
    return []

config = SimpleNamespace(list_physical_devices=list_physical_devices)
os.write(2, b"starting\\n")
"""


@pytest.fixture
def python(tmp_path):
    """Run code in a process whose TensorFlow is that of a text."""

    def python(tensorflow, code):
        (tmp_path / "tensorflow.py").write_text(tensorflow)
        return subprocess.run(
            [
                sys.executable,
                "-c",
                f"import os, sys\nsys.path.insert(0, {str(tmp_path)!r})\n{code}",
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )

    return python


def test_start_up_messages_are_kept_back(python):
    done = python(
        NOISY,
        """
from mcr_core.cli.native_log import quiet_tensorflow

before = list(sys.meta_path)
with quiet_tensorflow():
    os.write(2, b"kept before\\n")
    import tensorflow
    os.write(2, b"kept after\\n")
assert sys.meta_path == before
tensorflow.config.list_physical_devices()
""",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == ["kept before", "kept after", "no GPU"]


def test_nothing_is_imported_for_it(python):
    done = python(
        NOISY,
        """
from mcr_core.cli.native_log import quiet_tensorflow

before = list(sys.meta_path)
with quiet_tensorflow():
    pass
assert sys.meta_path == before
print("tensorflow" in sys.modules)
import tensorflow
""",
    )
    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr
    assert done.stderr == "starting\n"  # outside of the context it may speak


def test_what_a_failed_import_said_is_shown(python):
    done = python(
        NOISY + "raise ImportError('no CPU either')\n",
        """
from mcr_core.cli.native_log import quiet_tensorflow

try:
    with quiet_tensorflow():
        import tensorflow
except ImportError as error:
    print(error)
""",
    )
    assert (done.returncode, done.stdout) == (0, "no CPU either\n"), done.stderr
    assert done.stderr == "starting\n"
