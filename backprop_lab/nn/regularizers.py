"""Regularizers: three ways to keep weights small, often taken for one.

L1 and L2 are penalties: they join the loss, and their gradients join the gradient. Weight decay is
part of the update and knows of no loss. For plain gradient descent, L2 and decay come to the same;
for Adam they don't.
"""

import numpy as np


def l1(params, lam, *, mask=None):
    """Penalty on absolute values: lam · Σ |p|. It drives small weights to zero.

    Parameters
    ----------
    params : ndarray
        A network's flat vector, `net.params`.
    lam : float
        Strength.
    mask : ndarray, shape of params, optional
        1 for what to penalise, 0 for what to leave alone: `net.mask("W")` leaves biases alone.

    Returns
    -------
    loss : float
        To be added to the loss.
    dparams : ndarray, shape of params
        lam · sign(p), to be added to the gradient.
    """
    kept = params if mask is None else params * mask
    return float(lam * np.abs(kept).sum()), lam * np.sign(kept)


def l2(params, lam, *, mask=None):
    """Penalty on squares: lam / 2 · Σ p². It holds back large weights most.

    Parameters and returns are those of `l1`; the gradient is lam · p.
    """
    kept = params if mask is None else params * mask
    return 0.5 * lam * float(kept.dot(kept)), lam * kept


def weight_decay(params, rate, *, lr):
    """Let every parameter shrink a little, in place: p ← p - lr · rate · p.

    Parameters
    ----------
    params : ndarray
        A network's flat vector, `net.params`.
    rate : float or ndarray, shape of params
        Share that decays, in units of lr; times `net.mask("W")` it leaves biases alone.
    lr : float
        Learning rate of the step that this belongs to.

    References
    ----------
    Hanson & Pratt, "Comparing biases for minimal network construction with back-propagation", 1988.
    """
    params *= 1 - lr * rate
