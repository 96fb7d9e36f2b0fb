"""Losses: softmax and cross-entropy taken as one."""

import numpy as np

from ..task import Mistake, Probe, Task


def softmax_cross_entropy(z, y_int):
    """Compute loss = -1/N Σ_n log p[n, y_n] and dz = (p - one-hot) / N, p = softmax(z)."""
    shifted = z - z.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -at_label(log_p, y_int).mean(), gradient(np.exp(log_p), y_int)


def softmax(z):
    """Compute p = exp(z) / Σ_k exp(z[:, k]), row by row."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def at_label(a, y):
    """Take the entry of each row that belongs to its true class."""
    return a[np.arange(len(y)), y]


def one_hot(a, y):
    """1 at the true class, 0 elsewhere, in the shape of a."""
    return np.eye(a.shape[1])[y]


def gradient(p, y):
    """∂loss/∂z of the mean over the batch, from the probabilities."""
    return (p - one_hot(p, y)) / len(y)


def from_probabilities(p, y):
    """Compute the loss as it is often written, and its gradient."""
    return -np.log(at_label(p, y)).mean(), gradient(p, y)


def naive(z, y):
    """Softmax with nothing subtracted before exp."""
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


def normalised(largest, total):
    """Softmax and its loss with another maximum and another sum."""

    def wrong(z, y):
        e = np.exp(z - largest(z))
        return from_probabilities(e / total(e), y)

    return wrong


def row_max(z):
    """Largest score of each row, as a column."""
    return z.max(axis=1, keepdims=True)


def row_sum(e):
    """Sum of each row, as a column."""
    return e.sum(axis=1, keepdims=True)


def floors():
    """Losses whose probabilities were kept away from 0, one for each usual floor."""
    loss = {
        "clip": lambda p, y, low: -np.log(np.clip(at_label(p, y), low, 1 - low)).mean(),
        "maximum": lambda p, y, low: -np.log(np.maximum(at_label(p, y), low)).mean(),
        "added": lambda p, y, low: -np.log(at_label(p, y) + low).mean(),
    }
    usual = [10.0**-k for k in range(1, 21)] + [1e-30, 1e-100, 1e-300, 2.0**-52, 2.0**-1022]
    for low in usual:
        for keep in loss.values():
            yield {"loss": lambda z, y, low=low, keep=keep: keep(softmax(z), y, low)}


def clipped_scores():
    """Scores cut off at a round number before softmax."""
    for most in (1, 2, 3, 5, 6, 8, 10, 15, 20, 30, 50, 80, 100, 200, 300, 500, 700, 709):
        yield lambda z, y, c=most: softmax_cross_entropy(np.clip(z, -c, c), y)
        yield lambda z, y, c=most: softmax_cross_entropy(np.clip(z - row_max(z), -c, c), y)


def scores(rng, N, K, scale=2.0, dtype=float):
    """Arguments: z (N, K) and y_int (N,)."""
    z = (rng.normal(size=(N, K)) * scale).round(1) + 0.0  # no -0. to puzzle over
    return z.astype(dtype), rng.integers(K, size=N)


def surprised(rng, N, K, scale=2.0):
    """Scores that give the true class next to no probability."""
    z, _ = scores(rng, N, K, scale)
    return z, z.argmin(axis=1)


def high(rng, N, K):
    """Ordinary differences, far above what exp can take."""
    z, y = scores(rng, N, K)
    return z + 1000, y


def on_levels(rng, N, K):
    """Rows far apart: each has its own level, ordinary differences within."""
    z, y = scores(rng, N, K)
    return z + np.linspace(-1500, 1500, N)[:, None], y


SIZES, SMALL = {"N": 4, "K": 3}, {"N": 2, "K": 3}

PROBES = [
    Probe(scores, SIZES),
    Probe(scores, SMALL, seed=1),
    Probe(scores, {"N": 3, "K": 3}, seed=2),
    Probe(scores, SIZES, seed=3),
    Probe(scores, {"N": 1, "K": 2}, edge=True, seed=4),
    Probe(lambda rng, N, K: surprised(rng, N, K, 8.0), SMALL, edge=True, seed=5),
    Probe(lambda rng, N, K: surprised(rng, N, K, 1000.0), SMALL, edge=True, seed=6),
    Probe(high, {"N": 1, "K": 2}, edge=True, seed=10),
    Probe(on_levels, SIZES, edge=True, seed=7),
    Probe(lambda rng, N, K: scores(rng, N, K, 3.0, dtype=int), SIZES, edge=True, seed=8),
    Probe(lambda rng, N, K: scores(rng, N, K, dtype=np.float32), SIZES, edge=True, seed=9),
]

HINTS = {
    "loss": (
        "Three steps: probabilities p from the scores, row by row; the probability of the true "
        "class of each sample; the mean of minus its logarithm.",
        "`z[np.arange(N), y_int]` takes the entry of the true class from each row. Subtract each "
        "row's maximum first, and write log p as a difference: a logarithm then never meets 0.",
        "With `s = z - z.max(axis=1, keepdims=True)`, log p is "
        "`s - np.log(np.exp(s).sum(axis=1, keepdims=True))`; the loss is minus its mean at the "
        "true classes.",
    ),
    "dz": (
        "The gradient of one sample is the plainest there is: what you said, minus what is true.",
        "For each row: p, with 1 subtracted at the true class. The loss is a mean over N samples, "
        "so everything is divided by N once.",
        "`dz = p.copy()`, then `dz[np.arange(N), y_int] -= ...`, and `dz /= ...`.",
    ),
}

MISTAKES = [
    Mistake(
        "loss_not_scalar",
        "Your loss holds one value for each of the {N} samples. The loss is one number: their "
        "mean.",
        [
            {"loss": lambda z, y: -np.log(at_label(softmax(z), y))},
            {"loss": lambda z, y: -np.log(softmax(z)[np.arange(len(y)), y])[:, None]},
        ],
    ),
    Mistake(
        "keepdims_missing",
        "A maximum or a sum over each row lost its axis: it has shape (N,) = ({N},), and NumPy "
        "lays it along the {K} classes. With `keepdims=True` it stays a column, (N, 1).",
        [
            normalised(row_max, lambda e: e.sum(axis=1)),
            normalised(lambda z: z.max(axis=1), row_sum),
            normalised(lambda z: z.max(axis=1), lambda e: e.sum(axis=1)),
            normalised(lambda z: z.max(), lambda e: e.sum(axis=1)),
        ],
    ),
    Mistake(
        "softmax_global_sum",
        "Your probabilities sum to 1 over the whole batch. Each sample has its own: every row "
        "sums to 1, so take the sum with `axis=1, keepdims=True`.",
        [
            normalised(lambda z: z.max(), lambda e: e.sum()),
            normalised(row_max, lambda e: e.sum()),
        ],
    ),
    Mistake(
        "softmax_wrong_axis",
        "Your probabilities sum to 1 down the columns, over the batch. Each sample has its own: "
        "every row sums to 1, so the axis of the sum is 1.",
        [
            normalised(lambda z: z.max(axis=0), lambda e: e.sum(axis=0)),
            normalised(row_max, lambda e: e.sum(axis=0)),
        ],
    ),
    Mistake(
        "activation_applied_twice",
        "Softmax is applied twice: z are plain scores, and their softmax is already p. A second "
        "softmax flattens the probabilities.",
        [
            lambda z, y: from_probabilities(softmax(softmax(z)), y),
            {"dz": lambda z, y: gradient(softmax(softmax(z)), y)},
            {"loss": lambda z, y: from_probabilities(softmax(softmax(z)), y)[0]},
        ],
    ),
    Mistake(
        "sum_for_mean",
        "Your loss and dz are the right ones times {N}, and {N} is the batch size: they are "
        "summed over the samples. The loss is their mean, so divide both by N.",
        lambda z, y: tuple(len(y) * each for each in softmax_cross_entropy(z, y)),
    ),
    Mistake(
        "sum_for_mean",
        "Your loss is the right one times {N}, and {N} is the batch size: it is the sum over the "
        "samples, and dz belongs to their mean. Divide the loss by N too.",
        {"loss": lambda z, y: len(y) * softmax_cross_entropy(z, y)[0]},
    ),
    Mistake(
        "grad_not_averaged",
        "Your dz is the right one times {N}, and {N} is the batch size. The loss is a mean over "
        "the samples, so its gradient carries the same 1/N.",
        {"dz": lambda z, y: len(y) * softmax_cross_entropy(z, y)[1]},
    ),
    Mistake(
        "mean_over_elements",
        "You divide by all N·K entries of z. The loss is a mean over the {N} samples: the {K} "
        "classes of a sample share one loss.",
        [
            lambda z, y: tuple(each / z.shape[1] for each in softmax_cross_entropy(z, y)),
            {"loss": lambda z, y: softmax_cross_entropy(z, y)[0] / z.shape[1]},
            {"dz": lambda z, y: softmax_cross_entropy(z, y)[1] / z.shape[1]},
        ],
    ),
    Mistake(
        "sign_flipped",
        "Your dz is the right one with the opposite sign: it is what you said minus what is true, "
        "p - one_hot, and not the reverse.",
        {"dz": lambda z, y: -softmax_cross_entropy(z, y)[1]},
    ),
    Mistake(
        "loss_sign_flipped",
        "Your loss is the right one with the opposite sign. The logarithm of a probability is "
        "negative: the loss is minus its mean.",
        {"loss": lambda z, y: -softmax_cross_entropy(z, y)[0]},
    ),
    Mistake(
        "softmax_diag_jacobian",
        "Your dz takes the derivative of softmax as p·(1 - p), entry by entry. Every score moves "
        "every probability of its row, because they share one sum: with those terms, what comes "
        "out is p - one_hot.",
        [
            {"dz": lambda z, y: one_hot(z, y) * (softmax(z) - 1) / len(y)},
            {"dz": lambda z, y: one_hot(z, y) * softmax(z) * (softmax(z) - 1) / len(y)},
            {"dz": lambda z, y: softmax(z) * (softmax(z) - 1) / len(y)},
            {
                "dz": lambda z, y: (
                    np.where(one_hot(z, y) > 0, softmax(z) - 1, softmax(z) * (softmax(z) - 1))
                    / len(y)
                )
            },
        ],
    ),
    Mistake(
        "extra_activation_grad",
        "Your dz multiplies p - one_hot by p·(1 - p) once more. The derivative of softmax is in "
        "p - one_hot already.",
        {"dz": lambda z, y: gradient(softmax(z), y) * softmax(z) * (1 - softmax(z))},
    ),
    Mistake(
        "unstable_exp",
        "Right for small scores, but exp overflows for large ones (from 710 on) and leaves inf and "
        "nan. Subtract each row's maximum before `np.exp`: softmax stays the same.",
        [
            {"dz": lambda z, y: gradient(naive(z, y), y)},
            {"loss": lambda z, y: -np.log(at_label(naive(z, y), y)).mean()},
            {"loss": lambda z, y: (np.log(np.exp(z).sum(axis=1)) - at_label(z, y)).mean()},
            {"loss": lambda z, y: -(one_hot(z, y) * np.log(naive(z, y))).sum() / len(y)},
        ],
    ),
    Mistake(
        "global_max",
        "You subtract one maximum, that of the whole batch. A row far below it then has exp = 0 "
        "everywhere, and 0/0. Each row needs its own: `z.max(axis=1, keepdims=True)`.",
        [
            {"dz": lambda z, y: normalised(lambda z: z.max(), row_sum)(z, y)[1]},
            {"loss": lambda z, y: normalised(lambda z: z.max(), row_sum)(z, y)[0]},
            {
                "loss": lambda z, y: (
                    np.log(np.exp(z - z.max()).sum(axis=1)) - at_label(z - z.max(), y)
                ).mean()
            },
        ],
    ),
    Mistake(
        "log_of_zero",
        "Right for small scores, but for large ones p underflows to 0, and log(0) is -inf. Take "
        "the logarithm on paper first: log p = s - log(Σ exp(s)), with s = z - max(z).",
        [
            {"loss": lambda z, y: -np.log(at_label(softmax(z), y)).mean()},
            {"loss": lambda z, y: -(one_hot(z, y) * np.log(softmax(z))).sum() / len(y)},
        ],
    ),
    Mistake(
        "over_clipping",
        "Right while the true class is likely, but your loss stops growing when it is not: a clip, "
        "or a small number inside the logarithm, holds it back. No clip is needed with "
        "log p = s - log(Σ exp(s)), s = z - max(z).",
        [*floors(), *clipped_scores()],
    ),
]

TASK = Task(
    right=softmax_cross_entropy,
    returns={"loss": "", "dz": "N, K"},
    probes=PROBES,
    mistakes=MISTAKES,
    hints=HINTS,
)
