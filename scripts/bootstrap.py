"""What demo.py and test.py share: a virtual environment that installs, repeats and repairs itself.

Standard library only. This file must parse on an old Python, where its first lines leave with a
sentence instead of a SyntaxError.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts a script may have any Python
    sys.exit(
        "This needs Python 3.11 or newer, and was started with Python "
        + ".".join(str(part) for part in sys.version_info[:3])
        + ". Install a newer one and start with it, for example: python3.11 "
        + sys.argv[0]
    )

import csv
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[1]
INTERRUPTED = 130

# What pip writes when it does not reach the package index.
_NETWORK_SIGNS = (
    "Retrying (Retry(",
    "NewConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "Max retries exceeded",
    "Temporary failure in name resolution",
    "Could not fetch URL",
    "There was a problem confirming the ssl certificate",
)

# Prints what shows whether an interpreter belongs to a working virtual environment.
_PROBE = (
    "import json, sys; "
    "print(json.dumps([sys.prefix, list(sys.version_info[:2]), sys.version.split()[0]]))"
)


class Failed(Exception):
    """The script cannot go on; the message says why and what to do."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Environment:
    """The virtual environment `.venv` of a checkout.

    Attributes:
        root: the repository, an absolute path.
    """

    root: Path = ROOT

    @property
    def folder(self) -> Path:
        """The virtual environment itself."""
        return self.root / ".venv"

    @property
    def scripts(self) -> Path:
        """Where its commands are."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.command("python")

    @property
    def stamp(self) -> Path:
        """The file that is there only while the installation is complete."""
        return self.folder / "installed.json"

    def command(self, name: str) -> Path:
        """Path of a command of the environment, whether it exists or not."""
        return self.scripts / (name + ".exe" if os.name == "nt" else name)

    def variables(self, **extra: str) -> dict[str, str]:
        """Environment variables for a process in the environment, as if it were activated."""
        variables = dict(os.environ)
        # These would bring in packages, or the whole library, of another Python.
        for name in ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"):
            variables.pop(name, None)
        variables["VIRTUAL_ENV"] = str(self.folder)
        variables["PATH"] = str(self.scripts) + os.pathsep + variables.get("PATH", "")
        variables.update(extra)
        return variables


def say(text: str) -> None:
    """Print at once, so that the lines of child processes come in the right order."""
    print(text, flush=True)


def finish(main: Callable[[], int]) -> NoReturn:
    """Run the main function of a script and leave with its exit code."""
    try:
        code = main()
    except Failed as error:
        sys.stdout.flush()
        print(f"\n{error}", file=sys.stderr)
        code = error.code
    except KeyboardInterrupt:
        sys.stdout.flush()
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        code = INTERRUPTED
    sys.exit(code)


def run(command: Sequence[str | Path], **options: Any) -> int:
    """Run a command and return its exit code, 128 + N where signal N ended it.

    Ctrl-C reaches the command as well: it may finish its work (mcr writes its file), and is
    ended only by the third.
    """
    process = subprocess.Popen([str(part) for part in command], **options)
    code = _wait(process)
    return code if code >= 0 else 128 - code


def _wait(process: "subprocess.Popen[Any]") -> int:
    for _ in range(2):
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.kill()
        process.wait()
        raise


def prepare(
    environment: Environment,
    extras: Iterable[str] = (),
    *,
    gigabytes: float,
    recreate: bool = False,
) -> None:
    """Make, complete or repair the environment; return quickly where it is complete.

    Args:
        environment: where it is.
        extras: optional dependency groups of the package that must be there.
        gigabytes: free disk space that a new environment needs.
        recreate: start from nothing.

    Raises:
        Failed: no space, no pip, no venv, or pip failed.
    """
    extras = set(extras)
    folder = environment.folder
    if recreate and folder.exists():
        say("Removing the virtual environment .venv")
        shutil.rmtree(folder)
    version = python_version(environment)
    stamp = read_stamp(environment)
    if folder.exists() and (version is None or stamp.get("folder", str(folder)) != str(folder)):
        say("The virtual environment .venv does not run, or was moved: making it anew")
        shutil.rmtree(folder)
        version, stamp = None, {}
    if version is not None:
        damaged = damaged_packages(environment)
        if not damaged and is_current(environment, stamp, extras, version):
            return
        # Without its record pip takes a half-written package for missing, and writes it again.
        for record in damaged:
            shutil.rmtree(record)
        if damaged:
            say(f"Repairing {len(damaged)} damaged package(s) in .venv")
    else:
        check_space(environment.root, gigabytes)
        create(environment)
        version = python_version(environment)
        if version is None:
            raise Failed(f"The new virtual environment {folder} does not run.")
    # From here to the new stamp the installation counts as interrupted.
    environment.stamp.unlink(missing_ok=True)
    extras |= set(stamp.get("extras", ()))
    install(environment, extras)
    environment.stamp.write_text(json.dumps(expected_stamp(environment, extras, version)))


def python_version(environment: Environment) -> str | None:
    """Version of the environment's Python; None where it is absent or does not work."""
    command = [str(environment.python), "-I", "-c", _PROBE]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        prefix, minor, version = json.loads(answer.stdout)
        config = (environment.folder / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    made_with = [
        line.partition("=")[2].strip().split(".")[:2]
        for line in config.splitlines()
        if line.partition("=")[0].strip() in ("version", "version_info")
    ]
    # The link to the system's Python may lead to a newer one since an upgrade, without packages.
    same = made_with == [[str(part) for part in minor]]
    inside = Path(prefix).resolve() == environment.folder.resolve()
    return str(version) if same and inside and minor >= [3, 11] else None


def expected_stamp(environment: Environment, extras: Iterable[str], version: str) -> dict[str, Any]:
    """What the stamp holds after an installation of the checkout as it is now."""
    # What pip reads, and what it compiles.
    sources = ["pyproject.toml", "hatch_build.py", "src/**/*.c", "src/**/*.h"]
    files = [path for source in sources for path in sorted(environment.root.glob(source))]
    project = hashlib.sha256()
    for path in files:
        project.update(path.read_bytes())
    return {
        "project": project.hexdigest(),
        "python": version,
        "folder": str(environment.folder),
        "extras": sorted(extras),
    }


def read_stamp(environment: Environment) -> dict[str, Any]:
    """The stamp of the last complete installation; empty where there is none."""
    try:
        stamp = json.loads(environment.stamp.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def is_current(
    environment: Environment, stamp: dict[str, Any], extras: Iterable[str], version: str
) -> bool:
    """Whether a stamp belongs to this checkout and covers these extras, and others perhaps."""
    installed = stamp.get("extras", ())
    expected = expected_stamp(environment, installed, version)
    return stamp == expected and set(extras) <= set(installed)


def damaged_packages(environment: Environment) -> list[Path]:
    """Records (`*.dist-info`) of the installed packages of which files are missing."""
    if os.name == "nt":
        libraries = [environment.folder / "Lib" / "site-packages"]
    else:
        libraries = sorted(environment.folder.glob("lib/python3*/site-packages"))
    return [
        record
        for library in libraries
        for record in sorted(library.glob("*.dist-info"))
        if not _is_whole(record)
    ]


def _is_whole(record: Path) -> bool:
    try:
        with open(record / "RECORD", newline="", encoding="utf-8") as file:
            names = [row[0] for row in csv.reader(file) if row]
    except (OSError, ValueError, csv.Error):
        return False
    library = str(record.parent)
    return all(
        os.path.exists(os.path.join(library, name))
        for name in names
        if not name.endswith(".pyc")  # Python makes these again
    )


def check_space(folder: Path, gigabytes: float) -> None:
    """Raise Failed where a disk has less than this free."""
    free = shutil.disk_usage(folder).free / 1e9
    if free < gigabytes:
        raise Failed(
            f"The installation needs about {gigabytes:g} GB of free disk space (TensorFlow is "
            f"most of it); {folder} has {free:.1f} GB. Free some space, or clone to another disk."
        )


def create(environment: Environment) -> None:
    """Make the virtual environment, without pip where Python cannot put one in."""
    say("Making the virtual environment .venv")
    command = [sys.executable, "-m", "venv", str(environment.folder)]
    whole = subprocess.run(command, capture_output=True, text=True, check=False)
    if whole.returncode == 0:
        return
    # Debian's Python has no ensurepip without the package python3-venv.
    shutil.rmtree(environment.folder, ignore_errors=True)
    bare = subprocess.run([*command, "--without-pip"], capture_output=True, text=True, check=False)
    if bare.returncode != 0:
        shutil.rmtree(environment.folder, ignore_errors=True)
        raise Failed(
            f"{sys.executable} could not make a virtual environment:\n"
            f"{(bare.stderr or bare.stdout).strip()}\n{_advice()}"
        )
    if not _works(_outer_pip(environment)):
        shutil.rmtree(environment.folder, ignore_errors=True)
        raise Failed(
            f"{sys.executable} has neither ensurepip nor pip 22.3 or newer, one of which is "
            f"needed to install packages.\n{_advice()}"
        )


def install(environment: Environment, extras: Iterable[str]) -> None:
    """Install the checkout, editable, with its dependencies; pip's output is shown.

    Raises:
        Failed: there is no pip, or it failed.
    """
    groups = ",".join(sorted(extras))
    target = f".[{groups}]" if groups else "."
    options = ["install", "--disable-pip-version-check", "--no-input", "--editable", target]
    pip = next(
        (
            pip
            for pip in ([str(environment.python), "-m", "pip"], _outer_pip(environment))
            if _works(pip)
        ),
        None,
    )
    if pip is None:
        raise Failed(
            f"There is no working pip for {environment.folder}: try --recreate.\n{_advice()}"
        )
    say(f"Installing {target} with its dependencies into .venv: minutes the first time")
    offline = False
    with subprocess.Popen(
        [*pip, *options],
        cwd=environment.root,
        env=environment.variables(),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        try:
            for line in process.stderr or ():
                sys.stderr.write(line)
                sys.stderr.flush()
                offline = offline or any(sign in line for sign in _NETWORK_SIGNS)
        except KeyboardInterrupt:
            # pip got the same Ctrl-C; let it clean up before this script leaves.
            _wait(process)
            raise
        code = _wait(process)
    if code == 0:
        return
    if offline:
        raise Failed(
            "pip did not reach the package index. Check the network connection (and the proxy, "
            "if you have one), then run the same command again: finished downloads are kept."
        )
    raise Failed(
        f"pip failed with exit code {code}; its messages are above. Run the same command again, "
        "with --recreate to start from an empty environment."
    )


def _outer_pip(environment: Environment) -> list[str]:
    return [sys.executable, "-m", "pip", "--python", str(environment.python)]


def _works(pip: Sequence[str]) -> bool:
    try:
        return subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _advice() -> str:
    return (
        "On Debian and Ubuntu: sudo apt install python3-venv python3-pip. Elsewhere: install "
        "Python from python.org, or with uv, conda or pyenv."
    )
