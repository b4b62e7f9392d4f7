"""From a TIFF on disk to a running 3D reconstruction in at most five actions of the user."""

import numpy as np
import tifffile
from shown import squares


def test_five_actions(viewer, qtbot, tmp_path, wait):
    file = tmp_path / "segmented.tif"
    tifffile.imwrite(file, (255 * squares((24, 24))).astype(np.uint8))

    # 1. The file is opened: by dropping it, or by File > Open.
    viewer.open(str(file), plugin="napari")
    # 2. Plugins > Microstructure reconstruction > Reconstruct.
    _, dock = viewer.window.add_plugin_dock_widget("napari-mcr", "Reconstruct")
    wait(lambda: dock.run_button.isEnabled() and dock.result is not None)
    # 3. Run.
    dock.run_button.click()

    assert dock.is_running, dock.progress.message.text()
    assert dock.result.shape == (24, 24, 24)
    wait(lambda: len(dock.progress.curve.points) > 1)
    wait(lambda: viewer.dims.ndisplay == 3)
    assert viewer.layers[-1].data.shape == (24, 24, 24)
    dock.discard_button.click()
    wait(lambda: not dock.is_running)
