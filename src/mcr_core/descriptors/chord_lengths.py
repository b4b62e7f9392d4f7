"""Chord lengths: how long the straight runs of a phase are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mcr_core.descriptors.base import Blocks, Descriptor

_VOID, _PHASE, _UNKNOWN = 0, 1, 2


@final
class ChordLengths(Descriptor):
    """Chord-length distribution of a phase along the axes.

    A chord is a maximal run of pixels of the phase along a row (`x`), a column (`y`) or, with
    `domain="volume"`, a line along `z`; its length l counts its pixels. One block per direction,
    of shape [max_length]: p(l) = n(l) / n for l = 1 … max_length, with n(l) the number of chords
    of length l per pixel and n the number of all chords per pixel. Longer chords count in n and
    have no entry, so p(l) does not depend on `max_length`. An image without a chord along a
    direction (the phase is absent, or fills every line) has zeros there, and no vote in the mean
    over planes: see `votes`.

    Periodic images wrap; a line that the phase fills has no chord. In open and masked images a
    run that meets the edge or a masked pixel is censored and not counted. Leaving it out favours
    short chords, so n(l) is the number of whole chords per place where one is seen as a whole,
    which are l + 2 valid pixels in a row; and n is the number of phase boundaries along the line
    per pair of valid neighbours, of which each chord has two. Both are unbiased for a stationary
    structure, so the entries of a small image may add up to somewhat more than 1. Not
    differentiable.
    """

    name: ClassVar[str] = "chord_lengths"
    reference: ClassVar[str] = (
        "Torquato and Lu, Chord-length distribution function for two-phase random media, "
        "Physical Review E 47, 2950 (1993)"
    )
    differentiable: ClassVar[bool] = False

    max_length: int = Field(
        16, ge=1, le=1024, description="Chords of up to so many pixels have an entry each."
    )
    domain: Literal["planes", "volume"] = Field(
        "planes", description="planes: lines along x and y of each plane. volume: along z as well."
    )

    def smallest_extent(self) -> int:
        """The longest chord fits, with a pixel that ends it on either side."""
        return self.max_length + 2

    def entries(self, block: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """The lengths; see `Descriptor.entries`."""
        return np.arange(1, shape[0] + 1, dtype=np.int64)[:, None]

    def plot(self, axes: Any, blocks: Mapping[str, npt.NDArray[Any]], label: str) -> None:
        """Draw a line per direction over the length; see `Descriptor.plot`."""
        color = None
        for (direction, values), style in zip(blocks.items(), ("-", "--", ":"), strict=False):
            (line,) = axes.plot(
                np.arange(1, len(values) + 1),
                values,
                style,
                color=color,
                marker=".",
                label=f"{label}, along {direction.upper()}",
            )
            color = line.get_color()
        axes.set_xlabel("chord length (pixels)")
        axes.set_ylabel("share of the chords")

    def compute(self, image: Any, valid: Any | None) -> Blocks:
        """Return the distributions of each image; see `Descriptor.compute`."""
        distribution = self._of_periodic if valid is None else self._of_open
        return {name: distribution(lines) for name, lines in _lines(image, valid).items()}

    def votes(self, image: Any, valid: Any | None) -> dict[str, npt.NDArray[np.bool_]]:
        """Return for each block and image whether there is a chord, or a part of one, [B].

        Without one the distribution is not 0 but unknown. A reconstruction is still measured
        against 0, so that a plane which has lost the phase has a loss.
        """
        found = {}
        for name, lines in _lines(image, valid).items():
            ahead = np.roll(lines, -1, -1)
            differ = (lines != ahead) & (lines != _UNKNOWN) & (ahead != _UNKNOWN)
            # The last pixel meets the first one in periodic images only.
            found[name] = (differ if valid is None else differ[..., :-1]).any((1, 2))
        return found

    def _of_periodic(self, lines: npt.NDArray[np.int8]) -> npt.NDArray[np.float64]:
        """Distribution along the periodic lines [B, lines, pixels] of each image."""
        pixels = lines.shape[-1]
        # Begun at a pixel outside of the phase and ended by one, no run goes on at the other end
        # of a line. A line that is all phase has none before its run: no chord.
        first = np.argmin(lines, -1)[..., None]
        turned = np.take_along_axis(lines, (np.arange(pixels) + first) % pixels, -1)
        end = np.full((*lines.shape[:-1], 1), _VOID, np.int8)
        chords = _run_lengths(np.concatenate([turned, end], -1), _PHASE, ends=_VOID)
        total = chords.sum(1, keepdims=True)
        shares: npt.NDArray[np.float64] = self._entries_of(chords) / np.maximum(total, 1)
        return shares

    def _of_open(self, lines: npt.NDArray[np.int8]) -> npt.NDArray[np.float64]:
        """Distribution along the open lines [B, lines, pixels] of each image."""
        chords = self._entries_of(_run_lengths(lines, _PHASE, ends=_VOID))
        spans = _run_lengths((lines != _UNKNOWN).astype(np.int8), 1, ends=None)
        # In m valid pixels in a row there are m - l - 1 places of l + 2 pixels.
        lengths = np.arange(1, self.max_length + 1)
        room = np.maximum(np.arange(spans.shape[1])[:, None] - lengths - 1, 0)
        places = (spans @ room).astype(np.float64)
        known = (lines[..., 1:] != _UNKNOWN) & (lines[..., :-1] != _UNKNOWN)
        boundaries = (known & (lines[..., 1:] != lines[..., :-1])).sum((1, 2))
        pairs = known.sum((1, 2))
        with np.errstate(invalid="ignore", divide="ignore"):
            density = np.where(places > 0, chords / places, np.nan)
            total = (boundaries / (2 * pairs))[:, None]
            return np.where((total == 0) & (places > 0), 0.0, density / total)

    def _entries_of(self, chords: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Numbers of the chords that have an entry, [B, max_length]."""
        padded = np.pad(chords, ((0, 0), (0, self.max_length + 1)))
        return padded[:, 1 : self.max_length + 1]


