"""Attention, out = softmax(q kᵀ / √d) v: forward and backward."""

from itertools import permutations

import numpy as np

from ..task import Mistake, Probe, Task
from .caches import reading_cache

CACHE = {"q": 3, "k": 3, "v": 3, "p": 3, "scale": 0, "causal": 0}


def attention_forward(q, k, v, causal):
    """Mix the values of all places, or of those not later, by how well their keys fit a query."""
    scale = 1 / np.sqrt(q.shape[-1])
    p = softmax(hidden(q @ k.swapaxes(1, 2) * scale, causal))
    return p @ v, {"q": q, "k": k, "v": v, "p": p, "scale": scale, "causal": causal}


def attention_backward(dout, cache):
    """Go back through the mixture, the softmax and the scores."""
    p, dp = cache["p"], dout @ cache["v"].swapaxes(1, 2)
    ds = p * (dp - (p * dp).sum(axis=-1, keepdims=True))
    return gradients(dout, cache, ds)


def gradients(dout, cache, ds):
    """dq, dk, dv from the gradient of the scaled scores."""
    ds = ds * cache["scale"]
    dv = cache["p"].swapaxes(1, 2) @ dout
    return ds @ cache["k"], ds.swapaxes(1, 2) @ cache["q"], dv


def softmax(s):
    """Weights of each row."""
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def later(T, k=1):
    """Mark where a place looks at a later one."""
    return np.triu(np.ones((T, T), dtype=bool), k=k)


def hidden(s, causal, k=1, low=-np.inf):
    """Scores, with those of later places out of the way."""
    return np.where(later(s.shape[-1], k), low, s) if causal else s


def places(rng, N, T, d, causal=False, scale=1.0, dtype=float):
    """Arguments of the forward pass: q, k, v (N, T, d), causal."""
    q, k, v = (rng.normal(size=(N, T, d)).round(1) + 0.0 for _ in range(3))
    if dtype is int:
        return *((3 * each).astype(int) for each in (q, k, v)), causal
    return (q * scale).astype(dtype), k.astype(dtype), v.astype(dtype), causal


def causal_places(rng, N, T, d):
    """Each place sees itself and what came before."""
    return places(rng, N, T, d, causal=True)


def undecided(rng, N, T, d):
    """Make queries of 0 and values that sum to 0: where nothing is hidden, 0 comes out."""
    q, k, v, _ = causal_places(rng, N, T, d)
    v[:, -1] = -v[:, :-1].sum(axis=1)
    return 0 * q, k, v, True


def later_is_better(rng, N, T, d):
    """Scores that grow with every step into the future, by a hundred."""
    q, k, v, _ = causal_places(rng, N, T, d)
    q[:] = 10 * np.sqrt(d)
    k[:] = 10 * np.arange(T)[:, None] / d
    return q, k, v, True


def varied(make, **more):
    """Make arguments as another maker does, with some of its options set."""
    return lambda rng, **sizes: make(rng, **sizes, **more)


def one_level(rng, N, T, d):
    """Scores of the rows far apart: each has its own level."""
    q, k, v, causal = places(rng, N, T, d)
    q[:, :, 0], k[:, :, 0] = 100 * np.arange(-T, T, 2), 30
    return q, k, v, causal


TALL, WIDE, SQUARE = {"N": 2, "T": 4, "d": 3}, {"N": 3, "T": 2, "d": 5}, {"N": 3, "T": 3, "d": 3}


def attended(scores=None, weights=softmax, lows=(-np.inf,)):
    """Make the wrong outputs of other scores or weights, one for each way of hiding."""
    scores = scores or (lambda q, k: q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1]))
    return [
        {"out": lambda q, k, v, c, low=low: weights(hidden(scores(q, k), c, low=low)) @ v}
        for low in lows
    ]


def scaled(by):
    """Make the wrong out of another scale: (q) -> factor."""
    return attended(lambda q, k: q @ k.swapaxes(1, 2) * by(q))


