"""Optimizers: change the parameters in place, a step against the gradient."""

import numpy as np

from ..task import Mistake, Probe, Task
from ..writing import reads


def sgd_step(params, grads, lr):
    """Step p ← p - lr · g, in place, for every array in params."""
    for name in params:
        params[name] -= lr * grads[name]


def momentum_step(params, grads, velocity, lr, mu):
    """Step v ← mu · v - lr · g, then p ← p + v, in place, for every array in params."""
    for name in params:
        velocity[name] *= mu
        velocity[name] -= lr * grads[name]
        params[name] += velocity[name]


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


def rolled(velocity, step=lambda new, old, g, lr, mu: new):
    """Make a whole solution of a wrong velocity, or of a step that is not the velocity."""

    def wrong(params, grads, state, lr, mu):
        for name in params:
            old, g = state[name], grads[name]
            state[name] = velocity(old, g, lr, mu)
            params[name] = params[name] + step(state[name], old, g, lr, mu)

    return wrong


def rolled_where(chosen):
    """Step as is right, for some parameters only."""

    def wrong(params, grads, velocity, lr, mu):
        some = {name: p for name, p in params.items() if chosen(name, p)}
        momentum_step(some, grads, velocity, lr, mu)

    return wrong


def classical(v, g, lr, mu):
    """Velocity as it should be."""
    return mu * v - lr * g


def downhill(new, v, g, lr, mu):
    """Step without a memory."""
    return -lr * g


def reads_mu(solution):
    """Whether the argument mu is read at all."""
    return reads(solution, 4) is True


def leaves_mu(solution):
    """Whether the argument mu is read nowhere."""
    return reads(solution, 4) is False


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


def arrays(rng, shapes, dtype=float, count=2):
    """Dicts of arrays in these shapes: parameters, gradients, and what else is kept."""

    def one(shape):
        return (rng.normal(size=shape).round(1) + 0.0).astype(dtype)  # no -0. to puzzle over

    return [{name: one(shape) for name, shape in shapes.items()} for _ in range(count)]


def at_rest(make):
    """Add a velocity of zeros to the arguments of a step without memory."""

    def started(rng, lr, mu):
        params, grads, _ = make(rng, lr)
        return params, grads, {name: np.zeros_like(p) for name, p in params.items()}, lr, mu

    return started


def rolling(shapes, dtype=float):
    """Arguments with a velocity from earlier steps."""
    return lambda rng, lr, mu: (*arrays(rng, shapes, dtype, count=3), lr, mu)


