"""An embedding, out[n, t] = W[idx[n, t]]: look up a row for each token."""

import numpy as np

from ..task import Mistake, Probe, Task
from ..writing import stores


def embedding_backward(dout, idx, vocab):
    """Add each position's gradient to the row of its token."""
    dW = np.zeros((vocab, dout.shape[-1]))
    np.add.at(dW, idx, dout)
    return dW


def texts(rng, N, T, d, vocab, dtype=float):
    """Arguments: dout (N, T, d), idx (N, T) with repeated and with missing tokens, vocab."""
    dout = rng.normal(size=(N, T, d)).round(1) + 0.0
    idx = rng.integers(vocab - 1, size=(N, T))
    idx[0, 0] = idx[-1, -1]  # one more repetition; the last token never occurs
    return (dout * 5).astype(int) if dtype is int else dout.astype(dtype), idx, vocab


def one_token(rng, N, T, d, vocab):
    """Put the same token everywhere."""
    dout, idx, _ = texts(rng, N, T, d, vocab)
    return dout, np.full_like(idx, 1), vocab


def all_different(rng, N, T, d, vocab):
    """No token twice."""
    dout, _, _ = texts(rng, N, T, d, vocab)
    return dout, rng.permutation(vocab)[: N * T].reshape(N, T), vocab


def typed(dtype):
    """Make arguments of another type."""
    return lambda rng, **sizes: texts(rng, **sizes, dtype=dtype)


def last_one(dout, idx, vocab):
    """Of repeated tokens keep the last gradient, in reading order."""
    dW = np.zeros((vocab, dout.shape[-1]))
    dW[idx] = dout
    return dW


def last_one_by_columns(dout, idx, vocab):
    """Of repeated tokens keep the last gradient, position by position."""
    return last_one(dout.swapaxes(0, 1), idx.T, vocab)


def added_by_rows(dout, idx, vocab):
    """Add up over the samples, but keep the last one within each."""
    return sum(last_one(g[None], i[None], vocab) for g, i in zip(dout, idx))


def added_by_columns(dout, idx, vocab):
    """Add up over the positions, but keep the last one within each."""
    return added_by_rows(dout.swapaxes(0, 1), idx.T, vocab)


def some(chosen):
    """Use some of the samples alone."""
    return lambda dout, idx, vocab: embedding_backward(dout[chosen], idx[chosen], vocab)


def whole_table(cast):
    """Make a table of whole numbers and add into it."""

    def wrong(dout, idx, vocab):
        dW = np.zeros((vocab, dout.shape[-1]), dtype=int)
        for token, gradient in zip(idx.ravel(), dout.reshape(-1, dout.shape[-1])):
            dW[token] = cast(dW[token] + gradient)
        return dW

    return {"dW": wrong}


