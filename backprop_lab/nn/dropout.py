"""Dropout: switch units off at random, so that none can rely on another."""

import numpy as np

from .layer import Cache, Layer


class Dropout(Layer):
    """In training, each entry is dropped with probability p, and the others grow: y = mask · x.

    The mask is 0 where an entry is dropped and 1 / (1 - p) elsewhere ("inverted" dropout), so that
    each entry's expectation stays what it was, and inference is y = x.

    Parameters
    ----------
    p : float
        Probability of dropping an entry, in [0, 1]. At 1 nothing gets through, and nothing is
        learned below.

    References
    ----------
    Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR
    2014, section 4.
    """

    class Cache(Cache):
        """Adds the mask of this pass, of the shape of x."""

        mask = None

    def __init__(self, p):
        if not 0 <= p <= 1:
            raise ValueError(f"p is the probability of dropping an entry, in [0, 1], got {p}")
        self.p = p
        super().__init__()

    def _forward(self, x, cache):
        if not cache.train:
            cache.y = np.positive(x, out=cache.y)  # a copy: x stays the layer below's own
            return cache.y
        if cache.rng is None:
            raise ValueError(f"{self} draws random numbers in training: forward(..., rng=rng)")
        if cache.mask is None:
            cache.mask = np.empty(x.shape, x.dtype)
        mask = cache.rng.random(out=cache.mask, dtype=x.dtype)
        np.greater_equal(mask, self.p, out=mask, casting="unsafe")
        if self.p < 1:
            mask *= 1 / (1 - self.p)
        cache.y = np.multiply(x, mask, out=cache.y)
        return cache.y

    def _backward(self, dy, cache):
        mask = cache.mask if cache.train else 1.0
        cache.dx = np.multiply(dy, mask, out=cache.dx)
        return cache.dx

    def __repr__(self):
        return f"Dropout({self.p:g})"
