"""OME-Zarr of other programs: versions, axes, scales, labels; and whatever the JSON says."""

from __future__ import annotations

import json
import shutil
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcr_core.errors import FileFormatError, InputError, McrError
from mcr_core.images import describe, header, read, read_job, write

SPACE = {"z": "space", "y": "space", "x": "space", "c": "channel", "t": "time"}


def axes_of(names: str, unit: str | None = "micrometer") -> list[dict[str, str]]:
    return [
        {"name": name, "type": SPACE[name]}
        | ({"unit": unit} if unit and SPACE[name] == "space" else {})
        for name in names
    ]


def image(
    folder: Path,
    array: Any,
    axes: Any,
    *,
    version: str = "0.4",
    scale: Any = None,
    whole: Any = None,
    coarse: bool = True,
    compressors: Any = "auto",
) -> Path:
    """Write an image of two levels as another program does."""
    old = version != "0.5"
    group = zarr.open_group(folder, mode="a", zarr_format=2 if old else 3)
    datasets = []
    for number in range(2 if coarse else 1):
        part = array[tuple(slice(None, None, 2**number) for _ in array.shape)]
        chunks = tuple(min(4, extent) for extent in part.shape)
        level = group.create_array(
            f"s{number}",
            shape=part.shape,
            dtype=part.dtype,
            chunks=chunks,
            compressors=compressors,
        )
        level[...] = part
        entry: dict[str, Any] = {"path": f"s{number}"}
        if scale is not None:
            entry["coordinateTransformations"] = [
                {"type": "scale", "scale": [edge * 2**number for edge in scale]},
                {"type": "translation", "translation": [number / 2] * array.ndim},
            ]
        datasets.append(entry)
    described: dict[str, Any] = {"datasets": datasets}
    if axes is not None:
        described["axes"] = axes
    if whole is not None:
        described["coordinateTransformations"] = [{"type": "scale", "scale": whole}]
    if old:
        group.attrs["multiscales"] = [{"version": version, **described}]
    else:
        group.attrs["ome"] = {"version": version, "multiscales": [described]}
    return folder


def label_list(folder: Path, *names: str, version: str = "0.4") -> None:
    old = version != "0.5"
    group = zarr.open_group(folder / "labels", mode="a", zarr_format=2 if old else 3)
    listed = {"labels": list(names)}
    group.attrs.update(listed if old else {"ome": {"version": version, **listed}})


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("names", ["yx", "zyx", "czyx", "tczyx", "tyx"])
def test_an_image_with_any_axes(tmp_path: Path, labels, version: str, names: str) -> None:
    spatial = labels if "z" in names else labels[0]
    array = np.stack([spatial, 1 - spatial]) if names[0] in "tc" else spatial
    if names == "tczyx":
        array = array[:, None]
    scale = [0.5, 0.2, 0.3][-spatial.ndim :]
    full = [7.0] * (array.ndim - spatial.ndim) + scale
    path = image(tmp_path / "a.zarr", array, axes_of(names), version=version, scale=full)
    found = describe(path)
    assert found.axes == names.upper().replace("C", "C" if names == "czyx" else "")
    assert found.voxel_size == tuple(scale)
    assert (found.unit, found.record) == ("um", None)
    one = {"t": {"frame": 1}, "c": {"channel": 1}}.get(names[0], {})
    word = next(iter(one), None)
    if word is not None:
        with pytest.raises(FileFormatError, match=f"expected one {word}, got 2: choose one with"):
            read(path)
    ms = read(path, **one)
    np.testing.assert_array_equal(ms.values, 1 - spatial if one else spatial)
    assert (ms.voxel_size, ms.unit, ms.periodic) == (tuple(scale), "um", False)
    if names == "zyx":
        np.testing.assert_array_equal(read(path, plane=2).labels, labels[2])
    if names == "tyx":
        assert [page.shape for page in read(path, stack="images")] == [(6, 7)] * 2


def test_scales_multiply_and_units_agree(tmp_path: Path, labels) -> None:
    axes = axes_of("zyx", "nanometer")
    axes[0]["unit"] = "angstrom"
    path = image(tmp_path / "a.zarr", labels, axes, scale=[20, 3, 4], whole=[1, 0.5, 2])
    ms = read(path)
    np.testing.assert_allclose(ms.voxel_size, (2, 1.5, 8))
    assert ms.unit == "nm"
    assert read(path, voxel_size=1, unit="mm").unit == "mm"


