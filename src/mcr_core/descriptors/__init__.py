"""Descriptors: functions that map the planes of a microstructure to statistics."""

from mcr_core.descriptors.base import Descriptor
from mcr_core.descriptors.correlations import Correlations
from mcr_core.descriptors.cross_correlations import CrossCorrelations
from mcr_core.descriptors.fft_correlations import FFTCorrelations
from mcr_core.descriptors.fft_cross_correlations import FFTCrossCorrelations
from mcr_core.descriptors.two_point import TwoPoint
from mcr_core.descriptors.variation import Variation
from mcr_core.descriptors.volume_fractions import VolumeFractions
from mcr_core.registry import Registry

registry: Registry[Descriptor] = Registry(
    "descriptor",
    "descriptors",
    Descriptor,  # type: ignore[type-abstract]
    {
        "correlations": "mcr_core.descriptors.correlations:Correlations",
        "cross_correlations": "mcr_core.descriptors.cross_correlations:CrossCorrelations",
        "fft_correlations": "mcr_core.descriptors.fft_correlations:FFTCorrelations",
        "fft_cross_correlations": (
            "mcr_core.descriptors.fft_cross_correlations:FFTCrossCorrelations"
        ),
        "two_point": "mcr_core.descriptors.two_point:TwoPoint",
        "variation": "mcr_core.descriptors.variation:Variation",
        "volume_fractions": "mcr_core.descriptors.volume_fractions:VolumeFractions",
    },
)
register = registry.register

__all__ = [
    "Correlations",
    "CrossCorrelations",
    "Descriptor",
    "FFTCorrelations",
    "FFTCrossCorrelations",
    "TwoPoint",
    "Variation",
    "VolumeFractions",
    "register",
    "registry",
]
