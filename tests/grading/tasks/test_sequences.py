"""Embedding, recurrence, attention: mistakes as learners write them, right ones in many forms."""

import numpy as np
import pytest

from backprop_lab.grading import check

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def assigns(dout, idx, vocab):
    dW = np.zeros((vocab, dout.shape[2]))
    dW[idx] = dout
    return dW


def assigns_in_loops(dout, idx, vocab):
    dW = np.zeros((vocab, dout.shape[2]))
    for n in range(idx.shape[0]):
        for t in range(idx.shape[1]):
            dW[idx[n, t]] = dout[n, t]
    return dW


def assigns_step_by_step(dout, idx, vocab):
    dW = np.zeros((vocab, dout.shape[2]))
    for t in range(idx.shape[1]):
        dW[idx[:, t]] = dout[:, t]
    return dW


def adds_by_fancy_index(dout, idx, vocab):
    dW = np.zeros((vocab, dout.shape[2]))
    dW[idx] += dout
    return dW


def adds_flat(dout, idx, vocab):
    dW = np.zeros((vocab, dout.shape[-1]))
    flat = idx.reshape(-1)
    dW[flat] += dout.reshape(len(flat), -1)
    return dW


def adds_sample_by_sample(dout, idx, vocab):
    dW = np.zeros((vocab, dout.shape[-1]))
    for tokens, gradient in zip(idx, dout):
        dW[tokens] += gradient
    return dW


def adds_step_by_step(dout, idx, vocab):
    dW = np.zeros((vocab, dout.shape[-1]))
    for t in range(idx.shape[1]):
        dW[idx[:, t]] += dout[:, t]
    return dW


def one_hot(idx, vocab):
    return np.eye(vocab)[idx]


def by_one_hot(dout, idx, vocab):
    return np.einsum("ntv,ntd->vd", one_hot(idx, vocab), dout)


def whole_number_table(dout, idx, vocab):
    dW = np.zeros((vocab, dout.shape[-1]), dtype=idx.dtype)
    for n, t in np.ndindex(idx.shape):
        for i in range(dout.shape[-1]):
            dW[idx[n, t], i] += dout[n, t, i]
    return dW


def whole_number_table_of_ufuncs(dout, idx, vocab):
    dW = np.zeros((vocab, dout.shape[-1]), dtype=idx.dtype)
    for n, t in np.ndindex(idx.shape):
        dW[idx[n, t]] = dW[idx[n, t]] + dout[n, t]
    return dW


def last_sample(dout, idx, vocab):
    for n in range(len(idx)):
        dW = by_one_hot(dout[n : n + 1], idx[n : n + 1], vocab)
    return dW


def transposed(dout, idx, vocab):
    return np.einsum("ntd,ntv->dv", dout, one_hot(idx, vocab))


EMBEDDING = [
    ("emb_assign_repeated", assigns),
    ("emb_assign_repeated", assigns_in_loops),
    ("emb_assign_repeated", assigns_step_by_step),
    ("emb_fancy_add", adds_by_fancy_index),
    ("emb_fancy_add", adds_flat),
    ("emb_fancy_add", adds_sample_by_sample),
    ("emb_fancy_add", adds_step_by_step),
    ("batch_not_accumulated", last_sample),
    ("batch_not_accumulated", lambda d, idx, v: by_one_hot(d[:1], idx[:1], v)),
    ("transpose_dw", transposed),
    ("missing_upstream", lambda d, idx, v: by_one_hot(np.ones(d.shape), idx, v)),
    ("missing_upstream", lambda d, idx, v: assigns(np.ones(d.shape), idx, v)),
    ("extra_batch_mean", lambda d, idx, v: by_one_hot(d, idx, v) / len(idx)),
    ("int_dtype_truncation", whole_number_table),
    ("int_dtype_truncation", whole_number_table_of_ufuncs),
    ("int_dtype_truncation", lambda d, idx, v: by_one_hot(d, idx, v).astype(int)),
]


@for_each_mistake(EMBEDDING)
def test_embedding_mistake_is_named(key, solution):
    assert_named("embedding_backward", solution, key)


