"""mcr score: the table, its files, bad input."""

import json
import re

import numpy as np
import pytest
import tifffile

import mcr_core
from mcr_core.scorecard.page import page


@pytest.fixture
def files(folder):
    """A volume, a slice and a truth."""
    from scipy.ndimage import gaussian_filter

    for name, shape, seed in (("volume", (18,) * 3, 1), ("image", (30, 30), 2),
                              ("truth", (20,) * 3, 3)):  # fmt: skip
        white = np.random.default_rng(seed).standard_normal(shape)
        field = gaussian_filter(white, 1.2, mode="wrap")
        labels = (field > np.quantile(field, 0.6)).astype("u1")
        tifffile.imwrite(folder / f"{name}.tif", labels, metadata={"axes": "ZYX"[-len(shape) :]})
    return folder


def test_the_table_and_the_files(mcr, files):
    outcome = mcr("score", "volume.tif", "--target", "image.tif", "--limit-to", 4,
                  "--json", "card.json", "--html", "card.html")  # fmt: skip
    assert outcome.code == 0, outcome.err
    *table, last = outcome.out.splitlines()
    card = mcr_core.score("volume.tif", "image.tif", limit_to=4)
    assert table == card.table().splitlines()
    assert last == f"card.json, card.html: {card.summary()}"
    assert json.loads((files / "card.json").read_text(encoding="utf-8")) == card.to_json()
    assert (files / "card.html").read_text(encoding="utf-8") == page(card)
    assert "note: target: 9 windows of 10 x 10" not in outcome.err  # edges are 15 for 18³
    assert re.search(r"note: target: 4 windows of 15 x 15, 1 of each plane", outcome.err)


def test_a_truth(mcr, files):
    outcome = mcr("score", "volume.tif", "--target", "image.tif", "--truth", "truth.tif",
                  "--limit-to", 3, "--seed", 5)  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert "prediction" not in outcome.out
    assert outcome.out.splitlines()[-1].startswith("prescribed: ")
    assert "note: truth: 8 windows of" in outcome.err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("volume.tif", "give a --target, or images of planes by --xy, --xz and --yz"),
        ("volume.tif --target image.tif --json card.txt", "a name that ends in .json"),
        ("volume.tif --target image.tif --html volume.tif", "volume.tif is the input itself"),
        ("volume.tif --target image.tif --html there.html", "there.html"),
        ("volume.tif --target missing.tif", "missing.tif: no such file"),
        ("image.tif --target volume.tif", "expected a slice as the target of a 2D result"),
        ("volume.tif --target image.tif --limit-to 99", "expected from 2 to 32, got 99"),
    ],
)
def test_bad_input(mcr, files, line, message):
    (files / "there.html").write_text("precious")
    outcome = mcr("score", *line.split())
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert (files / "there.html").read_text() == "precious"
