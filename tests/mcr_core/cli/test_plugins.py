"""Plugins of another package: listed, used, and no harm where they are broken."""

import subprocess
import sys

import numpy as np
import pytest

from mcr_core.images import read, read_job

CODE = "from mcr_core.cli import main; main()"


@pytest.fixture
def other_mcr(fake_package, folder):
    """The command line in a process in which the fake package is installed."""

    def other_mcr(*arguments, code=CODE):
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            cwd=folder,
            env={**fake_package, "COLUMNS": "250"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return other_mcr


def test_our_own_plugins_are_listed(mcr):
    outcome = mcr("plugins")
    assert outcome.code == 0
    text = " ".join(outcome.out.split())
    for words in (
        "correlations Two- and three-point correlations",
        "limit_to = 8 (≥ 2, ≤ 64) Lags of up to",
        "form = exact (exact | soft)",
        "Torquato, Random Heterogeneous Materials",
        "losses l1 Sum of the absolute residuals",
        "mse Mean of the squared residuals",
        "optimizers adadelta",
        "learning_rate = 0.02 (> 0, ≤ 1) Size of a step",
        "lbfgsb ",
    ):
        assert words in text
    assert "fake" not in text


def test_some_plugins_are_listed(mcr):
    text = mcr("plugins", "mse", "variation").out
    assert "mse" in text
    assert "variation" in text
    assert "adam" not in text
    assert "optimizers" not in text


def test_plugins_of_a_package(other_mcr, folder):
    listed = other_mcr("plugins")
    assert listed.returncode == 0, listed.stderr
    text = " ".join(listed.stdout.split())
    for words in (
        "fake_contrast Mean product of each pixel with the one some pixels to the right.",
        "distance = 2 (≥ 1, ≤ 8) Pixels between the two.",
        "A. Faker, Journal of Tests 1, 1 (2025)",
        "fake_quartic Mean of the fourth power",
        "fake_descent Plain gradient descent.",
        "correlations Two- and three-point",
        "fake_broken: the descriptor 'fake_broken' of the package 'fake-mcr-plugin' fails to load "
        "(ImportError: fake_dependency 2.0 has no name 'gone'): repair or uninstall that package",
    ):
        assert words in text

    line = ["match", "slice.tif", "-o", "o.tif", "--max-iter", 2, "--shape", 12, 12, 12]
    plugins = ["-d", "fake_contrast:distance=3,weight=2", "-d", "variation"]
    plugins += ["--loss", "fake_quartic", "--optimizer", "fake_descent:rate=0.5"]
    done = other_mcr(*line, *plugins)
    assert done.returncode == 0, done.stderr
    made = read(folder / "o.tif")
    assert made.shape == (12, 12, 12)
    job = read_job(folder / "o.tif")
    assert job["terms"][0]["descriptor"] == {"name": "fake_contrast", "options": {"distance": 3}}
    assert job["settings"]["optimizer"] == {"name": "fake_descent", "options": {"rate": 0.5}}

    python = other_mcr(
        code="""
import numpy as np
import mcr_core as mcr
ms = mcr.read("slice.tif")
terms = [{"descriptor": {"name": "fake_contrast", "options": {"distance": 3}}, "weight": 2},
         "variation"]
result = mcr.match(ms, (12, 12, 12), terms, loss="fake_quartic", max_iter=2,
                   optimizer={"name": "fake_descent", "options": {"rate": 0.5}})
np.save("python.npy", result.microstructure.labels)
target = mcr.characterize(ms, ["fake_contrast"])
mcr.write_characterization("t.h5", target)
assert mcr.read_characterization("t.h5").descriptors == target.descriptors
"""
    )
    assert python.returncode == 0, python.stderr
    np.testing.assert_array_equal(np.load(folder / "python.npy"), made.labels)


#: What follows `match slice.tif -o o.tif`, and what the last line says.
REFUSED = {
    "-d fake_flat --shape 12 12 12": "fake_flat works for 2D results only, asked for was the shape",
    "-d fake_broken": "the descriptor 'fake_broken' of the package 'fake-mcr-plugin' fails to load",
    "-d fake_contrat": "unknown descriptor 'fake_contrat': did you mean 'fake_contrast'?",
    "-d fake_contrast:distance=9": "fake_contrast: distance: expected less than or equal to 8, got",
    "--optimizer fake_descent:rate=0": "fake_descent: rate: expected greater than 0, got 0",
}


def test_what_plugins_do_not_do(other_mcr, folder):
    done = other_mcr(
        code=f"""
import contextlib, io
from mcr_core.cli import main
for line in {list(REFUSED)!r}:
    with contextlib.redirect_stderr(io.StringIO()) as errors:
        try:
            main(["match", "slice.tif", "-o", "o.tif", *line.split()])
        except SystemExit as end:
            code = end.code
    print(code, errors.getvalue().splitlines()[-1])
"""
    )
    lines = done.stdout.splitlines()
    for line, message in zip(lines, REFUSED.values(), strict=True):
        assert line.startswith(f"2 mcr: error: {message}")
    assert not (folder / "o.tif").exists()


def test_a_file_made_with_a_plugin_that_is_not_installed_here(other_mcr, mcr, folder):
    made = other_mcr("characterize", "slice.tif", "-o", "t.h5", "-d", "fake_contrast")
    assert made.returncode == 0, made.stderr
    outcome = mcr("reconstruct", "t.h5", "-o", "o.tif", "--shape", 12, 12)
    assert outcome.code == 2
    assert (
        "t.h5 was made with the descriptor 'fake_contrast', which is not installed" in outcome.err
    )
    job = '{"source": {"path": "slice.tif"}, "terms": ["fake_contrast"]}'
    (folder / "job.json").write_text(job)
    assert "job.json: unknown descriptor 'fake_contrast'" in mcr("run", "job.json").err