def counted(dout, idx, vocab):
    times = np.maximum(np.bincount(idx.ravel(), minlength=vocab), 1)
    return by_one_hot(dout, idx, vocab) / times[:, None]


def only_as_many_rows_as_needed(dout, idx, vocab):
    return by_one_hot(dout, idx, idx.max() + 1)


class Assigning:
    """The same numbers as two known mistakes, and nobody can see how they came about."""

    def __call__(self, dout, idx, vocab):
        return assigns(dout, idx, vocab)


@for_each(
    [
        counted,
        only_as_many_rows_as_needed,
        lambda d, idx, v: by_one_hot(d, idx, v)[::-1],
        lambda d, idx, v: by_one_hot(d, v - 1 - idx, v),
        lambda d, idx, v: by_one_hot(d[:, :1], idx[:, :1], v),
        lambda d, idx, v: -by_one_hot(d, idx, v),
    ]
)
def test_an_unknown_embedding_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("embedding_backward", solution)


def test_two_mistakes_of_equal_numbers_are_not_told_apart_by_guessing():
    assert_unnamed("embedding_backward", Assigning())


def embedding_by_loops(dout, idx, vocab):
    N, T, d = dout.shape
    dW = np.zeros((vocab, d))
    for n in range(N):
        for t in range(T):
            dW[idx[n, t]] += dout[n, t]
    return dW


def embedding_by_masks(dout, idx, vocab):
    return np.array([dout[idx == token].sum(axis=0) for token in range(vocab)])


def embedding_by_bincount(dout, idx, vocab):
    flat = idx.T.ravel()
    columns = [np.bincount(flat, weights=g.ravel(), minlength=vocab) for g in dout.T]
    return np.stack(columns, axis=1)


def embedding_by_add_at(dout, idx, vocab):
    dW = np.zeros((vocab, dout.shape[-1]), dtype=dout.dtype)
    np.add.at(dW, idx.ravel(), dout.reshape(-1, dout.shape[-1]))
    return dW


@for_each([embedding_by_loops, embedding_by_masks, embedding_by_bincount, embedding_by_add_at])
def test_right_embedding_is_accepted_in_whatever_form(solution):
    assert_accepted("embedding_backward", solution)


def rnn_with(step):
    """A recurrent forward pass with another step."""

    def rnn_forward(x, h0, Wx, Wh, b):
        N, T, _ = x.shape
        h, last = np.zeros((N, T, Wh.shape[0])), h0
        for t in range(T):
            last = step(x[:, t], last, Wx, Wh, b)
            h[:, t] = last
        return h, {"x": x, "h0": h0, "h": h, "Wx": Wx, "Wh": Wh}

    return rnn_forward


def writes_into_h0(x, h0, Wx, Wh, b):
    h = np.zeros((*x.shape[:2], len(b)))
    kept = h0.copy()
    for t in range(x.shape[1]):
        h0[:] = np.tanh(x[:, t] @ Wx + h0 @ Wh + b)
        h[:, t] = h0
    return h, {"x": x, "h0": kept, "h": h, "Wx": Wx, "Wh": Wh}


RNN_FORWARD = [
    ("bias_missing", rnn_with(lambda x, h, Wx, Wh, b: np.tanh(np.dot(x, Wx) + np.dot(h, Wh)))),
    (
        "bias_missing",
        rnn_with(lambda x, h, Wx, Wh, b: np.tanh(np.hstack([x, h]) @ np.vstack([Wx, Wh]))),
    ),
    ("mutates_input", writes_into_h0),
]


@for_each_mistake(RNN_FORWARD)
def test_rnn_forward_mistake_is_named(key, solution):
    assert_named("rnn_forward", solution, key)


def starts_from_zero(x, h0, Wx, Wh, b):
    h, cache = rnn_with(lambda x, h, Wx, Wh, b: np.tanh(x @ Wx + h @ Wh + b))(x, 0 * h0, Wx, Wh, b)
    return h, cache | {"h0": h0}


