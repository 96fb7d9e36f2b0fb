"""Lifelines: how often each unit of a network speaks, from step to step."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from . import style

_PALE = "#DCE9F4"
_ACTIVITY = LinearSegmentedColormap.from_list(
    "activity", [_PALE, style.COLORS["forward"]]
).with_extremes(under=style.INK, bad=style.PAPER)
# Names lie below the moving image: what lies above it is painted again at every move.
_NAME = {"ha": "right", "va": "center", "color": style.INK, "fontsize": style.SMALL, "zorder": 0.9}
_NOTE = {"ha": "left", "va": "center", "color": style.INK, "fontsize": style.SMALL}
_GAP = 2  # empty rows between two layers


class Lifelines:
    """One line for each unit, layer below layer; made once, updated often.

    The bluer, the more often the unit speaks, that is, gives more than 0. Where it is silent for
    every sample its line is black. In each layer, units that speak most in the end come first.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        An empty pair of axes.
    steps : int
        Training steps.
    layers, units : int
        Hidden layers, and units in each.

    Attributes
    ----------
    moving : list of Artist
        What `update` changes, the title among it.
    """

    def __init__(self, axes, steps, layers, units):
        self.axes, self.units = axes, units
        pitch = units + _GAP
        self.mosaic = np.ma.array(np.zeros((layers * pitch - _GAP, steps + 1)), mask=True)
        rows = len(self.mosaic)
        axes.set(yticks=[], xlabel="steps")
        axes.spines["left"].set_visible(False)
        self.image = axes.imshow(
            self._painted(), aspect="auto", extent=(-0.5, steps + 0.5, rows, 0), zorder=1
        )
        aside = axes.get_yaxis_transform()
        middles = [pitch * i + units / 2 for i in range(layers)]
        self.names = [
            axes.text(-0.03, y, f"layer {i}", transform=aside, **_NAME)
            for i, y in enumerate(middles, 1)
        ]
        self.notes = [style.words(axes, 1.03, y, transform=aside, **_NOTE) for y in middles]
        self.title = style.title(axes)
        self.moving = [self.image, *self.notes, self.title]

    def update(self, activity, notes, title=""):
        """Show new lines.

        Parameters
        ----------
        activity : ndarray, shape (steps, layers, units)
            Share of samples for which each unit speaks, in [0, 1]. Where there are fewer steps
            than there is room for, the rest stays empty.
        notes : sequence of str
            What stands right of each layer.
        title : str
            The finding.
        """
        self.mosaic[:] = np.ma.masked
        for i, note in enumerate(notes):
            top, layer = i * (self.units + _GAP), activity[:, i].T
            order = np.argsort(-layer[:, -1], kind="stable")
            self.mosaic[top : top + self.units, : len(activity)] = layer[order]
            self.notes[i].set_text(note)
        self.image.set_data(self._painted())
        self.title.set_text(title)

    def _painted(self):
        return _ACTIVITY(np.ma.where(self.mosaic == 0, -1, self.mosaic), bytes=True)
