"""The preferences, as napari keeps them."""

from pathlib import Path

import pytest
from npe2 import PluginManifest

import napari_mcr
from napari_mcr.preferences import Preferences, preferences

MANIFEST = Path(napari_mcr.__file__).with_name("napari.yaml")


@pytest.fixture
def declared(plugin_settings, npe2pm):
    """napari's settings of this plugin."""
    from napari.settings import get_plugin_settings

    manifest = PluginManifest.from_file(MANIFEST)
    npe2pm.register(manifest)
    return get_plugin_settings(manifest.name)


def test_the_defaults_are_those_of_the_manifest(declared):
    assert preferences() == Preferences()


def test_what_is_set_is_kept_and_read(declared):
    declared.runs.device = "cpu"
    declared.runs.memory = " 8GB "
    declared.runs.preset = "faithful"
    declared.previews.interval = 0.5
    declared.checkpoints.folder = " /elsewhere"
    declared.checkpoints.seconds = 5
    assert preferences() == Preferences("cpu", "8GB", 0.5, "faithful", "/elsewhere", 5.0)
    assert "faithful" in declared.config_path.read_text()


def test_napari_refuses_what_is_not_on_the_list(declared):
    with pytest.raises(ValueError, match="abacus"):
        declared.runs.device = "abacus"
    with pytest.raises(ValueError, match=r"greater than or equal to 0\.1"):
        declared.previews.interval = 0


def test_without_the_plugin_the_defaults_hold(plugin_settings, npe2pm):
    assert preferences() == Preferences()
