"""Values of a descriptor on the pyramid of one plane, by its kernel."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.descriptors import Descriptor
from mcr_core.kernels.kernel import Array, Blocks, Kernel
from mcr_core.pyramid import coarsen


def plane_levels(
    descriptor: Descriptor, fields: Array, valid: Array | None, levels: int
) -> list[Blocks]:
    """Return what `Descriptor.evaluate` returns, of one plane.

    Args:
        descriptor: one that has a kernel.
        fields: [1, F, H, W].
        valid: None, or [1, H, W] of ones and zeros.
        levels: how many levels to compute, from the finest.

    Returns:
        For every level, blocks [1, F, ...].
    """
    result: list[Blocks] = []
    for level in range(levels):
        if level:
            fields, valid = coarsen(fields, valid)
        kernel = plane_kernel(
            descriptor, fields.shape[2:], None if valid is None else valid[0] > 0, fields.dtype
        )
        masked = fields if valid is None else fields * valid[:, None]
        found, _ = kernel.evaluate(np.ascontiguousarray(masked[0]))
        result.append({name: block[None] for name, block in found.items()})
    return result


def plane_kernel(
    descriptor: Descriptor,
    extent: tuple[int, ...],
    valid: npt.NDArray[np.bool_] | None,
    dtype: npt.DTypeLike,
) -> Kernel:
    """Return the kernel of a descriptor for planes of an extent.

    Args:
        descriptor: one that has a kernel.
        extent: (H, W).
        valid: None for periodic planes, else which pixels count, [H, W].
        dtype: precision.
    """
    packed = None if valid is None else valid.tobytes()
    return _kernel(descriptor, (extent[0], extent[1]), packed, np.dtype(dtype))


@functools.lru_cache(maxsize=32)
def _kernel(
    descriptor: Descriptor, extent: tuple[int, int], packed: bytes | None, dtype: np.dtype[Any]
) -> Kernel:
    """Kept: all planes of a volume without a mask have the same numbers of valid pairs."""
    kind = descriptor.kernel()
    if kind is None:
        raise ValueError(f"{descriptor.name} has no kernel")
    valid = None if packed is None else np.frombuffer(packed, bool).reshape(extent)
    return kind(descriptor, extent, valid, dtype)
