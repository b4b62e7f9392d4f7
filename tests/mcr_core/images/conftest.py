from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mcr_core.microstructure import Microstructure


@pytest.fixture
def labels() -> npt.NDArray[np.uint8]:
    """Two phases on (Z, Y, X) = (5, 6, 7)."""
    return np.random.default_rng(3).integers(0, 2, (5, 6, 7)).astype(np.uint8)


@pytest.fixture
def volume(labels: npt.NDArray[np.uint8]) -> Microstructure:
    return Microstructure.from_array(
        labels,
        voxel_size=(0.5, 0.2, 0.3),
        unit="um",
        phase_names=("pore", "solid"),
        periodic=True,
    )


@pytest.fixture
def spare(tmp_path: Path, monkeypatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "spare"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(folder))
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


@pytest.fixture
def old(volume) -> Microstructure:
    return Microstructure.from_array(volume.labels[:, :3])