def test_what_is_not_stated(tmp_path: Path, labels, caplog) -> None:
    plain = image(tmp_path / "a.zarr", labels, ["z", "y", "x"], version="0.3")
    assert (read(plain).voxel_size, read(plain).unit) == ((1, 1, 1), "pixel")
    first = image(tmp_path / "b.zarr", labels[None, None], None, version="0.1")
    np.testing.assert_array_equal(read(first).labels, labels)
    axes = axes_of("yx")
    del axes[0]["unit"]
    half = image(tmp_path / "c.zarr", labels[0], axes, scale=[0.5, 0.25])
    assert (read(half).voxel_size, read(half).unit) == ((0.5, 0.25), "um")
    assert "it states no unit along Y; um is taken" in caplog.text
    odd = image(tmp_path / "d.zarr", labels[0], axes_of("yx", "furlong"), scale=[2, 2])
    assert read(odd).unit == "pixel"
    assert "its unit 'furlong' is not known" in caplog.text
    zero = image(tmp_path / "e.zarr", labels[0], axes_of("yx"), scale=[0, -2])
    assert read(zero).voxel_size == (1, 2)
    nan = image(tmp_path / "f.zarr", labels[0], axes_of("yx"), scale=[3, float("nan")])
    assert read(nan).voxel_size == (3, 1)
    assert [line[len(str(tmp_path)) + 1 :] for line in caplog.messages[-2:]] == [
        "e.zarr: its voxel size 0 along Y is no length and read as 1; state it with --voxel-size",
        "f.zarr: its voxel size nan along X is no length and read as 1; state it with --voxel-size",
    ]


def test_a_grey_image_follows_the_rules_of_other_files(tmp_path: Path) -> None:
    grey = np.arange(42, dtype=np.float32).reshape(6, 7)
    path = image(tmp_path / "a.zarr", grey, axes_of("yx"))
    with pytest.raises(InputError, match=r"a\.zarr: expected at most 2 .*--threshold otsu"):
        read(path)
    np.testing.assert_array_equal(read(path, threshold=20).labels, grey > 20)
    np.testing.assert_array_equal(read(path, threshold=20, mask=path).mask, grey != 0)


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_labels_are_taken_before_their_image(tmp_path: Path, labels, version: str) -> None:
    grey = np.arange(labels.size, dtype=np.uint16).reshape(labels.shape)
    path = image(tmp_path / "a.zarr", grey, axes_of("zyx"), version=version, scale=[1, 2, 2])
    label_list(path, "grains", version=version)
    cells = image(path / "labels" / "grains", labels, axes_of("zyx"), version=version)
    for given_path in (path, path / "labels", cells, cells / "s0"):
        np.testing.assert_array_equal(read(given_path).labels, labels)
    np.testing.assert_array_equal(read(cells / "s1").labels, labels[::2, ::2, ::2])
    # The image itself is its level.
    assert read(path / "s0", threshold=100).voxel_size == (1, 2, 2)
    assert read(path / "s1", threshold=100).voxel_size == (2, 4, 4)
    label_list(path, "grains", "pores", version=version)
    for given_path in (path, path / "labels"):
        with pytest.raises(
            FileFormatError, match=r"got 2 \(grains, pores\): .*, such as \S+labels/grains$"
        ):
            read(given_path)
    label_list(path, "pores", version=version)
    with pytest.raises(FileFormatError, match=r"labels/pores: .* \(the image is missing\)"):
        read(path)


def test_groups_without_an_image_say_what_is_in_them(tmp_path: Path, labels) -> None:
    root = zarr.open_group(tmp_path / "plate.zarr", mode="w", zarr_format=2)
    with pytest.raises(FileFormatError, match="this is a group without one: it is empty"):
        read(tmp_path / "plate.zarr")
    root.create_group("B")
    image(tmp_path / "plate.zarr" / "A", labels, axes_of("zyx"))
    with pytest.raises(FileFormatError, match=r"give the path of an image in it \(A, B\)"):
        read(tmp_path / "plate.zarr")
    assert read(tmp_path / "plate.zarr" / "A").shape == labels.shape
    zarr.create_array(tmp_path / "bare.zarr", shape=(5, 6), dtype="uint8")
    with pytest.raises(FileFormatError, match="an array that no group describes"):
        read(tmp_path / "bare.zarr")
    (tmp_path / "empty.zarr").mkdir()
    with pytest.raises(FileFormatError, match=r"found no zarr\.json, \.zgroup or \.zarray in it"):
        read(tmp_path / "empty.zarr")
    with pytest.raises(InputError, match=r"labels/typo: no such file"):
        read(tmp_path / "plate.zarr" / "labels" / "typo")
    (tmp_path / "packed.zarr").write_bytes(b"PK\x03\x04")
    with pytest.raises(FileFormatError, match="expected a Zarr folder, this is a file: unpack it"):
        read(tmp_path / "packed.zarr")


