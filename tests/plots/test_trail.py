import numpy as np
import pytest

from backprop_lab.plots import Picture, style
from backprop_lab.plots.trail import Trail, _heads, _near

GREEN = style.COLORS["parameter"]


@pytest.fixture
def trail():
    axes = Picture(400, 300).add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 40), ylim=(0, 30))
    return Trail(axes, GREEN)


def green(trail):
    """Give the pixels that have the trail's colour, the lowest row first."""
    canvas = trail.axes.figure.canvas
    canvas.draw()
    rgb = np.asarray(canvas.buffer_rgba())[::-1, :, :3]
    return (rgb == [int(GREEN[i : i + 2], 16) for i in (1, 3, 5)]).all(axis=2)


def test_a_trail_leads_through_its_places(trail):
    trail.set_path([[5, 5], [20, 5], [20, 25]])
    seen = green(trail)
    for x, y in ((50, 50), (120, 50), (200, 50), (200, 150), (200, 248)):
        assert seen[y - 3 : y + 4, x - 3 : x + 4].any(), (x, y)
    assert not seen[100:290, :150].any()


def test_an_arrow_points_where_the_step_went():
    ((tip, left, right, again),) = _heads(np.array([[0.0, 0.0], [0.0, 100.0]]), 10)
    np.testing.assert_array_equal(tip, [0, 100])
    np.testing.assert_array_equal(tip, again)
    assert left[1] == right[1] == 90
    assert left[0] == -right[0] != 0


def test_steps_too_short_for_an_arrow_have_none():
    assert len(_heads(np.array([[0.0, 0.0], [5.0, 0.0], [5.0, 90.0]]), 10)) == 1


def test_a_trail_ends_before_the_first_place_that_is_no_number(trail):
    trail.set_path([[5, 5], [10, 5], [np.inf, 5], [20, 20]])
    np.testing.assert_array_equal(trail.path, [[5, 5], [10, 5]])
    assert not green(trail)[:, 150:].any()


def test_a_place_far_outside_keeps_its_direction(trail):
    trail.set_path([[20, 15], [1e80, 1e80]])
    places = _near(trail.axes.transData.transform(trail.path), trail.axes.bbox)
    away = places[1] - places[0]
    assert away[0] == pytest.approx(away[1])
    seen = green(trail)
    assert seen[245:255, 295:305].any()  # 45° up from the middle, (200, 150)


def test_nothing_is_painted_outside_the_axes():
    picture = Picture(400, 300)
    axes = picture.add_axes((0.25, 0.25, 0.5, 0.5))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    trail = Trail(axes, GREEN)
    trail.set_path([[0.5, 0.5], [3, 0.5]])
    assert not green(trail)[:, 302:].any()
