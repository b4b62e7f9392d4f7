"""The laws of kernels, as functions that raise AssertionError, and the planes that they look at.

The reference is the descriptor itself, in TensorFlow.
"""

import functools
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf
from threadpoolctl import threadpool_limits

BOUNDARIES = ("periodic", "open", "masked")
CASES = [(extent, b) for extent in [(12, 12), (9, 14), (15, 11)] for b in BOUNDARIES]
CASES.append(((9, 10), "none"))
TOLERANCES = {"float64": 1e-12, "float32": 2e-6}


def valid_pixels(boundary, extent):
    """None, all pixels, so few that long lags have no pair, or none."""
    if boundary == "periodic":
        return None
    valid = np.full(extent, boundary != "none")
    if boundary == "masked":
        valid[3:] = False
        valid[0, 3:] = False
        valid[1, 4] = False
    return valid


@functools.cache
def cases():
    """Three planes each, and their validity.

    Grey with a third of the values at and beyond the bounds, binary, and weak.
    """
    rng = np.random.default_rng(0)
    found = []
    for extent, boundary in CASES:
        valid = valid_pixels(boundary, extent)
        grey = rng.uniform(0.05, 0.95, extent)
        bounds = rng.choice([0.0, 1.0, -0.25, 1.5], extent)
        mixed = np.where(rng.random(extent) < 1 / 3, bounds, grey)
        binary = (rng.random(extent) < 0.7).astype(float)
        fields = np.stack([mixed, binary, 0.2 * rng.random(extent)])
        found.append((fields if valid is None else fields * valid, valid))
    return found


@functools.cache
def reference(descriptor, case):
    """Blocks by TensorFlow in float64, upstream numbers for them, and its gradient.

    None for the gradient where blocks have NaN: TensorFlow passes it on.
    """
    rng = np.random.default_rng(1)
    fields, valid = cases()[case]
    weight = None if valid is None else tf.constant(valid[None], tf.float64)
    point = tf.constant(fields[:, None])
    with tf.GradientTape() as tape:
        tape.watch(point)
        (tensors,) = descriptor.evaluate(point, weight, 1)
        blocks = {name: block.numpy()[:, 0] for name, block in tensors.items()}
        upstream = random_upstream(blocks, rng)
        total = tf.add_n([tf.reduce_sum(tensors[name][:, 0] * upstream[name]) for name in blocks])
    if any(np.isnan(block).any() for block in blocks.values()):
        return blocks, upstream, None
    return blocks, upstream, tape.gradient(total, point).numpy()[:, 0]


def random_upstream(blocks, rng):
    return {
        name: np.where(np.isnan(block), 0, rng.standard_normal(block.shape))
        for name, block in blocks.items()
    }


def assert_close(found, expected, dtype, what):
    """Each plane by itself: a weak one is not to hide behind a strong one."""
    assert found.dtype == dtype, what
    assert found.shape == expected.shape, what
    for plane, (ours, theirs) in enumerate(zip(found, expected, strict=True)):
        scale = np.nanmax(np.abs(theirs)) if np.isfinite(theirs).any() else 1.0
        np.testing.assert_allclose(
            ours,
            theirs,
            rtol=0,
            atol=TOLERANCES[dtype] * max(scale, 1e-3),
            err_msg=f"plane {plane} of {what}",
        )


def same_values_and_gradients(kind, descriptor):
    for case, (fields, valid) in enumerate(cases()):
        blocks, upstream, gradient = reference(descriptor, case)
        for dtype in TOLERANCES:
            what = (*CASES[case], dtype)
            kernel = kind(descriptor, fields.shape[1:], valid, dtype)
            found, pullback = kernel.evaluate(fields.astype(dtype))
            assert list(found) == list(blocks), what
            for name, block in blocks.items():
                assert_close(found[name], block, dtype, (name, *what))
            slope = pullback({name: numbers.astype(dtype) for name, numbers in upstream.items()})
            assert np.isfinite(slope).all(), what
            if gradient is not None:
                assert_close(slope, gradient, dtype, ("gradient", *what))


def gradient_is_finite_difference(kind, descriptor):
    """Along one direction of every plane, all planes moving at once."""
    rng = np.random.default_rng(2)
    for extent, boundary in CASES:
        valid = valid_pixels(boundary, extent)
        kernel = kind(descriptor, extent, valid, np.float64)
        fields = rng.uniform(0.05, 0.95, (3, *extent))
        directions = rng.standard_normal((3, *extent))
        if valid is not None:
            fields, directions = fields * valid, directions * valid
        blocks, pullback = kernel.evaluate(fields)
        upstream = random_upstream(blocks, rng)
        gradient = pullback(upstream)

        def totals(step, kernel=kernel, fields=fields, directions=directions, upstream=upstream):
            found, _ = kernel.evaluate(fields + step * directions)
            products = [(upstream[name] * block).reshape(3, -1) for name, block in found.items()]
            return sum(np.nansum(rows, 1) for rows in products)

        differences = (totals(1e-6) - totals(-1e-6)) / 2e-6
        what = f"{extent} {boundary}"
        np.testing.assert_allclose(
            np.sum(gradient * directions, (1, 2)), differences, rtol=1e-6, atol=1e-8, err_msg=what
        )
        if valid is not None:  # what the caller puts there does not count
            np.testing.assert_array_equal(gradient[:, ~valid], 0, err_msg=what)


