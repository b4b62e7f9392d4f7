"""A job as data: round trips, what is refused, and images inside of it."""

import base64
import json
import zlib

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcr_core.errors import FileFormatError, InputError, McrError, OptionError
from mcr_core.job import CharacterizationFile, ImageFile, Inline, Job, Planes, checksum
from mcr_core.microstructure import Microstructure
from mcr_core.settings import Settings
from mcr_core.term import as_terms

LABELS = np.random.default_rng(0).integers(0, 2, (6, 8)).astype(np.uint8)
SOURCE = {"kind": "image", "path": "slice.tif"}


def microstructure(**options):
    return Microstructure.from_array(LABELS * 255, voxel_size=(0.5, 0.25), unit="um", **options)


INLINE = Inline.of(microstructure(), "slice.tif")

JOBS = {
    "least": Job(source=SOURCE),
    "image": Job(
        source=ImageFile(
            path="a.tif",
            voxel_size=(1, 2),
            unit="nm",
            threshold="otsu",
            periodic=True,
            mask="m.tif",
            ignore=3.5,
            plane=1,
            channel=0,
            frame=2,
        ),
        terms=as_terms(["variation"]),
        shape=(4, 5, 6),
        settings=Settings(optimizer="adam", seed=5),
        initial=ImageFile(path="b.npy"),
        output="out.tif",
        software={"napari-mcr": "0.1.0"},
    ),
    "planes": Job(
        source=Planes(xy=ImageFile(path="a.tif", unit="nm"), xz=INLINE, yz="as:xz", force=True),
        shape=(8, 9, 10),
    ),
    "pooled": Job(source=SOURCE, pool=True),
    "inline": Job(source=INLINE, add_dimension=4, initial=INLINE),
    "characterization": Job(
        source=CharacterizationFile(path="t.h5", sha256="0" * 64), shape=(8, 8)
    ),
}


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_round_trip(job):
    data = job.to_json()
    assert Job.parse(data) == job
    text = json.dumps(data)
    assert Job.parse(text) == Job.parse(text.encode()) == job
    assert Job.parse({**data, "result": {"loss": 1}}) == job
    assert Job.parse(text).to_json() == data


def test_a_short_job():
    job = Job.parse('{"source": {"path": "a.tif"}, "terms": "variation"}')
    assert job == Job(source=ImageFile(path="a.tif"), terms=as_terms("variation"))
    assert isinstance(Job.parse({"source": {"path": "a.H5"}}).source, CharacterizationFile)


def test_a_short_job_of_planes():
    job = Job.parse({"source": {"xy": {"path": "a.tif"}, "xz": {"path": "b.tif"}, "yz": "as:xy"}})
    images = ImageFile(path="a.tif"), ImageFile(path="b.tif")
    assert job == Job(source=Planes(xy=images[0], xz=images[1], yz="as:xy"))


