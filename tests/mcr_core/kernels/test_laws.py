"""Every kernel keeps every law of kernels; broken kernels break the right one.

The reference is the descriptor itself, in TensorFlow.
"""

import functools
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf
from threadpoolctl import threadpool_limits

from mcr_core.descriptors import registry
from mcr_core.kernels import correlations
from mcr_core.kernels.correlations import CorrelationsKernel
from mcr_core.kernels.two_point import TwoPointKernel
from mcr_core.kernels.variation import VariationKernel

#: Options of every descriptor that has a kernel.
VARIANTS = {
    "correlations": [{"limit_to": 4}, {"limit_to": 2}],
    "fft_correlations": [{}],
    "line_correlations": [{}, {"limit_to": 5}],
    "lineal_path": [{"limit_to": 4}, {"limit_to": 5, "directions": "diagonals"}],
    "two_point": [{"limit_to": 4}],
    "variation": [{}],
    "volume_fractions": [{}],
}
DESCRIPTORS = [registry.get(name)(**options) for name in VARIANTS for options in VARIANTS[name]]
BOUNDARIES = ("periodic", "open", "masked")
CASES = [(extent, b) for extent in [(12, 12), (9, 14), (15, 11)] for b in BOUNDARIES]
CASES.append(((9, 10), "none"))
TOLERANCES = {"float64": 1e-12, "float32": 2e-6}


def test_every_kernel_has_a_row():
    with_kernel = [name for name in registry.names() if registry.get(name)().kernel() is not None]
    assert sorted(VARIANTS) == with_kernel


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("correlations", {"form": "soft"}),
        ("fft_correlations", {"domain": "volume"}),
        ("lineal_path", {"form": "soft"}),
        ("variation", {"domain": "volume"}),
    ],
)
def test_other_options_have_none(name, options):
    assert registry.get(name)(**options).kernel() is None


def validity(boundary, extent):
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
    """Fields with their validity: grey, with a third of the values at and beyond the bounds."""
    rng = np.random.default_rng(0)
    found = []
    for extent, boundary in CASES:
        valid = validity(boundary, extent)
        field = rng.uniform(0.05, 0.95, extent)
        bounds = rng.choice([0.0, 1.0, -0.25, 1.5], extent)
        field = np.where(rng.random(extent) < 1 / 3, bounds, field)
        found.append((field if valid is None else field * valid, valid))
    return found


@functools.cache
def reference(descriptor, case):
    """Blocks by TensorFlow in float64, upstream numbers for them, and its gradient.

    None for the gradient where blocks have NaN: TensorFlow passes it on.
    """
    rng = np.random.default_rng(1)
    field, valid = cases()[case]
    weight = None if valid is None else tf.constant(valid[None], tf.float64)
    point = tf.constant(field[None, None])
    with tf.GradientTape() as tape:
        tape.watch(point)
        (tensors,) = descriptor.evaluate(point, weight, 1)
        blocks = {name: block.numpy()[0, 0] for name, block in tensors.items()}
        upstream = {
            name: np.where(np.isnan(block), 0, rng.standard_normal(block.shape))
            for name, block in blocks.items()
        }
        total = tf.add_n([tf.reduce_sum(tensors[name][0, 0] * upstream[name]) for name in blocks])
    if any(np.isnan(block).any() for block in blocks.values()):
        return blocks, upstream, None
    return blocks, upstream, tape.gradient(total, point).numpy()[0, 0]


def assert_close(found, expected, dtype, what):
    assert found.dtype == dtype, what
    assert found.shape == expected.shape, what
    scale = np.nanmax(np.abs(expected)) if np.isfinite(expected).any() else 1.0
    np.testing.assert_allclose(
        found, expected, rtol=0, atol=TOLERANCES[dtype] * max(scale, 1e-3), err_msg=str(what)
    )


def same_values_and_gradients(kind, descriptor):
    for case, (field, valid) in enumerate(cases()):
        blocks, upstream, gradient = reference(descriptor, case)
        for dtype in TOLERANCES:
            what = (*CASES[case], dtype)
            kernel = kind(descriptor, field.shape, valid, dtype)
            found, pullback = kernel.evaluate(field.astype(dtype))
            assert list(found) == list(blocks), what
            for name, block in blocks.items():
                assert_close(found[name], block, dtype, (name, *what))
            slope = pullback({name: numbers.astype(dtype) for name, numbers in upstream.items()})
            assert np.isfinite(slope).all(), what
            if gradient is not None:
                assert_close(slope, gradient, dtype, ("gradient", *what))


def gradient_is_finite_difference(kind, descriptor):
    rng = np.random.default_rng(2)
    for extent, boundary in CASES:
        valid = validity(boundary, extent)
        kernel = kind(descriptor, extent, valid, np.float64)
        field = rng.uniform(0.05, 0.95, extent)
        direction = rng.standard_normal(extent)
        if valid is not None:
            field, direction = field * valid, direction * valid
        blocks, pullback = kernel.evaluate(field)
        upstream = {
            name: np.where(np.isnan(block), 0, rng.standard_normal(block.shape))
            for name, block in blocks.items()
        }
        gradient = pullback(upstream)

        def total(step, kernel=kernel, field=field, direction=direction, upstream=upstream):
            found, _ = kernel.evaluate(field + step * direction)
            return sum(np.nansum(upstream[name] * block) for name, block in found.items())

        difference = (total(1e-6) - total(-1e-6)) / 2e-6
        what = f"{extent} {boundary}"
        np.testing.assert_allclose(
            np.sum(gradient * direction), difference, rtol=1e-6, atol=1e-8, err_msg=what
        )
        if valid is not None:  # what the caller puts there does not count
            np.testing.assert_array_equal(gradient[~valid], 0, err_msg=what)


