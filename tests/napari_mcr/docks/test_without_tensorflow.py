"""TensorFlow is missing in the environment of napari: docks open, and say what to install."""

import numpy as np
import pytest
from npe2 import PluginManifest
from npe2.manifest.utils import import_python_name
from shown import errors, squares

from mcr_core import Microstructure
from mcr_core.sources import Inline
from napari_mcr.docks.verb_dock import VerbDock

CONTRIBUTED = PluginManifest.from_distribution("napari-mcr").contributions
PLACES = {command.id: command.python_name for command in CONTRIBUTED.commands}
#: A descriptor that is computed by TensorFlow alone; others need it on a GPU only, or never.
NEEDS_IT = "surface_correlations"


@pytest.fixture(autouse=True)
def without_tensorflow(tmp_path, monkeypatch):
    """For the child; the viewer never imports it."""
    for name in ("tensorflow", "keras"):
        text = f'raise ModuleNotFoundError("No module named {name!r}", name={name!r})'
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def says_what_to_install(text):
    return (
        text.startswith("TensorFlow cannot be loaded (No module named 'tensorflow')")
        and "pip install" in text
        and "\n" not in text
    )


def test_every_dock_opens_and_says_what_to_install(viewer, slice_layer, wait):
    image = Microstructure.from_array(squares((24, 20)))
    source = Inline.of(image).model_dump(mode="json")
    asked = 0
    for widget in CONTRIBUTED.widgets:
        dock = import_python_name(PLACES[widget.command])(viewer)
        outer = viewer.window.add_dock_widget(dock, name=widget.display_name)
        assert len(errors()) == asked, widget.display_name
        if isinstance(dock, VerbDock):
            dock.ask(
                "characterize",
                lambda answer: pytest.fail("it was computed"),
                sources=[source],
                output=str(dock.folder / "out.h5"),
                descriptors=[NEEDS_IT],
            )
            wait(lambda dock=dock: not dock.is_busy)
            asked += 1
            assert says_what_to_install(dock.message.text()), dock.message.text()
            assert errors()[-1] == dock.message.text()
        viewer.window.remove_dock_widget(outer)
    assert asked >= 6


def test_reconstruct(viewer, slice_layer, make_dock, wait):
    dock = make_dock(real=True)
    dock.result.preset.choose("own terms")
    for name, row in dock.terms.rows.items():
        row.check.setChecked(name == NEEDS_IT)
    dock.run()
    wait(lambda: not dock.is_running)
    assert says_what_to_install(dock.progress.message.text()), dock.progress.message.text()
    # What needs no TensorFlow still runs.
    for name, row in dock.terms.rows.items():
        row.check.setChecked(name == "two_point")
    for axis in "ZYX":
        dock.result.extents[axis].setValue(16)
    dock.result.run.set_values(max_iter=2)
    dock.run()
    wait(lambda: not dock.is_running)
    assert np.shape(viewer.layers[-1].data) == (16, 16, 16), dock.progress.message.text()
