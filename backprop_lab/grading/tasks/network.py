"""A whole network: tanh hidden layer, linear output, mean squared error."""

from types import SimpleNamespace

import numpy as np

from ..task import Mistake, Probe, Task
from .activations import sigmoid


def mlp_backward(x, y, params):
    """Compute the gradients of mean (tanh(x @ W1 + b1) @ W2 + b2 - y)², a dict W1 b1 W2 b2."""
    h = np.tanh(x @ params["W1"] + params["b1"])
    pred = h @ params["W2"] + params["b2"]
    dpred = 2 * (pred - y) / y.size
    dz1 = dpred @ params["W2"].T * (1 - h**2)
    return {"W1": x.T @ dz1, "b1": dz1.sum(axis=0), "W2": h.T @ dpred, "b2": dpred.sum(axis=0)}


STEPS = {
    "z1": lambda s: s.x @ s.W1 + s.b1,
    "h": lambda s: np.tanh(s.z1),
    "pred": lambda s: s.h @ s.W2 + s.b2,
    "dpred": lambda s: 2 * (s.pred - s.y) / s.y.size,
    "dW2": lambda s: s.h.T @ s.dpred,
    "db2": lambda s: s.dpred.sum(axis=0),
    "dh": lambda s: s.dpred @ s.W2.T,
    "dz1": lambda s: s.dh * (1 - s.h**2),
    "dW1": lambda s: s.x.T @ s.dz1,
    "db1": lambda s: s.dz1.sum(axis=0),
}


def with_step(**instead):
    """Make a whole solution in which some steps are other than right."""

    def wrong(x, y, params):
        s = SimpleNamespace(x=x, y=y, **params)
        for name, step in (STEPS | instead).items():
            setattr(s, name, step(s))
        return {"W1": s.dW1, "b1": s.db1, "W2": s.dW2, "b2": s.db2}

    return wrong


def hidden_rule(*rules):
    """Solutions with another derivative of tanh: dz1 = dh · rule(s)."""
    return [with_step(dz1=lambda s, rule=rule: s.dh * rule(s)) for rule in rules]


def upstream(*rules):
    """Solutions with another gradient of the loss."""
    return [with_step(dpred=rule) for rule in rules]


def updated_in_place(lr):
    """Update the caller's W2 before the hidden layer needs it."""

    def dh(s):
        s.W2 -= lr * s.dW2
        return s.dpred @ s.W2.T

    return with_step(dh=dh)


def updated(lr):
    """Update W2 before the hidden layer needs it, but a copy."""
    return with_step(dh=lambda s: s.dpred @ (s.W2 - lr * s.dW2).T)


LEARNING_RATES = [1, 0.25, 0.15, 0.7, 0.8, 0.07] + [
    first * 10.0**-place for place in (1, 2, 3, 4) for first in (1, 2, 3, 5)
]


def batch(rng, N, D, H, M, dtype=float):
    """Make x (N, D), y (N, M), params."""

    def some(*shape, scale=1.0):
        return ((rng.normal(size=shape) * scale).round(1) + 0.0).astype(dtype)

    shapes = {"W1": (D, H), "b1": (H,), "W2": (H, M), "b2": (M,)}
    return some(N, D), some(N, M), {name: some(*shape, scale=0.7) for name, shape in shapes.items()}


def whole_batch(rng, N, D, H, M):
    """Whole numbers in x and y."""
    x, y, params = batch(rng, N, D, H, M)
    return (x * 2).astype(int), (y * 3).astype(int), params


def single(rng, **sizes):
    """Make all of them in float32."""
    return batch(rng, **sizes, dtype=np.float32)


SIZES = {"N": 4, "D": 3, "H": 5, "M": 2}

