"""Names and sizes of the convolutional layers of VGG-19."""

from __future__ import annotations

from typing import Literal, get_args

Layer = Literal[
    "conv1_1",
    "conv1_2",
    "conv2_1",
    "conv2_2",
    "conv3_1",
    "conv3_2",
    "conv3_3",
    "conv3_4",
    "conv4_1",
    "conv4_2",
    "conv4_3",
    "conv4_4",
    "conv5_1",
    "conv5_2",
    "conv5_3",
    "conv5_4",
]
#: All layers, from the image on. Every block but the first begins with a pooling.
LAYERS: tuple[Layer, ...] = get_args(Layer)

_CHANNELS = (64, 128, 256, 512, 512)


def block(layer: Layer) -> int:
    """Position of the block that a layer belongs to, from 0."""
    return int(layer[4]) - 1


def channels(layer: Layer) -> int:
    """Number of feature maps of a layer."""
    return _CHANNELS[block(layer)]


def stride(layer: Layer) -> int:
    """Edge, in pixels of the image, of the square that one feature pixel of a layer stands for."""
    return 1 << block(layer)


def kernel_shape(layer: Layer) -> tuple[int, int, int, int]:
    """Shape of the filters of a layer: rows, columns, channels in, channels out."""
    position = LAYERS.index(layer)
    incoming = channels(LAYERS[position - 1]) if position else 3
    return (3, 3, incoming, channels(layer))
