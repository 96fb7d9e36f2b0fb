import numpy as np
from matplotlib.text import Text

from backprop_lab.plots import Picture
from backprop_lab.plots.words import Words


def painted(kind, text, **properties):
    picture = Picture(500, 80)
    axes = picture.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.add_artist(kind(0.5, 0.5, text, transform=axes.transAxes, fontsize=14, **properties))
    picture.canvas.draw()
    return np.asarray(picture.canvas.buffer_rgba())[..., 0] < 128


def test_words_stand_where_matplotlib_puts_its_text():
    for ha in ("left", "center", "right"):
        ours, theirs = (painted(kind, "95 % of digits", ha=ha) for kind in (Words, Text))
        for axis in (0, 1):
            ink_ours, ink_theirs = (np.flatnonzero(p.any(axis)) for p in (ours, theirs))
            assert abs(ink_ours[0] - ink_theirs[0]) <= 2
            assert abs(ink_ours[-1] - ink_theirs[-1]) <= 3


def test_words_without_text_leave_no_ink():
    assert not painted(Words, "").any()
    assert not painted(Words, "hidden", visible=False).any()
