"""The scripts are no package: they are loaded from their files."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = REPOSITORY / "scripts"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Load a script by name, with those beside it importable, as when it is started."""
    monkeypatch.syspath_prepend(SCRIPTS)

    def load_script(name: str) -> ModuleType:
        if name == "bootstrap" and name in sys.modules:
            return sys.modules[name]
        # Not under its own name: `test` is a package of the standard library.
        alias = name if name == "bootstrap" else f"script_{name}"
        spec = importlib.util.spec_from_file_location(alias, SCRIPTS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, alias, module)
        spec.loader.exec_module(module)
        return module

    return load_script


@pytest.fixture
def repository() -> Path:
    return REPOSITORY
