"""Every descriptor draws itself, also twice into the same axes; and some draw known things."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from mcr_core.descriptors import Correlations, Variation, VolumeFractions, registry
from mcr_core.descriptors.lag_map import lags

#: Options that make a descriptor small, and those that need no weights from elsewhere.
SMALL = {
    "correlations": {"limit_to": 3},
    "cross_correlations": {"limit_to": 3},
    "two_point": {"limit_to": 3},
}
#: Drawn in their own tests, with weights of a small network.
WITH_WEIGHTS = {"gram_matrices", "multiphase_gram_matrices"}


@pytest.mark.parametrize("name", [n for n in registry.names() if n not in WITH_WEIGHTS])
def test_drawn_twice(name):
    descriptor = registry.get(name)(**SMALL.get(name, {}))
    rng = np.random.default_rng(0)
    fields = np.kron(rng.integers(0, 2, (2, 1, 10, 10)), np.ones((2, 2)))
    (blocks,) = descriptor.evaluate(fields, None, 1)
    axes = Figure().add_subplot()
    drawn = []
    for image, label in enumerate(("first", "second")):
        before = set(axes.get_children())
        one = {key: np.asarray(block)[image, 0] for key, block in blocks.items()}
        descriptor.plot(axes, one, label)
        drawn.append([a for a in axes.get_children() if a not in before])
        _, labels = axes.get_legend_handles_labels()
        assert any(text == label or text.startswith(f"{label}, ") for text in labels)
    assert drawn[0]
    assert len(drawn[0]) == len(drawn[1])
    assert axes.get_ylabel()


@pytest.mark.parametrize(
    ("descriptor", "name", "axis"),
    [
        (VolumeFractions(), "volume_fractions", "volume fraction"),
        (Variation(), "variation", "boundary edges per pixel"),
        (Variation(domain="volume"), "variation", "boundary faces per voxel"),
    ],
)
def test_a_single_number_is_a_bar_with_its_value(descriptor, name, axis):
    axes = Figure().add_subplot()
    for label, value in (("a", 0.25), ("b", 0.123456)):
        descriptor.plot(axes, {name: np.array(value)}, label)
    assert [bar.get_height() for bar in axes.patches] == [0.25, 0.123456]
    assert [text.get_text() for text in axes.texts] == ["0.25", "0.1235"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["a", "b"]
    assert axes.get_ylabel() == axis


def test_s3_of_right_angles():
    descriptor = Correlations(limit_to=4)
    image = np.random.default_rng(1).integers(0, 2, (1, 1, 12, 12)).astype(float)
    (blocks,) = descriptor.evaluate(image, None, 1)
    one = {key: np.asarray(block)[0, 0] for key, block in blocks.items()}
    axes = Figure().add_subplot()
    descriptor.plot(axes, one, "a")
    along_x, along_y, angles = axes.lines
    plane = image[0, 0]
    for k in range(4):
        down, across = np.roll(plane, -k, 0), np.roll(plane, -k, 1)
        assert along_x.get_ydata()[k] == pytest.approx((plane * across).mean())
        assert along_y.get_ydata()[k] == pytest.approx((plane * down).mean())
        assert angles.get_ydata()[k] == pytest.approx((plane * down * across).mean())
    assert len(lags(4)) == one["s3"].shape[0]
    assert {line.get_color() for line in axes.lines} == {along_x.get_color()}
    assert len({line.get_linestyle() for line in axes.lines}) == 3
