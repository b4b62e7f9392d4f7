"""mcr view: files of every kind, windows, bad input, what is loaded."""

import os
import re
import shlex
import subprocess
import sys
import types

import numpy as np
import pytest
import tifffile

import mcr_core
from mcr_core.history import to_record
from mcr_core.images import read


def record(rows):
    history = [
        {"level": 0, "iteration": n, "evaluations": n, "loss": 1 / (n + 1),
         "parts": {"variation": 1 / (n + 1)},
         "seconds": 0.1 * n} for n in range(rows)
    ]  # fmt: skip
    return {"stop_reason": "max_iter", "loss": 0.2, "seconds": 3.0, "history": to_record(history)}


@pytest.fixture
def files(folder):
    """An image, a volume, a characterization and a result, and a picture that exists."""
    tifffile.imwrite(folder / "volume.tif", np.arange(1000).reshape(10, 10, 10).astype("u1") % 3)
    image = read("slice.tif")
    mcr_core.write_characterization("target.h5", mcr_core.characterize(image, ["volume_fractions"]))
    mcr_core.write("result.tif", image, job={"result": record(4)})
    (folder / "there.png").write_bytes(b"precious")
    return folder


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("slice.tif -o o.png", r"image \(24 x 20, fractions 0\.\d+ / 0\.\d+\) of slice\.tif"),
        ("volume.tif -o o.pdf", r"three planes \(10 x 10 x 10, fractions .*\) of volume\.tif"),
        ("volume.tif --plane 3 -o o.png", r"image \(10 x 10, fractions .*\) of volume\.tif"),
        ("target.h5 -o o.svg", r"volume_fractions of target\.h5"),
        ("result.tif --convergence -o o.png", r"convergence of result\.tif"),
        ("slice.tif -o there.png --overwrite", r"image .*"),
    ],
)
def test_pictures(mcr, files, line, says):
    name = re.search(r"-o (\S+)", line)[1]
    outcome = mcr("view", *shlex.split(line))
    assert (outcome.code, outcome.err) == (0, "")
    assert re.fullmatch(rf"{name}: {says}\n", outcome.out), outcome.out
    assert (files / name).stat().st_size > 2000


def test_options_of_images(mcr, files):
    for name, options in {"plain": "", "um": "--voxel-size 0.5 --unit um --ignore 2"}.items():
        outcome = mcr("view", "volume.tif", "-o", f"{name}.svg", *shlex.split(options))
        assert outcome.code == 0, outcome.err
    assert (files / "plain.svg").read_text() != (files / "um.svg").read_text()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("missing.tif -o o.png", r"missing\.tif: no such file"),
        ("missing.h5 -o o.png", r"missing\.h5: no such file"),
        ("slice.tif -o o.jpg", r"o\.jpg: expected a name that ends in \.png or \.pdf or \.svg"),
        ("slice.tif -o there.png", r"there\.png exists: use --overwrite"),
        ("slice.tif -o nowhere/o.png", r"the folder .*nowhere does not exist"),
        ("slice.tif --convergence -o o.png", r"slice\.tif carries no history of a run: .*"),
        ("target.h5 --convergence -o o.png", r"target\.h5: expected the recording of a run, .*"),
        ("result.tif --convergence --ignore 1 -o o.png", r".*go with the convergence of .*"),
        ("target.h5 --unit um -o o.png", r"--unit is for images, target\.h5 holds statistics: .*"),
        ("there.png -o there.png --overwrite", r"there\.png is the input itself"),
    ],
)
def test_bad_input(mcr, files, line, message):
    before = sorted(os.listdir())
    outcome = mcr("view", *shlex.split(line))
    assert (outcome.code, outcome.out) == (2, "")
    assert re.fullmatch(rf"mcr: error: .*{message}.*\n", outcome.err), outcome.err
    assert sorted(os.listdir()) == before
    assert (files / "there.png").read_bytes() == b"precious"


def test_no_window_without_a_display(mcr, files, monkeypatch):
    monkeypatch.setattr("matplotlib.get_backend", lambda: "agg")
    outcome = mcr("view", "slice.tif")
    assert outcome.code == 2
    assert re.fullmatch(r"mcr: error: no window can be opened here: write a file with -o "
                        r"picture\.png \(\.pdf, \.svg\)\n", outcome.err)  # fmt: skip


def test_a_backend_that_fails_is_named(mcr, files, monkeypatch):
    monkeypatch.setattr("matplotlib.get_backend", lambda: "module://no_such_backend")
    outcome = mcr("view", "slice.tif")
    assert outcome.code == 2
    assert "no window can be opened here (No module named 'no_such_backend'): write" in outcome.err


def test_a_window(mcr, files, monkeypatch):
    from matplotlib.backend_bases import FigureCanvasBase, FigureManagerBase

    shown = []

    class Manager(FigureManagerBase):
        def show(self):
            shown.append(self.canvas.figure)

        @classmethod
        def start_main_loop(cls):
            shown.append("loop")

    class Canvas(FigureCanvasBase):
        required_interactive_framework = "none that could be running"
        manager_class = Manager

    backend = types.ModuleType("backend_of_this_test")
    backend.FigureCanvas = Canvas
    backend.FigureManager = Manager
    monkeypatch.setitem(sys.modules, "backend_of_this_test", backend)
    monkeypatch.setattr("matplotlib.get_backend", lambda: "module://backend_of_this_test")
    # Elsewhere matplotlib finds a framework that runs, or that there is no display.
    monkeypatch.setattr(
        "matplotlib.cbook._get_running_interactive_framework", lambda: None, raising=True
    )
    outcome = mcr("view", "slice.tif")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    figure, loop = shown
    assert len(figure.axes[0].images) == 1
    assert loop == "loop"

    many = mcr_core.characterize(read("volume.tif"), ["volume_fractions", "variation"])
    mcr_core.write_characterization("many.h5", many)
    outcome = mcr("view", "many.h5")
    assert outcome.err == "note: many.h5 has many panels: -o picture.png draws them large\n"
    assert shown[2].bbox.height < 901
    from matplotlib import pyplot

    pyplot.switch_backend("agg")


def test_help_loads_nothing_heavy():
    code = """
import contextlib, io, sys
from mcr_core.cli import main
for line in (["view", "--help"], ["compare", "--help"]):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main(line)
print([n for n in ("tensorflow", "matplotlib", "numpy", "rich", "h5py") if n in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
