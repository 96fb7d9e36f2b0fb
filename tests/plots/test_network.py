import numpy as np

from backprop_lab import plots

MASK = np.array([True, False, True, True])


def thinned():
    network = plots.ThinnedNetwork(plots.Picture(400, 300).add_axes((0, 0, 1, 1)), 4)
    network.update(np.linspace(0, 1, 64), MASK, np.eye(10)[3], "title", "a 3")
    return network


def test_dropped_units_have_no_dot_and_no_lines():
    network = thinned()
    np.testing.assert_array_equal(network.working.get_ydata(), network.heights[MASK])
    segments = network.links.get_segments()
    assert len(segments) == 3 * (1 + 10)
    ends = {round(float(y), 6) for x, y in np.concatenate(segments) if x == segments[0][0][0]}
    assert ends == {round(float(y), 6) for y in network.heights[MASK]}


def test_each_unit_at_work_is_linked_to_the_image_and_to_every_score():
    segments = np.array(thinned().links.get_segments())
    ends = segments[:30, 1, 1].round(6)
    assert sorted(set(ends)) == sorted(thinned().scores_at.round(6))
    assert (segments[30:, 1, 0] < segments[30:, 0, 0]).all()


def test_the_rings_are_as_full_as_the_network_is_sure():
    network = thinned()
    np.testing.assert_array_equal(network.scores.get_array(), np.eye(10)[3])
    np.testing.assert_array_equal(network.image.get_array(), np.linspace(0, 1, 64).reshape(8, 8))


def test_nothing_is_left_where_everything_is_dropped():
    network = thinned()
    network.update(np.zeros(64), np.zeros(4, bool), np.full(10, 0.1))
    assert len(network.working.get_xdata()) == len(network.links.get_segments()) == 0
