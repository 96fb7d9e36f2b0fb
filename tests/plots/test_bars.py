import numpy as np
import pytest

from backprop_lab import plots


def test_bars_have_the_heights_of_the_values():
    (axes,) = plots.bars([0.1, 0.6, 0.3], right=1, title="It is a 1").axes
    np.testing.assert_allclose([bar.get_height() for bar in axes.patches], [0.1, 0.6, 0.3])
    assert "0.60\nright" in {t.get_text() for t in axes.texts}
    assert "0.30" in {t.get_text() for t in axes.texts}


@pytest.mark.parametrize("values", [[], [[1.0]], [np.nan, 1.0]])
def test_bars_say_what_they_expect(values):
    with pytest.raises(ValueError, match="one finite number per class"):
        plots.bars(values)


def test_the_right_class_is_one_of_the_classes():
    with pytest.raises(ValueError, match="one of 0 to 1"):
        plots.bars([1.0, 2.0], right=2)
