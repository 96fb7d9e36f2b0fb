"""Residual connections: a road around the layers, on which gradients travel unharmed."""

import numpy as np

from .layer import Layer
from .sequential import Sequential


class Residual(Layer):
    """Layers, and a road around them: y = x + f(x).

    Backward, dx = dy + (what f passes back): however little comes through f, dy itself arrives.

    Parameters
    ----------
    *layers : Layer
        f, layers in a row that give back the shape they were given.

    References
    ----------
    He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, equation 1.
    """

    def __init__(self, *layers):
        self.f = Sequential(*layers)
        super().__init__(self.f)

    def _forward(self, x, cache):
        (inner,) = cache.inner
        inner.train, inner.rng = cache.train, cache.rng
        cache.y = np.add(x, self.f._forward(x, inner), out=cache.y)
        return cache.y

    def _backward(self, dy, cache):
        cache.dx = np.add(dy, self.f._backward(dy, cache.inner[0]), out=cache.dx)
        return cache.dx

    def output_shape(self, shape):
        given_back = self.f.output_shape(shape)
        if shape is not None and given_back != shape:
            raise ValueError(
                f"Residual adds f(x) to x, so f must keep the shape {shape}, but gives {given_back}"
            )
        return given_back

    def __repr__(self):
        return f"Residual({', '.join(map(repr, self.f.layers))})"
