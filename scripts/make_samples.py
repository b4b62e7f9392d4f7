"""Make the images in `sample_data/` again, bit for bit: `python scripts/make_samples.py [FOLDER]`.

Every image is drawn from a fixed seed. Fields are periodic, since they are filtered in Fourier
space, and are cut at a rank rather than at a value, so that phase fractions come out exactly.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

FOLDER = Path(__file__).resolve().parents[1] / "sample_data"
VOXEL_SIZE = 0.5  # um, the same along every axis

Labels = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float64]
# Amplitude of the waves, given their frequencies along the axes in cycles per pixel.
Spectrum = Callable[[list[Field]], Field]


def isotropic() -> Labels:
    """Two interpenetrating phases without a preferred direction."""
    return _upper_part(_gaussian_field((64, 64), seed=0, spectrum=_blur((2.4, 2.4))), 0.4)


def elongated() -> Labels:
    """Grains drawn out along X."""
    return _upper_part(_gaussian_field((96, 96), seed=2, spectrum=_blur((1.9, 5.5))), 0.45)


def inclusions() -> Labels:
    """Separate disks of a few sizes, placed at random in a matrix (random sequential addition)."""
    size, gap = 96, 2.0
    random = _random(3)
    axis = np.arange(size)
    labels = np.zeros((size, size), np.uint8)
    disks: list[tuple[float, float, float]] = []
    # Large disks go first: they no longer fit once the small ones are placed.
    for radius in [7.0] * 7 + [5.5] * 12 + [4.0] * 16:
        for _ in range(2000):
            y, x = random.random_sample(2) * size
            if all(_distance(y - v, x - u, size) >= radius + r + gap for v, u, r in disks):
                disks.append((y, x, radius))
                break
    for y, x, radius in disks:
        labels[_distance(axis[:, None] - y, axis[None, :] - x, size) <= radius] = 1
    return labels


def lamellar() -> Labels:
    """Winding stripes of one width, as block copolymers and spinodal decomposition make them."""
    return _upper_part(_gaussian_field((96, 96), seed=4, spectrum=_band(14.0, 0.0075)), 0.5)


def three_phases() -> Labels:
    """Two solids and pores; any two of the three touch."""
    first = _gaussian_field((96, 96), seed=5, spectrum=_blur((3.0, 3.0)))
    second = _gaussian_field((96, 96), seed=50, spectrum=_blur((3.0, 3.0)))
    labels = _upper_part(first, 0.3) * np.uint8(2)
    # Phase 1 is cut from what phase 2 leaves, by rank within that part.
    rest = labels == 0
    labels[rest] = _upper_part(second[rest], 0.5)
    return labels


def stack() -> Labels:
    """A volume of two interpenetrating phases."""
    return _upper_part(_gaussian_field((48, 48, 48), seed=1, spectrum=_blur((2.0,) * 3)), 0.35)


SAMPLES: tuple[Callable[[], Labels], ...] = (
    isotropic,
    elongated,
    inclusions,
    lamellar,
    three_phases,
    stack,
)


def write(path: Path, labels: Labels) -> None:
    """Write labels as a TIFF that ImageJ, napari-tiff and mcr read with their voxel size."""
    metadata: dict[str, Any] = {"axes": "ZYX"[-labels.ndim :], "unit": "um"}
    if labels.ndim == 3:
        metadata["spacing"] = VOXEL_SIZE
    tifffile.imwrite(
        path, labels, imagej=True, resolution=(1 / VOXEL_SIZE, 1 / VOXEL_SIZE), metadata=metadata
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the sample images again.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES:
        labels = sample()
        path = folder / f"{sample.__name__}.tif"
        write(path, labels)
        fractions = np.bincount(labels.ravel()) / labels.size
        print(f"{path.name:18} {labels.shape} fractions {np.round(fractions, 4).tolist()}")


def _random(seed: int) -> np.random.RandomState:
    # The stream of RandomState is frozen for ever; that of a Generator may change with numpy.
    return np.random.RandomState(seed)


def _gaussian_field(shape: tuple[int, ...], seed: int, spectrum: Spectrum) -> Field:
    noise = _random(seed).standard_normal(shape)
    frequencies = [
        np.asarray(np.fft.fftfreq(n), np.float64).reshape(
            [-1 if axis == i else 1 for i in range(len(shape))]
        )
        for axis, n in enumerate(shape)
    ]
    return np.fft.ifftn(np.fft.fftn(noise) * spectrum(frequencies)).real


def _blur(lengths: tuple[float, ...]) -> Spectrum:
    """A Gaussian filter, with its standard deviation in pixels along each axis."""

    def amplitude(frequencies: list[Field]) -> Field:
        terms = (f * length for f, length in zip(frequencies, lengths, strict=True))
        return np.exp(-2 * np.pi**2 * sum(term**2 for term in terms))

    return amplitude


def _band(wavelength: float, width: float) -> Spectrum:
    """A ring around one wavelength in pixels; `width` is its spread in cycles per pixel."""

    def amplitude(frequencies: list[Field]) -> Field:
        radius = np.sqrt(sum(f**2 for f in frequencies))
        return np.exp(-(((radius - 1 / wavelength) / width) ** 2) / 2)

    return amplitude


def _upper_part(field: Field, fraction: float) -> Labels:
    """Label the given share of a field's values, the largest, with 1 and the others with 0."""
    count = round(fraction * field.size)
    labels = np.zeros(field.size, np.uint8)
    labels[np.argsort(field, axis=None, kind="stable")[field.size - count :]] = 1
    return labels.reshape(field.shape)


def _distance(dy: Any, dx: Any, size: int) -> Any:
    """Distance across the periodic boundary of a square."""
    dy, dx = np.abs(dy), np.abs(dx)
    return np.hypot(np.minimum(dy, size - dy), np.minimum(dx, size - dx))


if __name__ == "__main__":
    main()
