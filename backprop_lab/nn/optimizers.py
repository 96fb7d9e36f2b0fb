"""Optimizers: the gradient is the map, the optimizer is the walker."""

import numpy as np


class SGD:
    """Gradient descent: p ← p - lr · g, a step downhill.

    Parameters
    ----------
    lr : float
        Learning rate, the length of a step in units of the gradient, above 0.

    Raises
    ------
    ValueError
        If lr is not a positive number.

    References
    ----------
    Robbins & Monro, "A Stochastic Approximation Method", 1951.
    """

    def __init__(self, lr):
        if not 0 < lr < np.inf:
            raise ValueError(f"the learning rate is a number above 0, got {lr}")
        self.lr = lr

    def step(self, params, grads):
        """Move `params` one step, in place.

        Parameters
        ----------
        params, grads : ndarray, one shape
            A network's flat vectors, `net.params` and `net.grads`.
        """
        params -= self.lr * grads
