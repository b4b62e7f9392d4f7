"""Our values beside frozen ones of the peer, mcrpy 0.2.0: see benchmarks/peer_values.py."""

from pathlib import Path

import numpy as np
import peer_differences
import peer_rows
import pytest

with np.load(Path(__file__).parents[1] / "data" / "peer_values.npz", allow_pickle=False) as file:
    VALUES = dict(file)

CASES = [(row, image) for row in peer_rows.ROWS for image in peer_rows.images_of(row, VALUES)]
DIFFERENCES = peer_differences.measured(VALUES)


@pytest.mark.parametrize(
    ("row", "image"), CASES, ids=[f"{row.name}-{row.peer}-{image}" for row, image in CASES]
)
def test_agrees_with_the_peer(row, image):
    ours, theirs = peer_rows.compare(row, image, VALUES)
    assert ours.size > 0
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)


@pytest.mark.parametrize("row", peer_rows.ROWS, ids=lambda row: f"{row.name}-{row.peer}")
def test_every_row_has_values(row):
    assert peer_rows.images_of(row, VALUES)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_the_peer_differs_as_documented(name):
    difference, left = DIFFERENCES[name]
    assert difference > 1e-3
    assert left < 1e-6


@pytest.mark.parametrize("row", peer_rows.ROWS, ids=lambda row: f"{row.name}-{row.peer}")
def test_a_shifted_value_does_not_agree(row):
    """The comparison looks at the peer's values: other ones differ."""
    image = peer_rows.images_of(row, VALUES)[0]
    key = f"{image}/{row.peer}"
    ours, theirs = peer_rows.compare(row, image, VALUES | {key: VALUES[key] + 0.01})
    assert np.all(np.abs(ours - theirs) > 1e-3)
