"""What is no recording, or a damaged one, is refused in one line."""

import json
from contextlib import suppress

import numpy as np
import pytest
from edited_hdf5 import edited
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mcr_core as mcr
from mcr_core import hdf5
from mcr_core.errors import FileFormatError, InputError, McrError
from mcr_core.recording import is_recording


@pytest.fixture
def file(record):
    return record(until=2)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A file for all examples of hypothesis."""
    from datetime import UTC, datetime

    from mcr_core.recording import Mark, Recording, write_recording

    image = mcr.Microstructure.from_array(np.eye(16, dtype=int))
    job = mcr.Job(source=mcr.job.Inline.of(image)).to_json()
    marks = tuple(Mark.of(n, 0, 1.0, image) for n in range(3))
    now = datetime.now(UTC)
    recording = Recording("r", job, (), marks, now, now, 1.0, 9, None, 1.0)
    return write_recording(tmp_path_factory.mktemp("shared") / "r.h5", recording)


def test_other_files_are_told_what_they_are(tmp_path, file, slice_image):
    mcr.write(tmp_path / "i.tif", slice_image)
    mcr.write_characterization(tmp_path / "c.h5", mcr.characterize(slice_image, ["variation"]))
    (tmp_path / "t.h5").write_text("no HDF5")
    for name, words in {
        "i.tif": "this is an image",
        "c.h5": "this is a characterization: `mcr reconstruct`",
        "t.h5": "foreign, truncated or damaged",
    }.items():
        with pytest.raises(FileFormatError, match=words):
            mcr.read_recording(tmp_path / name)
    with pytest.raises(InputError, match="no such file"):
        mcr.read_recording(tmp_path / "missing.h5")
    with pytest.raises(InputError, match="this is a folder"):
        mcr.read_recording(tmp_path)
    found = [name for name in ("c.h5", "t.h5", "r.h5", "?.h5") if is_recording(tmp_path / name)]
    assert found == ["r.h5"]


def test_verbs_say_that_it_is_a_recording(file, slice_image):
    words = "this is the recording of a run: `mcr run` goes on with it"
    for use in (
        mcr.read_characterization,
        lambda path: mcr.reconstruct(path, shape=(16, 16)),
        lambda path: mcr.compare(slice_image, path),
    ):
        with pytest.raises(FileFormatError, match=words):
            use(file)
    with pytest.raises(InputError, match=r"expected an image, .* or a recording"):
        mcr.match(file)


def test_one_that_is_damaged_is_none(file):
    """The HDF5 library may loop for ever on it, so it is not asked."""
    assert is_recording(file)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert not is_recording(file)


def test_a_newer_version_is_refused(file):
    with edited(file) as root:
        text = root["recording"][()].decode()
        root["recording"][()] = text.replace('"format_version": 1', '"format_version": 2')
    with pytest.raises(FileFormatError, match=r"version 2 is newer .* update napari-mcr"):
        mcr.read_recording(file)


def _meta(change):
    def edit(root):
        data = json.loads(root["recording"][()])
        change(data)
        root["recording"][()] = json.dumps(data)

    return edit


def _replace(path, **options):
    def edit(root):
        shape = root[path].shape
        del root[path]
        root.create_dataset(path, **{"data": np.zeros(shape, np.uint8), **options})

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_meta(lambda data: data.pop("format_version")), "no format_version"),
        (_meta(lambda data: data.update(marks=[])), "its JSON"),
        (_meta(lambda data: data.update(stop_reason="bored")), "its JSON"),
        (_meta(lambda data: data.update(began="yesterday")), "its JSON"),
        (_meta(lambda data: data["marks"][0]["meaning"].update(shape=[2, 2, 2])), "no array of"),
        (_meta(lambda data: data["marks"][0]["meaning"].update(phase_values=[2, 1])), "ascend"),
        (_meta(lambda data: data["marks"].append(data["marks"][0])), "missing"),
        (lambda root: root["job"].__setitem__((), "{}"), "no source"),
        (lambda root: root["job"].__setitem__((), "[]"), "no JSON object"),
        (lambda root: root["history"].__setitem__((), '{"loss": 1}'), "history"),
        (lambda root: root.__delitem__("history"), "missing"),
        (_replace("marks/0"), "no array of labels"),
        (_replace("marks/0", data=np.zeros((8, 8, 8))), "no array of labels"),
        (_replace("marks/0", chunks=(8, 8, 8), compression="gzip", shuffle=True), "another way"),
    ],
)
def test_what_somebody_has_changed_is_refused(file, edit, words):
    with edited(file) as root:
        edit(root)
    with pytest.raises(FileFormatError, match=words):
        mcr.read_recording(file)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_never_raises_anything_else(shared, tmp_path, data):
    content = bytearray(shared.read_bytes())
    if data.draw(st.booleans(), "truncated"):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        # The rest of the first block is padding.
        places = st.integers(0, 74) | st.integers(512, len(content) - 1)
        for place in data.draw(st.lists(places, min_size=1, max_size=5, unique=True)):
            content[place] ^= data.draw(st.integers(1, 255))
    damaged = tmp_path / "damaged.h5"
    damaged.write_bytes(content)
    with pytest.raises(McrError, match="damaged"):
        mcr.read_recording(damaged)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_texts_under_a_right_seal_neither(shared, tmp_path, data):
    """What HDF5 holds is changed, and sealed again."""
    content = bytearray(shared.read_bytes())
    word = data.draw(
        st.sampled_from(
            [b'"phase_values"', b'"shape"', b'"iteration"', b'"zlib', b'"began"', b"x\x01"]
        )
    )
    place = content.find(word)
    if place < 0:
        return
    for offset in range(data.draw(st.integers(1, 40))):
        content[place + len(word) + offset] = data.draw(st.integers(0, 255))
    hdf5.seal(content)
    damaged = tmp_path / "sealed.h5"
    damaged.write_bytes(content)
    with suppress(McrError):
        for mark in mcr.read_recording(damaged).marks:
            assert mark.microstructure().labels.max() <= 1
