"""A cache of its own for every test, and weights that need no package."""

import shutil

import numpy as np
import pytest

from mcr_core.vgg import network, providers
from mcr_core.vgg.architecture import LAYERS, kernel_shape
from mcr_core.vgg.weights import Weights


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    """The folder that takes the place of the user's cache."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))
    providers._load.cache_clear()
    yield tmp_path / "cache"
    providers._load.cache_clear()
    network._tensors.cache_clear()
    # 80 MB a file are too much to keep for several runs of the tests.
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture(scope="session")
def random_weights():
    """Weights of the right shapes whose features keep their size from layer to layer."""
    rng = np.random.default_rng(0)
    shapes = [kernel_shape(layer) for layer in LAYERS]
    return Weights(
        "random",
        np.array([100.0, 110.0, 120.0]),
        tuple(
            rng.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / (9 * shape[2])))
            for shape in shapes
        ),
        tuple(rng.standard_normal(shape[3], np.float32) for shape in shapes),
    )
