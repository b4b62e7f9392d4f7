"""One statistic of several characterizations in one figure."""

from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from mcr_core import Microstructure, characterize
from mcr_core.figures.choices import choices
from mcr_core.figures.overlay import Source, draw_overlay

RED, BLUE = "#CC3311", "#0077BB"


def image(*shape, phases=2, seed=0):
    labels = np.random.default_rng(seed).integers(0, phases, shape)
    return Microstructure.from_array(labels, phase_values=range(phases))


@pytest.fixture(scope="module")
def slices():
    return [
        characterize(image(24, 24, seed=n), ["two_point", "variation"], limit_to=limit)
        for n, limit in enumerate((6, 4))
    ]


@pytest.fixture(scope="module")
def volume():
    return characterize(image(10, 10, 10), ["two_point"], limit_to=3)


@pytest.fixture(scope="module")
def three_phases():
    return characterize(image(24, 24, phases=3), ["two_point", "cross_correlations"], limit_to=4)


def drawn(title, sources, *, size=(4, 3), **options):
    """A figure of the statistic of that title, and what was left out."""
    found = choices(source.characterization for source in sources)
    statistic = next(one for one in found if one.title.startswith(title))
    with matplotlib.rc_context({"font.size": 8}):
        figure = Figure(figsize=size, layout="constrained")
        left_out = draw_overlay(figure, statistic, sources, **options)
        figure.draw_without_rendering()
    return figure, left_out


def legend(figure):
    return [text.get_text() for one in figure.legends for text in one.get_texts()]


def two(slices):
    return [Source("one", slices[0], RED), Source("two, as well", slices[1], BLUE)]


def test_what_can_be_drawn(slices, volume, three_phases):
    titles = [one.title for one in choices([slices[0]])]
    first = ["phase fractions", "S₂ along the axes", "S₂ as a map"]
    assert titles == [*first, "two_point (limit_to=6)", "two_point (limit_to=6), level 1 "
                      "(pixels of 2 x 2)", "variation"]  # fmt: skip
    both = choices(slices)
    # One statistic, though the options differ; no picture of one shows them then.
    assert [one.title for one in both][3] == "two_point"
    assert both[3].key == choices([slices[0]])[3].key
    assert both[3].planes == ("all",)
    assert choices([slices[0], volume])[3].planes == ("xy", "xz", "yz")
    assert choices([three_phases])[1].phases == ("phase 0", "phase 1", "phase 2")
    assert choices([]) == []


def test_each_in_its_colour_with_its_errors(slices):
    figure, left_out = drawn("two_point", two(slices)[:2])
    [axes] = figure.axes
    assert left_out == []
    assert [line.get_color() for line in axes.lines] == [RED, RED, BLUE, BLUE]
    assert [len(line.get_xdata()) for line in axes.lines] == [6, 6, 4, 4]
    assert len(axes.collections) == 4  # bands
    names = ["one", "two  as well", "along X", "along Y", "± standard error"]
    assert legend(figure) == names
    own = slices[0].planes["all"].values[0][0]["s2"][0]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), own[:6])


