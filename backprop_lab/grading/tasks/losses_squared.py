"""Squared error, a mean over all elements; and what such losses have in common."""

import numpy as np

from ..task import Mistake, Probe, Task

RECTANGLE, SMALL, SQUARE = {"N": 4, "D": 3}, {"N": 3, "D": 2}, {"N": 3, "D": 3}


def mse(pred, y):
    """Compute loss = mean of (pred - y)² and dpred = 2 (pred - y) / size."""
    off = pred - y.reshape(pred.shape)
    return (off**2).mean(), 2 * off / off.size


def one_of(right):
    """Make a function that gives a right loss and gradient wrong factors, (N, D) -> number."""

    def times(loss=lambda N, D: 1, gradient=lambda N, D: 1):
        def wrong(output, y):
            sizes = len(output), output.size // len(output)
            return tuple(
                factor(*sizes) * each for factor, each in zip((loss, gradient), right(output, y))
            )

        return wrong

    return times


def size(N, D):
    """Sum in place of the mean."""
    return N * D


def features(N, D):
    """Divide by N in place of N·D."""
    return D


def half(N, D):
    """Divide by 2 as well."""
    return 1 / 2


def half_size(N, D):
    """Take half the sum."""
    return N * D / 2


def half_features(N, D):
    """Divide by 2N in place of N·D."""
    return D / 2


def minus(factor=lambda N, D: 1):
    """Turn a factor's sign."""
    return lambda N, D: -factor(N, D)


def per_sample(values):
    """Losses that are still arrays, from the element-wise losses (N, D)."""
    reductions = [
        lambda each: each,
        lambda each: each / each.size,
        lambda each: each / len(each),
        lambda each: each.mean(axis=1),
        lambda each: each.mean(axis=1, keepdims=True),
        lambda each: each.sum(axis=1),
        lambda each: each.sum(axis=1) / len(each),
        lambda each: each.sum(axis=1) / each.size,
        lambda each: each.mean(axis=0),
        lambda each: each.sum(axis=0),
        lambda each: each.sum(axis=0) / len(each),
    ]
    return [
        {"loss": lambda o, y, r=r, s=s: r(values(o, y)) * s} for r in reductions for s in (1, 0.5)
    ]


def refusing(solution, pred, y):
    """Call a solution; to refuse shapes that don't fit is as right as to make them fit."""
    try:
        return solution(pred, y)
    except Exception:
        if pred.shape == y.shape:
            raise
        return mse(pred, y)


def predictions(rng, N, D, dtype=float):
    """Arguments of the squared error: pred and y (N, D)."""
    return tuple((rng.normal(size=(N, D)) * 2).round(1).astype(dtype) + dtype(0) for _ in range(2))


def whole_targets(rng, N, D):
    """Whole numbers in y alone."""
    pred, y = predictions(rng, N, D)
    return pred, (y * 2).astype(int)


def column_and_row(rng, N, D):
    """Arguments as they often come: a network's output (N, 1) beside targets (N,)."""
    pred, y = predictions(rng, N, D)
    return pred, y[:, 0]


def right_already(rng, N, D):
    """Arguments of a network without an error."""
    pred, _ = predictions(rng, N, D)
    return pred, pred.copy()


times = one_of(mse)

