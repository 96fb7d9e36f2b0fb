"""Points of two classes in the plane, and what a function says around them."""

from types import SimpleNamespace

import numpy as np

from . import style
from .boundary import BoundaryPanel
from .picture import Picture

_REACH, _CELLS = 2.0, 80


def plane(x, y, says=None, *, title):
    """Draw points of two classes; behind them, which class a function gives to each place.

    Parameters
    ----------
    x : ndarray, shape (N, 2)
        Points, best within -2 and 2: that is the square that is shown.
    y : ndarray of int, shape (N,)
        Class of each point, 0 or 1.
    says : callable, optional
        says(points (M, 2)) -> probability of class 1, shape (M,) or (M, 1).
    title : str
        The finding.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If x and y are not points in the plane with one class each.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim != 2 or x.shape[1] != 2 or y.shape != x.shape[:1]:
        raise ValueError(f"plane expects x of shape (N, 2) and y of (N,), got {x.shape}, {y.shape}")
    none = np.empty((0, 2))
    points = SimpleNamespace(x_train=x, y_train=y, x_test=none, y_test=np.empty(0))
    grid = np.full((2, 2), 0.5) if says is None else _asked(says)
    picture = Picture(500, 480, f"{title}. {_summary(x, y, says)}")
    with style.applied():
        axes = picture.add_axes((0.12, 0.12, 0.8, 0.78))
        panel = BoundaryPanel(axes, _REACH)
        panel.update(grid, points, title)
        panel.map.set_visible(says is not None)
        axes.set_xlabel("x₁")
    return picture


def _asked(says):
    """Ask for every place of the square, the lowest row first."""
    side = np.linspace(-_REACH, _REACH, _CELLS)
    places = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    return np.clip(np.reshape(says(places), (_CELLS, _CELLS)), 0, 1)


def _summary(x, y, says):
    counts = f"{np.sum(y == 0)} points of class 0 (dots), {np.sum(y == 1)} of class 1 (triangles)"
    if says is None:
        return f"{counts}."
    right = np.mean((np.ravel(says(x)) > 0.5) == y)
    return f"{counts}; {right:.0%} of them on the right side."
