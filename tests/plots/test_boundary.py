from types import SimpleNamespace

import numpy as np
import pytest

from backprop_lab.plots import BoundaryPanel, Picture
from backprop_lab.plots.boundary import CLASSES, stretched

from .test_style import EYES, lab, linear

POINTS = SimpleNamespace(
    x_train=np.array([[-1.0, 0.5], [1.0, 0.0]]),
    y_train=np.array([0, 1]),
    x_test=np.array([[0.5, 0.5], [0.0, 1.0], [0.2, 0.1]]),
    y_test=np.array([1, 1, 0]),
)
RIGHT_HALF = np.repeat([[0.0, 0.0, 1.0, 1.0]], 4, axis=0)


def panel(grid, **update):
    picture = Picture(300, 300)
    shown = BoundaryPanel(picture.add_axes((0.1, 0.1, 0.8, 0.8)), 2.0)
    shown.update(grid, POINTS, **update)
    return shown, picture


def test_points_stand_where_they_are():
    shown, _ = panel(RIGHT_HALF)
    np.testing.assert_array_equal(shown.training[0].get_xydata(), [[-1.0, 0.5]])
    np.testing.assert_array_equal(shown.training[1].get_xydata(), [[1.0, 0.0]])
    np.testing.assert_array_equal(shown.held_out[1].get_xydata(), [[0.5, 0.5], [0.0, 1.0]])


def test_the_map_has_the_color_of_the_more_probable_class():
    def rgb(grid, x, y):
        shown, picture = panel(grid)
        picture.canvas.draw()
        pixels = np.asarray(picture.canvas.buffer_rgba())
        column, row = shown.axes.transData.transform((x, y)).astype(int)
        return pixels[300 - row, column, :3].astype(int)

    assert rgb(RIGHT_HALF, 1.5, -1.5)[2] > rgb(RIGHT_HALF, 1.5, -1.5)[0]  # blue
    assert rgb(RIGHT_HALF, -1.5, -1.5)[0] > rgb(RIGHT_HALF, -1.5, -1.5)[2]  # brown
    assert rgb(RIGHT_HALF.T, 1.5, 1.5)[2] > rgb(RIGHT_HALF.T, 1.5, 1.5)[0]  # rows from the bottom


def test_the_boundary_is_an_edge():
    almost = stretched(np.array([[0.499, 0.501]]), 100, 1)[0].astype(int)
    steps = np.abs(np.diff(almost[:, :3], axis=0)).sum(axis=1)
    assert (steps > 20).sum() == 1


def test_a_network_without_numbers_has_no_map():
    shown, picture = panel(None, title="It says nothing")
    assert shown.nothing.get_text() == "NaN"
    picture.canvas.draw()
    assert np.asarray(picture.canvas.buffer_rgba())[150, 200, 2] == 255


def test_a_crisp_picture_has_a_crisp_map():
    _, picture = panel(RIGHT_HALF)
    assert len(picture.png(2)) > len(picture.png(1))


@pytest.mark.parametrize("eye", EYES)
def test_the_classes_are_told_apart_by_every_eye(eye):
    a, b = (lab(EYES[eye] @ linear(color)) for color in CLASSES)
    assert np.linalg.norm(a - b) > 30
