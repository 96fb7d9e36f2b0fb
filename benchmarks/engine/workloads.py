"""What is timed: nine small trainings at the sizes of the course, the same numbers for every peer.

A layer is a tuple, its kind first: ("linear", 64, 10). Parameters stand in the order of the layers,
weights before biases, in the shapes of `backprop_lab.nn`.
"""

from dataclasses import dataclass, replace

import numpy as np

from backprop_lab import data


@dataclass(frozen=True)
class Workload:
    """One training: network, loss, optimizer and batches.

    `goal` says how many times faster than PyTorch eager a step should be. `l2` is the strength of a
    penalty l2 · Σ p²; `read_norms` asks for the norm of each layer's gradient in every step.
    """

    name: str
    about: str
    goal: float
    layers: tuple
    loss: str
    batch: int
    samples: int
    optimizer: str
    lr: float
    l2: float = 0.0
    read_norms: bool = False

    def without_dropout(self):
        """Leave out what two libraries cannot draw alike."""
        return replace(self, layers=tuple(layer for layer in self.layers if layer[0] != "dropout"))

    def parameters(self):
        """Draw the initial parameters, always the same."""
        rng = np.random.default_rng(7)
        return [draw(rng, shape) for layer in self.layers for shape in shapes(layer)]

    def batches(self):
        """Draw the data, always the same, cut into batches."""
        x, y = DATA[self.name[:2]](np.random.default_rng(11), self.samples)
        return [
            (
                np.ascontiguousarray(x[i : i + self.batch]),
                np.ascontiguousarray(y[i : i + self.batch]),
            )
            for i in range(0, self.samples, self.batch)
        ]

    def kinds(self):
        """Name the kinds of layers in it, inner ones included."""
        return {layer[0] for layer in flat(self.layers)}


def shapes(layer):
    """List the shapes of a layer's parameters."""
    match layer:
        case "linear", d, m:
            return [(d, m), (m,)]
        case "batchnorm", d:
            return [(d,), (d,)]
        case "conv", channels, filters:
            return [(filters, channels, 3, 3), (filters,)]
        case (("embedding" | "position"), rows, d):
            return [(rows, d)]
        case "attention", d:
            return [(d, d)] * 4 + [(d,)]
        case "residual", *inner:
            return [shape for layer in inner for shape in shapes(layer)]
    return []


def flat(layers):
    """Walk through layers, those inside residual connections included."""
    for layer in layers:
        yield layer
        if layer[0] == "residual":
            yield from flat(layer[1:])


def draw(rng, shape):
    """Draw weights of a size that training can live with, and biases (or scales) that are not 0."""
    if len(shape) == 1:
        return 0.5 + 0.1 * rng.standard_normal(shape)
    fan_in = shape[0] if len(shape) == 2 else np.prod(shape[1:])
    return rng.standard_normal(shape) / np.sqrt(fan_in)


def disc(rng, n):
    x = rng.uniform(-5, 5, (n, 2))
    return x, (np.square(x).sum(axis=1, keepdims=True) < 9).astype(float)


def moons(rng, n):
    x, y = data.moons(n, noise=0.1, rng=rng)
    return x, y[:, None] * 2.0 - 1.0


def digits(rng, n):
    x, y = data.digits()
    rows = rng.permutation(len(x))[:n]
    return x[rows], y[rows]


def noise(*shape):
    return lambda rng, n: (rng.random((n, *shape)), rng.integers(0, 10, n))


def text(rng, n):
    tokens = rng.integers(0, 64, (n, 65))
    return tokens[:, :-1], tokens[:, 1:]


DATA = {
    "W1": disc,
    "W2": moons,
    "W3": digits,
    "W4": noise(784),
    "W5": noise(32),
    "W6": noise(1, 28, 28),
    "W7": text,
}


def mlp(*sizes, activation, extras=lambda width: ((), ())):
    """List Linear, activation, ..., Linear; `extras` stand before and behind each activation."""
    layers = []
    for d, m in zip(sizes[:-2], sizes[1:-1]):
        before, behind = extras(m)
        layers += [("linear", d, m), *before, (activation,), *behind]
    return (*layers, ("linear", *sizes[-2:]))


def normed(width):
    return [("batchnorm", width)], []


def normed_dropped(width):
    return [("batchnorm", width)], [("dropout", 0.2)]


CONVOLUTIONS = (
    ("conv", 1, 8),
    ("relu",),
    ("pool",),
    ("conv", 8, 16),
    ("relu",),
    ("pool",),
    ("flatten",),
    ("linear", 400, 10),
)
ATTENTION = (
    ("embedding", 64, 64),
    ("position", 64, 64),
    ("residual", ("attention", 64)),
    ("residual", ("linear", 64, 256), ("relu",), ("linear", 256, 64)),
    ("linear", 64, 64),
)
SGD = {"optimizer": "sgd"}
ADAM = {"optimizer": "adam", "lr": 1e-3, "loss": "softmax"}

WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload(
            name="W1",
            about="2-8-8-1 tanh, BCE, batch 10, SGD",
            goal=10,
            layers=mlp(2, 8, 8, 1, activation="tanh"),
            loss="bce",
            batch=10,
            samples=200,
            lr=0.03,
            **SGD,
        ),
        Workload(
            name="W2",
            about="2-16-16-1 ReLU, hinge, batch 100, SGD",
            goal=14,
            layers=mlp(2, 16, 16, 1, activation="relu"),
            loss="hinge",
            batch=100,
            samples=100,
            lr=0.1,
            l2=1e-4,
            **SGD,
        ),
        Workload(
            name="W3",
            about="64-64-64-10 ReLU, batch 32, Adam",
            goal=5,
            layers=mlp(64, 64, 64, 10, activation="relu"),
            batch=32,
            samples=1408,
            **ADAM,
        ),
        Workload(
            name="W3b",
            about="W3 with batch norm and dropout 0.2",
            goal=4,
            layers=mlp(64, 64, 64, 10, activation="relu", extras=normed_dropped),
            batch=32,
            samples=1408,
            **ADAM,
        ),
        Workload(
            name="W4a",
            about="784-64-10 batch norm, batch 32, Adam",
            goal=2,
            layers=mlp(784, 64, 10, activation="relu", extras=normed),
            batch=32,
            samples=640,
            **ADAM,
        ),
        Workload(
            name="W4b",
            about="784-256-128-10 ReLU, batch 128, Adam",
            goal=1.5,
            layers=mlp(784, 256, 128, 10, activation="relu"),
            batch=128,
            samples=1280,
            **ADAM,
        ),
        Workload(
            name="W5",
            about="50 × 32 tanh, batch 64, SGD, norms read",
            goal=5,
            layers=mlp(32, *[32] * 50, 10, activation="tanh"),
            loss="softmax",
            batch=64,
            samples=640,
            lr=0.01,
            read_norms=True,
            **SGD,
        ),
        Workload(
            name="W6",
            about="two convolutions, 28 × 28, batch 32, Adam",
            goal=1.5,
            layers=CONVOLUTIONS,
            batch=32,
            samples=320,
            **ADAM,
        ),
        Workload(
            name="W7",
            about="causal attention, T 64, d 64, batch 16, Adam",
            goal=1.8,
            layers=ATTENTION,
            batch=16,
            samples=160,
            **ADAM,
        ),
    )
}
