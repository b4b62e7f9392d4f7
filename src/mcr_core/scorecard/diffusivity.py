"""Effective diffusivity: how well something that moves in one phase gets through."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from mcr_core.errors import RunError
from mcr_core.scorecard.clusters import spanning_part
from mcr_core.scorecard.quantity import Flags, Quantity

# Of the solvers for this, none fits: openpnm, porespy and taufactor bring numba or torch.

_AXES = ("z", "y", "x")
#: Relative residual at which conjugate gradients stop; the error of the flux goes with its square.
_TOLERANCE = 1e-5
#: Edge of the blocks of the preconditioner, in voxels.
_BLOCK = 4
Field = npt.NDArray[np.float64]


def diffusivity(phase: Flags, limit_to: int) -> list[Quantity]:
    """Effective diffusivity along each axis of windows [n, (z,) y, x], relative to the phase's own.

    The rest is impermeable, and so are the sides of the window; see `effective_diffusivity`. 0
    where no cluster of the phase, connected by faces, gets through.
    """
    rank = phase.ndim - 1
    return [
        Quantity(
            "diffusivity",
            f"along {_AXES[3 - rank + axis]}",
            "held out",
            np.array(
                [
                    [effective_diffusivity(spanning_part(window, axis).astype(float), axis)]
                    for window in phase
                ]
            ),
        )
        for axis in range(rank)
    ]


def effective_diffusivity(local: Field, axis: int, *, periodic_sides: bool = False) -> float:
    """Effective diffusivity of a grid of voxels along an axis.

    Solves div(D grad c) = 0 with c = 1 and 0 on the two faces normal to the axis, and no flux
    through the other sides (or periodic ones), by finite volumes: between two voxels the
    diffusivity is the harmonic mean 2 D₁ D₂ / (D₁ + D₂), from a voxel to a face of the box 2 D.
    Exact for laminates. The result is flux × length / area. By conjugate gradients; clusters that
    touch neither of the two faces take no part.

    Args:
        local: diffusivity of each voxel, ≥ 0; any rank.
        axis: along which the gradient is applied.
        periodic_sides: whether the other sides are periodic.

    Raises:
        RunError: no solution to the tolerance.

    Source: Torquato, Random Heterogeneous Materials, Springer 2002, chapter 13 (what it is);
    Patankar, Numerical Heat Transfer and Fluid Flow, 1980, section 4.2-3 (harmonic means).
    """
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import cg

    moving = local > 0
    if not moving.any():
        return 0.0
    number = np.full(local.shape, -1)
    number[moving] = np.arange(np.count_nonzero(moving))
    matrix = _conductances(local, number, axis, periodic_sides=periodic_sides)
    _, cluster = connected_components(matrix, directed=False)
    faces = np.concatenate([np.take(number, place, axis).ravel() for place in (0, -1)])
    reached = np.isin(cluster, cluster[faces[faces >= 0]])
    if not reached.all():
        kept = np.zeros(local.shape)
        kept[moving] = np.where(reached, local[moving], 0.0)
        return effective_diffusivity(kept, axis, periodic_sides=periodic_sides)
    total = np.asarray(matrix.diagonal())
    source = np.zeros(len(total))
    for place in (0, -1):
        voxels = np.take(number, place, axis)
        to_face = 2 * np.take(local, place, axis)[voxels >= 0]
        total[voxels[voxels >= 0]] += to_face
        if place == 0:
            source[voxels[voxels >= 0]] = to_face
    matrix.setdiag(total)
    size: int = local.shape[axis]
    straight = 1 - (np.nonzero(moving)[axis] + 0.5) / size
    found, failed = cg(
        matrix,
        source,
        x0=straight,
        rtol=_TOLERANCE,
        maxiter=20 * size + 1000,
        M=_preconditioner(matrix, np.argwhere(moving), local.shape),
    )
    if failed:
        raise RunError(
            f"the diffusivity of {' x '.join(map(str, local.shape))} voxels was not found to a "
            f"residual of {_TOLERANCE:g}: do the diffusivities differ by many orders of magnitude?"
        )
    # The second term takes out what the residual changes to first order: errors count squared.
    flux = float(source.sum() - source @ found - straight @ (source - matrix @ found))
    area: int = math.prod(n for a, n in enumerate(local.shape) if a != axis)
    return flux * size / area


def _preconditioner(matrix: Any, voxels: npt.NDArray[np.int64], shape: tuple[int, ...]) -> Any:
    """The diagonal, and the same equations for the means over blocks of 4 voxels a side.

    The blocks carry what is smooth, which takes the diagonal alone ten times as many iterations.
    """
    from scipy import sparse
    from scipy.sparse.linalg import LinearOperator, splu

    diagonal = matrix.diagonal()
    blocks = np.ravel_multi_index(tuple(voxels.T // _BLOCK), [-(-n // _BLOCK) for n in shape])
    found, block = np.unique(blocks, return_inverse=True)
    count = len(diagonal)
    spread: Any = sparse.csr_array(
        (np.ones(count), (np.arange(count), block)), shape=(count, len(found))
    )
    gathered: Any = spread.T.tocsr()
    coarse = splu((gathered @ matrix @ spread).tocsc(), permc_spec="MMD_AT_PLUS_A")

    def apply(residual: Field) -> Field:
        smoothed: Field = residual / diagonal + spread @ coarse.solve(gathered @ residual)
        return smoothed

    return LinearOperator(matrix.shape, matvec=apply, dtype=np.float64)


def _conductances(
    local: Field, number: npt.NDArray[np.int64], axis: int, *, periodic_sides: bool
) -> Any:
    """The equations of all voxels, without what the faces of the box add to the diagonal."""
    from scipy import sparse

    rows, columns, values = [], [], []
    for direction in range(local.ndim):
        pairs = [(slice(None, -1), slice(1, None))]
        if periodic_sides and direction != axis and local.shape[direction] > 1:
            pairs.append((slice(-1, None), slice(None, 1)))
        for near, far in pairs:
            one, other = (
                tuple(part if a == direction else slice(None) for a in range(local.ndim))
                for part in (near, far)
            )
            both = (number[one] >= 0) & (number[other] >= 0)
            first, second = local[one][both], local[other][both]
            rows.append(number[one][both])
            columns.append(number[other][both])
            values.append(2 * first * second / (first + second))
    i, j, v = (np.concatenate(parts) for parts in (rows, columns, values))
    count = int(number.max()) + 1
    total = np.bincount(i, v, count) + np.bincount(j, v, count)
    every = np.arange(count)
    entries = np.concatenate([-v, -v, total])
    places = (np.concatenate([i, j, every]), np.concatenate([j, i, every]))
    return sparse.coo_array((entries, places), shape=(count, count)).tocsr()
