"""Every kernel keeps every law of kernels, several planes at a time."""

import pytest

from mcr_core.descriptors import Correlations, registry
from mcr_core.kernels.correlations import CorrelationsKernel
from mcr_core.kernels.spectral_correlations import SpectralCorrelationsKernel

#: Options of every descriptor that has a kernel.
VARIANTS = {
    "correlations": [{"limit_to": 4}, {"limit_to": 2}],
    "fft_correlations": [{}],
    "line_correlations": [{}, {"limit_to": 5}],
    "lineal_path": [{"limit_to": 4}, {"limit_to": 5, "directions": "diagonals"}],
    "two_point": [{"limit_to": 4}],
    "variation": [{}],
    "volume_fractions": [{}],
}
DESCRIPTORS = [registry.get(name)(**options) for name in VARIANTS for options in VARIANTS[name]]


def test_every_kernel_has_a_row():
    with_kernel = [name for name in registry.names() if registry.get(name)().kernel() is not None]
    assert sorted(VARIANTS) == with_kernel


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("correlations", {"form": "soft"}),
        ("fft_correlations", {"domain": "volume"}),
        ("lineal_path", {"form": "soft"}),
        ("variation", {"domain": "volume"}),
    ],
)
def test_other_options_have_none(name, options):
    assert registry.get(name)(**options).kernel() is None


@pytest.mark.parametrize("descriptor", DESCRIPTORS, ids=str)
def test_law(descriptor, law):
    law(descriptor.kernel(), descriptor)


@pytest.mark.parametrize("limit_to", [2, 4])
def test_law_of_the_kernel_without_compiled_tiles(limit_to, law):
    law(CorrelationsKernel, Correlations(limit_to=limit_to))


def test_law_of_the_kernel_for_many_lags(law):
    """Few lags do: those of a limit that takes it would need large images."""
    law(SpectralCorrelationsKernel, Correlations(limit_to=4))
