"""The build hook: libraries where there is a compiler, a wheel of pure Python where not."""

from __future__ import annotations

import importlib.util
import platform
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
KERNELS = "src/mcr_core/kernels"
LIBRARIES = {f"{KERNELS}/_correlation_tiles_{kind}.so" for kind in ("avx512", "avx2")}

compiler = pytest.mark.skipif(
    shutil.which("cc") is None or platform.machine().lower() not in ("x86_64", "amd64"),
    reason="there is no C compiler, or the processor is another",
)


class App:
    """What hatchling tells its user with."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def display_warning(self, text: str) -> None:
        self.warnings.append(text)


Built = Callable[[], tuple[dict[str, Any], list[str]]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / KERNELS).mkdir(parents=True)
    for source in (REPOSITORY / KERNELS).glob("correlation_tiles.[ch]"):
        shutil.copy(source, tmp_path / KERNELS)
    return tmp_path


@pytest.fixture
def built(root: Path) -> Built:
    spec = importlib.util.spec_from_file_location("hatch_build", REPOSITORY / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def build() -> tuple[dict[str, Any], list[str]]:
        app = App()
        hook = module.CompileTiles(str(root), {}, None, None, str(root), "wheel", app)
        data: dict[str, Any] = {"artifacts": [], "pure_python": True}
        hook.initialize("standard", data)
        return data, app.warnings

    return build


def libraries(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*.so")}


@compiler
def test_libraries_are_compiled_without_a_warning(
    root: Path, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "cc -Wall -Wextra -Werror")
    data, warnings = built()
    assert warnings == []
    assert set(data["artifacts"]) == LIBRARIES == libraries(root)
    assert data["tag"].startswith("py3-none-")
    assert not data["pure_python"]


@pytest.mark.parametrize("command", ["/nowhere/cc", "false", "'"])
def test_without_a_compiler_the_wheel_is_python(
    root: Path, built: Built, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """A library of an older source does not stay."""
    (root / KERNELS / "_correlation_tiles_avx2.so").write_bytes(b"old")
    monkeypatch.setenv("CC", command)
    data, warnings = built()
    assert data == {"artifacts": [], "pure_python": True}
    assert "NumPy" in warnings[0]
    assert libraries(root) == set()


def test_another_processor_gets_python(
    root: Path, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    data, warnings = built()
    assert data == {"artifacts": [], "pure_python": True}
    assert warnings == []
    assert libraries(root) == set()
