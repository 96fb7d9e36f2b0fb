"""A small network with some of its units switched off."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap

from . import style

_UNITS_AT, _SCORES_AT = 0.52, 0.9  # across, in widths of the axes
_IMAGE = 0.005, 0.275, 0.355, 0.695  # left, right, bottom, top
_SHADES = LinearSegmentedColormap.from_list("shades", [style.PAPER, style.COLORS["forward"]])
_LINK = {"colors": "#9DBFDB", "linewidths": 0.6, "zorder": 2}
_CAPTION = {"color": style.QUIET, "fontsize": style.SMALL, "ha": "center"}


class ThinnedNetwork:
    """An image, a hidden layer with a mask, and ten scores; made once, updated often.

    A unit that works is a full dot with its lines. One that is dropped is an empty ring without.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        An empty pair of axes; the network fills it.
    units : int
        Units in the hidden layer, M.

    Attributes
    ----------
    moving : list of Artist
        What `update` changes, the title among it.
    """

    def __init__(self, axes, units):
        axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        self.axes, self.heights = axes, np.linspace(0.97, 0.1, units)
        self.scores_at = np.linspace(0.94, 0.13, 10)
        left, right, bottom, top = _IMAGE
        look = {"cmap": "Greys", "vmin": 0, "vmax": 1, "aspect": "auto", "zorder": 2}
        self.image = axes.imshow(np.zeros((8, 8)), extent=_IMAGE, **look)
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.plot([left, right, right, left, left], [bottom, bottom, top, top, bottom], **_EDGE)
        size = min(6.0, 150 / units)
        dot = {"marker": "o", "ls": "", "ms": size}
        axes.plot(
            [_UNITS_AT] * units, self.heights, mfc=style.PAPER, mec=style.QUIET, mew=0.7, **dot
        )
        self.links = axes.add_collection(LineCollection([], **_LINK))
        (self.working,) = axes.plot([], [], c=style.COLORS["forward"], zorder=3, **dot)
        ring = {"s": 150, "edgecolors": style.COLORS["forward"], "zorder": 3, "cmap": _SHADES}
        at = [_SCORES_AT] * 10
        self.scores = axes.scatter(at, self.scores_at, c=np.zeros(10), vmin=0, vmax=1, **ring)
        for digit, y in enumerate(self.scores_at):
            axes.text(_SCORES_AT + 0.055, y - 0.018, str(digit), fontsize=style.SMALL, zorder=1)
        axes.text(_UNITS_AT, 0, "hidden units", zorder=1, **_CAPTION)
        axes.text(_SCORES_AT, 0, "digit", zorder=1, **_CAPTION)
        self.name = style.words(axes, sum(_IMAGE[:2]) / 2, bottom - 0.08, **_CAPTION)
        self.title = style.title(axes)
        self.moving = [self.links, self.image, self.working, self.scores, self.name, self.title]

    def update(self, image, mask, probabilities, title="", name=""):
        """Show an image, and the network that is left of it.

        Parameters
        ----------
        image : ndarray, shape (64,)
            Ink, from 0 to 1.
        mask : ndarray of bool, shape (M,)
            Which units work.
        probabilities : ndarray, shape (10,)
            How sure the network is of each digit: how full its ring is.
        title : str
            The finding.
        name : str
            What the image is.
        """
        self.title.set_text(title)
        self.name.set_text(name)
        self.image.set_data(np.reshape(image, (8, 8)))
        at = self.heights[mask]
        self.working.set_data(np.full(len(at), _UNITS_AT), at)
        self.links.set_segments(_links(at, self.scores_at))
        self.scores.set_array(probabilities)


_RING = {"mfc": style.PAPER, "mec": style.QUIET, "mew": 0.7}
_EDGE = {"color": style.FAINT, "lw": 2, "zorder": 1}


def _links(units, scores):
    """Give the lines from the image to each unit, and from there to each score."""
    _, right, bottom, top = _IMAGE
    lines = np.empty((11, len(units), 2, 2))  # of each unit one in and ten out; two ends; x, y
    lines[..., 0] = _UNITS_AT, _SCORES_AT
    lines[..., 0, 1] = units
    lines[:10, :, 1, 1] = scores[:, None]
    lines[10, :, 1] = np.column_stack([np.full(len(units), right), bottom + (top - bottom) * units])
    return lines.reshape(-1, 2, 2)
