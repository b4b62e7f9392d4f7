"""view: what is in the pictures of every kind, files, and what is not loaded."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.errors import FileFormatError, InputError
from mcr_core.history import to_record
from mcr_core.reconstruction import RunResult, StopReason

FROZEN = Path(__file__).parents[1] / "data" / "characterization_v1.h5"


def row(iteration, correlations, variation):
    parts = {"correlations": correlations, "variation": variation}
    return {
        "iteration": iteration,
        "level": 0,
        "evaluations": 2 * iteration,
        "loss": correlations + variation,
        "parts": parts,
        "seconds": 0.5 * iteration,
    }


HISTORY = tuple(row(n, 10.0**-n, 0.5 * 10.0**-n) for n in range(5))


@pytest.fixture(scope="module")
def target():
    labels = np.kron(np.random.default_rng(3).integers(0, 3, (8, 8)), np.ones((3, 3), int))
    three_phases = mcr.Microstructure.from_array(labels)
    return mcr.characterize(
        three_phases, [mcr.descriptors.Correlations(limit_to=4), "variation", "cross_correlations"]
    )


@pytest.fixture
def result(slice_image, target):
    return RunResult(slice_image, target, HISTORY, StopReason.CONVERGED, loss=2e-3, seconds=12.3)


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def legend_texts(legends):
    return [text.get_text() for legend in legends for text in legend.get_texts()]


def test_an_image(slice_image):
    figure = mcr.view(slice_image)
    (axes,) = figure.axes
    (image,) = axes.images
    np.testing.assert_array_equal(image.get_array(), slice_image.labels)
    assert image.get_extent() == [0, 16, 16, 0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("X (µm)", "Y (µm)")
    # 35 % of 1024 pixels, rounded up: 359
    assert legend_texts(figure.legends) == ["phase 0: 64.94 %", "phase 1: 35.06 %"]


def test_a_volume_has_three_planes_with_their_places():
    labels = np.arange(4 * 6 * 8).reshape(4, 6, 8) % 3
    volume = mcr.Microstructure.from_array(labels, voxel_size=(2, 0.5, 1), unit="nm")
    figure = mcr.view(volume)
    xy, xz, yz = figure.axes
    np.testing.assert_array_equal(xy.images[0].get_array(), labels[2])
    np.testing.assert_array_equal(xz.images[0].get_array(), labels[:, 3])
    np.testing.assert_array_equal(yz.images[0].get_array(), labels[:, :, 4])
    # The middle of the voxel: index 2 of edge 2 reaches from 4 to 6.
    assert [a.get_title() for a in figure.axes] == [
        "xy, Z = 5 nm", "xz, Y = 1.75 nm", "yz, X = 4.5 nm",
    ]  # fmt: skip
    assert [(a.get_ylabel(), a.get_xlabel()) for a in figure.axes] == [
        ("Y (nm)", "X (nm)"), ("Z (nm)", "X (nm)"), ("Z (nm)", "Y (nm)"),
    ]  # fmt: skip
    assert yz.images[0].get_extent() == [0, 3, 8, 0]


def test_masked_pixels_and_sixteen_phases():
    mask = np.ones((16, 16))
    mask[:4] = 0
    labels = np.arange(256).reshape(16, 16) % 16
    names = [f"mineral {n}" for n in range(16)]
    figure = mcr.view(mcr.Microstructure.from_array(labels, mask=mask, phase_names=names))
    array = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(array.mask, mask == 0)
    texts = legend_texts(figure.legends)
    assert texts[3] == "mineral 3: 6.25 %"
    assert texts[16] == "not valid: 25.00 %"
    (legend,) = figure.legends
    assert len({patch.get_facecolor() for patch in legend.get_patches()}) == 17
    assert legend.get_window_extent().x1 < figure.bbox.x1


def test_a_characterization_of_an_image(target):
    figure = mcr.view(target)
    assert titles(figure) == [
        "phase fractions",
        *(f"S₂ at lags up to a third of the extent\nphase {p}" for p in range(3)),
        "S₂ along the axes\nat lags up to a third of the extent",
        "correlations (limit_to=4)",
        "correlations (limit_to=4)\nlevel 1 (pixels of 2 x 2)",
        "variation",
        "cross_correlations (limit_to=8)",
    ]
    bars = [bar.get_height() for bar in figure.axes[0].patches]
    np.testing.assert_allclose(bars, target.phase_fractions)
    s2 = target.planes["all"].s2[:, 23 - 8 : 24 + 8, 23 - 8 : 24 + 8]  # a third of 24 pixels
    for place, pair in enumerate((0, 3, 5)):  # of 00, 01, 02, 11, 12, 22
        np.testing.assert_array_equal(figure.axes[1 + place].images[0].get_array(), s2[pair])
    lines = figure.axes[5].lines
    assert len(lines) == 9  # S2 along X and Y and S3, of each phase
    np.testing.assert_allclose(lines[3].get_ydata(), target.planes["all"].values[0][0]["s2"][1, :4])
    shared = legend_texts(figure.legends)
    assert shared == [
        "phase 0", "phase 1", "phase 2", "along X", "along Y", "S₃ of right angles",
        "± standard error",
    ]  # fmt: skip
    # A phase has one colour in all panels and in the legend.
    colors = [patch.get_facecolor() for patch in figure.legends[0].get_patches()[:3]]
    from matplotlib.colors import to_rgba

    assert [to_rgba(line.get_color()) for line in lines[::3]] == colors
    assert [bar.get_facecolor() for bar in figure.axes[7].patches] == colors
    pairs = legend_texts([figure.axes[8].get_legend()])
    assert pairs == [f"{p}, along {axis}" for p in ("0 to 1", "0 to 2", "1 to 2") for axis in "XY"]


def test_a_characterization_of_a_volume(slice_image):
    labels = np.stack([np.roll(slice_image.labels[:12, :16], n, 0) for n in range(10)])
    volume = mcr.Microstructure.from_array(labels)
    target = mcr.characterize(
        volume,
        [
            mcr.descriptors.TwoPoint(limit_to=3),
            mcr.descriptors.Variation(),
            mcr.descriptors.Variation(domain="volume"),
        ],
    )
    figure = mcr.view(target)
    planes = ("xy planes", "xz planes", "yz planes")
    assert titles(figure) == [
        "phase fractions",
        *(f"S₂ at lags up to a third of the extent\nphase 1, {plane}" for plane in planes),
        *(f"two_point (limit_to=3)\n{plane}" for plane in planes),
        *(f"two_point (limit_to=3)\nlevel 1 (pixels of 2 x 2), {plane}" for plane in planes),
        *(f"variation\n{plane}" for plane in planes),
        "variation\nvolume",
    ]
    # Rows and columns of a plane are named after the axes of the volume.
    assert [legend_texts([axes.get_legend()]) for axes in figure.axes[4:7]] == [
        ["along X", "along Y"], ["along X", "along Z"], ["along Y", "along Z"],
    ]  # fmt: skip
    assert figure.axes[3].get_ylabel() == "lag along Z (pixels)"
    lefts = [round(axes.get_position().x0, 3) for axes in figure.axes[4:7]]
    assert lefts == sorted(set(lefts))


def test_panels_do_not_overlap(target):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = mcr.view(target)
    FigureCanvasAgg(figure).draw()
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    for n, box in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0
        assert box.x1 <= figure.bbox.x1
        assert not any(box.overlaps(other) for other in boxes[:n])
    heading = figure.legends[0].get_window_extent()
    assert all(box.y1 < heading.y0 for box in boxes)


def test_phases_of_one_name_are_told_apart(slice_image):
    same = replace(slice_image, phase_names=("ore", "ore"))
    figure = mcr.view(mcr.characterize(same, ["variation"]))
    assert legend_texts(figure.legends)[:2] == ["ore (0)", "ore (1)"]


def test_the_standard_errors_of_several_images(slice_image):
    rolled = mcr.Microstructure.from_array(
        np.roll(slice_image.values, 5, 1)[::-1], voxel_size=0.5, unit="um"
    )
    figure = mcr.view(mcr.characterize([slice_image, rolled], ["variation"]))
    assert len(figure.axes[0].containers) == 2  # bars and their errors
    assert figure.texts[0].get_text() == "Statistics of 2 images, 32 x 32 pixels of 0.5 µm, open"


def test_arrays_are_not_called_an_image():
    lags = np.arange(12)
    target = mcr.from_arrays(0.16 + 0.24 * np.exp(-lags / 3), voxel_size=0.5, unit="um")
    said = "Statistics of arrays (S2 at lags up to 7 x 7 pixels), pixels of 0.5 µm, open"
    assert mcr.view(target).texts[0].get_text() == said
    bare = mcr.from_arrays(values={"variation": 0.2}, phase_fractions=(0.6, 0.4), periodic=True)
    assert mcr.view(bare).texts[0].get_text() == "Statistics of arrays (no S2 at lags), periodic"


def test_an_image_of_one_phase():
    figure = mcr.view(mcr.Microstructure.from_array(np.full((8, 9), 3)))
    assert legend_texts(figure.legends) == ["phase 3: 100.00 %"]
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), np.zeros((8, 9)))


def test_the_convergence_of_a_result(result):
    figure = mcr.view(result)
    (axes,) = figure.axes
    assert axes.get_yscale() == "log"
    assert axes.get_title() == "4 iterations (converged), 12 s"
    loss, correlations, variation, reached = axes.lines
    np.testing.assert_array_equal(loss.get_xdata(), range(5))
    np.testing.assert_array_equal(loss.get_ydata(), [r["loss"] for r in HISTORY])
    np.testing.assert_array_equal(correlations.get_ydata(), [10.0**-n for n in range(5)])
    np.testing.assert_array_equal(variation.get_ydata(), [0.5 * 10.0**-n for n in range(5)])
    assert (reached.get_xdata(), reached.get_ydata()) == ([4], [2e-3])
    assert legend_texts([axes.get_legend()])[:3] == ["loss", "correlations", "variation"]


def test_the_convergence_of_a_file(result, tmp_path):
    record = {**result.record(), "history": to_record(result.history)}
    path = tmp_path / "result.tif"
    mcr.write(path, result.microstructure, job={"seed": 0, "result": record})
    figure = mcr.view(path, convergence=True)
    for line, known in zip(figure.axes[0].lines, mcr.view(result).axes[0].lines, strict=True):
        np.testing.assert_array_equal(line.get_xydata(), known.get_xydata())
    assert figure.axes[0].get_title() == "4 iterations (converged), 12 s"
    assert len(mcr.view(path).axes[0].images) == 1


def test_a_loss_of_zero_has_no_logarithm(result):
    rows = (row(0, 0.0, 0.0), row(1, 0.0, 0.0))
    flat = replace(result, history=rows, loss=0.0)
    assert mcr.view(flat).axes[0].get_yscale() == "linear"


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_files(slice_image, tmp_path, suffix):
    path = tmp_path / f"picture{suffix}"
    figure = mcr.view(slice_image, path)
    content = path.read_bytes()
    assert content.startswith({".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml"}[suffix])
    assert len(figure.axes) == 1
    with pytest.raises(InputError, match=r"exists: use --overwrite"):
        mcr.view(slice_image, path)
    assert path.read_bytes() == content
    mcr.view(slice_image, path, overwrite=True)
    assert os.listdir(tmp_path) == [path.name]


def test_files_are_taken_by_their_names(tmp_path, slice_image):
    path = tmp_path / "image.npy"
    mcr.write(path, slice_image)
    assert len(mcr.view(str(path)).axes[0].images) == 1
    assert titles(mcr.view(FROZEN))[0] == "phase fractions"


@pytest.mark.parametrize(
    ("what", "options", "message"),
    [
        (3, {}, r"expected a microstructure, a characterization, .*, got int"),
        ("missing.tif", {}, r"missing\.tif: no such file"),
        ("missing.h5", {}, r"missing\.h5: no such file"),
        ("image", {"output": "o.jpg"}, r"ends in \.png or \.pdf or \.svg, got '\.jpg'"),
        ("image", {"output": "nowhere/o.png"}, r"the folder .*nowhere does not exist"),
        ("image", {"convergence": True}, r"expected the result of a run .*, got Microstructure"),
        ("file", {"convergence": True}, r"image\.tif carries no history of a run: expected a"),
        ("damaged", {"convergence": True}, r"the history of the run in this file is damaged"),
        ("empty", {}, r"expected a run with at least one iteration, this one made none"),
    ],
)
def test_what_cannot_be_drawn(tmp_path, monkeypatch, slice_image, result, what, options, message):
    monkeypatch.chdir(tmp_path)
    mcr.write("image.tif", slice_image, job={"seed": 1})
    broken = {"history": {"loss": ["much"], "parts": {}}}
    mcr.write("damaged.tif", slice_image, job={"result": broken})
    subjects = {
        "image": slice_image,
        "file": "image.tif",
        "damaged": "damaged.tif",
        "empty": replace(result, history=()),
    }
    expected = FileFormatError if what == "damaged" else InputError
    before = sorted(os.listdir())
    with pytest.raises(expected, match=message):
        mcr.view(subjects.get(what, what), **options)
    assert sorted(os.listdir()) == before


def test_neither_pyplot_nor_tensorflow_is_loaded(tmp_path):
    code = f"""
import sys
import mcr_core as mcr
import numpy as np
mcr.view({str(FROZEN)!r}, {str(tmp_path / "a.png")!r})
mcr.view(mcr.Microstructure.from_array(np.eye(8)), {str(tmp_path / "b.pdf")!r})
print([name for name in ("matplotlib.pyplot", "tensorflow") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
    assert (tmp_path / "a.png").stat().st_size > 10_000
