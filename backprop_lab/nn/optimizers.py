"""Optimizers: the gradient is the map, the optimizer is the walker.

Each rule moves a network's flat vector `params` along its `grads`, in place. What a rule remembers
of earlier steps stands in arrays of the same shape, named as in its formula.
"""

import numpy as np

from .regularizers import weight_decay


class Optimizer:
    """One step along the gradient, and the memory of the steps before.

    A rule names its memory in `memory` and writes its formula in `_move`.

    Parameters
    ----------
    lr : float
        Learning rate, above 0. It may be changed between steps: `optimizer.lr = schedule(step)`.

    Attributes
    ----------
    t : int
        Number of steps taken.

    Raises
    ------
    ValueError
        If a number is outside its range.
    """

    memory = ()
    CHUNK = 16384  # entries moved at a time: all that a formula touches stays in the fast cache

    def __init__(self, lr):
        self.lr = lr
        self.t = 0
        self._params = self._grads = None

    @property
    def lr(self):
        """Learning rate: the length of a step in units of the gradient."""
        return self._lr

    @lr.setter
    def lr(self, lr):
        if not 0 <= lr < np.inf:
            raise ValueError(f"the learning rate is a number, 0 or above, got {lr}")
        self._lr = lr

    def step(self, params, grads):
        """Move `params` one step, in place.

        Parameters
        ----------
        params, grads : ndarray of float, shape (number of parameters,)
            A network's flat vectors, `net.params` and `net.grads`.

        Raises
        ------
        ValueError
            If the shapes differ, or are not those of the steps before.
        """
        if params is not self._params or grads is not self._grads:
            self._begin(params, grads)
        self.t += 1
        for chunk in self._chunks:
            self._move(*chunk)

    def _move(self, p, g, work):
        """Move the parameters p along g; `work` is room for one product."""
        raise NotImplementedError

    def _begin(self, params, grads):
        """Make the memory at the first step, and cut everything into chunks."""
        if params.shape != grads.shape:
            raise ValueError(f"params {params.shape} and grads {grads.shape} differ in shape")
        if self._params is None:
            for name in self.memory:
                setattr(self, name, np.zeros_like(params))
        elif self._params.shape != params.shape:
            raise ValueError(
                f"this optimizer remembers steps of {self._params.shape[0]} parameters, got "
                f"{params.shape[0]}: a new network takes a new optimizer"
            )
        self._params, self._grads = params, grads
        arrays = [params, grads, *(getattr(self, name) for name in self.memory)]
        work = np.empty(min(self.CHUNK, params.size), params.dtype)
        self._chunks = []
        for start in range(0, params.size, self.CHUNK):
            chunk = [array[start : start + self.CHUNK] for array in arrays]
            self._chunks.append((*chunk, work[: chunk[0].size]))


class SGD(Optimizer):
    """Gradient descent: p ← p - lr · g, a step downhill.

    References
    ----------
    Robbins & Monro, "A Stochastic Approximation Method", 1951.
    """

    def _move(self, p, g, work):
        p -= np.multiply(g, self.lr, out=work)


class Momentum(Optimizer):
    """Gradient descent with a velocity: v ← mu · v - lr · g, then p ← p + v.

    Parameters
    ----------
    lr : float
        Learning rate.
    mu : float
        Share of its velocity that the walker keeps, in [0, 1).

    References
    ----------
    Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
    """

    memory = ("v",)

    def __init__(self, lr, mu=0.9):
        super().__init__(lr)
        self.mu = _share("mu", mu)

    def _move(self, p, g, v, work):
        v *= self.mu
        v -= np.multiply(g, self.lr, out=work)
        p += v


class Nesterov(Momentum):
    """Momentum that looks ahead: v ← mu · v - lr · g, then p ← p + mu · v - lr · g.

    References
    ----------
    Nesterov, 1983; in this form Sutskever et al., "On the importance of initialization and momentum
    in deep learning", ICML 2013, and Bengio et al., 2013.
    """

    def _move(self, p, g, v, work):
        v *= self.mu
        v -= np.multiply(g, self.lr, out=work)
        p -= work
        p += np.multiply(v, self.mu, out=work)


