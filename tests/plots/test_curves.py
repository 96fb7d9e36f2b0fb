import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_lab import plots
from backprop_lab.plots.curves import spread


def test_curves_hold_the_values_and_carry_their_names():
    series = {"training": [0.1, 0.5, 0.9], "held out": [0.1, 0.4, 0.8]}
    picture = plots.curves(series, xlabel="steps", ylabel="share right", title="It learns")
    (axes,) = picture.axes
    for line, values in zip(axes.lines, series.values(), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), list(enumerate(values)))
    assert {"training", "held out", "It learns"} <= {t.get_text() for t in axes.texts}
    assert picture.finding.startswith("It learns. training goes from 0.1 to 0.9; held out")
    assert axes.get_ylim()[0] < 0.1
    assert axes.get_ylim()[1] > 0.9


def test_curves_take_values_that_are_not_finite():
    picture = plots.curves(
        {"loss": [1, 10, np.inf, np.nan]},
        xlabel="steps",
        ylabel="loss",
        title="It breaks",
        log=True,
    )
    assert picture.png()


def test_curves_stand_where_they_are_told_to():
    slope = {"slope": [4.0, 0.0, 4.0]}
    labels = {"xlabel": "w", "ylabel": "loss", "title": "A valley"}
    (axes,) = plots.curves(slope, **labels, steps=[-2, 0, 2]).axes
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [-2, 0, 2])
    assert axes.get_xlim() == (-2, 2)
    with pytest.raises(ValueError, match="each of 2 steps, got 3"):
        plots.curves(slope, **labels, steps=[0, 1])


@pytest.mark.parametrize("series", [{}, {"loss": []}, {"loss": [[1, 2]]}])
def test_curves_say_what_they_expect(series):
    with pytest.raises(ValueError, match="expects"):
        plots.curves(series, xlabel="steps", ylabel="loss", title="")


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5), st.floats(0, 0.3))
def test_spread_keeps_order_and_distance(positions, low):
    apart = spread(positions, 0.15, low)
    order = np.argsort(positions, kind="stable")
    assert (np.diff(apart[order]) >= 0.15 - 1e-9).all()
    assert low - 1e-9 <= apart.min() <= apart.max() <= 1 + 1e-9
