"""The affine layer, out = x @ W + b: forward and backward."""

from itertools import permutations

import numpy as np

from ..task import Mistake, Probe, Task


def affine_forward(x, W, b):
    """Compute out = x @ W + b."""
    return x @ W + b


def affine_backward(dout, x, W):
    """Compute dx = dout @ W.T, dW = x.T @ dout, db = Σ_n dout[n]."""
    return dout @ W.T, x.T @ dout, dout.sum(axis=0)


def layer(rng, N, D, M, dtype=float):
    """Arguments of the forward pass: x (N, D), W (D, M), b (M,)."""
    x, W, b = (rng.normal(scale=2, size=size).round(1) + 0.0 for size in [(N, D), (D, M), (M,)])
    return (x * 3).astype(dtype) if dtype is int else x.astype(dtype), *_typed(dtype, W, b)


def upstream(rng, N, D, M, dtype=float):
    """Arguments of the backward pass: dout (N, M), x (N, D), W (D, M)."""
    dout = rng.normal(size=(N, M)).round(1) + 0.0
    x, W, _ = layer(rng, N, D, M, dtype)
    return *_typed(dtype, dout), x, W


def whole_upstream(rng, N, D, M):
    """Whole numbers in dout alone: an honest loop may fill `np.zeros_like(x)`."""
    dout, x, W = upstream(rng, N, D, M)
    return (dout * 5).astype(int), x, W


def single(make):
    """Make the same arguments in float32."""
    return lambda rng, **sizes: make(rng, **sizes, dtype=np.float32)


def _typed(dtype, *arrays):
    return [array.astype(np.float32 if dtype is np.float32 else float) for array in arrays]


def probes(make, whole):
    """Rectangular and square, one sample, a second call, whole numbers, float32."""
    rectangle, wide = {"N": 4, "D": 3, "M": 2}, {"N": 2, "D": 3, "M": 5}
    return [
        Probe(make, rectangle),
        Probe(make, wide, seed=1),
        Probe(make, {"N": 3, "D": 3, "M": 3}, seed=2),
        Probe(make, rectangle, seed=3),
        Probe(make, {"N": 2, "D": 1, "M": 3}, edge=True, seed=4),
        Probe(make, {"N": 1, "D": 3, "M": 2}, edge=True, seed=5),
        Probe(whole, rectangle, edge=True, seed=6),
        Probe(single(make), rectangle, edge=True, seed=7),
    ]


def whole_layer(rng, N, D, M):
    """Whole numbers in x alone."""
    return layer(rng, N, D, M, dtype=int)


def reordered(order):
    """Return the right gradients in another order."""

    def wrong(dout, x, W):
        gradients = affine_backward(dout, x, W)
        return tuple(gradients[i] for i in order)

    return wrong


FORWARD = Task(
    right=affine_forward,
    returns={"out": "N, M"},
    probes=probes(layer, whole_layer),
    hints={
        "out": (
            "Take one sample and one unit first: out[n, m] is a sum over the features, plus one "
            "number.",
            "The sum over features, for all samples and units at once, is a matrix product of x "
            "(N, D) and W (D, M). b (M,) then broadcasts over the rows by itself.",
            "`@` multiplies matrices, `*` multiplies entry by entry. You need one `@` and one `+`.",
        )
    },
    mistakes=[
        Mistake(
            "bias_missing",
            "Your out is x @ W without the bias. Each unit m adds its own b[m], for every sample.",
            {"out": lambda x, W, b: x @ W},
        ),
        Mistake(
            "elementwise_for_matmul",
            "You multiply x and W entry by entry with `*`. Every unit needs the sum over all "
            "{D} features: that is the matrix product, `@`.",
            [
                {"out": lambda x, W, b: x * W + b},
                {"out": lambda x, W, b: np.multiply(x, W.T) + b},
                {"out": lambda x, W, b: x * W},
            ],
        ),
        Mistake(
            "bias_wrong_axis",
            "You add b down the batch: sample n gets b[n]. The bias belongs to the units: b has "
            "shape (M,) = ({M},), and without `[:, None]` it broadcasts over the rows by itself.",
            [
                {"out": lambda x, W, b: x @ W + b[:, None]},
                {"out": lambda x, W, b: x @ W + b.reshape(-1, 1)},
            ],
        ),
        Mistake(
            "bias_before_matmul",
            "You add b to x before the product, so W multiplies the bias too. x has D = {D} "
            "features and b has M = {M} units: the bias comes after `x @ W`.",
            {"out": lambda x, W, b: (x + b) @ W},
        ),
    ],
)

