"""Two-point correlations between different phases, of all lags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mcr_core.descriptors.base import Blocks, Descriptor
from mcr_core.descriptors.pair_shares import pad_for
from mcr_core.descriptors.phase_pairs import cross_entries, cross_shares, draw_cross


@final
class FFTCrossCorrelations(Descriptor):
    """Two-point correlations between every two phases, of all lags up to half the extent.

    S_pq(r) = ⟨I_p(x) I_q(x + r)⟩ for the phases p < q, |dy| ≤ H // 2 and |dx| ≤ W // 2: one block
    `s2` of shape [K, 2 (H // 2) + 1, 2 (W // 2) + 1] with K = P (P − 1) / 2 and lag 0 in the
    centre. `domain="volume"` takes the whole volume at once, [K, 2 (Z // 2) + 1, …].

    Open and masked images are zero-padded and count pairs of valid pixels only. Targets and
    results of different extent are compared at the lags that both have.
    """

    name: ClassVar[str] = "fft_cross_correlations"
    reference: ClassVar[str] = (
        "Niezgoda, Fullwood, Kalidindi, Delineation of the space of 2-point correlations in a "
        "composite material system, Acta Materialia 56, 5285 (2008)"
    )
    takes: ClassVar[Literal["field", "phases"]] = "phases"

    domain: Literal["planes", "volume"] = Field(
        "planes", description="planes: on each plane. volume: once, of all three dimensions."
    )

    def smallest_extent(self) -> int:
        """A lag of one pixel and its opposite."""
        return 3

    def features(self) -> int:
        """Spectra and products of a few images for every pair of phases, padded."""
        return 72

    def entries(self, block: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """The pair of phases and the lag; see `Descriptor.entries`."""
        return cross_entries(shape)

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw S_pq along the axes; see `Descriptor.plot`."""
        draw_cross(axes, blocks["s2"], label)

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return S_pq of each image or volume; see `Descriptor.compute`."""
        reaches = [extent // 2 for extent in image.shape[2:]]
        if valid is not None:
            image, valid = pad_for(image, reaches), pad_for(valid, reaches)
        return {"s2": cross_shares(image, valid, reaches)}
