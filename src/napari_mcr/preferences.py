"""The preferences of the plugin: napari keeps them, and shows them on its preferences page.

They are declared in `napari.yaml` under `configurations`, whose defaults are those here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

Device = Literal["auto", "cpu", "gpu"]
Preset = Literal["auto", "fast", "balanced", "faithful"]

PLUGIN = "napari-mcr"


@dataclass(frozen=True)
class Preferences:
    """What holds where a form says nothing else.

    Attributes:
        device: where runs are computed.
        memory: most memory that a run uses, such as `8GB`; None: what the machine has.
        preview_interval: seconds between two previews of a run, at least.
        preset: the one that forms begin with.
        checkpoint_folder: where runs are recorded, and jobs that wait are kept; empty: a folder of
            the user.
        checkpoint_seconds: between two records of a run, at least; 0: runs are not recorded, and no
            jobs kept.
    """

    device: Device = "auto"
    memory: str | None = None
    preview_interval: float = 1.0
    preset: Preset = "auto"
    checkpoint_folder: str = ""
    checkpoint_seconds: float = 60.0


def preferences() -> Preferences:
    """Return the preferences as they are now.

    The defaults where napari has none of ours: in a script that imports a dock without the plugin
    being installed, or where the plugin is disabled.
    """
    from napari.settings import get_plugin_settings

    try:
        settings: Any = get_plugin_settings(PLUGIN)
    except KeyError:
        return Preferences()
    runs, previews, checkpoints = settings.runs, settings.previews, settings.checkpoints
    # Written by hand into napari's file they may be anything; the forms know these words only.
    device = runs.device if runs.device in get_args(Device) else "auto"
    preset = runs.preset if runs.preset in get_args(Preset) else "auto"
    return Preferences(
        device=cast(Device, device),
        memory=runs.memory.strip() or None,
        preview_interval=float(previews.interval),
        preset=cast(Preset, preset),
        checkpoint_folder=checkpoints.folder.strip(),
        checkpoint_seconds=float(checkpoints.seconds),
    )
