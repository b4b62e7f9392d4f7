"""How much memory a reconstruction takes, said before it starts."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mcr_core.errors import InputError
from mcr_core.images.header import physical_memory
from mcr_core.microstructure import field_count
from mcr_core.objective import CHUNK
from mcr_core.planes import plane_names, plane_shape
from mcr_core.settings import Settings, parse_memory
from mcr_core.swaps.tracked import tracked_bytes
from mcr_core.term import Term

#: TensorFlow, XLA and this package themselves, in bytes.
_PROCESS = 1200 * 2**20
#: Copies of the features of one plane that value and gradient hold.
_FEATURE_COPIES = 8


def estimate_memory(
    terms: Sequence[Term], shape: Sequence[int], settings: Settings, phase_count: int
) -> int:
    """Return the bytes that a reconstruction needs at most, roughly."""
    fields = field_count(phase_count)
    voxels = math.prod(shape) * fields
    precision = 4 if settings.dtype == "float32" else 8
    volume = voxels * (8 * settings.optimizer.copies() + 6 * precision)
    pixels = max(math.prod(plane_shape(shape, plane)) for plane in plane_names(len(shape)))
    features = max(
        # Those of whole volumes say how many numbers a voxel takes in all.
        voxels * d.features() if d.volumetric else fields * pixels * _FEATURE_COPIES * d.features()
        for d in (term.descriptor for term in terms)
    )
    if not settings.optimizer.needs_gradient or settings.finish_sweeps:
        volume += tracked_bytes(terms, shape, fields)
    return _PROCESS + volume + precision * (features + 4 * CHUNK * fields * pixels)


def check_memory(
    terms: Sequence[Term], shape: Sequence[int], settings: Settings, phase_count: int
) -> None:
    """Refuse a reconstruction that does not fit `settings.memory`, or else the machine.

    Raises:
        InputError: with the estimate and what to do.
    """
    needed = estimate_memory(terms, shape, settings, phase_count)
    limit = parse_memory(settings.memory) if settings.memory else physical_memory()
    if limit is not None and needed > limit:
        whose = "--memory (memory= in Python) allows" if settings.memory else "this machine has"
        advice = "choose a smaller shape, fewer phases or the optimizer adam"
        if settings.memory and limit <= _PROCESS:
            advice = "allow more, TensorFlow alone takes most of it"
        elif settings.memory:
            advice += ", or allow more"
        raise InputError(
            f"a result of shape {tuple(shape)} needs about {_size(needed)}, "
            f"{whose} {_size(limit)}: {advice}"
        )


def _size(count: int) -> str:
    """A number of bytes in the unit that leaves few digits."""
    for unit, power in (("TB", 40), ("GB", 30), ("MB", 20), ("KB", 10)):
        if count >= 2**power:
            share = count / 2**power
            return f"{share:.2g} {unit}" if share < 10 else f"{share:.0f} {unit}"
    return f"{count} bytes"
