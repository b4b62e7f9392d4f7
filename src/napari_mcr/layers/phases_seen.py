"""What a layer holds, for somebody who has to say which of it is which phase."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import InputError
from mcr_core.images.classes import distinct_values
from mcr_core.microstructure import MAX_PHASES
from napari_mcr.forms.phase_table import LARGEST_PHASE, Row
from napari_mcr.layers.phase_layer import PALETTE
from napari_mcr.layers.source_layer import sample_of, stated_of

if TYPE_CHECKING:
    from napari.components import Dims
    from napari.layers import Layer

#: More voxels are not looked at before phases are made: the viewer must not wait for it.
_MOST_VOXELS = 2**21
#: Labels, such as those of grains, that have a line each; more are cut by a threshold.
_MOST_LABELS = 100


@dataclass(frozen=True)
class Seen:
    """What was seen of an image.

    Attributes:
        sample: its values, or every n-th of them along each axis.
        step: n.
        values: the distinct values, ascending; none of a grey image.
        rows: of the table, one for each value.
        names: of phases that the layer has named.
        colors: of phases, as #rrggbb.
        limits: for a threshold to begin with; none for Otsu's.
    """

    sample: npt.NDArray[Any]
    step: int
    values: tuple[float, ...] = ()
    rows: tuple[Row, ...] = ()
    names: dict[int, str] = field(default_factory=dict)
    colors: dict[int, str] = field(default_factory=dict)
    limits: tuple[float, ...] = ()


def look_at(layer: Layer, dims: Dims, axes: Sequence[int], more: Collection[float] = ()) -> Seen:
    """Look at an image, or at a part that tells enough.

    Args:
        layer: Image or Labels.
        dims: of the viewer.
        axes: of the image.
        more: values that are known to be there.

    Raises:
        InputError: it is RGB, has one axis, or holds NaN.
    """
    if getattr(layer, "rgb", False):
        raise InputError(
            f"expected grey values or labels, the layer {layer.name!r} is an RGB image: split it "
            "into its channels (right click on the layer, Split RGB)"
        )
    if len(axes) < 2:
        raise InputError(f"expected an image, the layer {layer.name!r} has one axis")
    sample, step = sample_of(layer, dims, axes, _MOST_VOXELS)
    check_numbers(sample, layer.name)
    is_labels = hasattr(layer, "get_color")
    most = _MOST_LABELS if is_labels else MAX_PHASES
    found, shares = distinct_values(sample, most)
    if not shares or len(more) > most:
        return Seen(sample, step, limits=(0.0,) if is_labels and found[0] == 0 else ())
    share_of = dict.fromkeys(more, 0.0)
    share_of |= {value.item(): share for value, share in zip(found, shares, strict=True)}
    values = tuple(sorted(share_of))
    phases = _phases(values, stated_of(layer).outside)
    names, colors = _names(layer, values, phases), _colors(layer, values, phases)
    rows = tuple(Row(f"{v:.6g}", share_of[v], p) for v, p in zip(values, phases, strict=True))
    return Seen(sample, step, values, rows, names, colors)


def check_numbers(values: npt.NDArray[Any], name: str) -> None:
    """Refuse what is no image of finite numbers.

    Raises:
        InputError: complex numbers, NaN or infinity.
    """
    if values.dtype.kind not in "biuf":
        raise InputError(f"expected numbers, the layer {name!r} holds {values.dtype}")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise InputError(
            f"expected grey values, the layer {name!r} holds NaN or infinity: replace these by a "
            "number, which may then be a phase of its own"
        )


def rows_of_limits(
    limits: Sequence[float], shares: Sequence[float], before: Sequence[int | None]
) -> tuple[Row, ...]:
    """Return a row for the values between limits.

    Args:
        limits: ascending.
        shares: one more than limits.
        before: phases that the rows have had; where their number is another, they are numbered.
    """
    texts = [f"≤ {limits[0]:.6g}"]
    texts += [f"… {limit:.6g}" for limit in limits[1:]]
    texts.append(f"> {limits[-1]:.6g}")
    phases = before if len(before) == len(texts) else range(len(texts))
    return tuple(Row(*row) for row in zip(texts, shares, phases, strict=True))


def _phases(values: Sequence[float], outside: int | None) -> list[int | None]:
    """The phase value that each value has at first."""
    inside = [value for value in values if value != outside]
    if len(inside) > MAX_PHASES:
        # Grains or particles with a number each, on what is not numbered.
        return [None if value == outside else int(value != 0) for value in values]
    fit = all(float(v).is_integer() and 0 <= v <= LARGEST_PHASE for v in inside)
    return [
        None if value == outside else int(value) if fit else inside.index(value) for value in values
    ]


def _names(layer: Layer, values: Sequence[float], phases: Sequence[int | None]) -> dict[int, str]:
    stated = stated_of(layer).names
    return {
        phase: stated[value]
        for value, phase in zip(values, phases, strict=True)
        if phase is not None and value in stated
    }


def _colors(layer: Layer, values: Sequence[float], phases: Sequence[int | None]) -> dict[int, str]:
    used = sorted({phase for phase in phases if phase is not None})
    colors = dict(zip(used, PALETTE, strict=False))
    if not hasattr(layer, "get_color") or len(used) < len([p for p in phases if p is not None]):
        return colors
    for value, phase in zip(values, phases, strict=True):
        color = layer.get_color(value)
        if phase is not None and color is not None and color[3] > 0:
            colors[phase] = "#" + "".join(f"{round(255 * float(c)):02x}" for c in color[:3])
    return colors
