"""One neuron, out = w · x + b: the tour's only task."""

import numpy as np

from ..task import Mistake, Probe, Task


def neuron(x, w, b):
    """Compute Σ_d w[d] · x[d] + b, one number."""
    return np.sum(w * x) + b


def inputs(rng, D, dtype=float):
    """Arguments: x (D,), w (D,), b."""
    x, w = (rng.normal(scale=2, size=D).round(1) + 0.2 for _ in range(2))
    b = round(rng.normal(scale=2), 1) + 0.25
    return (x * 3).astype(dtype) if dtype is int else x.astype(dtype), w.astype(_real(dtype)), b


def _real(dtype):
    return np.float32 if dtype is np.float32 else float


def of_kind(dtype):
    """Make the same arguments with whole numbers in x, or all in float32."""
    return lambda rng, D: inputs(rng, D, dtype)


TASK = Task(
    right=neuron,
    returns={"out": ""},
    probes=[
        Probe(inputs, {"D": 3}),
        Probe(inputs, {"D": 2}, seed=1),
        Probe(inputs, {"D": 5}, seed=2),
        Probe(inputs, {"D": 1}, edge=True, seed=3),
        Probe(of_kind(int), {"D": 4}, edge=True, seed=4),
        Probe(of_kind(np.float32), {"D": 3}, edge=True, seed=5),
    ],
    hints={
        "out": (
            "Take two inputs first, with pencil and paper: each is multiplied by its own weight.",
            "Multiply x and w entry by entry, add the products up, and then add b, once.",
            "`w @ x` is the sum of the products, and so is `np.sum(w * x)`. The bias comes after.",
        )
    },
    mistakes=[
        Mistake(
            "bias_missing",
            "Your out is the weighted sum without the bias. Add b to it.",
            {"out": lambda x, w, b: np.sum(w * x)},
        ),
        Mistake(
            "elementwise_for_matmul",
            "You return {D} numbers, one for each input. A neuron says one: add the products up.",
            [
                {"out": lambda x, w, b: w * x + b},
                {"out": lambda x, w, b: w * x},
                {"out": lambda x, w, b: w * x + b / x.size},
            ],
        ),
        Mistake(
            "bias_added_each_time",
            "Your out has the bias {D} times, once for each product. Add up first, then add b.",
            {"out": lambda x, w, b: np.sum(w * x + b)},
        ),
        Mistake(
            "bias_before_matmul",
            "You add b to the inputs, so the weights multiply it, too. The bias comes after the "
            "sum.",
            {"out": lambda x, w, b: np.sum(w * (x + b))},
        ),
        Mistake(
            "product_of_sums",
            "You add up first and multiply then. Each input has a weight of its own: multiply "
            "first, and add the products up.",
            [
                {"out": lambda x, w, b: np.sum(w) * np.sum(x) + b},
                {"out": lambda x, w, b: np.sum(w) * np.sum(x)},
            ],
        ),
        Mistake(
            "mean_for_sum",
            "Your out holds the mean of the products. A neuron takes their sum.",
            [
                {"out": lambda x, w, b: np.mean(w * x) + b},
                {"out": lambda x, w, b: np.mean(w * x + b)},
                {"out": lambda x, w, b: np.mean(w * x)},
            ],
        ),
        Mistake(
            "return_inside_loop",
            "Only the first of the {D} products is in your out: `return` stands inside the loop, "
            "and ends it.",
            [
                {"out": lambda x, w, b: w[0] * x[0] + b},
                {"out": lambda x, w, b: w[0] * x[0]},
            ],
        ),
        Mistake(
            "assign_for_accumulate",
            "Only the last of the {D} products is in your out: `=` replaces what was there, "
            "`+=` adds to it.",
            [
                {"out": lambda x, w, b: w[-1] * x[-1] + b},
                {"out": lambda x, w, b: w[-1] * x[-1]},
            ],
        ),
        Mistake(
            "sign_flipped",
            "A minus stands where a plus belongs: out = w · x + b.",
            [
                {"out": lambda x, w, b: np.sum(w * x) - b},
                {"out": lambda x, w, b: b - np.sum(w * x)},
                {"out": lambda x, w, b: -(np.sum(w * x) + b)},
            ],
        ),
    ],
)