@for_each(
    [
        rnn_with(lambda x, h, Wx, Wh, b: x @ Wx + h @ Wh + b),
        rnn_with(lambda x, h, Wx, Wh, b: np.tanh(x @ Wx + h @ Wh.T + b)),
        rnn_with(lambda x, h, Wx, Wh, b: np.tanh(x @ Wx + b)),
        rnn_with(lambda x, h, Wx, Wh, b: np.tanh(x @ Wx + b) + h @ Wh),
        rnn_with(lambda x, h, Wx, Wh, b: np.tanh(x @ Wx + h @ Wh - b)),
        starts_from_zero,
    ]
)
def test_an_unknown_rnn_forward_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("rnn_forward", solution)


def rnn_by_stacking(x, h0, Wx, Wh, b):
    states = [h0]
    for t in range(x.shape[1]):
        states.append(np.tanh(np.concatenate([x[:, t], states[-1]], 1) @ np.r_[Wx, Wh] + b))
    return np.stack(states[1:], axis=1), dict(
        x=x, h0=h0, h=np.stack(states[1:], axis=1), Wx=Wx, Wh=Wh, b=b
    )


def rnn_sample_by_sample(x, h0, Wx, Wh, b):
    h = np.zeros(x.shape[:2] + b.shape)
    for n in range(len(x)):
        for t in range(x.shape[1]):
            before = h[n, t - 1] if t else h0[n]
            for j in range(len(b)):
                h[n, t, j] = np.tanh(x[n, t] @ Wx[:, j] + before @ Wh[:, j] + b[j])
    return [h, {"x": x, "h0": h0, "h": h, "Wx": Wx, "Wh": Wh}]


def rnn_projected_first(x, h0, Wx, Wh, b):
    z = np.einsum("ntd,dh->nth", x, Wx) + b
    h = np.empty(z.shape)
    for t in range(z.shape[1]):
        h[:, t] = np.tanh(z[:, t] + (h0 if t == 0 else h[:, t - 1]) @ Wh)
    return h, {"Wh": Wh, "Wx": Wx, "h": h, "h0": h0, "x": x}


def tanh_by_exp(x, h, Wx, Wh, b):
    return 1 - 2 / (np.exp(2 * (x @ Wx + h @ Wh + b)) + 1)


@for_each([rnn_by_stacking, rnn_sample_by_sample, rnn_projected_first, rnn_with(tanh_by_exp)])
def test_right_rnn_forward_is_accepted_in_whatever_form(solution):
    assert_accepted("rnn_forward", solution)


def bptt(
    through=lambda g, h: g * (1 - h * h),
    join=lambda dh, back: dh + back,
    hand_back=lambda dz, Wh: dz @ Wh.T,
    remembered=lambda h, h0, t: h[:, t - 1] if t > 0 else h0,
    to_x=lambda dz, Wx: dz @ Wx.T,
    collect=lambda total, new: total + new,
    collect_h=None,
    collect_b=None,
    bias=lambda dz: dz.sum(axis=0),
    last=lambda back: back,
    finish=lambda *gradients: gradients,
):
    """Backpropagation through time as in most notebooks, with a line or two replaced."""

    def rnn_backward(dh, cache):
        x, h, h0, Wx, Wh = (cache[key] for key in ("x", "h", "h0", "Wx", "Wh"))
        dx, back = np.zeros(x.shape), np.zeros(h0.shape)
        dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), 0.0
        for t in range(dh.shape[1] - 1, -1, -1):
            dz = through(join(dh[:, t], back), h[:, t])
            dx[:, t] = to_x(dz, Wx)
            dWx = collect(dWx, x[:, t].T @ dz)
            dWh = (collect_h or collect)(dWh, remembered(h, h0, t).T @ dz)
            db = (collect_b or collect)(db, bias(dz))
            back = hand_back(dz, Wh)
        return finish(dx, last(back), dWx, dWh, db)

    return rnn_backward


def adds_into_dh(dh, cache):
    right = bptt()(dh, cache)
    for t in reversed(range(dh.shape[1] - 1)):
        dh[:, t] += dh[:, t + 1] * (1 - cache["h"][:, t + 1] ** 2) @ cache["Wh"].T
    return right


