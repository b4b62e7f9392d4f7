"""Cluster correlation: how likely two points are to lie in one cluster of a phase."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mcr_core.descriptors.base import Blocks, Descriptor
from mcr_core.descriptors.lag_map import lags

Labels = npt.NDArray[np.int32]


@final
class ClusterCorrelation(Descriptor):
    """Two-point cluster function C₂ of all lags shorter than a limit.

    C₂(r) is the probability that x and x + r lie in the same cluster of the phase, a connected
    set of its pixels. One block `c2` of shape [C] for the C = ((2L − 1)² + 1) / 2 lags r of a
    half plane, in the order of `lag_map.lags`; with `domain="volume"` for the
    C = ((2L − 1)³ + 1) / 2 lags of a half space (see `half_space_lags`), with clusters in 3D.
    Lags count pixels. C₂ ≤ S₂, with equality where all of the phase is one cluster.

    Periodic images wrap, and clusters are connected across their edges: two pixels of one cluster
    of the torus count, even where the way between them leads around it. In open and masked images
    clusters end at the edge and at masked pixels, and only pairs of valid pixels count: clusters
    that are connected outside of the image are taken as apart, so C₂ is an underestimate where
    clusters are as large as the image. Not differentiable.
    """

    name: ClassVar[str] = "cluster_correlation"
    reference: ClassVar[str] = (
        "Torquato, Beasley and Chiew, Two-point cluster function for continuum percolation, "
        "Journal of Chemical Physics 88, 6540 (1988)"
    )
    differentiable: ClassVar[bool] = False

    limit_to: int = Field(
        8, ge=2, le=64, description="Lags of up to limit_to − 1 pixels along each axis are taken."
    )
    connectivity: Literal["faces", "corners"] = Field(
        "faces",
        description="Which pixels of the phase are connected. faces: 4 (6 in 3D) neighbours. "
        "corners: 8 (26).",
    )
    domain: Literal["planes", "volume"] = Field(
        "planes", description="planes: clusters in each plane. volume: clusters in 3D."
    )

    def reach(self) -> int:
        """The longest lag along an axis."""
        return self.limit_to - 1

    def smallest_extent(self) -> int:
        """Lags of both signs fit without meeting around a periodic plane."""
        return 2 * self.limit_to - 1

    def entries(self, block: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """Connectivity, and the lag (dy, dx) or (dz, dy, dx); see `Descriptor.entries`."""
        kind = int(self.connectivity == "corners")
        return np.pad(self._lags(shape[0]), ((0, 0), (1, 0)), constant_values=kind)

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw C₂ along the axes; see `Descriptor.plot`."""
        vectors = self._lags(len(blocks["c2"]))
        color = None
        for name, axis, style in (("X", -1, "-"), ("Y", -2, "--"), ("Z", -3, ":")):
            if -axis > vectors.shape[1]:
                continue
            along = ~np.delete(vectors, axis, 1).any(1)
            (line,) = axes.plot(
                vectors[along, axis],
                blocks["c2"][along],
                style,
                color=color,
                label=f"{label}, along {name}",
            )
            color = line.get_color()
        axes.set_xlabel("lag (pixels)")
        axes.set_ylabel("probability")

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return C₂ of each image; see `Descriptor.compute`."""
        # Open images come padded with zeros: their opposite edges are not connected.
        phase = np.asarray(image > 0.5)
        vectors = half_space_lags(self.limit_to) if self.volumetric else lags(self.limit_to)
        sums = [_pairs(periodic_clusters(one, self.connectivity), vectors) for one in phase]
        if valid is None:
            return {"c2": np.array(sums) / phase[0].size}
        counts = np.array([_pairs((one > 0.5).astype(np.int32), vectors) for one in valid])
        with np.errstate(invalid="ignore", divide="ignore"):
            return {"c2": np.array(sums) / counts}

    def _lags(self, entries: int) -> npt.NDArray[np.int64]:
        """The lags of a block of so many entries, whatever its limit."""
        side: float = (2.0 * entries - 1) ** (1 / (3 if self.volumetric else 2))
        limit_to = (round(side) + 1) // 2
        return half_space_lags(limit_to) if self.volumetric else lags(limit_to)


def half_space_lags(limit_to: int) -> npt.NDArray[np.int64]:
    """Return the lags (dz, dy, dx) of the half space, in the order of the block, shape [C, 3].

    First dz = 0 with the lags of the half plane, then dz = 1 … L − 1 with all of
    dy, dx = −(L − 1) … L − 1 each.
    """
    span = range(-(limit_to - 1), limit_to)
    above = np.array(list(itertools.product(range(1, limit_to), span, span)))
    return np.concatenate([np.pad(lags(limit_to), ((0, 0), (1, 0))), above])


def periodic_clusters(
    phase: npt.NDArray[np.bool_], connectivity: Literal["faces", "corners"]
) -> Labels:
    """Number the clusters of a periodic image of any rank.

    Args:
        phase: True where a pixel is in the phase.
        connectivity: whether neighbours share a face, or a corner is enough.

    Returns:
        0 outside of the phase, and in each cluster a positive number of its own.
    """
    from scipy import ndimage, sparse

    reach = 1 if connectivity == "faces" else phase.ndim
    structure = ndimage.generate_binary_structure(phase.ndim, reach)
    labels = np.zeros(phase.shape, np.int32)
    count = ndimage.label(phase, structure, output=labels)
    links = np.concatenate(
        [_links_across(labels, axis, connectivity) for axis in range(phase.ndim)], axis=1
    )
    ones = np.ones(links.shape[1], bool)
    graph = sparse.coo_array((ones, (links[0], links[1])), shape=(count + 1, count + 1))
    _, merged = sparse.csgraph.connected_components(graph, directed=False)
    return np.where(phase, merged[labels] + 1, 0).astype(np.int32)


def _links_across(labels: Labels, axis: int, connectivity: str) -> Labels:
    """Pairs of clusters that touch across the two edges of an axis, [2, n]."""
    first, last = (np.take(labels, [end], axis).squeeze(axis) for end in (0, -1))
    steps = (0,) if connectivity == "faces" else (-1, 0, 1)
    pairs = []
    for shift in itertools.product(steps, repeat=first.ndim):
        # Corners wrap along the other axes, too.
        other = np.roll(first, shift, tuple(range(first.ndim)))
        both = (last > 0) & (other > 0)
        pairs.append(np.stack([last[both], other[both]]))
    return np.unique(np.concatenate(pairs, axis=1), axis=1)


def _pairs(labels: Labels, vectors: npt.NDArray[np.int64]) -> list[int]:
    """Count, for every lag r, the pixels x > 0 of a periodic image that equal x + r."""
    margin = int(np.abs(vectors).max())
    wrapped = np.pad(labels, margin, mode="wrap")
    # Never equal to what is 0 as well.
    near = np.where(labels > 0, labels, -1)
    return [
        int(
            np.count_nonzero(
                near
                == wrapped[
                    tuple(
                        slice(margin + step, margin + step + extent)
                        for step, extent in zip(vector, labels.shape, strict=True)
                    )
                ]
            )
        )
        for vector in vectors.tolist()
    ]
