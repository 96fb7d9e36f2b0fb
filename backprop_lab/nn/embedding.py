"""Embedding: a row of numbers for each token, and one for each place in a text."""

import numpy as np

from .layer import Cache, Layer


class Embedding(Layer):
    """Look up one row for each token: y[n, t] = W[x[n, t]].

    Backward, each row gathers the gradients of all places where its token stood. Tokens have no
    gradient of their own: dx is None.

    Parameters
    ----------
    vocab : int
        Number of different tokens, V. Tokens are whole numbers from 0 to V - 1.
    d : int
        Length of a row.
    rng : numpy.random.Generator
        Source of the initial rows, normal with variance 1/d.

    Attributes
    ----------
    W : ndarray, shape (V, d)
    """

    def __init__(self, vocab, d, *, rng):
        if min(vocab, d) < 1:
            raise ValueError(f"Embedding needs at least one token and one number, got {vocab}, {d}")
        self.vocab, self.d = vocab, d
        super().__init__(W=rng.normal(0.0, d**-0.5, (vocab, d)))

    def _forward(self, x, cache):
        cache.x = x
        cache.y = np.take(self.W, x, axis=0, out=cache.y)
        return cache.y

    def _backward(self, dy, cache):
        self.dW[...] = 0.0
        np.add.at(self.dW, cache.x.ravel(), dy.reshape(-1, self.d))  # repeated tokens add up

    def output_shape(self, shape):
        return None if shape is None else (*shape, self.d)

    def _check_numbers(self, x):
        if x.dtype.kind not in "iu":
            raise TypeError(f"{self} expects tokens, whole numbers, got {x.dtype}")
        if x.min() < 0 or x.max() >= self.vocab:
            bad = x.min() if x.min() < 0 else x.max()
            raise ValueError(f"{self} has rows for tokens 0 to {self.vocab - 1}, got token {bad}")

    def __repr__(self):
        return f"Embedding({self.vocab}, {self.d})"


class Position(Layer):
    """Add a learned row for each place: y[n, t] = x[n, t] + W[t].

    Attention sees a set, not a sequence; this tells it the order.

    Parameters
    ----------
    length : int
        The longest text, in tokens.
    d : int
        Length of a row.
    rng : numpy.random.Generator
        Source of the initial rows, normal with variance 1/d.

    Attributes
    ----------
    W : ndarray, shape (length, d)
    """

    class Cache(Cache):
        """Adds the length of this batch's texts."""

        t = None

    def __init__(self, length, d, *, rng):
        if min(length, d) < 1:
            raise ValueError(f"Position needs at least one place and number, got {length}, {d}")
        self.length, self.d = length, d
        super().__init__(W=rng.normal(0.0, d**-0.5, (length, d)))

    def _forward(self, x, cache):
        cache.t = x.shape[1]
        cache.y = np.add(x, self.W[: cache.t], out=cache.y)
        return cache.y

    def _backward(self, dy, cache):
        self.dW[cache.t :] = 0.0
        dy.sum(axis=0, out=self.dW[: cache.t])
        cache.dx = np.positive(dy, out=cache.dx)
        return cache.dx

    def output_shape(self, shape):
        if shape is not None and (len(shape) != 2 or shape[0] > self.length or shape[1] != self.d):
            raise ValueError(
                f"{self} expects samples of shape (T, {self.d}), T up to {self.length}, got {shape}"
            )
        return shape

    def __repr__(self):
        return f"Position({self.length}, {self.d})"