def never_handed_back(dh, cache):
    """Each step by itself; dh0 comes from the first."""
    dx, _, dWx, dWh, db = bptt(hand_back=lambda dz, Wh: np.zeros_like(dz))(dh, cache)
    dz = dh[:, 0] * (1 - cache["h"][:, 0] ** 2)
    return dx, dz @ cache["Wh"].T, dWx, dWh, db


def dh0_untransposed(dh, cache):
    dx, _, dWx, dWh, db = bptt()(dh, cache)
    firsts = []
    bptt(hand_back=lambda dz, Wh: firsts.append(dz) or dz @ Wh.T)(dh, cache)
    return dx, firsts[-1] @ cache["Wh"], dWx, dWh, db


def last_row_of_the_memory(h, h0, t):
    before = np.zeros(h0.shape)
    before[-1] = (h[:, t - 1] if t > 0 else h0)[-1]
    return before


def first_sample_for_wx(dh, cache):
    dx, dh0, _, dWh, db = bptt()(dh, cache)
    only = cache | {"x": cache["x"] * (np.arange(len(dh)) == 0)[:, None, None]}
    return dx, dh0, bptt()(dh, only)[2], dWh, db


RNN_BACKWARD = [
    ("rnn_carry_dropped", bptt(join=lambda dh, back: dh)),
    ("rnn_carry_dropped", never_handed_back),
    ("rnn_upstream_dropped", bptt(join=lambda dh, back: back)),
    ("rnn_current_state", bptt(remembered=lambda h, h0, t: h[:, t])),
    ("transpose_missing_dx", bptt(hand_back=lambda dz, Wh: dz @ Wh)),
    ("transpose_missing_dx", bptt(to_x=lambda dz, Wx: dz @ Wx)),
    ("transpose_missing_dx", dh0_untransposed),
    ("activation_grad_missing", bptt(through=lambda g, h: g)),
    ("activation_applied_twice", bptt(through=lambda g, h: g * (1 - np.tanh(h) ** 2))),
    ("activation_applied_twice", bptt(through=lambda g, h: g / np.cosh(h) ** 2)),
    ("inverse_derivative", bptt(through=lambda g, h: g / (1 - h**2))),
    ("square_missing", bptt(through=lambda g, h: g * (1 - h))),
    ("wrong_activation_rule", bptt(through=lambda g, h: g * h * (1 - h))),
    ("assign_for_accumulate", bptt(collect=lambda total, new: new)),
    ("assign_for_accumulate", bptt(collect_b=lambda total, new: new)),
    ("assign_for_accumulate", bptt(collect_h=lambda total, new: new)),
    ("bias_grad_not_summed", bptt(bias=lambda dz: dz)),
    (
        "swapped_return_order",
        bptt(finish=lambda dx, dh0, dWx, dWh, db: (dx, dWx, dWh, db, dh0)),
    ),
    (
        "extra_batch_mean",
        bptt(finish=lambda dx, dh0, *rest: (dx, dh0, *[each / len(dx) for each in rest])),
    ),
    ("extra_batch_mean", bptt(bias=lambda dz: dz.mean(axis=0))),
    (
        "extra_batch_mean",
        bptt(finish=lambda dx, dh0, dWx, dWh, db: (dx, dh0, dWx, dWh / len(dx), db)),
    ),
    ("batch_not_accumulated", bptt(bias=lambda dz: dz[0])),
    ("batch_not_accumulated", bptt(remembered=last_row_of_the_memory)),
    ("batch_not_accumulated", first_sample_for_wx),
    ("mutates_input", adds_into_dh),
]


@for_each_mistake(RNN_BACKWARD)
def test_rnn_backward_mistake_is_named(key, solution):
    assert_named("rnn_backward", solution, key)


