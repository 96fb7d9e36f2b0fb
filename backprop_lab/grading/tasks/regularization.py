"""Regularization: a price on large weights, and a limit on large gradients."""

import math

import numpy as np

from ..task import Facts, Mistake, Probe, Task


def l2_penalty(weights, lam):
    """Compute loss = lam / 2 · Σ W² over all weights, and its gradients lam · W."""
    return lam / 2 * sum((W**2).sum() for W in weights), [lam * W for W in weights]


def clip_by_global_norm(grads, max_norm):
    """Scale all gradients by one factor, so that their common norm is max_norm at most."""
    norm = np.sqrt(sum((g**2).sum() for g in grads))
    return [g * (max_norm / max(norm, max_norm)) for g in grads]


def norm(grads):
    """Length of all entries of all arrays as one vector."""
    return np.sqrt(sum((g**2).sum() for g in grads))


def penalized(solution, weights, lam):
    """Take loss and gradients apart, in whichever order they come, and count the gradients."""
    value = solution(weights, lam)
    if type(value) not in (tuple, list) or len(value) != 2:
        return value
    swapped = is_list(value[0]) and is_number(value[1])
    loss, grads = reversed(value) if swapped else value
    if not is_list(grads):
        return value
    return Facts(
        {
            "loss": loss,
            "grads": arrays(grads),
            "len(grads)": len(grads),
            "place of the loss": 1 + swapped,
        }
    )


def clipped(solution, grads, max_norm):
    """Take the new gradients, count them, and look whether something stands beside them."""
    value = solution(grads, max_norm)
    paired = type(value) is tuple and len(value) == 2 and is_list(value[0]) and is_number(value[1])
    new = value[0] if paired else value
    if not is_list(new):
        return value
    return Facts({"clipped": arrays(new), "len(clipped)": len(new), "outputs returned": 1 + paired})


def is_list(value):
    """Whether it can stand for a list of arrays."""
    return type(value) in (list, tuple)


def is_number(value):
    """Whether it is one number."""
    return isinstance(value, (int, float, np.generic)) or np.shape(value) == ()


def arrays(values):
    """Make the leaves arrays, where they are numbers or lists of numbers."""
    return [np.asarray(each) for each in values]


def matrices(*shapes, dtype=float):
    """Arguments: matrices of these shapes, lam."""

    def make(rng, lam):
        return [
            (rng.normal(size=shape) * 2).round(1).astype(dtype) + dtype(0) for shape in shapes
        ], lam

    return make


def half_square(W):
    """Price of one matrix as it should be."""
    return (W**2).sum() / 2


def l2(loss=half_square, grad=lambda W: W, total=sum):
    """Make a whole solution of another price of one matrix, another gradient, another total."""

    def wrong(weights, lam):
        losses = [lam * loss(W) for W in weights]
        return total(losses), [lam * grad(W) for W in weights]

    return wrong


def by_all(loss, grad):
    """Make a whole solution that knows how many weights there are in all matrices."""

    def wrong(weights, lam):
        size = sum(W.size for W in weights)
        return lam * sum(loss(W, size) for W in weights), [lam * grad(W, size) for W in weights]

    return wrong


