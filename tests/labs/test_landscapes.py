import numpy as np
import pytest

from backprop_lab import nn
from backprop_lab.labs.landscapes import LANDSCAPES

pytestmark = [
    pytest.mark.filterwarnings("error"),
    pytest.mark.parametrize("land", LANDSCAPES.values(), ids=LANDSCAPES),
]


def inside(land, x, y):
    left, right, bottom, top = land.window
    return left < x < right and bottom < y < top


def test_the_slope_is_that_of_the_height(land, rng):
    left, right, bottom, top = land.window
    for place in rng.uniform((left, bottom), (right, top), (20, 2)):
        numerical = nn.numerical_gradient(lambda p: land.height(*p), place)
        np.testing.assert_allclose(land.slope(*place), numerical, rtol=1e-6, atol=1e-6)


def test_minima_are_flat_and_lower_than_all_around(land):
    for x, y in land.minima:
        np.testing.assert_allclose(land.slope(x, y), 0, atol=1e-9)
        assert land.height(x, y) == pytest.approx(land.lowest, abs=1e-12)
        angle = np.linspace(0, 2 * np.pi, 60)
        around = land.height(x + 0.01 * np.cos(angle), y + 0.01 * np.sin(angle))
        assert (around > land.height(x, y)).all()


def test_nothing_in_the_window_is_lower_than_the_minima(land):
    left, right, bottom, top = land.window
    x, y = np.meshgrid(np.linspace(left, right, 200), np.linspace(bottom, top, 200))
    assert land.height(x, y).min() >= land.lowest - 1e-12


def test_start_and_minima_are_in_the_window(land):
    assert inside(land, *land.start)
    assert all(inside(land, *place) for place in land.minima)
    assert land.height(*land.start) > land.lowest


def test_a_pixel_is_about_as_wide_as_high(land):
    left, right, bottom, top = land.window  # on a map of 358 × 240 pixels
    assert (right - left) / (top - bottom) == pytest.approx(358 / 240, rel=0.08)


def test_contour_lines_rise_through_the_window(land):
    assert (np.diff(land.levels) > 0).all()
    left, right, bottom, top = land.window
    x, y = np.meshgrid(np.linspace(left, right, 200), np.linspace(bottom, top, 200))
    crossed = [level for level in land.levels if land.height(x, y).max() >= level]
    assert len(crossed) >= 10
