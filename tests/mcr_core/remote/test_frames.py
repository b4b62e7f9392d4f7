"""Frames travel unchanged, and nothing else is taken for one."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mcr_core.errors import RemoteError
from mcr_core.remote.frames import Frame, encode, read

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
DTYPES = st.sampled_from(["bool", "uint8", ">u2", "<u2", "int32", "int64", ">f4", "float64"])
ARRAYS = st.dictionaries(
    st.text(max_size=5),
    DTYPES.flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
    ),
    max_size=3,
)


@given(message=st.dictionaries(st.text(), JSON, max_size=4), arrays=ARRAYS)
def test_round_trip(message, arrays):
    stream = io.BytesIO(encode(Frame(message, arrays)) + encode(Frame({"next": 1})))
    found = read(stream)
    assert found.message == message
    assert list(found.arrays) == list(arrays)
    for name, array in arrays.items():
        assert found.arrays[name].shape == array.shape
        np.testing.assert_array_equal(found.arrays[name], array)
    assert read(stream).message == {"next": 1}
    assert read(stream) is None


def test_non_finite_numbers_become_none():
    sent = {"loss": float("nan"), "parts": {"a": float("inf")}, "all": (1.0, float("-inf"))}
    received = read(io.BytesIO(encode(Frame(sent)))).message
    assert received == {"loss": None, "parts": {"a": None}, "all": [1.0, None]}


def test_every_truncation_is_an_error():
    whole = encode(Frame({"event": "state"}, {"labels": np.zeros((2, 3), np.uint8)}))
    for length in range(1, len(whole)):
        with pytest.raises(RemoteError, match="middle of a frame"):
            read(io.BytesIO(whole[:length]))


@given(st.binary(min_size=1, max_size=200))
def test_noise_is_an_error(noise):
    with pytest.raises(RemoteError):
        read(io.BytesIO(noise))


def frame_of(text, size=0, tail=b"", magic=b"MCR\x01"):
    return struct.pack("<4sIQ", magic, len(text), size) + text + tail


def arrays_of(*listed):
    import json

    return json.dumps({"message": {}, "arrays": list(listed)}).encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"Traceback (most recent call last):", "expected a frame of protocol version 1"),
        (frame_of(b"{}", magic=b"MCR\x02"), "expected a frame of protocol version 1"),
        (struct.pack("<4sIQ", b"MCR\x01", 2**32 - 1, 0), "too much"),
        (struct.pack("<4sIQ", b"MCR\x01", 2, 2**60), "too much"),
        (frame_of(b"{}"), "does not hold a message"),
        (frame_of(b"[1]"), "does not hold a message"),
        (frame_of(b"{"), "does not hold a message"),
        (frame_of(b"\xff\xfe"), "does not hold a message"),
        (frame_of(b"[" * 100_000), "does not hold a message"),
        (frame_of(b'{"message": 1, "arrays": []}'), "does not hold a message"),
        (frame_of(arrays_of(3)), "does not hold a message"),
        (frame_of(arrays_of({"name": "a", "dtype": "|O", "shape": [1]})), "array of '|O'"),
        (frame_of(arrays_of({"name": "a", "dtype": "|u1", "shape": [-1]})), "array of shape"),
        (frame_of(arrays_of({"name": "a", "dtype": "|u1", "shape": [True]})), "array of shape"),
        (frame_of(arrays_of({"name": 1, "dtype": "|u1", "shape": []})), "array of"),
        (
            frame_of(arrays_of({"name": "a", "dtype": "<f8", "shape": [2**40, 2**40]})),
            "size that it announces",
        ),
        (frame_of(arrays_of(), size=1, tail=b"x"), "size that it announces"),
    ],
)
def test_hostile_frames(data, message):
    with pytest.raises(RemoteError, match=message.replace("|", r"\|")):
        read(io.BytesIO(data))


@pytest.mark.parametrize(
    "frame",
    [
        Frame({"a": object()}),
        Frame({"a": {1, 2}}),
        Frame({}, {"a": np.array([object()])}),
        Frame({}, {"a": np.array(["text"])}),
    ],
)
def test_what_cannot_travel_is_refused(frame):
    with pytest.raises(RemoteError, match="expected"):
        encode(frame)
