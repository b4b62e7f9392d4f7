"""What a layer of ours says of itself: its phases, its boundary, and the job that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mcr_core.microstructure import Microstructure
from napari_mcr.layers.source_layer import axes_of, known_scale, microstructure_of

if TYPE_CHECKING:
    from napari.components import Dims
    from napari.layers import Layer


def job_of(layer: Layer | None) -> dict[str, Any] | None:
    """Return the job that made a layer, as JSON data; None where it carries none."""
    job = _carried(layer).get("job")
    return dict(job) if isinstance(job, Mapping) and "source" in job else None


def run_of(layer: Layer | None) -> dict[str, Any] | None:
    """Return how the run went that a layer is of, as `metadata` has it; None where nobody tells."""
    run = _carried(layer).get("run")
    return dict(run) if isinstance(run, Mapping) else None


def is_result(layer: Layer) -> bool:
    """Whether a layer is what a run has come to, and no state on the way."""
    run = run_of(layer)
    ended = run is None or run.get("stop_reason") is not None
    return ended and job_of(layer) is not None


def described(layer: Layer, dims: Dims) -> Microstructure:
    """Return the image of a layer, with phases and boundary as its metadata have them.

    Of a layer without them, or with labels painted since that are none of its phases, the phases
    are the labels that are there, and the image is open.

    Raises:
        InputError: it is no image of phases.
    """
    axes = axes_of(layer, dims, False)
    known = known_scale([layer.scale[a] for a in axes], [layer.units[a] for a in axes])
    sizes, unit = known or (tuple(abs(float(layer.scale[a])) for a in axes), "pixel")
    meaning = _carried(layer).get("microstructure")
    meaning = meaning if isinstance(meaning, Mapping) else {}
    found = microstructure_of(
        layer, dims, axes, voxel_size=sizes, unit=unit, periodic=bool(meaning.get("periodic"))
    )
    values = tuple(meaning.get("phase_values") or ())
    names = tuple(map(str, meaning.get("phase_names") or ()))
    labels = values if meaning.get("stored") == "values" else tuple(range(len(values)))
    if len(names) != len(values) or not set(found.phase_values) <= set(labels):
        return found
    whole = Microstructure.from_array(
        found.values,
        phase_values=labels,
        phase_names=names,
        voxel_size=found.voxel_size,
        unit=found.unit,
        mask=found.mask,
        periodic=found.periodic,
    )
    return replace(whole, phase_values=values)


def _carried(layer: Layer | None) -> Mapping[str, Any]:
    carried = None if layer is None else layer.metadata.get("mcr")
    return carried if isinstance(carried, Mapping) else {}
