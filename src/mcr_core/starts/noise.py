"""White noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

from mcr_core.microstructure import field_phases
from mcr_core.starts.base import Fields, Start

if TYPE_CHECKING:
    from mcr_core.characterization import Characterization
    from mcr_core.microstructure import Microstructure


@final
class Noise(Start):
    """White noise around the phase fractions."""

    name: ClassVar[str] = "noise"
    reference: ClassVar[str] = "Seibert et al., Integr. Mater. Manuf. Innov. 11, 450 (2022)"
    # Averaged noise would be nearly even.
    averaged: ClassVar[bool] = False

    def fields(
        self,
        target: Characterization,
        shape: Sequence[int],
        seed: int,
        initial: Microstructure | None = None,
    ) -> Fields:
        """Return fields whose means are the fractions, each value drawn alone; see `Start.fields`.

        Uniform on [0, 2 v], mirrored for v > 1/2, so that the values stay in [0, 1].
        """
        rng = np.random.default_rng(seed)
        phases = list(field_phases(target.phase_count))
        means = target.phase_fractions[phases].reshape(-1, *[1] * len(shape))
        spread = rng.uniform(-1.0, 1.0, (len(phases), *shape)) * np.minimum(means, 1 - means)
        values: Fields = means + spread
        return values
