"""Pyramids of planes by kernels are those of the descriptors, and kernels are kept."""

import numpy as np
import pytest
import tensorflow as tf

from mcr_core.descriptors import registry
from mcr_core.kernels.plane_levels import plane_kernel, plane_levels

KINDS = [registry.get(name) for name in registry.names()]
DESCRIPTORS = [
    kind(**({"limit_to": 4} if "limit_to" in kind.model_fields else {}))
    for kind in KINDS
    if kind().kernel() is not None
]


def validity(boundary, extent):
    if boundary == "periodic":
        return None
    valid = np.ones((1, *extent))
    if boundary == "masked":
        valid[:, :6, 9:] = 0
        valid[:, 11] = 0
    return valid


@pytest.mark.parametrize("boundary", ["periodic", "open", "masked"])
@pytest.mark.parametrize("descriptor", DESCRIPTORS, ids=lambda descriptor: descriptor.name)
def test_plane_levels_are_those_of_the_descriptor(descriptor, boundary):
    extent = (21, 30)
    valid = validity(boundary, extent)
    fields = np.random.default_rng(6).uniform(0, 1, (1, 2, *extent))
    levels = descriptor.levels(*extent)
    assert levels == (2 if descriptor.pyramid else 1)
    found = plane_levels(descriptor, fields, valid, levels)
    weight = None if valid is None else tf.constant(valid)
    expected = descriptor.evaluate(tf.constant(fields), weight, levels)
    for ours, theirs in zip(found, expected, strict=True):
        assert list(ours) == list(theirs)
        for name, block in theirs.items():
            np.testing.assert_allclose(ours[name], block, rtol=1e-10, atol=1e-14)


def test_a_kernel_is_made_once():
    descriptor = registry.get("two_point")(limit_to=3)
    valid = np.ones((8, 9), bool)
    first = plane_kernel(descriptor, (8, 9), valid, np.float64)
    assert plane_kernel(descriptor, (8, 9), valid.copy(), "float64") is first
    other = valid.copy()
    other[0, 0] = False
    assert plane_kernel(descriptor, (8, 9), other, np.float64) is not first
    assert plane_kernel(descriptor, (8, 9), valid, np.float32) is not first
    assert plane_kernel(registry.get("two_point")(), (8, 9), valid, np.float64) is not first


def test_no_kernel_is_said():
    with pytest.raises(ValueError, match=r"^correlations has no kernel$"):
        plane_kernel(registry.get("correlations")(form="soft"), (12, 12), None, np.float64)
