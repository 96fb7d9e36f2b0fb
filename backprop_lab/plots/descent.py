"""A walk down a hill, seen from the side."""

import numpy as np

from . import style
from .trail import Trail


class DescentPanel:
    """The height at each place of a line, and a trail of steps on it; made once, updated often.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Limits are the caller's, and stay: what leaves them is cut off at the edge.

    Attributes
    ----------
    moving : list of Artist
        What `update` changes, the title among it.
    """

    def __init__(self, axes):
        self.axes = axes
        self.places = np.linspace(*axes.get_xlim(), 121)
        self.hill = axes.plot([], [], c=style.COLORS["loss"], lw=2)[0]
        self.trail = Trail(axes, style.COLORS["parameter"])
        self.title = style.title(axes)
        self.moving = [self.hill, self.trail, self.title]

    def update(self, height, places, title=""):
        """Show another hill, or other steps.

        Parameters
        ----------
        height : callable
            height(place) -> height, of arrays.
        places : ndarray, shape (steps + 1,)
            Where the walker has been.
        title : str
            The finding.
        """
        self.hill.set_data(self.places, height(self.places))
        self.trail.set_path(np.stack([places, height(places)], axis=1))
        self.title.set_text(title)
