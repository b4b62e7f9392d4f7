"""Descriptors: functions that map the planes of a microstructure to statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcr_core.descriptors.base import Descriptor
from mcr_core.registry import Registry

if TYPE_CHECKING:
    from mcr_core.descriptors.chord_lengths import ChordLengths
    from mcr_core.descriptors.cluster_correlation import ClusterCorrelation
    from mcr_core.descriptors.correlations import Correlations
    from mcr_core.descriptors.cross_correlations import CrossCorrelations
    from mcr_core.descriptors.fft_correlations import FFTCorrelations
    from mcr_core.descriptors.fft_cross_correlations import FFTCrossCorrelations
    from mcr_core.descriptors.gram_matrices import GramMatrices
    from mcr_core.descriptors.line_correlations import LineCorrelations
    from mcr_core.descriptors.lineal_path import LinealPath
    from mcr_core.descriptors.local_thickness import LocalThickness
    from mcr_core.descriptors.minkowski import Minkowski
    from mcr_core.descriptors.multiphase_gram_matrices import MultiphaseGramMatrices
    from mcr_core.descriptors.surface_correlations import SurfaceCorrelations
    from mcr_core.descriptors.two_point import TwoPoint
    from mcr_core.descriptors.variation import Variation
    from mcr_core.descriptors.volume_fractions import VolumeFractions

registry: Registry[Descriptor] = Registry(
    "descriptor",
    "descriptors",
    Descriptor,  # type: ignore[type-abstract]
    {
        "chord_lengths": "mcr_core.descriptors.chord_lengths:ChordLengths",
        "cluster_correlation": "mcr_core.descriptors.cluster_correlation:ClusterCorrelation",
        "correlations": "mcr_core.descriptors.correlations:Correlations",
        "cross_correlations": "mcr_core.descriptors.cross_correlations:CrossCorrelations",
        "fft_correlations": "mcr_core.descriptors.fft_correlations:FFTCorrelations",
        "fft_cross_correlations": (
            "mcr_core.descriptors.fft_cross_correlations:FFTCrossCorrelations"
        ),
        "local_thickness": "mcr_core.descriptors.local_thickness:LocalThickness",
        "minkowski": "mcr_core.descriptors.minkowski:Minkowski",
        "gram_matrices": "mcr_core.descriptors.gram_matrices:GramMatrices",
        "line_correlations": "mcr_core.descriptors.line_correlations:LineCorrelations",
        "lineal_path": "mcr_core.descriptors.lineal_path:LinealPath",
        "multiphase_gram_matrices": (
            "mcr_core.descriptors.multiphase_gram_matrices:MultiphaseGramMatrices"
        ),
        "surface_correlations": "mcr_core.descriptors.surface_correlations:SurfaceCorrelations",
        "two_point": "mcr_core.descriptors.two_point:TwoPoint",
        "variation": "mcr_core.descriptors.variation:Variation",
        "volume_fractions": "mcr_core.descriptors.volume_fractions:VolumeFractions",
    },
)
register = registry.register

__all__ = [
    "ChordLengths",
    "ClusterCorrelation",
    "Correlations",
    "CrossCorrelations",
    "Descriptor",
    "FFTCorrelations",
    "FFTCrossCorrelations",
    "GramMatrices",
    "LineCorrelations",
    "LinealPath",
    "LocalThickness",
    "Minkowski",
    "MultiphaseGramMatrices",
    "SurfaceCorrelations",
    "TwoPoint",
    "Variation",
    "VolumeFractions",
    "register",
    "registry",
]


def __getattr__(name: str) -> Any:
    """Load one of our own classes on first use: a run needs few of them."""
    return registry.built_in(name)
