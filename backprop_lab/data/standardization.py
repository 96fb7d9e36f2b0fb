"""Standardisation: every feature to mean 0 and standard deviation 1, by the training data alone."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Standardization:
    """What the training data taught about scale; call it to apply that to any data.

    Parameters
    ----------
    mean, std : ndarray, shape (D,) or that of one sample
        In the units of the features. The std of a feature that never changed is 1.
    """

    mean: np.ndarray
    std: np.ndarray

    def __call__(self, x):
        """Apply: (x - mean) / std, a new array.

        Parameters
        ----------
        x : ndarray, shape (N, D) or (N, ...)
            Any number of samples with the features of the training data.

        Returns
        -------
        ndarray, shape of x

        Raises
        ------
        ValueError
            If x has other features than the training data, or holds NaN or infinity.
        """
        x = np.asarray(x)
        if x.shape[1:] != self.mean.shape or x.ndim == 0:
            shape = ", ".join(map(str, ("N", *self.mean.shape)))
            raise ValueError(
                f"expected x of shape ({shape}), as the training data had, got {x.shape}: "
                "one sample alone is x[None]"
            )
        _check_finite(x)
        return (x - self.mean) / self.std


def standardize(x_train):
    """Learn each feature's mean and standard deviation from the training data.

    Test data is scaled by the same two numbers: to ask it for its own would be to look at the exam
    before sitting it.

    Parameters
    ----------
    x_train : ndarray, shape (N, D) or (N, ...)

    Returns
    -------
    Standardization
        A function: `scale = standardize(x_train)`, then `scale(x_train)` and `scale(x_test)`.

    Raises
    ------
    ValueError
        If x_train holds no samples, NaN or infinity, or has no feature axis.

    Examples
    --------
    >>> scale = standardize(np.array([[1.0, 5.0], [3.0, 5.0]]))
    >>> scale(np.array([[4.0, 6.0]]))
    array([[2., 1.]])
    """
    x_train = np.asarray(x_train)
    if x_train.ndim < 2 or len(x_train) == 0:
        raise ValueError(
            f"standardize expects x_train of shape (N, D) with N of 1 or more, got "
            f"{x_train.shape}: a single feature is a column, x[:, None]"
        )
    _check_finite(x_train)
    constant = np.all(x_train == x_train[0], axis=0)  # asked of the values: std may round to 1e-17
    return Standardization(x_train.mean(axis=0), np.where(constant, 1, x_train.std(axis=0)))


def _check_finite(x):
    broken = np.argwhere(~np.isfinite(x))
    if len(broken):
        first = tuple(map(int, broken[0]))
        raise ValueError(
            f"x holds {len(broken)} entries that are not finite, the first is {x[first]} at "
            f"{list(first)}: fill them or leave out those samples first"
        )
