"""Mean of given values over the symmetries of the square, for the planes of a volume."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from mcr_core.characterization import Array
from mcr_core.descriptors import Descriptor
from mcr_core.given_arrays.lag_vectors import LagVectors, lag_vectors
from mcr_core.statistics.shared_blocks import cut_levels

Whole = npt.NDArray[np.int64]

#: What flips and a transposition of the image do not change.
_INVARIANT = ("local_thickness", "minkowski", "variation", "volume_fractions")
#: Descriptors whose blocks are as large as the image: the symmetries need a square one.
_WINDOWS = ("fft_correlations", "fft_cross_correlations")

#: The eight symmetries of the square: whether rows and columns are exchanged, then the signs of
#: dy and dx.
SQUARE = tuple(itertools.product((False, True), (1, -1), (1, -1)))
#: Those that leave rows and columns what they are.
MIRRORINGS = SQUARE[:4]


def symmetrized(
    descriptor: Descriptor,
    blocks: Mapping[str, Array],
    symmetries: Sequence[tuple[bool, int, int]] = SQUARE,
) -> tuple[dict[str, Array], str | None]:
    """Average values over the images that symmetries make of one: all eight, or the mirrorings.

    Of lags, the mean of f over the lags that these turn into each other, as far as the block has
    them: all of S₂, while some triangles of S₃ have a turned one with a side beyond `limit_to`.

    Args:
        descriptor: whose values they are.
        blocks: values of a level, [F, ...] by name.
        symmetries: `SQUARE` or `MIRRORINGS`.

    Returns:
        The mean, and what is to be said of it: None if it is that of all images.
    """
    name = descriptor.name
    if name in _INVARIANT:
        return dict(blocks), None
    turns = any(turned for turned, _, _ in symmetries)
    if name == "chord_lengths" and not turns:
        return dict(blocks), None
    if name == "chord_lengths":
        mean = np.mean([blocks["x"], blocks["y"]], axis=0)
        return {"x": mean, "y": mean}, None
    found, partly = {}, False
    for key, block in (_squares(descriptor, blocks) if turns else blocks).items():
        lags = lag_vectors(descriptor, key, block.shape[1:])
        if lags is None:
            return dict(blocks), (
                f"{name}: values cannot be averaged over the symmetries of the square, so a volume "
                "is asked for them as given on the planes of all three axes"
            )
        partly |= lags.vectors.shape[1] > 1
        flat = np.asarray(block, np.float64).reshape(len(block), -1)
        found[key] = _orbit_means(flat, lags, symmetries).reshape(block.shape)
    if not partly:
        return found, None
    return found, (
        f"{name}: for volumes, three-point values are averaged over those symmetries of the square "
        "that leave all lags within the limit"
    )


def transposed(descriptor: Descriptor, blocks: Mapping[str, Array]) -> dict[str, Array] | None:
    """Values of the transposed image; None where they do not follow from those of the image.

    A triangle of S₃ whose transposed one has a side beyond `limit_to` keeps its own value.

    Args:
        descriptor: whose values they are.
        blocks: values of a level, [F, ...] by name.
    """
    if descriptor.name in _INVARIANT:
        return dict(blocks)
    if descriptor.name == "chord_lengths":
        return {"x": blocks["y"], "y": blocks["x"]}
    found = {}
    for key, block in _squares(descriptor, blocks).items():
        lags = lag_vectors(descriptor, key, block.shape[1:])
        if lags is None:
            return None
        own, turned = _keys(lags.vectors, lags), _keys(lags.vectors[..., ::-1], lags)
        order = np.argsort(own, kind="stable")
        places = np.minimum(np.searchsorted(own[order], turned), len(own) - 1)
        known = own[order][places] == turned
        source = np.where(known, order[places], np.arange(len(own)))
        found[key] = block.reshape(len(block), -1)[:, source].reshape(block.shape)
    return found


def _squares(descriptor: Descriptor, blocks: Mapping[str, Array]) -> Mapping[str, Array]:
    """Cut windows of lags to the same reach along both axes."""
    if descriptor.name not in _WINDOWS:
        return blocks
    ((key, block),) = blocks.items()
    *first, rows, columns = block.shape[1:]
    half = descriptor.name == "fft_correlations"
    reach = min(rows - 1 if half else rows // 2, columns // 2)
    shape = (*first, reach + 1 if half else 2 * reach + 1, 2 * reach + 1)
    return cut_levels((blocks,), descriptor, descriptor, [{key: shape}])[0]


def _orbit_means(
    values: npt.NDArray[np.float64],
    lags: LagVectors,
    symmetries: Sequence[tuple[bool, int, int]] = SQUARE,
) -> npt.NDArray[np.float64]:
    """Mean of values [F, n] over the entries that symmetries turn into each other."""
    own = _keys(lags.vectors, lags)
    smallest = own
    for turned, up, left in symmetries:
        vectors = lags.vectors[..., ::-1] if turned else lags.vectors
        smallest = np.minimum(smallest, _keys(vectors * np.array([up, left]), lags))
    # An entry may be there twice, such as S₃(a, b) and S₃(b, a): every one of an orbit counts once.
    _, first, sets, counts = np.unique(
        own, return_index=True, return_inverse=True, return_counts=True
    )
    _, orbits = np.unique(smallest[first], return_inverse=True)
    weights = (1 / (counts * np.bincount(orbits)[orbits]))[sets]
    orbit_of = orbits[sets]
    return np.stack([np.bincount(orbit_of, weights * row)[orbit_of] for row in values])


def _keys(vectors: Whole, lags: LagVectors) -> Whole:
    """Return a number for each set of points, the same for sets that are shifted to each other."""
    # No difference of two lags is longer than twice the longest.
    base = 4 * int(np.abs(lags.vectors).max(initial=0)) + 1
    if lags.same:
        points = np.concatenate([np.zeros_like(vectors[:, :1]), vectors], 1)
        ranks = np.sort(points[..., 0] * base + points[..., 1], 1)
        # A rank is linear in the point, so differences of ranks are ranks of differences.
        parts = ranks[:, 1:] - ranks[:, :1]
    else:
        parts = vectors[..., 0] * base + vectors[..., 1]
    keys = lags.kinds.copy()
    for part in parts.T:
        keys = keys * base**2 + part + base**2 // 2
    return keys
