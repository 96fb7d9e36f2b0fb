import numpy as np

from backprop_lab import plots

ANSWERS = np.array([[0.1, 0.2, 0.7], [0.5, 0.4, 0.1]])


def spread():
    panel = plots.SpreadPanel(plots.Picture(400, 300).add_axes((0, 0, 1, 1)), 3, 2)
    panel.update(ANSWERS, np.array([0.2, 0.3, 0.5]), right=2, chosen=1, title="title")
    return panel


def test_every_answer_is_a_dot_in_its_column():
    x, y = spread().dots.get_data()
    np.testing.assert_array_equal(y, ANSWERS.ravel())
    np.testing.assert_array_equal(np.round(x), [0, 1, 2, 0, 1, 2])


def test_the_chosen_network_is_ringed_and_the_right_class_marked():
    panel = spread()
    np.testing.assert_array_equal(panel.ringed.get_ydata(), ANSWERS[1])
    assert panel.band.get_x() == 1.5
    assert panel.right.get_unitless_position()[0] == 2


def test_all_units_together_are_a_bar_in_each_column():
    x, y = spread().all.get_data()
    np.testing.assert_allclose(y[::3], [0.2, 0.3, 0.5])
    np.testing.assert_allclose((x[::3] + x[1::3]) / 2, [0, 1, 2])