@for_each(
    [
        bptt(join=lambda dh, back: dh + back / 2),
        bptt(last=lambda back: 0 * back),
        bptt(remembered=lambda h, h0, t: h[:, t - 1]),
        bptt(through=lambda g, h: np.clip(g, -0.5, 0.5) * (1 - h**2)),
        bptt(through=lambda g, h: g * (1 + h**2)),
        bptt(finish=lambda dx, *rest: (dx[:, ::-1], *rest)),
        bptt(hand_back=lambda dz, Wh: dz @ (Wh + Wh.T) / 2),
        bptt(bias=lambda dz: dz.max(axis=0)),
    ]
)
def test_an_unknown_rnn_backward_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("rnn_backward", solution)


def all_at_once(dh, cache):
    h, Wh = cache["h"], cache["Wh"]
    dz, back = [None] * dh.shape[1], 0.0
    for t in reversed(range(dh.shape[1])):
        dz[t] = (dh[:, t] + back) * (1 - np.square(h[:, t]))
        back = np.einsum("nk,hk->nh", dz[t], Wh)
    dz = np.stack(dz, axis=1)
    before = np.concatenate([cache["h0"][:, None], h[:, :-1]], axis=1)
    flat = dz.reshape(-1, dz.shape[-1])
    return (
        dz @ cache["Wx"].T,
        back,
        np.tensordot(cache["x"], dz, axes=([0, 1], [0, 1])),
        before.reshape(len(flat), -1).T @ flat,
        flat.sum(axis=0),
    )


def one_sample_after_the_other(dh, cache):
    parts = []
    for n in range(len(dh)):
        one = {key: cache[key][n : n + 1] for key in ("x", "h", "h0")}
        parts.append(bptt()(dh[n : n + 1], cache | one))
    dx, dh0, dWx, dWh, db = zip(*parts)
    return [np.concatenate(dx), np.concatenate(dh0), sum(dWx), sum(dWh), sum(db)]


def by_paths(dh, cache):
    """Every pair of steps by itself: what the output at s says about the step t before it."""
    h, Wh = cache["h"], cache["Wh"]
    dz = np.zeros(dh.shape)
    for s in range(dh.shape[1]):
        g = dh[:, s]
        for t in range(s, -1, -1):
            part = g * (1 - h[:, t] ** 2)
            dz[:, t] += part
            g = part @ Wh.T
    before = np.stack([cache["h0"], *np.moveaxis(h[:, :-1], 1, 0)], axis=1)
    dWh = sum(before[:, t].T @ dz[:, t] for t in range(dh.shape[1]))
    dWx = sum(cache["x"][:, t].T @ dz[:, t] for t in range(dh.shape[1]))
    return dz @ cache["Wx"].T, dz[:, 0] @ Wh.T, dWx, dWh, dz.sum((0, 1))


@for_each([bptt(), all_at_once, one_sample_after_the_other, by_paths])
def test_right_rnn_backward_is_accepted_in_whatever_form(solution):
    assert_accepted("rnn_backward", solution)


def stable(s, axis=-1):
    e = np.exp(s - s.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def attention_with(
    divide=lambda s, q: s / np.sqrt(q.shape[-1]),
    hide=lambda s: np.where(np.tri(s.shape[-1]) == 0, -np.inf, s),
    weigh=stable,
    after=lambda p, causal: p,
):
    """Attention as in most notebooks, with a line or two replaced."""

    def attention_forward(q, k, v, causal):
        scores = divide(np.matmul(q, k.transpose(0, 2, 1)), q)
        if causal:
            scores = hide(scores)
        p = after(weigh(scores), causal)
        scale = 1 / np.sqrt(q.shape[-1])
        cache = {"q": q, "k": k, "v": v, "p": p, "scale": scale, "causal": causal}
        return np.matmul(p, v), cache

    return attention_forward


def cuts_after_exp(q, k, v, causal):
    T, d = q.shape[1:]
    e = np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(d)) * (np.tri(T) if causal else 1)
    p = e / np.sum(e, axis=2, keepdims=True)
    return p @ v, {"q": q, "k": k, "v": v, "p": p, "scale": d**-0.5, "causal": causal}


def lowered(low):
    return attention_with(hide=lambda s: s + np.triu(np.full(s.shape[1:], low), 1))