def masked(mask, lows=(-np.inf, -1e9, -1e10, -1e30, -1e4)):
    """Make the wrong outputs of another mask, T -> what is hidden.

    A low is put there or, if finite, added; after the scale or before it.
    """

    def out(q, k, v, causal, low, add, late):
        s, root = q @ k.swapaxes(1, 2), np.sqrt(q.shape[-1])
        s = s / root if late else s
        if causal and add:
            s = s + mask(s.shape[-1]) * low
        elif causal:
            s = np.where(mask(s.shape[-1]), low, s)
        return softmax(s if late else s / root) @ v

    ways = [
        (low, add, late)
        for add in (False, True)
        for late in (True, False)
        for low in lows
        if (late and not add) or (np.isfinite(low) and low != 0)
    ]
    return [{"out": lambda q, k, v, c, way=way: out(q, k, v, c, *way)} for way in ways]


def after_softmax(q, k, v, causal):
    """Hide the future when the weights are made already."""
    p = attention_forward(q, k, v, False)[1]["p"]
    return (np.tril(p) if causal else p) @ v


def along(axis):
    """Weights that sum to 1 along another axis."""

    def weights(s):
        e = np.exp(s - s.max(axis=-1, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)

    def own_maximum(s):
        top = np.where(np.isfinite(s), s, -np.inf).max(axis=axis, keepdims=True)
        e = np.exp(s - top)
        return e / e.sum(axis=axis, keepdims=True)

    def plain(s):
        return np.exp(s) / np.exp(s).sum(axis=axis, keepdims=True)

    ways = own_maximum, plain, weights
    return [each for one in ways for each in attended(weights=one, lows=(-np.inf, -1e9))]


def naive(s):
    """Softmax with nothing subtracted before exp."""
    return np.exp(s) / np.exp(s).sum(axis=-1, keepdims=True)


def naive_and_cut(q, k, v, causal):
    """Hide the future after exp, by a factor of 0: inf · 0 is nan."""
    e = np.exp(q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1]))
    e = e * np.tri(e.shape[-1]) if causal else e
    return e / e.sum(axis=-1, keepdims=True) @ v


def one_maximum(s):
    """Softmax with one maximum for the whole array."""
    e = np.exp(s - s.max())
    return e / e.sum(axis=-1, keepdims=True)


def without_keepdims(top):
    """Softmax whose row sums lost their axis, after another maximum was subtracted."""

    def weights(s):
        e = np.exp(s - top(s))
        return e / e.sum(axis=-1)

    return attended(weights=weights)


def zero_hidden(q, k, v, causal):
    """Scores for weights, those of later places 0."""
    s = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    return (np.tril(s) if causal else s) @ v


