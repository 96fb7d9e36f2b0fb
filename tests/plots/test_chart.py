"""The chart of a training: six panels, and all of them in words."""

import numpy as np

from backprop_lab.clinic import DISEASES, HEALTHY, train
from backprop_lab.plots import chart


def panels(picture):
    return {axes.get_title(loc="left"): axes for axes in picture.axes}


def test_each_panel_shows_its_numbers():
    now = train(HEALTHY)
    shown = panels(chart(now, title="well"))

    lines = {line.get_linestyle(): line for line in shown["Read right"].lines}
    np.testing.assert_array_equal(lines["-"].get_ydata(), now.held_out_accuracy)
    (gradients,) = shown["Gradient before step 1"].lines
    np.testing.assert_array_equal(gradients.get_ydata(), now.gradients)
    heights = [bar.get_height() for bar in shown["What it reads"].patches]
    np.testing.assert_array_equal(heights, now.answers)
    widths = [bar.get_width() for bar in shown["Later pictures, and units"].patches]
    assert widths == [now.later, now.by_class, now.one_by_one, now.dead, now.saturated]


def test_what_lies_outside_a_panel_is_held_on_its_edge():
    now = train(DISEASES["dead"].patient)
    axes = panels(chart(now, title="dead"))["Gradient before step 1"]

    assert now.gradients[0] == 0
    assert axes.lines[0].get_ydata()[0] == axes.get_ylim()[0]


def test_the_chart_before_stands_behind_in_grey():
    sick, well = train(DISEASES["vanishing"].patient), train(HEALTHY)
    shown = panels(chart(well, title="well", before=sick))

    before, now = shown["Gradient before step 1"].lines
    assert len(before.get_ydata()) == 7
    assert len(now.get_ydata()) == 3
    assert len(shown["What it reads"].patches) == 20


def test_its_words_say_the_title_and_the_numbers():
    now = train(HEALTHY)
    finding = chart(now, title="A title.").finding

    assert finding.startswith("A title. Loss ")
    assert f"later {now.later:.0%}" in finding
