"""Terms, and the text form of plugins."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcr_core.descriptors import Correlations, Variation, VolumeFractions
from mcr_core.errors import InputError, OptionError
from mcr_core.term import Term, as_descriptors, as_terms, names, parse_spec, parse_term


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("variation", ("variation", {})),
        (" variation : ", None),
        ("correlations:", ("correlations", {})),
        ("correlations:limit_to=16", ("correlations", {"limit_to": 16})),
        ("adam:learning_rate=0.05", ("adam", {"learning_rate": 0.05})),
        ("a:b=1e-3,c=-2", ("a", {"b": 1e-3, "c": -2})),
        ("a: b = x , c = Y", ("a", {"b": "x", "c": "Y"})),
        ("a:b=true,c=False,d=none", ("a", {"b": True, "c": False, "d": None})),
        ("a:b=1/0.5/0.25", ("a", {"b": (1, 0.5, 0.25)})),
        ("a:b=path/to", ("a", {"b": "path/to"})),
        ("a:b=c=d", ("a", {"b": "c=d"})),
        ("a:b=c:d", ("a", {"b": "c:d"})),
    ],
)
def test_parse_spec(text, spec):
    if spec is None:
        with pytest.raises(OptionError, match="expected NAME:option=value"):
            parse_spec(text)
    else:
        assert parse_spec(text) == spec


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"expected NAME\[:option=value\], got ''"),
        (":a=1", r"expected NAME\[:option=value\], got ':a=1'"),
        ("a:b", "expected NAME:option=value,option=value, got 'a:b'"),
        ("a:b=", "expected NAME:option=value"),
        ("a:=1", "expected NAME:option=value"),
        ("a:b=1,,c=2", "expected NAME:option=value"),
        ("a:b=1,c", "got 'a:b=1,c': every descriptor has a -d of its own"),
        ("a,c", "got 'a,c': options follow a colon, and every descriptor has a -d of its own"),
        ("a,b=1", "got 'a,b=1': options follow a colon"),
        ("a=1", "got 'a=1': options follow a colon"),
        ("a:b=1,b=2", "option 'b' is given twice in 'a:b=1,b=2'"),
    ],
)
def test_wrong_spec(text, message):
    with pytest.raises(OptionError, match=message):
        parse_spec(text)


@pytest.mark.parametrize(
    ("text", "limit_to", "term"),
    [
        ("variation", None, Term(descriptor=Variation())),
        ("variation:weight=10", 8, Term(descriptor=Variation(), weight=10)),
        ("correlations", 5, Term(descriptor=Correlations(limit_to=5))),
        ("correlations:limit_to=4", 5, Term(descriptor=Correlations(limit_to=4))),
        (
            "correlations:limit_to=4,weight=2,level_weights=1/0.5,axis_weights=1/2/3,"
            "block_weights=1/0,form=soft",
            None,
            Term(
                descriptor=Correlations(limit_to=4, form="soft"),
                weight=2,
                level_weights=(1, 0.5),
                axis_weights=(1, 2, 3),
                block_weights=(1, 0),
            ),
        ),
        (
            "correlations:level_weights=0.5",
            None,
            Term(descriptor=Correlations(), level_weights=(0.5,)),
        ),
    ],
)
def test_parse_term(text, limit_to, term):
    assert as_terms([parse_term(text)], limit_to) == (term,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("corelations", r"unknown descriptor 'corelations': did you mean 'correlations'\?"),
        (
            "correlations:limt_to=4",
            r"correlations has no option 'limt_to': did you mean 'limit_to'",
        ),
        ("variation:wieght=4", r"variation has no option 'wieght': did you mean 'weight'\?"),
        ("variation:descriptor=4", "variation has no option 'descriptor'"),
        ("variation:self=4", "variation has no option 'self'"),
        ("correlations:limit_to=1", "limit_to: expected greater than or equal to 2, got 1"),
        ("correlations:limit_to=99", "limit_to: expected less than or equal to 64, got 99"),
        ("correlations:limit_to=4.5", "limit_to: expected a valid integer"),
        ("correlations:form=sot", "form: expected 'exact' or 'soft', got 'sot'"),
        ("variation:weight=0", "weight: expected greater than 0, got 0"),
        ("variation:weight=nan", "weight: expected a finite number, got nan"),
        ("variation:level_weights=-1/1", "expected weights of 0 or more"),
        ("variation:level_weights=nan", "expected weights of 0 or more"),
        ("variation:axis_weights=1/2", "axis_weights: expected more values, got"),
        ("variation:level_weights=x", "level_weights: expected a valid tuple, got 'x'"),
    ],
)
def test_wrong_term(text, message):
    with pytest.raises(OptionError, match=message):
        parse_term(text)


def test_default_terms():
    assert as_terms(None) == (Term(descriptor=Correlations()), Term(descriptor=Variation()))


def test_everything_that_makes_a_term():
    spec = {"name": "variation", "options": {}}
    term = Term(descriptor=Variation())
    for what in (
        "variation",
        Variation(),
        term,
        spec,
        ["variation"],
        [Variation()],
        [term],
        [spec],
        [term.model_dump(mode="json")],
    ):
        assert as_terms(what) == (term,)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ([], "expected at least one descriptor, got none"),
        (5, "expected a list of descriptors, got 5"),
        ([5], "of the descriptor, got 5"),
        ([None], "of the descriptor, got None"),
        (["variation", "variation"], "'variation' is given twice with the same options"),
        (
            ["correlations", {"name": "correlations", "options": {"limit_to": 8}}],
            "'correlations' is given twice with the same options: give it once, with a weight",
        ),
        ([{"descriptor": "variation", "wieght": 1}], "term has no option 'wieght'"),
    ],
)
def test_wrong_terms(what, message):
    with pytest.raises(InputError, match=message):
        as_terms(what)


def test_limit_to_fills_what_is_not_given():
    terms = as_terms(
        [
            "correlations",
            "variation",
            Correlations(limit_to=8, form="soft"),
            Correlations(form="soft"),
        ],
        limit_to=5,
    )
    assert [getattr(term.descriptor, "limit_to", None) for term in terms] == [5, None, 8, 5]
    assert terms[3].descriptor.form == "soft"
    assert as_terms(None, 4)[0].descriptor == Correlations(limit_to=4)
    with pytest.raises(OptionError, match="limit_to: expected greater than or equal to 2, got 1"):
        as_terms(["correlations"], 1)


def test_statistics_have_no_weights():
    wanted = (Correlations(limit_to=4), Variation())
    assert as_descriptors(["correlations", Term(descriptor="variation", weight=1)], 4) == wanted
    for option in ({"weight": 2}, {"level_weights": (1, 1)}, {"block_weights": (1,)}):
        (name,) = option
        with pytest.raises(InputError, match=f"{name} of variation: statistics have no weights"):
            as_descriptors([Term(descriptor="variation", **option)])


def test_labels_of_terms():
    terms = as_terms([Correlations(limit_to=4), Variation(), Correlations(limit_to=5)])
    assert names(terms) == ["correlations 1", "variation", "correlations 2"]


WEIGHT = st.floats(0, 1e6).map(float)
TERMS = st.builds(
    Term,
    descriptor=st.one_of(
        st.builds(
            Correlations, limit_to=st.integers(2, 64), form=st.sampled_from(["exact", "soft"])
        ),
        st.just(Variation()),
        st.just(VolumeFractions()),
    ),
    weight=st.floats(1e-9, 1e9),
    level_weights=st.none() | st.lists(WEIGHT, min_size=1, max_size=4).map(tuple),
    axis_weights=st.none() | st.tuples(WEIGHT, WEIGHT, WEIGHT),
    block_weights=st.none() | st.lists(WEIGHT, min_size=1, max_size=2).map(tuple),
)


def as_text(term):
    """Write a term as a user would."""
    options = {**term.descriptor.model_dump(), **term.model_dump(exclude={"descriptor"})}
    words = []
    for key, value in options.items():
        value = "/".join(map(repr, value)) if isinstance(value, tuple) else value
        words.append(f"{key}={value}")
    return f"{term.descriptor.name}:{','.join(words)}"


@given(TERMS)
def test_round_trip(term):
    assert parse_term(as_text(term)) == term
    assert as_terms([term.model_dump(mode="json")]) == (term,)


SOUP = st.text(alphabet=":=,/.-+e0123456789nafcorelationsvmit_ ", max_size=40)


@given(SOUP | st.text(max_size=20) | SOUP.map("correlations:".__add__), st.none() | st.integers())
def test_any_text_is_a_term_or_refused(text, limit_to):
    try:
        name, options = parse_spec(text)
    except OptionError:
        pass
    else:
        assert name == name.strip() != ""
        assert all(key and value != "" for key, value in options.items())
    try:
        (term,) = as_terms([parse_term(text)], limit_to)
    except InputError:
        return
    assert math.isfinite(term.weight)