FORWARD = Task(
    right=attention_forward,
    returns={"out": "N, T, d", "cache": ""},
    use=reading_cache(CACHE),
    probes=[
        Probe(places, TALL),
        Probe(causal_places, WIDE, seed=1),
        Probe(causal_places, TALL, seed=2),
        Probe(places, SQUARE, seed=3),
        Probe(causal_places, SQUARE, seed=4),
        Probe(undecided, {"N": 1, "T": 3, "d": 2}, seed=5),
        Probe(varied(places, scale=2000.0), TALL, edge=True, seed=6),
        Probe(varied(places, scale=2000.0, causal=True), TALL, edge=True, seed=7),
        Probe(later_is_better, {"N": 1, "T": 4, "d": 2}, edge=True, seed=8),
        Probe(one_level, {"N": 2, "T": 3, "d": 2}, edge=True, seed=9),
        Probe(causal_places, {"N": 2, "T": 1, "d": 2}, edge=True, seed=10),
        Probe(causal_places, {"N": 1, "T": 3, "d": 1}, edge=True, seed=11),
        Probe(varied(places, dtype=int), TALL, edge=True, seed=12),
        Probe(varied(places, dtype=np.float32), TALL, edge=True, seed=13),
    ],
    hints={
        "out": (
            "Three steps: a score for every pair of places, weights from each row of scores, and "
            "for each place the values of all places, mixed by these weights.",
            "The scores are `q @ k.swapaxes(1, 2)` (N, T, T), divided by √d. Softmax works along "
            "the last axis. With causal, scores of later places become -inf before the softmax.",
            "`s = np.where(np.triu(np.ones((T, T)), k=1), -np.inf, s)` if causal, then softmax "
            "with each row's maximum subtracted, then `out = ... @ v`.",
        ),
        "cache": (
            "The cache is for the backward pass: a dict of what was at hand in the forward pass.",
            "Its keys are q, k, v, p, scale and causal: p are the weights (N, T, T), scale is the "
            "factor 1/√d.",
            '`cache = {"q": q, "k": k, "v": v, "p": p, ...}`, and so on for all six.',
        ),
    },
    mistakes=[
        Mistake(
            "hyperparameter_ignored",
            "With causal=True your out is what it is without: the future is not hidden. Scores of "
            "later places become -inf before the softmax.",
            {"out": lambda q, k, v, causal: attention_forward(q, k, v, False)[0]},
        ),
        Mistake(
            "attn_mask_too_weak",
            "Your mask hides nothing: -1e-9 is next to 0, and a score minus that stays what it is. "
            "-1e9 was meant; -inf is safer still.",
            masked(later, (-1e-9, -1e-10, -1e-8, -1e-6)),
        ),
        Mistake(
            "attn_mask_too_weak",
            "Your mask lowers the scores of later places a little, and a large one still comes "
            "through. -inf hides whatever the score is.",
            masked(later, (-1.0, -2.0, -5.0, -10.0, -20.0, -50.0, -100.0, -1e-3, -0.1, 0.0)),
        ),
        Mistake(
            "attn_causal_off_by_one",
            "Your mask hides each place from itself, and leaves the first nothing to look at. Only "
            "later places are hidden: `np.triu(..., k=1)`.",
            masked(lambda T: later(T, 0)),
        ),
        Mistake(
            "attn_causal_off_by_one",
            "Your mask lets each place see one step into the future: out[:, 0] depends on "
            "v[:, 1]. All later places are hidden: `np.triu(..., k=1)`.",
            masked(lambda T: later(T, 2)),
        ),
        Mistake(
            "mask_inverted",
            "Your mask is upside down: the first place sees all, and the last no earlier one. "
            "Later places are hidden, those above the diagonal of the scores.",
            [*masked(lambda T: later(T).T), *masked(lambda T: ~later(T))],
        ),
        Mistake(
            "attn_mask_after_softmax",
            "You set weights to 0 after the softmax, so the rows no longer sum to 1. Hide the "
            "scores before it: -inf there becomes a weight of 0, and the others share the rest.",
            {"out": after_softmax},
        ),
        Mistake(
            "attn_softmax_missing",
            "You take the scores for weights: the softmax is missing. It makes them positive, and "
            "each row sum to 1.",
            [
                {"out": zero_hidden},
                {"out": lambda q, k, v, c: zero_hidden(q, k, v, False)},
                *attended(weights=lambda s: s, lows=(-np.inf, -1e9)),
            ],
        ),
        Mistake(
            "softmax_global_sum",
            "Your weights sum to 1 over a whole array. Each place has its own: every row of the "
            "scores sums to 1, so take the sum along the last axis, with keepdims.",
            [*along((1, 2)), *along((0, 1, 2))],
        ),
        Mistake(
            "softmax_wrong_axis",
            "Your weights sum to 1 along another axis. Each query shares out its attention over "
            "the keys: the last axis of the scores.",
            [*along(1), *along(0)],
        ),
        Mistake(
            "keepdims_missing",
            "A sum over each row lost its axis, and NumPy lays it along another one. With "
            "`keepdims=True` it stays a column.",
            [
                *without_keepdims(lambda s: s.max(axis=-1, keepdims=True)),
                *without_keepdims(lambda s: 0),
                *without_keepdims(lambda s: s.max()),
            ],
        ),
        Mistake(
            "attn_scale_missing",
            "1/√d is missing: the larger d, the larger the scores, and the softmax soon sees only "
            "one place. Here √d = √{d}.",
            scaled(lambda q: 1),
        ),
        Mistake(
            "attn_scale_wrong_dimension",
            "You divide the scores by √T, the number of places. They are sums over the {d} numbers "
            "of a query: divide by √d.",
            [
                *scaled(lambda q: q.shape[1] ** -0.5),
                *scaled(lambda q: q.shape[0] ** -0.5),
                *scaled(lambda q: (q.shape[1] * q.shape[2]) ** -0.5),
            ],
        ),
        Mistake(
            "sqrt_missing",
            "You divide the scores by d = {d}. A sum of d random products grows like √d: divide by "
            "the square root.",
            scaled(lambda q: 1 / q.shape[-1]),
        ),
        Mistake(
            "unstable_exp",
            "Right for small scores, but exp overflows for large ones (from 710 on) and leaves inf "
            "and nan. Subtract each row's maximum before `np.exp`: softmax stays the same.",
            [*attended(weights=naive), {"out": naive_and_cut}],
        ),
        Mistake(
            "global_max",
            "You subtract one maximum, that of the whole array. A row far below it then has "
            "exp = 0 everywhere, and 0/0. Each row needs its own: `axis=-1, keepdims=True`.",
            attended(weights=one_maximum),
        ),
    ],
)


