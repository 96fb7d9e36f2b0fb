"""Depth: a gradient on its way back through a stack of sigmoid layers, and its length in each."""

import numpy as np

from ..task import Mistake, Probe, Task
from .activations import sigmoid


def gradient_norms(dout, weights, outputs):
    """Compute the length of ∂loss/∂z in each layer, where outputs[i] = sigmoid(z) of layer i."""
    norms = []
    for W, a in zip(reversed(weights), reversed(outputs)):
        dz = dout * a * (1 - a)
        norms.append(np.linalg.norm(dz))
        dout = dz @ W.T
    return np.array(norms[::-1])


def in_a_row(solution, dout, weights, outputs):
    """Take a list of numbers for the array that it stands for."""
    value = solution(dout, weights, outputs)
    if type(value) in (list, tuple) and value and all(np.shape(each) == () for each in value):
        return np.array(value)
    return value


def walk(
    slope=lambda a: a * (1 - a),
    length=np.linalg.norm,
    back=lambda dz, W: dz @ W.T,
    carry=lambda back, dout: back,
):
    """Make a whole solution in which one station of the way back is other than right."""

    def wrong(dout, weights, outputs):
        norms, arrived = [], dout
        for W, a in zip(reversed(weights), reversed(outputs)):
            dz = arrived * slope(a)
            norms.append(length(dz))
            arrived = carry(back(dz, W), dout)
        return np.array(norms[::-1])

    return wrong


def measured(*places):
    """Make solutions that measure at another place: (dh, dz, dx) -> array."""

    def wrong(place):
        def solution(dout, weights, outputs):
            norms = []
            for W, a in zip(reversed(weights), reversed(outputs)):
                dz = dout * a * (1 - a)
                norms.append(np.linalg.norm(place(dout, dz, dz @ W.T)))
                dout = dz @ W.T
            return np.array(norms[::-1])

        return solution

    return [wrong(place) for place in places]


def with_stack(rearranged):
    """Make a whole solution that takes the stack for another: (weights, outputs) -> both."""
    return lambda dout, weights, outputs: gradient_norms(dout, *rearranged(weights, outputs))


def stack(widths, dtype=float):
    """Arguments: dout, and the weights and outputs of a stack of these widths."""

    def make(rng, N, L):
        pairs = list(zip(widths, widths[1:], strict=False))
        weights = [((rng.normal(size=pair) * 1.5).round(1) + 0.0).astype(dtype) for pair in pairs]
        a, outputs = rng.uniform(size=(N, widths[0])), []
        for W in weights:
            a = sigmoid(a @ W).round(2).astype(dtype)
            outputs.append(a)
        return (rng.normal(size=a.shape).round(1) + 0.1).astype(dtype), weights, outputs

    return make