def test_s2_of_all_lags_is_that_of_the_planes(slices):
    figure, _ = drawn("S₂ along", two(slices)[:1])
    row = slices[0].planes["all"]
    down, across = (extent // 2 for extent in row.s2.shape[1:])
    expected = row.s2[0, down, across:]
    values = figure.axes[0].lines[0].get_ydata()
    np.testing.assert_allclose(values, expected[: len(values)])
    # A third of the extent.
    assert len(values) == 9


def test_fractions_stand_side_by_side(slices):
    figure, _ = drawn("phase fractions", two(slices))
    [axes] = figure.axes
    heights = [bar.get_height() for bar in axes.patches]
    expected = [*slices[0].phase_fractions, *slices[1].phase_fractions]
    np.testing.assert_allclose(heights, expected)
    places = sorted(bar.get_x() for bar in axes.patches)
    assert len(set(places)) == 4
    assert [text.get_text() for text in axes.get_xticklabels()] == ["phase 0", "phase 1"]


def test_bars_of_single_numbers_are_named_by_the_legend(slices):
    figure, _ = drawn("variation", two(slices))
    [axes] = figure.axes
    assert [bar.get_facecolor() for bar in axes.patches] == [
        matplotlib.colors.to_rgba(color) for color in (RED, BLUE)
    ]
    assert list(axes.get_xticks()) == []
    assert legend(figure)[:2] == ["one", "two  as well"]


def test_what_lacks_a_statistic_is_named(slices, volume):
    sources = [Source("slice", slices[0], RED), Source("volume", volume, BLUE)]
    figure, left_out = drawn("variation", sources)
    assert left_out == ["volume"]
    assert legend(figure)[0] == "slice"


@pytest.mark.parametrize("plane", ["xy", "yz"])
def test_a_slice_stands_for_all_planes_of_a_volume(slices, volume, plane):
    sources = [Source("slice", slices[1], RED), Source("volume", volume, BLUE)]
    figure, left_out = drawn("two_point", sources, plane=plane)
    assert left_out == []
    own = volume.planes[plane].values[0][0]["s2"][0]
    np.testing.assert_allclose(figure.axes[0].lines[2].get_ydata(), own[:3])


def test_maps_side_by_side(slices, volume):
    sources = [Source("slice", slices[1], RED), Source("volume", volume, BLUE)]
    figure, left_out = drawn("S₂ as a map", sources)
    assert left_out == []
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["slice", "volume"]
    many = [replace(sources[0], name=str(n)) for n in range(5)]
    assert drawn("S₂ as a map", many)[1] == ["4"]


@pytest.mark.parametrize(("size", "columns"), [((6, 2), 2), ((3.4, 2.4), 2), ((3.4, 3.6), 1)])
def test_maps_are_as_large_as_the_figure_allows(slices, size, columns):
    long = [replace(one, name=f"{one.name}{' more words' * 6}") for one in two(slices)]
    figure, _ = drawn("S₂ as a map", long, size=size)
    boxes = [axes.get_window_extent() for axes in figure.axes]
    assert len({round(box.y0) for box in boxes}) == 3 - columns
    assert min(box.width for box in boxes) > 70
    titles = [axes._left_title.get_window_extent() for axes in figure.axes]
    assert titles[1].x1 <= figure.bbox.x1
    assert columns == 1 or titles[0].x1 <= titles[1].x0


def test_maps_have_colours_of_one_meaning(slices):
    figure, _ = drawn("S₂ as a map", two(slices))
    first, second = (axes.images[0] for axes in figure.axes)
    assert first.get_clim() == second.get_clim()
    values = [image.get_array() for image in (first, second)]
    assert first.get_clim() == (min(v.min() for v in values), max(v.max() for v in values))
    assert [len(axes.child_axes) for axes in figure.axes] == [0, 1]


def test_a_phase_is_chosen(slices, three_phases):
    sources = [Source("three", three_phases, RED), Source("two", slices[0], BLUE)]
    figure, left_out = drawn("two_point (", sources[:1], phase=2)
    own = three_phases.planes["all"].values[0][0]["s2"][2]
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), own[:4])
    assert left_out == []
    assert drawn("S₂ along", sources, phase=2)[1] == ["two"]
    assert drawn("S₂ as a map", sources[1:], phase=2)[1] == ["two"]


def test_pairs_of_phases_have_their_own_colours(three_phases):
    figure, _ = drawn("cross_correlations (limit_to=4)", [Source("three", three_phases, RED)])
    colors = {line.get_color() for line in figure.axes[0].lines}
    assert len(colors) == 3
    assert "0 to 1, along X" in legend(figure)


def test_a_dark_style_is_followed(slices):
    with matplotlib.rc_context({"text.color": "white"}):
        figure, _ = drawn("two_point", two(slices))
    lines = [line for one in figure.legends for line in one.get_lines()]
    assert {line.get_color() for line in lines} == {"white"}


def test_a_figure_is_drawn_anew(slices):
    figure, _ = drawn("two_point", two(slices))
    statistic = choices(slices)[0]
    draw_overlay(figure, statistic, two(slices))
    assert len(figure.axes) == 1
    assert legend(figure) == ["one", "two  as well", "± standard error"]


def test_long_names_differ_in_a_legend_of_few_lines(slices):
    ends = ("(seed 0)", "(seed 0) [1]")
    sources = [
        replace(one, name=f"slice reconstruction of a long day in the laboratory {end}")
        for one, end in zip(two(slices), ends, strict=True)
    ]
    figure, _ = drawn("two_point", sources)
    names, details = figure.legends
    for text, end in zip(names.get_texts(), ends, strict=True):
        assert text.get_text().startswith("slice reconstruction of")
        assert text.get_text().endswith(f"laboratory {end}")
        assert text.get_window_extent().x1 < figure.bbox.x1
    # Names have a line each, the three details one line.
    places = [text.get_window_extent().y0 for text in details.get_texts()]
    assert [text.get_text() for text in details.get_texts()][:2] == ["along X", "along Y"]
    assert len(places) == 3
    assert max(places) - min(places) < 3
    # Beside the axes of a wide figure there is room for fewer letters.
    figure, _ = drawn("two_point", sources, size=(8, 2))
    assert len(figure.legends) == 1
    assert len(set(legend(figure)[:2])) == 2
    assert max(map(len, legend(figure))) <= 28


def test_names_that_would_be_cut_alike_are_not_cut(slices):
    names = [f"{'a' * 40} {middle} {'b' * 40}" for middle in "12"]
    sources = [replace(one, name=n) for one, n in zip(two(slices), names, strict=True)]
    assert legend(drawn("two_point", sources)[0])[:2] == names