def test_the_files_that_a_job_reads():
    planes = Planes(xy=ImageFile(path="a.tif", mask="m.tif"), xz=INLINE, yz="as:xy")
    job = Job(source=planes, initial=ImageFile(path="b.tif"))
    assert sorted(job.files()) == ["a.tif", "b.tif", "m.tif"]
    assert list(Job(source=INLINE).files()) == []
    assert list(JOBS["characterization"].files()) == ["t.h5"]


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ("{", FileFormatError, "expected a job as JSON: Expecting property name"),
        (b"\xff\xfe\xff", FileFormatError, "expected a job as JSON"),
        ("[" * 100_000, FileFormatError, "expected a job as JSON"),
        ('{"a": ' + "1" * 5000 + "}", FileFormatError, "expected a job as JSON"),
        ("[]", FileFormatError, "expected a job as a JSON object, got list"),
        ("5", FileFormatError, "expected a job as a JSON object, got int"),
        ({"format_version": 2}, FileFormatError, "format version 2, this software reads 1: update"),
        ({"source": SOURCE, "format_version": 0}, OptionError, "format_version: expected 1, got 0"),
        ({}, OptionError, "job needs the option 'source'"),
        ({"source": SOURCE, "sahpe": [1]}, OptionError, r"no option 'sahpe': did you mean 'shape'"),
        ({"source": SOURCE, "self": 1}, OptionError, "job has no option 'self'"),
        ({"source": 5}, OptionError, "job: source: expected a valid dictionary.*, got 5"),
        ({"source": {}}, OptionError, r"job: source: expected the entry 'kind', got \{\}"),
        ({"source": {"kind": "x"}}, OptionError, "job: source: .*'image', 'inline', 'characteriz"),
        ({"source": {"kind": "image"}}, OptionError, "image needs the option 'path'"),
        (
            {"source": {"xy": 5}},
            OptionError,
            r"planes: xy: expected an image or one of as:xy, as:xz, as:yz, got 5",
        ),
        (
            {"source": {"xy": SOURCE, "yz": "as:x"}},
            OptionError,
            "planes: yz: expected an image or .*got 'as:x'",
        ),
        ({"source": {"xy": {"path": 5}}}, OptionError, "path: expected a valid string, got 5"),
        ({"source": {**SOURCE, "ignore": float("nan")}}, OptionError, "ignore: expected a finite"),
        ({"source": {**SOURCE, "pth": 1}}, OptionError, "image has no option 'pth'"),
        ({"source": {**SOURCE, "plane": "x"}}, OptionError, "image: plane: expected a valid"),
        ({"source": SOURCE, "terms": 5}, OptionError, "expected a list of descriptors, got 5"),
        ({"source": SOURCE, "terms": []}, InputError, "expected at least one descriptor"),
        ({"source": SOURCE, "terms": ["variatoin"]}, OptionError, "did you mean 'variation'"),
        ({"source": SOURCE, "terms": [[]]}, OptionError, r"of the descriptor, got \[\]"),
        ({"source": SOURCE, "shape": "64"}, OptionError, "job: shape: expected a valid tuple"),
        ({"source": SOURCE, "shape": [1.5, 2]}, OptionError, r"job: shape\.0: expected a valid"),
        ({"source": SOURCE, "add_dimension": 0}, OptionError, "job: add_dimension: expected great"),
        ({"source": SOURCE, "settings": {"sede": 1}}, OptionError, "settings has no option 'sede'"),
        ({"source": SOURCE, "settings": {"seed": -1}}, OptionError, "settings: seed: expected"),
        ({"source": SOURCE, "settings": 5}, OptionError, "job: settings: expected"),
        (
            {"source": SOURCE, "initial": {"kind": "characterization", "path": "t.h5"}},
            OptionError,
            "job: initial: .*'image', 'inline'",
        ),
    ],
)
def test_refused(data, error, message):
    with pytest.raises(error, match=message) as caught:
        Job.parse(data)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"periodic": True},
        {"mask": LABELS | (np.arange(8) < 4)},
        {"phase_values": (0, 7, 255), "phase_names": ("a", "b", "c")},
    ],
)
def test_inline_round_trip(options):
    ms = microstructure(**options)
    found = Inline(**json.loads(Inline.of(ms, "x").model_dump_json())).load()
    assert found == ms
    assert [type(v) for v in found.phase_values] == [type(v) for v in ms.phase_values]
    assert found.values.dtype == ms.values.dtype


def packed(array):
    return base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes())).decode()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": "no base64!"}, "the image in the job is damaged"),
        ({"labels": "ümlaut"}, "the image in the job is damaged"),
        ({"labels": "AAAA"}, "the image in the job is damaged"),
        ({"labels": packed(LABELS)[:-12]}, "the image in the job is damaged"),
        ({"labels": packed(LABELS[:2])}, "expected 48 pixels, got 16"),
        ({"labels": packed(np.zeros(10**8, np.uint8))}, "expected 48 pixels, got 49"),
        ({"labels": packed(LABELS + 2)}, "name a phase that it does not list: damaged"),
        ({"shape": (48,)}, r"expected a 2D or 3D image in the job, got the shape \(48,\)"),
        ({"shape": ()}, "expected a 2D or 3D image in the job"),
        ({"shape": (6, -8)}, "expected a 2D or 3D image in the job"),
        ({"shape": (2**40, 2**40)}, "expected a 2D or 3D image in the job"),
        ({"phase_values": range(17)}, "expected 1 to 16 phase values, got 17"),
        ({"phase_names": ("a",)}, "expected 2 phase names, got 1"),
        ({"voxel_size": (0.0, 1.0)}, "voxel size must be finite and greater than 0"),
        ({"unit": "inch"}, "unknown unit 'inch'"),
        ({"mask": packed(LABELS * 0)}, "every voxel is masked"),
    ],
)
def test_damaged_inline(changes, message):
    data = {**INLINE.model_dump(), **changes}
    with pytest.raises(InputError, match=message):
        Inline(**data).load()


@pytest.fixture
def image(tmp_path):
    file = tmp_path / "slice.tif"
    tifffile.imwrite(file, LABELS * 255)
    return file


def test_a_resolved_job_needs_no_image_file(image):
    source = ImageFile(path=str(image), voxel_size=(0.5, 0.25), unit="um")
    job = Job(source=source, initial={"kind": "image", "path": str(image)}, output="x.tif")
    resolved = job.resolved()
    image.unlink()
    assert resolved.source == INLINE
    assert resolved.source.load() == microstructure()
    assert isinstance(resolved.initial, Inline)
    assert resolved.output is None
    assert isinstance(job.source, ImageFile)  # the given one is as it was
    assert resolved.resolved() == resolved


