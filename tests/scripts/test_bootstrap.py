from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def bootstrap(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("bootstrap")


@pytest.fixture
def environment(bootstrap: ModuleType, tmp_path: Path) -> Any:
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    return bootstrap.Environment(tmp_path)


@pytest.fixture
def installs(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The extras of every installation; nothing is installed, and environments have no pip."""
    calls: list[list[str]] = []

    def create(environment: Any) -> None:
        command = [sys.executable, "-m", "venv", "--without-pip", str(environment.folder)]
        subprocess.run(command, check=True)

    monkeypatch.setattr(bootstrap, "create", create)
    monkeypatch.setattr(bootstrap, "install", lambda _, extras: calls.append(sorted(extras)))
    return calls


def site_packages(environment: Any) -> Path:
    (path,) = environment.folder.glob("lib/python3*/site-packages")
    return Path(path)


def add_package(environment: Any, name: str, *files: str) -> Path:
    library = site_packages(environment)
    record = library / f"{name}-1.0.dist-info"
    record.mkdir()
    for file in files:
        (library / file).parent.mkdir(exist_ok=True)
        (library / file).touch()
    lines = [
        f"{file},,\n" for file in (*files, f"{name}/__pycache__/x.pyc", f"{record.name}/RECORD")
    ]
    (record / "RECORD").write_text("".join(lines))
    return record


@pytest.mark.parametrize("name", ["bootstrap", "demo", "test"])
def test_old_pythons_read_a_sentence(repository: Path, name: str) -> None:
    text = (repository / "scripts" / f"{name}.py").read_text()
    module = ast.parse(text, feature_version=(3, 6))
    first = module.body[1]
    assert isinstance(first, ast.Import)
    # Nothing that may be missing in an old Python comes before the check.
    assert first.names[0].name == ("sys" if name == "bootstrap" else "bootstrap")
    assert "from __future__ import annotations" not in text


def test_the_sentence(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = compile((repository / "scripts/bootstrap.py").read_text(), "bootstrap.py", "exec")
    monkeypatch.setattr(sys, "version_info", (3, 6, 15, "final", 0))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, .* Python 3\.6\.15\."):
        exec(code, {"__name__": "bootstrap"})


def test_a_repeat_installs_nothing(
    bootstrap: ModuleType, environment: Any, installs: list[list[str]]
) -> None:
    bootstrap.prepare(environment, gigabytes=0)
    bootstrap.prepare(environment, gigabytes=0)
    assert installs == [[]]


def test_extras_add_up(bootstrap: ModuleType, environment: Any, installs: list[list[str]]) -> None:
    bootstrap.prepare(environment, gigabytes=0)
    bootstrap.prepare(environment, ["dev"], gigabytes=0)
    bootstrap.prepare(environment, gigabytes=0)
    assert installs == [[], ["dev"]]
    (environment.root / "pyproject.toml").write_text("[project]\n# changed\n")
    bootstrap.prepare(environment, gigabytes=0)
    assert installs == [[], ["dev"], ["dev"]]


def test_what_is_compiled_is_compiled_again(
    bootstrap: ModuleType, environment: Any, installs: list[list[str]]
) -> None:
    bootstrap.prepare(environment, gigabytes=0)
    (environment.root / "src" / "kernels").mkdir(parents=True)
    (environment.root / "src" / "kernels" / "tiles.c").write_text("int one;\n")
    bootstrap.prepare(environment, gigabytes=0)
    bootstrap.prepare(environment, gigabytes=0)
    assert installs == [[], []]


def test_an_interrupted_installation_is_repeated(
    bootstrap: ModuleType,
    environment: Any,
    installs: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bootstrap, "install", interrupt)
        with pytest.raises(KeyboardInterrupt):
            bootstrap.prepare(environment, gigabytes=0)
    assert not environment.stamp.exists()
    bootstrap.prepare(environment, gigabytes=0)
    assert installs == [[]]


def test_damaged_packages_are_installed_again(
    bootstrap: ModuleType,
    environment: Any,
    installs: list[list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    bootstrap.prepare(environment, gigabytes=0)
    whole = add_package(environment, "whole", "whole/__init__.py")
    torn = add_package(environment, "torn", "torn/__init__.py", "torn/part.py")
    unfinished = add_package(environment, "unfinished")
    (site_packages(environment) / "torn/part.py").unlink()
    (unfinished / "RECORD").unlink()
    bootstrap.prepare(environment, gigabytes=0)
    assert installs == [[], []]
    assert "Repairing 2 damaged package(s)" in capsys.readouterr().out
    assert whole.exists()
    assert not torn.exists()
    assert not unfinished.exists()


def remove_python(environment: Any) -> None:
    for path in environment.scripts.glob("python*"):
        path.unlink()


def hollow_out(environment: Any) -> None:
    shutil.rmtree(environment.folder)
    environment.folder.mkdir()


def upgrade_python(environment: Any) -> None:
    config = environment.folder / "pyvenv.cfg"
    version = f"{sys.version_info.major}.{sys.version_info.minor}."
    config.write_text(config.read_text().replace(version, "3.2."))


def move(environment: Any) -> None:
    stamp = json.loads(environment.stamp.read_text())
    environment.stamp.write_text(json.dumps({**stamp, "folder": "/elsewhere/.venv"}))


@pytest.mark.skipif(os.name == "nt", reason="POSIX layout")
@pytest.mark.parametrize("harm", [remove_python, hollow_out, upgrade_python, move])
def test_a_broken_environment_is_made_anew(
    bootstrap: ModuleType,
    environment: Any,
    installs: list[list[str]],
    harm: Callable[[Any], None],
) -> None:
    bootstrap.prepare(environment, gigabytes=0)
    (environment.folder / "left over").touch()
    harm(environment)
    bootstrap.prepare(environment, gigabytes=0)
    assert installs == [[], []]
    assert not (environment.folder / "left over").exists()
    assert bootstrap.python_version(environment) is not None


def test_recreate(bootstrap: ModuleType, environment: Any, installs: list[list[str]]) -> None:
    bootstrap.prepare(environment, gigabytes=0)
    (environment.folder / "left over").touch()
    bootstrap.prepare(environment, gigabytes=0, recreate=True)
    assert installs == [[], []]
    assert not (environment.folder / "left over").exists()


def test_a_full_disk(bootstrap: ModuleType, environment: Any, installs: list[list[str]]) -> None:
    with pytest.raises(bootstrap.Failed, match=r"needs about 1e.09 GB of free disk space"):
        bootstrap.prepare(environment, gigabytes=1e9)
    assert installs == []


@pytest.fixture
def pips(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every pip for a working one."""
    monkeypatch.setattr(bootstrap, "_works", lambda _: True)


def fake_python(environment: Any, message: str, code: int) -> None:
    """An interpreter that prints a message to stderr and leaves, whatever it is asked."""
    environment.scripts.mkdir(parents=True)
    environment.python.write_text(f"#!/bin/sh\necho '{message}' >&2\nexit {code}\n")
    environment.python.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="uses a shell script")
@pytest.mark.usefixtures("pips")
@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("WARNING: Retrying (Retry(total=4)) after ...", "did not reach the package index"),
        ("ERROR: something else", "pip failed with exit code 3"),
    ],
)
def test_pip_fails(
    bootstrap: ModuleType,
    environment: Any,
    capsys: pytest.CaptureFixture[str],
    message: str,
    error: str,
) -> None:
    fake_python(environment, message, 3)
    with pytest.raises(bootstrap.Failed, match=error):
        bootstrap.install(environment, [])
    assert message in capsys.readouterr().err


