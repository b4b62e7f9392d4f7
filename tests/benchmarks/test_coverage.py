"""A small part of the benchmark: 100 images of 48 pixels, with fixed seeds."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture
def media(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("known_media")


@pytest.mark.parametrize("lag", [0, 1, 3])
@pytest.mark.parametrize("kind", ["GaussianField", "OverlappingSpheres"])
def test_closed_forms_are_those_of_the_images(media: ModuleType, kind: str, lag: int) -> None:
    medium = getattr(media, kind)(2.0)
    values = []
    for seed in range(40):
        image = medium.image(96, np.random.default_rng(seed)).astype(float)
        values.append(np.mean(image[:, : 96 - lag] * image[:, lag:]))
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    assert abs(np.mean(values) - medium.s2(lag)) < 4 * error
    assert medium.s2(0) == pytest.approx(medium.fraction)
    assert medium.s2(100) == pytest.approx(medium.fraction**2)


@pytest.mark.parametrize("kind", ["GaussianField", "OverlappingSpheres"])
def test_intervals_hold_the_truth(
    media: ModuleType, load: Callable[[str], ModuleType], kind: str
) -> None:
    """90 % of the intervals: of 100, between 80 and 99 with a chance of 1 in 500 to fail."""
    medium = getattr(media, kind)({"GaussianField": 1.5, "OverlappingSpheres": 3}[kind])
    row = load("coverage").coverage(medium, 48, 100, 1)
    for name in ("fraction", "lag 1", "lag 2", "lag 4", "lag 8"):
        assert 0.80 <= row[name] <= 0.99, name
    assert 0.6 < row["ratio"] < 1.7
    assert row["anisotropic"] <= 0.15