def the_field_is_left_alone(kind, descriptor):
    """Neither evaluating nor the pullback changes what the caller holds, and both repeat."""
    field = np.random.default_rng(3).uniform(0, 1, (10, 13))
    kernel = kind(descriptor, field.shape, None, np.float64)
    before = field.copy()
    blocks, pullback = kernel.evaluate(field)
    upstream = {name: np.ones_like(block) for name, block in blocks.items()}
    first = pullback(upstream).copy()
    np.testing.assert_array_equal(pullback(upstream), first)
    np.testing.assert_array_equal(field, before)
    assert all((numbers == 1).all() for numbers in upstream.values())
    again, _ = kernel.evaluate(field)
    for name, block in blocks.items():
        np.testing.assert_array_equal(again[name], block)


def threads_do_not_meet(kind, descriptor):
    """One kernel, a plane a thread: every thread evaluates before any takes its gradient."""
    threads, extent = 4, (11, 12)
    fields = np.random.default_rng(4).uniform(0, 1, (threads, *extent))
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


LAWS = (
    same_values_and_gradients,
    gradient_is_finite_difference,
    the_field_is_left_alone,
    threads_do_not_meet,
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("descriptor", DESCRIPTORS, ids=str)
def test_law(descriptor, law):
    law(descriptor.kernel(), descriptor)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law_in_strips(law, monkeypatch):
    """Few rows at a time, the last strip with fewer: the laws hold, and nothing else changes."""
    descriptor = registry.get("correlations")(limit_to=3)
    monkeypatch.setattr(correlations, "_STRIP_VALUES", 2 * 13 * 14)
    assert len(list(CorrelationsKernel(descriptor, (9, 14), None, "float64")._strips())) > 3
    law(CorrelationsKernel, descriptor)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_strips_are_the_whole(boundary, monkeypatch):
    descriptor = registry.get("correlations")(limit_to=3)
    extent = (15, 11)
    valid = validity(boundary, extent)
    field = np.random.default_rng(5).uniform(0, 1, extent)
    field *= 1 if valid is None else valid
    found = []
    for values in (2**19, 2 * 14 * 11, 1):
        monkeypatch.setattr(correlations, "_STRIP_VALUES", values)
        kernel = CorrelationsKernel(descriptor, extent, valid, np.float64)
        strips = len(list(kernel._strips()))
        blocks, pullback = kernel.evaluate(field)
        slope = pullback({name: np.nan_to_num(np.cos(block)) for name, block in blocks.items()})
        found.append((strips, *blocks.values(), slope))
    assert found[0][0] == 1
    assert len({strips for strips, *_ in found}) == 3
    for other in found[1:]:
        for a, b in zip(found[0][1:], other[1:], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


class _WrongValue(VariationKernel):
    def evaluate(self, field):
        blocks, pullback = super().evaluate(field)
        return {"variation": blocks["variation"] * (1 + 1e-4)}, pullback


class _WrongGradient(VariationKernel):
    def evaluate(self, field):
        blocks, pullback = super().evaluate(field)
        return blocks, lambda upstream: pullback(upstream) * (1 + 1e-4)


class _GradientOfTheMirrorImage(VariationKernel):
    def evaluate(self, field):
        blocks, pullback = super().evaluate(field)
        return blocks, lambda upstream: pullback(upstream)[::-1]


class _KnowsLagsWithoutPairs(CorrelationsKernel):
    def evaluate(self, field):
        blocks, pullback = super().evaluate(field)
        return {name: np.nan_to_num(block) for name, block in blocks.items()}, pullback


class _ForgetsTheLastStrip(CorrelationsKernel):
    def _strips(self):
        return iter(list(super()._strips())[:-1])


class _OtherPrecision(VariationKernel):
    def evaluate(self, field):
        blocks, pullback = super().evaluate(field)
        return {"variation": blocks["variation"].astype(np.float64)}, pullback


class _ChangesTheField(VariationKernel):
    def evaluate(self, field):
        field[0, 0] += 1e-3
        return super().evaluate(field)


class _SharesItsMemory(TwoPointKernel):
    """The pullback of a thread takes the field of the thread that came last."""

    def evaluate(self, field):
        self._last = super().evaluate(field)
        return self._last[0], lambda upstream: self._last[1](upstream)


@pytest.mark.parametrize(
    ("broken", "law"),
    [
        (_WrongValue, same_values_and_gradients),
        (_WrongGradient, same_values_and_gradients),
        (_WrongGradient, gradient_is_finite_difference),
        (_GradientOfTheMirrorImage, same_values_and_gradients),
        (_GradientOfTheMirrorImage, gradient_is_finite_difference),
        (_KnowsLagsWithoutPairs, same_values_and_gradients),
        (_ForgetsTheLastStrip, same_values_and_gradients),
        (_OtherPrecision, same_values_and_gradients),
        (_ChangesTheField, the_field_is_left_alone),
        (_SharesItsMemory, threads_do_not_meet),
    ],
)
def test_laws_find_broken_kernels(broken, law):
    name = {CorrelationsKernel: "correlations", VariationKernel: "variation"}.get(
        broken.__mro__[1], "two_point"
    )
    options = {} if name == "variation" else {"limit_to": 4}
    with pytest.raises(AssertionError):
        law(broken, registry.get(name)(**options))
