from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def script(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("test")


def test_arguments_after_dashes_go_to_pytest(script: ModuleType) -> None:
    assert script.split(["--only", "core", "--", "-k", "law"]) == (
        ["--only", "core"],
        ["-k", "law"],
    )
    assert script.split(["--only", "core"]) == (["--only", "core"], [])


def test_installed_and_provided_packages(script: ModuleType) -> None:
    listing = (
        "installed\txauth\t\n"
        "installed\tlibglib2.0-0t64\tlibglib2.0-0 (= 2.80.0-6), other\n"
        "config-files\txvfb\t\n"
    )
    wanted = ["libglib2.0-0", "other", "xauth", "xvfb", "libegl1"]
    assert script.missing_packages(wanted, listing) == ["xvfb", "libegl1"]


@pytest.mark.parametrize("root", [True, False])
def test_debian_packages(
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    root: bool,
) -> None:
    commands: list[list[str]] = []
    codes = [100, 0, 0]  # the first try without package lists, update, the second try

    def run(command: list[str], **_: Any) -> int:
        commands.append(command[:2])
        return codes.pop(0)

    listing = "".join(f"installed\t{name}\t\n" for name in script.DEBIAN_PACKAGES if name != "xvfb")
    answer = subprocess.CompletedProcess([], 0, listing, "")
    monkeypatch.setattr(script.subprocess, "run", lambda *_, **__: answer)
    monkeypatch.setattr(script.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(script.os, "geteuid", lambda: 0 if root else 1000, raising=False)
    monkeypatch.setattr(script.bootstrap, "run", run)
    script.install_debian_packages()
    out = capsys.readouterr().out
    if root:
        install = ["apt-get", "install"]
        assert commands == [install, ["apt-get", "update"], install]
    else:
        assert commands == []
        assert "sudo apt-get install --no-install-recommends xvfb\n" in out


REPORT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1">
</testsuite></testsuites>"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (REPORT, "4 passed, 3 failed, 3 skipped"),
        ("", "0 passed, 0 failed"),
        (None, "0 passed, 0 failed"),
    ],
)
def test_reports(script: ModuleType, tmp_path: Path, text: str | None, line: str) -> None:
    path = tmp_path / "report.xml"
    if text is not None:
        path.write_text(text)
    assert str(script.read_report(path)) == line


def test_sums(script: ModuleType) -> None:
    total = sum([script.Counts(3, 1, 0), script.Counts(4, 0, 2)], script.Counts())
    assert str(total) == "7 passed, 1 failed, 2 skipped"


GOOD = "def test_a(): pass\n"
BAD = "def test_b(): raise ValueError\n"
DEAD = "def test_c():\n    import os\n    os.abort()\n"


@pytest.mark.parametrize(
    ("text", "options", "selected", "code", "line"),
    [
        (GOOD, [], False, 0, "1 passed, 0 failed"),
        (GOOD + BAD, [], False, 1, "1 passed, 1 failed"),
        (GOOD + DEAD, [], False, 128 + 6, "0 passed, 1 failed"),
        (GOOD, ["-k", "absent"], False, 5, "0 passed, 1 failed"),
        (GOOD, ["-k", "absent"], True, 0, "0 passed, 0 failed"),
    ],
)
def test_pytest_is_run_and_counted(
    script: ModuleType,
    tmp_path: Path,
    text: str,
    options: list[str],
    selected: bool,
    code: int,
    line: str,
) -> None:
    (tmp_path / "test_it.py").write_text(text)
    environment = script.bootstrap.Environment(tmp_path)
    # No plugins: they take longer to load than these tests to run.
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, "test_it.py"]
    variables = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    result, counts = script.run_pytest(environment, command, variables, selected)
    assert (result, str(counts)) == (code, line)


def test_a_missing_command_fails_its_step_only(script: ModuleType, tmp_path: Path) -> None:
    environment = script.bootstrap.Environment(tmp_path)
    assert script._run(environment, [tmp_path / "absent"]) == 127


def test_tensorflow_and_opengl_are_apart(script: ModuleType) -> None:
    (core, core_command, _), (viewer, viewer_command, variables) = script.test_runs()
    assert (core, viewer) == ("core", "viewer")
    assert not any("napari" in part for part in core_command)
    assert not any("mcr_core" in part for part in viewer_command)
    assert variables["CUDA_VISIBLE_DEVICES"] == ""
