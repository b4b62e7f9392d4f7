"""Every example runs, on images of a few pixels, and ends in a picture."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import mcr_core as mcr

Load = Callable[[str], ModuleType]
ImageFile = Callable[..., Path]

FAST = ("--max-iter", 1, "--limit-to", 3)
SMALL = (*FAST, "--shape", 12, 12, 12)


def run(module: ModuleType, *arguments: object) -> None:
    module.main([str(argument) for argument in arguments])


def check_picture(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is there, it shows phases, and what was written is said."""
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        colors = {color for _, color in picture.convert("RGB").getcolors(1 << 24)}
    assert {(0x00, 0x44, 0x88), (0xDD, 0xAA, 0x33)} <= colors
    assert str(path) in capsys.readouterr().out


def test_slice_to_volume(
    load: Load, image_file: ImageFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = image_file("slice")
    run(load("slice_to_volume"), source, *SMALL, "-o", tmp_path / "out")
    volume = mcr.read(tmp_path / "out/volume.tif")
    assert volume.shape == (12, 12, 12)
    wanted = mcr.read(source).phase_fractions * volume.labels.size
    np.testing.assert_allclose(np.bincount(volume.labels.ravel()), wanted, atol=0.5)
    check_picture(tmp_path / "out/slice_to_volume.png", capsys)
    assert (tmp_path / "out/convergence.png").is_file()


def test_similar_volumes(
    load: Load, image_file: ImageFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = (image_file("slice"), *SMALL, "--realizations", 2, "--seed", 5)
    run(load("similar_volumes"), *given, "-o", tmp_path / "out")
    assert mcr.read_characterization(tmp_path / "out/target.h5").source_shape == (20, 20)
    volumes = [mcr.read(tmp_path / f"out/volume_{seed}.tif") for seed in (5, 6)]
    assert [volume.shape for volume in volumes] == [(12, 12, 12)] * 2
    assert not np.array_equal(volumes[0].labels, volumes[1].labels)
    check_picture(tmp_path / "out/similar_volumes.png", capsys)


def test_interpolation(
    load: Load, image_file: ImageFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = (image_file("isotropic", (48, 48)), image_file("elongated", (48, 48), (1.6, 4.5)))
    # Large enough for features longer than in the other tests.
    given = (*images, "--steps", 3, *FAST, "--shape", 24, 24, 24, "-o", tmp_path / "out")
    run(load("interpolation"), *given)
    volumes = [mcr.read(tmp_path / f"out/step_{step}.tif") for step in range(3)]
    along_x = [surface(volume, 2) / surface(volume, 0) for volume in volumes]
    assert along_x[2] < along_x[1] < along_x[0]
    check_picture(tmp_path / "out/interpolation.png", capsys)


def surface(volume: mcr.Microstructure, axis: int) -> int:
    """Faces between the phases that are normal to an axis."""
    labels = volume.labels
    return int(np.count_nonzero(labels != np.roll(labels, 1, axis)))


def test_three_slices_of_a_stack(
    load: Load, image_file: ImageFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--stack", image_file("stack", (16, 18, 20)), *SMALL)
    run(load("three_slices"), *given, "-o", tmp_path / "out")
    assert mcr.read(tmp_path / "out/volume.tif").shape == (12, 12, 12)
    check_picture(tmp_path / "out/three_slices.png", capsys)


def test_three_slices_of_files(
    load: Load, image_file: ImageFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = load("three_slices")
    images = {plane: image_file(plane + plane, (20, 20)) for plane in ("xy", "xz", "yz")}
    options = [word for plane, path in images.items() for word in (f"--{plane}", path)]
    with pytest.raises(SystemExit):
        run(module, *options[:4])
    assert "give --xy, --xz and --yz, or --stack" in capsys.readouterr().err
    run(module, *options, *SMALL, "-o", tmp_path / "out")
    check_picture(tmp_path / "out/three_slices.png", capsys)


def test_middle_planes_of_a_stack(load: Load, image_file: ImageFile) -> None:
    path = image_file("stack", (6, 8, 10))
    labels = mcr.read(path).labels
    planes = load("three_slices").middle_planes(path)
    for plane, expected in zip(planes, (labels[3], labels[:, 4], labels[:, :, 5]), strict=True):
        np.testing.assert_array_equal(plane.labels, expected)


def test_descriptor_sets(
    load: Load,
    image_file: ImageFile,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = load("descriptor_sets")
    real = module.descriptor_sets

    def without_weights(limit_to: int) -> dict[str, list[object]]:
        missing = {"name": "gram_matrices", "options": {"weights": str(tmp_path / "missing.h5")}}
        return {**real(limit_to), "Gram matrices": [missing]}

    monkeypatch.setattr(module, "descriptor_sets", without_weights)
    own = ("--size", 16, "--exchange", "--parametrization", "box")
    run(module, image_file("one"), image_file("other"), *own, *FAST, "-o", tmp_path)
    out = capsys.readouterr().out
    assert "Left out is the column 'Gram matrices': " in out
    assert "no such file with weights of VGG-19" in out
    for name in ("one_1", "one_2", "other_1", "other_2"):
        assert mcr.read(tmp_path / f"{name}.tif").shape == (16, 16)
        assert f"{name}.tif: " in out
    assert (tmp_path / "descriptor_sets.png").is_file()


def test_sets_of_descriptors(load: Load) -> None:
    names = {
        title: [term if isinstance(term, str) else term.name for term in terms]
        for title, terms in load("descriptor_sets").descriptor_sets(8).items()
    }
    assert names == {
        "S₂ and S₃": ["correlations"],
        "Gram matrices": ["gram_matrices"],
        "S₂ and lineal path": ["two_point", "lineal_path"],
    }


def test_phases_are_exchanged(load: Load) -> None:
    image = mcr.Microstructure.from_array(np.array([[3, 5, 9], [9, 5, 3]]))
    found = load("descriptor_sets").exchanged(image)
    np.testing.assert_array_equal(found.labels, [[1, 0, 2], [2, 0, 1]])


def test_a_shift_is_found(load: Load) -> None:
    labels = np.random.default_rng(0).integers(0, 3, (9, 12))
    original = mcr.Microstructure.from_array(labels)
    result = original.with_labels(np.roll(labels, (4, 7), (0, 1)), periodic=True)
    np.testing.assert_array_equal(load("descriptor_sets").shifted(result, original).labels, labels)


def test_no_shift_agrees_better(load: Load) -> None:
    random = np.random.default_rng(1)
    original, result = (mcr.Microstructure.from_array(random.integers(0, 3, (6, 7))) for _ in "ab")
    found = load("descriptor_sets").shifted(result, original)
    every = [
        np.count_nonzero(np.roll(result.labels, shift, (0, 1)) == original.labels)
        for shift in np.ndindex(6, 7)
    ]
    assert np.count_nonzero(found.labels == original.labels) == max(every)


def test_faces_of_the_cube(load: Load) -> None:
    """One phase fills the last Z, the first Y or the last X: that face alone shows it."""
    drawing = load("drawing")
    from matplotlib.colors import to_rgb

    gold = np.array(to_rgb("#DDAA33"))
    for normal, index in enumerate((-1, 0, -1)):
        labels = np.zeros((4, 5, 6), np.uint8)
        labels[(slice(None),) * normal + (index,)] = 1
        _, axes = drawing.new_figure(1, 1)
        drawing.draw_cube(axes[0, 0], mcr.Microstructure.from_array(labels))
        meshes = axes[0, 0].collections
        faces = [np.asarray(mesh.get_array()).reshape(-1, 3) for mesh in meshes]
        whole = [bool(np.allclose(face / face.max(), gold / gold.max())) for face in faces]
        assert whole == [number == normal for number in range(3)]


def test_examples_are_in_the_gallery(examples: Path) -> None:
    gallery = (examples.parent / "docs/examples.md").read_text(encoding="utf-8")
    scripts = [path for path in examples.rglob("*.py") if "__main__" in path.read_text("utf-8")]
    assert len(scripts) == 6
    for script in scripts:
        assert f"examples/{script.relative_to(examples).as_posix()}" in gallery
        docstring = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8")))
        assert docstring is not None
        assert f"python examples/{script.relative_to(examples).as_posix()}" in docstring


def test_pictures_of_the_gallery(examples: Path) -> None:
    import re

    docs = examples.parent / "docs"
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", (docs / "examples.md").read_text("utf-8"))
    assert len(pictures) >= 6
    for picture in pictures:
        assert (docs / picture).stat().st_size < 300_000