TASK = Task(
    right=gradient_norms,
    returns={"norms": "L"},
    use=in_a_row,
    probes=[
        Probe(stack([3, 4, 2, 3]), {"N": 4, "L": 3}),
        Probe(stack([2, 2]), {"N": 2, "L": 1}, seed=1),
        Probe(stack([3, 3, 3, 3]), {"N": 3, "L": 3}, seed=2),
        Probe(stack([4] * 7), {"N": 5, "L": 6}, seed=3),
        Probe(stack([2, 5]), {"N": 1, "L": 1}, edge=True, seed=4),
        Probe(stack([1, 1, 1, 1, 1]), {"N": 1, "L": 4}, edge=True, seed=5),
        Probe(stack([3, 4, 2], np.float32), {"N": 3, "L": 2}, edge=True, seed=6),
    ],
    hints={
        "norms": (
            "Start at the end: dout arrives at what the last layer gives. Which two steps take a "
            "gradient back through one layer, and where between them do you measure?",
            "For each layer, the last one first: through the sigmoid, dz = dout · a(1 - a), "
            "whose length is one of the norms; through the weights, dout = dz @ W.T.",
            "`for W, a in zip(reversed(weights), reversed(outputs)):` with the three steps in it, "
            "`norms.append(np.linalg.norm(dz))` in the middle, and in the end `norms[::-1]`.",
        )
    },
    mistakes=[
        Mistake(
            "transpose_missing_dx",
            "You go back through the weights with `dz @ W`. dz is (N, units here) and W is (units "
            "below, units here), so the two fit only where both are equal. Back, W has to be "
            "transposed.",
            walk(back=lambda dz, W: dz @ W),
        ),
        Mistake(
            "norms_reversed",
            "Your norms are right, in the order in which you met them: last layer first. norms[0] "
            "belongs to the first layer, as weights[0] does. Turn the row round.",
            lambda dout, weights, outputs: gradient_norms(dout, weights, outputs)[::-1],
        ),
        Mistake(
            "stack_from_the_front",
            "You walk through the stack from its first layer to its last. dout arrives at the "
            "*last* layer, so the loop begins there: `reversed(...)`.",
            [
                with_stack(lambda weights, outputs: (weights[::-1], outputs[::-1])),
                lambda dout, weights, outputs: gradient_norms(dout, weights[::-1], outputs[::-1])[
                    ::-1
                ],
            ],
        ),
        Mistake(
            "gradient_not_carried",
            "Every layer of yours gets dout itself. What arrives at a layer is what the one above "
            "sent back: put `dz @ W.T` in the place of dout before the next turn of the loop.",
            walk(carry=lambda back, dout: dout),
        ),
        Mistake(
            "weights_skipped",
            "Your gradient passes the sigmoids and never the weights. Between two layers stands "
            "`dz @ W.T`.",
            walk(back=lambda dz, W: dz),
        ),
        Mistake(
            "norm_before_slope",
            "Your norms are those of what arrives at a layer, before its sigmoid. Measure one step "
            "later: dz = dout · a(1 - a).",
            measured(lambda dh, dz, dx: dh),
        ),
        Mistake(
            "norm_after_weights",
            "Your norms are those of what a layer sends on, behind its weights. Measure one step "
            "earlier: dz, between the sigmoid and the weights.",
            measured(lambda dh, dz, dx: dx),
        ),
        Mistake(
            "activation_grad_missing",
            "The slope of the sigmoid is left out: nothing stands between what arrives at a layer "
            "and its weights. dz = dout · a(1 - a).",
            walk(slope=lambda a: 1),
        ),
        Mistake(
            "activation_applied_twice",
            "Your slope takes the sigmoid of a, and a is a sigmoid already. It is a(1 - a) with a "
            "as it is.",
            walk(slope=lambda a: sigmoid(a) * (1 - sigmoid(a))),
        ),
        Mistake(
            "wrong_activation_rule",
            "You go back by the rule of another activation: 1 - a² belongs to tanh, a > 0 to ReLU. "
            "That of the sigmoid is a(1 - a).",
            [walk(slope=lambda a: 1 - a**2), walk(slope=lambda a: a > 0)],
        ),
        Mistake(
            "local_factor_lost",
            "One factor of the sigmoid's slope is lost: it is a(1 - a), and you have a, or 1 - a.",
            [walk(slope=lambda a: 1 - a), walk(slope=lambda a: a)],
        ),
        Mistake(
            "slope_at_its_best",
            "You multiply by 1/4 in every layer. That is the slope at its steepest, at a = 1/2; "
            "elsewhere it is less: a(1 - a).",
            walk(slope=lambda a: 0.25),
        ),
        Mistake(
            "sqrt_missing",
            "Your norms are sums of squares. A length is the root of that.",
            walk(length=lambda dz: (dz**2).sum()),
        ),
        Mistake(
            "mean_for_sum",
            "You take a mean where a length is a root of a *sum*: over all {N} samples and all "
            "units, nothing is divided.",
            [
                walk(length=lambda dz: np.sqrt((dz**2).mean())),
                walk(length=lambda dz: np.linalg.norm(dz) / len(dz)),
                walk(length=lambda dz: np.linalg.norm(dz) / np.sqrt(len(dz))),
                walk(length=lambda dz: np.linalg.norm(dz) / dz.size),
                walk(length=lambda dz: np.linalg.norm(dz, axis=1).mean()),
                walk(length=lambda dz: np.linalg.norm(dz.mean(axis=0))),
                walk(length=lambda dz: (dz**2).mean()),
            ],
        ),
        Mistake(
            "another_norm",
            "Your length is another one than here: the root of the sum of all squares, one number "
            "for the whole of dz, `np.linalg.norm(dz)`.",
            [
                walk(length=lambda dz: np.abs(dz).sum()),
                walk(length=lambda dz: np.abs(dz).mean()),
                walk(length=lambda dz: np.abs(dz).max()),
                walk(length=lambda dz: np.linalg.norm(dz, 2)),
                walk(length=lambda dz: np.linalg.norm(dz, 1)),
                walk(length=lambda dz: dz.sum()),
                walk(length=lambda dz: np.linalg.norm(dz, axis=1).sum()),
                walk(length=lambda dz: np.linalg.norm(dz.sum(axis=0))),
            ],
        ),
    ],
)
