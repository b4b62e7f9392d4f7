"""Two-point correlations between different phases, within a limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mcr_core.descriptors.base import Blocks, Descriptor
from mcr_core.descriptors.phase_pairs import cross_entries, cross_shares, draw_cross


@final
class CrossCorrelations(Descriptor):
    """Two-point correlations between every two phases, of all lags shorter than a limit.

    S_pq(r) = ⟨I_p(x) I_q(x + r)⟩ for the phases p < q and all lags |dy|, |dx| ≤ L − 1 of both
    signs (S_pq(−r) is S_qp(r), in general another number): one block `s2` of shape
    [K, 2L − 1, 2L − 1] with K = P (P − 1) / 2 and lag 0 in the centre. On a binary image the
    probability that x lies in phase p and x + r in phase q. With two phases it holds nothing that
    `two_point` does not (S₀₁ = φ₁ − S₁₁); with three and more it says which phases are neighbours.

    Periodic images wrap. Open and masked images count pairs of valid pixels only. Taken on every
    pyramid level k with min(H, W) / 2^k ≥ 2L − 1.
    """

    name: ClassVar[str] = "cross_correlations"
    reference: ClassVar[str] = "Torquato, Random Heterogeneous Materials, Springer 2002, ch. 2"
    takes: ClassVar[Literal["field", "phases"]] = "phases"
    pyramid: ClassVar[bool] = True

    limit_to: int = Field(
        8, ge=2, le=64, description="Lags of up to limit_to − 1 pixels along each axis are taken."
    )

    def reach(self) -> int:
        """The longest lag along an axis."""
        return self.limit_to - 1

    def smallest_extent(self) -> int:
        """Lags of both signs fit without meeting around a periodic plane."""
        return 2 * self.limit_to - 1

    def features(self) -> int:
        """Spectra and products of a few images for every pair of phases."""
        return 36

    def entries(self, block: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """The pair of phases and the lag; see `Descriptor.entries`."""
        return cross_entries(shape)

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw S_pq along the axes; see `Descriptor.plot`."""
        draw_cross(axes, blocks["s2"], label)

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return S_pq of each image; see `Descriptor.compute`."""
        return {"s2": cross_shares(image, valid, (self.reach(), self.reach()))}
