"""Handwritten digits, and what a network read in them."""

import numpy as np
from matplotlib.patches import FancyBboxPatch, Rectangle

from . import style
from .picture import Picture


class DigitGrid:
    """Digits in rows, each with what the network reads in it; made once, updated often.

    A digit that is read wrong gets a frame, a cross and a caption in white on dark, so that it
    shows without colour too.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        An empty pair of axes; the digits fill it.
    images : ndarray, shape (N, 64) or (N, 8, 8)
        Ink, from 0 to 1.
    labels : ndarray of int, shape (N,)
        The digits that were written.
    columns : int
        Digits in a row.

    Attributes
    ----------
    moving : list of Artist
        What `update` changes, the title among it.
    """

    def __init__(self, axes, images, labels, *, columns=10):
        self.axes, self.labels = axes, np.asarray(labels)
        n = len(self.labels)
        corners = [(1.15 * (i % columns), 1.6 * (i // columns)) for i in range(n)]
        axes.set(xlim=(-0.06, 1.15 * min(n, columns) - 0.09), xticks=[], yticks=[])
        axes.set(ylim=(corners[-1][1] + 1.5, -0.06), aspect="equal", anchor="NW")
        axes.spines[:].set_visible(False)
        for (x, y), image in zip(corners, np.reshape(images, (n, 8, 8)), strict=True):
            axes.imshow(image, cmap="Greys", vmin=0, vmax=1, extent=(x, x + 1, y + 1, y))
            axes.add_patch(Rectangle((x, y), 1, 1, fill=False, color=style.FAINT, lw=1, zorder=0.9))
        axes.set(xlim=(-0.06, 1.15 * min(n, columns) - 0.09), ylim=(corners[-1][1] + 1.5, -0.06))
        self.frames = [axes.add_patch(_frame(x, y)) for x, y in corners]
        self.badges = [axes.add_patch(_badge(x, y)) for x, y in corners]
        self.captions = [
            style.words(axes, x + 0.5, y + 1.26, transform=axes.transData, **_CAPTION)
            for x, y in corners
        ]
        self.title = style.title(axes)
        self.moving = [*self.frames, *self.badges, *self.captions, self.title]

    def update(self, read=None, title=""):
        """Write what was read below each digit, or what it is where nothing was read.

        Parameters
        ----------
        read : sequence, shape (N,), optional
            The network's answers.
        title : str
            The finding.
        """
        self.title.set_text(title)
        answers = self.labels if read is None else read
        for i, answer in enumerate(answers):
            right = answer == self.labels[i]
            self.frames[i].set_visible(not right)
            self.badges[i].set_visible(not right)
            self.captions[i].set_text(f"{answer}" if right else f"✗ {answer}")
            self.captions[i].set_color(style.INK if right else style.PAPER)


_CAPTION = {"ha": "center", "va": "center", "fontsize": style.NORMAL}
_ROUND = {"boxstyle": "round,pad=0,rounding_size=0.07", "color": style.INK, "lw": 0, "zorder": 1.2}


def _frame(x, y):
    return Rectangle((x, y), 1, 1, fill=False, color=style.INK, lw=2.5, zorder=1.1)


def _badge(x, y):
    return FancyBboxPatch((x, y + 1.11), 1, 0.3, **_ROUND)


def digits(images, labels, read=None, *, columns=10, title=None):
    """Draw digits, with what a network read below them.

    Parameters
    ----------
    images : ndarray, shape (N, 64) or (N, 8, 8)
        Ink, from 0 to 1.
    labels : sequence of int, shape (N,)
        The digits that were written.
    read : sequence of int, shape (N,), optional
        What the network read. Without it the captions are the labels.
    columns : int
        Digits in a row, at least 1.
    title : str, optional
        The finding; with `read`, how many were read right unless you say otherwise.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If images, labels and read do not fit together.
    """
    images, labels = np.asarray(images), np.asarray(labels)
    _check(images, labels, read, columns)
    n, across = len(labels), min(len(labels), columns)
    down = -(-n // columns)
    title = _score(labels, read) if title is None else title
    width, height = 84 * across + 30, 115 * down + 50
    picture = Picture(max(width, 320), height, f"{title}. {_in_words(labels, read)}".strip(". "))
    with style.applied():
        box = (15 / picture.size[0], 5 / height, (width - 30) / picture.size[0], 1 - 50 / height)
        grid = DigitGrid(picture.add_axes(box), images, labels, columns=columns)
        grid.update(read, title)
    return picture


def _check(images, labels, read, columns):
    n = len(labels) if labels.ndim == 1 else 0
    if n == 0 or images.shape not in ((n, 64), (n, 8, 8)):
        raise ValueError(
            f"digits expects images of shape (N, 64) or (N, 8, 8) with N labels, got "
            f"{images.shape} and {labels.shape}: for one digit, pass x[:1] and y[:1]"
        )
    if read is not None and np.shape(read) != (n,):
        raise ValueError(f"read expects one answer for each of {n} digits, got {np.shape(read)}")
    if columns < 1:
        raise ValueError(f"a row holds at least one digit, got columns={columns}")


def _score(labels, read):
    if read is None:
        return ""
    right = int(np.sum(labels == np.asarray(read)))
    return f"The network reads {right} of these {len(labels)} right"


def _in_words(labels, read):
    if read is None:
        return f"Handwritten digits: {', '.join(map(str, labels))}."
    wrong = [f"a {y} as {r}" for y, r in zip(labels, read, strict=True) if y != r]
    return f"Read wrong: {', '.join(wrong)}." if wrong else ""
