"""The neutral measure: how far a binary volume is from a slice, whatever program made it.

Run: `python benchmarks/neutral.py SLICE VOLUME [--limit L] [--periodic]`

Level 0, exact multilinear form: for every plane of every axis of the volume the mean square
difference from the slice of all S₂ with lags |dy|, |dx| ≤ L − 1, and that of all S₃; then the mean
over planes and axes. Two numbers. The slice counts within its own boundary (open, unless
`--periodic`), and so does the volume (a reconstruction is periodic). VOLUME is an image file, or an
`.npz` with grey `fields` [Z, Y, X], of which the voxels with the largest values become phase 1 so
that the fraction is exactly that of the slice.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import mcr_core as mcr
from mcr_core.descriptors import Correlations
from mcr_core.phases import to_labels
from mcr_core.planes import field_planes, plane_names


class Neutral(NamedTuple):
    """Mean square differences."""

    s2: float
    s3: float


def neutral_measure(
    source: mcr.Microstructure, limit_to: int
) -> Callable[[mcr.Microstructure], Neutral]:
    """Return the measure of binary volumes, or images, against a slice."""
    descriptor = Correlations(limit_to=limit_to)
    target = mcr.characterize(source, [descriptor])
    wanted = target.for_plane("xy", 2).values[target.index(descriptor)][0]

    def measure(volume: mcr.Microstructure) -> Neutral:
        import tensorflow as tf

        found = tf.function(
            lambda fields, valid: descriptor.evaluate(fields, valid, 1)[0], autograph=False
        )
        per_axis = []
        for name in plane_names(volume.ndim):
            fields, valid = field_planes(volume, name)
            if valid is None and not volume.periodic:
                valid = np.ones((1, *fields.shape[2:]))
            per_plane = []
            for index in range(len(fields)):
                # Sums of zeros and ones: exact in float32, too.
                field = tf.constant(fields[index : index + 1], tf.float32)
                one = None if valid is None else valid[min(index, len(valid) - 1)][None]
                blocks = found(field, None if one is None else tf.constant(one, tf.float32))
                per_plane.append(
                    [
                        np.mean((np.asarray(blocks[block], np.float64)[0] - wanted[block]) ** 2)
                        for block in ("s2", "s3")
                    ]
                )
            per_axis.append(np.mean(per_plane, axis=0))
        return Neutral(*np.mean(per_axis, axis=0).tolist())

    return measure


def thresholded(fields: np.ndarray, source: mcr.Microstructure) -> mcr.Microstructure:
    """Grey values [Z, Y, X] of phase 1 as a periodic volume with the fractions of the slice."""
    labels = to_labels(fields[None], source.phase_fractions)
    values = np.array(source.phase_values)[labels]
    return mcr.Microstructure.from_array(values, periodic=True, phase_values=source.phase_values)


def read_slice(file: Path, *, periodic: bool) -> mcr.Microstructure:
    """A slice with two phases, in pixels."""
    image = mcr.read(file)
    return mcr.Microstructure.from_array(image.values, periodic=periodic)


def main() -> None:
    parser = argparse.ArgumentParser(description="The neutral measure of a volume.")
    parser.add_argument("slice", type=Path)
    parser.add_argument("volume", type=Path)
    parser.add_argument("--limit", type=int, default=8)
    parser.add_argument("--periodic", action="store_true", help="the slice is periodic")
    options = parser.parse_args()
    source = read_slice(options.slice, periodic=options.periodic)
    if options.volume.suffix == ".npz":
        with np.load(options.volume, allow_pickle=False) as file:
            volume = thresholded(file["fields"], source)
    else:
        volume = mcr.Microstructure.from_array(mcr.read(options.volume).values, periodic=True)
    found = neutral_measure(source, options.limit)(volume)
    print(json.dumps({"limit_to": options.limit, "s2": found.s2, "s3": found.s3}))


if __name__ == "__main__":
    main()
