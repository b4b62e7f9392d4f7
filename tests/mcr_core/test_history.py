"""The history of a run as JSON data, and back."""

import json
import math

import pytest

from mcr_core.errors import FileFormatError
from mcr_core.history import MOST_ROWS, from_record, to_record


def row(n, **changes):
    parts = {"correlations": 0.5 / (n + 1), "variation": 0.5 / (n + 1)}
    whole = {"level": 0, "iteration": n, "evaluations": 2 * n, "loss": 1 / (n + 1), "parts": parts,
             "seconds": 0.25 * n, "grey": 1 / (n + 2)}  # fmt: skip
    return {**whole, **changes}


def through_json(record):
    return json.loads(json.dumps(record, allow_nan=False))


@pytest.mark.parametrize("count", [0, 1, 2, MOST_ROWS])
def test_round_trip(count):
    rows = tuple(row(n) for n in range(count))
    assert from_record(through_json(to_record(rows))) == rows


def test_a_long_history_is_thinned_evenly():
    rows = from_record(to_record([row(n) for n in range(1000)], most=4))
    assert rows == (row(0), row(333), row(666), row(999))
    kept = from_record(to_record([row(n) for n in range(301)]))
    assert len(kept) == MOST_ROWS
    assert (kept[0], kept[-1]) == (row(0), row(300))


def test_without_terms():
    rows = tuple(row(n, parts={}) for n in range(3))
    assert from_record(through_json(to_record(rows))) == rows


def test_what_json_cannot_hold():
    record = through_json(to_record([row(0, loss=math.inf, parts={"a": math.nan})]))
    (found,) = from_record(record)
    assert math.isnan(found["loss"])
    assert math.isnan(found["parts"]["a"])


def test_a_file_from_before_there_were_levels():
    record = to_record([row(0), row(1)])
    del record["level"]
    assert from_record(record) == (row(0), row(1))


def test_terms_that_a_coarser_level_does_not_have():
    coarse = row(0, parts={"correlations": 0.5})
    found = from_record(through_json(to_record([coarse, row(1, level=1)])))
    assert math.isnan(found[0]["parts"]["variation"])
    assert found[0]["parts"]["correlations"] == 0.5
    assert found[1] == row(1, level=1)


GOOD = to_record([row(0), row(1)])


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        [],
        {},
        {**GOOD, "loss": [1.0]},
        {**GOOD, "loss": ["1", "2"]},
        {**GOOD, "seconds": 3},
        {**GOOD, "parts": [1.0, 2.0]},
        {**GOOD, "parts": {"a": [1.0]}},
    ],
)
def test_damaged(damaged):
    with pytest.raises(FileFormatError, match=r"the history of the run in this file is damaged"):
        from_record(damaged)


def test_files_from_before_grey_voxels_were_counted():
    rows = [row(0, grey=0.25), row(1, grey=0.5)]
    record = through_json(to_record(rows))
    assert record["grey"] == [0.25, 0.5]
    del record["grey"]
    for found, own in zip(from_record(record), rows, strict=True):
        assert math.isnan(found.pop("grey"))
        assert found == {name: value for name, value in own.items() if name != "grey"}
    # Rows without it, as an older result in the viewer has them.
    without = [{name: value for name, value in one.items() if name != "grey"} for one in rows]
    assert to_record(without)["grey"] == [None, None]
