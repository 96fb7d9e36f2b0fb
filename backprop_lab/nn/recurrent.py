"""Recurrence: one layer, applied to each place of a text in turn, with a memory of what it read."""

import numpy as np

from .initializers import xavier
from .layer import Cache, Layer


class RNN(Layer):
    """Read a sequence step by step: h_t = tanh(x_t Wx + h_{t-1} Wh + b), with h_0 = 0; y_t = h_t.

    Parameters
    ----------
    n_in, n_hidden : int
        Features at each step, D, and units of the memory, H.
    rng : numpy.random.Generator

    Attributes
    ----------
    Wx, Wh, b : ndarray, shapes (D, H), (H, H) and (H,)

    Notes
    -----
    Backward, time runs in reverse. Each step's memory was read twice, as output y_t and by the next
    step, so two gradients meet there::

        dz_t = (dy_t + dz_{t+1} Whᵀ) ⊙ (1 - h_t²)
        dWx = Σ_t x_tᵀ dz_t,  dWh = Σ_t h_{t-1}ᵀ dz_t,  db = Σ_t dz_t,  dx_t = dz_t Wxᵀ

    The product of many Wh and (1 - h²) is where gradients through time vanish or explode.

    References
    ----------
    Elman, "Finding Structure in Time", 1990; Werbos, "Backpropagation Through Time", 1990.
    """

    class Cache(Cache):
        """Adds z and dz, what goes into each tanh and its gradient."""

        z = dz = None

    def __init__(self, n_in, n_hidden, *, rng):
        if min(n_in, n_hidden) < 1:
            raise ValueError(f"RNN needs at least one feature and unit, got {n_in}, {n_hidden}")
        self.n_in, self.n_hidden = n_in, n_hidden
        super().__init__(
            Wx=xavier(n_in, n_hidden, rng), Wh=xavier(n_hidden, n_hidden, rng), b=np.zeros(n_hidden)
        )

    def _forward(self, x, cache):
        cache.x = x
        n, steps, d = x.shape
        z = cache.z = x.reshape(-1, d).dot(self.Wx, out=cache.z)
        z += self.b
        y = cache.y = z.reshape(n, steps, self.n_hidden)  # z now, h after the tanh
        for t in range(steps):
            if t > 0:
                y[:, t] += y[:, t - 1].dot(self.Wh)
            np.tanh(y[:, t], out=y[:, t])
        return y

    def _backward(self, dy, cache):
        x, h = cache.x, cache.y
        dz = cache.dz = np.positive(dy, out=cache.dz)
        for t in reversed(range(dz.shape[1])):
            if t + 1 < dz.shape[1]:
                dz[:, t] += dz[:, t + 1].dot(self.Wh.T)
            dz[:, t] *= 1 - h[:, t] ** 2
        rows = dz.reshape(-1, self.n_hidden)
        x.reshape(-1, self.n_in).T.dot(rows, out=self.dWx)
        before, after = h[:, :-1].reshape(-1, self.n_hidden), dz[:, 1:].reshape(-1, self.n_hidden)
        before.T.dot(after, out=self.dWh)
        rows.sum(axis=0, out=self.db)
        cache.dx = rows.dot(self.Wx.T).reshape(x.shape)
        return cache.dx

    def output_shape(self, shape):
        if shape is None:
            return None
        if len(shape) != 2 or shape[1] != self.n_in:
            raise ValueError(f"{self} expects samples of shape (T, {self.n_in}), got {shape}")
        return (shape[0], self.n_hidden)

    def __repr__(self):
        return f"RNN({self.n_in}, {self.n_hidden})"
