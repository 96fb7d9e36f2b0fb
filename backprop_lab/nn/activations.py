"""Activations: the bends between the layers, without which a deep network is one matrix.

Each works on every entry alone, and each derivative is taken from the output y, so that the
backward pass needs nothing but y.
"""

import numpy as np

from .layer import Cache, Layer


class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x)), between 0 and 1; dx = dy · y (1 - y).

    The derivative is 1/4 at its best, at x = 0, and falls to nothing on both sides.
    """

    class Cache(Cache):
        """Adds e = exp(-|x|)."""

        e = None

    def _forward(self, x, cache):
        e = cache.e = np.abs(x, out=cache.e)
        np.negative(e, out=e)
        np.exp(e, out=e)  # in (0, 1]: exp(-x) itself would overflow for x far below 0
        y = cache.y = np.add(1.0, e, out=cache.y)
        return np.divide(np.where(x >= 0, 1.0, e), y, out=y)

    def _backward(self, dy, cache):
        y = cache.y
        dx = cache.dx = np.subtract(1.0, y, out=cache.dx)
        dx *= y
        dx *= dy
        return dx


class Tanh(Layer):
    """y = tanh(x), between -1 and 1; dx = dy · (1 - y²)."""

    def _forward(self, x, cache):
        cache.y = np.tanh(x, out=cache.y)
        return cache.y

    def _backward(self, dy, cache):
        dx = cache.dx = np.square(cache.y, out=cache.dx)
        np.subtract(1.0, dx, out=dx)
        dx *= dy
        return dx


class ReLU(Layer):
    """y = max(0, x); dx = dy where x > 0, and 0 elsewhere, at x = 0 too."""

    def _forward(self, x, cache):
        cache.y = np.maximum(x, 0.0, out=cache.y)
        return cache.y

    def _backward(self, dy, cache):
        dx = cache.dx = np.sign(cache.y, out=cache.dx)  # y is never negative: its sign is the slope
        dx *= dy
        return dx
