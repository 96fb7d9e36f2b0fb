"""Augmentation: pictures that never were, but could have been.

Every function takes a batch and gives a new one back. Images come as (N, H, W), as (N, C, H, W), or
as flat rows (N, H·W) of square pictures, like the digits; they go back in the shape in which they
came. Augment the training data only, anew in every epoch.
"""

import math

import numpy as np


def shift(x, *, most=1, paper=0.0, rng):
    """Move each image by up to `most` whole pixels, down or up and right or left.

    Parameters
    ----------
    x : ndarray of float, shape (N, H, W), (N, C, H, W) or (N, H·W)
    most : int
        Pixels, at least 0. Each of the (2 · most + 1)² moves is equally likely.
    paper : float
        What comes in over the edge.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape of x

    Raises
    ------
    TypeError, ValueError
        If x does not hold images of floats, or most is no whole number from 0 up.
    """
    images = _images(x)
    _at_least_zero(most=most)
    if most != int(most):
        raise ValueError(f"shift moves by whole pixels, got most={most}")
    (n, _, h, w), m = images.shape, int(most)
    padded = np.pad(images, ((0, 0), (0, 0), (m, m), (m, m)), constant_values=paper)
    views = np.lib.stride_tricks.sliding_window_view(padded, (h, w), axis=(2, 3))
    top, left = rng.integers(0, 2 * m + 1, (2, n))
    return views[np.arange(n), :, top, left].reshape(x.shape)


def rotate(x, *, most=10.0, paper=0.0, rng):
    """Turn each image about its middle by an angle between -most and most.

    Each new pixel asks where it was before the turn, and reads there: between four old pixels, each
    counts the more the nearer it lies (bilinear interpolation).

    Parameters
    ----------
    x : ndarray of float, shape (N, H, W), (N, C, H, W) or (N, H·W)
    most : float
        Degrees, at least 0. Positive angles turn anticlockwise.
    paper : float
        What lies beyond the edge.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape of x

    Raises
    ------
    TypeError, ValueError
        If x does not hold images of floats, or most is below 0.
    """
    images = _images(x)
    _at_least_zero(most=most)
    n, _, h, w = images.shape
    angle = np.radians(rng.uniform(-most, most, (n, 1, 1, 1)))
    middle_row, middle_col = (h - 1) / 2, (w - 1) / 2
    down = np.arange(h)[:, None] - middle_row
    right = np.arange(w) - middle_col
    row = np.cos(angle) * down + np.sin(angle) * right + middle_row  # (N, 1, H, W)
    col = np.cos(angle) * right - np.sin(angle) * down + middle_col
    return _read(images, row, col, paper).astype(x.dtype).reshape(x.shape)


def noise(x, *, sigma=0.1, rng):
    """Add normal noise to each entry: x + sigma · N(0, 1).

    Parameters
    ----------
    x : ndarray of float, any shape
        Images or anything else. Noisy pixels may leave the range from 0 to 1; a network takes no
        offence.
    sigma : float
        Standard deviation, in units of x, at least 0.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape of x

    Raises
    ------
    TypeError, ValueError
        If x does not hold floats, or sigma is below 0.
    """
    _check_floats(x)
    _at_least_zero(sigma=sigma)
    return (x + sigma * rng.standard_normal(x.shape)).astype(x.dtype)


def mixup(x, y, *, classes, alpha=0.2, rng):
    """Mix each sample with another one, and their labels in the same proportion.

    x ← λ x_i + (1 - λ) x_j and y ← λ y_i + (1 - λ) y_j with λ drawn from Beta(alpha, alpha), one
    for each pair; j is a permutation of the batch.

    Parameters
    ----------
    x : ndarray of float, shape (N, ...)
    y : ndarray of int, shape (N,)
        Labels from 0 to classes - 1.
    classes : int
        Number of classes, K.
    alpha : float
        Above 0. Near 0 a pair is hardly mixed at all, at 1 every λ is equally likely.
    rng : numpy.random.Generator

    Returns
    -------
    x_mixed : ndarray, shape of x
    y_mixed : ndarray, shape (N, K), of x's dtype
        A row of shares that sum to 1, where a one-hot row would have a single 1.

    Raises
    ------
    TypeError, ValueError
        If x and y do not fit together, a label is out of range, or alpha is not above 0.

    References
    ----------
    Zhang, Cisse, Dauphin & Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", ICLR 2018,
    equation in section 1.
    """
    _check_floats(x)
    y = np.asarray(y)
    _check_labels(x, y, classes)
    if not alpha > 0:
        raise ValueError(f"alpha is a number above 0, got {alpha}")
    n = len(x)
    one_hot = np.eye(classes, dtype=x.dtype)[y]
    share = rng.beta(alpha, alpha, n).astype(x.dtype)
    other = rng.permutation(n)
    return _blend(x, x[other], share), _blend(one_hot, one_hot[other], share)


def _blend(a, b, share):
    share = share.reshape(-1, *[1] * (a.ndim - 1))  # (N, 1, ...): one share for a whole sample
    return share * a + (1 - share) * b


def _read(images, row, col, paper):
    """Read every image at places between its pixels, given as (N, 1, H, W) rows and columns."""
    n, c, h, w = images.shape
    padded = np.pad(images, ((0, 0), (0, 0), (1, 2), (1, 2)), constant_values=paper)
    row, col = np.clip(row, -1, h) + 1, np.clip(col, -1, w) + 1  # further out is paper as well
    top, left = row.astype(int), col.astype(int)
    below, beside = row - top, col - left  # how far on towards the next pixel, 0 to 1
    image, channel = np.arange(n)[:, None, None, None], np.arange(c)[:, None, None]

    def at(row, col):
        return padded[image, channel, row, col]  # (N, C, H, W)

    upper = (1 - beside) * at(top, left) + beside * at(top, left + 1)
    lower = (1 - beside) * at(top + 1, left) + beside * at(top + 1, left + 1)
    return (1 - below) * upper + below * lower


def _images(x):
    """See x as (N, C, H, W)."""
    _check_floats(x)
    side = math.isqrt(x.shape[1]) if x.ndim == 2 else None
    if x.ndim == 2 and side**2 == x.shape[1]:
        return x.reshape(-1, 1, side, side)
    if x.ndim == 3:
        return x[:, None]
    if x.ndim == 4:
        return x
    raise ValueError(
        f"expected images of shape (N, H, W), (N, C, H, W) or (N, H·W) with H = W, got {x.shape}: "
        "one image alone is x[None]"
    )


def _check_floats(x):
    if not (isinstance(x, np.ndarray) and np.issubdtype(x.dtype, np.floating)):
        kind = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise TypeError(f"x must be an array of floats, got {kind}: whole pixels are x / 255.0")


def _check_labels(x, y, classes):
    if y.shape != x.shape[:1] or not np.issubdtype(y.dtype, np.integer):
        raise ValueError(
            f"expected one class number for each of the {len(x)} samples, got {y.dtype} of shape "
            f"{y.shape}: mixup makes the one-hot rows itself"
        )
    if y.size and not 0 <= y.min() <= y.max() < classes:
        raise ValueError(
            f"labels go from 0 to {classes - 1} with classes={classes}, got {y.min()} to {y.max()}"
        )


def _at_least_zero(**named):
    for name, value in named.items():
        if not value >= 0:
            raise ValueError(f"{name} is 0 or more, got {value}")
