"""smooth: round off ragged phase boundaries, with phase fractions that are kept to the voxel."""

from __future__ import annotations

from mcr_core.microstructure import Microstructure
from mcr_core.smoothing import Method, smoothed
from mcr_core.verbs.inputs import Image, as_microstructure


def smooth(
    microstructure: Image,
    method: Method = "gaussian",
    *,
    sigma: float | None = None,
    size: int | None = None,
    keep_fractions: bool = True,
) -> Microstructure:
    """Give every voxel the phase that prevails around it.

    With I_p the indicator of phase p and w the mask, the share of p around x is
    s_p(x) = Σ_r g(r) w(x + r) I_p(x + r) / Σ_r g(r) w(x + r). The voxel gets the phase of the
    largest share; its own phase wins ties, then the lowest index. Shares are compared in steps of
    1 / 65534.

    - `gaussian`: g is a Gaussian of standard deviation `sigma`, cut at 4 sigma.
    - `majority`: g is 1 in a square or cube of edge `size`.
    - `median`: the median of every I_p in that square or cube. It is 1 for the phase that fills
      more than half; where no phase does, as at junctions of three, the voxel stays as it is.
      With two phases this is `majority`. (The median of phase indices would depend on their order.)

    With `keep_fractions` every phase keeps its number of voxels exactly: phase by phase, the rarest
    first, each takes the voxels where its share is the largest multiple of the largest share among
    the remaining ones. (A difference in place of the ratio would put a rare phase on the boundary
    of two others, far from where it was.) Ties go to voxels that are of the phase already, then
    (`median` and `majority`) by shares in a Gaussian of standard deviation size / 2, then in the
    order of the array. No lots are drawn.

    Boundary: that of the microstructure. Periodic: neighbours are taken from the opposite face.
    Open: what lies beyond the faces does not count. Voxels outside of the mask neither count nor
    change.

    Args:
        microstructure: any number of phases, (Y, X) or (Z, Y, X); or the path of an image.
        method: `gaussian`, `median` or `majority`.
        sigma: in voxels, along every axis; `gaussian` only; default 1.
        size: in voxels, odd, along every axis; `median` and `majority` only; default 3.
        keep_fractions: keep the number of voxels of every phase.

    Returns:
        A microstructure of the same phases, voxel size, mask and boundary. Without
        `keep_fractions` a phase may have no voxels left.

    Raises:
        OptionError: an unknown method, or a width that is none or is of another method.
    """
    given = as_microstructure(microstructure)
    return smoothed(given, method, sigma=sigma, size=size, keep_fractions=keep_fractions)
