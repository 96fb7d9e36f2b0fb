"""Units: what each unit of a first layer looks for, as a small picture of its weights."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from . import style

# Below 0 dark, above 0 the colour of parameters: lightness alone tells them from 0, hue from
# each other.
_BALANCE = LinearSegmentedColormap.from_list(
    "balance", [style.INK, style.PAPER, style.COLORS["parameter"]]
).with_extremes(bad=style.FAINT)


class UnitGrid:
    """One picture of 8 × 8 weights for each unit, in rows; made once, updated often.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        An empty pair of axes; the pictures fill it.
    units : int
        How many there are.
    limit : float
        The weight that is shown in full colour; what is larger looks the same.
    columns : int
        Units in a row.

    Attributes
    ----------
    moving : list of Artist
        What `update` changes, the title among it.
    """

    def __init__(self, axes, units, *, limit, columns=4):
        self.axes, self.units, self.columns = axes, units, columns
        rows = -(-units // columns)
        self.limit = limit
        self.mosaic = np.ma.array(
            np.zeros((9 * rows - 1, 9 * columns - 1)), mask=True
        )  # masked: the gaps
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        self.image = axes.imshow(self._painted(), zorder=1)  # above the axis, which then stays
        axes.set_anchor("NW")
        self.title = style.title(axes)
        self.moving = [self.image, self.title]

    def update(self, weights, title=""):
        """Show new weights.

        Parameters
        ----------
        weights : ndarray, shape (64, units)
            One column for each unit.
        title : str
            The finding.
        """
        for i, picture in enumerate(weights.T.reshape(-1, 8, 8)):
            top, left = 9 * (i // self.columns), 9 * (i % self.columns)
            self.mosaic[top : top + 8, left : left + 8] = picture
        self.image.set_data(self._painted())
        self.title.set_text(title)

    def _painted(self):
        return _BALANCE(0.5 + 0.5 * self.mosaic / self.limit, bytes=True)