def test_a_resolved_job_of_planes_needs_no_image_file(image):
    file = ImageFile(path=str(image), voxel_size=(0.5, 0.25), unit="um")
    job = Job(source=Planes(xy=file, xz=INLINE, yz="as:xz"))
    resolved = job.resolved()
    image.unlink()
    assert (resolved.source.xy, resolved.source.xz) == (INLINE, INLINE)
    assert resolved.source.load() == {
        "xy": microstructure(),
        "xz": microstructure(),
        "yz": "as:xz",
    }
    assert Job.parse(json.dumps(resolved.to_json())) == resolved == resolved.resolved()


def test_a_resolved_job_pins_its_characterization(tmp_path, monkeypatch):
    (tmp_path / "t.h5").write_bytes(b"abc")
    monkeypatch.chdir(tmp_path)
    source = Job(source=CharacterizationFile(path="t.h5"), terms=["variation"]).resolved().source
    assert source.path == str(tmp_path / "t.h5")
    assert source.sha256 == checksum(tmp_path / "t.h5")


def test_missing_characterization(tmp_path):
    job = Job(source=CharacterizationFile(path=str(tmp_path / "t.h5")))
    with pytest.raises(InputError, match=r"t\.h5: no such file"):
        job.resolved()
    with pytest.raises(InputError, match=r"t\.h5: no such file"):
        job.start()
    with pytest.raises(InputError, match="cannot be read"):
        checksum(tmp_path)


def test_changed_characterization():
    frozen = __file__.replace("test_job.py", "data/characterization_v1.h5")
    assert CharacterizationFile(path=frozen, sha256=checksum(frozen)).load().phase_count == 2
    with pytest.raises(InputError, match="has changed since this job was run"):
        CharacterizationFile(path=frozen, sha256="0" * 64).load()


@pytest.mark.parametrize(
    ("job", "message"),
    [
        ({"shape": [6, 8], "add_dimension": 4}, "give shape or add_dimension, not both"),
        ({"shape": [6]}, r"a shape of 2 \(Y X\) or 3 \(Z Y X\) numbers, got 1"),
        ({"shape": [-6, 8]}, "numbers greater than 0"),
        ({"shape": [10**400, 8]}, "numbers below 2147483648"),
        ({"add_dimension": 10**400}, "numbers below 2147483648"),
        ({"add_dimension": 4}, "planes of three axes need pixels of equal edges"),
        ({"terms": ["correlations"]}, "correlations needs planes of at least 15 pixels"),
    ],
)
def test_a_job_that_cannot_start(job, message):
    job = {"terms": ["variation"], **job}
    with pytest.raises(InputError, match=message):
        Job.parse({"source": INLINE.model_dump(), **job}).start()


IMAGES = st.builds(
    ImageFile,
    path=st.text(),
    voxel_size=st.none() | st.floats(1e-9, 1e9) | st.tuples(st.floats(0, 1), st.floats(0, 1)),
    unit=st.none() | st.text(max_size=5),
    threshold=st.none() | st.just("otsu") | st.floats(allow_nan=False, allow_infinity=False),
    ignore=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    mask=st.none() | st.text(max_size=5),
    plane=st.none() | st.integers(),
)
ANY_JOB = st.builds(
    Job,
    source=IMAGES | st.builds(CharacterizationFile, path=st.text()) | st.just(INLINE),
    terms=st.none() | st.just(as_terms(None)),
    shape=st.none() | st.lists(st.integers(), max_size=4).map(tuple),
    add_dimension=st.none() | st.integers(1),
    settings=st.builds(Settings, seed=st.integers(0, 2**63 - 1), max_iter=st.integers(0, 10**6)),
    initial=st.none() | IMAGES,
    output=st.none() | st.text(),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANY_JOB)
def test_round_trip_of_any_job(job):
    assert Job.parse(json.dumps(job.to_json())) == job


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "a", "image"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["kind", "path", "name", "options", "self", "x"]), inner)
    ),
    max_leaves=6,
)


def places(data, path=()):
    """Every place in JSON data."""
    yield path
    if isinstance(data, (dict, list)):
        for key in data if isinstance(data, dict) else range(len(data)):
            yield from places(data[key], (*path, key))


def with_change(data, path, value):
    if not path:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = with_change(copy[path[0]], path[1:], value)
    return copy


WHOLE = JOBS["image"].to_json() | {"source": INLINE.model_dump(mode="json")}


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(list(places(WHOLE))), JSON)
def test_any_change_is_refused_or_a_job(place, value):
    data = with_change(WHOLE, place, value)
    try:
        job = Job.parse(data)
        job.source.load()
    except McrError:
        return
    if "NaN" not in json.dumps(data):  # NaN is not equal to itself
        assert Job.parse(job.to_json()) == job
