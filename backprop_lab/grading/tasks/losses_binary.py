"""Binary cross-entropy of sigmoid(z), a mean over all elements."""

import math

import numpy as np

from ..task import Mistake, Probe, Task
from ..writing import names
from .activations import sigmoid
from .losses_squared import (
    RECTANGLE,
    SMALL,
    SQUARE,
    features,
    minus,
    one_of,
    per_sample,
    size,
)


def bce_with_logits(z, y):
    """Compute loss = mean of log(1 + exp(z)) - y z and dz = (sigmoid(z) - y) / size."""
    return (np.logaddexp(0, z) - y * z).mean(), (sigmoid(z) - y) / z.size


def logits(rng, N, D, scale=2.0, dtype=float):
    """Arguments of the binary loss: z and y (N, D), y 0 or 1 and both of them there."""
    z = (rng.normal(size=(N, D)) * scale).round(1) + 0.0
    y = rng.permutation(np.arange(N * D) % 2).reshape(N, D)
    return z.astype(dtype), y.astype(dtype)


def whole_labels(rng, N, D):
    """Labels as whole numbers, and one of either kind for each sign of z."""
    z, y = logits(rng, N, D)
    return z, y.astype(int)


def flat(rng, N, D):
    """One score for each sample, in one dimension."""
    z, y = logits(rng, N, D)
    return z[:, 0], y[:, 0]


def surprised(*levels):
    """Scores far out on either side; every second one is wrong."""

    def make(rng, N, D):
        z = np.resize(levels, (N, D)) + rng.integers(3, size=(N, D))
        return z, np.resize([0.0, 1.0, 1.0, 0.0], (N, D))

    return make


def log_loss(y, p, log=np.log):
    """Compute the loss of each entry as it is often written, from probabilities."""
    return -(y * log(p) + (1 - y) * log(1 - p))


def chosen_log_loss(y, p):
    """Compute the same, without 0 times infinity."""
    return -np.log(np.where(y == 1, p, 1 - p))


def entry_by_entry(probability, both):
    """Compute the mean loss with `math`, which raises where NumPy warns."""

    def one(z, y):
        p = probability(z)
        if both:
            return -(y * math.log(p) + (1 - y) * math.log(1 - p))
        return -math.log(p if y == 1 else 1 - p)

    return lambda z, y: float(np.mean([one(*each) for each in zip(z.ravel(), y.ravel())]))


def math_sigmoid(z):
    """Compute the sigmoid of one number; overflows for z far below 0."""
    return 1 / (1 + math.exp(-z))


def floors():
    """Losses whose probabilities were kept away from 0 and 1, one for each usual floor."""
    usual = [10.0**-k for k in (*range(1, 11), 12, 14, 15, 16)] + [2.0**-52]
    for low in usual:
        yield {"loss": lambda z, y, a=low: log_loss(y, np.clip(sigmoid(z), a, 1 - a)).mean()}
    for low in [*usual, 1e-20, 1e-30, 1e-300]:
        yield {"loss": lambda z, y, a=low: log_loss(y, sigmoid(z), lambda p: np.log(p + a)).mean()}
    for low in usual[:8]:
        yield {"dz": lambda z, y, a=low: (np.clip(sigmoid(z), a, 1 - a) - y) / z.size}
        yield {
            "loss": lambda z, y, a=low: log_loss(
                y, sigmoid(z), lambda p: np.log(np.maximum(p, a))
            ).mean()
        }


def clipped_scores():
    """Scores cut off at a round number before anything else."""
    for most in (1, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 30, 36, 50, 100, 500, 700, 709):
        yield {"loss": lambda z, y, c=most: bce_with_logits(np.clip(z, -c, c), y)[0]}
        if most <= 20:
            yield {"dz": lambda z, y, c=most: bce_with_logits(np.clip(z, -c, c), y)[1]}


def pairs():
    """Matrix products over all pairs of samples (or columns), summed or not."""
    directions = [
        lambda y, a: y.T @ a,
        lambda y, a: y @ a.T,
        lambda y, a: a.T @ y,
        lambda y, a: a @ y.T,
    ]
    reductions = [np.sum, lambda table: table, lambda table: table.item()]
    for direction in directions:
        for reduce in reductions:
            for over in (lambda z: z.size, len):
                yield {
                    "loss": lambda z, y, d=direction, r=reduce, over=over: (
                        r(d(y, np.logaddexp(0, -z)) + d(1 - y, np.logaddexp(0, z))) / over(z)
                    )
                }
        yield {
            "loss": lambda z, y, d=direction: (
                d(y, np.logaddexp(0, -z)) + d(1 - y, np.logaddexp(0, z))
            ).mean()
        }


