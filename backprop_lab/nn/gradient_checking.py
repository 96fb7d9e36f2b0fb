"""Gradient checking: hold what was derived against what is computed."""

from dataclasses import dataclass

import numpy as np


def numerical_gradient(f, x, eps=1e-5):
    """Estimate ∂f/∂x by central differences, one entry at a time.

    (f(x + eps) - f(x - eps)) / (2 eps): the error falls with eps², where a one-sided difference
    falls with eps.

    Parameters
    ----------
    f : callable
        f(x) -> float.
    x : ndarray of float, any shape
        Where to differentiate. Each entry is moved and put back, also when f raises.
    eps : float
        How far to move. Smaller is more exact until rounding takes over, near 1e-6.

    Returns
    -------
    grad : ndarray, shape of x

    Raises
    ------
    TypeError
        If x does not hold floating-point numbers: they could not be moved by eps.
    """
    if not (isinstance(x, np.ndarray) and np.issubdtype(x.dtype, np.floating)):
        kind = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise TypeError(f"x must be an array of floats, got {kind}: np.asarray(x, dtype=float)")
    grad = np.empty_like(x)
    for i in np.ndindex(x.shape):
        here = x[i]
        try:
            x[i] = here + eps
            above = f(x)
            x[i] = here - eps
            below = f(x)
        finally:
            x[i] = here
        grad[i] = (above - below) / (2 * eps)
    return grad


@dataclass(frozen=True)
class Comparison:
    """The worst entry of one gradient, from `backward` and from central differences."""

    name: str
    index: tuple
    backward: float
    numerical: float
    passed: bool

    def __str__(self):
        verdict = "agrees" if self.passed else "DIFFERS"
        at = f"[{', '.join(map(str, self.index))}]"
        return (
            f"{self.name:<8} {verdict}: backward says {self.backward:.10g}, "
            f"the difference quotient {self.numerical:.10g}, at {at} (the worst entry)"
        )


@dataclass(frozen=True)
class GradientReport:
    """One comparison for dx and for each parameter; true when all of them agree."""

    comparisons: tuple

    def __bool__(self):
        return all(c.passed for c in self.comparisons)

    def __repr__(self):
        return "\n".join(map(str, self.comparisons))


def gradcheck(layer, x, *, rng, train=False, eps=1e-5, rtol=1e-6, atol=1e-8):
    """Compare a layer's backward pass with central differences of its forward pass.

    The loss is Σ dy · y with a random dy, so that no entry hides behind another. An entry agrees
    when |backward - numerical| ≤ atol + rtol · (largest entry of that gradient).

    Parameters
    ----------
    layer : Layer
        A layer or a whole network.
    x : ndarray of float64, shape (N, ...)
        A small batch: every entry and every parameter costs two forward passes. Keep it away from
        kinks (ReLU at 0), where no derivative exists.
    rng : numpy.random.Generator
        Draws dy, and one seed that every forward pass starts from.
    train : bool
        The mode to check.
    eps, rtol, atol : float
        Step of the difference, and the tolerances.

    Returns
    -------
    GradientReport
        True if all gradients agree; printed, it gives the worst entry of each with both numbers.
    """
    x = np.array(x)  # tokens, which have no gradient, are left out of the comparison
    seed = rng.integers(2**63)

    def forward():
        return layer.forward(x, train=train, rng=np.random.default_rng(seed))

    y, cache = forward()
    dy = rng.standard_normal(y.shape)
    dx = layer.backward(dy, cache)

    def loss(_):
        return float(np.vdot(dy, forward()[0]))

    return GradientReport(
        tuple(
            _compare(name, gradient, numerical_gradient(loss, value, eps), rtol, atol)
            for name, value, gradient in [("dx", x, dx), *_parameters(layer)]
            if gradient is not None
        )
    )


def _parameters(layer, path=""):
    """Walk through all parameters: the name of the gradient, the value, the gradient."""
    for name in layer.shapes:
        yield f"{path}d{name}", getattr(layer, name), getattr(layer, "d" + name)
    for i, child in enumerate(layer.children):
        yield from _parameters(child, f"{path}{i}.")


def _compare(name, gradient, numerical, rtol, atol):
    if gradient.shape != numerical.shape:
        raise ValueError(f"{name} has shape {gradient.shape}, but should have {numerical.shape}")
    gap = np.abs(gradient - numerical)
    worst = np.unravel_index(np.argmax(gap), gap.shape)
    passed = bool(gap[worst] <= atol + rtol * np.abs(numerical).max())
    index = tuple(map(int, worst))
    return Comparison(name, index, float(gradient[worst]), float(numerical[worst]), passed)
