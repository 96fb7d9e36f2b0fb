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
    _check_pair("mse", pred, y)
    dpred = pred - y
    loss = np.vdot(dpred, dpred) / dpred.size
    dpred *= 2.0 / dpred.size
    return _finite(loss, pred), dpred


def bce_with_logits(z, y):
    """Binary cross-entropy of σ(z): the mean of -y log σ(z) - (1 - y) log(1 - σ(z)).

    Parameters
    ----------
    z : ndarray, any shape
        What the network gives out, before any sigmoid.
    y : ndarray, shape of z
        What was right: 0 or 1, or a probability between them.

    Returns
    -------
    loss : float
    dz : ndarray, shape of z
        ∂loss/∂z = (σ(z) - y) / (number of entries).

    Raises
    ------
    ValueError
        If the shapes differ or are empty, or an entry of y is not in [0, 1].
    FloatingPointError
        If the loss is not finite.
    """
    z, y = np.asarray(z), np.asarray(y)
    _check_pair("bce_with_logits", z, y)
    if not (y.min() >= 0 and y.max() <= 1):
        raise ValueError(f"y holds probabilities, 0 to 1, got {y.min()} to {y.max()}")
    softplus = np.logaddexp(0.0, z)  # log(1 + exp(z)), which overflows for no z
    loss = (softplus - z * y).sum() / z.size
    dz = np.exp(z - softplus)  # σ(z)
    dz -= y
    dz /= z.size
    return _finite(loss, z), dz


def discriminator_loss(real, fake):
    """Loss of a GAN's discriminator: it should score real samples high and made-up ones low.

    The mean of -log σ(real), plus the mean of -log(1 - σ(fake)).

    Parameters
    ----------
    real, fake : ndarray, any shapes
        The discriminator's scores of real samples and of the generator's.

    Returns
    -------
    loss : float
    dreal, dfake : ndarray, shapes of real and fake

    References
    ----------
    Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014, equation 1.
    """
    loss_real, dreal = bce_with_logits(real, np.ones(np.shape(real)))
    loss_fake, dfake = bce_with_logits(fake, np.zeros(np.shape(fake)))
    return loss_real + loss_fake, dreal, dfake


def generator_loss(fake, *, saturating=False):
    """Loss of a GAN's generator: the discriminator should take its samples for real.

    The mean of -log σ(fake). The minimax form of the paper's equation 1, the mean of
    log(1 - σ(fake)), is the `saturating` one: where the discriminator is sure, its gradient
    vanishes.

    Parameters
    ----------
    fake : ndarray, any shape
        The discriminator's scores of the generator's samples.
    saturating : bool
        Whether to take the minimax form.

    Returns
    -------
    loss : float
    dfake : ndarray, shape of fake

    References
    ----------
    Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014, section 3.
    """
    if not saturating:
        return bce_with_logits(fake, np.ones(np.shape(fake)))
    loss, dfake = bce_with_logits(fake, np.zeros(np.shape(fake)))
    return -loss, -dfake


def softmax(scores):
    """Turn each row of scores into probabilities: exp(s_k) / Σ_j exp(s_j).

    Parameters
    ----------
    scores : ndarray, shape (..., K)

    Returns
    -------
    p : ndarray, shape (..., K)
        Positive; each row sums to 1.
    """
    p = scores - scores.max(axis=-1, keepdims=True)  # the largest becomes exp(0): no overflow
    np.exp(p, out=p)
    p /= p.sum(axis=-1, keepdims=True)
    return p


def softmax_cross_entropy(scores, labels):
    """Cross-entropy of softmax(scores): the mean of -log p(right class).

    Softmax and its loss belong together: taken as one, no logarithm ever meets a zero, and the
    gradient is the plainest in the course, p minus one-hot.

    Parameters
    ----------
    scores : ndarray, shape (N, K), or (N, T, K) for one answer per place of a text
        What the network gives out, before any softmax.
    labels : ndarray of int, shape (N,) or (N, T)
        The right class of each sample, from 0 to K - 1.

    Returns
    -------
    loss : float
    dscores : ndarray, shape of scores
        ∂loss/∂scores = (softmax(scores) - one-hot(labels)) / N, or / (N T).

    Raises
    ------
    TypeError, ValueError
        If scores and labels do not fit together.
    FloatingPointError
        If the loss is not finite.
    """
    scores, labels = np.asarray(scores), np.asarray(labels)
    _check_labels(labels, scores.shape)
    n, k = labels.size, scores.shape[-1]
    p = np.array(scores.reshape(n, k).T, order="C")  # a row a class: NumPy is fast along long rows
    p -= p.max(axis=0)  # softmax stays, and exp can't overflow
    right = n * labels.ravel().astype(np.intp) + np.arange(n)  # the right classes' places in p
    loss = -p.take(right).sum()
    np.exp(p, out=p)
    total = p.sum(axis=0)
    loss = (loss + np.log(total).sum()) / n  # the mean of -log p(right class)
    p /= total
    p.ravel()[right] -= 1.0
    p /= n
    return _finite(loss, scores), p.T.reshape(scores.shape)


def _check_pair(name, output, y):
    if output.shape != y.shape or output.size == 0:
        raise ValueError(
            f"{name} expects two arrays of one shape with at least one entry, got {output.shape} "
            f"and {y.shape}: (N, 1) and (N,) differ, y[:, None] makes the second like the first"
        )


def _check_labels(labels, shape):
    if len(shape) < 2 or labels.shape != shape[:-1] or 0 in shape:
        cause = "not one-hot rows" if labels.shape == shape else "from 0 to K - 1"
        raise ValueError(
            "expected scores of shape (N, K) and labels of shape (N,), got "
            f"{shape} and {labels.shape}: a label is one class number, {cause}"
        )
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels are whole numbers, got {labels.dtype}: labels.astype(int)")
    low, high, n_classes = labels.min(), labels.max(), shape[-1]
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
