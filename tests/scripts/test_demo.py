from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def demo(
    load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> ModuleType:
    """The script in an empty repository whose installation takes no time."""
    bootstrap = load("bootstrap")
    monkeypatch.setattr(bootstrap.Environment, "__init__", lambda self: None)
    monkeypatch.setattr(bootstrap.Environment, "root", tmp_path, raising=False)
    monkeypatch.setattr(bootstrap, "prepare", lambda *_, **__: None)
    monkeypatch.setattr("sys.argv", ["demo.py"])
    return load("demo")


def run_with(
    demo: ModuleType, monkeypatch: pytest.MonkeyPatch, codes: list[int]
) -> tuple[int, list[list[str]]]:
    commands: list[list[str]] = []

    def run(command: list[Any], **_: Any) -> int:
        commands.append([Path(part).name if isinstance(part, Path) else part for part in command])
        return codes.pop(0)

    monkeypatch.setattr(demo.bootstrap, "run", run)
    return demo.main(), commands


def test_volume_and_picture(
    demo: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, commands = run_with(demo, monkeypatch, [0, 0])
    assert code == 0
    match, figure = commands
    assert match[:2] == ["mcr", "match"]
    assert figure[1:3] == ["-m", "mcr_core.figures"]
    assert (tmp_path / "demo").is_dir()
    assert str(tmp_path / "demo/sections.png") in capsys.readouterr().out


@pytest.mark.parametrize(
    ("codes", "expected", "words"),
    [
        ([130], 130, "Interrupted"),
        ([3], 3, "exit code 3.*--recreate"),
        ([0, 2], 2, "drawing its sections failed"),
    ],
)
def test_failures_are_passed_on(
    demo: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    codes: list[int],
    expected: int,
    words: str,
) -> None:
    import re

    code, commands = run_with(demo, monkeypatch, list(codes))
    assert code == expected
    assert len(commands) == len(codes)
    assert re.search(words, capfd.readouterr().out)


def test_the_input_is_a_sample(demo: ModuleType, repository: Path) -> None:
    assert (repository / demo.SLICE).is_file()
