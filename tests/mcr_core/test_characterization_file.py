"""Characterizations in HDF5: what is written is read, for ever, and nothing else is."""

import io
import json
import os
from pathlib import Path

import h5py
import numpy as np
import pytest
from edited_hdf5 import edited
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mcr_core as mcr
from mcr_core import described_file
from mcr_core.characterization_file import reading
from mcr_core.descriptors import Correlations, Variation, VolumeFractions
from mcr_core.errors import FileFormatError, InputError, McrError, MissingPluginError, OptionError

#: Written by version 0.1.0; never make it again.
FROZEN = Path(__file__).parent / "data" / "characterization_v1.h5"
FROZEN_IMAGE = np.array(
    [
        [0, 0, 255, 255, 0, 0, 0, 255],
        [0, 255, 255, 255, 0, 0, 0, 0],
        [0, 255, 255, 0, 0, 255, 255, 0],
        [0, 0, 0, 0, 255, 255, 255, 255],
        [255, 0, 0, 0, 0, 255, 255, 0],
        [255, 255, 0, 0, 0, 0, 0, 0],
    ]
)
DESCRIPTORS = (VolumeFractions(), Variation(), Correlations(limit_to=2))


def source(**options):
    given = {"voxel_size": 0.5, "unit": "um", "phase_names": ("pore", "solid"), **options}
    return mcr.Microstructure.from_array(FROZEN_IMAGE, **given)


def assert_same(found, expected):
    """Compare all that a characterization says, versions of software aside."""
    for name in (
        "descriptors",
        "phase_values",
        "phase_names",
        "voxel_size",
        "unit",
        "source_shape",
        "periodic",
        "masked",
        "images",
    ):
        assert getattr(found, name) == getattr(expected, name), name
    assert list(found.planes) == list(expected.planes)
    for plane, wanted in expected.planes.items():
        statistics = found.planes[plane]
        for name in ("phase_fractions", "s2", "pairs"):
            array = getattr(statistics, name)
            assert array.dtype == getattr(wanted, name).dtype
            np.testing.assert_allclose(array, getattr(wanted, name), rtol=1e-6)
        assert len(statistics.values) == len(wanted.values)
        for levels, wanted_levels in zip(statistics.values, wanted.values, strict=True):
            for blocks, wanted_blocks in zip(levels, wanted_levels, strict=True):
                assert blocks.keys() == wanted_blocks.keys()
                for name, block in blocks.items():
                    np.testing.assert_allclose(block, wanted_blocks[name], rtol=1e-6, atol=1e-9)


@pytest.fixture(scope="module")
def target():
    return mcr.characterize(source(), DESCRIPTORS)


@pytest.fixture
def file(target, tmp_path):
    return mcr.write_characterization(tmp_path / "target.h5", target)


def test_the_frozen_file_of_version_1_is_read():
    found = mcr.read_characterization(FROZEN)
    assert found.descriptors == DESCRIPTORS
    assert (found.phase_values, found.phase_names) == ((0, 255), ("pore", "solid"))
    assert (found.voxel_size, found.unit, found.source_shape) == ((0.5, 0.5), "um", (6, 8))
    assert (found.periodic, found.masked, found.images) == (False, False, 1)
    assert found.versions["napari-mcr"] == "0.1.0"
    everything = found.planes["all"]
    np.testing.assert_allclose(everything.phase_fractions, [29 / 48, 19 / 48])
    fractions, variation, correlations = everything.values
    np.testing.assert_allclose(fractions[0]["volume_fractions"], [19 / 48])
    np.testing.assert_allclose(variation[0]["variation"], [15 / 40 + 14 / 42])
    np.testing.assert_allclose(
        correlations[0]["s2"], [[19 / 48, 10 / 42, 8 / 35, 9 / 40, 7 / 35]], rtol=1e-6
    )
    assert correlations[1]["s3"].shape == (1, 5, 5)
    assert everything.s2.shape == (1, 11, 15)
    assert everything.pairs[5, 7] == 48


