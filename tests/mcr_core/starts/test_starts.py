"""Noise, a given volume, and what a run begins with."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mcr_core as mcr
from mcr_core.errors import InputError
from mcr_core.microstructure import Microstructure
from mcr_core.settings import Settings
from mcr_core.starts import GaussianField, Noise, Volume, registry
from mcr_core.starts.first_fields import check_start, start_fields, start_notes
from mcr_core.starts.volume import resampled
from mcr_core.verbs.characterize import statistics_of


def of_fraction(fraction):
    labels = np.zeros((20, 20), int)
    labels.ravel()[: round(400 * fraction)] = 1
    return statistics_of(Microstructure.from_array(labels), ())


@pytest.mark.parametrize("fraction", [0.05, 0.5, 0.9])
def test_noise_has_the_fractions_and_stays_in_bounds(fraction):
    fields = Noise().fields(of_fraction(fraction), (20, 20, 20), 0)
    assert fields.shape == (1, 20, 20, 20)
    assert fields.min() >= 0
    assert fields.max() <= 1
    assert abs(fields.mean() - fraction) < 0.01


@given(
    old=st.tuples(*[st.integers(1, 9)] * 2),
    new=st.tuples(*[st.integers(1, 9)] * 2),
    periodic=st.booleans(),
    seed=st.integers(0, 99),
)
def test_resampled_fields_keep_means_sums_and_bounds(old, new, periodic, seed):
    labels = np.random.default_rng(seed).integers(0, 3, old)
    fields = np.stack([labels == phase for phase in range(3)]).astype(float)
    found = resampled(fields, new, periodic=periodic)
    assert found.shape == (3, *new)
    assert 0 <= found.min() <= found.max() <= 1
    np.testing.assert_allclose(found.sum(0), 1, rtol=1e-12)
    np.testing.assert_allclose(found.mean((1, 2)), fields.mean((1, 2)), atol=1e-12)
    if old == new:
        np.testing.assert_array_equal(found, fields)


@pytest.mark.parametrize("periodic", [True, False])
def test_resampling_averages_straight_lines(periodic):
    """By brute force: many points on each new voxel."""
    values = np.array([0.1, 0.9, 0.4, 0.6, 0.2])
    ends = (values[-1], values[0]) if periodic else (values[0], values[-1])
    x = (np.arange(30000) + 0.5) / 30000 * 5
    line = np.interp(x, np.arange(-1, 6) + 0.5, [ends[0], *values, ends[1]])
    found = resampled(values[None, None], (1, 3), periodic=periodic)
    np.testing.assert_allclose(found[0, 0], line.reshape(3, -1).mean(1), atol=1e-7)


def test_a_given_start_is_used_and_checked(slice_image):
    target = statistics_of(slice_image, ())
    fields = start_fields(target, (32, 32), slice_image, Settings())
    np.testing.assert_array_equal(fields, slice_image.fields())
    assert start_notes(slice_image, (32, 32)) == start_notes(None, (9, 9)) == ()
    assert start_notes(slice_image, (32, 30)) == (
        "the start is resampled from 32 x 32 to 32 x 30 voxels",
    )
    with pytest.raises(InputError, match=r"start has shape \(32, 32\), the result \(8, 32, 32\)"):
        check_start(Volume(), slice_image, (8, 32, 32), 2)
    with pytest.raises(InputError, match="expected a start with 3 phases, got one with 2"):
        check_start(GaussianField(), slice_image, (32, 32), 3)


def test_a_start_of_another_extent_is_resampled_with_a_note(slice_image):
    small = mcr.preview(slice_image, (10, 12, 14), seed=5)
    run = mcr.match_iter(
        slice_image, (16, 16, 16), "two_point", initial=small, max_iter=1, symmetry="cubic"
    )
    states = list(run)
    fields = resampled(small.fields(), (16, 16, 16), periodic=True)
    same = states[1].microstructure.labels == (fields[0] > np.quantile(fields[0], 0.5))
    assert same.mean() > 0.6
    assert "the start is resampled from 10 x 12 x 14 to 16 x 16 x 16 voxels" in run.notes


def test_volume_needs_a_microstructure(slice_image):
    with pytest.raises(InputError, match="begins with a given microstructure: give it by --init"):
        mcr.match_iter(slice_image, (16, 16, 16), "variation", start="volume")


def test_the_same_by_name_and_by_argument(slice_image):
    target = statistics_of(slice_image, ())
    initial = mcr.preview(slice_image, seed=3)
    every = [
        start_fields(target, (32, 32), initial, Settings(start=start))
        for start in ("volume", "noise", GaussianField(smoothing=1))
    ]
    np.testing.assert_array_equal(every[0], every[1])
    np.testing.assert_array_equal(every[0], every[2])


def test_a_job_keeps_its_start(slice_image):
    job = mcr.Job(
        source={"kind": "image", "path": "slice.tif"},
        settings={"start": {"name": "gaussian_field", "options": {"smoothing": 0.5}}},
        initial={"kind": "image", "path": "start.tif"},
    )
    again = mcr.Job.parse(job.to_json())
    assert again == job
    assert again.settings.start == GaussianField(smoothing=0.5)
    older = mcr.Job.parse({**job.to_json(), "settings": {"start": "noise"}})
    assert older.settings.start == Noise()
    assert registry.names() == ["gaussian_field", "noise", "volume"]
