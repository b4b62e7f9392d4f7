from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from mcr_core.errors import InputError
from mcr_core.figures import save_sections
from mcr_core.figures.__main__ import main
from mcr_core.figures.sections import sections
from mcr_core.images import write
from mcr_core.microstructure import Microstructure

BLUE, YELLOW, RED = (0x00, 0x44, 0x88), (0xDD, 0xAA, 0x33), (0xBB, 0x55, 0x66)


def halves(*shape: int) -> npt.NDArray[np.uint8]:
    """Half of the voxels 1, on the far side of the last axis."""
    labels = np.zeros(shape, np.uint8)
    labels[..., shape[-1] // 2 :] = 1
    return labels


def picture(path: Path) -> npt.NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def count(path: Path, color: tuple[int, int, int]) -> int:
    return int((picture(path) == color).all(axis=-1).sum())


def test_one_voxel_is_equally_large_in_all_panels(tmp_path: Path) -> None:
    path = tmp_path / "sections.png"
    save_sections(
        path,
        Microstructure.from_array(halves(40, 40)),
        Microstructure.from_array(halves(20, 20, 20)),
    )
    # A row near the top of all panels: input 20 + 20 voxels, xy and xz 10 + 10, and yz, cut where
    # the volume is all of phase 1, 20. With the blue parts 20 + 10 + 10 against 20 + 10 + 10 + 20.
    colors = picture(path)[70]
    blue, yellow = ((colors == color).all(axis=-1).sum() for color in (BLUE, YELLOW))
    assert blue / 40 == pytest.approx(yellow / 60, rel=0.05)


@pytest.mark.parametrize(
    ("source", "volume"),
    [
        (halves(12, 9), halves(6, 7, 8)),
        (halves(8, 12, 9), halves(6, 7, 8)),
        (halves(3, 2000), halves(3, 4, 900)),
    ],
)
def test_shapes(
    tmp_path: Path, source: npt.NDArray[np.uint8], volume: npt.NDArray[np.uint8]
) -> None:
    path = tmp_path / "sections.png"
    save_sections(
        path,
        Microstructure.from_array(source, voxel_size=0.5, unit="um"),
        Microstructure.from_array(volume, voxel_size=(2, 1, 1), unit="um"),
    )
    height, width, _ = picture(path).shape
    assert 200 < height < 1500
    assert 500 < width < 3000


def test_a_section_too_thin_to_be_seen_is_stretched_and_says_so() -> None:
    flat = Microstructure.from_array(halves(2, 60, 60), voxel_size=(0.5, 1, 1), unit="um")
    xy, xz, yz = sections(flat).axes
    assert xy.get_title() == "xy, Z = 0.75 µm"
    # 4 dots for the shortest edge, 2 voxels: 8 of the 45 dots that are asked for.
    assert xz.get_title() == "xz, Y = 30.5 µm\nZ drawn 6 times as long"
    assert yz.get_title() == "yz, X = 30.5 µm\nZ drawn 6 times as long"
    assert xz.images[0].get_extent() == [0, 60, 1, 0]
    width, height = xz.get_window_extent().size
    assert height == pytest.approx(width / 60 * 6, rel=0.02)


def test_titles_wider_than_their_sections_do_not_overlap() -> None:
    thin = Microstructure.from_array(halves(90, 90, 2), voxel_size=0.123, unit="um")
    figure = sections(thin)
    figure.canvas.draw()
    titles = [axes.title.get_window_extent() for axes in figure.axes]
    assert titles[0].x0 >= 0
    for left, right in itertools.pairwise(titles):
        assert left.x1 < right.x0
    assert titles[-1].x1 <= figure.bbox.x1


def test_a_phase_keeps_its_colour_where_another_is_absent(tmp_path: Path) -> None:
    three = halves(12, 12)
    three[:4] = 2
    path = tmp_path / "sections.png"
    # Values 0 and 2 are indices 0 and 1 of the volume, yet 2 has the third colour.
    save_sections(
        path, Microstructure.from_array(three), Microstructure.from_array(2 * halves(8, 8, 8))
    )
    assert count(path, RED) > count(path, YELLOW) > 0


def test_masked_pixels_take_no_phase_colour(tmp_path: Path) -> None:
    mask = np.ones((12, 12))
    mask[:6] = 0
    volume = Microstructure.from_array(halves(8, 8, 8))
    masked, whole = tmp_path / "masked.png", tmp_path / "whole.png"
    save_sections(masked, Microstructure.from_array(halves(12, 12), mask=mask), volume)
    save_sections(whole, Microstructure.from_array(halves(12, 12)), volume)
    assert count(masked, BLUE) < count(whole, BLUE)
    assert count(masked, (0xDD, 0xDD, 0xDD)) > 0


def test_many_phases(tmp_path: Path) -> None:
    labels = np.arange(16).reshape(4, 4)
    path = tmp_path / "sections.png"
    save_sections(
        path, Microstructure.from_array(labels), Microstructure.from_array(np.stack([labels] * 4))
    )
    assert len(np.unique(picture(path).reshape(-1, 3), axis=0)) > 16


def test_a_2d_result_is_refused(tmp_path: Path) -> None:
    flat = Microstructure.from_array(halves(8, 8))
    with pytest.raises(InputError, match="expected a 3D result to cut, got a 2D one"):
        save_sections(tmp_path / "sections.png", flat, flat)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, volume, out = (tmp_path / name for name in ("s.tif", "v.tif", "out.png"))
    write(source, Microstructure.from_array(halves(8, 8)))
    write(volume, Microstructure.from_array(halves(8, 8, 8)))
    assert main([str(out), str(source), str(volume)]) == 0
    assert out.stat().st_size > 1000

    assert main([str(out), str(source), str(tmp_path / "absent.tif")]) == 2
    assert "absent.tif" in capsys.readouterr().err
