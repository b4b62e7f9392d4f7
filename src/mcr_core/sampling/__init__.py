"""Sampling errors of the statistics of a single image, and what they are used for."""

from mcr_core.sampling.entry_errors import entry_errors
from mcr_core.sampling.image_scatter import FractionError, fraction_error
from mcr_core.sampling.integral_range import integral_range
from mcr_core.sampling.plane_errors import with_sampling_errors
from mcr_core.sampling.residual_errors import residual_errors, with_bounds

__all__ = [
    "FractionError",
    "entry_errors",
    "fraction_error",
    "integral_range",
    "residual_errors",
    "with_bounds",
    "with_sampling_errors",
]
