"""Maps of S₂ that depend on the length of the lag only."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: Up to this length every length of a lag has a value of its own; beyond, pixels have.
_APART = 3.0


def radial(s2: Array, pairs: Array) -> npt.NDArray[np.float64]:
    """Return the radial map nearest to given ones, [..., rows, columns].

    f(|r|) with f linear between nodes: the lengths 0, 1, √2, 2, √5 … 3 that lags have, and whole
    pixels from 4 on. The values at the nodes are those of least squares, each lag weighted with
    its number of pairs: at short lags the mean over directions, without mixing lengths.

    Args:
        s2: maps with lag 0 in the centre.
        pairs: number of pairs of pixels, [rows, columns].
    """
    from scipy import sparse
    from scipy.sparse import linalg

    rows, columns = (np.arange(n) - n // 2 for n in pairs.shape)
    lengths = np.hypot(rows[:, None], columns[None]).ravel()
    near = np.unique(lengths[lengths <= _APART].round(9))
    nodes = np.concatenate([near, np.arange(_APART + 1, np.ceil(lengths.max()) + 1)])
    before = np.clip(np.searchsorted(nodes, lengths + 1e-9) - 1, 0, len(nodes) - 2)
    share = np.clip((lengths - nodes[before]) / np.diff(nodes)[before], 0.0, 1.0)
    number = np.arange(len(lengths))
    shares = sparse.csr_matrix(
        (
            np.concatenate([1 - share, share]),
            (np.concatenate([number, number]), np.concatenate([before, before + 1])),
        ),
        (len(lengths), len(nodes)),
    )
    weights = sparse.diags(pairs.ravel().astype(np.float64))
    # A node that no pair reaches takes the value of its neighbours: a slight pull to even steps.
    steps = sparse.diags([-1.0, 1.0], [0, 1], (len(nodes) - 1, len(nodes)))
    pull = 1e-9 * float(pairs.max(initial=1)) * (steps.T @ steps)
    system = linalg.splu((shares.T @ weights @ shares + pull).tocsc())
    flat = np.asarray(s2, np.float64).reshape(-1, len(lengths))
    profiles = np.stack([system.solve(np.asarray(shares.T @ (weights @ one))) for one in flat])
    found: npt.NDArray[np.float64] = (shares @ profiles.T).T.reshape(s2.shape)
    return found