def upper(T, k):
    return np.triu(np.ones((T, T), dtype=bool), k)


def masked(mask, low=-np.inf):
    return attention_with(hide=lambda s: np.where(mask(s.shape[-1]), low, s))


ATTENTION_FORWARD = [
    (
        "attn_mask_after_softmax",
        attention_with(hide=lambda s: s, after=lambda p, c: np.tril(p) if c else p),
    ),
    ("attn_scale_missing", attention_with(divide=lambda s, q: s)),
    ("attn_scale_wrong_dimension", attention_with(divide=lambda s, q: s / q.shape[1] ** 0.5)),
    ("sqrt_missing", attention_with(divide=lambda s, q: s / q.shape[2])),
    ("attn_softmax_missing", attention_with(weigh=lambda s: np.where(np.isinf(s), 0, s))),
    ("attn_softmax_missing", attention_with(weigh=lambda s: s, hide=lambda s: s)),
    ("attn_causal_off_by_one", masked(lambda T: upper(T, 0))),
    ("attn_causal_off_by_one", masked(lambda T: upper(T, 0), -1e9)),
    ("attn_causal_off_by_one", masked(lambda T: upper(T, 2))),
    ("attn_causal_off_by_one", masked(lambda T: upper(T, 2), -1e9)),
    ("attn_mask_too_weak", lowered(-1e-9)),
    ("attn_mask_too_weak", masked(lambda T: upper(T, 1), -10)),
    ("attn_mask_too_weak", lowered(-10.0)),
    ("hyperparameter_ignored", attention_with(hide=lambda s: s)),
    ("mask_inverted", masked(lambda T: np.tri(T, k=-1) > 0)),
    ("mask_inverted", masked(lambda T: np.tri(T, k=-1) > 0, -1e9)),
    ("mask_inverted", masked(lambda T: np.tri(T) > 0, -1e9)),
    (
        "softmax_global_sum",
        attention_with(weigh=lambda s: np.exp(s - s.max()) / np.exp(s - s.max()).sum()),
    ),
    (
        "softmax_global_sum",
        attention_with(weigh=lambda s: np.exp(s) / np.exp(s).sum(axis=(1, 2), keepdims=True)),
    ),
    ("softmax_wrong_axis", attention_with(weigh=lambda s: stable(s, axis=1))),
    (
        "softmax_wrong_axis",
        attention_with(weigh=lambda s: np.exp(s) / np.exp(s).sum(-2, keepdims=True)),
    ),
    ("unstable_exp", attention_with(weigh=lambda s: np.exp(s) / np.exp(s).sum(-1, keepdims=True))),
    ("unstable_exp", cuts_after_exp),
    ("keepdims_missing", attention_with(weigh=lambda s: np.exp(s) / np.exp(s).sum(axis=-1))),
    (
        "global_max",
        attention_with(
            weigh=lambda s: np.exp(s - s.max()) / np.exp(s - s.max()).sum(-1)[..., None]
        ),
    ),
]


@for_each_mistake(ATTENTION_FORWARD)
def test_attention_forward_mistake_is_named(key, solution):
    assert_named("attention_forward", solution, key)


@for_each(
    [
        attention_with(divide=lambda s, q: s * np.sqrt(q.shape[-1])),
        attention_with(divide=lambda s, q: s / 2),
        attention_with(weigh=lambda s: stable(s) + 0.01),
        attention_with(weigh=lambda s: np.exp2(s) / np.exp2(s).sum(-1, keepdims=True)),
        attention_with(after=lambda p, causal: p.swapaxes(1, 2)),
        attention_with(after=lambda p, causal: p / np.sqrt(p.shape[-1])),
        attention_with(after=lambda p, causal: p * (p > 0.1)),
    ]
)
def test_an_unknown_attention_forward_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("attention_forward", solution)


@pytest.mark.parametrize("key", ["q", "k", "v", "p", "scale", "causal"])
def test_a_cache_without_its_parts_is_rejected(key):
    def forgets(*arguments):
        out, cache = attention_with()(*arguments)
        del cache[key]
        return out, cache

    result = check("attention_forward", forgets)

    assert not result.passed
    assert f'cache["{key}"]' in result.message


