import numpy as np
import pytest

from backprop_lab import plots


@pytest.fixture
def panel():
    axes = plots.Picture(400, 300).add_axes((0.2, 0.2, 0.6, 0.6))
    axes.set(xlim=(-2, 4), ylim=(0, 10))
    return plots.DescentPanel(axes)


def test_the_walker_stands_on_the_hill(panel):
    panel.update(np.square, np.array([-1.0, 3.0]), "title")
    np.testing.assert_array_equal(panel.trail.path, [[-1, 1], [3, 9]])
    np.testing.assert_allclose(panel.hill.get_ydata(), panel.hill.get_xdata() ** 2)
    assert panel.title.get_text() == "title"


def test_the_hill_is_drawn_as_far_as_the_axes_go(panel):
    panel.update(np.square, np.zeros(1))
    assert (panel.hill.get_xdata()[0], panel.hill.get_xdata()[-1]) == (-2, 4)
