"""plan: what a reconstruction would take, before it is started."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcr_core.characterization import Characterization
from mcr_core.device import expects_gpu
from mcr_core.errors import InputError
from mcr_core.memory import MemoryPlan, memory_limit, plan_memory
from mcr_core.microstructure import Microstructure, field_count
from mcr_core.objective import shared_levels
from mcr_core.objective.arrays import ArrayTerms
from mcr_core.objective.kernel_axes import KernelGroup
from mcr_core.objective.plane_sample import sample_size
from mcr_core.objective.target import term_kind
from mcr_core.planes import plane_count, plane_names, plane_shape
from mcr_core.presets import PresetName
from mcr_core.settings import Settings
from mcr_core.term import Descriptors, Term
from mcr_core.verbs.extent import result_shape
from mcr_core.verbs.inputs import Image, Target, as_either
from mcr_core.verbs.match import match_iter, requested
from mcr_core.verbs.reconstruct import as_settings, reconstruct_iter
from mcr_core.verbs.requested import requested_of_target

#: More than any machine has: the check of a run must not refuse what is to be shown.
_ANY_MEMORY = "999999999TB"


@dataclass(frozen=True)
class TermPlan:
    """How a term is computed.

    Attributes:
        descriptor: its name.
        levels: levels of the pyramid, by the name of the kind of plane; of whole volumes, 1.
        computed: `kernel` (NumPy and BLAS), `TensorFlow`, or `NumPy` (no gradient).
    """

    descriptor: str
    levels: Mapping[str, int]
    computed: str


@dataclass(frozen=True)
class ReconstructionPlan:
    """What a reconstruction would take.

    Attributes:
        shape: extent of the result, (Y, X) or (Z, Y, X).
        phases: number of phases.
        variables: numbers that the optimizer moves: a field for two phases, else one a phase.
        planes: planes that an evaluation takes, by the name of their kind.
        terms: what is prescribed.
        device: `cpu` or `gpu`; a GPU is expected where its driver is seen.
        memory: the parts of the memory, the chunk, and whether TensorFlow is loaded.
        limit: bytes that the run may take: `settings.memory`, or what the machine has; None where
            it does not tell.
    """

    shape: tuple[int, ...]
    phases: int
    variables: int
    planes: Mapping[str, int]
    terms: tuple[TermPlan, ...]
    device: str
    memory: MemoryPlan
    limit: int | None

    @property
    def fits(self) -> bool:
        """Whether a run would be started."""
        return self.limit is None or self.memory.total <= self.limit


def plan(
    source: Image | Target,
    shape: Sequence[int] | None = None,
    descriptors: Descriptors | None = None,
    *,
    add_dimension: int | None = None,
    pool: bool = False,
    preset: PresetName | None = None,
    limit_to: int | None = None,
    initial: Image | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    **options: Any,
) -> ReconstructionPlan:
    """Return what a reconstruction would take: memory, planes, levels; nothing is computed.

    The arguments are those of `match` for an image and of `reconstruct` for a characterization.
    Of images of several planes give one, and the shape.

    Args:
        source: what to match: a microstructure or the path of an image; or a characterization, or
            the path of its file (.h5).
        shape: extent of the result, (Y, X) or (Z, Y, X). Default: that of the source.
        descriptors: terms, descriptors or names. Default: as the verbs have it.
        add_dimension: instead of a shape, keep the extent of a 2D source and add so many planes.
        pool: of a volume, prescribe the same on the planes of all directions.
        preset: see `match` and `reconstruct`.
        limit_to: longest lag + 1 in pixels, for the descriptors of an image that have this option
            and do not set it.
        initial: a microstructure to start from, or the path of one.
        settings: a `Settings`, or its fields as a dictionary.
        options: fields of `Settings`.

    Raises:
        InputError: what the verbs would refuse, but for the memory.
    """
    chosen = as_settings(settings, options, ("shape", "descriptors", "add_dimension", "limit_to"))
    given = as_either(source)
    asked: dict[str, Any] = {"add_dimension": add_dimension, "initial": initial}
    if isinstance(given, Microstructure):
        terms, chosen = requested(
            given,
            shape,
            descriptors,
            add_dimension=add_dimension,
            preset=preset,
            limit_to=limit_to,
            settings=chosen,
        )
        unlimited = chosen.model_copy(update={"memory": _ANY_MEMORY})
        extent, phases = given.shape, given.phase_count
        match_iter(given, shape, terms, pool=pool, settings=unlimited, **asked)
    else:
        if limit_to is not None or pool:
            raise InputError("limit_to and pool are for images: a characterization has its own")
        _, terms, chosen = requested_of_target(
            given,
            shape,
            descriptors,
            add_dimension=add_dimension,
            preset=preset,
            settings=chosen,
        )
        unlimited = chosen.model_copy(update={"memory": _ANY_MEMORY})
        extent, phases = given.source_shape, given.phase_count
        reconstruct_iter(given, shape, terms, settings=unlimited, **asked)
    made = result_shape(shape, add_dimension, extent)
    gpu = expects_gpu(chosen.device)
    levels = _levels(given, terms, made)
    return ReconstructionPlan(
        shape=made,
        phases=phases,
        variables=field_count(phases) * math.prod(made),
        planes={
            name: sample_size(plane_count(made, name), chosen.plane_fraction)
            for name in plane_names(len(made))
        },
        terms=tuple(
            TermPlan(
                term.descriptor.name,
                {name: counts[index] for name, counts in levels.items()},
                _computed(term, gpu=gpu),
            )
            for index, term in enumerate(terms)
        ),
        device="gpu" if gpu else "cpu",
        memory=plan_memory(terms, made, chosen, phases, gpu=gpu),
        limit=memory_limit(chosen),
    )


def _levels(
    source: Microstructure | Characterization, terms: Sequence[Term], shape: tuple[int, ...]
) -> dict[str, Sequence[int]]:
    """Levels of each term that source and result have, by the name of the kind of plane."""
    kinds = plane_names(len(shape))
    if isinstance(source, Characterization):
        return {plane: shared_levels(source, terms, shape, plane) for plane in kinds}
    levels: dict[str, Sequence[int]] = {}
    for plane in kinds:
        here = plane_shape(shape, plane)
        there = plane_shape(source.shape, plane if source.ndim == 3 else "xy")
        levels[plane] = [
            min(term.descriptor.levels(*here), term.descriptor.levels(*there)) for term in terms
        ]
    return levels


def _computed(term: Term, *, gpu: bool) -> str:
    kind = term_kind(term, gpu=gpu)
    if kind is ArrayTerms:
        return "NumPy"
    return "kernel" if issubclass(kind, KernelGroup) else "TensorFlow"
