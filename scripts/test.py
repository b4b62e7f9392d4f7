"""Check everything, in a fresh clone: `python3 scripts/test.py`.

Makes or completes the virtual environment `.venv`, installs the Debian packages that the viewer
tests need where it may, runs the linters and both parts of the tests, and ends with the sum.
Arguments after `--` go to pytest.
"""

import bootstrap  # first: it leaves with a clear sentence where Python is too old

# isort: split
import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

GIGABYTES = 5.0
DEBIAN_PACKAGES = (
    "libdbus-1-3",
    "libegl1",
    "libfontconfig1",
    "libgl1",
    "libgl1-mesa-dri",
    "libglib2.0-0",
    "libglx-mesa0",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-sync1",
    "libxcb-xfixes0",
    "libxcb-xkb1",
    "libxkbcommon-x11-0",
    "xauth",
    "xvfb",
)
PARTS = ("lint", "core", "viewer")
LINTERS: tuple[tuple[str, ...], ...] = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)
NO_TESTS = 5  # pytest's exit code


@dataclass(frozen=True)
class Counts:
    """How the tests of one or more runs ended."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        line = f"{self.passed} passed, {self.failed} failed"
        return f"{line}, {self.skipped} skipped" if self.skipped else line


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="test.py",
        description="Run the linters and all tests. Arguments after -- go to pytest.",
    )
    parser.add_argument("--only", choices=PARTS, help="run one part")
    parser.add_argument("--recreate", action="store_true", help="make .venv anew")
    arguments, pytest_arguments = split(sys.argv[1:])
    options = parser.parse_args(arguments)
    parts = (options.only,) if options.only else PARTS

    if "viewer" in parts:
        install_debian_packages()
    environment = bootstrap.Environment()
    bootstrap.prepare(environment, ["dev"], gigabytes=GIGABYTES, recreate=options.recreate)

    results: list[tuple[str, bool, float]] = []
    counts: list[Counts] = []
    if "lint" in parts:
        for linter in LINTERS:
            started = time.monotonic()
            code = _run(environment, [environment.command(linter[0]), *linter[1:]])
            results.append((" ".join(linter), code == 0, time.monotonic() - started))
    for part, pytest, variables in test_runs():
        if part in parts:
            started = time.monotonic()
            command: list[str | Path] = [
                *screen(part),
                environment.python,
                *pytest,
                *pytest_arguments,
            ]
            code, count = run_pytest(environment, command, variables, bool(pytest_arguments))
            counts.append(count)
            results.append((f"pytest {part}: {count}", code == 0, time.monotonic() - started))

    bootstrap.say("\nSummary")
    for name, good, seconds in results:
        bootstrap.say(f"  {'ok    ' if good else 'FAILED'} {seconds:6.0f} s  {name}")
    if counts:
        bootstrap.say(str(sum(counts, Counts())))
    return 0 if all(good for _, good, _ in results) else 1


def split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Separate the arguments of this script from those after `--`."""
    if "--" not in arguments:
        return arguments, []
    place = arguments.index("--")
    return arguments[:place], arguments[place + 1 :]


def test_runs() -> list[tuple[str, list[str], dict[str, str]]]:
    """The pytest runs: their part, command (without the interpreter in front) and variables.

    Two processes, since TensorFlow and OpenGL crash each other in one.
    """
    quiet = {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "2"}
    # napari's pytest plugins would load Qt beside TensorFlow: name the two that are wanted.
    core = ["-m", "pytest", "-p", "xdist", "-p", "hypothesispytest", "-n", "2"]
    # Each of the two has windows of its own, on one screen.
    viewer = ["-m", "pytest", "-n", "2", "tests/napari_mcr"]
    return [
        (
            "core",
            [*core, "tests/mcr_core", "tests/scripts", "tests/examples", "tests/benchmarks"],
            {**quiet, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        ),
        ("viewer", viewer, {**quiet, "QT_API": "pyside6"}),
    ]


def screen(part: str) -> list[str]:
    """The command in front of pytest that gives the viewer a screen of its own."""
    # Where it is missing, windows open on the user's screen, if there is one.
    if part != "viewer" or not shutil.which("xvfb-run"):
        return []
    return ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24"]


def run_pytest(
    environment: bootstrap.Environment,
    command: Sequence[str | Path],
    variables: dict[str, str],
    selected: bool,
) -> tuple[int, Counts]:
    """Run pytest and count its results; a run that breaks down counts as one failure at least.

    Args:
        environment: where pytest is installed.
        command: the command, without the report.
        variables: environment variables to set.
        selected: the user chose tests, so that a run without any is no failure.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        code = _run(environment, [*command, f"--junitxml={report}"], **variables)
        counts = read_report(report)
    if code == NO_TESTS and selected:
        return 0, counts
    if code and not counts.failed:
        counts += Counts(failed=1)
    return code, counts


def read_report(path: Path) -> Counts:
    """Sum the test suites of a JUnit file; nothing where there is no whole file."""
    try:
        suites = list(ElementTree.parse(path).getroot().iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        return Counts()
    tests, failures, errors, skipped = (
        sum(int(suite.get(name, 0)) for suite in suites)
        for name in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    return Counts(max(tests - failed - skipped, 0), failed, skipped)


def install_debian_packages() -> None:
    """Install what the viewer tests need from Debian; say what is missing where that cannot be."""
    if not shutil.which("dpkg-query"):
        return
    listing = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}\t${Package}\t${Provides}\n"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    missing = missing_packages(DEBIAN_PACKAGES, listing)
    if not missing:
        return
    words = " ".join(missing)
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("apt-get"):
        bootstrap.say(
            f"The viewer tests may need Debian packages that are missing: {words}\n"
            f"Install them with: sudo apt-get install --no-install-recommends {words}"
        )
        return
    bootstrap.say(f"Installing Debian packages: {words}")
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing]
    options = {
        "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        "stdin": subprocess.DEVNULL,
    }
    # The first try fails on a machine that has no package lists yet, or old ones.
    if bootstrap.run(command, **options) != 0:
        bootstrap.run(["apt-get", "update", "-q"], **options)
        if bootstrap.run(command, **options) != 0:
            bootstrap.say(f"These could not be installed, going on without: {words}")


def missing_packages(wanted: Iterable[str], listing: str) -> list[str]:
    """The packages that neither are installed nor are provided by another one.

    Args:
        wanted: names of packages.
        listing: dpkg-query's lines of status, name and provided names, with tabs between.
    """
    present = set()
    for line in listing.splitlines():
        status, name, provided = [*line.split("\t"), "", ""][:3]
        if status == "installed":
            present.add(name)
            # As in "libglib2.0-0 (= 2.80.0), other"
            present.update(item.split("(")[0].strip() for item in provided.split(","))
    return [name for name in wanted if name not in present]


def _run(
    environment: bootstrap.Environment, command: Sequence[str | Path], **variables: str
) -> int:
    shown = [part.name if isinstance(part, Path) else part for part in command]
    bootstrap.say(f"\n$ {shlex.join(shown)}")
    try:
        return bootstrap.run(command, cwd=environment.root, env=environment.variables(**variables))
    except OSError as error:
        bootstrap.say(f"{command[0]}: {error.strerror}")
        return 127


if __name__ == "__main__":
    bootstrap.finish(main)
