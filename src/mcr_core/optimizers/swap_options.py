"""Options that the optimizers which swap voxels share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

Swap = Annotated[
    Literal["any", "neighbours", "interface"],
    Field(
        description="any: two voxels anywhere. neighbours: two that share a face. interface: two "
        "that both touch another phase.",
    ),
]
Proposals = Annotated[
    int | None,
    Field(
        ge=1,
        description="Swaps proposed in an iteration; default: one a voxel, or fewer where that "
        "takes long.",
    ),
]
NewSpecks = Annotated[
    bool,
    Field(
        description="Whether swaps may leave more specks, voxels without a face neighbour of their "
        "phase.",
    ),
]
Patience = Annotated[
    float,
    Field(gt=0, description="Ends after this many swaps a voxel that did not lower the loss."),
]
