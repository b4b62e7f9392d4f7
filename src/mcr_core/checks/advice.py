"""What to run an image with."""

from __future__ import annotations

from collections.abc import Sequence

from mcr_core.checks.check import Finding
from mcr_core.checks.direction import Direction
from mcr_core.checks.features import Features
from mcr_core.microstructure import Microstructure
from mcr_core.presets import PRESETS, preset_name

#: Edge of the volume in the command, where the image has it: some seconds.
_EDGE = 64
#: Mean chords of the thinnest phase that S₃ should reach.
_CHORDS = 1.5
#: Processor seconds of faithful per second of balanced, docs/presets.md.
_LONGER = "eight to ten times"


def advice(
    image: Microstructure, features: Features, direction: Direction, fractions: Sequence[float]
) -> Finding:
    """Which preset: the one that `match` takes by itself; and with what, where that is refused."""
    edge = min(_EDGE, *image.shape)
    volume = (edge,) * 3
    preset = preset_name("auto", volume)
    thinnest = min(features.chords[p] for p, f in enumerate(fractions) if f > 0)
    wanted, near = _CHORDS * thinnest, PRESETS[preset].near
    far = min(PRESETS["faithful"].near, (min(image.shape) + 1) // 2)
    text = f"Take the preset {preset}, as auto does."
    if near < min(wanted, far):
        text += (
            f" Its S₃ has lags below {near} pixels, one and a half mean chords of the thinnest "
            f"phase are {wanted:.0f}: the preset faithful goes to {far}, and takes {_LONGER} as "
            "long."
        )
    command = f"mcr match IMAGE -o result.tif --preset {preset}"
    if len(set(image.voxel_size)) > 1:
        text += " A volume needs pixels of equal edges: resample the image first."
    else:
        command += f" --shape {' '.join(map(str, volume))}"
        if direction.significant:
            text += " For a volume of this image alone, ask for the symmetry cubic."
            command += " --symmetry cubic"
    numbers = {"preset": preset, "thinnest_chord": thinnest}
    return Finding("advice", "ok", text, numbers, command)