def test_no_pip_anywhere(
    bootstrap: ModuleType, environment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "_works", lambda _: False)
    with pytest.raises(bootstrap.Failed, match=r"(?s)no working pip .* apt install python3-venv"):
        bootstrap.install(environment, [])


@pytest.mark.parametrize("outer_pip", [True, False])
def test_python_without_ensurepip(
    bootstrap: ModuleType, environment: Any, monkeypatch: pytest.MonkeyPatch, outer_pip: bool
) -> None:
    real = subprocess.run

    def run(command: list[str], **options: Any) -> Any:
        if "venv" in command and "--without-pip" not in command:
            return subprocess.CompletedProcess(command, 1, "ensurepip is not available", "")
        return real(command, **options)

    monkeypatch.setattr(bootstrap.subprocess, "run", run)
    monkeypatch.setattr(bootstrap, "_works", lambda _: outer_pip)
    if outer_pip:
        bootstrap.create(environment)
        assert bootstrap.python_version(environment) is not None
    else:
        with pytest.raises(bootstrap.Failed, match="neither ensurepip nor pip"):
            bootstrap.create(environment)
        assert not environment.folder.exists()


def test_exit_codes_are_passed_on(bootstrap: ModuleType) -> None:
    assert bootstrap.run([sys.executable, "-c", "raise SystemExit(7)"]) == 7
    if os.name == "posix":
        kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
        assert bootstrap.run([sys.executable, "-c", kill]) == 128 + 9


def test_the_child_may_finish_after_ctrl_c(bootstrap: ModuleType) -> None:
    class Process:
        """Like mcr, which writes its file after the first Ctrl-C."""

        answers = iter([KeyboardInterrupt, 130])

        def wait(self) -> int:
            answer = next(self.answers)
            if answer is KeyboardInterrupt:
                raise KeyboardInterrupt
            return 130

    assert bootstrap._wait(Process()) == 130


@pytest.mark.parametrize(
    ("outcome", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "Interrupted. The same command goes on from here."),
        (RuntimeError, 4, "no space"),
    ],
)
def test_finish(
    bootstrap: ModuleType,
    capsys: pytest.CaptureFixture[str],
    outcome: Any,
    code: int,
    line: str,
) -> None:
    def main() -> int:
        raise bootstrap.Failed("no space", 4) if outcome is RuntimeError else outcome

    with pytest.raises(SystemExit) as caught:
        bootstrap.finish(main)
    assert caught.value.code == code
    assert capsys.readouterr().err == f"\n{line}\n"


def test_the_environment_is_shut_off(
    bootstrap: ModuleType, environment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/another/python")
    variables = environment.variables(QT_API="pyside6")
    assert "PYTHONPATH" not in variables
    assert variables["QT_API"] == "pyside6"
    assert variables["PATH"].startswith(str(environment.scripts))
