"""What a run asks of a volume, and where it is kept."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import mcr_core as mcr
from mcr_core.cli.execute import _closing_line
from mcr_core.descriptors import Correlations, TwoPoint, Variation
from mcr_core.errors import FileFormatError, InputError, McrError
from mcr_core.microstructure import field_phases
from mcr_core.planes import PLANES
from mcr_core.settings import Settings
from mcr_core.targets.direction_finding import direction_finding
from mcr_core.targets.prescribed import with_prescribed
from mcr_core.two_point import cubic_mean, field_pairs
from mcr_core.two_point_error import two_point_error

TERMS = [TwoPoint(limit_to=4), Correlations(limit_to=3), Variation()]
SHAPE = (16, 16, 16)


def image(seed=0, phases=2, shape=(20, 20), width=1.2):
    rng = np.random.default_rng(seed)
    heights = gaussian_filter(rng.standard_normal((phases, *shape)), (0, width, width))
    return mcr.Microstructure.from_array(heights.argmax(0), phase_values=range(phases))


def stripes(shape=(32, 32)):
    field = gaussian_filter(np.random.default_rng(0).standard_normal(shape), (0.8, 4.0))
    return mcr.Microstructure.from_array(field > 0)


@pytest.fixture(scope="module")
def target():
    return mcr.characterize(image(), TERMS)


def line(s2):
    return s2[s2.shape[0] // 2, s2.shape[1] // 2 :]


def test_nothing_changes_for_a_2d_result(target):
    found, notes = with_prescribed(target, (16, 16), Settings(symmetry="isotropic"))
    assert not found.prescribed
    assert notes == []
    assert found.for_plane("xy", 2) is target.planes["all"]


def test_a_run_asks_for_cubic_statistics_that_a_volume_can_have(target):
    found, notes = with_prescribed(target, SHAPE, Settings())
    raw, _ = with_prescribed(target, SHAPE, Settings(realizable=False))
    assert found.planes is target.planes
    rows = [found.for_plane(plane, 3) for plane in PLANES]
    assert all(row is rows[0] for row in rows)
    before = raw.for_plane("xy", 3)
    np.testing.assert_allclose(before.s2, cubic_mean(before.s2), atol=1e-6)
    change = np.abs(rows[0].s2 - before.s2)
    assert 1e-4 < change.max() < 0.05
    assert notes[0].startswith("one image for the planes of three axes")
    assert notes[1].startswith(
        f"S2 is asked for as a volume can have it, which moves it by up to {change.max():.4f} ("
    )
    assert notes[1].endswith("rms; other values are as measured")
    # In all values that are S₂, and in no others.
    two, three, variation = rows[0].values
    np.testing.assert_allclose(two[0]["s2"][0, :4], line(rows[0].s2[0])[:4], rtol=1e-5)
    np.testing.assert_allclose(three[0]["s2"][0, :3], line(rows[0].s2[0])[:3], rtol=1e-5)
    for level, blocks in enumerate(three):
        assert blocks["s3"] is before.values[1][level]["s3"]
        assert not np.array_equal(blocks["s2"], before.values[1][level]["s2"])
    assert variation is before.values[2]
    assert found.for_plane("xy", 2) is target.planes["all"]


def test_what_can_be_had_is_left_alone():
    labels = np.random.default_rng(0).random((12, 12, 12)) < 0.4
    volume = mcr.Microstructure.from_array(labels, periodic=True)
    target = mcr.characterize(volume, [TwoPoint(limit_to=4)])
    found, notes = with_prescribed(target, (12, 12, 12), Settings())
    assert notes == []
    assert all(found.prescribed[plane] is target.planes[plane] for plane in PLANES)


@pytest.mark.parametrize("phases", [2, 3, 4])
@pytest.mark.parametrize("open_result", [False, True])
def test_each_phase_is_moved(phases, open_result):
    target = mcr.characterize(image(3, phases), [TwoPoint(limit_to=4)])
    found, _ = with_prescribed(target, SHAPE, Settings(open_result=open_result))
    raw, _ = with_prescribed(target, SHAPE, Settings(realizable=False))
    fields = field_phases(phases)
    moved = found.for_plane("xz", 3), raw.for_plane("xz", 3)
    for n, (p, q) in enumerate(field_pairs(len(fields))):
        s2, before = (row.s2[n] for row in moved)
        assert np.array_equal(s2, before) == (p != q)
        if p == q:
            assert line(s2)[0] == pytest.approx(target.phase_fractions[fields[p]], abs=1e-6)
            values = moved[0].values[0][0]["s2"][p]
            np.testing.assert_allclose(values[:4], line(s2)[:4], rtol=1e-5)


def test_planes_of_three_images_agree_along_their_axes():
    names = {name: image(n) for n, name in enumerate(PLANES)}
    made = mcr.match(**names, shape=SHAPE, descriptors=["two_point"], max_iter=1, limit_to=4)
    rows = {plane: made.target.for_plane(plane, 3) for plane in PLANES}
    assert rows["xy"] is not rows["xz"]

    def along(plane, axis, kind):
        s2 = kind(plane).s2[0]
        return line(s2 if axis == 1 else s2.T)[:9]

    for a, b in ((("xy", 1), ("xz", 1)), (("xy", 0), ("yz", 1)), (("xz", 0), ("yz", 0))):
        sides = [along(*one, rows.__getitem__) for one in (a, b)]
        np.testing.assert_allclose(*sides, atol=1e-5)
        raw = [along(*one, made.target.planes.__getitem__) for one in (a, b)]
        assert np.abs(raw[0] - raw[1]).max() > 1e-3


def test_a_file_has_both(tmp_path, target):
    found, _ = with_prescribed(target, SHAPE, Settings())
    several, _ = with_prescribed(target, (16, 16, 20), Settings())
    for number, one in enumerate((found, several, target)):
        path = mcr.write_characterization(tmp_path / f"{number}.h5", one)
        back = mcr.read_characterization(path)
        assert back.direction == target.direction
        assert set(back.prescribed) == set(one.prescribed)
        for plane, row in one.prescribed.items():
            same = back.prescribed[plane]
            for name in ("s2", "pairs", "phase_fractions"):
                np.testing.assert_array_equal(getattr(same, name), getattr(row, name))
            for levels, wanted in zip(same.values, row.values, strict=True):
                for blocks, others in zip(levels, wanted, strict=True):
                    assert set(blocks) == set(others)
                    for name, block in blocks.items():
                        np.testing.assert_allclose(block, others[name], rtol=1e-6)
        if one is found:
            assert back.prescribed["xy"] is back.prescribed["yz"]
        assert list(back.planes) == list(target.planes)


def test_a_run_does_not_take_over_what_another_one_asked_for(tmp_path, target):
    strange = replace(target.planes["cubic"], s2=np.zeros_like(target.planes["cubic"].s2))
    carried = replace(target, prescribed=dict.fromkeys(PLANES, strange))
    one, other = (
        mcr.reconstruct(each, SHAPE, max_iter=1, symmetry="cubic").target
        for each in (target, carried)
    )
    for plane in PLANES:
        np.testing.assert_array_equal(one.prescribed[plane].s2, other.prescribed[plane].s2)
    merged = mcr.merge(xy=carried, xz=carried, yz=carried)
    assert not merged.prescribed
    assert merged.direction is None
    assert not mcr.interpolate(carried, carried, steps=2)[0].prescribed


def test_damaged_entries_are_refused(tmp_path, target):
    import h5py

    from mcr_core.characterization_file.layout import Meta

    with pytest.raises(McrError, match="expected what is prescribed on the planes xy, xz and yz"):
        Meta(
            descriptors=[{"name": "variation"}],
            phase_values=(0, 1),
            phase_names=("a", "b"),
            voxel_size=(1, 1),
            unit="pixel",
            source_shape=(4, 4),
            periodic=True,
            masked=False,
            images=1,
            versions={},
            prescribed={"xy": "xy"},
        )
    found, _ = with_prescribed(target, SHAPE, Settings())
    path = mcr.write_characterization(tmp_path / "a.h5", found)
    content = path.read_bytes()
    with h5py.File(path) as file:
        assert list(file["prescribed"]) == ["xy"]
    path.write_bytes(content[:-100])
    with pytest.raises(FileFormatError, match="truncated or damaged"):
        mcr.read_characterization(path)


def test_an_anisotropic_image_for_three_axes_is_refused(tmp_path):
    source = stripes()
    found = direction_finding(source)
    assert found.significant
    assert (found.longer, found.shorter) == ("X", "Y")
    message = "the image is anisotropic, '.*' is longer along X .* must have no preferred direction"
    with pytest.raises(InputError, match=message):
        mcr.match_iter(source, SHAPE)
    target = mcr.characterize(source, ["variation"])
    assert target.direction == found
    path = mcr.write_characterization(tmp_path / "a.h5", target)
    with pytest.raises(InputError, match=message):
        mcr.reconstruct_iter(path, SHAPE)
    mcr.match_iter(source, SHAPE, symmetry="cubic")
    mcr.reconstruct_iter(path, SHAPE, symmetry="none")
    mcr.match_iter(source, (16, 16))
    mcr.match_iter(xy=source, xz=source, yz="as:xz", shape=SHAPE, force=True)
    with pytest.raises(InputError, match="symmetry=transverse:z needs the statistics of several"):
        mcr.match_iter(source, SHAPE, symmetry="transverse:z")


def test_small_and_plain_images_have_no_direction():
    assert direction_finding(image(shape=(7, 20))) is None
    assert direction_finding(image(shape=(8, 8))) is not None
    assert mcr.characterize([image(0), image(1)], ["variation"]).direction is None
    assert mcr.characterize([image(0)], ["variation"]).direction == direction_finding(image(0))


def test_both_errors_are_told(tmp_path):
    made = mcr.match(stripes(), SHAPE, ["two_point"], max_iter=3, limit_to=4, symmetry="none")
    raw = two_point_error(made.microstructure, made.target)
    asked = two_point_error(made.microstructure, made.target, prescribed=True)
    assert raw == two_point_error(made.microstructure, replace(made.target, prescribed={}))
    assert asked.mean != pytest.approx(raw.mean, abs=1e-3)
    wanted = f"px), {asked.mean:.4f} to what was asked for, "
    assert wanted in _closing_line(tmp_path / "o.tif", made)
    flat = mcr.match(stripes(), (16, 16), ["two_point"], max_iter=1, limit_to=4)
    assert "asked for" not in _closing_line(tmp_path / "o.tif", flat)
