"""Values on binary images: brute-force counts, and a checkerboard known by heart."""

import brute_force
import numpy as np
import pytest
import tensorflow as tf

from mcr_core.descriptors import Correlations, Variation, VolumeFractions, correlations
from mcr_core.descriptors.lag_map import lags

LIMIT = 3


def _image(seed=0, shape=(9, 11)):
    return np.random.default_rng(seed).random(shape) < 0.4


def _mask(shape=(9, 11)):
    mask = np.ones(shape, bool)
    mask[2:5, 3:7] = False
    mask[8, 0] = False
    return mask


CASES = {
    "periodic": (True, None),
    "open": (False, None),
    "masked": (False, _mask()),
}


def _evaluate(descriptor, image, periodic, mask, dtype):
    valid = None
    if not periodic:
        valid = tf.constant(np.ones(image.shape) if mask is None else mask, dtype)[None]
    blocks = descriptor.evaluate(tf.constant(image, dtype)[None, None], valid, 1)[0]
    return {name: block.numpy()[0, 0] for name, block in blocks.items()}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(tf.float64, 1e-12), (tf.float32, 2e-6)])
def test_correlations_are_counts(case, dtype, tolerance):
    periodic, mask = CASES[case]
    image = _image()
    found = _evaluate(Correlations(limit_to=LIMIT), image, periodic, mask, dtype)
    vectors = lags(LIMIT).tolist()
    s2 = [brute_force.two_point(image, r, periodic=periodic, mask=mask) for r in vectors]
    np.testing.assert_allclose(found["s2"], s2, rtol=0, atol=tolerance)
    s3 = [
        [brute_force.three_point(image, a, b, periodic=periodic, mask=mask) for b in vectors]
        for a in vectors
    ]
    np.testing.assert_allclose(found["s3"], s3, rtol=0, atol=tolerance)


def test_lags_are_the_half_plane():
    for limit in (2, 8, 16):
        vectors = lags(limit)
        assert len(vectors) == ((2 * limit - 1) ** 2 + 1) // 2
        both = {tuple(r) for r in vectors} | {tuple(-r) for r in vectors}
        assert len(both) == (2 * limit - 1) ** 2
    assert len(lags(8)) == 113
    assert len(lags(16)) == 481


@pytest.mark.parametrize("case", CASES)
def test_variation_is_a_count(case):
    periodic, mask = CASES[case]
    found = _evaluate(Variation(), _image(), periodic, mask, tf.float64)
    expected = brute_force.variation(_image(), periodic=periodic, mask=mask)
    np.testing.assert_allclose(found["variation"], expected, rtol=1e-12)


def test_volume_fraction_is_a_share_of_the_valid_pixels():
    found = _evaluate(VolumeFractions(), _image(), False, _mask(), tf.float64)
    np.testing.assert_allclose(found["volume_fractions"], _image()[_mask()].mean(), rtol=1e-12)


def test_checkerboard():
    board = np.indices((16, 16)).sum(axis=0) % 2 == 0
    found = _evaluate(Correlations(limit_to=2), board, True, None, tf.float64)
    by_lag = dict(zip(map(tuple, lags(2).tolist()), found["s2"], strict=True))
    assert by_lag == {(0, 0): 0.5, (0, 1): 0.0, (1, -1): 0.5, (1, 0): 0.0, (1, 1): 0.5}
    assert _evaluate(Variation(), board, True, None, tf.float64)["variation"] == 2.0
    assert _evaluate(VolumeFractions(), board, True, None, tf.float64)["volume_fractions"] == 0.5


def test_second_level_is_the_first_of_the_averaged_image():
    image = np.random.default_rng(1).random((1, 1, 24, 28))
    coarse = image.reshape(1, 1, 12, 2, 14, 2).mean(axis=(3, 5))
    descriptor = Correlations(limit_to=4)
    both = descriptor.evaluate(tf.constant(image), None, 2)[1]
    alone = descriptor.evaluate(tf.constant(coarse), None, 1)[0]
    for name in alone:
        np.testing.assert_allclose(both[name], alone[name], rtol=1e-12)


def test_a_coarse_pixel_is_valid_if_all_its_pixels_are():
    from mcr_core.pyramid import coarsen

    valid = np.ones((1, 4, 5))
    valid[0, 3, 3] = 0
    fields, coarse = coarsen(tf.ones((1, 1, 4, 5), tf.float64), tf.constant(valid))
    assert fields.shape == (1, 1, 2, 2)
    np.testing.assert_array_equal(coarse, [[[1, 1], [1, 0]]])


def test_soft_form_is_the_scaled_sigmoid_of_the_mean_of_two():
    image = _image()
    found = _evaluate(Correlations(limit_to=2, form="soft"), image, True, None, tf.float64)
    for index, (dy, dx) in enumerate(lags(2)):
        mean = (1.0 * image + np.roll(image, (-dy, -dx), (0, 1))) / 2
        low, value, high = (1 / (1 + np.exp(-10 * (x - 0.75))) for x in (0, mean, 1))
        expected = np.mean((value - low) / (high - low))
        np.testing.assert_allclose(found["s2"][index], expected, rtol=1e-12)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("form", ["exact", "soft"])
def test_strips_of_large_images_give_the_same(case, form, monkeypatch):
    periodic, mask = CASES[case]
    descriptor = Correlations(limit_to=LIMIT, form=form)
    whole = _evaluate(descriptor, _image(), periodic, mask, tf.float64)
    monkeypatch.setattr(correlations, "_STRIP_VALUES", 5 * 13 * descriptor.features())
    strips = _evaluate(descriptor, _image(), periodic, mask, tf.float64)
    for name, block in whole.items():
        np.testing.assert_allclose(strips[name], block, rtol=1e-12)


def test_strips_have_the_same_gradient(monkeypatch):
    descriptor = Correlations(limit_to=LIMIT)
    gradients = []
    for values in (2**22, 5 * 13 * descriptor.features()):
        monkeypatch.setattr(correlations, "_STRIP_VALUES", values)

        @tf.function(jit_compile=True, autograph=False)
        def gradient(image):
            with tf.GradientTape() as tape:
                tape.watch(image)
                total = tf.reduce_sum(descriptor.evaluate(image, None, 1)[0]["s3"] ** 2)
            return tape.gradient(total, image)

        gradients.append(gradient(tf.constant(_image(), tf.float64)[None, None]).numpy())
    np.testing.assert_allclose(gradients[1], gradients[0], rtol=1e-9)
