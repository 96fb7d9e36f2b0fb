"""A trail: where a walker has been, with a dot at each step and an arrow along it."""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import to_rgb
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, IdentityTransform

_DOT, _HEAD, _LINE = 2.0, 8.0, 2.2  # points
_FAR = 5000  # pixels from the middle of the picture: what lies farther out is drawn there
_HEAD_SHAPE = np.array([(0.0, 0.0), (-1.0, 0.42), (-1.0, -0.42)])  # tip at the step's end


class Trail(Artist):
    """Steps of one walker, painted over a pair of axes in one go.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Limits are the caller's. What leaves them is cut off at the edge.
    color : str
    """

    def __init__(self, axes, color):
        super().__init__()
        self.set_zorder(2.2)
        self.color, self.path = color, np.empty((0, 2))
        axes.add_artist(self)

    def set_path(self, path):
        """Show other steps: ndarray, shape (steps + 1, 2), in the order in which they were taken.

        It ends before the first place that is no number.
        """
        path = np.asarray(path, dtype=float)
        finite = np.isfinite(path).all(axis=1)
        self.path = path if finite.all() else path[: np.argmin(finite)]
        self.stale = True

    def draw(self, renderer):
        if len(self.path) and self.get_visible():
            places = _near(self.axes.transData.transform(self.path), self.axes.bbox)
            context = renderer.new_gc()
            context.set_clip_rectangle(self.axes.bbox)
            context.set_foreground(self.color)
            context.set_linewidth(_LINE)
            context.set_joinstyle("round")
            self._paint(renderer, context, places)
            context.restore()
        self.stale = False

    def _paint(self, renderer, context, places):
        here, rgb = IdentityTransform(), to_rgb(self.color)
        renderer.draw_path(context, Path(places), here)
        context.set_linewidth(0)
        dots = Affine2D().scale(renderer.points_to_pixels(_DOT))
        renderer.draw_markers(context, Path.unit_circle(), dots, Path(places), here, rgb)
        first = Affine2D().scale(renderer.points_to_pixels(2 * _DOT))
        renderer.draw_markers(context, Path.unit_circle(), first, Path(places[:1]), here, rgb)
        heads = _heads(places, renderer.points_to_pixels(_HEAD))
        if len(heads):
            renderer.draw_path(context, Path.make_compound_path_from_polys(heads), here, rgb)


def _near(places, bbox):
    """Bring places that are very far out nearer, in the direction in which they lie."""
    middle = (bbox.p0 + bbox.p1) / 2
    away = places - middle
    distance = np.hypot(*away.T)[:, None]
    return middle + away * np.minimum(1, _FAR / np.maximum(distance, 1))


def _heads(places, size):
    """Give the corners of an arrow's head at the end of each step that is long enough for one.

    Returns
    -------
    ndarray, shape (heads, 4, 2)
        Each closed: the first corner comes again.
    """
    steps = np.diff(places, axis=0)
    length = np.hypot(*steps.T)
    long = length > 1.8 * size
    along = steps[long] / length[long, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    forth, aside = size * _HEAD_SHAPE[[0, 1, 2, 0]].T[..., None, None]
    corners = places[1:][long] + forth * along + aside * across
    return corners.transpose(1, 0, 2)
