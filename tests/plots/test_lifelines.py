import numpy as np
import pytest

from backprop_lab import plots


@pytest.fixture
def lines():
    return plots.Lifelines(plots.Picture(400, 300).add_axes((0.2, 0.2, 0.6, 0.6)), 2, 2, 3)


ACTIVITY = np.array(  # steps, layers, units
    [
        [[0.0, 0.5, 0.2], [0.3, 0.3, 0.3]],
        [[0.0, 0.4, 0.6], [0.3, 0.0, 0.3]],
        [[0.1, 0.3, 0.9], [0.3, 0.0, 0.3]],
    ]
)


def test_units_that_speak_most_in_the_end_come_first(lines):
    lines.update(ACTIVITY, ["a", "b"], "title")
    np.testing.assert_array_equal(lines.mosaic[:3], [[0.2, 0.6, 0.9], [0.5, 0.4, 0.3], [0, 0, 0.1]])
    np.testing.assert_array_equal(lines.mosaic[5:], [[0.3] * 3, [0.3] * 3, [0.3, 0, 0]])
    assert lines.mosaic[3:5].mask.all()
    assert [note.get_text() for note in lines.notes] == ["a", "b"]
    assert lines.title.get_text() == "title"


def test_silence_is_black_and_everything_else_is_not(lines):
    lines.update(ACTIVITY, ["", ""])
    brightness = lines.image.get_array()[..., :3].max(axis=2)
    np.testing.assert_array_equal(brightness < 60, (lines.mosaic == 0).filled(False))


def test_a_run_that_broke_leaves_the_rest_empty(lines):
    lines.update(ACTIVITY, ["", ""])
    lines.update(ACTIVITY[:1], ["", ""])
    assert lines.mosaic[:, 1:].mask.all()
    assert not lines.mosaic[:3, 0].mask.any()
