"""How a network does on its points, and what it would say everywhere else."""

from dataclasses import dataclass

import numpy as np

from .. import nn
from .points import REACH

SIDE = 60  # places along each side of the map
ROWS = 1000  # looked at at a time: 1000 × 16 × 16 OpenBLAS still multiplies on one thread

_along = np.linspace(-REACH, REACH, SIDE + 1, dtype=np.float32)
_middles = (_along[:-1] + _along[1:]) / 2
MAP = np.stack(np.meshgrid(_middles, _middles), axis=-1).reshape(-1, 2)


@dataclass(frozen=True, eq=False)
class Survey:
    """What a network says, in inference mode.

    Attributes
    ----------
    training, held_out : float
        Losses.
    training_right, held_out_right : float
        Shares of points on the right side of the boundary, in [0, 1].
    map : ndarray, shape (SIDE, SIDE)
        Probability of class 1 at each place of the square, the lowest row first.
    """

    training: float
    held_out: float
    training_right: float
    held_out_right: float
    map: np.ndarray


def survey(net, points, *, reuse=None):
    """Ask a network about all points, and about every place of the map.

    Parameters
    ----------
    net : nn.Layer
        From 2 features to 2 scores.
    points : Points
    reuse : Cache, optional
        What an earlier call returned, to be written over.

    Returns
    -------
    survey : Survey
    cache : Cache

    Raises
    ------
    FloatingPointError
        If one of its answers is not finite.
    """
    x = np.concatenate([points.x_train, points.x_test, MAP])
    scores = np.empty((len(x), 2), np.float32)
    for start in range(0, len(x), ROWS):
        part = slice(start, start + ROWS)
        scores[part], reuse = net.forward(x[part], reuse=reuse)
    n, m = len(points.x_train), len(points.x_test)
    training, held_out, everywhere = np.split(scores, [n, n + m])
    margin = everywhere[:, 1] - everywhere[:, 0]
    found = Survey(
        training=nn.softmax_cross_entropy(training, points.y_train)[0],
        held_out=nn.softmax_cross_entropy(held_out, points.y_test)[0],
        training_right=_right(training, points.y_train),
        held_out_right=_right(held_out, points.y_test),
        map=(0.5 + 0.5 * np.tanh(0.5 * margin)).reshape(SIDE, SIDE),  # softmax of two scores
    )
    return found, reuse


def _right(scores, y):
    return float(np.mean(scores.argmax(axis=1) == y))
