"""Random media whose phase fraction and S₂ are known in closed form, as open images.

Numbers come from NumPy's generators with given seeds.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy import fft, integrate, special

Image = npt.NDArray[np.uint8]


class Medium(Protocol):
    """What a medium offers."""

    name: str
    fraction: float

    def image(self, size: int, random: np.random.Generator) -> Image:
        """Draw an image of size × size pixels."""

    def s2(self, lag: float) -> float:
        """S₂ of phase 1 at a distance in pixels."""


class GaussianField:
    """Where a Gaussian random field with the covariance exp(−r² / 4 σ²) exceeds a threshold.

    White noise smoothed by a Gaussian of standard deviation σ, on a periodic grid that is larger
    than the image by 12 σ. With the threshold t and ρ the covariance,
    S₂ = φ² + ∫₀^ρ exp(−t² / (1 + u)) / (2π √(1 − u²)) du.
    """

    def __init__(self, sigma: float, fraction: float = 0.35) -> None:
        self.name = f"Gaussian field, σ {sigma:g}"
        self.sigma, self.fraction = sigma, fraction
        self._threshold = float(special.ndtri(1 - fraction))

    def image(self, size: int, random: np.random.Generator) -> Image:
        """Draw an image."""
        extent = fft.next_fast_len(size + int(12 * self.sigma), real=True)
        rows, columns = np.fft.fftfreq(extent)[:, None], np.fft.rfftfreq(extent)[None]
        amplitude = np.exp(-2 * (np.pi * self.sigma) ** 2 * (rows**2 + columns**2))
        noise = fft.rfft2(random.standard_normal((extent, extent)))
        field = fft.irfft2(noise * amplitude, (extent, extent))
        kernel = fft.irfft2(amplitude, (extent, extent))
        field = field[:size, :size] / np.sqrt(np.sum(kernel**2))
        return (field > self._threshold).astype(np.uint8)

    def s2(self, lag: float) -> float:
        """S₂ at a distance."""
        t, rho = self._threshold, np.exp(-(lag**2) / (4 * self.sigma**2))

        def density(u: float) -> float:
            return float(np.exp(-t * t / (1 + u)) / np.sqrt(1 - u * u))

        if lag == 0:
            return self.fraction
        return self.fraction**2 + float(integrate.quad(density, 0, rho)[0]) / (2 * np.pi)


class OverlappingSpheres:
    """A slice through spheres of one radius R at random places, which may overlap.

    With n spheres per volume the other phase has the share exp(−n V) and
    S₂ = exp(−n V₂), V₂ the volume of the union of two spheres at the distance.
    """

    def __init__(self, radius: float, fraction: float = 0.35) -> None:
        self.name = f"overlapping spheres, R {radius:g}"
        self.radius, self.fraction = radius, fraction
        self._volume = 4 / 3 * np.pi * radius**3
        self._density = -np.log(1 - fraction) / self._volume

    def image(self, size: int, random: np.random.Generator) -> Image:
        """Draw an image."""
        edge = size + 2 * self.radius
        count = random.poisson(self._density * edge**2 * 2 * self.radius)
        places = random.random((count, 2)) * edge - self.radius
        heights = (2 * random.random(count) - 1) * self.radius
        axis = np.arange(size)
        image = np.zeros((size, size), np.uint8)
        for (y, x), radius in zip(places, np.sqrt(self.radius**2 - heights**2), strict=True):
            rows, columns = (
                axis[max(0, int(np.ceil(c - radius))) : max(0, int(c + radius) + 1)] for c in (y, x)
            )
            if rows.size and columns.size:
                inside = (rows[:, None] - y) ** 2 + (columns[None] - x) ** 2 <= radius**2
                image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] |= inside
        return image

    def s2(self, lag: float) -> float:
        """S₂ of the spheres: 1 − 2 (1 − φ) + S₂ of what is between them."""
        r = self.radius
        shared = 0.0 if lag >= 2 * r else np.pi / 12 * (4 * r + lag) * (2 * r - lag) ** 2
        between = np.exp(-self._density * (2 * self._volume - shared))
        return float(2 * self.fraction - 1 + between)


MEDIA: tuple[Any, ...] = (
    GaussianField(1.2),
    GaussianField(2.4),
    OverlappingSpheres(3),
    OverlappingSpheres(5),
)
