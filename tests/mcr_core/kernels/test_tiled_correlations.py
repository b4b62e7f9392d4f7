"""Compiled tiles compute what NumPy does, for every instruction set, within their memory."""

import numpy as np
import pytest

from mcr_core.descriptors import Correlations
from mcr_core.kernels import correlation_tiles, tiled_correlations
from mcr_core.kernels.correlation_tiles import CorrelationTiles, libraries
from mcr_core.kernels.correlations import CorrelationsKernel
from mcr_core.kernels.tiled_correlations import TiledCorrelationsKernel
from mcr_core.kernels.workers import Workers

compiled = pytest.mark.skipif(
    not libraries(), reason="built without a C compiler, or this processor has no AVX2"
)
pytestmark = [
    compiled,
    pytest.mark.parametrize("instructions", libraries() or ["none"]),
]


@pytest.fixture
def library(instructions, monkeypatch):
    """The library of an instruction set; kernels take it."""
    found = libraries()[instructions]
    monkeypatch.setattr(tiled_correlations, "libraries", lambda: {instructions: found})
    return found


def result(kernel, fields, upstream):
    blocks, pullback = kernel.evaluate(fields)
    return [*blocks.values(), pullback(upstream), kernel.gradient(fields, first(upstream))]


def first(upstream):
    return {name: numbers[:1] for name, numbers in upstream.items()}


def upstream_of(descriptor, planes, dtype):
    rng = np.random.default_rng(3)
    count = descriptor.features()
    return {
        "s2": rng.standard_normal((planes, count)).astype(dtype),
        "s3": rng.standard_normal((planes, count, count)).astype(dtype),
    }