def in_gradient(local):
    """Gradients made from p and y another way, over the number of entries."""
    return {"dz": lambda z, y: local(sigmoid(z), y) / z.size}


times = one_of(bce_with_logits)

TASK = Task(
    right=bce_with_logits,
    returns={"loss": "", "dz": ""},
    probes=[
        Probe(logits, RECTANGLE),
        Probe(logits, SMALL, seed=1),
        Probe(logits, SQUARE, seed=2),
        Probe(whole_labels, RECTANGLE, seed=3),
        Probe(logits, {"N": 1, "D": 3}, edge=True, seed=4),
        Probe(flat, {"N": 4, "D": 1}, edge=True, seed=5),
        Probe(surprised(-9, 7), SMALL, edge=True, seed=6),
        Probe(surprised(12, -17, 9), SMALL, edge=True, seed=7),
        Probe(surprised(-40, 38), SMALL, edge=True, seed=8),
        Probe(surprised(-800.0, -1000.0), SMALL, edge=True, seed=9),
        Probe(surprised(800.0, 1000.0), SMALL, edge=True, seed=10),
        Probe(lambda rng, N, D: logits(rng, N, D, dtype=np.float32), SMALL, edge=True, seed=11),
    ],
    hints={
        "loss": (
            "Take one entry. The probability of a 1 is p = sigmoid(z); the loss is -log p where "
            "y = 1, and -log(1 - p) where y = 0. Then the mean of all entries, one number.",
            "On paper, -log p = log(1 + exp(-z)) and -log(1 - p) = log(1 + exp(z)). Both become "
            "one line: log(1 + exp(z)) - y z. Written so, no logarithm meets a 0.",
            "`np.logaddexp(0, z)` is log(1 + exp(z)) without overflow: the loss is "
            "`(np.logaddexp(0, z) - ...).mean()`.",
        ),
        "dz": (
            "The gradient is the plainest there is: what you said, minus what is true.",
            "For each entry p - y, with p = sigmoid(z). The loss is a mean over all entries, so "
            "everything is divided by how many there are, once.",
            "`dz = (sigmoid(z) - y) / ...`, with the number of entries, `z.size`.",
        ),
    },
    mistakes=[
        Mistake(
            "all_pairs_product",
            "Your loss comes from a matrix product: it pairs every label with the probabilities of "
            "all other samples or columns. Each label belongs to one probability: use `*`.",
            list(pairs()),
        ),
        Mistake(
            "grad_for_loss",
            "Your loss is p - y, which is its gradient. The loss is -log p where y = 1, and "
            "-log(1 - p) where y = 0.",
            [
                {"loss": lambda z, y: (sigmoid(z) - y).mean()},
                {"loss": lambda z, y: (sigmoid(z) - y).sum()},
                {"loss": lambda z, y: (sigmoid(z) - y).sum() / len(z)},
                {"loss": lambda z, y: np.abs(sigmoid(z) - y).mean()},
                {"loss": lambda z, y: sigmoid(z) - y},
                {"loss": lambda z, y: (sigmoid(z) - y) / z.size},
            ],
        ),
        Mistake(
            "loss_not_scalar",
            "Your loss is still an array, with a value for each entry or sample. A loss is one "
            "number: the mean of all {N} · {D} losses.",
            per_sample(lambda z, y: np.logaddexp(0, z) - y * z),
        ),
        Mistake(
            "activation_applied_twice",
            "The sigmoid is applied twice: z are plain scores, and sigmoid(z) is p already. A "
            "second sigmoid presses everything between 0.5 and 0.73.",
            [
                lambda z, y: bce_with_logits(sigmoid(z), y),
                {"dz": lambda z, y: bce_with_logits(sigmoid(z), y)[1]},
                {"loss": lambda z, y: bce_with_logits(sigmoid(z), y)[0]},
            ],
        ),
        Mistake(
            "bce_second_term_missing",
            "Your loss has no term for y = 0: those entries cost nothing, whatever you say of "
            "them. Where y = 0 the loss is -log(1 - p).",
            {"loss": lambda z, y: (y * np.logaddexp(0, -z)).mean()},
        ),
        Mistake(
            "zero_label_grad_zero",
            "Your dz is 0 wherever y = 0. There too the loss can fall, by making p smaller: the "
            "gradient is p - y for both labels.",
            in_gradient(lambda p, y: y * (p - y)),
        ),
        Mistake(
            "sum_for_mean",
            "Your loss and dz are summed over all entries, {N} · {D} of them, and agreed is the "
            "mean: divide both by `z.size`.",
            times(size, size),
        ),
        Mistake(
            "sum_for_mean",
            "Your loss is the sum over all entries, {N} · {D} of them, and your dz belongs to the "
            "mean. Divide the loss too.",
            times(loss=size),
            alone=True,
        ),
        Mistake(
            "mean_over_batch_only",
            "Your loss and dz are divided by the number of samples, {N}. Some books define it so "
            "and sum over the columns; here the mean runs over all entries, {N} · {D} of them.",
            times(features, features),
            convention=True,
        ),
        Mistake(
            "grad_not_averaged",
            "Your loss is a mean and your dz is not: it is the right one times {N} · {D}, the "
            "number of entries. The same 1/(N·D) belongs to both.",
            times(gradient=size),
            alone=True,
        ),
        Mistake(
            "grad_mean_over_batch_only",
            "Your loss is a mean over all entries, and your dz is divided by the {N} samples only: "
            "it is the right one times {D}. Both are divided by N·D.",
            times(gradient=features),
            alone=True,
        ),
        Mistake(
            "sign_flipped",
            "Your dz is the right one with the opposite sign: it is what you said minus what is "
            "true, p - y, and not the reverse.",
            [times(gradient=minus()), times(size, minus(size))],
        ),
        Mistake(
            "loss_sign_flipped",
            "Your loss is the right one with the opposite sign. The logarithm of a probability is "
            "negative: the loss is minus its mean.",
            times(loss=minus()),
        ),
        Mistake(
            "extra_activation_grad",
            "Your dz multiplies p - y by p (1 - p) once more. The derivative of the sigmoid is in "
            "p - y already: the logarithm has cancelled it.",
            in_gradient(lambda p, y: (p - y) * p * (1 - p)),
        ),
        Mistake(
            "activation_grad_missing",
            "Your dz is the gradient with respect to p: -1/p where y = 1, 1/(1 - p) where y = 0. "
            "From p back to z the derivative of the sigmoid, p (1 - p), is a factor too; then "
            "p - y is left.",
            in_gradient(lambda p, y: (p - y) / (p * (1 - p))),
        ),
        Mistake(
            "log_of_zero",
            "Right for small z, but for large ones p rounds to 0 or 1, and log(0) is -inf. Take "
            "the logarithm on paper first: the loss is log(1 + exp(z)) - y z, and "
            "`np.logaddexp(0, z)` is log(1 + exp(z)).",
            written=lambda solution: "log1p" not in names(solution),
            wrong=[
                {"loss": lambda z, y: log_loss(y, sigmoid(z)).mean()},
                {"loss": lambda z, y: chosen_log_loss(y, sigmoid(z)).mean()},
                {
                    "loss": lambda z, y: (
                        -np.where(y == 1, np.log(sigmoid(z)), np.log(sigmoid(-z))).mean()
                    )
                },
                {
                    "loss": lambda z, y: (
                        -(y * np.log(sigmoid(z)) + (1 - y) * np.log(sigmoid(-z))).mean()
                    )
                },
                *(
                    {"loss": entry_by_entry(p, both)}
                    for p in (lambda z: float(sigmoid(z)), math_sigmoid)
                    for both in (True, False)
                ),
                {"loss": lambda z, y: log_loss(y, np.exp(z) / (1 + np.exp(z))).mean()},
            ],
        ),
        Mistake(
            "unstable_exp",
            "Right for small z, but exp of a large number overflows (from 710 on) and leaves inf, "
            "nan or an error. `np.logaddexp(0, z)` is log(1 + exp(z)) without overflow, and exp of "
            "-|z| never does.",
            [
                {"loss": lambda z, y: (np.log(1 + np.exp(z)) - y * z).mean()},
                {
                    "loss": lambda z, y: (
                        y * np.log1p(np.exp(-z)) + (1 - y) * np.log1p(np.exp(z))
                    ).mean()
                },
                {"loss": lambda z, y: (np.log1p(np.exp(-z)) + (1 - y) * z).mean()},
                {"loss": lambda z, y: np.log1p(np.exp(np.where(y == 1, -z, z))).mean()},
                {"dz": lambda z, y: (np.exp(z) / (1 + np.exp(z)) - y) / z.size},
            ],
        ),
        Mistake(
            "over_clipping",
            "Right while your answer is likely, but your loss stops growing (or dz stops moving) "
            "where it is not: a clip, or a small number inside the logarithm, holds it back. With "
            "log(1 + exp(z)) - y z, and `np.logaddexp`, nothing needs to be cut.",
            [*floors(), *clipped_scores()],
        ),
    ],
)
