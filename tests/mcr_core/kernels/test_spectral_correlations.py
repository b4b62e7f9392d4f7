"""The kernel by FFT along one axis against that by matrix products alone."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mcr_core.descriptors import Correlations
from mcr_core.descriptors.lag_map import lags
from mcr_core.kernels import spectral_correlations
from mcr_core.kernels.correlations import CorrelationsKernel
from mcr_core.kernels.spectral_correlations import SpectralCorrelationsKernel


def draw(extent, boundary, dtype):
    rng = np.random.default_rng(0)
    fields = rng.random((3, *extent)).astype(dtype)
    if boundary == "periodic":
        return fields, None
    valid = np.ones(extent, bool) if boundary == "open" else rng.random(extent) > 0.3
    return (fields * valid).astype(dtype), valid


#: Features held at once: of some planes, of one after the other, and of some rows.
@pytest.mark.parametrize("held_values", [2**21, 2500, 500])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("boundary", ["periodic", "open", "masked"])
@pytest.mark.parametrize(("limit_to", "extent"), [(3, (13, 11)), (4, (9, 16)), (2, (5, 7))])
def test_equals_the_kernel_by_products(monkeypatch, limit_to, extent, boundary, dtype, held_values):
    monkeypatch.setattr(spectral_correlations, "_HELD_VALUES", held_values)
    fields, valid = draw(extent, boundary, dtype)
    descriptor = Correlations(limit_to=limit_to)
    plain = CorrelationsKernel(descriptor, extent, valid, dtype)
    spectral = SpectralCorrelationsKernel(descriptor, extent, valid, dtype)
    strips = len(list(spectral._row_strips()))
    assert (strips > 1) == (held_values < extent[0] * extent[1] * (limit_to * (2 * limit_to - 1)))
    wanted, pull_wanted = plain.evaluate(fields)
    found, pull_found = spectral.evaluate(fields)
    tolerance = 1e-12 if dtype == np.float64 else 2e-6
    rng = np.random.default_rng(1)
    upstream = {}
    for name, block in wanted.items():
        assert found[name].dtype == dtype
        assert_allclose(found[name], block, atol=tolerance)  # NaN at the same entries
        upstream[name] = np.where(np.isnan(block), 0, rng.random(block.shape)).astype(dtype)
    slope = pull_found(upstream)
    assert slope.dtype == dtype
    assert_allclose(slope, pull_wanted(upstream), atol=10 * tolerance)


def test_many_lags_take_it_and_few_do_not():
    assert Correlations(limit_to=16).kernel() is SpectralCorrelationsKernel
    assert issubclass(Correlations(limit_to=8).kernel(), CorrelationsKernel)
    assert Correlations(limit_to=8).kernel() is not SpectralCorrelationsKernel
    assert Correlations(limit_to=16, form="soft").kernel() is None


@pytest.mark.parametrize("kind", [CorrelationsKernel, SpectralCorrelationsKernel])
def test_entries_without_pairs_are_nan(kind):
    valid = np.zeros((13, 12), bool)
    valid[:, 4:7] = True  # no pairs at column lags above 2
    fields = np.random.default_rng(0).random((2, *valid.shape)) * valid
    descriptor = Correlations(limit_to=4)
    blocks, _ = kind(descriptor, valid.shape, valid, np.float64).evaluate(fields)
    without = np.abs(lags(4)[:, 1]) > 2
    assert np.array_equal(np.isnan(blocks["s2"]), [without, without])
    assert np.isnan(blocks["s3"][:, without]).all()
    assert not np.isinf(blocks["s3"]).any()