def _lines(image: Any, valid: Any | None) -> dict[str, npt.NDArray[np.int8]]:
    """Return the states of the pixels along each direction, [B, lines, pixels]."""
    states = np.where(image > 0.5, _PHASE, _VOID).astype(np.int8)
    if valid is not None:
        states = np.where(valid > 0.5, states, np.int8(_UNKNOWN))
    names = ("z", "y", "x")[-(states.ndim - 1) :]
    found = {}
    for name in reversed(names):
        lines = np.moveaxis(states, 1 + names.index(name), -1)
        found[name] = lines.reshape(len(states), -1, lines.shape[-1])
    return found


def _run_lengths(
    lines: npt.NDArray[np.int8], state: int, ends: int | None
) -> npt.NDArray[np.int64]:
    """Count, for every length 0 … pixels, the maximal runs of a state on open lines.

    Args:
        lines: [B, lines, pixels].
        state: what the pixels of a run are.
        ends: what the pixels before and after a run are, for it to count; None: anything.

    Returns:
        Numbers of runs [B, pixels + 1].
    """
    batch, _, pixels = lines.shape
    framed = np.pad(lines, ((0, 0), (0, 0), (1, 1)), constant_values=-1)
    inside = framed == state
    flat = framed.ravel()
    # The frame is in no state, so starts and stops alternate over all lines.
    starts = np.flatnonzero(inside[..., 1:-1] & ~inside[..., :-2])
    stops = np.flatnonzero(inside[..., 1:-1] & ~inside[..., 2:])
    length = stops - starts + 1
    line, place = np.divmod(starts, pixels)
    image = line // max(lines.shape[1], 1)
    if ends is not None:
        before = line * (pixels + 2) + place
        whole = (flat[before] == ends) & (flat[before + length + 1] == ends)
        length, image = length[whole], image[whole]
    counts = np.bincount(image * (pixels + 1) + length, minlength=batch * (pixels + 1))
    return counts.reshape(batch, pixels + 1)
