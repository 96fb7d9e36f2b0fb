"""Optimizers: change the parameters in place, a step against the gradient."""

import numpy as np

from ..task import Mistake, Probe, Task


def sgd_step(params, grads, lr):
    """Step p ← p - lr · g, in place, for every array in params."""
    for name in params:
        params[name] -= lr * grads[name]


def moved(step):
    """Make a whole solution of a wrong step: (p, g, lr) -> what is added to p."""

    def wrong(params, grads, lr):
        for name in params:
            params[name] += step(params[name], grads[name], lr)

    return wrong


def moved_where(chosen):
    """Step as is right, for some parameters only."""

    def wrong(params, grads, lr):
        for name in params:
            if chosen(name, params[name]):
                params[name] -= lr * grads[name]

    return wrong


def nothing(params, grads, lr):
    """No step at all."""


def two_layers(rng, lr, dtype=float):
    """Parameters and gradients of a network of two layers."""
    shapes = {"W1": (3, 2), "b1": (2,), "W2": (2, 2), "b2": (2,)}
    return *arrays(rng, shapes, dtype), lr


def one_layer(rng, lr):
    """Other names."""
    return *arrays(rng, {"weight": (2, 3), "bias": (3,)}), lr


def one_weight(rng, lr):
    """As small as it gets."""
    return *arrays(rng, {"W": (1, 1)}), lr


def arrays(rng, shapes, dtype=float):
    """Two dicts of arrays in these shapes: parameters and gradients."""

    def one(shape):
        return (rng.normal(size=shape).round(1) + 0.0).astype(dtype)  # no -0. to puzzle over

    return [{name: one(shape) for name, shape in shapes.items()} for _ in range(2)]


TASK = Task(
    right=sgd_step,
    changes=["params"],
    probes=[
        Probe(two_layers, {"lr": 0.1}),
        Probe(one_layer, {"lr": 0.5}, seed=1),
        Probe(two_layers, {"lr": 0.3}, calls=3, seed=2),
        Probe(one_weight, {"lr": 2.0}, edge=True, seed=3),
        Probe(lambda rng, lr: two_layers(rng, lr, np.float32), {"lr": 0.25}, edge=True, seed=4),
    ],
    hints={
        "": (
            "Each array in params moves a small step against its own gradient, and grads has the "
            "same names.",
            "Loop over the names. The array itself has to change, so that everybody who holds it "
            "sees the step.",
            "`for name in params:` and then `params[name] -= ...`: the learning rate times the "
            "gradient of that name.",
        )
    },
    mistakes=[
        Mistake(
            "rebinding_no_effect",
            "After the call, params hold what they held before. `p = p - lr * g` makes a new array "
            "and ties the name p to it; the array in params never hears of it. "
            "`params[name] -= lr * grads[name]` changes the array itself.",
            nothing,
        ),
        Mistake(
            "ascent_sign",
            "Your step goes up the gradient, where the loss grows. Downhill is against it: "
            "subtract.",
            moved(lambda p, g, lr: lr * g),
        ),
        Mistake(
            "lr_twice",
            "Your step is the right one times {lr}, and {lr} is lr: the learning rate goes in "
            "twice.",
            moved(lambda p, g, lr: -lr * lr * g),
        ),
        Mistake(
            "extra_factor_weight",
            "Your step has the parameter itself as a factor: p - lr·p·g. The step is lr times the "
            "gradient, wherever p stands.",
            moved(lambda p, g, lr: -lr * p * g),
        ),
        Mistake(
            "grad_missing_in_update",
            "Your step is -lr·p: the gradient does not take part, and every parameter shrinks "
            "towards 0. The step is lr times the gradient.",
            moved(lambda p, g, lr: -lr * p),
        ),
        Mistake(
            "bias_not_updated",
            "Your weights move as they should, and the biases stay where they were. Loop over all "
            "names in params, whatever they are called.",
            [
                moved_where(lambda name, p: p.ndim > 1),
                moved_where(lambda name, p: name.lower().startswith("w")),
                moved_where(lambda name, p: name.startswith("W")),
            ],
        ),
        Mistake(
            "hyperparameter_ignored",
            "Your step is the whole gradient: lr does not take part. Multiply by it.",
            moved(lambda p, g, lr: -g),
        ),
        Mistake(
            "hyperparameter_hard_coded",
            "Your step is the same for every lr: a fixed number stands where the argument lr "
            "belongs.",
            [moved(lambda p, g, lr, c=c: -c * g) for c in (0.1, 0.01, 0.001, 0.0001, 0.05, 0.5)],
        ),
    ],
)
