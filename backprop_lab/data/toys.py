"""Toy sets: points in the plane, in classes that no straight line can part."""

import numpy as np


def moons(n, *, noise=0.1, rng):
    """Draw two half moons, each reaching into the other.

    Parameters
    ----------
    n : int
        Number of points, at least 2.
    noise : float
        Standard deviation of the normal noise on each coordinate, at least 0.
    rng : numpy.random.Generator

    Returns
    -------
    x : ndarray, shape (n, 2)
    y : ndarray of int, shape (n,)
        Class 0 or 1, in random order.
    """
    y = _classes(n, 2, noise, rng)
    angle = rng.uniform(0, np.pi, n)
    x = _polar(1.0, angle)
    x[y == 1] = [1.0, 0.5] - x[y == 1]
    return _shake(x, noise, rng), y


def circles(n, *, noise=0.1, rng):
    """Draw a circle of radius 1 (class 0) around a circle of radius 0.5 (class 1).

    Parameters and returns are those of `moons`.
    """
    y = _classes(n, 2, noise, rng)
    x = _polar(np.where(y == 0, 1.0, 0.5), rng.uniform(0, 2 * np.pi, n))
    return _shake(x, noise, rng), y


def spirals(n, *, noise=0.1, classes=2, turns=1.25, rng):
    """Draw the arms of a spiral, one class to each arm.

    Parameters and returns are those of `moons`, and:

    Parameters
    ----------
    classes : int
        Number of arms, at least 2.
    turns : float
        How many times an arm goes round.
    """
    y = _classes(n, classes, noise, rng)
    along = rng.uniform(0.05, 1.0, n)
    x = _polar(along, 2 * np.pi * (turns * along + y / classes))
    return _shake(x, noise * along[:, None], rng), y


def xor(n, *, noise=0.1, rng):
    """Draw the four corners of a square; class 1 where the signs of the two coordinates differ.

    Parameters and returns are those of `moons`.
    """
    corner = _classes(n, 4, noise, rng)
    signs = np.stack([corner // 2, corner % 2], axis=1) * 2.0 - 1.0
    x = signs * rng.uniform(0.1, 1.0, (n, 2))
    return _shake(x, noise, rng), (signs[:, 0] != signs[:, 1]).astype(np.int64)


def _classes(n, k, noise, rng):
    """Deal out k classes to n points, as evenly as n allows, in random order."""
    if n < k or noise < 0:
        raise ValueError(f"expected n of {k} or more and noise of 0 or more, got {n} and {noise}")
    return rng.permutation(np.arange(n) % k)


def _polar(radius, angle):
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _shake(x, noise, rng):
    return x + noise * rng.standard_normal(x.shape)