def test_our_folder_by_any_path(tmp_path: Path, volume) -> None:
    path = write(tmp_path / "a.ome.zarr", volume, job={"seed": 3})
    for way in (".", "labels", "labels/phases", "labels/phases/0"):
        assert read(path / way) == volume
        assert read_job(path / way) == {"seed": 3}
    # What another program has put beside it is not ours.
    other = image(path / "labels" / "other", volume.labels, axes_of("zyx"), version="0.5")
    assert describe(other).record is None
    assert read(path) == volume


def test_our_folder_changed_by_others(tmp_path: Path, volume, caplog) -> None:
    path = write(tmp_path / "a.ome.zarr", volume)
    zarr.open_array(path / "labels/phases/0", mode="r+")[0, 0, 0] = 9
    assert read(path).phase_values == (0, 1, 9)
    assert "the labels were changed since it was written" in caplog.text
    shutil.rmtree(path / "labels/phases/0/c/0")
    with pytest.raises(FileFormatError, match=r"damaged or truncated \(chunks of it are missing"):
        read(path)


def test_no_chunk_of_ours_is_left_out(tmp_path: Path) -> None:
    """Zarr writes no chunk that is all fill value; then a lost one would look the same."""
    from mcr_core import Microstructure

    labels = np.zeros((70, 70, 70), np.uint8)
    labels[0, 0, 0] = 1
    mask = np.ones_like(labels)
    mask[64:] = 0
    ms = Microstructure.from_array(labels, mask=mask)
    back = read(write(tmp_path / "a.zarr", ms))
    assert back.phase_fractions == pytest.approx(ms.phase_fractions)
    np.testing.assert_array_equal(back.mask, ms.mask)


def test_a_label_of_another_size_says_so_once(tmp_path: Path, volume, caplog) -> None:
    path = write(tmp_path / "a.zarr", volume)
    array = path / "labels/phases/0"
    shutil.rmtree(array)
    short = volume.labels[:3]
    zarr.create_array(array, shape=short.shape, dtype="uint8")[...] = short
    assert not read(path).periodic
    assert "its shape was changed since it was written; it is taken as open" in caplog.text


def test_memory_is_judged_by_the_json(tmp_path: Path, labels, monkeypatch) -> None:
    path = image(tmp_path / "a.zarr", labels, axes_of("zyx"))
    monkeypatch.setattr(header, "physical_memory", lambda: 19 * 42)
    assert read(path, plane=0).shape == (6, 7)
    with pytest.raises(InputError, match="crop or bin the image, or take one plane"):
        read(path)


def test_an_unknown_compression(tmp_path: Path, labels) -> None:
    path = image(tmp_path / "a.zarr", labels, axes_of("zyx"))
    change(path / "s0/.zarray", ["compressor"], {"id": "jpeg2000"})
    with pytest.raises(FileFormatError, match=r"a way that zarr does not know .*jpeg2000"):
        read(path)


def test_without_the_package(tmp_path: Path, labels, monkeypatch) -> None:
    path = image(tmp_path / "a.zarr", labels, axes_of("zyx"))
    monkeypatch.setattr(metadata, "version", lambda _: "2.18.3")
    assert describe(path).shape == labels.shape
    with pytest.raises(InputError, match=r"needs the package zarr: install it \(pip install"):
        read(path)


