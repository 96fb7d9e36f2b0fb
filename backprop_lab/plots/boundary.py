"""Where a network draws the line between two classes of points in the plane."""

import numpy as np
from matplotlib.artist import Artist
from PIL import Image

from . import style

CLASSES = "#8A5A00", "#0B5FA5"  # kept apart for colour-blind eyes, and by the shape of the points
_SURE = (235, 211, 165), (164, 205, 240)  # the ground where the network is sure of a class
_TORN = (250, 244, 233), (228, 240, 250)  # and where it only just decides for one
_SHAPES = "o", "^"


class Map(Artist):
    """A coarse grid of probabilities, painted smoothly over a pair of axes.

    Matplotlib's own images colour every pixel anew, 4 ms for this one; here the grid is stretched
    first, and a table with 256 colours does the rest in 2 ms.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The map fills it.
    """

    def __init__(self, axes):
        super().__init__()
        self.set_zorder(0.6)  # above the axis, or its ticks would be painted anew each time
        self._grid = None
        axes.add_artist(self)

    def set_data(self, grid):
        """Show other probabilities: ndarray, shape (rows, columns), the lowest row first, or None.

        None stands for a network that says nothing.
        """
        self._grid = grid
        self.stale = True

    def draw(self, renderer):
        if self._grid is not None and self.get_visible():
            low, high = np.rint(self.axes.bbox.get_points()).astype(int)
            context = renderer.new_gc()
            renderer.draw_image(context, *low, stretched(self._grid, *(high - low)))
            context.restore()
        self.stale = False


def stretched(grid, width, height):
    """Colour a grid of probabilities and stretch it to so many pixels, smoothly.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)
    """
    size = int(width), int(height)
    smooth = Image.fromarray(np.asarray(grid, np.float32)).resize(size, Image.Resampling.BILINEAR)
    return _TABLE[(np.asarray(smooth) * 255.99).astype(np.uint8)]


def _table():
    """Give colours for 256 probabilities, with an edge at one half: that is the boundary."""
    sure = np.abs(np.linspace(-1, 1, 256))[:, None]
    second = np.arange(256)[:, None] >= 128
    torn, far = (np.where(second, *reversed(pair)) for pair in (_TORN, _SURE))
    rgb = (1 - sure) * torn + sure * far
    return np.hstack([rgb, np.full((256, 1), 255)]).astype(np.uint8)


_TABLE = _table()


class BoundaryPanel:
    """Points of two classes, and what a network says around them; made once, updated often.

    Points to train on are filled, held-out points are rings.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    reach : float
        The square goes from -reach to reach in both directions.

    Attributes
    ----------
    moving : list of Artist
        What `update` changes, the title among it.
    """

    def __init__(self, axes, reach):
        self.axes = axes
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), ylabel="x₂")
        axes.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1])
        axes.set_xlabel("x₁     ● training   ○ held out")
        self.map = Map(axes)
        look = {"ls": "", "ms": 5.5, "mew": 1.0}
        self.training, self.held_out = (
            [
                axes.plot([], [], marker=shape, mfc=face or color, mec=edge or color, **look)[0]
                for shape, color in zip(_SHAPES, CLASSES, strict=True)
            ]
            for face, edge in ((None, style.PAPER), ("none", None))
        )
        self.nothing = style.words(axes, 0.5, 0.92, ha="center", va="center", **_NOTHING)
        self.title = style.title(axes)
        self.moving = [self.map, *self.held_out, *self.training, self.nothing, self.title]

    def update(self, grid, points, title=""):
        """Show other answers, or other points.

        Parameters
        ----------
        grid : ndarray, shape (rows, columns), or None
            Probability of class 1, the lowest row first; None if the network's numbers broke.
        points : object
            With `x_train`, `y_train`, `x_test` and `y_test`.
        title : str
            The finding.
        """
        self.map.set_data(grid)
        self.nothing.set_text("NaN" if grid is None else "")
        self.title.set_text(title)
        for k in (0, 1):
            self.training[k].set_data(*points.x_train[points.y_train == k].T)
            self.held_out[k].set_data(*points.x_test[points.y_test == k].T)


_NOTHING = {"color": style.INK, "fontsize": 28, "weight": "bold"}
