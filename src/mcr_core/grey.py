"""How much of the fields is grey: in no phase yet."""

from __future__ import annotations

from typing import Any

import numpy as np

#: From this membership on a voxel has a phase; while its largest one is below, it is grey. So grey
#: are, of two phases, fields between 0.05 and 0.95.
DECIDED = 0.95
#: Voxels that are looked at together: their memberships fit into the cache of a core.
_TOGETHER = 2**16


def grey_share(fields: Any) -> float:
    """Return the share of voxels whose largest membership is below `DECIDED`.

    What is left grey at the end of a run is rounded to one phase or another: the loss of the result
    is then higher than that of the fields.

    Args:
        fields: memberships, [F, (Z,) Y, X] with F = 1 for two phases (1 − f is that of the first),
            else P; an array or a tensor. Of a tensor on a device, only the share leaves it.
    """
    if "GPU" in getattr(fields, "device", ""):
        return _on_device(fields)
    found = np.asarray(fields)
    # A view, unless the fields lie apart: no copy of a whole volume.
    flat = found.reshape(len(found), -1)
    voxels = flat.shape[1]
    grey = 0
    for start in range(0, voxels, _TOGETHER):
        grey += _count(flat[:, start : start + _TOGETHER])
    return grey / voxels


def _count(block: Any) -> int:
    """Count grey voxels, [F, voxels]."""
    if len(block) == 1:
        # As many comparisons as for the larger of f and 1 - f, and no array of numbers.
        return int(np.count_nonzero((block > 1 - DECIDED) & (block < DECIDED)))
    return int(np.count_nonzero(block.max(0) < DECIDED))


def _on_device(fields: Any) -> float:
    import tensorflow as tf

    largest = tf.reduce_max(fields, 0)
    if fields.shape[0] == 1:
        largest = tf.maximum(largest, 1.0 - largest)
    return float(tf.math.count_nonzero(largest < DECIDED)) / float(tf.size(largest))
