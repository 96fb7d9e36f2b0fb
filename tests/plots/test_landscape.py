import numpy as np
import pytest

from backprop_lab import plots
from backprop_lab.plots.landscape import painted

WINDOW = -2.0, 2.0, -1.0, 1.0


def slope(x, y):
    return x + 0 * y


def bowl(x, y):
    return x**2 + y**2


@pytest.fixture
def panel():
    axes = plots.Picture(500, 300).add_axes((0.1, 0.1, 0.8, 0.8))
    return plots.LandscapePanel(axes, ["one", "two"])


def update(panel, one, two, height=bowl):
    paths = {"one": np.array(one, float), "two": np.array(two, float)}
    panel.update(height, (0.0, 0.5, 1.0, 2.0), WINDOW, [(0, 0), (1, 1)], paths, "title")


def test_the_higher_the_darker():
    image = painted(slope, (-2.0, -1.0, 0.0, 1.0, 2.0), WINDOW, 400, 100).astype(int)
    middles = image[50, [50, 150, 250, 350], :3].sum(axis=1)
    assert (np.diff(middles) < 0).all()


def test_the_lowest_row_comes_first():
    image = painted(lambda x, y: y + 0 * x, (-1.0, 0.0, 1.0), WINDOW, 100, 100).astype(int)
    assert image[25, 50, :3].sum() > image[75, 50, :3].sum()


def test_contour_lines_run_at_their_levels_and_nowhere_else():
    image = painted(slope, (-2.0, -1.0, 1.0, 2.0), WINDOW, 400, 100).astype(int)
    brightness = image[50, :, :3].sum(axis=1)
    lines = np.flatnonzero(np.diff(brightness, 2) > 40) + 1
    assert set(lines // 10) <= {9, 10, 29, 30}  # x = -1 and 1 stand at columns 100 and 300
    assert len(lines) >= 2


def test_lines_keep_their_width_where_it_is_steep():
    def ink(height, levels):
        image = painted(height, levels, WINDOW, 400, 200).astype(int)
        row = image[100, 205:, :3].sum(axis=1)
        return (row < row.min() + 30).sum()

    narrow = ink(lambda x, y: 0.5 * x + 0 * y, (-1.0, 0.5, 1.0))
    steep = ink(lambda x, y: 50 * x + 0 * y, (-100.0, 50.0, 100.0))
    assert narrow == steep


def test_flat_ground_is_no_line():
    image = painted(lambda x, y: 0 * x + 1.0, (0.0, 1.0, 2.0), WINDOW, 40, 20)
    assert len(np.unique(image.reshape(-1, 4), axis=0)) == 1


def test_the_same_landscape_is_painted_once(panel):
    update(panel, [(0, 0)], [(1, 1)])
    panel.axes.figure.canvas.draw()
    before = painted.cache_info()
    update(panel, [(0, 0), (1, 0)], [(1, 1)])
    panel.axes.figure.canvas.draw()
    after = painted.cache_info()
    assert (after.hits, after.misses) == (before.hits + 1, before.misses)


def test_trails_and_minima_stand_where_they_are(panel):
    update(panel, [(0, 0), (1, 0)], [(-1, 0.5)])
    np.testing.assert_array_equal(panel.trails[0].path, [[0, 0], [1, 0]])
    np.testing.assert_array_equal(panel.trails[1].path, [[-1, 0.5]])
    np.testing.assert_array_equal(panel.minima.get_xydata(), [[0, 0], [1, 1]])
    assert panel.title.get_text() == "title"
    assert panel.axes.get_xlim() == (-2, 2)
    assert panel.axes.get_ylim() == (-1, 1)


def test_names_of_trails_that_end_together_are_told_apart(panel):
    update(panel, [(0, 0)], [(0, 0)])
    (_, first), (_, second) = (text.get_position() for text in panel.ends)
    assert abs(first - second) > 0.05


def test_names_stay_inside_on_their_plates(panel):
    update(panel, [(50, 50)], [(-50, 0)])
    for text, plate in zip(panel.ends, panel.plates, strict=True):
        (x, y), width, height = plate.get_xy(), plate.get_width(), plate.get_height()
        assert 0 <= x < x + width <= 1
        assert 0 <= y < y + height <= 1.02
        assert text.get_position() == pytest.approx((x, y + height / 2))


def test_without_labels_nothing_is_written():
    axes = plots.Picture(500, 300).add_axes((0.1, 0.1, 0.8, 0.8))
    panel = plots.LandscapePanel(axes, ["one", "two"], label=False)
    update(panel, [(0, 0)], [(1, 1)])
    assert not panel.plates
    assert not any(text.get_text() for text in panel.ends)