def attention_by_loops(q, k, v, causal):
    N, T, d = q.shape
    out, p = np.zeros((N, T, d)), np.zeros((N, T, T))
    for n in range(N):
        for i in range(T):
            seen = range(i + 1) if causal else range(T)
            scores = {j: sum(q[n, i] * k[n, j]) / d**0.5 for j in seen}
            top = max(scores.values())
            total = sum(np.exp(s - top) for s in scores.values())
            for j in seen:
                p[n, i, j] = np.exp(scores[j] - top) / total
                out[n, i] += p[n, i, j] * v[n, j]
    return out, dict(q=q, k=k, v=v, p=p, scale=d**-0.5, causal=causal)


def masked_after_and_shared_out_again(q, k, v, causal):
    s = np.einsum("nid,njd->nij", q, k) / np.sqrt(q.shape[2])
    if causal:
        s = s - np.where(np.tri(s.shape[1]) == 0, 0, s).max(axis=2, keepdims=True)
        top = np.where(np.tri(s.shape[1]) == 0, -np.inf, s).max(axis=2, keepdims=True)
        p = np.exp(np.minimum(s - top, 0)) * np.tri(s.shape[1])
        p = p / p.sum(axis=2, keepdims=True)
    else:
        p = stable(s)
    cache = {"q": q, "k": k, "v": v, "p": p, "scale": 1 / np.sqrt(q.shape[2]), "causal": causal}
    return [np.einsum("nij,njd->nid", p, v), cache]


def scales_the_queries_first(q, k, v, causal):
    scale = q.shape[-1] ** -0.5
    s = np.stack([(q[n] * scale) @ k[n].T for n in range(len(q))])
    if causal:
        s[:, upper(s.shape[-1], 1)] = -1e9
    return stable(s) @ v, {
        "q": q,
        "k": k,
        "v": v,
        "p": stable(s),
        "scale": scale,
        "causal": bool(causal),
    }


@for_each(
    [
        attention_with(),
        attention_by_loops,
        masked_after_and_shared_out_again,
        scales_the_queries_first,
        lowered(-np.inf),
        lowered(-1e9),
    ]
)
def test_right_attention_forward_is_accepted_in_whatever_form(solution):
    assert_accepted("attention_forward", solution)


def attention_backward_with(
    ds=lambda p, dp: p * (dp - np.sum(p * dp, axis=-1, keepdims=True)),
    dv=lambda dout, cache: np.matmul(cache["p"].transpose(0, 2, 1), dout),
    scale_q=lambda d: 1 / np.sqrt(d),
    scale_k=lambda d: 1 / np.sqrt(d),
    finish=lambda *gradients: gradients,
):
    """The way back through attention, with a line or two replaced."""

    def attention_backward(dout, cache):
        q, k, v = cache["q"], cache["k"], cache["v"]
        dp = np.matmul(dout, v.transpose(0, 2, 1))
        dscores = ds(cache["p"], dp)
        dq = np.matmul(dscores, k) * scale_q(q.shape[-1])
        dk = np.matmul(dscores.transpose(0, 2, 1), q) * scale_k(q.shape[-1])
        return finish(dq, dk, dv(dout, cache))

    return attention_backward


def with_scores(dout, cache):
    scores = cache["q"] @ cache["k"].transpose(0, 2, 1) * cache["scale"]
    return scores.transpose(0, 2, 1) @ dout


def spoils_the_cache(dout, cache):
    right = attention_backward_with()(dout, cache)
    cache["p"] *= 2
    return right


def spoils_dout(dout, cache):
    right = attention_backward_with()(dout, cache)
    dout *= cache["scale"]
    return right


def one(d):
    return 1


