"""Statistics and terms without the finest levels."""

import numpy as np
import pytest

from mcr_core import Term, characterize
from mcr_core.coarse_fields import halved
from mcr_core.coarse_target import coarse_target, coarse_terms, has_levels
from mcr_core.descriptors import Correlations, LineCorrelations, TwoPoint, Variation

TERMS = [Term(descriptor=Variation()), Term(descriptor=TwoPoint(limit_to=3), weight=2.0)]


def evaluated(descriptor, fields):
    (blocks,) = descriptor.evaluate(np.asarray(fields, np.float64)[None], None, 1)
    return {name: np.asarray(block)[0] for name, block in blocks.items()}


@pytest.mark.parametrize("level", [1, 2])
def test_level_0_is_that_of_the_averaged_image(slice_image, level):
    from dataclasses import replace

    periodic = replace(slice_image, periodic=True)
    target = characterize(periodic, [term.descriptor for term in TERMS])
    coarse = coarse_target(target, level)
    fields = periodic.fields(np.float64)
    for _ in range(level):
        fields = halved(fields)
    expected = evaluated(TwoPoint(limit_to=3), fields)
    index = coarse.index(TwoPoint(limit_to=3))
    found = coarse.planes["all"].values[index][0]
    assert set(found) == set(expected)
    for name, block in found.items():
        np.testing.assert_allclose(block, expected[name], atol=1e-6)
    assert coarse.planes["all"].values[coarse.index(Variation())] == ()
    assert coarse.voxel_size == (0.5 * 2**level,) * 2
    assert coarse.source_shape == (32 >> level,) * 2
    assert target.source_shape == (32, 32)


@pytest.mark.parametrize(
    ("weights", "level", "expected"),
    [
        (None, 1, [(2.0, None)]),
        ((1.0, 0.5, 0.25), 1, [(2.0, (0.5, 0.25))]),
        ((1.0, 0.5, 0.25), 2, [(2.0, (0.25,))]),
        ((1.0, 0.5, 0.0), 2, []),
    ],
)
def test_terms_keep_their_weights(weights, level, expected):
    terms = [TERMS[0], TERMS[1].model_copy(update={"level_weights": weights})]
    found = coarse_terms(terms, level)
    assert [(term.weight, term.level_weights) for term in found] == expected
    assert all(term.descriptor == TwoPoint(limit_to=3) for term in found)


@pytest.mark.parametrize(
    ("descriptor", "expected"),
    [
        (Correlations(), True),
        (LineCorrelations(), True),
        (Variation(), False),
        (Variation(domain="volume"), False),
    ],
)
def test_what_has_levels(descriptor, expected):
    assert has_levels(Term(descriptor=descriptor)) is expected
