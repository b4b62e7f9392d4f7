"""The example of a descriptor in a package of its own, as if it were installed."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from laws import LAWS

import mcr_core as mcr

Load = Callable[[str], ModuleType]


@pytest.fixture
def installed(
    examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[type[mcr.descriptors.Descriptor]]:
    """The class, found by the entry point of the package's own metadata."""
    registry = mcr.descriptors.registry
    project = tomllib.loads((examples / "custom_descriptor/pyproject.toml").read_text("utf-8"))
    points = project["project"]["entry-points"]
    information = tmp_path / "site/mcr_coarseness-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['project']['name']}\nVersion: 1.0\n"
    )
    lines = [f"[{group}]\n{name} = {where}\n" for group, rows in points.items()
             for name, where in rows.items()]  # fmt: skip
    (information / "entry_points.txt").write_text("".join(lines))
    monkeypatch.syspath_prepend(examples / "custom_descriptor")
    monkeypatch.syspath_prepend(information.parent)
    vars(registry).pop("_entry_points", None)
    yield registry.get("coarseness")
    registry._classes.pop("coarseness")
    vars(registry).pop("_entry_points", None)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(
    installed: type[mcr.descriptors.Descriptor], law: Callable[[mcr.descriptors.Descriptor], None]
) -> None:
    law(installed(window=4))


@pytest.mark.parametrize("periodic", [True, False])
def test_value(load: Load, installed: type[mcr.descriptors.Descriptor], periodic: bool) -> None:
    labels = np.random.default_rng(0).integers(0, 2, (9, 11))
    image = mcr.Microstructure.from_array(labels, periodic=periodic)
    padded = np.pad(labels, (0, 3), mode="wrap") if periodic else labels
    means = np.lib.stride_tricks.sliding_window_view(padded, (4, 4)).mean((2, 3))
    spec = {"name": "coarseness", "options": {"window": 4}}
    found = load("custom_descriptor/run").value(image, spec)
    assert found == pytest.approx(means.var(), rel=1e-9)


def test_run(
    load: Load,
    installed: type[mcr.descriptors.Descriptor],
    image_file: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    module = load("custom_descriptor/run")
    source = image_file("slice", (24, 24))
    module.main([str(source), "--window", "12", "--max-iter", "30", "-o", str(tmp_path / "out")])
    spec = {"name": "coarseness", "options": {"window": 12}}
    wanted, without, with_it = (
        module.value(mcr.read(path), spec)
        for path in (source, *(tmp_path / f"out/result_{number}.tif" for number in (1, 2)))
    )
    assert abs(with_it - wanted) < abs(without - wanted)
    out = capsys.readouterr().out
    assert f"coarseness {with_it:.4f}" in out
    assert str(tmp_path / "out/custom_descriptor.png") in out
    assert (tmp_path / "out/custom_descriptor.png").stat().st_size > 1000


def test_without_installation(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load("custom_descriptor/run")
    monkeypatch.setattr(mcr.descriptors.registry, "names", list)
    with pytest.raises(SystemExit, match=r"pip install \./examples/custom_descriptor"):
        module.main([])
