"""Softmax alone: scores become probabilities, row by row."""

import math

import numpy as np

from ..task import Mistake, Probe, Task
from .losses import SIZES, SMALL, high, on_levels, row_max, row_sum, scores, softmax


def scores_only(make, *how):
    """Make z (N, K) alone."""
    return lambda rng, **sizes: make(rng, *sizes.values(), *how)[:1]


def shares(largest, total):
    """Softmax with another maximum and another sum."""

    def wrong(z):
        e = np.exp(z - largest(z))
        return e / total(e)

    return wrong


def nothing(z):
    """Subtract nothing."""
    return 0


def one_by_one(z):
    """Softmax with `math`, which raises where NumPy warns."""
    e = np.vectorize(math.exp, otypes=[float])(z)
    return e / e.sum(axis=1, keepdims=True)


def row_by_row(z):
    """Softmax in plain Python, where 0/0 raises too."""
    totals = ((row, sum(math.exp(each) for each in row)) for row in z)
    return np.array([[math.exp(each) / total for each in row] for row, total in totals])


TASK = Task(
    right=softmax,
    returns={"p": "N, K"},
    probes=[
        Probe(scores_only(scores), SIZES),
        Probe(scores_only(scores), SMALL, seed=1),
        Probe(scores_only(scores), {"N": 3, "K": 3}, seed=2),
        Probe(scores_only(scores), {"N": 1, "K": 2}, edge=True, seed=3),
        Probe(scores_only(scores, 8.0), SMALL, edge=True, seed=4),
        Probe(scores_only(scores, 3000.0), SMALL, edge=True, seed=5),
        Probe(scores_only(high), {"N": 1, "K": 2}, edge=True, seed=6),
        Probe(scores_only(on_levels), SIZES, edge=True, seed=7),
        Probe(scores_only(scores, 2.0, np.float32), SIZES, edge=True, seed=8),
    ],
    hints={
        "p": (
            "Two steps: exp of every score, then each row divided by its own sum, so that it sums "
            "to 1.",
            "The sums have to stay a column, (N, 1), to divide row by row: `keepdims=True`. And "
            "exp overflows for large scores, so subtract each row's maximum first: the "
            "probabilities stay the same.",
            "`e = np.exp(z - z.max(axis=1, keepdims=True))`, and then e over "
            "`e.sum(axis=..., keepdims=...)`.",
        )
    },
    mistakes=[
        Mistake(
            "keepdims_missing",
            "A maximum or a sum over each row lost its axis: it has shape (N,) = ({N},), and NumPy "
            "lays it along the {K} classes. With `keepdims=True` it stays a column, (N, 1).",
            [
                {"p": shares(largest, total)}
                for largest, total in [
                    (row_max, lambda e: e.sum(axis=1)),
                    (nothing, lambda e: e.sum(axis=1)),
                    (lambda z: z.max(axis=1), row_sum),
                    (lambda z: z.max(axis=1), lambda e: e.sum(axis=1)),
                ]
            ],
        ),
        Mistake(
            "softmax_wrong_axis",
            "Your p sums to 1 down the columns, over the batch. Each sample has its own "
            "probabilities: every row sums to 1, so the axis of the sum is 1.",
            [
                {"p": shares(largest, lambda e: e.sum(axis=0))}
                for largest in (nothing, row_max, lambda z: z.max(axis=0))
            ],
        ),
        Mistake(
            "softmax_global_sum",
            "Your p sums to 1 over the whole batch. Each sample has its own probabilities: every "
            "row sums to 1, so take the sum with `axis=1, keepdims=True`.",
            [
                {"p": shares(largest, lambda e: e.sum())}
                for largest in (nothing, row_max, lambda z: z.max(axis=0))
            ],
        ),
        Mistake(
            "activation_applied_twice",
            "Softmax is applied twice: the second one flattens the probabilities.",
            {"p": lambda z: softmax(softmax(z))},
        ),
        Mistake(
            "unstable_exp",
            "Right for small scores, but exp overflows for large ones (from 710 on) and leaves "
            "inf, nan or an error. Subtract each row's maximum before `np.exp`: softmax stays the "
            "same.",
            [
                {"p": shares(nothing, row_sum)},
                {"p": one_by_one},
                {"p": row_by_row},
                {"p": shares(lambda z: z.mean(axis=1, keepdims=True), row_sum)},
                {"p": shares(lambda z: z.min(axis=1, keepdims=True), row_sum)},
                {"p": shares(lambda z: z.mean(), row_sum)},
                {"p": shares(lambda z: z.min(), row_sum)},
            ],
        ),
        Mistake(
            "global_max",
            "You subtract one maximum, that of the whole batch. A row far below it then has "
            "exp = 0 everywhere, and 0/0. Each row needs its own: `z.max(axis=1, keepdims=True)`.",
            [
                {"p": shares(lambda z: z.max(), row_sum)},
                {"p": shares(lambda z: z.max(axis=0), row_sum)},
            ],
        ),
        Mistake(
            "over_clipping",
            "Right for small scores, but large differences are cut off at a round number before "
            "`np.exp`. No cut is needed once each row's maximum is subtracted.",
            [
                {"p": lambda z, c=c, largest=largest: softmax(np.clip(z - largest(z), -c, c))}
                for c in (1, 2, 3, 5, 6, 8, 10, 15, 20, 30, 50, 80, 100, 200, 300, 500, 700, 709)
                for largest in (nothing, row_max)[: 2 if c <= 20 else 1]
            ],
        ),
    ],
)