def test_law(library, law):
    law(TiledCorrelationsKernel, Correlations(limit_to=4))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    ("extent", "limit_to"),
    [
        ((16, 16), 2),
        ((7, 33), 4),  # rows end within a chunk
        ((65, 15), 8),
        ((29, 48), 15),
        ((130, 163), 8),  # three bands of rows
        ((66, 300), 11),  # features are held in strips
    ],
)
def test_what_numpy_computes(library, extent, limit_to, masked, dtype):
    rng = np.random.default_rng(0)
    valid = rng.random(extent) < 0.8 if masked else None
    fields = rng.uniform(-0.2, 1.2, (2, *extent)).astype(dtype)
    fields *= 1 if valid is None else valid
    descriptor = Correlations(limit_to=limit_to)
    upstream = upstream_of(descriptor, 2, dtype)
    found, expected = (
        result(kind(descriptor, extent, valid, dtype), fields, upstream)
        for kind in (TiledCorrelationsKernel, CorrelationsKernel)
    )
    tolerance = {"float32": 5e-6, "float64": 1e-13}[dtype]
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * np.nanmax(np.abs(b)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize(("extent", "limit_to"), [((17, 23), 5), ((8, 16), 2), ((140, 150), 8)])
def test_memory_is_enough_and_its_numbers_do_not_count(library, extent, limit_to, periodic, dtype):
    """Nothing is written behind it, and nothing depends on what was there."""
    tiles = CorrelationTiles(library, extent, limit_to, periodic, dtype)
    fields = np.random.default_rng(1).random((2, *extent)).astype(dtype)
    weights = upstream_of(Correlations(limit_to=limit_to), 2, dtype)
    weights = np.concatenate([weights["s3"], weights["s2"][..., None]], axis=2)
    behind, seen = 4096, []
    for number in (0.0, np.nan):
        memory = np.full(tiles.memory_size + behind, number, dtype)
        memory[-behind:] = 7
        seen.append(
            [
                tiles.sums(fields, memory[:-behind]),
                tiles.gradient(fields, weights, memory[:-behind]),
            ]
        )
        assert (memory[-behind:] == 7).all()
    for a, b in zip(*seen, strict=True):
        assert np.isfinite(a).all()
        np.testing.assert_array_equal(a, b)


def test_sums_and_gradient_end_where_their_arrays_do(library, monkeypatch):
    """Results lie between numbers that stay."""
    made = []

    def between(shape, dtype):
        held = np.full(int(np.prod(shape)) + 128, 7, dtype)
        made.append(held)
        return held[64:-64].reshape(shape)

    tiles = CorrelationTiles(library, (9, 21), 4, True, "float32")
    memory = np.empty(tiles.memory_size, "float32")
    monkeypatch.setattr(correlation_tiles.np, "empty", between)
    fields = np.ones((3, 9, 21), "float32")
    tiles.sums(fields, memory)
    tiles.gradient(fields, np.ones((1, 25, 26), "float32"), memory)
    assert len(made) == 2
    for held in made:
        assert (held[:64] == 7).all()
        assert (held[-64:] == 7).all()


@pytest.mark.parametrize("parts", [2, 3, 5])
def test_parts_add_up(library, parts):
    tiles = CorrelationTiles(library, (31, 41), 4, True, "float64")
    assert tiles.most_parts == 1
    memory = np.empty(tiles.memory_size)
    rng = np.random.default_rng(0)
    fields, weights = rng.random((2, 31, 41)), rng.random((1, 25, 26))
    sums = sum(tiles.sums(fields, memory, part, parts) for part in range(parts))
    gradient = sum(tiles.gradient(fields, weights, memory, part, parts) for part in range(parts))
    np.testing.assert_allclose(sums, tiles.sums(fields, memory), rtol=1e-13)
    np.testing.assert_allclose(gradient, tiles.gradient(fields, weights, memory), rtol=1e-13)


@pytest.mark.parametrize(("planes", "expected"), [(1, [4]), (2, [2, 2]), (3, [1] * 3)])
def test_few_planes_have_all_cores(library, planes, expected):
    """What they find is what one thread does."""
    descriptor, extent = Correlations(limit_to=3), (64, 64)
    kernel = TiledCorrelationsKernel(descriptor, extent, None, "float64")
    fields = np.random.default_rng(0).random((planes, 1, *extent))
    upstream = upstream_of(descriptor, 1, "float64")
    used = []

    def evaluate(number):
        used.append(kernel._parts(fields[number]))
        return result(kernel, fields[number], upstream)

    alone = [result(kernel, field, upstream) for field in fields]
    for found, wanted in zip(Workers(4).map(evaluate, planes), alone, strict=True):
        for a, b in zip(found, wanted, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
    assert used == expected


@pytest.mark.parametrize(
    "fields",
    [
        np.ones((1, 9, 20), "float32"),
        np.ones((1, 9, 21), "float64"),
        np.ones((9, 21, 1), "float32").T,
    ],
)
def test_arrays_of_another_kind_are_refused(library, fields):
    tiles = CorrelationTiles(library, (9, 21), 4, True, "float32")
    with pytest.raises(ValueError, match="expected a contiguous array of float32"):
        tiles.sums(fields, np.empty(tiles.memory_size, "float32"))


def test_too_little_memory_and_too_small_planes_are_refused(library):
    tiles = CorrelationTiles(library, (9, 21), 4, True, "float32")
    with pytest.raises(ValueError, match="expected a contiguous array"):
        tiles.sums(np.ones((1, 9, 21), "float32"), np.empty(tiles.memory_size - 1, "float32"))
    with pytest.raises(ValueError, match="7 pixels or more"):
        CorrelationTiles(library, (9, 6), 8, True, "float32")


def test_memory_does_not_grow_with_the_rows(library):
    sizes = [
        CorrelationTiles(library, (rows, 64), 8, True, "float32").memory_size for rows in (64, 4096)
    ]
    assert sizes[0] == sizes[1]


def test_an_older_library_is_not_used(library, monkeypatch):
    monkeypatch.setattr(correlation_tiles, "_INTERFACE", 0)
    assert libraries.__wrapped__() == {}


def test_a_library_of_another_system_is_not_used(library, monkeypatch, tmp_path):
    (tmp_path / "_correlation_tiles_avx2.so").write_bytes(b"not a library")
    monkeypatch.setattr(correlation_tiles, "__file__", str(tmp_path / "correlation_tiles.py"))
    assert libraries.__wrapped__() == {}


def test_numpy_serves_where_there_is_none(library, monkeypatch):
    assert Correlations().kernel() is TiledCorrelationsKernel
    monkeypatch.setattr(correlation_tiles, "libraries", dict)
    assert Correlations().kernel() is CorrelationsKernel