TASK = Task(
    right=mse,
    returns={"loss": "", "dpred": ""},
    use=refusing,
    probes=[
        Probe(predictions, RECTANGLE),
        Probe(predictions, SMALL, seed=1),
        Probe(predictions, SQUARE, seed=2),
        Probe(predictions, RECTANGLE, seed=3),
        Probe(predictions, {"N": 1, "D": 3}, edge=True, seed=4),
        Probe(predictions, {"N": 3, "D": 1}, edge=True, seed=5),
        Probe(column_and_row, {"N": 3, "D": 1}, edge=True, seed=6),
        Probe(whole_targets, SMALL, edge=True, seed=7),
        Probe(right_already, SMALL, edge=True, seed=8),
        Probe(lambda rng, N, D: predictions(rng, N, D, np.float32), SMALL, edge=True, seed=9),
    ],
    hints={
        "loss": (
            "Three steps, from the inside out: the differences, their squares, the mean of all of "
            "them. What comes out is one number.",
            "With `off = pred - y`, the loss is the mean of off². It runs over all entries, "
            "whatever the shape: N·D of them. If pred is (N, 1) and y is (N,), make y fit first.",
            "`y = y.reshape(pred.shape)`, `off = pred - y`, and `loss = (off**2).mean()`.",
        ),
        "dpred": (
            "Take one entry: what is the derivative of (pred - y)² with respect to pred?",
            "2 (pred - y), for each entry. The loss is a mean over all entries, so everything is "
            "divided by how many there are, once.",
            "`dpred = 2 * off / ...`, with the number of entries, `off.size`.",
        ),
    },
    mistakes=[
        Mistake(
            "loss_not_scalar",
            "Your loss is still an array, with a value for each entry or sample. A loss is one "
            "number: the mean of all {N} · {D} squares.",
            per_sample(lambda pred, y: (pred - y) ** 2),
        ),
        Mistake(
            "sign_flipped",
            "Your dpred is the right one with the opposite sign: it is the derivative with respect "
            "to y. Where pred is too large the loss grows with it: pred - y, and not the reverse.",
            [
                times(gradient=minus()),
                times(half, minus(half)),
                times(size, minus(size)),
                times(features, minus(features)),
                times(half_size, minus(half_size)),
                times(half_features, minus(half_features)),
            ],
        ),
        Mistake(
            "sum_for_mean",
            "Your loss and dpred are summed over all entries, {N} · {D} of them, and agreed is the "
            "mean: divide both by `pred.size`.",
            times(size, size),
        ),
        Mistake(
            "sum_for_mean",
            "Your loss is the sum of all squares, {N} · {D} of them, and your dpred belongs to "
            "their mean. Divide the loss too.",
            times(loss=size),
            alone=True,
        ),
        Mistake(
            "half_for_mean",
            "Your loss is half the sum of the squares, and agreed is their mean: divide by their "
            "number, {N} · {D}, and not by 2.",
            times(half_size, half_size),
        ),
        Mistake(
            "half_for_mean",
            "Your loss is half the sum of the squares, and your dpred belongs to their mean. "
            "Divide the loss by their number, {N} · {D}, and not by 2.",
            times(loss=half_size),
            alone=True,
        ),
        Mistake(
            "half_mse_convention",
            "Your loss and dpred are half of what is agreed here. Some books put 1/2 before the "
            "squares, so that the 2 of the derivative cancels; this course takes the plain mean.",
            times(half, half),
            convention=True,
        ),
        Mistake(
            "half_mse_convention",
            "Your loss is 1/(2N) times the sum of the squares, and dpred fits it. Some books "
            "define it so; this course takes the plain mean over all entries, without the 1/2.",
            times(half_features, half_features),
            convention=True,
        ),
        Mistake(
            "mean_over_batch_only",
            "Your loss and dpred are divided by the number of samples, {N}. Some books define it "
            "so and sum over the features; here the mean runs over all entries, {N} · {D} of them.",
            times(features, features),
            convention=True,
        ),
        Mistake(
            "half_in_loss_not_grad",
            "Your loss is half the right one, and your dpred is right: with 1/2 in the loss, the 2 "
            "would be gone from its gradient. This course takes the mean without 1/2.",
            times(loss=half),
            alone=True,
        ),
        Mistake(
            "factor_two_missing",
            "Your dpred is half the right one, and your loss is right. The derivative of a square "
            "is twice what was squared: 2 (pred - y).",
            times(gradient=half),
            alone=True,
        ),
        Mistake(
            "grad_not_averaged",
            "Your loss is a mean and your dpred is not: it is the right one times {N} · {D}, the "
            "number of entries. The same 1/(N·D) belongs to both.",
            times(gradient=size),
            alone=True,
        ),
        Mistake(
            "grad_mean_over_batch_only",
            "Your loss is a mean over all entries, and your dpred is divided by the {N} samples "
            "only: it is the right one times {D}. Both are divided by N·D.",
            times(gradient=features),
            alone=True,
        ),
        Mistake(
            "broadcast_n_vs_n1",
            "Right where both have one shape. But a network's output often comes as (N, 1) and the "
            "targets as (N,): NumPy then takes every prediction minus every target, an (N, N) "
            "table, without a word. Make y fit, `y.reshape(pred.shape)`, or raise a ValueError.",
            [
                lambda pred, y: (((pred - y) ** 2).mean(), 2 * (pred - y) / (pred - y).size),
                lambda pred, y: (((pred - y) ** 2).mean(), 2 * (pred - y) / pred.size),
                {"loss": lambda pred, y: ((pred - y) ** 2).mean()},
                {"loss": lambda pred, y: ((pred - y) ** 2).sum() / pred.size},
                {"dpred": lambda pred, y: 2 * (pred - y) / (pred - y).size},
                {"dpred": lambda pred, y: 2 * (pred - y) / pred.size},
            ],
        ),
    ],
)
