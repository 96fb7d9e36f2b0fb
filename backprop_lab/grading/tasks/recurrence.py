"""A recurrent layer, h_t = tanh(x_t Wx + h_{t-1} Wh + b): forward, and backward through time."""

from itertools import permutations

import numpy as np

from ..task import Mistake, Probe, Task
from .caches import reading_cache

CACHE = {"x": 3, "h0": 2, "h": 3, "Wx": 2, "Wh": 2}


def rnn_forward(x, h0, Wx, Wh, b):
    """Read the sequence step by step; each step sees the memory of the one before."""
    h, before = np.empty((*x.shape[:2], len(b)), np.result_type(x, Wx, float(0))), h0
    for t in range(x.shape[1]):
        before = h[:, t] = np.tanh(x[:, t] @ Wx + before @ Wh + b)
    return h, {"x": x, "h0": h0, "h": h, "Wx": Wx, "Wh": Wh}


def rnn_backward(dh, cache):
    """Go back in time: dz_t = (dh_t + dz_{t+1} Whᵀ) ⊙ (1 - h_t²)."""
    return gradients(cache, arriving(dh, cache))


def arriving(
    dh,
    cache,
    slope=lambda h: 1 - h**2,
    carried=lambda dz, Wh: dz @ Wh.T,
    taken=lambda dh, t: dh[:, t],
):
    """Gradient dz (N, T, H) that arrives at what went into each tanh."""
    dz, back = np.zeros(dh.shape), 0.0
    for t in reversed(range(dh.shape[1])):
        dz[:, t] = (taken(dh, t) + back) * slope(cache["h"][:, t])
        back = carried(dz[:, t], cache["Wh"])
    return dz


def gradients(cache, dz):
    """dx, dh0, dWx, dWh, db from what arrives at each step."""
    dx, dh0 = dz @ cache["Wx"].T, dz[:, 0] @ cache["Wh"].T
    dWx = np.einsum("ntd,nth->dh", cache["x"], dz)
    dWh = np.einsum("nth,ntk->hk", memory(cache), dz)
    return dx, dh0, dWx, dWh, dz.sum(axis=(0, 1))


def memory(cache):
    """Return what each step remembered: h0, and h of the step before."""
    return np.concatenate([cache["h0"][:, None], cache["h"][:, :-1]], axis=1)


def sequences(rng, N, T, D, H, dtype=float):
    """Arguments of the forward pass: x (N, T, D), h0 (N, H), Wx (D, H), Wh (H, H), b (H,)."""
    shapes = [(N, T, D), (N, H), (D, H), (H, H), (H,)]
    x, h0, Wx, Wh, b = (rng.normal(scale=0.7, size=size).round(1) + 0.0 for size in shapes)
    if dtype is int:
        return (x * 3).astype(int), h0, Wx, Wh, b
    return tuple(each.astype(dtype) for each in (x, h0, Wx, Wh, b))


def upstream(rng, N, T, D, H, dtype=float):
    """Arguments of the backward pass: dh (N, T, H) and the cache of a forward pass."""
    dh = rng.normal(size=(N, T, H)).round(1) + 0.0
    cache = rnn_forward(*sequences(rng, N, T, D, H, float if dtype is int else dtype))[1]
    return (dh * 5).astype(int) if dtype is int else dh.astype(dtype), cache


def probes(make):
    """Sizes that differ, equal sizes, one sample, one step, whole numbers, float32."""

    def typed(dtype):
        return lambda rng, **sizes: make(rng, **sizes, dtype=dtype)

    plain = {"N": 2, "T": 3, "D": 4, "H": 2}
    return [
        Probe(make, plain),
        Probe(make, {"N": 3, "T": 4, "D": 2, "H": 5}, seed=1),
        Probe(make, {"N": 3, "T": 3, "D": 3, "H": 3}, seed=2),
        Probe(make, plain, seed=3),
        Probe(make, {"N": 2, "T": 1, "D": 3, "H": 2}, edge=True, seed=4),
        Probe(make, {"N": 1, "T": 4, "D": 1, "H": 1}, edge=True, seed=5),
        Probe(typed(int), plain, edge=True, seed=6),
        Probe(typed(np.float32), plain, edge=True, seed=7),
    ]


