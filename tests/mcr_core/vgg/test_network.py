"""The network against sums over pixels, and against Keras's own VGG-19."""

import numpy as np
import pytest
import tensorflow as tf

from mcr_core.vgg import keras_weights, network
from mcr_core.vgg.architecture import LAYERS, kernel_shape, stride


def convolved(image, kernel, bias, periodic):
    """Rectified cross-correlation of [H, W, C], one offset after the other."""
    wide = np.pad(image, [(1, 1), (1, 1), (0, 0)], mode="wrap" if periodic else "edge")
    height, width, _ = image.shape
    total = np.zeros((height, width, kernel.shape[3]))
    for y in range(3):
        for x in range(3):
            total += wide[y : y + height, x : x + width] @ kernel[y, x].astype(float)
    return np.maximum(total + bias, 0)


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("pooling", ["average", "max"])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 1e-4)])
def test_features_are_the_sums(random_weights, periodic, pooling, dtype, tolerance):
    rng = np.random.default_rng(0)
    image = rng.random((2, 7, 8, 3))
    valid = None if periodic else np.ones((1, 7, 8))
    found = network.features(
        tf.constant(image, dtype),
        None if periodic else tf.constant(valid, dtype),
        random_weights,
        ("conv1_1", "conv1_2", "conv2_1"),
        pooling,
    )
    filters = list(zip(random_weights.kernels, random_weights.biases, strict=True))
    for index in range(2):
        state = 255 * image[index] - random_weights.mean
        for layer, (kernel, bias) in zip(found, filters, strict=False):
            if layer == "conv2_1":  # 7 rows: the last one is left out
                cells = state[:6].reshape(3, 2, 4, 2, -1)
                state = cells.mean((1, 3)) if pooling == "average" else cells.max((1, 3))
            state = convolved(state, kernel, bias, periodic)
            values = found[layer][0][index].numpy()
            np.testing.assert_allclose(values, state, rtol=tolerance, atol=tolerance * state.max())


def test_weight_is_the_share_of_valid_pixels(random_weights):
    valid = np.ones((1, 8, 8))
    valid[0, :3, :2] = 0
    found = network.features(
        tf.zeros((1, 8, 8, 3)), tf.constant(valid, "float32"), random_weights, LAYERS[:5], "max"
    )
    np.testing.assert_array_equal(found["conv1_1"][1], valid)
    expected = valid.reshape(1, 2, 4, 2, 4).mean((2, 4))
    np.testing.assert_allclose(found["conv3_1"][1], expected)


def test_keras_model_without_weights_is_converted():
    """The same features as Keras's own network, away from its edges, which it fills with zeros."""
    import keras

    model = keras.applications.VGG19(include_top=False, weights=None, input_shape=(48, 48, 3))
    weights = keras_weights.from_model(model)
    assert [kernel.shape for kernel in weights.kernels] == [kernel_shape(name) for name in LAYERS]
    assert weights.name == "keras"

    colours = np.random.default_rng(0).random((1, 48, 48, 3)).astype(np.float32)
    prepared = keras.applications.vgg19.preprocess_input(255 * colours[..., ::-1])
    layer = model.get_layer("block3_conv1").output
    expected = keras.Model(model.input, layer)(prepared).numpy()
    found = network.features(tf.constant(colours), None, weights, ("conv3_1",), "max")
    inner = (slice(None), slice(5, -5), slice(5, -5))
    values = found["conv3_1"][0].numpy()
    np.testing.assert_allclose(values[inner], expected[inner], rtol=1e-3, atol=1e-3)
    assert expected[inner].max() > 1


def test_keras_without_network_says_what_to_do(monkeypatch):
    import keras

    from mcr_core.errors import InputError

    def fails(**options):
        raise Exception(f"URL fetch failure\non {options['weights']}")

    monkeypatch.setattr(keras.applications, "VGG19", fails)
    with pytest.raises(InputError, match=r"\(URL fetch failure on imagenet\): connect to the net"):
        keras_weights.download()


def test_architecture():
    assert len(LAYERS) == 16
    assert [stride(layer) for layer in ("conv1_2", "conv2_1", "conv3_4", "conv5_4")] == [
        1,
        2,
        4,
        16,
    ]
    assert kernel_shape("conv1_1") == (3, 3, 3, 64)
    assert kernel_shape("conv4_1") == (3, 3, 256, 512)