def test_the_frozen_file_says_what_is_computed_today(target):
    assert_same(mcr.read_characterization(FROZEN), target)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"periodic": True},
        {"mask": FROZEN_IMAGE.cumsum().reshape(6, 8) > 600, "voxel_size": (0.5, 0.25)},
        {"phase_values": (0, 128, 255), "phase_names": ("a", "b", "c")},
    ],
    ids=["open", "periodic", "masked", "three phases"],
)
def test_round_trip(tmp_path, options):
    target = mcr.characterize(source(**options), DESCRIPTORS[:2])
    file = mcr.write_characterization(tmp_path / "t.hdf5", target)
    found = mcr.read_characterization(file)
    assert_same(found, target)
    assert found.versions == target.versions
    assert os.listdir(tmp_path) == ["t.hdf5"]


def test_round_trip_of_a_volume(tmp_path):
    volume = np.random.default_rng(0).integers(0, 2, (4, 5, 6))
    target = mcr.characterize(mcr.Microstructure.from_array(volume), ["variation"])
    found = mcr.read_characterization(mcr.write_characterization(tmp_path / "t.h5", target))
    assert list(found.planes) == ["xy", "xz", "yz"]
    assert_same(found, target)


def test_nothing_is_overwritten_unasked(file, target):
    before = file.read_bytes()
    with pytest.raises(InputError, match="exists: use --overwrite"):
        mcr.write_characterization(file, target)
    assert file.read_bytes() == before
    mcr.write_characterization(file, target, overwrite=True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("t.tif", r"expected a name that ends in \.h5 or \.hdf5, got '\.tif'"),
        ("missing/t.h5", "the folder .* does not exist: create it first"),
        (".", r"expected a name that ends in \.h5"),
    ],
)
def test_unwritable(tmp_path, target, name, message):
    with pytest.raises(InputError, match=message):
        mcr.write_characterization(tmp_path / name, target)
    assert os.listdir(tmp_path) == []


def test_a_folder_is_no_target(tmp_path, target):
    (tmp_path / "t.h5").mkdir()
    with pytest.raises(InputError, match="expected a file name, this is a folder"):
        mcr.write_characterization(tmp_path / "t.h5", target, overwrite=True)


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"t\.h5: no such file"):
        mcr.read_characterization(tmp_path / "t.h5")
    with pytest.raises(InputError, match="expected a file, this is a folder"):
        mcr.read_characterization(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"no HDF5 at all", FROZEN.read_bytes()[:700], FROZEN.read_bytes()[:-5000], b"\x89HDF"],
    ids=["empty", "text", "truncated early", "truncated late", "signature only"],
)
def test_foreign_and_truncated(tmp_path, content):
    file = tmp_path / "t.h5"
    file.write_bytes(content)
    with pytest.raises(
        FileFormatError,
        match=r"t\.h5: expected a characterization \(\.h5\) that `mcr characterize` wrote, this "
        r"file is foreign, truncated or damaged \(.*\): characterize again$",
    ):
        mcr.read_characterization(file)


def meta(**changes):
    """Change entries of the JSON, or take them out (None)."""

    def change(root):
        data = json.loads(root["meta"][()])
        data.update(changes)
        kept = {key: value for key, value in data.items() if value is not None}
        del root["meta"]
        root.create_dataset("meta", data=json.dumps(kept), dtype=h5py.string_dtype("utf-8"))

    return change


def replaced(path, **options):
    """Put another dataset in the place of one."""

    def change(root):
        del root[path]
        root.create_dataset(path, **options)

    return change


def linked(path, link):
    def change(root):
        del root[path]
        root[path] = link

    return change


def removed(path):
    def change(root):
        del root[path]

    return change


def virtual(root):
    layout = h5py.VirtualLayout((2,), "f8")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (2,))
    del root["planes/all/phase_fractions"]
    root.create_virtual_dataset("planes/all/phase_fractions", layout)


def datatype(root):
    del root["planes/all/s2"]
    root["planes/all/s2"] = np.dtype("f8")


def null_space(root):
    del root["planes/all/s2"]
    root["planes/all/s2"] = h5py.Empty("f8")


