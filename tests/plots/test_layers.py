import numpy as np

from backprop_lab import plots


def panel(role="gradient", **limits):
    axes = plots.Picture(400, 300).add_axes((0.1, 0.1, 0.8, 0.8))
    axes.set(**{"ylim": (0, 1), **limits})
    return plots.LayerPanel(axes, role)


def test_a_dot_for_each_layer_from_number_one_on():
    shown = panel()
    shown.update(np.array([0.1, 0.2, 0.3]), "It grows")
    np.testing.assert_array_equal(shown.line.get_xydata(), [[1, 0.1], [2, 0.2], [3, 0.3]])
    assert shown.title.get_text() == "It grows"
    assert shown.line.get_color() == plots.COLORS["gradient"]


def test_what_lies_outside_is_drawn_on_the_edge():
    shown = panel(yscale="log", ylim=(1e-3, 1e3))
    shown.update(np.array([0.0, 1.0, 1e9]))
    np.testing.assert_array_equal(shown.line.get_ydata(), [1e-3, 1.0, 1e3])


def test_update_forgets_the_layers_of_a_deeper_network():
    shown = panel("forward")
    shown.update(np.ones(50))
    shown.update(np.ones(2))
    assert len(shown.line.get_xdata()) == 2
