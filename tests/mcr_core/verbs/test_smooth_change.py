"""What smoothing has changed: voxels and surface, against counting by hand."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from mcr_core import Microstructure
from mcr_core.errors import InputError
from mcr_core.surface_change import change, unlike_pairs


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("shape", [(9, 8), (4, 5, 6)])
def test_unlike_pairs_one_by_one(shape, periodic, masked):
    rng = np.random.default_rng(0)
    valid = rng.random(shape) < 0.8 if masked else np.ones(shape, bool)
    ms = Microstructure.from_array(rng.integers(0, 3, shape), periodic=periodic, mask=valid)
    expected = 0
    for x in itertools.product(*map(range, shape)):
        for axis in range(len(shape)):
            y = list(x)
            y[axis] += 1
            if periodic:
                y[axis] %= shape[axis]
            if y[axis] < shape[axis] and valid[x] and valid[tuple(y)]:
                expected += ms.labels[x] != ms.labels[tuple(y)]
    assert unlike_pairs(ms) == expected > 0


def test_change():
    labels = np.zeros((4, 4), int)
    labels[:2] = 1
    ms = Microstructure.from_array(labels)
    painted = labels.copy()
    painted[3, 3] = 1
    found = change(ms, replace(ms, labels=painted.astype(np.uint8)))
    assert found.voxels == 1 / 16
    assert found.surface == 2 / 4
    flat = replace(ms, labels=np.zeros((4, 4), np.uint8))
    assert change(flat, ms).surface == math.inf
    assert change(flat, flat).surface == 0
    with pytest.raises(InputError, match="expected two microstructures of one shape"):
        change(ms, Microstructure.from_array(np.eye(4, 5)))
