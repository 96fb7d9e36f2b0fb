"""Histograms in rows, one below the other: how numbers spread in several layers."""

import numpy as np
from matplotlib.patches import Polygon

from . import style

_NAME = {"ha": "right", "va": "center", "color": style.INK, "fontsize": style.SMALL}
_NOTE = {"ha": "left", "va": "center", "color": style.COLORS["forward"], "fontsize": style.SMALL}
_TALLEST = 0.82  # of a row


class HistogramRows:
    """A few histograms over one common axis, each as tall as its row; made once, updated often.

    Heights are square roots of counts, so that what is rare shows beside a peak.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        An empty pair of axes. Its x limits are the range of the histograms; what lies outside is
        counted in the outermost bins.
    rows : int
        How many histograms there is room for.
    bins : int
        Bins of each.

    Attributes
    ----------
    moving : list of Artist
        What `update` changes, the title among it.
    """

    def __init__(self, axes, rows, *, bins=40):
        self.axes, self.rows, self.bins = axes, rows, bins
        axes.set(ylim=(0, rows), yticks=[])
        axes.spines["left"].set_visible(False)
        self.shapes = [axes.add_patch(_shape()) for _ in range(rows)]
        aside = axes.get_yaxis_transform()
        middles = rows - 0.6 - np.arange(rows)
        self.names = [style.words(axes, -0.04, y, transform=aside, **_NAME) for y in middles]
        self.notes = [style.words(axes, 1.04, y, transform=aside, **_NOTE) for y in middles]
        self.title = style.title(axes)
        self.moving = [*self.shapes, *self.names, *self.notes, self.title]

    def update(self, rows, title=""):
        """Show new histograms, from the top down; rows that are not needed stay empty.

        Parameters
        ----------
        rows : list of (str, ndarray, str)
            Of each row the name, left of it, the values, and a note, right of it.
        title : str
            The finding.
        """
        self.title.set_text(title)
        low, high = self.axes.get_xlim()
        for i in range(self.rows):
            name, values, note = rows[i] if i < len(rows) else ("", [], "")
            self.names[i].set_text(name)
            self.notes[i].set_text(note)
            self.shapes[i].set_xy(_outline(values, low, high, self.bins, self.rows - 1 - i))


def _shape():
    return Polygon([(0, 0)], color=style.COLORS["forward"], lw=0.8)


def _outline(values, low, high, bins, base):
    """Give the corners of a histogram that stands on `base`."""
    counts, edges = np.histogram(np.clip(values, low, high), bins, (low, high))
    heights = base + _TALLEST * np.sqrt(counts / max(1, counts.max()))
    return np.column_stack(
        [[low, *np.repeat(edges, 2)[1:-1], high], [base, *np.repeat(heights, 2), base]]
    )
