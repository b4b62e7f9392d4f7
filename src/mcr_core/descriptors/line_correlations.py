"""Two-point correlations along the axes and the diagonals of a plane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mcr_core.descriptors.base import Blocks, Descriptor
from mcr_core.descriptors.pair_shares import pad_for, pair_shares

if TYPE_CHECKING:
    from mcr_core.kernels.kernel import Kernel
    from mcr_core.swaps.tracker import Tracker

#: Steps (dy, dx) of the four directions, and how pictures call and draw them.
_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))
_LINES = (("along X", "-"), ("along Y", "--"), ("diagonal", ":"), ("antidiagonal", "-."))


@final
class LineCorrelations(Descriptor):
    """Two-point correlation S₂ along the axes and diagonals of a plane, at all lengths.

    S₂(l e) = ⟨I(x) I(x + l e)⟩ for the steps e = (dy, dx) = (0, 1), (1, 0), (1, 1), (1, −1) and
    l = 0 … n − 1; one block `s2` of shape [4, n]. A length counts steps: l of them are l pixels
    along an axis and √2 l along a diagonal. Without a limit, lengths go up to half of the
    shorter side, n = ⌊min(H, W) / 2⌋ + 1: beyond that, periodic images have the same lengths once
    more. On a binary image the probability that both ends of a segment lie in the phase; by FFT,
    in O(N log N).

    Periodic images wrap. Open and masked images count pairs of valid pixels only: each entry is
    divided by their number. With `limit_to=L`, n = L, and it is taken on every pyramid level k
    with min(H, W) / 2^k ≥ 2L − 1; without, on the finest level only.
    """

    name: ClassVar[str] = "line_correlations"
    reference: ClassVar[str] = (
        "Yeong and Torquato, Reconstructing random media, Physical Review E 57, 495 (1998)"
    )
    pyramid: ClassVar[bool] = True

    limit_to: int | None = Field(
        None,
        ge=2,
        le=1024,
        description="Lengths of up to limit_to − 1 steps are taken; none: all that an image has.",
    )

    def reach(self) -> int:
        """The longest length; 0 without a limit, as it then depends on the image."""
        return 0 if self.limit_to is None else self.limit_to - 1

    def smallest_extent(self) -> int:
        """Lengths of both signs fit without meeting around a periodic plane."""
        return 3 if self.limit_to is None else 2 * self.limit_to - 1

    def levels(self, height: int, width: int) -> int:
        """See `Descriptor.levels`: without a limit, the finest level has all lengths."""
        found = super().levels(height, width)
        return min(found, 1) if self.limit_to is None else found

    def features(self) -> int:
        """Spectra and products of a few images."""
        return 12

    def entries(self, block: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """The step (dy, dx) and the length; see `Descriptor.entries`."""
        return np.array([(*step, length) for step in _DIRECTIONS for length in range(shape[1])])

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw S₂ over the distance, a line a direction; see `Descriptor.plot`."""
        colour = None
        for values, step, (name, style) in zip(blocks["s2"], _DIRECTIONS, _LINES, strict=True):
            distance = np.arange(len(values)) * np.hypot(*step)
            (drawn,) = axes.plot(distance, values, style, color=colour, label=f"{label}, {name}")
            colour = drawn.get_color()
        axes.set_xlabel("distance (pixels)")
        axes.set_ylabel("probability")

    def tracker(self) -> type[Tracker]:
        """See `Descriptor.tracker`."""
        from mcr_core.swaps.line_correlations import LineCorrelationsTracker

        return LineCorrelationsTracker

    def kernel(self) -> type[Kernel]:
        """See `Descriptor.kernel`."""
        from mcr_core.kernels.line_correlations import LineCorrelationsKernel

        return LineCorrelationsKernel

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return S₂ of each image; see `Descriptor.compute`."""
        import tensorflow as tf

        reach = self.reach() or min(image.shape[1:]) // 2
        reaches = (reach, reach)
        if valid is not None and self.limit_to is None:
            image, valid = pad_for(image, reaches), pad_for(valid, reaches)
        window = pair_shares(image, image, valid, reaches, half=True)
        lengths = np.arange(reach + 1)
        # Places in the window, whose lags start at (0, −reach).
        places = [dy * lengths * (2 * reach + 1) + dx * lengths + reach for dy, dx in _DIRECTIONS]
        flat = tf.reshape(window, [window.shape[0], -1])
        return {"s2": tf.gather(flat, np.stack(places), axis=1)}
