import numpy as np
import pytest

from backprop_lab import plots

X = np.array([[-1.0, 0.0], [1.0, 0.0], [1.5, 1.0]])
Y = np.array([0, 1, 1])


def right_half(points):
    return (points[:, 0] > 0).astype(float)


def test_each_class_has_its_points():
    (axes,) = plots.plane(X, Y, title="Two classes").axes
    drawn = [line.get_xydata().tolist() for line in axes.lines if len(line.get_xdata())]
    assert drawn == [X[:1].tolist(), X[1:].tolist()]


def test_the_ground_is_what_the_function_says_there():
    picture = plots.plane(X, Y, right_half, title="A line")
    bare = plots.plane(X, Y, title="No line")
    left, right = _ground(picture)
    assert not np.array_equal(left, right)
    np.testing.assert_array_equal(*_ground(bare))


def test_words_say_how_many_points_are_on_the_right_side():
    assert plots.plane(X, 1 - Y, right_half, title="Wrong").finding == (
        "Wrong. 2 points of class 0 (dots), 1 of class 1 (triangles); 0% of them on the right side."
    )


def test_a_column_of_probabilities_is_as_good_as_a_row():
    row = plots.plane(X, Y, right_half, title="")
    column = plots.plane(X, Y, lambda points: right_half(points)[:, None], title="")
    assert row.png() == column.png()
    assert row.finding == column.finding


@pytest.mark.parametrize(("x", "y"), [(X.T, Y), (X, Y[:, None]), (X[0], Y[:1])])
def test_plane_says_what_it_expects(x, y):
    with pytest.raises(ValueError, match="x of shape"):
        plots.plane(x, y, title="")


def _ground(picture):
    """Give the colour of the ground at (-1.5, -1.5) and at (1.5, -1.5)."""
    picture.canvas.draw()
    pixels, (axes,) = np.asarray(picture.canvas.buffer_rgba()), picture.axes
    for place in ([-1.5, -1.5], [1.5, -1.5]):
        across, up = axes.transData.transform(place)
        yield pixels[pixels.shape[0] - round(up), round(across)]