PROBES = [
    Probe(batch, SIZES),
    Probe(batch, SIZES, seed=1),
    Probe(batch, {"N": 3, "D": 2, "H": 4, "M": 5}, seed=2),
    Probe(batch, {"N": 3, "D": 3, "H": 3, "M": 3}, seed=3),
    Probe(batch, {"N": 2, "D": 1, "H": 3, "M": 1}, edge=True, seed=4),
    Probe(batch, {"N": 1, "D": 3, "H": 2, "M": 2}, edge=True, seed=5),
    Probe(whole_batch, {"N": 3, "D": 2, "H": 1, "M": 2}, edge=True, seed=6),
    Probe(single, {"N": 5, "D": 3, "H": 4, "M": 2}, edge=True, seed=7),
]


def first_of_shape(x):
    """Arguments of the first probe whose x has this shape."""
    return next(probe.pristine for probe in PROBES if probe.pristine[0].shape == x.shape)


def remembered(x, y, params):
    """Compute what the forward pass gives for these arguments."""
    s = SimpleNamespace(x=x, y=y, **params)
    for name in ("z1", "h", "pred"):
        setattr(s, name, STEPS[name](s))
    return s


STALE = [
    with_step(h=lambda s: remembered(*first_of_shape(s.x)).h),
    with_step(
        h=lambda s: remembered(*first_of_shape(s.x)).h,
        pred=lambda s: remembered(*first_of_shape(s.x)).pred,
    ),
    with_step(h=lambda s: remembered(*PROBES[0].pristine).h),
    with_step(
        h=lambda s: remembered(*PROBES[0].pristine).h,
        pred=lambda s: remembered(*PROBES[0].pristine).pred,
    ),
]

HINTS = {
    "grads": (
        "Forward first, with a name for every intermediate: z1, h, pred. Then backward, the last "
        "line of the forward pass first. Each gradient has the shape of what it belongs to.",
        "Four stations on the way back: dpred from the loss, dW2 and db2 and dh from the second "
        "layer, dz1 from tanh, dW1 and db1 from the first layer.",
        "The two layers are affine_backward twice, with dpred and h, then with dz1 and x; between "
        "them stands `dz1 = dh * (...)`.",
    ),
    'grads["W1"]': (
        "W1 is an affine layer's weight: its gradient is the layer's input, transposed, times what "
        "arrives at the layer's output. What arrives at z1?",
        "From dpred back through W2 to dh, then through tanh: dz1 = dh · (1 - h²), entry by entry. "
        "h is tanh(z1) already.",
        '`dz1 = (dpred @ params["W2"].T) * (1 - ...)`, and then `x.T @ dz1`.',
    ),
    'grads["b1"]': (
        "b1 was added to every sample's z1, so every sample has a say.",
        "Its gradient is the sum of dz1 over the batch: after tanh's derivative, not before.",
        "`dz1.sum(axis=...)`, with the number of the batch axis.",
    ),
    'grads["W2"]': (
        "W2 is an affine layer's weight: its gradient is the layer's input, transposed, times what "
        "arrives at the layer's output. What was its input?",
        "Its input was h, after tanh, of shape (N, H); what arrives is dpred, (N, M).",
        "`h.T @ dpred`, with dpred = 2 (pred - y) over the number of entries in y.",
    ),
    'grads["b2"]': (
        "b2 was added to every sample's output. What arrives there is the gradient of the loss "
        "with respect to pred.",
        "The loss is a mean over all entries: dpred = 2 (pred - y) / (N·M). Its sum over the batch "
        "is the gradient of b2.",
        "`dpred = 2 * (pred - y) / y.size`, and then `dpred.sum(axis=...)`.",
    ),
}

