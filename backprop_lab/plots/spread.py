"""Many answers to one question: how far they lie apart."""

import numpy as np

from . import style

_RIGHT = {"ha": "center", "va": "center", "fontsize": style.SMALL, "weight": "bold"}
_TOP = 1.16  # the axis goes beyond 1, to leave room for a word


class SpreadPanel:
    """For each class, the probabilities that many networks give it; made once, updated often.

    Each network is a dot in every column, always at the same place across. One of them is ringed,
    and a line in each column says what the network gives that they are all part of.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    classes, networks : int
        Number of columns, K, and of dots in each, N.

    Attributes
    ----------
    moving : list of Artist
        What `update` changes, the title among it.
    """

    def __init__(self, axes, classes, networks):
        axes.set(xlim=(-0.6, classes - 0.4), ylim=(-0.03, _TOP), xticks=range(classes))
        axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
        axes.spines["left"].set_bounds(0, 1)
        self.axes, blue = axes, style.COLORS["forward"]
        golden = 0.618034 * np.arange(networks) % 1  # spread evenly, and never in a row
        self.across = np.arange(classes) + 0.62 * (golden[:, None] - 0.5)
        self.band = axes.axvspan(-0.5, 0.5, color="#E9EEF3", lw=0, zorder=0.6)
        (self.dots,) = axes.plot([], [], ".", ms=3.5, c=blue, alpha=0.55, zorder=2)
        (self.ringed,) = axes.plot([], [], "o", ms=8, mfc=blue, mec=style.PAPER, mew=1.5, zorder=3)
        (self.all,) = axes.plot([], [], c=style.INK, lw=2.5, solid_capstyle="butt", zorder=4)
        self.right = style.words(axes, 0, 1.09, transform=axes.transData, **_RIGHT)
        self.title = style.title(axes)
        self.moving = [self.band, self.dots, self.ringed, self.all, self.right, self.title]

    def update(self, answers, together, right, chosen, title=""):
        """Show new answers.

        Parameters
        ----------
        answers : ndarray, shape (N, K)
            The probabilities that each network gives.
        together : ndarray, shape (K,)
            Those that all their units give together.
        right : int
            The right class.
        chosen : int
            The network to ring, counted from 0.
        title : str
            The finding.
        """
        self.title.set_text(title)
        self.band.set_x(right - 0.5)
        self.right.set_text("right")
        self.right.set_position((right, 1.09))
        self.dots.set_data(self.across.ravel(), answers.ravel())
        self.ringed.set_data(self.across[chosen], answers[chosen])
        columns = np.arange(len(together))
        ends = np.column_stack([columns - 0.42, columns + 0.42, np.full(len(columns), np.nan)])
        self.all.set_data(ends.ravel(), np.repeat(together, 3))
