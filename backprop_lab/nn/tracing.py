"""A look inside: what each layer saw in one step, what it gave, and what it sent back."""

from dataclasses import dataclass

import numpy as np

from .residual import Residual
from .sequential import Sequential


@dataclass(frozen=True)
class LayerTrace:
    """One layer in one step. Norms are square roots of sums of squares over the whole batch.

    Attributes
    ----------
    name : str
        Where the layer stands, and what it is: "2 Linear(32, 10)".
    x_mean, x_std : float
        What it saw.
    y_mean, y_std : float
        What it gave.
    dy_norm, dx_norm : float
        What was sent back to it, and what it sent back; nan for dx where nobody asked for it.
    grad_norm : float
        Length of the gradient of its parameters; 0 if it has none.
    grad_to_weight : float
        grad_norm over the length of the parameters: how fast they would change, for lr = 1.
    saturated : float or None
        Share of entries on the flat ends of a sigmoid or tanh.
    dead : float or None
        Share of ReLU units that were silent for every sample.
    """

    name: str
    x_mean: float
    x_std: float
    y_mean: float
    y_std: float
    dy_norm: float
    dx_norm: float
    grad_norm: float
    grad_to_weight: float
    saturated: float | None
    dead: float | None

    def __str__(self):
        shares = [
            f"{share:6.1%} {word}"
            for share, word in ((self.saturated, "saturated"), (self.dead, "dead"))
            if share is not None
        ]
        return (
            f"{self.name:<28} y {self.y_mean:9.2e} ± {self.y_std:.2e}   |dx| {self.dx_norm:.2e}   "
            f"|grad| {self.grad_norm:.2e}   grad/weight {self.grad_to_weight:.2e}"
            f"   {' '.join(shares)}".rstrip()
        )


class Trace(tuple):
    """The layers of a network in one step, from input to output; printed, it is a table."""

    def __repr__(self):
        return "\n".join(map(str, self))


def trace(net, x, loss, *, train=False, rng=None):
    """Run one step without its update, and look at every layer.

    Parameters
    ----------
    net : Layer
    x : ndarray, shape (N, ...)
    loss : callable
        loss(y) -> (loss, dy), such as `lambda y: nn.softmax_cross_entropy(y, labels)`.
    train, rng :
        As in `forward`.

    Returns
    -------
    Trace
        A tuple of `LayerTrace`, inner layers of residual blocks and the like each on their own.
        `net.grads` holds the gradient of this step afterwards.
    """
    y, cache = net.forward(x, train=train, rng=rng)
    _, dy = loss(y)
    net.backward(dy, cache)
    return Trace(_look(net, cache, np.asarray(x), dy, ""))


def _look(layer, cache, x, dy, path):
    """Yield a LayerTrace for every layer in a row, and in the rows inside it."""
    if not isinstance(layer, Sequential | Residual):
        yield _measure(layer, cache, x, dy, path)
        return
    for i, (child, inner) in enumerate(zip(layer.children, cache.inner, strict=True)):
        after = cache.inner[i + 1].dx if i + 1 < len(cache.inner) else dy
        yield from _look(child, inner, x, after, f"{path}.{i}" if path else str(i))
        x = inner.y


def _measure(layer, cache, x, dy, path):
    grad_norm, weight_norm = _norm(layer.grads), _norm(layer.params)
    return LayerTrace(
        name=f"{path} {layer}".strip(),
        x_mean=float(np.mean(x)),
        x_std=float(np.std(x)),
        y_mean=float(np.mean(cache.y)),
        y_std=float(np.std(cache.y)),
        dy_norm=_norm(dy),
        dx_norm=float("nan") if cache.dx is None else _norm(cache.dx),
        grad_norm=grad_norm,
        grad_to_weight=grad_norm / weight_norm if weight_norm else 0.0,
        saturated=_share(layer.saturated(cache.y)),
        dead=_share(layer.dead(cache.y)),
    )


def _norm(a):
    return float(np.linalg.norm(a))


def _share(marks):
    return None if marks is None else float(np.mean(marks))
