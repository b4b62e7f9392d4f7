"""The weights of a VGG-19 network, and what tells them from others."""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.vgg.architecture import LAYERS, kernel_shape

Array = npt.NDArray[Any]

#: What `Weights.identity` looks like: name and SHA-256.
IDENTITY = r"^[\w.-]{1,64}:[0-9a-f]{64}$"


@dataclass(frozen=True, eq=False)
class Weights:
    """Filters and biases of the 16 convolutional layers, and the mean colour of the training.

    Attributes:
        name: which network it is; letters, digits, `.`, `-` and `_`.
        mean: mean of the training images, [3]: blue, green, red, from 0 to 255.
        kernels: filters of every layer, [3, 3, in, out], float32; applied as cross-correlations.
        biases: [out] of every layer, float32.

    Raises:
        ValueError: arrays that are not those of VGG-19.
    """

    name: str
    mean: Array
    kernels: tuple[Array, ...]
    biases: tuple[Array, ...]

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.-]{1,64}", self.name):
            raise ValueError(f"expected a name of letters and digits, got {self.name!r}")
        shapes = [kernel_shape(layer) for layer in LAYERS]
        if [kernel.shape for kernel in self.kernels] != shapes:
            raise ValueError("expected the 16 filter banks of VGG-19")
        if [bias.shape for bias in self.biases] != [shape[3:] for shape in shapes]:
            raise ValueError("expected the 16 biases of VGG-19")
        if self.mean.shape != (3,):
            raise ValueError("expected a mean of three colours")
        arrays = (self.mean, *self.kernels, *self.biases)
        if not all(array.dtype.kind == "f" and np.isfinite(array).all() for array in arrays):
            raise ValueError("expected finite floating-point numbers")

    @functools.cached_property
    def identity(self) -> str:
        """Name and SHA-256 of the numbers, `name:checksum`, the same in whatever file they lie."""
        found = hashlib.sha256()
        found.update(np.ascontiguousarray(self.mean, "<f8").data)
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            found.update(np.ascontiguousarray(kernel, "<f4").data)
            found.update(np.ascontiguousarray(bias, "<f4").data)
        return f"{self.name}:{found.hexdigest()}"
