"""Activations: the bends between the layers, without which a deep network is one matrix.

Each works on every entry alone. Where it can, a derivative is taken from the output y, so that the
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

    def saturated(self, y):
        return 4 * y * (1 - y) < 0.05


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

    def saturated(self, y):
        return 1 - y**2 < 0.05


class ReLU(Layer):
    """y = max(0, x); dx = dy where x > 0, and 0 elsewhere, at x = 0 too."""

    def _forward(self, x, cache):
        cache.y = np.maximum(x, 0.0, out=cache.y)
        return cache.y

    def _backward(self, dy, cache):
        dx = cache.dx = np.sign(cache.y, out=cache.dx)  # y is never negative: its sign is the slope
        dx *= dy
        return dx

    def dead(self, y):
        return (y <= 0).all(axis=0)


class LeakyReLU(Layer):
    """y = x where x > 0, and slope · x elsewhere; dx = dy, or slope · dy.

    A unit that a ReLU would silence still passes a little, so it can come back to life.

    Parameters
    ----------
    slope : float
        Slope on the negative side, at least 0 and below 1. At x = 0 it is taken too.

    References
    ----------
    Maas, Hannun & Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013.
    """

    def __init__(self, slope=0.01):
        if not 0 <= slope < 1:
            raise ValueError(f"a leaky slope is at least 0 and below 1, got {slope}")
        self.slope = slope
        super().__init__()

    def _forward(self, x, cache):
        cache.x = x
        y = cache.y = np.multiply(x, self.slope, out=cache.y)
        return np.maximum(x, y, out=y)

    def _backward(self, dy, cache):
        dx = cache.dx = np.multiply(dy, self.slope, out=cache.dx)
        np.copyto(dx, dy, where=cache.x > 0)
        return dx

    def __repr__(self):
        return f"LeakyReLU({self.slope:g})"


class GELU(Layer):
    """y = x · Φ(x): each input times the chance that a standard normal number falls below it.

    Φ is taken in its tanh form, Φ(x) ≈ ½ (1 + t), t = tanh(√(2/π) (x + 0.044715 x³)), so that
    dy/dx = ½ (1 + t) + ½ x (1 - t²) √(2/π) (1 + 3 · 0.044715 x²).

    References
    ----------
    Hendrycks & Gimpel, "Gaussian Error Linear Units (GELUs)", 2016, section 2.
    """

    SCALE, CUBIC = np.sqrt(2 / np.pi).item(), 0.044715

    class Cache(Cache):
        """Adds t, the tanh of the formula."""

        t = None

    def _forward(self, x, cache):
        cache.x = x
        t = cache.t = np.square(x, out=cache.t)
        t *= self.CUBIC * self.SCALE
        t += self.SCALE
        t *= x
        np.tanh(t, out=t)
        y = cache.y = np.add(t, 1.0, out=cache.y)
        y *= x
        y *= 0.5
        return y

    def _backward(self, dy, cache):
        x, t = cache.x, cache.t
        dx = cache.dx = np.square(x, out=cache.dx)
        dx *= 3 * self.CUBIC * self.SCALE
        dx += self.SCALE
        dx *= x
        dx *= 1.0 - np.square(t)
        dx += t
        dx += 1.0
        dx *= 0.5
        dx *= dy
        return dx
