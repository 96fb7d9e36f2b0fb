"""A landscape seen from above: bands of height, contour lines, and the trails of walkers."""

import functools

import numpy as np
from matplotlib.artist import Artist
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle

from . import style
from .curves import spread
from .trail import Trail

_LOW, _HIGH = np.array([255, 255, 255]), np.array([206, 186, 202])  # tints of the loss's colour
_LINE = np.array([151, 118, 145])
_LOWEST = 0.04  # where the lowest name may stand, in axes coordinates
_NAME = {"va": "center", "fontsize": style.SMALL, "weight": "bold", "zorder": 3}


class Terrain(Artist):
    """Heights as bands of colour, from paper at the lowest to a tint of the loss at the highest.

    It is painted once for each landscape, and then pasted: its contour lines take 10 ms.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The map fills it; its limits are what the map shows.
    """

    def __init__(self, axes):
        super().__init__()
        self.set_zorder(0.6)  # above the axis, or its ticks would be painted anew each time
        self._height = self._levels = None
        axes.add_artist(self)

    def set_heights(self, height, levels):
        """Show another landscape.

        Parameters
        ----------
        height : callable
            height(x, y) -> height, of arrays. The same callable stands for the same landscape.
        levels : tuple of float
            Heights of the contour lines, from the lowest up.
        """
        self._height, self._levels = height, tuple(levels)
        self.stale = True

    def draw(self, renderer):
        if self._height is not None and self.get_visible():
            low, high = np.rint(self.axes.bbox.get_points()).astype(int)
            window = *self.axes.get_xlim(), *self.axes.get_ylim()
            context = renderer.new_gc()
            image = painted(self._height, self._levels, window, *(high - low))
            renderer.draw_image(context, *low, image)
            context.restore()
        self.stale = False


@functools.lru_cache(16)
def painted(height, levels, window, columns, rows):
    """Paint a landscape, with a line where the height is one of the levels.

    Returns
    -------
    ndarray of uint8, shape (rows, columns, 4)
        The lowest row first.
    """
    x, y = (
        np.linspace(low, high, 2 * n + 1)[1::2]
        for low, high, n in ((*window[:2], columns), (*window[2:], rows))
    )
    heights = height(*np.meshgrid(x, y))
    band = np.interp(heights, levels, np.arange(len(levels)))
    along_y, along_x = np.gradient(band)
    steep = np.hypot(along_x, along_y)
    with np.errstate(divide="ignore", invalid="ignore"):
        pixels = np.abs(band - np.rint(band)) / steep  # from the nearest line
    width = columns / 500  # a line is as wide in a crisp picture as in a quick one
    ink = np.nan_to_num(np.clip(0.5 + width - pixels, 0, 1))
    ink[(heights < levels[0]) | (heights > levels[-1])] = 0
    share = np.ceil(band)[..., None] / (len(levels) - 1)
    ground = _LOW + share * (_HIGH - _LOW)
    rgb = ground + 0.6 * ink[..., None] * (_LINE - ground)
    return np.dstack([rgb, np.full(band.shape, 255)]).astype(np.uint8)


class LandscapePanel:
    """A landscape from above, and a trail for each walker; made once, updated often.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    names : sequence of str
        One for each walker. A name that is a role (`style.COLORS`) gets the colour of its role.
    label : bool
        Whether the names stand at the ends of the trails.

    Attributes
    ----------
    moving : list of Artist
        What `update` changes, the title among it.
    """

    def __init__(self, axes, names, *, label=True):
        self.axes, self.names, self.label = axes, tuple(names), label
        colors = [style.color(name, i) for i, name in enumerate(self.names)]
        self.terrain = Terrain(axes)
        self.minima = axes.plot([], [], ls="", marker="+", ms=11, mew=2, c=style.INK)[0]
        self.trails = [Trail(axes, color) for color in colors]
        self.ends = [style.words(axes, 0, 0, color=color, **_NAME) for color in colors]
        plates = self.names if label else ()
        self.plates = [axes.add_patch(_plate(axes, name)) for name in plates]
        self.title = style.title(axes)
        self.moving = [self.terrain, self.minima, *self.trails, *self.plates, *self.ends]
        self.moving.append(self.title)

    def update(self, height, levels, window, minima, paths, title=""):
        """Show other trails, or another landscape.

        Parameters
        ----------
        height, levels :
            See `Terrain.set_heights`.
        window : tuple of float
            Lowest and highest x, lowest and highest y.
        minima : sequence of (float, float)
            Marked by a cross.
        paths : mapping of str to ndarray, shape (steps + 1, 2)
            Where each walker has been.
        title : str
            The finding.
        """
        if (*self.axes.get_xlim(), *self.axes.get_ylim()) != tuple(window):
            self.axes.set(xlim=window[:2], ylim=window[2:])
        self.terrain.set_heights(height, levels)
        self.minima.set_data(*np.transpose(minima))
        for name, trail in zip(self.names, self.trails, strict=True):
            trail.set_path(paths[name])
        self.title.set_text(title)
        if self.label:
            self._name_the_ends()

    def _name_the_ends(self):
        """Write each name beside the end of its trail, moved up or down where two would collide."""
        to_axes = self.axes.transData + self.axes.transAxes.inverted()
        ends = np.array([to_axes.transform(trail.path[-1]) for trail in self.trails])
        across, up = np.clip(ends, (0.0, _LOWEST), (1.0, 0.97)).T
        line_height = 1.3 * style.SMALL * self.axes.figure.dpi / 72 / self.axes.bbox.height
        places = zip(across, spread(up, line_height, _LOWEST), strict=True)
        for name, text, plate, (x, y) in zip(
            self.names, self.ends, self.plates, places, strict=True
        ):
            left = x + 0.03 if x < 0.75 else x - 0.03 - plate.get_width()
            text.set(text=name, position=(left, y))
            plate.set_xy((left, y - plate.get_height() / 2))


def _plate(axes, name):
    """Make a pale ground for a name, so that it can be read on lines."""
    width, height, _ = axes.figure.canvas.get_renderer().get_text_width_height_descent(
        name, FontProperties(size=_NAME["fontsize"], weight=_NAME["weight"]), ismath=False
    )
    size = width / axes.bbox.width, 1.25 * height / axes.bbox.height
    look = {"transform": axes.transAxes, "zorder": 2.9, "lw": 0}
    return Rectangle((0, 0), *size, color=style.PAPER, alpha=0.7, **look)
