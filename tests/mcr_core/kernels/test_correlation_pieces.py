"""Correlations of few planes, or of few rows of a plane, at a time are those of all at once."""

import numpy as np
import pytest

from mcr_core.descriptors import Correlations
from mcr_core.kernels import correlations
from mcr_core.kernels.correlations import CorrelationsKernel

DESCRIPTOR = Correlations(limit_to=3)
EXTENT = (15, 11)
PLANES = 5
#: Features of one plane, with the row of ones.
PLANE = 15 * 11 * 14
#: Features held at once, and planes and rows of the pieces that these make of five planes.
PIECES = {
    "all at once": (2**20, [(5, 15)]),
    "exactly all at once": (5 * PLANE, [(5, 15)]),
    "two planes, the last alone": (3 * PLANE - 1, [(2, 15), (2, 15), (1, 15)]),
    "one plane": (PLANE, [(1, 15)] * 5),
    "strips of a plane": (PLANE // 3, [(1, 5)] * 15),
    "strips, the last with fewer rows": (PLANE // 4 + 1, [(1, 4), (1, 4), (1, 4), (1, 3)] * 5),
    "rows": (1, [(1, 1)] * 75),
}


class _Counts(CorrelationsKernel):
    """Knows how many pieces it computed features of."""

    computed = 0

    def _features(self, windows, images):
        self.computed += 1
        return super()._features(windows, images)


class _KeepsNothing(_Counts):
    """Computes the features anew for the gradient."""

    def _sums(self, fields, around):
        return super()._sums(fields, around)[0], None


class _FindsRubbish(CorrelationsKernel):
    """Memory that is used again has no numbers."""

    def _scratch(self, name, shape):
        memory = super()._scratch(name, shape)
        memory[:] = np.nan
        return memory


@pytest.fixture
def fields(boundary, validity):
    fields = np.random.default_rng(5).uniform(-0.1, 1.1, (PLANES, *EXTENT))
    return fields * (1 if boundary == "periodic" else validity(boundary, EXTENT))


@pytest.fixture
def made(boundary, validity):
    """A kernel for the boundary, in double precision."""

    def made(kind=CorrelationsKernel):
        return kind(DESCRIPTOR, EXTENT, validity(boundary, EXTENT), np.float64)

    return made


def result(kernel, fields):
    """All blocks, and the gradient with respect to a sum of sines of their entries."""
    blocks, pullback = kernel.evaluate(fields)
    slope = pullback({name: np.nan_to_num(np.cos(9 * block)) for name, block in blocks.items()})
    return [*blocks.values(), slope]


@pytest.mark.parametrize("case", PIECES)
def test_pieces_are_the_whole(case, made, fields, monkeypatch):
    expected = result(made(), fields)
    held, sizes = PIECES[case]
    monkeypatch.setattr(correlations, "_HELD_VALUES", held)
    kernel = made()
    seen = np.zeros(fields.shape)
    found = []
    for piece in kernel._pieces(fields, kernel._surrounded(fields)):
        planes, rows, width = piece.images.shape
        assert piece.features.shape == (planes, 14, rows * width)
        assert piece.features.size < held + 14 * width  # whole rows: less than one more
        part = seen[piece.planes, piece.first : piece.first + rows]
        assert part.shape == piece.images.shape
        part += 1
        found.append((planes, rows))
    assert found == sizes
    assert (seen == 1).all()
    for a, b in zip(result(kernel, fields), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("case", PIECES)
def test_features_that_are_kept_are_those_computed_anew(case, made, fields, monkeypatch):
    """They are kept if there is one piece; computing them again gives the same bits."""
    held, sizes = PIECES[case]
    monkeypatch.setattr(correlations, "_HELD_VALUES", held)
    keeps, keeps_nothing = made(_Counts), made(_KeepsNothing)
    keeps.computed = keeps_nothing.computed = 0
    found, expected = result(keeps, fields), result(keeps_nothing, fields)
    assert keeps.computed == (1 if len(sizes) == 1 else 2 * len(sizes))
    assert keeps_nothing.computed == 2 * len(sizes)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("case", PIECES)
def test_what_was_in_memory_does_not_count(case, made, fields, monkeypatch):
    monkeypatch.setattr(correlations, "_HELD_VALUES", PIECES[case][0])
    for a, b in zip(result(made(_FindsRubbish), fields), result(made(), fields), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_smaller_batch_leaves_nothing_behind(made, fields):
    """Memory that is used again has what more planes left there."""
    kernel = made()
    expected = [result(made(), part) for part in (fields[:1], fields)]
    for part, wanted in zip((fields, fields[:1], fields), (1, 0, 1), strict=True):
        for a, b in zip(result(kernel, part), expected[wanted], strict=True):
            np.testing.assert_array_equal(a, b)


#: Of the three planes that the laws take: two and one, and strips of some rows.
@pytest.mark.parametrize(("held", "kind"), [(2 * PLANE, "planes"), (2 * 13 * 14, "rows")])
def test_law_in_pieces(held, kind, law, monkeypatch):
    """The last piece has fewer planes or rows: the laws hold."""
    monkeypatch.setattr(correlations, "_HELD_VALUES", held)
    kernel = CorrelationsKernel(DESCRIPTOR, (9, 14), None, "float64")
    planes = np.ones((3, 9, 14))
    sizes = [len(p.images) for p in kernel._pieces(planes, kernel._surrounded(planes))]
    assert sizes == ([2, 1] if kind == "planes" else [1] * 3 * 5)
    law(CorrelationsKernel, DESCRIPTOR)
