"""The base of starts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy.typing as npt

from mcr_core.plugin import Plugin

if TYPE_CHECKING:
    from mcr_core.characterization import Characterization
    from mcr_core.microstructure import Microstructure

Fields = npt.NDArray[Any]


class Start(Plugin, ABC):
    """What a reconstruction begins with."""

    #: Whether it is made from a microstructure that the user gives (`initial`).
    needs_initial: ClassVar[bool] = False
    #: Whether it is made at full resolution and averaged where coarser volumes come first; else it
    #: is made on the coarsest one.
    averaged: ClassVar[bool] = True

    @abstractmethod
    def fields(
        self,
        target: Characterization,
        shape: Sequence[int],
        seed: int,
        initial: Microstructure | None = None,
    ) -> Fields:
        """Return phase fields [F, (Z,) Y, X] with values in [0, 1], F = 1 for two phases, else P.

        Fields of three phases and more sum to 1 at each voxel.

        Args:
            target: the statistics to meet.
            shape: extent of the fields.
            seed: of the random numbers.
            initial: what the user gives; with as many axes and phases as the result.
        """

    def voxel_bytes(self, field_count: int) -> int:
        """Return the bytes a voxel that making it takes, roughly: for memory plans."""
        return 24 * field_count
