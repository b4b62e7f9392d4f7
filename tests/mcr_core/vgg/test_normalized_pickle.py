"""The restricted unpickler makes arrays and nothing else, and only of the published file."""

import os
import pickle

import numpy as np
import pytest

from mcr_core.vgg import normalized_pickle, providers

needs_package = pytest.mark.skipif(
    providers.package_file() is None, reason="the extra vgg is not installed"
)


class _Calls:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def test_arrays_pass():
    data = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": [np.float64([1.5, 2]), "text", 7, np.arange(2, dtype=">f8")],
    }
    for protocol in (3, 4):
        found = normalized_pickle.load_arrays(pickle.dumps(data, protocol))
        np.testing.assert_array_equal(found["a"], data["a"])
        assert found["a"].dtype == np.float32
        np.testing.assert_array_equal(found["b"][0], [1.5, 2])
        np.testing.assert_array_equal(found["b"][3], [0, 1])
        assert found["b"][1:3] == ["text", 7]
    # The type that all arrays share has not changed with the foreign byte order.
    assert np.dtype("f8").isnative


@pytest.mark.parametrize(
    ("evil", "message"),
    [
        (_Calls(os.mkdir, "made_by_a_pickle"), "does not need posix.mkdir"),
        (_Calls(eval, "1"), "does not need builtins.eval"),
        (_Calls(np.load, "x"), "does not need numpy.load"),
        (np.array([print, eval], dtype=object), "got the type 'O8'"),
        (np.arange(3), "got the type 'i8'"),
        (np.float32(1), "does not need numpy._core.multiarray.scalar"),
        (np.ma.array([1.0]), "does not need numpy.ma"),
    ],
    ids=["mkdir", "eval", "load", "objects", "integers", "scalar", "subclass"],
)
def test_anything_else_is_refused(evil, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(pickle.UnpicklingError, match=message):
        normalized_pickle.load_arrays(pickle.dumps(evil, 4))
    assert not list(tmp_path.glob("made*"))


def test_other_arguments_of_the_known_names_are_refused():
    name = b"cnumpy._core.multiarray\n_reconstruct\n"
    huge = name + b"(cnumpy\nndarray\n(I1000000000000\ntS'b'\ntR."
    with pytest.raises(pickle.UnpicklingError, match="expected an empty array of bytes"):
        normalized_pickle.load_arrays(huge)
    with pytest.raises(pickle.UnpicklingError, match="no persistent objects"):
        normalized_pickle.load_arrays(b"Pwhat\n.")


def test_another_file_is_not_even_read(monkeypatch):
    monkeypatch.setattr(normalized_pickle, "load_arrays", lambda content: pytest.fail("was read"))
    for content in (b"", pickle.dumps({}), bytes(normalized_pickle.SIZE)):
        assert not normalized_pickle.is_normalized(content)
        with pytest.raises(ValueError, match="expected the file with the SHA-256 1ab57bc7"):
            normalized_pickle.parse(content)


@needs_package
def test_the_published_file():
    content = providers.package_file().read_bytes()
    weights = normalized_pickle.parse(content)
    assert weights.identity == normalized_pickle.IDENTITY
    np.testing.assert_allclose(weights.mean, [103.939, 116.779, 123.68])
    changed = bytearray(content)
    changed[-100] ^= 1
    with pytest.raises(ValueError, match="expected the file with the SHA-256"):
        normalized_pickle.parse(bytes(changed))