def upstream(rng, N, T, d, causal=False, dtype=float):
    """Arguments of the backward pass: dout (N, T, d) and the cache of a forward pass."""
    dout = rng.normal(size=(N, T, d)).round(1) + 0.0
    arguments = places(rng, N, T, d, causal, dtype=float if dtype is int else dtype)
    cache = attention_forward(*arguments)[1]
    return (dout * 5).astype(int) if dtype is int else dout.astype(dtype), cache


def dp_of(dout, cache):
    """Gradient that arrives at the weights."""
    return dout @ cache["v"].swapaxes(1, 2)


def through(ds):
    """Make dq and dk from another gradient of the scores: (p, dp) -> ds."""

    def part(at):
        return lambda dout, cache: gradients(dout, cache, ds(cache["p"], dp_of(dout, cache)))[at]

    return {"dq": part(0), "dk": part(1)}


def row_term(axis):
    """Take the softmax's sum along another axis."""
    return through(lambda p, dp: p * (dp - (p * dp).sum(axis=axis, keepdims=True)))


def row_term_without_keepdims(p, dp):
    """Take the softmax's sum without its axis."""
    return p * (dp - (p * dp).sum(axis=-1))


def visible(p, dp):
    """dp, where something was seen."""
    return dp * (p > 0)


def unscaled(name, power=-1):
    """Make dq or dk with another power of the scale."""
    at = ["dq", "dk"].index(name)
    return {name: lambda dout, cache: attention_backward(dout, cache)[at] * cache["scale"] ** power}


def by_scores(hide, scale=True):
    """Make dv with the scores in place of the weights: (scores, causal) -> scores."""

    def dv(dout, cache):
        s = cache["q"] @ cache["k"].swapaxes(1, 2) * (cache["scale"] if scale else 1)
        return hide(s, cache["causal"]).swapaxes(1, 2) @ dout

    return {"dv": dv}


def reordered(order):
    """Return the right gradients in another order."""

    def wrong(dout, cache):
        right = attention_backward(dout, cache)
        return tuple(right[i] for i in order)

    return wrong


