"""The examples are no package: they are loaded from their files."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

# Before TensorFlow is imported: no GPU in tests, and no start-up messages.
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def examples() -> Path:
    return EXAMPLES


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Import an example by its path without suffix, with `drawing` beside it, as when it is run."""
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", [str(EXAMPLES), *sys.path])

    def load_example(name: str) -> ModuleType:
        folder, _, module = name.rpartition("/")
        sys.path.insert(0, str(EXAMPLES / folder))
        return importlib.import_module(module)

    yield load_example
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and EXAMPLES in Path(file).parents:
            del sys.modules[name]


@pytest.fixture
def image_file(tmp_path: Path) -> Callable[..., Path]:
    """Write an image of two phases of random blobs and return its path."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    import mcr_core as mcr

    def write(
        name: str, shape: tuple[int, ...] = (20, 20), width: float | tuple[float, ...] = 2.0
    ) -> Path:
        field = gaussian_filter(np.random.default_rng(len(name)).standard_normal(shape), width)
        image = mcr.Microstructure.from_array(field > np.quantile(field, 0.6))
        return mcr.write(tmp_path / f"{name}.tif", image)

    return write
