from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


def test_a_paused_stopwatch_stands_still(
    load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    measurement = load("measurement")
    now = iter([0.0, 3.0, 10.0, 14.0, 15.0])
    current = [0.0]
    monkeypatch.setattr(measurement.time, "perf_counter", lambda: current[0])
    monkeypatch.setattr(measurement.time, "process_time", lambda: 2 * current[0])
    current[0] = next(now)
    watch = measurement.Stopwatch()
    current[0] = next(now)
    watch.pause()
    current[0] = next(now)
    assert watch.read() == (3.0, 6.0)
    watch.start()
    current[0] = next(now)
    assert watch.read() == (7.0, 14.0)
    watch.pause()
    current[0] = next(now)
    assert watch.read() == (7.0, 14.0)


def test_a_table_is_aligned(
    load: Callable[[str], ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    load("measurement").show(("what", "s"), [("a", 0.12345), ("longer", 1234.5), ("none", None)])
    assert capsys.readouterr().out.splitlines() == [
        "what        s",
        "a       0.123",
        "longer   1234",
        "none        -",
    ]


def test_the_record_names_the_machine(load: Callable[[str], ModuleType], tmp_path: Path) -> None:
    measurement = load("measurement")
    measurement.write(tmp_path / "record.json", measurement.machine(), [{"edge": 32}])
    record = json.loads((tmp_path / "record.json").read_text())
    assert record["rows"] == [{"edge": 32}]
    assert record["machine"]["processor"]
    assert record["machine"]["versions"]["numpy"]


def test_a_side_answers_and_shows_its_log_when_it_fails(
    load: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    side = load("side")
    script = tmp_path / "child.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(side.FOLDER)!r})\n"
        "from side import serve, task_of_child\n"
        "left = [task_of_child()['times']]\n"
        "def evaluate():\n"
        "    print('working')\n"
        "    left[0] -= 1\n"
        "    return 1 / (left[0] + 1)\n"
        "serve(evaluate, lambda: {'left': left[0]})\n"
    )
    with side.Side(sys.executable, script, {"times": 2}) as child:
        assert child.answer()["left"] == 1
        again = child.ask()
        assert (again["left"], again["loss"]) == (0, 1.0)
        assert again["peak"] > 0
    with (
        pytest.raises(SystemExit, match=r"working\n(?s:.*)ZeroDivisionError(?s:.*)exit code 1"),
        side.Side(sys.executable, script, {"times": 0}) as child,
    ):
        child.answer()


def test_growth_is_fitted_from_64_on(load: Callable[[str], ModuleType]) -> None:
    exponent = load("growth").exponent
    records = [{"edge": edge, "wall": edge**3.3} for edge in (64, 96, 128)]
    assert exponent([{"edge": 32, "wall": 1e9}, *records], "wall") == pytest.approx(1.1)
    assert exponent(records[:1], "wall") is None
