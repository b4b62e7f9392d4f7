"""Laws that every descriptor keeps, as functions that raise AssertionError."""

import numpy as np
import tensorflow as tf

SIZE = (20, 24)


def fields(descriptor, seed, count=2, batch=3):
    """Fields [B, F, H, W] or [B, F, D, H, W]: grey inside of (0, 1), or binary.

    Binary for descriptors that are plain NumPy, with features of some pixels.
    """
    size = (10, *SIZE) if descriptor.volumetric else SIZE
    grey = np.random.default_rng(seed).uniform(0.05, 0.95, (batch, count, *size))
    if descriptor.differentiable:
        return grey
    axes = tuple(range(2, grey.ndim))
    smooth = sum(np.roll(grey, shift, axes) for shift in np.ndindex((2,) * len(axes)))
    return (smooth > np.median(smooth)).astype(float)


def evaluate(descriptor, values, valid=None):
    """Flat list of all blocks of all levels, as NumPy arrays [B, F, ...]."""
    levels = descriptor.levels(*values.shape[-2:])
    if descriptor.differentiable:
        values, valid = tf.constant(values), None if valid is None else tf.constant(valid)
    found = descriptor.evaluate(values, valid, levels)
    return [
        (f"{level}/{name}", np.asarray(block))
        for level, blocks in enumerate(found)
        for name, block in blocks.items()
    ]


def everywhere(values):
    return np.ones((1, *values.shape[2:]), values.dtype)


def translation_invariance(descriptor):
    """A periodic image shifted by whole pixels of its coarsest level has the same values."""
    values = fields(descriptor, 1)
    step = 2 ** (descriptor.levels(*SIZE) - 1)
    # A descriptor may be invariant under shifts by its own stride only.
    step *= getattr(descriptor, "stride", 1)
    shifted = np.roll(values, (step, -3 * step), (-2, -1))
    for (name, a), (_, b) in zip(
        evaluate(descriptor, values), evaluate(descriptor, shifted), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, err_msg=name)


def batch_is_one_by_one(descriptor):
    values = fields(descriptor, 2)
    together = evaluate(descriptor, values)
    for index in range(len(values)):
        alone = evaluate(descriptor, values[index : index + 1])
        for (name, a), (_, b) in zip(together, alone, strict=True):
            np.testing.assert_allclose(a[index], b[0], rtol=1e-9, err_msg=name)


def fields_are_independent(descriptor):
    if descriptor.takes == "phases":
        return
    values = fields(descriptor, 3)
    together = evaluate(descriptor, values)
    for index in range(values.shape[1]):
        alone = evaluate(descriptor, values[:, index : index + 1])
        for (name, a), (_, b) in zip(together, alone, strict=True):
            np.testing.assert_allclose(a[:, index], b[:, 0], rtol=1e-9, err_msg=name)


def same_shape_in_both_boundaries(descriptor):
    values = fields(descriptor, 4)
    periodic = evaluate(descriptor, values)
    open_ = evaluate(descriptor, values, everywhere(values))
    assert [(n, v.shape) for n, v in periodic] == [(n, v.shape) for n, v in open_]
    assert all(np.isfinite(v).all() for _, v in open_)


def masked_pixels_do_not_count(descriptor):
    values = fields(descriptor, 5)
    valid = everywhere(values)
    valid[..., :4, :6] = 0
    changed = values.copy()
    changed[..., :4, :6] = 0.5 if descriptor.differentiable else 1 - values[..., :4, :6]
    for (name, a), (_, b) in zip(
        evaluate(descriptor, values, valid), evaluate(descriptor, changed, valid), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-9, equal_nan=True, err_msg=name)


def same_values_of_a_uniform_image(descriptor):
    """An image of one value has no edge, so open and periodic boundaries agree on it."""
    values = np.ones_like(fields(descriptor, 7, count=1, batch=1))
    for (name, a), (_, b) in zip(
        evaluate(descriptor, values), evaluate(descriptor, values, everywhere(values)), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-9, err_msg=name)


def gradient_is_finite_difference(descriptor):
    """Central differences along random directions, in both boundaries, float64, relative 1e-4."""
    if not descriptor.differentiable:
        return
    rng = np.random.default_rng(6)
    values = fields(descriptor, 6, count=1, batch=1)
    for weight in (None, everywhere(values)):
        shapes = [block.shape for _, block in evaluate(descriptor, values, weight)]
        mixes = [tf.constant(rng.standard_normal(shape)) for shape in shapes]

        def scalar(image, weight=weight, mixes=mixes):
            levels = descriptor.levels(*SIZE)
            valid = None if weight is None else tf.constant(weight)
            found = descriptor.evaluate(image, valid, levels)
            blocks = [block for level in found for block in level.values()]
            return tf.add_n(
                [tf.reduce_sum(mix * block) for mix, block in zip(mixes, blocks, strict=True)]
            )

        point = tf.constant(values)
        with tf.GradientTape() as tape:
            tape.watch(point)
            value = scalar(point)
        gradient = tape.gradient(value, point).numpy()
        for _ in range(3):
            direction = rng.standard_normal(values.shape)
            step = 1e-7  # small: rectified features have kinks
            ahead = scalar(tf.constant(values + step * direction)).numpy()
            behind = scalar(tf.constant(values - step * direction)).numpy()
            np.testing.assert_allclose(
                np.sum(gradient * direction), (ahead - behind) / (2 * step), rtol=1e-4
            )


def spec_round_trip(descriptor):
    from mcr_core.descriptors import registry

    if registry.is_installed(descriptor.name):
        assert registry.create(descriptor.spec()) == descriptor


def says_where_it_is_from(descriptor):
    assert descriptor.reference
    assert len(descriptor.summary()) > 10
    for name, option in type(descriptor).model_fields.items():
        assert option.description, f"{name} has no description"


LAWS = (
    translation_invariance,
    batch_is_one_by_one,
    fields_are_independent,
    same_shape_in_both_boundaries,
    masked_pixels_do_not_count,
    same_values_of_a_uniform_image,
    gradient_is_finite_difference,
    spec_round_trip,
    says_where_it_is_from,
)
