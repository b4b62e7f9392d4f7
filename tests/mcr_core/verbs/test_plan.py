"""plan: what a reconstruction would take, for every kind of source."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.errors import InputError
from mcr_core.memory import plan_memory
from mcr_core.settings import Settings
from mcr_core.term import as_terms


def test_plan_of_an_image(slice_image):
    found = mcr.plan(slice_image, None, ["correlations", "variation"], add_dimension=16,
                     limit_to=4, device="cpu")  # fmt: skip
    assert found.shape == (16, 32, 32)
    assert (found.phases, found.variables) == (2, 16 * 32 * 32)
    assert found.planes == {"xy": 16, "xz": 32, "yz": 32}
    correlations, variation = found.terms
    assert correlations.descriptor == "correlations"
    assert correlations.levels == {"xy": 3, "xz": 2, "yz": 2}
    assert variation.computed == correlations.computed == "kernel"
    assert found.device == "cpu"
    assert not found.memory.tensorflow
    terms = as_terms(None, 4)
    assert found.memory == plan_memory(terms, found.shape, Settings(device="cpu"), 2)
    assert found.fits


def test_levels_are_those_that_a_run_has(slice_image):
    """An image and its characterization have the same plan; a small source has fewer levels."""
    small = mcr.Microstructure.from_array(slice_image.labels[:16, :16])
    target = mcr.characterize(small, ["correlations"], limit_to=4)
    first = mcr.plan(small, (32, 32, 32), ["correlations"], limit_to=4)
    second = mcr.plan(target, (32, 32, 32))
    assert first == second
    assert first.terms[0].levels == {"xy": 2, "xz": 2, "yz": 2}


def test_a_part_of_the_planes_and_phases(three_phases):
    soft = {"name": "lineal_path", "options": {"form": "soft", "limit_to": 3}}
    options = {"optimizer": "adam", "planes": 0.25, "device": "cpu", "symmetry": "cubic"}
    found = mcr.plan(three_phases, (24, 24, 20), ["variation", soft], **options)
    assert found.planes == {"xy": 6, "xz": 6, "yz": 5}
    assert found.variables == 3 * 24 * 24 * 20
    assert [term.computed for term in found.terms] == ["kernel", "TensorFlow"]
    assert found.memory.chunk == 24


def test_what_does_not_fit_is_shown(slice_image):
    found = mcr.plan(slice_image, (400, 400, 400), memory="1GB")
    assert not found.fits
    assert found.limit == 2**30 < found.memory.total
    with pytest.raises(InputError, match="allows 1 GB"):
        mcr.match(slice_image, (400, 400, 400), memory="1GB")


def test_exact_descriptors_are_computed_by_numpy(slice_image):
    found = mcr.plan(slice_image, None, ["minkowski"], optimizer="simulated_annealing")
    assert found.terms[0].computed == "NumPy"
    assert found.planes == {"xy": 1}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shape": (2, 32, 32)}, "planes of the result"),
        ({"descriptors": ["minkowski"]}, "is not differentiable"),
        ({"shape": (8, 8), "add_dimension": 4}, "give shape or add_dimension"),
        ({"max_itr": 3}, "did you mean 'max_iter'"),
        (
            {"initial": mcr.Microstructure.from_array(np.arange(9).reshape(3, 3) % 3)},
            "a start with 2",
        ),
    ],
)
def test_what_a_run_refuses_is_refused(slice_image, arguments, message):
    with pytest.raises(InputError, match=message):
        mcr.plan(slice_image, **arguments)


def test_options_of_images_do_not_go_with_a_characterization(slice_image):
    target = mcr.characterize(slice_image, ["variation"])
    for options in ({"limit_to": 3}, {"pool": True}):
        with pytest.raises(InputError, match="are for images: a characterization has its own"):
            mcr.plan(target, **options)
