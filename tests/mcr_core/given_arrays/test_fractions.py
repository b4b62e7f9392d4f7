"""Values that contradict the phase fractions."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.descriptors import registry
from mcr_core.errors import InputError
from mcr_core.given_arrays.fractions import ROUNDING, check_fractions

SMALL = {
    "chord_lengths": {"max_length": 5},
    "cluster_correlation": {"limit_to": 3},
    "correlations": {"limit_to": 3},
    "cross_correlations": {"limit_to": 3},
    "lineal_path": {"limit_to": 3},
    "surface_correlations": {"limit_to": 3},
    "two_point": {"limit_to": 3},
}
NETWORKS = {"gram_matrices", "multiphase_gram_matrices"}
#: No entry of these is a fraction.
WITHOUT = {"chord_lengths", "local_thickness", "surface_correlations", "variation"}


def values(name, phases, seed=0, **options):
    """All blocks of a random open image, whose fractions are known."""
    labels = np.random.default_rng(seed).integers(0, phases, (17, 14))
    labels[:, :3] = 0
    source = mcr.Microstructure.from_array(labels, periodic=False)
    descriptor = registry.create({"name": name, "options": SMALL.get(name, {})})
    found = mcr.characterize(source, [descriptor])
    return descriptor, found.planes["all"].values[0][0], source.phase_fractions


@pytest.mark.parametrize("phases", [2, 3])
@pytest.mark.parametrize("name", sorted(set(registry.names()) - NETWORKS))
def test_values_of_an_image_fit_to_its_fractions_and_to_no_others(name, phases):
    descriptor, blocks, fractions = values(name, phases)
    check_fractions(descriptor, blocks, fractions)
    if "cross" in name:
        for key, block in blocks.items():
            with pytest.raises(InputError, match=f"{name}: s2 at lag 0 is .*, it must be 0"):
                check_fractions(descriptor, {key: block + 0.01}, fractions)
        return
    others = np.roll(fractions, 1)
    if name in WITHOUT:
        check_fractions(descriptor, blocks, others)
        return
    with pytest.raises(InputError, match=rf"{name}: .* the fraction of phase \d is .* equal to"):
        check_fractions(descriptor, blocks, others)


@pytest.mark.parametrize("name", sorted(WITHOUT))
def test_no_entry_of_the_others_is_the_fraction(name):
    images = [values(name, 2, seed)[1:] for seed in range(3)]
    for key in images[0][0]:
        equal = [np.isclose(blocks[key], fractions[1]) for blocks, fractions in images]
        assert not np.logical_and.reduce(equal).any()


def test_rounding_is_no_contradiction():
    descriptor, blocks, fractions = values("two_point", 2)
    off = np.array([-1, 1])
    check_fractions(descriptor, blocks, fractions + 0.9 * ROUNDING * off)
    with pytest.raises(InputError, match="two_point: s2 at lag 0 is"):
        check_fractions(descriptor, blocks, fractions + 1.1 * ROUNDING * off)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"two_point": np.full(113, 0.3)},
            "two_point: s2 at lag 0 is 0.3, the fraction of phase 1 is 0.5: they must be equal to "
            "0.005",
        ),
        ({"volume_fractions": 0.3}, "volume_fractions: volume_fractions is 0.3, the fraction of"),
        (
            {"minkowski": {"area": 0.3, "perimeter": 0.1, "euler": 0.0}},
            "minkowski: area is 0.3, the fraction of phase 1 is 0.5",
        ),
        (
            {"correlations": {"s2": np.full(113, 0.5), "s3": np.full((113, 113), 0.2)}},
            "correlations: s3 at lag 0 is 0.2, the fraction of phase 1 is 0.5",
        ),
        ({"lineal_path": np.full(113, 0.3)}, "lineal_path: lineal_path at lag 0 is 0.3"),
    ],
)
def test_arrays_that_contradict_each_other_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        mcr.from_arrays(values=given, phase_fractions=(0.5, 0.5))
    if "two_point" not in given:  # fractions out of a map are as good
        with pytest.raises(InputError, match=message):
            mcr.from_arrays(0.25 + 0.25 * np.eye(1, 9)[0], values=given)
