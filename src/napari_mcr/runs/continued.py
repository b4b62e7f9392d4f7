"""A job that goes on from a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcr_core.errors import InputError
from mcr_core.recording.continued import continued as going_on
from napari_mcr.layers.described_layer import described, job_of
from napari_mcr.layers.phase_layer import Colors
from napari_mcr.layers.result_layers import colors_of

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer


def continued(
    viewer: ViewerModel, layer: Layer | None, max_iter: int
) -> tuple[dict[str, Any], tuple[float, ...], Colors]:
    """Return the job of a result that starts from that result, its voxel size, and the colours.

    The start takes the place of coarser volumes: they are left out. What was painted on the layer
    since counts.

    Args:
        viewer: that shows it.
        layer: the result.
        max_iter: iterations of the job.

    Raises:
        InputError: the layer is no result of a run.
    """
    job = job_of(layer)
    if layer is None or job is None:
        raise InputError("expected the result of a run: select its layer, then press Continue")
    found = described(layer, viewer.dims)
    changed = going_on(job, found, name=layer.name, max_iter=max_iter, shape=found.shape)
    return changed, found.voxel_size, colors_of(layer, found)
