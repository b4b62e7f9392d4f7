from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import brute_force
import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.descriptors.lag_map import lags

LIMIT = 2


def binary(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    return (np.random.default_rng(seed).random(shape) < 0.4).astype(np.uint8)


def statistics(plane: np.ndarray, *, periodic: bool) -> tuple[np.ndarray, np.ndarray]:
    known = [tuple(lag) for lag in lags(LIMIT).tolist()]
    s2 = [brute_force.two_point(plane, lag, periodic=periodic) for lag in known]
    s3 = [
        brute_force.three_point(plane, *pair, periodic=periodic)
        for pair in itertools.product(known, known)
    ]
    return np.array(s2), np.array(s3)


@pytest.mark.parametrize("slice_periodic", [True, False])
@pytest.mark.parametrize("volume_periodic", [True, False])
def test_it_is_the_mean_over_axes_and_planes_of_the_mse(
    load: Callable[[str], ModuleType], slice_periodic: bool, volume_periodic: bool
) -> None:
    image, volume = binary(0, (6, 7)), binary(1, (4, 5, 6))
    wanted = statistics(image, periodic=slice_periodic)
    per_axis = []
    for axis in range(3):
        planes = np.moveaxis(volume, axis, 0)
        found = [statistics(plane, periodic=volume_periodic) for plane in planes]
        per_axis.append(
            [np.mean([((f[i] - wanted[i]) ** 2).mean() for f in found]) for i in range(2)]
        )
    source = mcr.Microstructure.from_array(image, periodic=slice_periodic)
    measure = load("neutral").neutral_measure(source, LIMIT)
    result = measure(mcr.Microstructure.from_array(volume, periodic=volume_periodic))
    assert result == pytest.approx(tuple(np.mean(per_axis, axis=0)), rel=1e-5)


def test_a_slice_meets_itself(load: Callable[[str], ModuleType]) -> None:
    source = mcr.Microstructure.from_array(binary(0, (8, 8)), periodic=True)
    assert load("neutral").neutral_measure(source, LIMIT)(source) == pytest.approx(
        (0, 0), abs=1e-12
    )


def test_grey_fields_are_cut_at_the_fraction_of_the_slice(
    load: Callable[[str], ModuleType],
) -> None:
    source = mcr.Microstructure.from_array(np.arange(64).reshape(8, 8) < 24)
    fields = np.random.default_rng(0).random((8, 8, 8), np.float32) ** 3
    volume = load("neutral").thresholded(fields, source)
    assert volume.periodic
    assert volume.labels.sum() == 192
    assert fields[volume.labels == 1].min() > fields[volume.labels == 0].max()


def test_the_command_prints_both_numbers(
    load: Callable[[str], ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    image, fields = binary(0, (8, 8)), np.random.default_rng(1).random((8, 8, 8), np.float32)
    source = mcr.Microstructure.from_array(image, periodic=True)
    neutral = load("neutral")
    expected = neutral.neutral_measure(source, LIMIT)(neutral.thresholded(fields, source))
    mcr.write(tmp_path / "slice.tif", source)
    np.savez(tmp_path / "volume.npz", fields=fields)
    files = [str(tmp_path / name) for name in ("slice.tif", "volume.npz")]
    monkeypatch.setattr("sys.argv", ["neutral.py", *files, "--limit", "2", "--periodic"])
    neutral.main()
    printed = json.loads(capsys.readouterr().out)
    assert printed == {"limit_to": 2, "s2": expected.s2, "s3": expected.s3}