def nested(root):
    del root[f"{VALUES}/1/0/variation"]
    root.create_dataset(f"{VALUES}/1/0/variation/deep", data=[1])


def of_a_volume(root):
    meta(source_shape=[6, 8, 9], voxel_size=[1, 1, 1])(root)
    del root["planes/all"]


def foreign_names(root):
    del root["meta"]
    root["data"] = [1, 2]


def unreadable_json(root):
    replaced("meta", data="{", dtype=h5py.string_dtype("utf-8"))(root)


S2 = "planes/all/s2"
FRACTIONS = "planes/all/phase_fractions"
VALUES = "planes/all/values"
TEXT = h5py.string_dtype("utf-8")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        # what it says of itself
        (foreign_names, "meta is missing or a link"),
        (unreadable_json, "Expecting property name"),
        (replaced("meta", data="[1]", dtype=TEXT), "meta is no JSON object"),
        (replaced("meta", data=[1, 2]), "meta is no text"),
        (replaced("meta", data=["{}", "{}"], dtype=TEXT), "meta is no text"),
        (replaced("meta", shape=(), dtype=f"S{2**30}"), "meta declares 1073741824 bytes"),
        (linked("meta", h5py.SoftLink("/planes/all/s2")), "meta is missing or a link"),
        (meta(format_version=None), "no format_version"),
        (meta(format_version="1"), "no format_version"),
        (meta(format_version=0), "no format_version"),
        (meta(descriptors=None), "needs the option 'descriptors'"),
        (meta(descriptors=[]), "descriptors: tuple should have at least 1 item"),
        (meta(descriptors=5), "descriptors: expected a valid tuple, got 5"),
        (meta(phase_values=[0]), "phase_values: tuple should have at least 2 items"),
        (meta(phase_values=[255, 0]), "phase_values must ascend"),
        (meta(phase_values=[0, float("nan")]), "phase_values"),
        (meta(phase_names=["pore"]), "expected one phase name per phase value"),
        (meta(voxel_size=[0.5, -1]), "voxel_size.1: expected greater than 0"),
        (meta(voxel_size=[0.5]), "expected one voxel size per axis"),
        (meta(unit="inch"), "unit: expected 'pixel', 'nm', 'um', 'mm' or 'm', got 'inch'"),
        (meta(source_shape=[6]), "source_shape: tuple should have at least 2 items"),
        (meta(source_shape=[6, 0]), "source_shape.1: expected greater than 0"),
        (of_a_volume, "planes/xy is missing"),
        (meta(periodic="perhaps"), "periodic: expected a valid boolean"),
        (meta(images=0), "images: expected greater than 0"),
        (meta(versions=None), "needs the option 'versions'"),
        # missing parts
        (removed("planes"), "planes/all is missing or a link"),
        (removed("planes/all"), "planes/all is missing or a link"),
        (removed(S2), "s2 is missing or a link"),
        (removed(VALUES), "no values of descriptor 0"),
        (removed(f"{VALUES}/1"), "no values of descriptor 1"),
        (removed(f"{VALUES}/2/0"), "no values of descriptor 2"),
        (removed(f"{VALUES}/1/0/variation"), "no values of descriptor 1"),
        # links out of the file, or in circles
        (linked(S2, h5py.ExternalLink("/etc/passwd", "x")), "s2 is missing or a link"),
        (linked(S2, h5py.SoftLink("/planes/all/pairs")), "s2 is missing or a link"),
        (linked("planes/all", h5py.SoftLink("/planes")), "planes/all is missing or a link"),
        (linked(f"{VALUES}/0", h5py.ExternalLink("a.h5", "x")), "values/0/0 is missing or a link"),
        (
            replaced(FRACTIONS, shape=(2,), dtype="f8", external=[("/etc/passwd", 0, 16)]),
            "phase_fractions lies in another file",
        ),
        (virtual, "phase_fractions lies in another file"),
        # other things than arrays of numbers
        (replaced(S2, data="text", dtype=TEXT), "s2 is no array of numbers"),
        (replaced(S2, shape=(1, 11, 15), dtype=h5py.ref_dtype), "s2 is no array of numbers"),
        (replaced(S2, shape=(1, 11, 15), dtype="c8"), "s2 is no array of numbers"),
        (replaced(S2, data=np.zeros((1, 11, 15), np.longdouble)), "s2 is no array of numbers"),
        (replaced(S2, shape=(1, 11, 15), dtype=[("a", "f4")]), "s2 is no array of numbers"),
        (datatype, "s2 is no array"),
        (null_space, "s2 is no array"),
        (replaced(VALUES, data=[1, 2]), "no values of descriptor 0"),
        (nested, "variation is no array"),
        # lies about sizes
        (replaced(S2, shape=(1, 2**20, 2**20), dtype="f4"), "s2 declares .* bytes that the file"),
        (
            replaced(S2, shape=(1, 2**18, 2**18), dtype="f8", chunks=(1, 64, 64)),
            "s2 declares .* bytes that the file",
        ),
        # wrong numbers
        (replaced(FRACTIONS, data=[0.5, np.nan]), "phase_fractions holds NaN or infinity"),
        (replaced(S2, data=np.full((1, 11, 15), np.inf)), "s2 holds NaN or infinity"),
        (replaced(f"{VALUES}/1/0/variation", data=[np.nan]), "variation holds NaN"),
        (replaced(FRACTIONS, data=[0.5, 0.6]), "the phase fractions do not sum to 1"),
        (replaced(FRACTIONS, data=[-0.5, 1.5]), "the phase fractions do not sum to 1"),
        # wrong shapes
        (replaced(FRACTIONS, data=[0.5, 0.25, 0.25]), "arrays of unexpected shape"),
        (replaced(S2, data=np.zeros((1, 5, 5))), "arrays of unexpected shape"),
        (replaced(S2, data=np.zeros((3, 11, 15))), "arrays of unexpected shape"),
        (replaced("planes/all/pairs", data=np.zeros(3)), "arrays of unexpected shape"),
        (
            replaced(f"{VALUES}/1/0/variation", data=[1.0, 1.0]),
            "values of descriptor 1 of unexpected shape",
        ),
        (replaced(f"{VALUES}/1/0/variation", data=1.0), "values of descriptor 1 of unexpected"),
    ],
)
def test_damaged_and_hostile(file, change, reason):
    with edited(file) as root:
        change(root)
    with pytest.raises(FileFormatError, match=rf"target\.h5: expected a .*\(.*{reason}") as caught:
        mcr.read_characterization(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (removed("errors/all/s2"), "s2 is missing or a link"),
        (removed("errors/all/values"), "no values of descriptor 0"),
        (
            replaced("errors/all/s2", data=np.zeros((1, 3, 3))),
            "sampling errors of unexpected shape",
        ),
        (replaced("errors/all/phase_fractions", data=[0.1]), "sampling errors of unexpected shape"),
        (replaced("errors/all/s2", data=np.full((1, 11, 15), np.nan)), "s2 holds NaN"),
        (linked("errors/cubic", h5py.SoftLink("/planes/all")), "errors/cubic is missing or a link"),
        (
            replaced("errors/all/values/0/0/variation", data=np.zeros((1, 2))),
            "sampling errors of unexpected shape",
        ),
    ],
)
def test_damaged_sampling_errors(tmp_path, change, reason):
    target = mcr.characterize([source(), source()], [Variation()])
    file = mcr.write_characterization(tmp_path / "target.h5", target)
    assert mcr.read_characterization(file).planes["all"].errors is not None
    with edited(file) as root:
        change(root)
    with pytest.raises(FileFormatError, match=reason):
        mcr.read_characterization(file)


