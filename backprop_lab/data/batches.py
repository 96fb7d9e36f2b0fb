"""Parting data: what to train on, what to keep back, and in which bites."""

import numpy as np


def split(x, y, *, test, validation=None, rng):
    """Part the samples at random: a part to train on, and one held back for testing.

    With `validation` a third part is held back, to choose by while the test part stays unseen. It
    is taken from the training part: the same rng gives the same test part with it and without.

    Parameters
    ----------
    x, y : ndarray, first axis N
        Samples and their labels.
    test : float
        Share of the samples to hold back, between 0 and 1.
    validation : float or None
        Share of all samples to choose by, between 0 and 1.
    rng : numpy.random.Generator

    Returns
    -------
    x_train, y_train, x_test, y_test : ndarray
        Or, with `validation`, x_train, y_train, x_validation, y_validation, x_test, y_test.

    Raises
    ------
    ValueError
        If x and y differ in length, or one of the parts would be empty.
    """
    _same_length(x, y)
    shares = [test] if validation is None else [test, validation]
    ends = np.cumsum([round(len(x) * share) for share in shares])
    *held_back, kept = np.split(rng.permutation(len(x)), ends)
    if min(map(len, [kept, *held_back])) == 0 or min(shares) < 0:
        asked = f"test={test}" + (f" and validation={validation}" if validation is not None else "")
        raise ValueError(f"{asked} of {len(x)} samples leaves one of the parts empty")
    return tuple(part[chosen] for chosen in (kept, *reversed(held_back)) for part in (x, y))


def batches(x, y, *, size, rng):
    """Go once through all samples in random order, `size` at a time.

    Parameters
    ----------
    x, y : ndarray, first axis N
    size : int
        Samples in a batch. The last batch holds the rest and may be smaller.
    rng : numpy.random.Generator

    Yields
    ------
    x_batch, y_batch : ndarray, first axis `size`

    Raises
    ------
    ValueError
        If x and y differ in length, or size is below 1.
    """
    _same_length(x, y)
    if size < 1:
        raise ValueError(f"a batch has at least one sample, got size={size}")
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        chosen = order[start : start + size]
        yield x[chosen], y[chosen]


def _same_length(x, y):
    if len(x) != len(y):
        raise ValueError(f"each sample needs one label, got {len(x)} samples and {len(y)} labels")
