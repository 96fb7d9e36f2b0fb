"""The layers, and what each is held against: adding a layer means adding one line to `LAYERS`."""

from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp

from backprop_lab import nn


@dataclass(frozen=True)
class Case:
    """A layer, a batch for it, and the same formula written for two independent libraries.

    `formula(x, *parameters)` is written for HIPS autograd; `torch(nn, parameters)` builds PyTorch's
    function of x from the layer's own parameters.
    """

    name: str
    make: Any  # rng -> Layer
    shape: tuple
    formula: Any
    torch: Any

    def __str__(self):
        return self.name


LAYERS = [
    Case(
        "Linear",
        lambda rng: nn.Linear(4, 3, rng=rng),
        (5, 4),
        lambda x, W, b: x @ W + b,
        lambda F, W, b: lambda x: F.linear(x, W.T, b),
    ),
    Case(
        "Linear, square",  # N = D = M: a missing transpose raises nothing here
        lambda rng: nn.Linear(4, 4, rng=rng),
        (4, 4),
        lambda x, W, b: x @ W + b,
        lambda F, W, b: lambda x: F.linear(x, W.T, b),
    ),
    Case(
        "Sigmoid",
        lambda rng: nn.Sigmoid(),
        (5, 4),
        lambda x: 1 / (1 + anp.exp(-x)),
        lambda F: F.sigmoid,
    ),
    Case("Tanh", lambda rng: nn.Tanh(), (5, 4), anp.tanh, lambda F: F.tanh),
    Case("ReLU", lambda rng: nn.ReLU(), (5, 4), lambda x: anp.maximum(0, x), lambda F: F.relu),
    Case(
        "Sequential",
        lambda rng: nn.Sequential(
            nn.Linear(4, 3, rng=rng), nn.Tanh(), nn.Linear(3, 2, rng=rng), nn.Sigmoid()
        ),
        (5, 4),
        lambda x, W1, b1, W2, b2: 1 / (1 + anp.exp(-(anp.tanh(x @ W1 + b1) @ W2 + b2))),
        lambda F, W1, b1, W2, b2: (
            lambda x: F.sigmoid(F.linear(F.tanh(F.linear(x, W1.T, b1)), W2.T, b2))
        ),
    ),
]


def parameters(layer):
    """List all parameters of a layer and its children, with their gradients."""
    own = [(getattr(layer, name), getattr(layer, f"d{name}")) for name in layer.shapes]
    return own + [pair for child in layer.children for pair in parameters(child)]