BACKWARD = Task(
    right=attention_backward,
    returns={"dq": "N, T, d", "dk": "N, T, d", "dv": "N, T, d"},
    probes=[
        Probe(upstream, TALL),
        Probe(varied(upstream, causal=True), WIDE, seed=1),
        Probe(upstream, SQUARE, seed=2),
        Probe(varied(upstream, causal=True), TALL, seed=3),
        Probe(upstream, {"N": 2, "T": 1, "d": 2}, edge=True, seed=4),
        Probe(upstream, {"N": 1, "T": 3, "d": 1}, edge=True, seed=5),
        Probe(varied(upstream, dtype=int), TALL, edge=True, seed=6),
        Probe(varied(upstream, dtype=np.float32), TALL, edge=True, seed=7),
    ],
    hints={
        "dq": (
            "Go back in three steps: out = p v, p = softmax(s), s = q kᵀ · scale. First, what "
            "arrives at p?",
            "dp = dout vᵀ. Softmax gives each row ds = p · (dp - Σ p · dp), the sum along the row. "
            "Then dq is a product of ds with k, times the scale.",
            "`ds = p * (dp - (p * dp).sum(axis=-1, keepdims=True)) * scale`, and `dq = ds @ ...`.",
        ),
        "dk": (
            "The scores are q kᵀ · scale: k stands on the other side of the product than q.",
            "With ds, the gradient of the scores, as for dq: k[j] met every query i, so dk[j] is "
            "the sum over i of ds[i, j] q[i].",
            "`dk = ds.swapaxes(1, 2) @ ...`, with the scale in ds.",
        ),
        "dv": (
            "out = p v is a matrix product for each sample: which of its factors is v?",
            "v[j] went to every place i with the weight p[i, j]. So dv[j] is the sum over i of "
            "p[i, j] dout[i].",
            "`dv = p.swapaxes(1, 2) @ ...`.",
        ),
    },
    mistakes=[
        Mistake(
            "swapped_return_order",
            "Your gradients are right, in another order than agreed: `return dq, dk, dv`.",
            [reordered(order) for order in list(permutations(range(3)))[1:]],
        ),
        Mistake(
            "activation_grad_missing",
            "The derivative of softmax is missing: you take what arrives at the weights for what "
            "arrives at the scores. Between them, ds = p · (dp - Σ p · dp).",
            [through(lambda p, dp: dp), through(visible)],
        ),
        Mistake(
            "softmax_diag_jacobian",
            "Your ds is dp · p · (1 - p), entry by entry. Every score moves all weights of its "
            "row, because they share one sum: ds = p · (dp - Σ p · dp).",
            through(lambda p, dp: dp * p * (1 - p)),
        ),
        Mistake(
            "attn_row_sum_missing",
            "Your ds is p · dp: the sum along the row is missing. The weights of a row sum to 1, "
            "so they can't all grow: ds = p · (dp - Σ p · dp).",
            through(lambda p, dp: p * dp),
        ),
        Mistake(
            "softmax_wrong_axis",
            "The sum in your softmax gradient runs along another axis. The weights of a row share "
            "one sum, so it runs over the keys, the last axis.",
            [row_term(1), row_term(0), row_term((1, 2)), row_term((0, 1, 2))],
        ),
        Mistake(
            "keepdims_missing",
            "The sum over each row lost its axis, and NumPy lays it along another one. With "
            "`keepdims=True` it stays a column.",
            through(row_term_without_keepdims),
        ),
        *[
            Mistake(
                "attn_scale_missing",
                f"Your {name} is the right one times √{{d}}: the scale 1/√d is missing. The scores "
                f"were multiplied by it on the way forward, so their gradient is on the way back.",
                unscaled(name),
            )
            for name in ("dq", "dk")
        ],
        Mistake(
            "preactivation_for_activation",
            "Your dv uses the scores. What multiplied v were the weights p, after the softmax: "
            "dv = pᵀ dout.",
            [
                by_scores(lambda s, causal: s),
                by_scores(lambda s, causal: s, scale=False),
                by_scores(lambda s, causal: np.tril(s) if causal else s),
                by_scores(lambda s, causal: np.tril(s) if causal else s, scale=False),
                by_scores(hidden),
                by_scores(lambda s, causal: hidden(s, causal, low=-1e9)),
            ],
        ),
        Mistake(
            "missing_upstream",
            "Your dv does not depend on dout. The weights are only the local part: the chain rule "
            "multiplies them by the gradient that arrives, dout.",
            {"dv": lambda dout, cache: cache["p"].swapaxes(1, 2) @ np.ones_like(dout)},
        ),
    ],
)
