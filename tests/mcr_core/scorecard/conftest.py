"""Media that are made here: truncated Gaussian fields and overlapping spheres."""

import numpy as np
import pytest
from scipy import ndimage

from mcr_core.microstructure import Microstructure


def gaussian_labels(shape, seed, fraction=0.35, width=1.5):
    """A truncated Gaussian field, periodic, with an exact fraction."""
    white = np.random.default_rng(seed).standard_normal(shape)
    field = ndimage.gaussian_filter(white, width, mode="wrap")
    return (field > np.quantile(field, 1 - fraction)).astype(np.uint8)


def sphere_labels(shape, seed, fraction=0.35, radius=3.0):
    """Overlapping spheres at places of a Poisson process, periodic."""
    rng = np.random.default_rng(seed)
    density = -np.log(1 - fraction) / (4 / 3 * np.pi * radius**3)
    centres = (rng.random((rng.poisson(density * np.prod(shape)), 3)) * shape).astype(int)
    away = np.ones(shape, bool)
    away[tuple(centres.T)] = False
    margin = int(np.ceil(radius))
    distance = ndimage.distance_transform_edt(np.pad(away, margin, mode="wrap"))
    inner = (slice(margin, -margin),) * 3
    return (distance[inner] <= radius).astype(np.uint8)


MEDIA = {"gaussian": gaussian_labels, "spheres": sphere_labels}


@pytest.fixture(scope="session")
def media():
    """Functions (shape, seed, fraction) that draw samples of a material."""
    return MEDIA


@pytest.fixture(scope="session")
def truths():
    """A sample of each material, of 48³ voxels."""
    return {name: Microstructure.from_array(draw((48,) * 3, 11)) for name, draw in MEDIA.items()}
