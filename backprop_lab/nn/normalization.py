"""Normalization: keep the numbers inside a network at mean 0 and variance 1, whatever came before.

Both layers share one formula, x̂ = (x - mean) / √(var + eps) and y = gamma · x̂ + beta. They differ
in what the mean runs over: the samples of the batch, or the features of each sample.
"""

import numpy as np

from .layer import Cache, Layer


class BatchNorm(Layer):
    """Normalize each feature over the batch: y = gamma · x̂ + beta.

    In training, mean and variance are those of the batch, and the running statistics follow them.
    In inference the running statistics take their place, so that a sample's output does not depend
    on its neighbours.

    Parameters
    ----------
    n : int
        Number of features, D.
    momentum : float
        Share of the old running statistics that each training pass keeps, in [0, 1]:
        running = momentum · running + (1 - momentum) · batch. (PyTorch's momentum is 1 minus this
        one, and its running variance is the unbiased one; here it is biased, as in x̂.)
    eps : float
        Added to the variance, so that a constant feature does not divide by zero.

    Attributes
    ----------
    gamma, beta : ndarray, shape (D,)
        Scale and shift, learned; 1 and 0 at the start.
    state : dict
        "mean" and "var", the running statistics, shape (D,); 0 and 1 at the start.

    Notes
    -----
    In training, mean and variance depend on every sample of the batch, so each sample's gradient
    has three parts: its own, one through the mean, one through the variance. With dx̂ = gamma · dy::

        dx = (dx̂ - mean(dx̂) - x̂ · mean(dx̂ · x̂)) / √(var + eps)
           = gamma / √(var + eps) · (dy - dbeta / N - x̂ · dgamma / N)

    References
    ----------
    Ioffe & Szegedy, "Batch Normalization", ICML 2015, algorithms 1 and 2.
    """

    class Cache(Cache):
        """Adds x̂, 1 / √(var + eps), room for products, and a row of 1/N to take means with."""

        xhat = inv = work = mean_of = None

    def __init__(self, n, *, momentum=0.9, eps=1e-5):
        if not (0 <= momentum <= 1 and eps > 0):
            raise ValueError(f"expected momentum in [0, 1] and eps above 0, got {momentum}, {eps}")
        self.n, self.momentum, self.eps = n, momentum, eps
        super().__init__(gamma=np.ones(n), beta=np.zeros(n))
        self.state = {"mean": np.zeros(n), "var": np.ones(n)}

    def _forward(self, x, cache):
        if cache.mean_of is None:
            cache.mean_of = np.full(len(x), 1 / len(x), x.dtype)
        if cache.train:
            mean = cache.mean_of.dot(x)  # the batch's mean, as a product
            xhat = cache.xhat = np.subtract(x, mean, out=cache.xhat)
            cache.work = np.square(xhat, out=cache.work)
            var = cache.mean_of.dot(cache.work)
            self._follow(mean, var)
        else:
            var = self.state["var"]
            xhat = cache.xhat = np.subtract(x, self.state["mean"], out=cache.xhat)
        cache.inv = 1 / np.sqrt(var + self.eps)
        xhat *= cache.inv
        y = cache.y = np.multiply(xhat, self.gamma, out=cache.y)
        y += self.beta
        return y

    def _follow(self, mean, var):
        """Let the running statistics follow those of the batch."""
        for name, batch in ("mean", mean), ("var", var):
            self.state[name] *= self.momentum
            self.state[name] += (1 - self.momentum) * batch

    def _backward(self, dy, cache):
        xhat, n = cache.xhat, len(dy)
        work = cache.work = np.multiply(dy, xhat, out=cache.work)
        mean_dy, mean_dy_xhat = cache.mean_of.dot(dy), cache.mean_of.dot(work)
        np.multiply(mean_dy_xhat, n, out=self.dgamma)
        np.multiply(mean_dy, n, out=self.dbeta)
        if not cache.train:  # the statistics are constants: only the direct path is left
            cache.dx = np.multiply(dy, self.gamma * cache.inv, out=cache.dx)
            return cache.dx
        dx = cache.dx = np.subtract(dy, mean_dy, out=cache.dx)
        dx -= np.multiply(xhat, mean_dy_xhat, out=work)
        dx *= self.gamma * cache.inv
        return dx

    def output_shape(self, shape):
        if shape not in (None, (self.n,)):
            raise ValueError(f"{self} expects samples of shape ({self.n},), got {shape}")
        return (self.n,)

    def __repr__(self):
        return f"BatchNorm({self.n})"


class LayerNorm(Layer):
    """Normalize each sample over its features: y = gamma · x̂ + beta.

    Mean and variance run over the last axis, so that no sample knows of another, and training and
    inference are the same.

    Parameters
    ----------
    n : int
        Number of features, D, the length of the last axis.
    eps : float
        Added to the variance, so that a constant sample does not divide by zero.

    Attributes
    ----------
    gamma, beta : ndarray, shape (D,)
        Scale and shift, learned; 1 and 0 at the start.

    Notes
    -----
    With dx̂ = gamma · dy, and means over the features::

        dx = (dx̂ - mean(dx̂) - x̂ · mean(dx̂ · x̂)) / √(var + eps)

    References
    ----------
    Ba, Kiros & Hinton, "Layer Normalization", 2016, equation 4.
    """

    class Cache(Cache):
        """Adds x̂, 1 / √(var + eps), and room for products."""

        xhat = inv = work = None

    def __init__(self, n, *, eps=1e-5):
        if not eps > 0:
            raise ValueError(f"expected eps above 0, got {eps}")
        self.n, self.eps = n, eps
        super().__init__(gamma=np.ones(n), beta=np.zeros(n))

    def _forward(self, x, cache):
        xhat = cache.xhat = np.subtract(x, x.mean(axis=-1, keepdims=True), out=cache.xhat)
        work = cache.work = np.square(xhat, out=cache.work)
        cache.inv = 1 / np.sqrt(work.mean(axis=-1, keepdims=True) + self.eps)
        xhat *= cache.inv
        y = cache.y = np.multiply(xhat, self.gamma, out=cache.y)
        y += self.beta
        return y

    def _backward(self, dy, cache):
        xhat, work = cache.xhat, np.multiply(dy, cache.xhat, out=cache.work)
        batch = tuple(range(dy.ndim - 1))
        work.sum(axis=batch, out=self.dgamma)
        dy.sum(axis=batch, out=self.dbeta)
        dx = cache.dx = np.multiply(dy, self.gamma, out=cache.dx)
        np.multiply(dx, xhat, out=work)
        mean_dx_xhat = work.mean(axis=-1, keepdims=True)
        dx -= dx.mean(axis=-1, keepdims=True)
        dx -= np.multiply(xhat, mean_dx_xhat, out=work)
        dx *= cache.inv
        return dx

    def output_shape(self, shape):
        if shape is not None and shape[-1:] != (self.n,):
            raise ValueError(f"{self} expects samples with {self.n} features last, got {shape}")
        return shape

    def __repr__(self):
        return f"LayerNorm({self.n})"
