"""Settings and small images that the tests of the core share."""

import os

import hypothesis
import numpy as np
import pytest

# Before TensorFlow is imported: no GPU in tests, and no start-up messages.
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

# Tests do not judge times: the machine may be busy.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def blobs(shape, seed=0, fraction=0.35, width=2.0):
    """A periodic random image of rounded features, as booleans with an exact fraction."""
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), width, mode="wrap")
    return field > np.quantile(field, 1 - fraction)


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    """The cache of network weights: one for all workers, and not the user's."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(shared / "cache"))
        yield


@pytest.fixture
def slice_image():
    """A 2D two-phase microstructure of 32 × 32 pixels."""
    from mcr_core.microstructure import Microstructure

    return Microstructure.from_array(blobs((32, 32)), voxel_size=0.5, unit="um")


@pytest.fixture
def three_phases():
    """A 2D three-phase microstructure of 24 × 24 pixels."""
    from mcr_core.microstructure import Microstructure

    labels = blobs((24, 24)).astype(int) + 2 * blobs((24, 24), seed=5, fraction=0.2)
    return Microstructure.from_array(np.minimum(labels, 2))
