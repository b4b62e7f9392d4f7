"""What a reconstruction from a target is asked for, presets and weights spelled out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mcr_core.characterization import Characterization
from mcr_core.presets import resolved_for
from mcr_core.settings import Settings
from mcr_core.term import Descriptors, Term
from mcr_core.verbs.extent import result_shape
from mcr_core.verbs.weights import target_terms


def requested_of_target(
    target: Characterization,
    shape: Sequence[int] | None = None,
    descriptors: Descriptors | None = None,
    *,
    add_dimension: int | None = None,
    weight: Mapping[str, float] | None = None,
    preset: str | None = None,
    settings: Settings,
) -> tuple[tuple[int, ...], tuple[Term, ...], Settings]:
    """Return the shape, the terms and the settings that `reconstruct` takes of its arguments.

    Raises:
        InputError: a shape, or a descriptor or weight of what the target does not have.
    """
    made = result_shape(shape, add_dimension, target.source_shape)
    preset = preset_taken(target, preset, descriptors)
    asked, chosen = resolved_for(target, preset, descriptors, settings, shape=made)
    return made, target_terms(target.descriptors, asked, weight), chosen


def preset_taken(
    target: Characterization, preset: str | None, descriptors: Descriptors | None
) -> str | None:
    """Return the preset of a run: what is given; without it and descriptors, the target's own."""
    return target.preset if preset is None and descriptors is None else preset