TASK = Task(
    right=embedding_backward,
    returns={"dW": "vocab, d"},
    probes=[
        Probe(texts, {"N": 2, "T": 4, "d": 2, "vocab": 4}),
        Probe(texts, {"N": 3, "T": 5, "d": 3, "vocab": 7}, seed=1),
        Probe(texts, {"N": 4, "T": 4, "d": 4, "vocab": 4}, seed=2),
        Probe(one_token, {"N": 2, "T": 3, "d": 2, "vocab": 3}, seed=3),
        Probe(all_different, {"N": 2, "T": 2, "d": 3, "vocab": 6}, edge=True, seed=4),
        Probe(texts, {"N": 1, "T": 1, "d": 2, "vocab": 3}, edge=True, seed=5),
        Probe(typed(int), {"N": 2, "T": 4, "d": 2, "vocab": 4}, edge=True, seed=6),
        Probe(typed(np.float32), {"N": 2, "T": 4, "d": 2, "vocab": 4}, edge=True, seed=7),
    ],
    hints={
        "dW": (
            "The forward pass copied row idx[n, t] of the table to position (n, t). To which row "
            "does the gradient of that position belong?",
            "Start with zeros in the shape (vocab, d), and add dout[n, t] to row idx[n, t], for "
            "every n and t. A token that occurs twice gets the sum.",
            "A loop over n and t with `dW[idx[n, t]] += ...`, or `np.add.at(dW, idx, ...)`: a "
            "plain `dW[idx] += ...` keeps only the last of repeated tokens.",
        )
    },
    mistakes=[
        Mistake(
            "transpose_dw",
            "Your dW is the transpose of the right one. The table has a row for each token, "
            "({vocab}, {d}), and a gradient has the shape of what it belongs to.",
            {"dW": lambda dout, idx, vocab: embedding_backward(dout, idx, vocab).T},
        ),
        Mistake(
            "emb_fancy_add",
            "Of a token that occurs more than once, only the last gradient is in your dW. "
            "`dW[idx] += dout` looks as if it added them up, but NumPy reads all rows first and "
            "writes them back afterwards. `np.add.at(dW, idx, dout)` adds one by one.",
            {"dW": last_one},
            written=lambda solution: stores(solution) == {"+="},
        ),
        Mistake(
            "emb_fancy_add",
            "Of a token that occurs more than once in one step of your loop, only the last "
            "gradient counts. `dW[idx] += ...` looks as if it added them up, but NumPy reads all "
            "rows first and writes them back at the end. `np.add.at(dW, idx, dout)` adds one by "
            "one.",
            [{"dW": added_by_rows}, {"dW": added_by_columns}],
        ),
        Mistake(
            "emb_assign_repeated",
            "Of a token that occurs more than once, only the last gradient is in your dW: `=` "
            "writes over what was there. Every occurrence used the row, so their gradients add up.",
            [{"dW": last_one}, {"dW": last_one_by_columns}],
            written=lambda solution: stores(solution) == {"="},
        ),
        Mistake(
            "batch_not_accumulated",
            "Your dW holds the gradients of one sample alone. All {N} samples used the same table: "
            "add up their gradients.",
            [{"dW": some(slice(-1, None))}, {"dW": some(slice(1))}],
        ),
        Mistake(
            "missing_upstream",
            "Your dW counts how often each token occurs; it does not depend on dout. The row was "
            "copied, so what comes back to it is dout at each of its places.",
            {"dW": lambda dout, idx, vocab: embedding_backward(np.ones_like(dout), idx, vocab)},
        ),
        Mistake(
            "missing_upstream",
            "Your dW is 1 where a token occurs; it does not depend on dout. The row was copied, so "
            "what comes back to it is dout at each of its places.",
            {"dW": lambda dout, idx, vocab: last_one(np.ones_like(dout), idx, vocab)},
        ),
        Mistake(
            "extra_batch_mean",
            "Your dW is the right one divided by the batch size or by the number of positions. The "
            "loss has already taken its mean, and that is in dout: here you only sum.",
            [
                {"dW": lambda dout, idx, vocab: embedding_backward(dout, idx, vocab) / len(idx)},
                {"dW": lambda dout, idx, vocab: embedding_backward(dout, idx, vocab) / idx.size},
                {"dW": lambda dout, idx, vocab: embedding_backward(dout / len(idx.T), idx, vocab)},
            ],
        ),
        Mistake(
            "int_dtype_truncation",
            "Your dW holds whole numbers, so every fraction is cut off: the table was made with "
            "an integer dtype, that of idx perhaps. A gradient needs `dtype=float`, which "
            "`np.zeros` takes by itself.",
            [
                whole_table(lambda row: row.astype(int)),
                {"dW": lambda dout, idx, vocab: embedding_backward(dout, idx, vocab).astype(int)},
                {"dW": lambda *arguments: np.trunc(embedding_backward(*arguments))},
                {
                    "dW": lambda dout, idx, vocab: embedding_backward(
                        np.trunc(dout), idx, vocab
                    ).astype(int)
                },
            ],
        ),
    ],
)
