"""The axis of the loss: what is too small to count does not stretch it."""

import numpy as np
import pytest

from mcr_core.figures.convergence import convergence


def history(small):
    """Losses from 1 to 1e-4 with a second part as given."""
    losses = np.logspace(0, -4, len(small))
    return [
        {"iteration": n, "loss": loss, "parts": {"correlations": loss, "phase_sum": part}}
        for n, (loss, part) in enumerate(zip(losses, small, strict=True))
    ]


@pytest.mark.parametrize("small", [(0, 1e-12, 1e-20, 0, 1e-17), (0, 0, 0, 0, 0)])
def test_a_part_below_a_millionth_stands_in_the_legend_only(small):
    (axes,) = convergence(history(small), reached=2e-4, outcome="done").axes
    low, high = axes.get_ylim()
    assert 1e-5 < low < 1e-4
    assert 1 < high < 10
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts[2] == "phase sum (always below 10⁻⁶ of the loss)"


def test_a_part_that_counts_at_times_is_in_the_axis_where_it_does():
    rows = history((1e-3, 1e-4, 1e-13, 1e-14, 0))
    (axes,) = convergence(rows, reached=None, outcome="done").axes
    low, _ = axes.get_ylim()
    assert 1e-5 < low < 1e-4
    np.testing.assert_array_equal(axes.lines[2].get_ydata(), (1e-3, 1e-4, 1e-13, 1e-14, 0))
    assert axes.get_legend().get_texts()[2].get_text() == "phase sum"


def test_a_result_that_is_exact_leaves_the_axis():
    (axes,) = convergence(history((0, 0)), reached=0.0, outcome="done").axes
    assert axes.get_yscale() == "log"
    assert 1e-5 < axes.get_ylim()[0] < 1e-4


def test_one_loss_alone_has_room_around_it():
    (axes,) = convergence(history((1e-3,))[:1], reached=None, outcome="done").axes
    low, high = axes.get_ylim()
    assert low < 1e-3
    assert high > 1


def test_a_term_that_coarser_levels_lack_is_drawn():
    rows = history((1e-3, 1e-4))
    del rows[0]["parts"]["phase_sum"]
    (axes,) = convergence(rows, reached=None, outcome="done").axes
    np.testing.assert_array_equal(axes.lines[2].get_ydata(), (np.nan, 1e-4))
