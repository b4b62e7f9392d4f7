"""Truncated Gaussian random fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, final

import numpy as np
from pydantic import Field

from mcr_core.microstructure import field_phases
from mcr_core.starts.base import Fields, Start
from mcr_core.starts.truncation import Cut, NestedCuts
from mcr_core.starts.walls import has_walls

if TYPE_CHECKING:
    from mcr_core.characterization import Characterization
    from mcr_core.microstructure import Microstructure

#: Fields stay so far, over the number of phases, from 0 and 1: an optimizer that meets its bounds
#: at the first step makes none.
_MARGIN = 0.05
#: Widths of soft edges: of the sigmoid in mean differences of neighbours, and of a Gaussian.
_SIGMOID, _GAUSSIAN = 0.5, 0.7


@final
class GaussianField(Start):
    """Truncated Gaussian fields with the fractions and, nearly, the S₂ of the target."""

    name: ClassVar[str] = "gaussian_field"
    reference: ClassVar[str] = (
        "Teubner, Europhys. Lett. 14, 403 (1991); Roberts, Phys. Rev. E 56, 3203 (1997); several "
        "phases: Galli et al., in: Geostatistical Simulations, Kluwer (1994), 217"
    )

    smoothing: Literal["auto"] | Annotated[float, Field(ge=0, le=20, allow_inf_nan=False)] = Field(
        "auto",
        description="Width in voxels of the low-pass filter that smooths the fields before they "
        "are cut; the fractions stay. auto: as wide as gives the number of unlike neighbours that "
        "S2 asks for. 0: none, which is rough.",
    )
    cut: Literal["auto"] | Cut = Field(
        "auto",
        description="Where a phase is. above: where its field is above a level. between: of two "
        "phases the rarer one where the field is between two levels, as thin walls are. auto: what "
        "the S3 of the target is nearer to, above without S3.",
    )

    def fields(
        self,
        target: Characterization,
        shape: Sequence[int],
        seed: int,
        initial: Microstructure | None = None,
    ) -> Fields:
        """Return the truncated fields with soft edges about a voxel wide; see `Start.fields`.

        White noise is filtered to the covariance whose truncation at a fraction has an S₂ (along
        each axis, ellipsoidal in between), smoothed and cut; see `NestedCuts` for several phases,
        and for walls. `has_walls` tells which cut suits a target.
        Periodic. What `to_labels` makes of the result are the cuts themselves.
        """
        from scipy import ndimage, special

        cut = self.cut
        if cut == "auto":
            cut = "between" if has_walls(target, len(shape)) else "above"
        cuts = NestedCuts(target, shape, seed, self.smoothing, cut)
        phases = field_phases(target.phase_count)
        if len(phases) == 1 < target.phase_count:
            height = cuts.height / (_SIGMOID * _mean_difference(cuts.height))
            return _inside(np.asarray(special.expit(height))[None], 2)
        soft = np.empty((len(phases), *shape), np.float32)
        for phase, field in zip(phases, soft, strict=True):
            crisp = (cuts.labels == phase).astype(np.float32)
            ndimage.gaussian_filter(crisp, _GAUSSIAN, output=field, mode="wrap")
            # The phase of a voxel keeps the largest field there.
            field += crisp
            field *= 0.5
        return _inside(soft, len(phases))

    def voxel_bytes(self, field_count: int) -> int:
        """Spectra in complex64, a covariance and its lags, and a field; see `Start.voxel_bytes`."""
        return 60 + 12 * field_count


def _inside(fields: Fields, phase_count: int) -> Fields:
    """Return fields away from their bounds; those that sum to 1 still do."""
    fields *= 1 - _MARGIN
    fields += _MARGIN / phase_count
    return fields


def _mean_difference(field: Fields) -> float:
    """Mean difference of neighbours; 1 where all are alike."""
    pairs = [np.abs(np.diff(field, axis=axis)) for axis in range(field.ndim)]
    means = [float(pair.mean(dtype=np.float64)) for pair in pairs if pair.size]
    return (float(np.mean(means)) if means else 0.0) or 1.0
