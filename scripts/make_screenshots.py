"""Take the pictures of the docs: `python scripts/make_screenshots.py [NAME ...] [--folder DIR]`.

Real docks with real runs in a real viewer, from a slice to a scored volume; without a screen:
`xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/make_screenshots.py`. Some minutes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import napari
import numpy as np
from qtpy.QtCore import QSettings
from qtpy.QtWidgets import QApplication

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
SIZE = (1500, 950)
MINUTES = 15
EDGE = 64


class Studio:
    """A viewer with one dock at a time.

    Args:
        folder: where pictures go.
        names: which are taken; none: all.
    """

    def __init__(self, folder: Path, names: list[str]) -> None:
        self.viewer = napari.Viewer()
        self.viewer.window.resize(*SIZE)
        self._folder = folder
        self._names = names
        self._shown: Any = None

    def dock(self, name: str) -> Any:
        """Open a dock in the place of the one that was there."""
        if self._shown is not None:
            self.viewer.window.remove_dock_widget(self._shown)
        self._shown, inside = self.viewer.window.add_plugin_dock_widget("napari-mcr", name)
        return inside

    def dock_in_front(self, name: str) -> Any:
        """Open a dock as a tab before the one that is there."""
        outer, inside = self.viewer.window.add_plugin_dock_widget("napari-mcr", name, tabify=True)
        outer.raise_()
        self._behind, self._shown = self._shown, outer
        return inside

    def close_behind(self) -> None:
        """Close the dock behind the tab."""
        self.viewer.window.remove_dock_widget(self._behind)

    def show_only(self, *layers: Any) -> None:
        """Hide all other layers."""
        for layer in self.viewer.layers:
            layer.visible = layer in layers

    def wait(self, until: Callable[[], Any], seconds: float = 60.0 * MINUTES) -> None:
        """Let the viewer live until a condition holds."""
        end = time.monotonic() + seconds
        while not until() and time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.01)

    def take(self, name: str) -> None:
        """Take a picture, if it is wanted."""
        self.wait(lambda: False, seconds=1)
        if not self._names or name in self._names:
            file = self._folder / f"{name}.png"
            self.viewer.screenshot(str(file), canvas_only=False, flash=False)
            print(file)


def main() -> None:
    parser = argparse.ArgumentParser(description="Take the pictures of the docs.")
    parser.add_argument("names", nargs="*", help="which; default: all")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    # Neither are the choices of the user taken, nor are those made here remembered.
    settings = tempfile.mkdtemp()
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, settings)
    studio = Studio(options.folder, options.names)
    phases(studio)
    characterize(studio)
    reconstruct(studio)
    convergence(studio)
    score(studio)
    others(studio)
    studio.viewer.close()


def phases(studio: Studio) -> None:
    """A grey image, made of a sample by blur and noise, and its phases."""
    viewer = studio.viewer
    viewer.open_sample("napari-mcr", "isotropic")
    sample = viewer.layers[0]
    image = np.asarray(sample.data, float)
    near = [np.roll(image, shift, axis) for axis in (0, 1) for shift in (-1, 1)]
    noise = np.random.default_rng(0).normal(0, 14, image.shape)
    grey = np.clip(60 + 110 * (0.4 * image + 0.15 * np.sum(near, 0)) + noise, 0, 255)
    units = [str(unit) for unit in sample.units]
    viewer.add_image(grey.astype(np.uint8), name="micrograph", scale=sample.scale, units=units)
    viewer.layers.remove(sample)
    viewer.reset_view()
    dock = studio.dock("Phases")
    studio.wait(lambda: False, seconds=2)
    dock.check()
    studio.wait(lambda: not dock.is_busy)
    studio.take("phases")
    dock.make()
    studio.wait(lambda: len(viewer.layers) > 1 and "phases" in viewer.layers[-1].name)


def characterize(studio: Studio) -> None:
    """The statistics of the phases."""
    made = studio.viewer.layers[-1]
    studio.show_only(made)
    dock = studio.dock("Characterize")
    dock.source.choose(made)
    dock.characterize()
    studio.wait(lambda: not dock.is_busy)
    studio.take("characterize")


def reconstruct(studio: Studio) -> None:
    """A run in the middle, and its result."""
    viewer = studio.viewer
    slice_layer = viewer.layers[-1]
    dock = studio.dock("Reconstruct")
    studio.wait(lambda: dock.result is not None)
    dock.source.choose(slice_layer)
    for axis in "ZYX":
        dock.result.extents[axis].setValue(EDGE)
    dock.result.preset.choose("fast")
    dock.result.seeds.setValue(1)
    dock.run()
    studio.wait(lambda: len(dock.progress.curve.points) > 25 or not dock.is_running)
    studio.show_only(viewer.layers[-1])
    studio.take("running")
    studio.wait(lambda: not dock.is_running)
    studio.show_only(viewer.layers[-1])
    studio.take("dock")


def convergence(studio: Studio) -> None:
    """How the run went; Reconstruct stays open behind it, as it holds the run."""
    dock = studio.dock_in_front("Convergence")
    studio.wait(lambda: dock.run is not None and dock.run.points)
    dock.slider.setValue(dock.slider.maximum() // 3)
    studio.show_only(studio.viewer.layers[-1])
    studio.take("convergence")
    studio.viewer.layers.pop()
    studio.close_behind()


def score(studio: Studio) -> None:
    """The result judged by its target."""
    studio.show_only(studio.viewer.layers[-1])
    dock = studio.dock("Score")
    dock.score()
    studio.wait(lambda: not dock.is_busy)
    studio.take("score")


def others(studio: Studio) -> None:
    """Compare and export, with what they show first."""
    dock = studio.dock("Compare")
    for side, layer in zip(dock.sides, studio.viewer.layers[1:3], strict=True):
        side.source.choose(layer)  # the slice and the result
    dock.compare()
    studio.wait(lambda: not dock.is_busy)
    studio.take("compare")
    studio.dock("Export")
    studio.take("export")


if __name__ == "__main__":
    main()