BACKWARD = Task(
    right=affine_backward,
    returns={"dx": "N, D", "dW": "D, M", "db": "M"},
    probes=probes(upstream, whole_upstream),
    hints={
        "dx": (
            "dx has the shape of x, (N, D). You have dout (N, M) and W (D, M): which product of "
            "the two gives (N, D)?",
            "x[n, d] reaches every unit m through W[d, m]. So dx[n, d] is the sum over m of "
            "dout[n, m] · W[d, m].",
            "The sum runs over the last axis of both, so one of them is transposed: "
            "`dx = dout @ W.` and one letter more.",
        ),
        "dW": (
            "dW has the shape of W, (D, M). You have x (N, D) and dout (N, M): which product of "
            "the two gives (D, M)?",
            "W[d, m] meets every sample. So dW[d, m] is the sum over n of x[n, d] · dout[n, m].",
            "The sum runs over the samples, the first axis of both, so x is transposed: "
            "`dW = x.T @ ...`.",
        ),
        "db": (
            "db has the shape of b, (M,). dout has shape (N, M): which axis has to go?",
            "b[m] was added to every sample, so every sample has a say: db[m] is the sum over n of "
            "dout[n, m].",
            "`db = dout.sum(axis=...)`, with the number of the batch axis.",
        ),
    },
    mistakes=[
        Mistake(
            "swapped_return_order",
            "Your gradients are right, in another order than agreed: `return dx, dW, db`.",
            [reordered(order) for order in list(permutations(range(3)))[1:]],
        ),
        Mistake(
            "transpose_missing_dx",
            "You take dx = dout @ W, with W as it is. dout is (N, M) and W is (D, M), so the two "
            "fit only where D = M. dx[n, d] sums over the units m: W has to be transposed.",
            {"dx": lambda dout, x, W: dout @ W},
        ),
        Mistake(
            "grad_instead_of_weight",
            "Your dx is made with the gradient dW where the weights W belong: the input reached "
            "the output through W itself.",
            [
                {"dx": lambda dout, x, W: dout @ (x.T @ dout).T},
                {"dx": lambda dout, x, W: dout @ (x.T @ dout).T / len(x)},
            ],
        ),
        Mistake(
            "transpose_missing_dw",
            "You take dW = x @ dout, with x as it is. x is (N, D) and dout is (N, M), so the two "
            "fit only where N = D. dW[d, m] sums over the samples n: x has to be transposed.",
            {"dW": lambda dout, x, W: x @ dout},
        ),
        Mistake(
            "transpose_dw",
            "Your dW is the transpose of the right one: `dout.T @ x` is (M, D), and W is (D, M). "
            "A gradient has the shape of what it belongs to: `x.T @ dout`.",
            {"dW": lambda dout, x, W: dout.T @ x},
        ),
        Mistake(
            "extra_batch_mean",
            "Your dW is the right one divided by {N}, and {N} is your batch size. The loss has "
            "already divided by N, and that is in dout: here you only sum.",
            {"dW": lambda dout, x, W: x.T @ dout / len(x)},
        ),
        Mistake(
            "extra_batch_mean",
            "Your dx is the right one divided by {N}, and {N} is your batch size. The loss has "
            "already divided by N, and that is in dout.",
            {"dx": lambda dout, x, W: dout @ W.T / len(x)},
        ),
        Mistake(
            "bias_grad_not_summed",
            "Your db is dout itself, one row for each of the {N} samples. One b was added to all "
            "of them, so their gradients add up: sum over the batch axis.",
            {"db": lambda dout, x, W: dout},
        ),
        Mistake(
            "bias_grad_keepdims_shape",
            "Your db has the right values in the shape (1, {M}). b has shape ({M},), and a "
            "gradient has the shape of what it belongs to: leave out `keepdims=True`.",
            [
                {"db": lambda dout, x, W: dout.sum(axis=0, keepdims=True)},
                {"db": lambda dout, x, W: dout.sum(axis=0).reshape(-1, 1)},
            ],
        ),
        Mistake(
            "bias_grad_total_sum",
            "Your db is one number, the sum of everything in dout. Each of the {M} units has its "
            "own bias: sum over the batch axis alone, `axis=0`.",
            [
                {"db": lambda dout, x, W: dout.sum()},
                {"db": lambda dout, x, W: dout.sum(keepdims=True)},
                {"db": lambda dout, x, W: dout.sum(keepdims=True)[0]},
                {"db": lambda dout, x, W: np.full(dout.shape[1], dout.sum())},
            ],
        ),
        Mistake(
            "bias_grad_wrong_axis",
            "Your db sums over the units (axis=1) and keeps the {N} samples. It is the other way "
            "round: sum over the samples, keep the {M} units.",
            [
                {"db": lambda dout, x, W: dout.sum(axis=1)},
                {"db": lambda dout, x, W: dout.sum(axis=1, keepdims=True)},
                {"db": lambda dout, x, W: dout.mean(axis=1)},
            ],
        ),
        Mistake(
            "bias_grad_mean",
            "Your db is the right one divided by {N}, and {N} is your batch size: you take the "
            "mean over the batch. The loss has already divided by N, so here you only sum.",
            {"db": lambda dout, x, W: dout.mean(axis=0)},
        ),
        Mistake(
            "batch_not_accumulated",
            "Your db holds the gradient of one sample alone. All {N} samples used the same b: add "
            "up their gradients. (In a loop: `+=` where `=` stands?)",
            [
                {"db": lambda dout, x, W: dout[-1]},
                {"db": lambda dout, x, W: dout[0]},
            ],
        ),
        Mistake(
            "batch_not_accumulated",
            "Your dW holds the gradient of one sample alone. All {N} samples used the same W: add "
            "up their gradients. (In a loop: `+=` where `=` stands?)",
            [
                {"dW": lambda dout, x, W: np.outer(x[-1], dout[-1])},
                {"dW": lambda dout, x, W: np.outer(x[0], dout[0])},
            ],
        ),
        Mistake(
            "missing_upstream",
            "Your db does not depend on dout. That the output moves by 1 when b moves by 1 is only "
            "the local part: the chain rule multiplies it by the gradient that arrives, dout.",
            [
                {"db": lambda dout, x, W: np.ones(dout.shape[1])},
                {"db": lambda dout, x, W: np.full(dout.shape[1], len(dout))},
                {"db": lambda dout, x, W: np.float64(1)},
                {"db": lambda dout, x, W: np.ones_like(dout)},
            ],
        ),
        Mistake(
            "missing_upstream",
            "Your dW does not depend on dout. x is only the local part: the chain rule multiplies "
            "it by the gradient that arrives, dout.",
            [
                {"dW": lambda dout, x, W: x.T @ np.ones_like(dout)},
                {"dW": lambda dout, x, W: x.T},
                {"dW": lambda dout, x, W: x},
            ],
        ),
        Mistake(
            "missing_upstream",
            "Your dx does not depend on dout. W is only the local part: the chain rule multiplies "
            "it by the gradient that arrives, dout.",
            [
                {"dx": lambda dout, x, W: np.ones_like(dout) @ W.T},
                {"dx": lambda dout, x, W: W.T},
                {"dx": lambda dout, x, W: W},
            ],
        ),
    ],
)
