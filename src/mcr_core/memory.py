"""How much memory a reconstruction takes, said before it starts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from mcr_core.descriptors import Correlations
from mcr_core.device import expects_gpu
from mcr_core.errors import InputError
from mcr_core.images.header import physical_memory
from mcr_core.kernels.workers import usable_cores
from mcr_core.microstructure import field_count
from mcr_core.objective.kernel_axes import KernelGroup
from mcr_core.objective.planes import CHUNK, PlaneTerms
from mcr_core.objective.target import term_kind
from mcr_core.objective.volume import VolumeTerms
from mcr_core.planes import plane_count, plane_names, plane_shape
from mcr_core.settings import Settings, parse_memory
from mcr_core.swaps.tracked import tracked_bytes
from mcr_core.term import Term

_MB = 2**20
#: Measured on Linux: Python with this package and SciPy; what TensorFlow and Keras add; XLA; and
#: each level of each term that it compiles, for every shape of plane.
_PROCESS, _TENSORFLOW, _XLA, _COMPILED = 130 * _MB, 570 * _MB, 60 * _MB, 50 * _MB
#: What chunks are fitted to where `Settings.memory` is not given: the same on every machine, so
#: that results are, too.
_DEFAULT = 8 * 2**30
#: Copies of the features of one plane that a compiled value and gradient hold.
_FEATURE_COPIES = 8
#: Numbers that a kernel holds at once: features and slopes of some planes or a strip of one.
_STRIP = 2 * 2**20
#: Copies of all entries of a descriptor that one thread holds: values, slopes, residuals.
_ENTRY_COPIES = 8
#: The same in float64, of each level: values, numbers of pairs and symmetries of the source; and
#: while it is characterized.
_LEVEL_COPIES, _SOURCE_COPIES = 8, 8
#: Copies of the fields: gradient and order of planes; what compiled functions add; and the way
#: from variables to fields and back, in NumPy or in TensorFlow.
_FIELDS, _COMPILED_FIELDS, _SIMPLEX, _SIMPLEX_TENSORS = 12, 6, 2, 20


@dataclass(frozen=True)
class MemoryPlan:
    """The bytes that a reconstruction needs at most, roughly, and the chunk that fits.

    Not everything is held at once: `total` is less than the sum.

    Attributes:
        process: Python, this package and the libraries that it loads.
        statistics: what is wanted and found of the descriptors.
        start: making the fields to start from, before the optimizer begins.
        fields: fields and gradient, with copies in the order of planes.
        optimizer: what the optimizer keeps, and its work space.
        features: of one plane for each thread, or of the planes of one compiled call.
        result: giving each voxel one phase, for a preview or at the end.
        swaps: sums that follow swaps of voxels.
        total: what is needed at a time.
        chunk: most planes that one compiled call takes.
        tensorflow: whether TensorFlow is loaded.
    """

    process: int
    statistics: int
    start: int
    fields: int
    optimizer: int
    features: int
    result: int
    swaps: int
    total: int
    chunk: int
    tensorflow: bool

    def parts(self) -> dict[str, int]:
        """Return the bytes of every part, by its name."""
        names = [one.name for one in fields(self)]
        return {name: getattr(self, name) for name in names[: names.index("total")]}


def plan_memory(
    terms: Sequence[Term],
    shape: Sequence[int],
    settings: Settings,
    phase_count: int,
    *,
    gpu: bool | None = None,
) -> MemoryPlan:
    """Return what a reconstruction needs; it depends on the arguments alone.

    Args:
        terms: what is prescribed.
        shape: extent of the result.
        settings: how to run.
        phase_count: number of phases.
        gpu: whether a GPU computes. Default: as `settings.device` says, or where a driver is seen.
    """
    if gpu is None:
        gpu = expects_gpu(settings.device)
    optimizer, precision = settings.optimizer, 4 if settings.dtype == "float32" else 8
    count = field_count(phase_count)
    voxels = math.prod(shape)
    kinds = [term_kind(term, gpu=gpu) for term in terms]
    by_xla = (PlaneTerms, VolumeTerms)
    compiled = [t for t, kind in zip(terms, kinds, strict=True) if issubclass(kind, by_xla)]
    early = gpu or not all(issubclass(kind, KernelGroup) for kind in kinds)
    tensorflow = early or optimizer.needs_tensorflow
    features = [
        precision * _features(term, shape, count, kind)
        for term, kind in zip(terms, kinds, strict=True)
    ]
    copies = _FIELDS + (_COMPILED_FIELDS if compiled else 0)
    if optimizer.needs_gradient and settings.parametrization == "simplex":
        copies += _SIMPLEX_TENSORS if gpu else _SIMPLEX
    parts = {
        "process": _PROCESS + tensorflow * _TENSORFLOW + _programs(compiled, shape),
        "statistics": sum(_statistics(term, shape, precision) for term in terms),
        "start": voxels * settings.start.voxel_bytes(count),
        "fields": voxels * count * precision * copies,
        "optimizer": voxels * count * 8 * optimizer.copies(),
        "features": max(features),
        "result": voxels * (16 * max(2, phase_count) + 36),
        "swaps": 0,
    }
    swapping = not optimizer.needs_gradient
    if swapping or settings.finish_sweeps:
        parts["swaps"] = tracked_bytes(terms, shape, count)
    while_running = parts["optimizer"] + parts["features"] + (parts["swaps"] if swapping else 0)
    total = parts["statistics"] + max(
        # Nothing is compiled yet, and an optimizer loads TensorFlow when it begins.
        _PROCESS + early * _TENSORFLOW + parts["start"],
        parts["process"] + parts["fields"] + while_running,
        # Of the fields, two copies are left at the end.
        parts["process"] + 16 * voxels * count + max(parts["swaps"], parts["result"]),
    )
    chunk = 0
    if any(issubclass(kind, PlaneTerms) for kind in kinds):
        # The number of cores, that kernels depend on, must not decide: it may change.
        held = parts["process"] + parts["fields"] + parts["optimizer"]
        held += max(
            f for f, kind in zip(features, kinds, strict=True) if not issubclass(kind, KernelGroup)
        )
        # Planes with their gradients, each in two places.
        each = 4 * count * precision * _largest_plane(shape)
        limit = parse_memory(settings.memory) if settings.memory else _DEFAULT
        most = max(plane_count(shape, plane) for plane in plane_names(len(shape)))
        chunk = max(1, min(CHUNK, most, (limit - held) // each))
        parts["features"] += chunk * each
        total += chunk * each
    return MemoryPlan(**parts, total=total, chunk=chunk, tensorflow=tensorflow)


def _programs(terms: Sequence[Term], shape: Sequence[int]) -> int:
    """Bytes of what XLA compiles for these terms."""
    extents = {plane_shape(shape, plane) for plane in plane_names(len(shape))}
    levels = [
        1 if term.descriptor.volumetric else sum(term.descriptor.levels(*one) for one in extents)
        for term in terms
    ]
    return _XLA + sum(levels) * _COMPILED if levels else 0


def _largest_plane(shape: Sequence[int]) -> int:
    """Pixels of the largest planes."""
    return max(math.prod(plane_shape(shape, plane)) for plane in plane_names(len(shape)))


def _features(term: Term, shape: Sequence[int], count: int, kind: type) -> int:
    """Numbers that are held while a term is evaluated."""
    descriptor = term.descriptor
    if descriptor.volumetric:
        # Those of whole volumes say how many numbers a voxel takes in all.
        return math.prod(shape) * count * descriptor.features()
    pixels = _largest_plane(shape)
    features = descriptor.features()
    if issubclass(kind, KernelGroup):
        planes = max(plane_count(shape, plane) for plane in plane_names(len(shape)))
        threads = min(usable_cores(), planes)
        return threads * (_STRIP + min(features, 24) * pixels)
    return count * pixels * _FEATURE_COPIES * features


def _statistics(term: Term, shape: Sequence[int], precision: int) -> int:
    """Bytes of the entries of a term: what is wanted, and what every thread finds."""
    entries = term.descriptor.features()
    if isinstance(term.descriptor, Correlations):
        entries *= entries  # S₃
    levels = [
        term.descriptor.levels(*plane_shape(shape, plane)) for plane in plane_names(len(shape))
    ]
    threads = min(usable_cores(), max(shape) if len(shape) == 3 else 1)
    wide = 8 * (max(levels) * _LEVEL_COPIES + _SOURCE_COPIES)
    return entries * (wide + precision * (sum(levels) + threads * _ENTRY_COPIES))


def check_memory(
    terms: Sequence[Term], shape: Sequence[int], settings: Settings, phase_count: int
) -> None:
    """Refuse a reconstruction that does not fit `settings.memory`, or else the machine.

    Raises:
        InputError: with the estimate and what to do.
    """
    plan = plan_memory(terms, shape, settings, phase_count)
    limit = memory_limit(settings)
    if limit is None or plan.total <= limit:
        return
    whose = "--memory (memory= in Python) allows" if settings.memory else "this machine has"
    advice = "choose a smaller shape or fewer phases"
    if plan.optimizer > plan.total / 2 and settings.optimizer.needs_gradient:
        advice = "choose a smaller shape, fewer phases or the optimizer adam"
    if settings.memory and limit <= plan.process:
        advice = f"allow more, the program alone takes {size_text(plan.process)}"
    elif settings.memory:
        advice += ", or allow more"
    raise InputError(
        f"a result of shape {tuple(shape)} needs about {size_text(plan.total)}, "
        f"{whose} {size_text(limit)}: {advice}"
    )


def memory_limit(settings: Settings) -> int | None:
    """Return the bytes that a run may take; None where the machine does not tell."""
    return parse_memory(settings.memory) if settings.memory else physical_memory()


def size_text(count: int) -> str:
    """A number of bytes in the unit that leaves few digits."""
    for unit, power in (("TB", 40), ("GB", 30), ("MB", 20), ("KB", 10)):
        if count >= 2**power:
            share = count / 2**power
            return f"{share:.2g} {unit}" if share < 10 else f"{share:.0f} {unit}"
    return f"{count} bytes"