FORWARD = Task(
    right=rnn_forward,
    returns={"h": "N, T, H", "cache": ""},
    use=reading_cache(CACHE),
    probes=probes(sequences),
    hints={
        "h": (
            "One step first: from x_t (N, D) and the memory before it (N, H) to the next memory "
            "(N, H). Then the steps, one after the other.",
            "Each step is an affine layer of x_t, plus the memory times Wh, all inside one tanh. "
            "The memory before the first step is h0.",
            "`before = h0`, then for each t: `before = np.tanh(x[:, t] @ Wx + ... + b)`, stored in "
            "`h[:, t]`.",
        ),
        "cache": (
            "The cache is for the backward pass: a dict of what was at hand in the forward pass.",
            "Its keys are x, h0, h, Wx and Wh.",
            '`cache = {"x": x, "h0": h0, "h": h, ...}`, and so on for all five.',
        ),
    },
    mistakes=[
        Mistake(
            "bias_missing",
            "b is missing: your steps are tanh(x_t Wx + h Wh). Each unit adds its own b[h], at "
            "every step.",
            [
                {"h": lambda x, h0, Wx, Wh, b: rnn_forward(x, h0, Wx, Wh, 0 * b)[0]},
                {"h": lambda x, h0, Wx, Wh, b: rnn_forward(x, h0, Wx, Wh, 0 * b)[0] + b},
            ],
        ),
    ],
)


def spoilt(names, **how):
    """Make the outputs of these names from another dz."""
    return {name: part(name, lambda dh, cache: arriving(dh, cache, **how)) for name in names}


def part(name, dz):
    """Make one output from (dh, cache) -> dz."""
    at = list(BACKWARD_RETURNS).index(name)
    return lambda dh, cache: gradients(cache, dz(dh, cache))[at]


def times(name, factor):
    """Make one output the right one times (dh) -> factor."""
    at = list(BACKWARD_RETURNS).index(name)
    return {name: lambda dh, cache: rnn_backward(dh, cache)[at] * factor(dh)}


def dz_of(dh, cache):
    """Return what arrives at each step, as it should."""
    return arriving(dh, cache)


def one_step(name, t):
    """Make one output from the gradient of one step alone."""

    def dz(dh, cache):
        whole = arriving(dh, cache)
        alone = np.zeros_like(whole)
        alone[:, t] = whole[:, t]
        return alone

    return {name: part(name, dz)}


def one_sample(name, n):
    """Make one output from the gradient of one sample alone."""

    def dz(dh, cache):
        whole = arriving(dh, cache)
        alone = np.zeros_like(whole)
        alone[n] = whole[n]
        return alone

    return {name: part(name, dz)}


def reordered(order):
    """Return the right gradients in another order."""

    def wrong(dh, cache):
        right = rnn_backward(dh, cache)
        return tuple(right[i] for i in order)

    return wrong


def nothing_arrives(dh, cache):
    """All zeros."""
    return gradients(cache, np.zeros(dh.shape))


BACKWARD_RETURNS = {"dx": "N, T, D", "dh0": "N, H", "dWx": "D, H", "dWh": "H, H", "db": "H"}
ALL = list(BACKWARD_RETURNS)
BUT_DH0 = ["dx", "dWx", "dWh", "db"]
ORDERS = [
    order
    for order in permutations(range(5))
    if sum(at != place for place, at in enumerate(order)) in (2, 3)
]