def a_batch_is_its_planes(kind, descriptor):
    """Planes one by one, and other numbers of planes before, give what they give together."""
    rng = np.random.default_rng(6)
    for boundary in BOUNDARIES:
        extent = (10, 13)
        valid = valid_pixels(boundary, extent)
        fields = rng.uniform(-0.1, 1.1, (5, *extent)) * (1 if valid is None else valid)
        kernel = kind(descriptor, extent, valid, np.float64)
        blocks, pullback = kernel.evaluate(fields)
        upstream = random_upstream(blocks, rng)
        whole = [*blocks.values(), pullback(upstream)]
        for planes in (slice(0, 1), slice(1, 2), slice(3, 5), slice(1, 4), slice(4, 5)):
            found, pullback = kernel.evaluate(fields[planes])
            slope = pullback({name: numbers[planes] for name, numbers in upstream.items()})
            for part, all_planes in zip([*found.values(), slope], whole, strict=True):
                assert_close(part, all_planes[planes], "float64", (boundary, planes))


def the_gradient_alone_is_the_pullback(kind, descriptor):
    """Numbers that all planes share give what they give written out for each."""
    rng = np.random.default_rng(7)
    for boundary in BOUNDARIES:
        extent = (10, 13)
        valid = valid_pixels(boundary, extent)
        fields = rng.uniform(-0.1, 1.1, (5, *extent)) * (1 if valid is None else valid)
        kernel = kind(descriptor, extent, valid, np.float64)
        blocks, pullback = kernel.evaluate(fields)
        numbers = random_upstream({name: block[:1] for name, block in blocks.items()}, rng)
        each = {name: np.repeat(number, 5, axis=0) for name, number in numbers.items()}
        expected = pullback(each).copy()
        assert_close(kernel.gradient(fields, numbers), expected, "float64", boundary)


def the_fields_are_left_alone(kind, descriptor):
    """Neither evaluating nor the pullback changes what the caller holds, and both repeat."""
    fields = np.random.default_rng(3).uniform(0, 1, (3, 10, 13))
    kernel = kind(descriptor, fields.shape[1:], None, np.float64)
    before = fields.copy()
    blocks, pullback = kernel.evaluate(fields)
    kept = {name: block.copy() for name, block in blocks.items()}
    upstream = {name: np.ones_like(block) for name, block in blocks.items()}
    first = pullback(upstream)
    copy = first.copy()
    np.testing.assert_array_equal(pullback(upstream), copy)
    np.testing.assert_array_equal(fields, before)
    assert all((numbers == 1).all() for numbers in upstream.values())
    again, _ = kernel.evaluate(fields)
    kernel.evaluate(fields**2)
    for name, block in kept.items():
        np.testing.assert_array_equal(again[name], block)
        np.testing.assert_array_equal(blocks[name], block)  # no memory that is used again
    np.testing.assert_array_equal(first, copy)


def threads_do_not_meet(kind, descriptor):
    """One kernel, two planes a thread: every thread evaluates before any takes its gradient."""
    threads, extent = 4, (11, 12)
    fields = np.random.default_rng(4).uniform(0, 1, (threads, 2, *extent))
    kernel = kind(descriptor, extent, np.ones(extent, bool), np.float64)
    gate = threading.Barrier(threads)

    def work(index, together):
        if together:
            gate.wait(30)
        blocks, pullback = kernel.evaluate(fields[index])
        kept = [block.copy() for block in blocks.values()]
        if together:
            gate.wait(30)
        slope = pullback({name: np.cos(block) for name, block in blocks.items()})
        return [*kept, *blocks.values(), slope.copy()]

    with threadpool_limits(1, "blas"):
        alone = [work(index, False) for index in range(threads)]
        with ThreadPoolExecutor(threads) as pool:
            together = list(pool.map(work, range(threads), [True] * threads))
    for expected, found in zip(alone, together, strict=True):
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_array_equal(a, b)


LAWS = {
    law.__name__: law
    for law in (
        same_values_and_gradients,
        gradient_is_finite_difference,
        a_batch_is_its_planes,
        the_gradient_alone_is_the_pullback,
        the_fields_are_left_alone,
        threads_do_not_meet,
    )
}


@pytest.fixture(params=LAWS)
def law(request):
    """Every law; or those that a test names."""
    return LAWS[request.param]


@pytest.fixture(params=BOUNDARIES)
def boundary(request):
    return request.param


@pytest.fixture
def validity():
    """From a boundary and an extent, the valid pixels."""
    return valid_pixels
