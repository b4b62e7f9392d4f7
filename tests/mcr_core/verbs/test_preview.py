"""A preview is what a run starts from."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.errors import InputError
from mcr_core.phases import exact_counts


@pytest.mark.parametrize("parametrization", ["simplex", "box"])
@pytest.mark.parametrize("start", ["gaussian_field", "noise"])
def test_it_is_the_first_state_of_a_run(three_phases, slice_image, start, parametrization):
    for source in (three_phases, slice_image):
        options = {"start": start, "seed": 4}
        seen = mcr.preview(source, (16, 16, 16), **options)
        run = mcr.match_iter(
            source,
            (16, 16, 16),
            ["two_point", "variation"],
            limit_to=4,
            parametrization=parametrization,
            symmetry="cubic",
            max_iter=1,
            **options,
        )
        states = list(run)
        # Before anything is compiled, and as the first step of the optimizer.
        first = next(state for state in states if state.phase == "running")
        assert states[1].phase == "compiling"
        assert states[1].microstructure == seen
        assert first.iteration == 0
        if start == "gaussian_field" or parametrization == "box":
            assert (first.microstructure.labels == seen.labels).mean() > 0.99


def test_fractions_are_exact_and_meaning_is_that_of_the_target(slice_image):
    target = mcr.characterize(slice_image, ["variation"])
    made = mcr.preview(target, add_dimension=20)
    assert made.shape == (20, 32, 32)
    assert made.periodic
    assert not mcr.preview(target, open_result=True).periodic
    counts = exact_counts(target.phase_fractions, made.labels.size)
    np.testing.assert_array_equal(np.bincount(made.labels.ravel()), counts)
    assert made == mcr.preview(slice_image, add_dimension=20)


def test_on_the_coarsest_level_the_first_state_is_coarse(slice_image):
    run = mcr.match_iter(slice_image, (32, 32), "two_point", limit_to=3, coarse_levels=1)
    states = [next(run), next(run)]
    assert not states[0].has_microstructure
    assert states[1].microstructure.shape == (16, 16)
    run.close()


def test_what_does_not_fit_is_refused(slice_image):
    volume = mcr.preview(slice_image, (8, 8, 8))
    with pytest.raises(InputError, match="statistics per axis: ask for a 3D shape"):
        mcr.preview(volume, (8, 8))
    with pytest.raises(InputError, match=r"^pool is for a volume"):
        mcr.preview(mcr.characterize(slice_image, ["variation"]), pool=True)
    with pytest.raises(InputError, match="begins with a given microstructure"):
        mcr.preview(slice_image, start="volume")


def test_an_initial_one_is_resampled(slice_image):
    given = mcr.preview(slice_image, (8, 8, 8))
    assert mcr.preview(slice_image, (8, 8, 8), initial=given).labels.tolist() == (
        given.labels.tolist()
    )
    assert mcr.preview(slice_image, (16, 8, 8), initial=given).shape == (16, 8, 8)
