import numpy as np
import pytest

from backprop_lab import data, plots

X, Y = data.digits()


def grid(read):
    axes = plots.Picture(800, 200).add_axes((0, 0, 1, 0.8))
    shown = plots.DigitGrid(axes, X[:3], Y[:3])
    shown.update(read, "title")
    return shown


def test_wrong_digits_are_marked_by_cross_frame_and_badge():
    shown = grid([0, 7, 2])  # the digits are 0, 1, 2
    assert [c.get_text() for c in shown.captions] == ["0", "✗ 7", "2"]
    assert [f.get_visible() for f in shown.frames] == [False, True, False]
    assert [b.get_visible() for b in shown.badges] == [False, True, False]


def test_update_forgets_what_was_read_before():
    shown = grid([5, 5, 5])
    shown.update([0, 1, 2])
    assert [c.get_text() for c in shown.captions] == ["0", "1", "2"]
    assert not any(f.get_visible() for f in shown.frames)


def test_images_are_the_digits():
    images = grid(None).axes.images
    np.testing.assert_array_equal(images[1].get_array(), X[1].reshape(8, 8))


def test_the_finding_counts_and_names_the_mistakes():
    picture = plots.digits(X[:3], Y[:3], [0, 7, 2])
    assert picture.finding == "The network reads 2 of these 3 right. Read wrong: a 1 as 7"
    assert plots.digits(X[:3].reshape(3, 8, 8), Y[:3]).finding == "Handwritten digits: 0, 1, 2"


def test_one_digit_and_many_rows_can_be_drawn():
    assert plots.digits(X[:1], Y[:1]).png()
    assert plots.digits(X[:23], Y[:23], Y[:23], columns=5).png()


@pytest.mark.parametrize(
    ("images", "labels", "read", "columns", "message"),
    [
        (X[0], Y[0], None, 10, "for one digit, pass"),
        (X[:2], Y[:3], None, 10, "with N labels"),
        (X[:0], Y[:0], None, 10, "with N labels"),
        (X[:3], Y[:3], [1, 2], 10, "one answer for each of 3"),
        (X[:3], Y[:3], None, 0, "at least one digit"),
    ],
)
def test_digits_say_what_they_expect(images, labels, read, columns, message):
    with pytest.raises(ValueError, match=message):
        plots.digits(images, labels, read, columns=columns)