def change(file: Path, way: list[Any], value: Any) -> None:
    content = json.loads(file.read_text())
    place = content
    for key in way[:-1]:
        place = place[key]
    place[way[-1]] = value
    file.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("file", "way", "value", "message"),
    [
        (".zattrs", ["multiscales"], {}, "multiscales: expected a list"),
        (".zattrs", ["multiscales", 0, "datasets"], [], "datasets: .* at least 1 item"),
        (".zattrs", ["multiscales", 0, "axes"], ["y", "x"], "2 axes for an array of 3 dimensions"),
        (".zattrs", ["multiscales", 0, "axes"], None, "no axes for an array of 3 dimensions"),
        (".zattrs", ["multiscales", 0, "axes"], ["x", "y", "x"], "two axes are the same"),
        (".zattrs", ["multiscales", 0, "datasets", 0, "path"], "s7", "array 's7' is missing"),
        (".zattrs", ["multiscales", 0, "datasets", 0, "path"], "../b", "'../b' is not in its grou"),
        (".zattrs", ["multiscales", 0, "datasets", 0, "coordinateTransformations"],
         [{"type": "scale", "scale": [1]}], "expected a scale of 3 numbers"),
        (".zattrs", ["ome"], 3, "ome: expected an object"),
        ("s0/.zarray", ["shape"], [0, 6, 7], r"shape \(0, 6, 7\)"),
        ("s0/.zarray", ["shape"], [-5, 6, 7], "shape.0: Input should be greater"),
        ("s0/.zarray", ["dtype"], "|O", r"expected an array of numbers, got the type '\|O'"),
        ("s0/.zarray", ["dtype"], [["r", "|u1"]], "expected an array of numbers"),
        (".zattrs", ["multiscales", 0, "axes"], ["x", "y", "z"],
         r"expected the axes YX or ZYX in this order, got XYZ \(shape \(5, 6, 7\)\): transpose"),
        (".zattrs", ["multiscales", 0, "axes"], ["q", "y", "x"], "expected a 2D image or a 3D vol"),
    ],
)  # fmt: skip
def test_json_that_contradicts_itself(tmp_path: Path, labels, file, way, value, message) -> None:
    path = image(tmp_path / "a.zarr", labels, axes_of("zyx"), scale=[1, 1, 1])
    change(path / file, way, value)
    with pytest.raises(FileFormatError, match=message) as error:
        read(path)
    assert "\n" not in str(error.value)


def places(content: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in JSON data."""
    found = [way] if way else []
    entries = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in entries if isinstance(content, (dict, list)) else ():
        found += places(value, (*way, key)) if isinstance(value, (dict, list)) else [(*way, key)]
    return found


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["zyx", "space", "channel", "uint8", "<f8", "labels", ".", "..", "/", "0"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner,
                                                                max_size=2),
    max_leaves=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def intact(tmp_path_factory) -> dict[str, Path]:
    from mcr_core import Microstructure

    labels = np.random.default_rng(3).integers(0, 2, (5, 6, 7)).astype(np.uint8)
    folder = tmp_path_factory.mktemp("intact")
    ours = write(folder / "ours.zarr", Microstructure.from_array(labels), job={"seed": 1})
    old = image(folder / "old.zarr", labels, axes_of("zyx"), scale=[1, 2, 3], coarse=False)
    new = image(folder / "new.zarr", labels, axes_of("zyx"), version="0.5", whole=[1, 2, 3])
    label_list(old, "a")
    image(old / "labels" / "a", labels, axes_of("zyx"))
    blosc = zarr.codecs.BloscCodec()
    blosc3 = image(folder / "blosc.zarr", labels, axes_of("zyx"), version="0.5", compressors=blosc)
    return {"ours": ours, "old": old, "new": new, "blosc": blosc3}


@pytest.mark.filterwarnings("ignore")  # zarr's, of what it does not know
@pytest.mark.parametrize("name", ["ours", "old", "new"])
@given(data=st.data())
@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_changed_json_gives_an_image_or_a_sentence(intact, monkeypatch, name: str, data) -> None:
    # Else a large shape would take the time that it takes.
    monkeypatch.setattr(header, "physical_memory", lambda: 100_000)
    path = intact[name]
    files = sorted(
        file for file in path.rglob("*")
        if file.name in ("zarr.json", ".zarray", ".zgroup", ".zattrs")
    )  # fmt: skip
    file = data.draw(st.sampled_from(files))
    before = file.read_bytes()
    content = json.loads(before)
    ways = places(content)
    try:
        if ways and data.draw(st.booleans() | st.just(True)):
            change(file, list(data.draw(st.sampled_from(ways))), data.draw(ANYTHING))
        else:
            file.write_bytes(before[: data.draw(st.integers(0, len(before) - 1))])
        text = outcome(path)
    finally:
        file.write_bytes(before)
    assert "\n" not in text
    assert text == "" or path.name in text


def outcome(path: Path) -> str:
    """Read an image; return the sentence that says what is wrong, or nothing."""
    try:
        read(path)
    except McrError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", ["ours", "old", "new", "blosc"])
def test_truncated_chunks_are_refused(intact, name: str) -> None:
    path = intact[name]
    whole = read(path)
    array = path / {"ours": "labels/phases/0", "old": "labels/a/s0"}.get(name, "s0")
    chunk = next(f for f in sorted(array.rglob("*")) if f.is_file() and "z" not in f.name)
    before = chunk.read_bytes()
    try:
        for length in range(len(before)):
            chunk.write_bytes(before[:length])
            with pytest.raises(FileFormatError, match="damaged or truncated"):
                read(path)
    finally:
        chunk.write_bytes(before)
    assert read(path) == whole