MISTAKES = [
    Mistake(
        "transpose_missing_dx",
        "On the way back to h you take dpred @ W2, with W2 as it is. dpred is (N, M) and W2 is "
        "(H, M), so the two fit only where M = H. dh[n, h] sums over the outputs m: W2 has to be "
        "transposed.",
        with_step(dh=lambda s: s.dpred @ s.W2),
    ),
    Mistake(
        "transpose_dw",
        "One of your weight gradients is the transpose of the right one. W1 is (D, H) and W2 is "
        "(H, M), and a gradient has the shape of what it belongs to: `input.T @ dout`.",
        [
            with_step(dW1=lambda s: s.dz1.T @ s.x),
            with_step(dW2=lambda s: s.dpred.T @ s.h),
        ],
    ),
    Mistake(
        "bias_grad_not_summed",
        "The gradient of a bias still has one row for each of the {N} samples. One b was added to "
        "all of them, so their gradients add up: sum over the batch axis.",
        [with_step(db1=lambda s: s.dz1), with_step(db2=lambda s: s.dpred)],
    ),
    Mistake(
        "bias_grad_keepdims_shape",
        "The gradient of a bias has the right values in the shape (1, ...). A gradient has the "
        "shape of what it belongs to: leave out `keepdims=True`.",
        [
            with_step(db1=lambda s: s.dz1.sum(axis=0, keepdims=True)),
            with_step(db2=lambda s: s.dpred.sum(axis=0, keepdims=True)),
        ],
    ),
    Mistake(
        "bias_grad_total_sum",
        "The gradient of a bias is one number, the sum of everything. Each unit has its own bias: "
        "sum over the batch axis alone, `axis=0`.",
        [with_step(db1=lambda s: s.dz1.sum()), with_step(db2=lambda s: s.dpred.sum())],
    ),
    Mistake(
        "bias_grad_wrong_axis",
        "The gradient of a bias sums over the units (axis=1) and keeps the {N} samples. It is the "
        "other way round: sum over the samples, keep the units.",
        [with_step(db1=lambda s: s.dz1.sum(axis=1)), with_step(db2=lambda s: s.dpred.sum(axis=1))],
    ),
    Mistake(
        "updated_weights_in_backward",
        "You update W2 while the gradients are still on their way: the hidden layer then sees the "
        "new W2, and the caller's params have changed. First all gradients, with the weights of "
        "the forward pass; updating is somebody else's step.",
        [updated_in_place(lr) for lr in LEARNING_RATES],
    ),
    Mistake(
        "stale_cache",
        "The first call is right; a later one with arrays of the same shape still uses the hidden "
        "activations of the first. Whatever depends on x and params has to be computed in every "
        "call: keep nothing in a global name or a default argument.",
        STALE,
    ),
    Mistake(
        "bias_missing",
        "Your forward pass leaves a bias out: z1 = x @ W1 + b1, and pred = h @ W2 + b2. The "
        "gradients are those of another network.",
        [
            with_step(z1=lambda s: s.x @ s.W1, pred=lambda s: s.h @ s.W2),
            with_step(z1=lambda s: s.x @ s.W1),
            with_step(pred=lambda s: s.h @ s.W2),
        ],
    ),
    Mistake(
        "sign_flipped",
        "All your gradients are right with the opposite sign: the error is what the network said "
        "minus what is true, pred - y, and not the reverse.",
        upstream(lambda s: 2 * (s.y - s.pred) / s.y.size),
    ),
    Mistake(
        "factor_two_missing",
        "All your gradients are half the right ones. The derivative of a square is twice what was "
        "squared: dpred = 2 (pred - y) / (N·M).",
        upstream(lambda s: (s.pred - s.y) / s.y.size),
    ),
    Mistake(
        "grad_not_averaged",
        "All your gradients are the right ones times {N} · {M}, the number of entries in y. The "
        "loss is their mean, so dpred is divided by that number.",
        upstream(lambda s: 2 * (s.pred - s.y)),
    ),
    Mistake(
        "grad_mean_over_batch_only",
        "All your gradients are the right ones times {M}, and {M} is the number of outputs. The "
        "loss is a mean over all {N} · {M} entries, and you divide by the samples only.",
        upstream(lambda s: 2 * (s.pred - s.y) / len(s.y)),
    ),
    Mistake(
        "extra_batch_mean",
        "All your gradients are the right ones divided by {N}, and {N} is your batch size. The "
        "mean of the loss has divided already, in dpred: from there on you only sum.",
        upstream(lambda s: 2 * (s.pred - s.y) / s.y.size / len(s.y)),
    ),
    Mistake(
        "extra_batch_mean",
        "Your weight gradients are divided by {N}, and {N} is your batch size. The mean of the "
        "loss has divided already, in dpred: from there on you only sum.",
        [
            with_step(dW1=lambda s: s.x.T @ s.dz1 / len(s.x)),
            with_step(dW2=lambda s: s.h.T @ s.dpred / len(s.x)),
        ],
    ),
    Mistake(
        "extra_activation_grad",
        "You multiply dpred by a derivative of tanh. The output is linear: only the hidden layer "
        "has an activation, so dpred goes back through W2 as it is.",
        upstream(
            lambda s: 2 * (s.pred - s.y) / s.y.size * (1 - np.tanh(s.pred) ** 2),
            lambda s: 2 * (s.pred - s.y) / s.y.size * (1 - s.pred**2),
            lambda s: 2 * (s.pred - s.y) / s.y.size * s.pred * (1 - s.pred),
        ),
    ),
    Mistake(
        "preactivation_for_activation",
        "Your gradient of W2 is made with z1, before tanh. What W2 was multiplied with is h = "
        "tanh(z1).",
        with_step(dW2=lambda s: s.z1.T @ s.dpred),
    ),
    Mistake(
        "grad_instead_of_weight",
        "On the way back to h you use the gradient of W2 where the weights W2 belong: h reached "
        "the output through W2 itself.",
        [
            with_step(dh=lambda s: s.dpred @ s.dW2.T),
            with_step(dh=lambda s: s.dpred @ s.dW2.T / len(s.x)),
        ],
    ),
    Mistake(
        "activation_grad_missing",
        "The derivative of tanh is left out: you take dh for dz1. Between them stands the factor "
        "1 - h².",
        hidden_rule(lambda s: 1),
    ),
    Mistake(
        "activation_applied_twice",
        "Your derivative takes tanh of h, and h is tanh(z1) already. It is 1 - h² with h as it is.",
        hidden_rule(lambda s: 1 - np.tanh(s.h) ** 2),
    ),
    Mistake(
        "uses_preactivation",
        "Your derivative of tanh is 1 - z1². The rule is written with the output: 1 - h², which is "
        "never negative.",
        hidden_rule(lambda s: 1 - s.z1**2),
    ),
    Mistake(
        "square_missing",
        "Your derivative of tanh is 1 - h. The square is missing: 1 - h².",
        hidden_rule(lambda s: 1 - s.h),
    ),
    Mistake(
        "wrong_activation_rule",
        "Your hidden layer goes back by the rule of another activation (h (1 - h) belongs to the "
        "sigmoid, z1 > 0 to the ReLU). That of tanh is 1 - h².",
        hidden_rule(
            lambda s: s.h * (1 - s.h),
            lambda s: s.h > 0,
            lambda s: sigmoid(s.z1) * (1 - sigmoid(s.z1)),
            lambda s: sigmoid(s.h) * (1 - sigmoid(s.h)),
        ),
    ),
    Mistake(
        "updated_weights_in_backward",
        "The hidden layer sees a W2 that has been updated already. The gradients belong to the "
        "weights of the forward pass: compute all of them first, update afterwards.",
        [updated(lr) for lr in LEARNING_RATES],
    ),
    Mistake(
        "chain_order",
        "Your gradient of b1 sums dh, before the derivative of tanh. b1 stands inside tanh: sum "
        "dz1 = dh · (1 - h²).",
        with_step(db1=lambda s: s.dh.sum(axis=0)),
    ),
    Mistake(
        "bias_grad_mean",
        "The gradient of a bias is divided by {N}, and {N} is your batch size: you take the mean "
        "over the batch. The loss has taken it already, so here you only sum.",
        [
            with_step(db1=lambda s: s.dz1.mean(axis=0)),
            with_step(db2=lambda s: s.dpred.mean(axis=0)),
        ],
    ),
]

TASK = Task(
    right=mlp_backward,
    returns={"grads": ""},
    probes=PROBES,
    mistakes=MISTAKES,
    hints=HINTS,
)