SGD = Task(
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

MOMENTUM = Task(
    right=momentum_step,
    changes=["params", "velocity"],
    probes=[
        Probe(at_rest(one_layer), {"lr": 0.3, "mu": 0.8}),
        Probe(rolling({"W": (2, 2), "b": (2,)}), {"lr": 0.2, "mu": 0.9}, seed=1),
        Probe(rolling({"W": (2, 2), "b": (2,)}), {"lr": 0.5, "mu": 0.7}, calls=3, seed=2),
        Probe(at_rest(two_layers), {"lr": 0.1, "mu": 0.8}, calls=2, seed=6),
        Probe(rolling({"W": (1, 1)}), {"lr": 2.0, "mu": 0.6}, edge=True, seed=3),
        Probe(rolling({"W": (2, 3)}), {"lr": 0.4, "mu": 0.0}, edge=True, calls=2, seed=4),
        Probe(
            rolling({"W": (2, 3), "b": (3,)}, np.float32),
            {"lr": 0.25, "mu": 0.9},
            edge=True,
            seed=5,
        ),
    ],
    hints={
        "": (
            "Two lines for each array: first the velocity changes, then the parameter moves by "
            "the velocity. Both have to be remembered.",
            "The velocity keeps the share mu of itself and gets a push against the gradient: "
            "mu·v - lr·g. The parameter adds the velocity as it is now, with no lr any more.",
            "In the loop over the names: `velocity[name] *= mu`, then "
            "`velocity[name] -= lr * ...`, then `params[name] += ...`.",
        )
    },
    mistakes=[
        Mistake(
            "rebinding_no_effect",
            "After the call, params hold what they held before. `p = p + v` makes a new array and "
            "ties the name p to it; the array in params never hears of it. `params[name] += ...` "
            "changes the array itself.",
            [
                lambda params, grads, velocity, lr, mu: None,
                rolled(classical, lambda new, v, g, lr, mu: 0 * g),
            ],
        ),
        Mistake(
            "state_not_stored",
            "Your first step is right, but velocity is as before: the new one lives in a local "
            "name and is lost when the function ends. Write it back, as in "
            "`velocity[name] = ...`.",
            rolled(lambda v, *_: v, lambda new, v, g, lr, mu: classical(v, g, lr, mu)),
        ),
        Mistake(
            "state_reset_each_step",
            "Every step of yours is like a first one: the velocity is set to zero in each call, "
            "so nothing is left of the steps before. Keep the velocity that arrives.",
            [
                rolled(lambda v, g, lr, mu: -lr * g),
                rolled(lambda v, g, lr, mu: v, downhill),
                rolled(lambda v, g, lr, mu: 0 * g, downhill),
                rolled(lambda v, g, lr, mu: 0 * g, lambda new, *old: classical(*old)),
            ],
            written=reads_mu,
        ),
        Mistake(
            "hyperparameter_ignored",
            "Your step is -lr·g, plain gradient descent: mu does not take part, and nothing is "
            "kept of the old velocity. It keeps the share mu of itself.",
            [
                rolled(lambda v, g, lr, mu: -lr * g),
                rolled(lambda v, g, lr, mu: v, downhill),
            ],
            written=leaves_mu,
        ),
        Mistake(
            "hyperparameter_ignored",
            "Your velocity is v - lr·g: mu does not take part, so the velocity never fades. Of "
            "the old velocity only the share mu = {mu} stays.",
            rolled(lambda v, g, lr, mu: v - lr * g),
        ),
        Mistake(
            "hyperparameter_ignored",
            "Your velocity is mu·v - g: lr does not take part. Multiply the gradient by it.",
            rolled(lambda v, g, lr, mu: mu * v - g),
        ),
        Mistake(
            "stale_state_used",
            "Your parameters move by the velocity of the step before: from rest, the first step "
            "is 0. Change the velocity first, then move by the new one.",
            rolled(classical, lambda new, v, g, lr, mu: v),
        ),
        Mistake(
            "momentum_sign",
            "Your first step goes up the gradient, where the loss grows: one sign is the wrong "
            "way round. The velocity is pushed against the gradient, mu·v - lr·g, and then added.",
            [
                rolled(lambda v, g, lr, mu: mu * v + lr * g),
                rolled(classical, lambda new, v, g, lr, mu: -new),
                rolled(lambda v, g, lr, mu: mu * v + g, lambda new, v, g, lr, mu: lr * new),
            ],
        ),
        Mistake(
            "momentum_gradient_units",
            "Your velocity is mu·v + g, and lr comes in when the parameter moves. From rest that "
            "gives the same steps, and PyTorch does it so. In this course lr is in the velocity: "
            "v ← mu·v - lr·g, then p ← p + v.",
            [
                rolled(lambda v, g, lr, mu: mu * v + g, lambda new, v, g, lr, mu: -lr * new),
                rolled(lambda v, g, lr, mu: mu * v - g, lambda new, v, g, lr, mu: lr * new),
            ],
            convention=True,
        ),
        Mistake(
            "momentum_ema_form",
            "Your velocity is a moving average: the gradient comes in with a factor 1 - mu, so "
            "the first step is the right one times 1 - {mu}. In this course the gradient comes in "
            "whole: v ← mu·v - lr·g.",
            [
                rolled(
                    lambda v, g, lr, mu: mu * v + (1 - mu) * g,
                    lambda new, v, g, lr, mu: -lr * new,
                ),
                rolled(lambda v, g, lr, mu: mu * v - (1 - mu) * lr * g),
                rolled(
                    lambda v, g, lr, mu: mu * v + (1 - mu) * lr * g,
                    lambda new, v, g, lr, mu: -new,
                ),
                rolled(
                    lambda v, g, lr, mu: mu * v - (1 - mu) * g,
                    lambda new, v, g, lr, mu: lr * new,
                ),
            ],
            convention=True,
        ),
        Mistake(
            "lr_twice",
            "The learning rate goes in twice: once in the velocity and once more, so the gradient "
            "is multiplied by {lr}·{lr}. The velocity holds lr already; the parameter adds it as "
            "it is.",
            [
                rolled(classical, lambda new, v, g, lr, mu: lr * new),
                rolled(lambda v, g, lr, mu: mu * v - lr * lr * g),
                rolled(lambda v, g, lr, mu: mu * v + lr * g, lambda new, v, g, lr, mu: -lr * new),
            ],
        ),
        Mistake(
            "lr_on_velocity",
            "Your first step is right, but later the old velocity is multiplied by lr = {lr} too. "
            "lr belongs to the gradient alone: mu·v - lr·g, not lr·(mu·v - g).",
            [
                rolled(lambda v, g, lr, mu: lr * (mu * v - g)),
                rolled(lambda v, g, lr, mu: lr * v - lr * g),
            ],
        ),
        Mistake(
            "momentum_on_wrong_term",
            "mu multiplies the gradient in your velocity, and the old velocity stays whole. It is "
            "the old velocity that fades: mu·v - lr·g.",
            [
                rolled(lambda v, g, lr, mu: v - mu * lr * g),
                rolled(lambda v, g, lr, mu: v - mu * g),
            ],
        ),
        Mistake(
            "nesterov_for_classical",
            "Your velocity is right, and your step looks ahead: it is mu·v - lr·g with the new v, "
            "which is Nesterov's. Here the parameter moves by the velocity itself, p ← p + v.",
            rolled(classical, lambda new, v, g, lr, mu: mu * new - lr * g),
        ),
        Mistake(
            "bias_not_updated",
            "Your weights move as they should, and the biases stay where they were. Loop over all "
            "names in params, whatever they are called.",
            [
                rolled_where(lambda name, p: p.ndim > 1),
                rolled_where(lambda name, p: name.lower().startswith("w")),
            ],
        ),
    ],
)
