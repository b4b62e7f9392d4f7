"""References that count pixels one by one, for every fast path."""

import itertools

import numpy as np


def pairs_inside(shape, lag, periodic):
    """All (x, x + lag) with both in the image."""
    for y, x in itertools.product(*map(range, shape)):
        v, u = y + lag[0], x + lag[1]
        if periodic:
            yield (y, x), (v % shape[0], u % shape[1])
        elif 0 <= v < shape[0] and 0 <= u < shape[1]:
            yield (y, x), (v, u)


def two_point(image, lag, *, periodic, mask=None):
    """Share of the valid pairs at a lag whose pixels are both in the phase."""
    hits = valid = 0
    for a, b in pairs_inside(image.shape, lag, periodic):
        if mask is None or (mask[a] and mask[b]):
            valid += 1
            hits += image[a] and image[b]
    return hits / valid


def three_point(image, first, second, *, periodic, mask=None):
    """Share of the valid triples x, x + first, x + second that are all in the phase."""
    hits = valid = 0
    for a, b in pairs_inside(image.shape, first, periodic):
        c = (a[0] + second[0], a[1] + second[1])
        if periodic:
            c = (c[0] % image.shape[0], c[1] % image.shape[1])
        elif not (0 <= c[0] < image.shape[0] and 0 <= c[1] < image.shape[1]):
            continue
        if mask is None or (mask[a] and mask[b] and mask[c]):
            valid += 1
            hits += image[a] and image[b] and image[c]
    return hits / valid


def variation(image, *, periodic, mask=None):
    """Sum over both axes of the mean absolute difference of valid neighbours."""
    total = 0.0
    for lag in ((1, 0), (0, 1)):
        differences = [
            abs(float(image[a]) - float(image[b]))
            for a, b in pairs_inside(image.shape, lag, periodic)
            if mask is None or (mask[a] and mask[b])
        ]
        total += np.mean(differences)
    return total
