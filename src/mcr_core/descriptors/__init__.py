"""Descriptors: functions that map the planes of a microstructure to statistics."""

from mcr_core.descriptors.base import Descriptor
from mcr_core.descriptors.correlations import Correlations
from mcr_core.descriptors.variation import Variation
from mcr_core.descriptors.volume_fractions import VolumeFractions
from mcr_core.registry import Registry

registry: Registry[Descriptor] = Registry(
    "descriptor",
    "descriptors",
    Descriptor,  # type: ignore[type-abstract]
    {
        "correlations": "mcr_core.descriptors.correlations:Correlations",
        "variation": "mcr_core.descriptors.variation:Variation",
        "volume_fractions": "mcr_core.descriptors.volume_fractions:VolumeFractions",
    },
)
register = registry.register

__all__ = ["Correlations", "Descriptor", "Variation", "VolumeFractions", "register", "registry"]