def test_newer_version(file):
    with edited(file) as root:
        meta(format_version=2)(root)
    with pytest.raises(
        FileFormatError, match=r"target\.h5: format version 2 is newer than .* \(1\): update"
    ):
        mcr.read_characterization(file)


def test_what_a_later_version_adds_is_no_matter(file):
    with edited(file) as root:
        meta(more="of it")(root)
        root.create_group("more")
        root["planes/more"] = h5py.SoftLink("/nowhere")
    assert mcr.read_characterization(file).descriptors == DESCRIPTORS


def test_descriptor_that_is_not_installed(file):
    with edited(file) as root:
        meta(descriptors=[{"name": "minkowski_2", "options": {}}])(root)
    with pytest.raises(
        MissingPluginError,
        match=r"target\.h5 was made with the descriptor 'minkowski_2', which is not installed "
        "here: install the package that offers it",
    ):
        mcr.read_characterization(file)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"name": "correlations", "options": {"limit_to": 2, "radius": 1}}, "no option 'radius'"),
        ({"name": "correlations", "options": {"limit_to": 1}}, "limit_to: expected greater"),
        ({"name": 5}, "expected a name, an instance or"),
    ],
)
def test_descriptor_with_other_options(file, spec, message):
    with edited(file) as root:
        meta(descriptors=[spec] * 3)(root)
    with pytest.raises(OptionError, match=rf"target\.h5: .*{message}"):
        mcr.read_characterization(file)


