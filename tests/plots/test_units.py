import numpy as np

from backprop_lab import plots


def grid(units=6):
    axes = plots.Picture(400, 300).add_axes((0, 0, 1, 0.8))
    return plots.UnitGrid(axes, units, limit=1.0, columns=4)


def test_each_column_of_weights_is_a_picture(rng):
    shown, weights = grid(), rng.uniform(-1, 1, (64, 6))
    shown.update(weights, "title")
    mosaic = shown.mosaic
    assert mosaic.shape == (17, 35)
    np.testing.assert_array_equal(mosaic[0:8, 9:17], weights[:, 1].reshape(8, 8))
    np.testing.assert_array_equal(mosaic[9:17, 0:8], weights[:, 4].reshape(8, 8))
    assert shown.title.get_text() == "title"


def test_gaps_and_places_without_a_unit_hold_no_weight():
    shown = grid()
    shown.update(np.ones((64, 6)))
    mask = shown.mosaic.mask
    assert mask[8].all()
    assert mask[9:, 18:].all()
    assert mask.size - mask.sum() == 6 * 64


def test_weights_are_dark_below_zero_green_above_and_white_at_it():
    shown = grid(3)
    shown.update(np.repeat([[-9.0, 1e-300, 9.0]], 64, axis=0))
    dark, white, green = (shown.image.get_array()[0, 9 * i, :3].astype(int) for i in range(3))
    assert dark.max() < 40
    assert white.min() > 250
    assert green.argmax() == 1
