"""What of several characterizations is shared, and what is said of the rest."""

import numpy as np
import pytest

import mcr_core as mcr
from mcr_core.descriptors import FFTCorrelations, TwoPoint, Variation, VolumeFractions
from mcr_core.statistics.shared import same_descriptors


def characterized(terms, shape=(12, 12)):
    labels = np.random.default_rng(0).integers(0, 2, shape)
    return mcr.characterize(mcr.Microstructure.from_array(labels, periodic=True), terms)


@pytest.mark.parametrize("swap", [False, True])
def test_the_second_of_two_with_one_name_is_said_to_be_left_out(swap):
    many = characterized([TwoPoint(limit_to=3), TwoPoint(limit_to=5), Variation()])
    one = characterized([TwoPoint(limit_to=3), Variation()])
    picked, notes = same_descriptors([one, many] if swap else [many, one])
    assert [each.descriptors for each in picked] == [(TwoPoint(limit_to=3), Variation())] * 2
    assert notes == ["without two_point (limit_to=5), which not all have"]


def test_both_of_one_name_stay_where_both_have_both():
    terms = [TwoPoint(limit_to=3), TwoPoint(limit_to=5)]
    picked, notes = same_descriptors([characterized(terms), characterized(terms[::-1])])
    assert [each.descriptors for each in picked] == [tuple(terms)] * 2
    assert notes == []
    for each in picked:
        for levels, term in zip(each.planes["all"].values, terms, strict=True):
            assert levels[0]["s2"].shape == (1, len(term.entries("s2", ())))


def test_names_that_are_left_out_altogether_stand_without_options():
    first = characterized([TwoPoint(limit_to=3), Variation()])
    other = characterized([TwoPoint(limit_to=3), VolumeFractions()])
    _, notes = same_descriptors([first, other])
    assert notes == ["without variation, volume_fractions, which not all have"]


def test_the_domain_is_said():
    terms = [FFTCorrelations(), FFTCorrelations(domain="volume")]
    both = characterized(terms, (6, 6, 6))
    _, notes = same_descriptors([both, characterized(terms[:1], (6, 6, 6))])
    assert notes == ["without fft_correlations of volumes, which not all have"]
