"""Standard errors in plots: bands, bars, and none where the errors of entries do not give them."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

import mcr_core as mcr
from mcr_core.descriptors import (
    ChordLengths,
    Correlations,
    LinealPath,
    LocalThickness,
    Minkowski,
    Variation,
)
from mcr_core.figures.error_bands import LABEL, draw_with_errors


@pytest.fixture
def axes():
    return Figure().add_subplot()


def edges(band):
    """Lower and upper edge of a band at its places, in their order."""
    points = band.get_paths()[0].vertices
    places = np.unique(points[:, 0])
    values = [points[points[:, 0] == place, 1] for place in places]
    return np.array([v.min() for v in values]), np.array([v.max() for v in values])


def draw_line(axes, blocks, label):
    axes.plot(blocks["a"], label=label)


def test_a_band_around_a_line(axes):
    blocks, errors = {"a": np.array([3.0, 2.0, 1.0])}, {"a": np.array([0.3, 0.0, 0.1])}
    assert draw_with_errors(axes, draw_line, blocks, "one", errors)
    (line,) = axes.lines
    np.testing.assert_array_equal(line.get_ydata(), blocks["a"])
    lower, upper = edges(axes.collections[0])
    np.testing.assert_allclose(lower, [2.7, 2.0, 0.9])
    np.testing.assert_allclose(upper, [3.3, 2.0, 1.1])
    assert axes.get_legend_handles_labels()[1] == ["one"]


def test_without_errors_nothing_is_added(axes):
    blocks = {"a": np.ones(3)}
    assert not draw_with_errors(axes, draw_line, blocks, "one", None)
    assert not draw_with_errors(axes, draw_line, blocks, "one", {"a": np.zeros(3)})
    assert not axes.collections


def test_unknown_entries_stay_blank(axes):
    blocks = {"a": np.array([1.0, np.nan, 2.0])}
    errors = {"a": np.array([0.1, np.nan, 0.1])}
    assert draw_with_errors(axes, draw_line, blocks, "one", errors)
    assert len(axes.collections) == 1


def test_a_spectrum_has_none(axes):
    def plot(axes, blocks, label):
        axes.plot(np.linalg.eigvalsh(blocks["gram"]), label=label)

    rng = np.random.default_rng(0)
    half = rng.normal(size=(5, 5))
    errors = {"gram": rng.uniform(0.1, 0.2, (5, 5))}
    assert not draw_with_errors(axes, plot, {"gram": half @ half.T}, "one", errors)
    assert len(axes.lines) == 1
    assert not axes.collections


def test_a_plot_with_more_lines_for_larger_values_has_none(axes):
    def plot(axes, blocks, label):
        for value in blocks["a"][blocks["a"] > 1]:
            axes.plot([0, value], label=label)

    assert not draw_with_errors(
        axes, plot, {"a": np.array([0.9, 2])}, "one", {"a": np.full(2, 0.5)}
    )
    assert len(axes.lines) == 1


@pytest.mark.parametrize(
    ("descriptor", "bands"),
    [
        (Correlations(limit_to=3), 3),  # along X and Y, and S3
        (LinealPath(limit_to=3), 2),
        (ChordLengths(max_length=4), 2),
        (LocalThickness(), 1),  # not around the line of the mean
        (Minkowski(), 1),
        (Variation(), 1),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_descriptors(axes, descriptor, bands):
    fields = np.kron(np.random.default_rng(1).integers(0, 2, (1, 1, 8, 8)), np.ones((3, 3)))
    (found,) = descriptor.evaluate(fields, None, 1)
    blocks = {name: np.asarray(block)[0, 0] for name, block in found.items()}
    errors = {name: np.full(np.shape(block), 0.01) for name, block in blocks.items()}
    assert draw_with_errors(axes, descriptor.plot, blocks, "one", errors)
    assert len(axes.collections) == bands
    # No line is added: what a plot draws is what its caller finds.
    plain = Figure().add_subplot()
    descriptor.plot(plain, blocks, "one")
    assert (len(axes.lines), len(axes.patches)) == (len(plain.lines), len(plain.patches))


def test_the_number_stands_above_the_error_of_its_bar(axes):
    blocks, errors = {"variation": np.array(0.5)}, {"variation": np.array(0.1)}
    assert draw_with_errors(axes, Variation().plot, blocks, "one", errors)
    (number,) = axes.texts
    assert number.get_text() == "0.5"
    assert number.xy[1] == pytest.approx(0.6)
    (bar,) = axes.collections
    np.testing.assert_allclose(bar.get_segments()[0][:, 1], [0.4, 0.6])


def images():
    rng = np.random.default_rng(2)
    return [mcr.Microstructure.from_array(rng.integers(0, 2, (18, 21))) for _ in range(3)]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_a_stack_of_images():
    stack = images()
    target = mcr.characterize(stack, [Correlations(limit_to=4), "variation"])
    figure = mcr.view(target)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    which = "at lags up to a third of the extent"
    assert titles[1:3] == [f"S₂ {which}\nphase 1", f"S₂ along the axes\n{which}"]
    # Of 18 x 21 pixels a third: lags to 6 and to 7.
    assert figure.axes[1].images[0].get_array().shape == (13, 15)
    along = figure.axes[2]
    statistics = target.planes["all"]
    np.testing.assert_allclose(along.lines[0].get_ydata(), statistics.s2[0, 17, 20:28])
    lower, upper = edges(along.collections[1])  # along Y
    np.testing.assert_allclose((upper - lower) / 2, statistics.errors.s2[0, 17:24, 20], rtol=1e-4)
    assert all(axes.collections for axes in (figure.axes[0], *figure.axes[2:]))
    assert legend(figure)[-1] == LABEL


def test_a_volume_has_no_errors_to_draw():
    volume = mcr.Microstructure.from_array(np.stack([one.labels for one in images()]))
    figure = mcr.view(mcr.characterize(volume, ["variation"], pool=True))
    assert LABEL not in legend(figure)
    assert len(figure.axes) == 3  # fractions, map, variation
    assert not any(axes.collections for axes in figure.axes)


def test_a_comparison_has_the_errors_of_the_side_that_knows_them():
    stack = images()
    one, several = (
        mcr.characterize(which, [LinealPath(limit_to=4)]) for which in (stack[0], stack)
    )
    planes = {name: replace(row, errors=None) for name, row in one.planes.items()}
    one = replace(one, planes=planes)
    figure = mcr.view(mcr.compare(one, several, names=("one", "several")))
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[0].startswith("S₂ up to half the extent: several − one")
    path = figure.axes[1]
    assert len(path.lines) == 4
    assert len(path.collections) == 2
    assert legend(figure)[-1] == LABEL
