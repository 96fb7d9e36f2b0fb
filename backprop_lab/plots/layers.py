"""Layers: one number for each layer of a network, from its input to its output."""

import numpy as np

from . import style


class LayerPanel:
    """One number for each layer, as dots on a line; made once, updated often.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Limits and scale are the caller's, and stay: what moves can then be compared. What lies
        outside is drawn on the edge.
    role : str
        The role whose colour the line has (`style.COLORS`).

    Attributes
    ----------
    moving : list of Artist
        What `update` changes, the title among it.
    """

    def __init__(self, axes, role):
        self.axes = axes
        (self.line,) = axes.plot([], [], c=style.COLORS[role], marker="o", ms=4.5, lw=1.5)
        self.title = style.title(axes)
        self.moving = [self.line, self.title]

    def update(self, values, title=""):
        """Show new values.

        Parameters
        ----------
        values : ndarray, shape (layers,)
            From the layer next to the input, number 1, to the last one.
        title : str
            The finding.
        """
        shown = np.clip(values, *self.axes.get_ylim())
        self.line.set_data(np.arange(1, len(values) + 1), shown)
        self.title.set_text(title)
