"""Where phases would end, drawn on the shown plane while they are chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from napari.utils.colormaps import DirectLabelColormap

from mcr_core.images.classes import boundaries

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels, Layer

#: Labels of a plane of grey values.
Labelling = Callable[[npt.NDArray[Any]], npt.NDArray[np.uint8]]
#: Pixels of a plane, about; the outline of a larger one would not keep up.
_LARGEST_PLANE = 2**24


class Outline:
    """A Labels layer of boundaries over a layer; only the shown plane is labelled, none in 3D.

    Args:
        viewer: where.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._source: Layer | None = None
        self._planes: _Planes | None = None
        self.layer: Labels | None = None

    @property
    def was_deleted(self) -> bool:
        """Whether the user has removed it."""
        return self.layer is not None and self.layer not in self._viewer.layers

    def show(self, source: Layer, labelling: Labelling, colors: dict[int, str]) -> None:
        """Draw the boundaries of labels, in the colour of the higher one.

        Args:
            source: the layer that is labelled.
            labelling: of a plane of its values.
            colors: of the labels, as #rrggbb.
        """
        same = source is self._source
        if self.layer is None or self._planes is None or not same or not self._lies_on(source):
            self.remove()
            self._add(source, labelling, colors)
            return
        self._planes.labelling = labelling
        colormap = _colormap(colors)
        if colormap.color_dict.keys() != self.layer.colormap.color_dict.keys() or any(
            not np.array_equal(color, self.layer.colormap.color_dict[label])
            for label, color in colormap.color_dict.items()
        ):
            self.layer.colormap = colormap
        self.layer.refresh()

    def remove(self) -> None:
        """Remove the layer."""
        if self.layer is not None and self.layer in self._viewer.layers:
            self._viewer.layers.remove(self.layer)
        self.layer = self._planes = self._source = None

    def _lies_on(self, source: Layer) -> bool:
        """Whether the source was neither scaled nor moved since."""
        return self.layer is not None and all(
            np.array_equal(getattr(source, name), getattr(self.layer, name))
            for name in ("scale", "translate")
        )

    def _add(self, source: Layer, labelling: Labelling, colors: dict[int, str]) -> None:
        data = source.data[0] if source.multiscale else source.data
        planes = _Planes(data, labelling)
        selected = set(self._viewer.layers.selection)
        self._source, self._planes = source, planes
        self.layer = self._viewer.add_labels(
            planes,
            name=f"{source.name} outline",
            opacity=1.0,
            scale=source.scale,
            translate=source.translate,
            rotate=source.rotate,
            shear=source.shear,
            affine=source.affine,
            units=source.units,
            axis_labels=source.axis_labels,
            colormap=_colormap(colors),
            metadata={"mcr": {"preview": True}},
        )
        self.layer.editable = False
        # The user goes on with the layer that was chosen.
        self._viewer.layers.selection = selected


class _Planes:
    """Boundaries on the planes of an array, made when they are asked for; 0 elsewhere.

    A volume has none: napari draws no contours in 3D either, and to label all of it takes time.
    """

    def __init__(self, data: Any, labelling: Labelling) -> None:
        self._data = data
        self.labelling = labelling
        self.shape = tuple(data.shape)
        self.ndim = len(self.shape)
        self.dtype = np.dtype(np.uint8)

    def __getitem__(self, index: Any) -> npt.NDArray[np.uint8]:
        values = self._data[index]
        if values.ndim > 2 or values.size > _LARGEST_PLANE:
            return np.zeros(values.shape, np.uint8)
        labels = self.labelling(np.asarray(values))
        return boundaries(labels) if labels.ndim == 2 else labels

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        labels = np.zeros(self.shape, np.uint8)
        return labels if dtype is None else labels.astype(dtype)


def _colormap(colors: dict[int, str]) -> DirectLabelColormap:
    shown: dict[int | None, Any] = {0: "transparent", None: "transparent"}
    shown.update({label: color for label, color in colors.items() if label != 0})
    return DirectLabelColormap(color_dict=shown)