ATTENTION_BACKWARD = [
    ("attn_row_sum_missing", attention_backward_with(ds=lambda p, dp: dp * p)),
    ("attn_scale_missing", attention_backward_with(scale_q=one, scale_k=one)),
    ("attn_scale_missing", attention_backward_with(scale_k=one)),
    ("softmax_diag_jacobian", attention_backward_with(ds=lambda p, dp: dp * (p - p**2))),
    ("activation_grad_missing", attention_backward_with(ds=lambda p, dp: 1 * dp)),
    (
        "softmax_wrong_axis",
        attention_backward_with(ds=lambda p, dp: p * (dp - np.sum(p * dp, 1, keepdims=True))),
    ),
    (
        "softmax_wrong_axis",
        attention_backward_with(ds=lambda p, dp: p * (dp - (p * dp).sum(-2, keepdims=True))),
    ),
    (
        "keepdims_missing",
        attention_backward_with(ds=lambda p, dp: p * (dp - np.sum(p * dp, axis=-1))),
    ),
    ("preactivation_for_activation", attention_backward_with(dv=with_scores)),
    ("swapped_return_order", attention_backward_with(finish=lambda dq, dk, dv: (dk, dq, dv))),
    ("swapped_return_order", attention_backward_with(finish=lambda dq, dk, dv: (dv, dk, dq))),
    ("mutates_input", spoils_the_cache),
    ("mutates_input", spoils_dout),
    (
        "missing_upstream",
        attention_backward_with(dv=lambda d, c: c["p"].swapaxes(1, 2) @ np.ones(d.shape)),
    ),
]


@for_each_mistake(ATTENTION_BACKWARD)
def test_attention_backward_mistake_is_named(key, solution):
    assert_named("attention_backward", solution, key)


@for_each(
    [
        attention_backward_with(dv=lambda dout, cache: cache["p"] @ dout),
        attention_backward_with(scale_q=lambda d: 1 / d, scale_k=lambda d: 1 / d),
        attention_backward_with(ds=lambda p, dp: p * (dp - dp.mean(axis=-1, keepdims=True))),
        attention_backward_with(ds=lambda p, dp: p * (dp + (p * dp).sum(-1, keepdims=True))),
        attention_backward_with(ds=lambda p, dp: dp - (p * dp).sum(-1, keepdims=True)),
        attention_backward_with(finish=lambda dq, dk, dv: (dq, -dk, dv)),
    ]
)
def test_an_unknown_attention_backward_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("attention_backward", solution)


def row_term_from_the_output(dout, cache):
    p, scale = cache["p"], cache["scale"]
    out = p @ cache["v"]
    dp = dout @ cache["v"].swapaxes(-1, -2)
    ds = p * (dp - (dout * out).sum(axis=-1, keepdims=True)) * scale
    return ds @ cache["k"], ds.swapaxes(-1, -2) @ cache["q"], p.swapaxes(-1, -2) @ dout


def by_jacobians(dout, cache):
    q, k, v, p = (cache[key] for key in "qkvp")
    dq, dk, dv = np.zeros(q.shape), np.zeros(k.shape), np.zeros(v.shape)
    for n in range(len(q)):
        for i in range(q.shape[1]):
            row = p[n, i]
            jacobian = np.diag(row) - np.outer(row, row)
            ds = jacobian @ (v[n] @ dout[n, i]) / np.sqrt(q.shape[2])
            dq[n, i] = ds @ k[n]
            dk[n] += np.outer(ds, q[n, i])
            dv[n] += np.outer(row, dout[n, i])
    return [dq, dk, dv]


def by_einsum(dout, cache):
    p = cache["p"]
    dp = np.einsum("nid,njd->nij", dout, cache["v"])
    ds = p * dp - p * np.einsum("nij,nij->ni", p, dp)[:, :, None]
    ds *= cache["scale"]
    return (
        np.einsum("nij,njd->nid", ds, cache["k"]),
        np.einsum("nij,nid->njd", ds, cache["q"]),
        np.einsum("nij,nid->njd", p, dout),
    )


@for_each([attention_backward_with(), row_term_from_the_output, by_jacobians, by_einsum])
def test_right_attention_backward_is_accepted_in_whatever_form(solution):
    assert_accepted("attention_backward", solution)