def test_more_than_the_memory(file, monkeypatch):
    monkeypatch.setattr(reading, "physical_memory", lambda: 1000)
    with pytest.raises(
        InputError, match=r"its arrays take .* GB, this machine has .* GB: characterize a smaller"
    ):
        mcr.read_characterization(file)


@pytest.mark.parametrize("byte_order", ["<f8", ">f8", ">f4", ">i4"])
def test_numbers_of_another_machine(file, byte_order):
    with edited(file) as root:
        replaced(FRACTIONS, data=np.array([1, 0], byte_order))(root)
    fractions = mcr.read_characterization(file).planes["all"].phase_fractions
    assert fractions.dtype.isnative
    assert fractions.tolist() == [1, 0]


@pytest.mark.parametrize("blocks", [{"variatoin": [1.0]}, {"variation": [[1.0, 2.0]]}])
def test_values_that_the_descriptor_does_not_compute(file, blocks):
    with edited(file) as root:
        del root["errors"]  # which are of the shape of the values
        for plane in ("all", "cubic"):
            group = root[f"planes/{plane}/values/1/0"]
            group.clear()
            for name, value in blocks.items():
                group[name] = value
    target = mcr.read_characterization(file)
    with pytest.raises(
        InputError,
        match="the values of variation in the characterization are not what variation computes "
        "here: characterize again",
    ):
        mcr.reconstruct(target, (8, 8), ["variation"], max_iter=1)


LENGTH = len(FROZEN.read_bytes())
EDITS = st.lists(
    st.tuples(st.integers(0, LENGTH - 1), st.binary(min_size=1, max_size=8)),
    min_size=1,
    max_size=4,
)


@settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(EDITS, st.none() | st.integers(0, LENGTH))
def test_any_damage_is_refused(tmp_path, edits, end):
    content = bytearray(FROZEN.read_bytes())
    for place, piece in edits:
        content[place : place + len(piece)] = piece
    file = tmp_path / "t.h5"
    file.write_bytes(content[:end])
    try:
        found = mcr.read_characterization(file)
    except McrError:
        return
    # Nothing has changed, or bytes of the user block that have no meaning.
    assert_same(found, mcr.read_characterization(FROZEN))
    assert content[512:end] == FROZEN.read_bytes()[512:]


def test_damage_is_found_before_hdf5_sees_it(file, monkeypatch):
    """The HDF5 library can loop for ever on a damaged file."""
    content = bytearray(file.read_bytes())
    content[2000] ^= 1
    file.write_bytes(content)
    monkeypatch.setattr(h5py, "File", None)
    with pytest.raises(FileFormatError, match=r"damaged \(its checksum is another one\): charact"):
        mcr.read_characterization(file)


def test_writing_needs_no_file_that_can_be_read(target, tmp_path, monkeypatch):
    """A full disk has to be noticed: HDF5 itself never touches the file."""

    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    parts = []
    monkeypatch.setattr(
        described_file, "replace_files", lambda given, overwrite: parts.extend(given)
    )
    mcr.write_characterization(tmp_path / "t.h5", target)
    with pytest.raises(OSError, match="No space left"):
        parts[0].write(Full())
