"""Parting data: what to train on, what to keep back, and in which bites."""


def split(x, y, *, test, rng):
    """Part the samples at random into a training part and a part held back for testing.

    Parameters
    ----------
    x, y : ndarray, first axis N
        Samples and their labels.
    test : float
        Share of the samples to hold back, between 0 and 1.
    rng : numpy.random.Generator

    Returns
    -------
    x_train, y_train, x_test, y_test : ndarray

    Raises
    ------
    ValueError
        If x and y differ in length, or one of the parts would be empty.
    """
    _same_length(x, y)
    n_test = round(len(x) * test)
    if not 0 < n_test < len(x):
        raise ValueError(f"test={test} of {len(x)} samples leaves one of the two parts empty")
    order = rng.permutation(len(x))
    held_back, kept = order[:n_test], order[n_test:]
    return x[kept], y[kept], x[held_back], y[held_back]


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