class RMSProp(Optimizer):
    """Each parameter has its own scale: v ← rho · v + (1 - rho) · g², p ← p - lr · g / (√v + eps).

    Parameters
    ----------
    lr : float
        Learning rate.
    rho : float
        Share of v that is kept, in [0, 1).
    eps : float
        Keeps the quotient finite where g has always been 0.

    References
    ----------
    Tieleman & Hinton, Coursera "Neural Networks for Machine Learning", lecture 6.5, 2012.
    """

    memory = ("v",)

    def __init__(self, lr, rho=0.99, eps=1e-8):
        super().__init__(lr)
        self.rho, self.eps = _share("rho", rho), eps

    def _move(self, p, g, v, work):
        np.square(g, out=work)
        work *= 1 - self.rho
        v *= self.rho
        v += work
        np.sqrt(v, out=work)
        work += self.eps
        np.divide(g, work, out=work)
        work *= self.lr
        p -= work


class Adam(Optimizer):
    """Momentum and a scale of its own for each parameter, both freed of their start at zero.

    m ← β1 · m + (1 - β1) · g and v ← β2 · v + (1 - β2) · g², then
    p ← p - lr · m̂ / (√v̂ + eps) with m̂ = m / (1 - β1ᵗ) and v̂ = v / (1 - β2ᵗ).

    Parameters
    ----------
    lr : float
        Learning rate: about the length of a step, whatever the size of the gradient.
    beta1, beta2 : float
        Shares of m and v that are kept, in [0, 1).
    eps : float
        Keeps the quotient finite where g has always been 0.

    References
    ----------
    Kingma & Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.
    """

    memory = ("m", "v")

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        super().__init__(lr)
        self.beta1, self.beta2, self.eps = _share("beta1", beta1), _share("beta2", beta2), eps

    def _move(self, p, g, m, v, work):
        np.subtract(g, m, out=work)
        work *= 1 - self.beta1
        m += work  # m + (1 - β1)(g - m)
        np.square(g, out=work)
        work -= v
        work *= 1 - self.beta2
        v += work  # v + (1 - β2)(g² - v)
        root = (1 - self.beta2**self.t) ** 0.5  # √v̂ = √v / root: numerator and denominator × root
        np.sqrt(v, out=work)
        work += self.eps * root
        np.divide(m, work, out=work)
        work *= self.lr * root / (1 - self.beta1**self.t)
        p -= work


class AdamW(Adam):
    """Adam, and beside it weight decay: p ← p - lr · weight_decay · p, then Adam's step.

    Inside Adam, an L2 penalty would be divided by √v̂ like every gradient, and would hold back the
    weights with large gradients least. Here decay acts on all alike.

    Parameters
    ----------
    lr, beta1, beta2, eps : float
        As in Adam.
    weight_decay : float
        Share of each parameter that decays per step, in units of lr, at least 0.

    References
    ----------
    Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2.
    """

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
        super().__init__(lr, beta1, beta2, eps)
        if not weight_decay >= 0:
            raise ValueError(f"weight_decay is 0 or above, got {weight_decay}")
        self.weight_decay = weight_decay

    def _move(self, p, g, m, v, work):
        weight_decay(p, self.weight_decay, lr=self.lr)
        super()._move(p, g, m, v, work)


def clip_by_global_norm(grads, max_norm):
    """Shorten a gradient that is longer than max_norm, in place; keep its direction.

    Parameters
    ----------
    grads : ndarray
        A network's flat vector, `net.grads`.
    max_norm : float
        The longest gradient allowed, above 0.

    Returns
    -------
    norm : float
        The length before.

    References
    ----------
    Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural networks", ICML 2013,
    algorithm 1.
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm is a number above 0, got {max_norm}")
    norm = float(np.sqrt(np.vdot(grads, grads)))
    if norm > max_norm:
        grads *= max_norm / norm
    return norm


def _share(name, value):
    if not 0 <= value < 1:
        raise ValueError(f"{name} is the share that is kept, at least 0 and below 1, got {value}")
    return value
