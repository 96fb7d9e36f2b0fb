"""Losses: how wrong the network is, in one number, and which way its output should move.

Every loss returns two things, the loss and its gradient with respect to the network's output, and
is a mean over the batch. That 1/N is in the gradient already: no layer divides by N again.
"""

import math

import numpy as np


def mse(pred, y):
    """Mean squared error: the mean of (pred - y)² over all entries.

    Parameters
    ----------
    pred, y : ndarray, any shape, the same for both
        What the network said, and what was right.

    Returns
    -------
    loss : float
    dpred : ndarray, shape of pred
        ∂loss/∂pred = 2 (pred - y) / (number of entries).

    Raises
    ------
    ValueError
        If the shapes differ or are empty.
    FloatingPointError
        If the loss is not finite.
    """
    pred, y = np.asarray(pred), np.asarray(y)
    if pred.shape != y.shape or pred.size == 0:
        raise ValueError(
            f"mse expects pred and y of one shape with at least one entry, got {pred.shape} and "
            f"{y.shape}: (N, 1) and (N,) differ, y[:, None] makes the second like the first"
        )
    dpred = pred - y
    loss = np.vdot(dpred, dpred) / dpred.size
    dpred *= 2.0 / dpred.size
    return _finite(loss, pred), dpred


def softmax(scores):
    """Turn each row of scores into probabilities: exp(s_k) / Σ_j exp(s_j).

    Parameters
    ----------
    scores : ndarray, shape (N, K)

    Returns
    -------
    p : ndarray, shape (N, K)
        Positive; each row sums to 1.
    """
    p = scores - scores.max(axis=1, keepdims=True)  # the largest becomes exp(0): no overflow
    np.exp(p, out=p)
    p /= p.sum(axis=1, keepdims=True)
    return p


def softmax_cross_entropy(scores, labels):
    """Cross-entropy of softmax(scores): the mean of -log p(right class).

    Softmax and its loss belong together: taken as one, no logarithm ever meets a zero, and the
    gradient is the plainest in the course, p minus one-hot.

    Parameters
    ----------
    scores : ndarray, shape (N, K)
        What the network gives out, before any softmax.
    labels : ndarray of int, shape (N,)
        The right class of each sample, from 0 to K - 1.

    Returns
    -------
    loss : float
    dscores : ndarray, shape (N, K)
        ∂loss/∂scores = (softmax(scores) - one-hot(labels)) / N.

    Raises
    ------
    TypeError, ValueError
        If scores and labels do not fit together.
    FloatingPointError
        If the loss is not finite.
    """
    scores, labels = np.asarray(scores), np.asarray(labels)
    _check_labels(labels, scores.shape)
    n = len(scores)
    rows = np.arange(n)
    shifted = scores - scores.max(axis=1, keepdims=True)  # softmax stays the same, exp stays small
    at_label = shifted[rows, labels]
    p = np.exp(shifted, out=shifted)
    total = p.sum(axis=1)
    loss = (np.log(total).sum() - at_label.sum()) / n  # -log(exp(at_label) / total)
    p /= total[:, None]
    p[rows, labels] -= 1.0
    p /= n
    return _finite(loss, scores), p


def _check_labels(labels, shape):
    if len(shape) != 2 or labels.shape != shape[:1] or 0 in shape:
        cause = "one class number per sample, not one-hot rows" if labels.ndim == 2 else "one a row"
        raise ValueError(
            f"expected scores of shape (N, K) and labels of shape (N,), got {shape} and "
            f"{labels.shape}: labels are {cause}"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise TypeError(f"labels are whole numbers, got {labels.dtype}: labels.astype(int)")
    low, high, n_classes = labels.min(), labels.max(), shape[1]
    if low < 0 or high >= n_classes:
        raise ValueError(
            f"labels go from 0 to {n_classes - 1} for scores with {n_classes} columns, got "
            f"{low if low < 0 else high}: count the classes, or start them at 0"
        )


def _finite(loss, output):
    """Return the loss as a float, or say why there is none."""
    if not math.isfinite(loss):
        broken = np.count_nonzero(~np.isfinite(output))
        raise FloatingPointError(
            f"the loss is {loss}, and {broken} of the network's {output.size} outputs are not "
            "finite: training has diverged (try a smaller learning rate), or the data holds NaN"
        )
    return float(loss)