BACKWARD = Task(
    right=rnn_backward,
    returns=BACKWARD_RETURNS,
    probes=probes(upstream),
    hints={
        "dx": (
            "Go backwards, from the last step to the first. At each step, two gradients meet at "
            "h_t: which?",
            "h_t was read as output and by the next step: dh_t + dz_(t+1) Whᵀ. Through the tanh "
            "that gives dz_t, and dx_t is what an affine layer makes of it.",
            "`dz = (dh[:, t] + back) * (1 - h[:, t] ** 2)`, then `dx[:, t] = dz @ Wx.T` and "
            "`back = ...` for the step before.",
        ),
        "dh0": (
            "h0 was read by one step only, the first.",
            "What the first step hands back to the memory before it is dh0: the same product that "
            "every other step makes.",
            "After the loop, dh0 is the last `back`: `dz @ Wh.T` of the step t = 0.",
        ),
        "dWx": (
            "All steps used the same Wx. What do gradients do that come from many places?",
            "Each step adds x_tᵀ dz_t, as in an affine layer, and the steps add up.",
            "`dWx += x[:, t].T @ ...`, in the loop.",
        ),
        "dWh": (
            "All steps used the same Wh, and each multiplied it with the memory before it.",
            "Step t adds h_{t-1}ᵀ dz_t. Before the first step, the memory is h0.",
            "`before = h[:, t - 1] if t > 0 else h0`, then `dWh += before.T @ ...`.",
        ),
        "db": (
            "b was added in every sample and at every step.",
            "So the gradients of all samples and all steps add up: db[h] is the sum of dz over n "
            "and t.",
            "`db += dz.sum(axis=...)`, in the loop, with the number of the batch axis.",
        ),
    },
    mistakes=[
        Mistake(
            "swapped_return_order",
            "Your gradients are right, in another order than agreed: "
            "`return dx, dh0, dWx, dWh, db`.",
            [
                reordered(order)
                for order in [*ORDERS, (0, 2, 3, 4, 1), (2, 3, 4, 0, 1), (4, 3, 2, 1, 0)]
            ],
        ),
        Mistake(
            "rnn_upstream_dropped",
            "Every gradient is 0: you hand on what comes from the next step, and dh never joins "
            "in. At each step dh[:, t] arrives and is added to it.",
            nothing_arrives,
        ),
        Mistake(
            "rnn_carry_dropped",
            "Your gradient is right at the last step only: what the next step hands back is "
            "missing. h_t was read twice, as output and by step t + 1, so dz_(t+1) Whᵀ is added "
            "to dh_t.",
            spoilt(BUT_DH0, carried=lambda dz, Wh: 0.0),
        ),
        Mistake(
            "transpose_missing_dx",
            "You hand dz back as dz @ Wh, with Wh as it is. Wh is square, so NumPy says nothing; "
            "forward it was h @ Wh, so backward it is dz @ Wh.T.",
            spoilt(BUT_DH0, carried=lambda dz, Wh: dz @ Wh),
        ),
        Mistake(
            "transpose_missing_dx",
            "Your dh0 is dz @ Wh, with Wh as it is. Wh is square, so NumPy says nothing; forward "
            "it was h @ Wh, so backward it is dz @ Wh.T.",
            {"dh0": lambda dh, cache: dz_of(dh, cache)[:, 0] @ cache["Wh"]},
        ),
        Mistake(
            "transpose_missing_dx",
            "You take dx = dz @ Wx, with Wx as it is. dz has {H} units and Wx is (D, H), so the "
            "two fit only where D = H: Wx has to be transposed.",
            {"dx": lambda dh, cache: dz_of(dh, cache) @ cache["Wx"]},
        ),
        Mistake(
            "activation_grad_missing",
            "The derivative of tanh is missing: what arrives at h_t has to pass the tanh, so it is "
            "multiplied by 1 - h_t² before it goes on.",
            spoilt(BUT_DH0, slope=lambda h: 1),
        ),
        Mistake(
            "activation_applied_twice",
            "You take 1 - tanh(h_t)². h_t is the output of tanh already, so the derivative is "
            "1 - h_t².",
            spoilt(BUT_DH0, slope=lambda h: 1 - np.tanh(h) ** 2),
        ),
        Mistake(
            "inverse_derivative",
            "You divide by 1 - h_t². It is the derivative of tanh, a factor: multiply.",
            spoilt(BUT_DH0, slope=lambda h: 1 / (1 - h**2)),
        ),
        Mistake(
            "square_missing",
            "You take 1 - h_t for the derivative of tanh: it is 1 - h_t².",
            spoilt(BUT_DH0, slope=lambda h: 1 - h),
        ),
        Mistake(
            "wrong_activation_rule",
            "You take h_t (1 - h_t), the derivative of the sigmoid. This is a tanh: 1 - h_t².",
            spoilt(BUT_DH0, slope=lambda h: h * (1 - h)),
        ),
        Mistake(
            "rnn_current_state",
            "Your dWh uses h_t where the step before belongs. Wh was multiplied with h_(t-1), and "
            "with h0 at the first step.",
            {"dWh": lambda dh, c: np.einsum("nth,ntk->hk", c["h"], dz_of(dh, c))},
        ),
        Mistake(
            "bias_grad_not_summed",
            "Your db keeps the {N} samples, the {T} steps, or both. One b was added everywhere, so "
            "the gradients add up: sum over the batch and over time.",
            [
                {"db": lambda dh, cache: dz_of(dh, cache)},
                {"db": lambda dh, cache: dz_of(dh, cache).sum(axis=0)},
                {"db": lambda dh, cache: dz_of(dh, cache).sum(axis=1)},
            ],
        ),
        *[
            Mistake(
                "assign_for_accumulate",
                f"Your {name} holds the gradient of one step alone. All {{T}} steps used the same "
                f"{name[1:]}, so their gradients add up: `+=` where `=` stands?",
                [one_step(name, 0), one_step(name, -1)],
            )
            for name in ("dWx", "dWh", "db")
        ],
        *[
            Mistake(
                "batch_not_accumulated",
                f"Your {name} holds the gradient of one sample alone. All {{N}} samples used the "
                f"same {name[1:]}: add up their gradients.",
                [one_sample(name, 0), one_sample(name, -1)],
            )
            for name in ("dWx", "dWh", "db")
        ],
        *[
            Mistake(
                "extra_batch_mean",
                f"Your {name} is the right one divided by {{N}}, and {{N}} is your batch size. The "
                f"loss has already divided by N, and that is in dh: here you only sum.",
                times(name, lambda dh: 1 / len(dh)),
            )
            for name in ("dWx", "dWh", "db")
        ],
    ],
)