L2 = Task(
    right=l2_penalty,
    returns={"loss": "", "grads": "like weights"},
    use=penalized,
    probes=[
        Probe(matrices((2, 3), (3, 2)), {"lam": 0.3}),
        Probe(matrices((2, 1)), {"lam": 0.1}, seed=1),
        Probe(matrices((3, 3), (3, 3), (3, 1)), {"lam": 1.7}, seed=2),
        Probe(matrices((2, 2)), {"lam": 0.0}, edge=True, seed=3),
        Probe(matrices((4, 2), (2, 3), dtype=np.float32), {"lam": 0.6}, edge=True, seed=4),
    ],
    hints={
        "loss": (
            "Square every weight, add up all of them, in all matrices, and multiply once.",
            "A loop over the matrices adds to one number, `loss += ...`, with the factor lam / 2.",
            "`loss += lam / 2 * (W**2).sum()` for each W; or a sum() over all of them.",
        ),
        "grads": (
            "What is the derivative of lam/2 · w² for one weight w?",
            "The square brings a 2, and the 1/2 takes it away: lam · w. Each gradient has the "
            "shape of its matrix.",
            "A list with `lam * W` for each W in weights.",
        ),
    },
    mistakes=[
        Mistake(
            "swapped_return_order",
            "Your outputs come in another order than agreed: `return loss, grads`.",
            lambda weights, lam: l2_penalty(weights, lam)[::-1],
        ),
        Mistake(
            "loss_not_scalar",
            "Your loss is not one number: it keeps a value for each matrix, or for each weight. "
            "Add up all squares, of all matrices.",
            [
                l2(total=np.array),
                l2(total=list),
                l2(loss=lambda W: W**2 / 2),
                l2(loss=lambda W: W**2 / 2, total=lambda losses: losses[-1]),
                l2(loss=lambda W: (W**2).sum(axis=0) / 2),
            ],
        ),
        Mistake(
            "grad_total_sum",
            "Your gradient is one number per matrix. Each weight has its own: lam · W, in the "
            "shape of W.",
            [l2(grad=lambda W: W.sum()), l2(grad=half_square)],
        ),
        Mistake(
            "assign_for_accumulate",
            "Your loss is that of the last matrix alone: each turn of the loop overwrites the one "
            "before. Start with `loss = 0.0`, then `loss += ...`.",
            l2(total=lambda losses: losses[-1]),
        ),
        Mistake(
            "l2_no_half_convention",
            "Your penalty is lam · Σ W², with the gradient 2 · lam · W: the two fit together, and "
            "many books write it so. In this course it is lam/2 · Σ W², with the gradient lam · W.",
            l2(loss=lambda W: (W**2).sum(), grad=lambda W: 2 * W),
            convention=True,
        ),
        Mistake(
            "mean_for_sum",
            "You take the mean of the squares, not their sum, so a weight in a large matrix would "
            "cost less than one in a small matrix. Add them up.",
            [
                l2(loss=lambda W: (W**2).mean() / 2, grad=lambda W: W / W.size),
                l2(loss=lambda W: (W**2).mean() / 2),
                by_all(lambda W, size: (W**2).sum() / 2 / size, lambda W, size: W / size),
                by_all(lambda W, size: (W**2).sum() / 2 / size, lambda W, size: W),
            ],
        ),
        Mistake(
            "l2_loss_not_halved",
            "Your loss is the right one times 2, and your gradients belong to lam/2 · Σ W²: loss "
            "and gradient do not fit together. Halve the loss.",
            l2(loss=lambda W: (W**2).sum()),
        ),
        Mistake(
            "l2_grad_doubled",
            "Your gradients are the right ones times 2, and your loss has the 1/2: the 2 of the "
            "derivative and the 1/2 cancel. The gradient is lam · W.",
            l2(grad=lambda W: 2 * W),
        ),
        Mistake(
            "factor_two_missing",
            "Your gradients are the right ones divided by 2. The derivative of W² brings a 2, and "
            "it cancels the 1/2 of the loss: lam · W.",
            l2(grad=lambda W: W / 2),
        ),
        Mistake(
            "square_missing",
            "Your loss grows with W, not with its square. The penalty is lam/2 · Σ W².",
            [
                l2(loss=lambda W: np.abs(W).sum() / 2),
                l2(loss=lambda W: W.sum() / 2),
                l2(loss=lambda W: np.abs(W).sum()),
                l2(loss=lambda W: W.sum()),
                l2(loss=lambda W: np.sqrt((W**2).sum()) / 2),
                l2(loss=lambda W: np.sqrt((W**2).sum())),
            ],
        ),
        Mistake(
            "square_not_differentiated",
            "Your gradient still has the square, lam · W², so it is never negative. The "
            "derivative of W²/2 is W.",
            [
                l2(grad=lambda W: W**2),
                l2(grad=lambda W: W**2 / 2),
                l2(grad=lambda W: 2 * W**2),
            ],
        ),
        Mistake(
            "sign_flipped",
            "Your gradients have the opposite sign. A larger weight costs more, so the gradient "
            "points the way of W: lam · W. The step of the optimizer turns it round.",
            l2(grad=lambda W: -W),
        ),
        Mistake(
            "sign_flipped",
            "Your loss has the opposite sign: large weights would be rewarded. It is added to the "
            "loss of the data.",
            l2(loss=lambda W: -half_square(W)),
        ),
        Mistake(
            "hyperparameter_ignored",
            "lam does not take part in your answer. Loss and gradients are both multiplied by it; "
            "here it is {lam}.",
            [
                lambda weights, lam: l2_penalty(weights, 1.0),
                {"loss": lambda weights, lam: l2_penalty(weights, 1.0)[0]},
                {"grads": lambda weights, lam: l2_penalty(weights, 1.0)[1]},
            ],
        ),
    ],
)


def gradients(*shapes, scale=1.0, dtype=float):
    """Arguments: gradients of these shapes, max_norm."""

    def make(rng, max_norm):
        grads = [(rng.normal(size=shape) * 2).round(1) * scale for shape in shapes]
        return [(g + 0.0).astype(dtype) for g in grads], max_norm

    return make


def scaled(factor):
    """Make a whole solution of another common factor: (grads, max_norm) -> number."""
    return lambda grads, max_norm: [g * factor(grads, max_norm) for g in grads]


def limited(length):
    """Make a factor from another length of all gradients together."""
    return lambda grads, max_norm: max_norm / max(length(grads), max_norm)


def squared(grads):
    """Sum of all squares, without its root."""
    return norm(grads) ** 2


def each_by_its_own(grads, max_norm):
    """Clip array by array."""
    return [g * limited(norm)([g], max_norm) for g in grads]


def with_a_floor(epsilon):
    """Make the form in which a small number is added to the norm."""
    return scaled(lambda grads, max_norm: min(1.0, max_norm / (norm(grads) + epsilon)))


