"""Take the picture of the dock for the README: `python scripts/make_screenshot.py [FILE]`.

A real run in a real viewer; without a screen: `xvfb-run -a -s "-screen 0 1600x1000x24" python …`.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import napari
from qtpy.QtWidgets import QApplication
from superqt import QCollapsible

FILE = Path(__file__).resolve().parents[1] / "docs" / "images" / "dock.png"
MINUTES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description="Take the picture of the dock.")
    parser.add_argument("file", nargs="?", type=Path, default=FILE)
    parser.add_argument("--planes", type=int, default=64, help="extent along Z")
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--at", type=int, help="take it at this iteration, not at the end")
    parser.add_argument("--unfold", action="store_true", help="with all options open")
    arguments = parser.parse_args()

    viewer = napari.Viewer()
    viewer.window.resize(1500, 950)
    viewer.open_sample("napari-mcr", "isotropic")
    _, dock = viewer.window.add_plugin_dock_widget("napari-mcr", "Reconstruct")
    wait(lambda: dock.result is not None)
    dock.result.extents["Z"].setValue(arguments.planes)
    dock.result.run.set_values(max_iter=arguments.iterations)
    if arguments.unfold:
        dock.terms.rows["correlations"].unfold.setChecked(True)
        dock.findChild(QCollapsible).expand(animate=False)
    dock.run()
    wait(lambda: not dock.is_running or reached(dock, arguments.at))
    viewer.layers[0].visible = False
    wait(lambda: False, seconds=1)
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    viewer.screenshot(str(arguments.file), canvas_only=False, flash=False)
    viewer.close()


def reached(dock: Any, iteration: int | None) -> bool:
    """Whether the run has come to an iteration."""
    points = dock.progress.curve.points
    return iteration is not None and bool(points) and points[-1][0] >= iteration


def wait(condition: Any, seconds: float = 60.0 * MINUTES) -> None:
    """Let the viewer live until a condition holds."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


if __name__ == "__main__":
    main()