def dividing_plain_numbers(grads, max_norm):
    """Divide Python's numbers, which raise where NumPy warns."""
    factor = min(1.0, max_norm / math.sqrt(norm(grads) ** 2))
    return [g * factor for g in grads]


CLIP = Task(
    right=clip_by_global_norm,
    returns={"clipped": "like grads"},
    use=clipped,
    probes=[
        Probe(gradients((2, 3), (3,)), {"max_norm": 0.7}),
        Probe(gradients((2,), (1, 2)), {"max_norm": 1.5}, seed=1),
        Probe(gradients((3, 2), (2,), (2, 1), scale=0.5), {"max_norm": 4.0}, seed=2),
        Probe(gradients((2, 2), (2,), scale=20.0), {"max_norm": 12.0}, seed=3),
        Probe(gradients((3, 3), (1,), scale=0.14), {"max_norm": 0.8}, seed=4),
        Probe(gradients((2, 2), scale=0.1), {"max_norm": 0.05}, edge=True, seed=5),
        Probe(
            lambda rng, max_norm: ([np.array([3.0]), np.array([4.0])], max_norm),
            {"max_norm": 5.0},
            edge=True,
        ),
        Probe(gradients((2, 2), (2,), scale=0.0), {"max_norm": 1.2}, edge=True),
        Probe(gradients((2, 3), (3,), dtype=np.float32), {"max_norm": 0.6}, edge=True, seed=6),
    ],
    hints={
        "clipped": (
            "First one number: the length of everything together, as if all arrays were one long "
            "vector. Then one factor for all arrays.",
            "norm = √(Σ g²), the sum over all entries of all arrays. If it is larger than "
            "max_norm, the factor is max_norm / norm; if not, it is 1.",
            "`[g * factor for g in grads]`, with `factor = min(1, max_norm / norm)`; mind a norm "
            "of 0.",
        )
    },
    mistakes=[
        Mistake(
            "clip_returns_norm",
            "You return a pair, the new list and the norm, as TensorFlow does. In this course "
            "only the list comes back.",
            lambda grads, max_norm: (clip_by_global_norm(grads, max_norm), norm(grads)),
            convention=True,
        ),
        Mistake(
            "rebinding_no_effect",
            "Your gradients come back as they were. `g = g * factor` makes a new array and ties "
            "the name g to it; the list never hears of it. Make a new list of the new arrays.",
            scaled(lambda grads, max_norm: 1.0),
        ),
        Mistake(
            "clip_per_tensor",
            "You clip each array by its own norm. Then large arrays shrink more than small ones, "
            "and the direction of the step changes. One norm over all entries, one factor for "
            "all.",
            each_by_its_own,
        ),
        Mistake(
            "clip_always_scales",
            "Small gradients grow: your gradients have the norm max_norm whatever they were. "
            "Clipping only ever makes them smaller, so the factor is 1 at most.",
            [
                scaled(lambda grads, max_norm: max_norm / norm(grads)),
                scaled(lambda grads, max_norm: max_norm / (norm(grads) + 1e-6)),
                scaled(lambda grads, max_norm: max_norm / (norm(grads) + 1e-8)),
            ],
        ),
        Mistake(
            "assign_for_accumulate",
            "Your norm is that of one array alone: each turn of the loop overwrites the one "
            "before. Add up the squares of all arrays: `total += ...`.",
            [
                scaled(limited(lambda grads: norm(grads[-1:]))),
                scaled(limited(lambda grads: norm(grads[:1]))),
            ],
        ),
        Mistake(
            "sqrt_missing",
            "You compare and divide by the sum of the squares, which is norm². Take its root.",
            [
                scaled(limited(squared)),
                scaled(
                    lambda grads, max_norm: (
                        max_norm / squared(grads) if norm(grads) > max_norm else 1.0
                    )
                ),
                scaled(
                    lambda grads, max_norm: (
                        max_norm / norm(grads) if squared(grads) > max_norm else 1.0
                    )
                ),
            ],
        ),
        Mistake(
            "hyperparameter_hard_coded",
            "Your limit does not depend on the argument max_norm: a fixed number is in your code. "
            "Here max_norm is {max_norm}.",
            [
                lambda grads, max_norm, most=most: clip_by_global_norm(grads, most)
                for most in (1.0, 5.0, 10.0, 0.5, 0.1, 0.25, 2.0, 100.0)
            ],
        ),
        Mistake(
            "clip_torch_eps_form",
            "Your norm ends a little below max_norm, because a small number is added to it before "
            "the division. PyTorch does it so; in this course the factor is max_norm / norm.",
            [with_a_floor(10.0**-k) for k in range(3, 9)],
            convention=True,
        ),
        Mistake(
            "zero_over_zero",
            "Right, but where all gradients are 0 their norm is 0, and you divide by it. Scale "
            "only if norm > max_norm, or divide by the larger of the two.",
            [
                scaled(lambda grads, max_norm: np.minimum(norm(grads), max_norm) / norm(grads)),
                dividing_plain_numbers,
            ],
        ),
    ],
)
