"""Landscapes to walk down: a height at each place of the plane, and its slope.

Rosenbrock, "An Automatic Method for Finding the Greatest or Least Value of a Function", 1960;
Himmelblau, "Applied Nonlinear Programming", 1972; Beale, 1958.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


def _valley(x, y):
    """Give a bowl 100 times as steep across as along: ½ (0.1 x² + 10 y²)."""
    return 0.05 * x**2 + 5 * y**2


def _valley_slope(x, y):
    return 0.1 * x, 10 * y


def _rosenbrock(x, y):
    """Give a bent valley with a flat floor: (1 - x)² + 100 (y - x²)²."""
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def _rosenbrock_slope(x, y):
    above = y - x**2
    return -2 * (1 - x) - 400 * x * above, 200 * above


def _himmelblau(x, y):
    """Give four minima, all of height 0: (x² + y - 11)² + (x + y² - 7)²."""
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def _himmelblau_slope(x, y):
    a, b = x**2 + y - 11, x + y**2 - 7
    return 4 * x * a + 2 * b, 2 * a + 4 * y * b


def _saddle(x, y):
    """Give a pass between two minima: ½ x² - ½ y² + ¼ y⁴."""
    return 0.5 * x**2 - 0.5 * y**2 + 0.25 * y**4


def _saddle_slope(x, y):
    return x, y**3 - y


def _plateau(x, y):
    """Give a hole in a plain: 1 - exp(-½ (x² + y²)), nearly flat from a distance of 4 on."""
    return 1 - np.exp(-0.5 * (x**2 + y**2))


def _plateau_slope(x, y):
    flat = np.exp(-0.5 * (x**2 + y**2))
    return x * flat, y * flat


def _beale(x, y):
    """Give steep corners and a flat floor: the sum of (c - x + x yⁿ)², for n = 1, 2, 3."""
    return sum((c - x + x * y**n) ** 2 for n, c in _BEALE)


def _beale_slope(x, y):
    rest = [(n, c - x + x * y**n) for n, c in _BEALE]
    dx = sum(2 * r * (y**n - 1) for n, r in rest)
    return dx, sum(2 * r * x * n * y ** (n - 1) for n, r in rest)


_BEALE = (1, 1.5), (2, 2.25), (3, 2.625)


@dataclass(frozen=True, eq=False)
class Landscape:
    """A height to be brought down by walking.

    Attributes
    ----------
    height : callable
        height(x, y) -> height, of numbers or arrays.
    slope : callable
        slope(x, y) -> (∂height/∂x, ∂height/∂y).
    about : str
        What is special about it, in a sentence.
    window : tuple of float
        What a picture shows of it: lowest and highest x, lowest and highest y.
    start : tuple of float
        Where walkers set out.
    minima : tuple of (float, float)
        The lowest places, all of the same height.
    levels : tuple of float
        Heights of the contour lines, from the lowest up.
    """

    height: Callable
    slope: Callable
    about: str
    window: tuple[float, float, float, float]
    start: tuple[float, float]
    minima: tuple[tuple[float, float], ...]
    levels: tuple[float, ...]

    @property
    def lowest(self):
        """Height of the lowest places."""
        return float(self.height(*self.minima[0]))


LANDSCAPES = {
    "narrow valley": Landscape(
        _valley,
        _valley_slope,
        "The valley is 100 times as steep across as along.",
        window=(-9.2, 3.2, -3.95, 3.95),
        start=(-8.0, 2.0),
        minima=((0.0, 0.0),),
        levels=tuple(np.linspace(0, 9, 13) ** 2),
    ),
    "Rosenbrock": Landscape(
        _rosenbrock,
        _rosenbrock_slope,
        "The valley bends, and its floor is nearly flat.",
        window=(-2.0, 2.0, -0.75, 1.8),
        start=(-1.2, 1.0),
        minima=((1.0, 1.0),),
        levels=(0, *np.geomspace(0.1, 2500, 15)),
    ),
    "Himmelblau": Landscape(
        _himmelblau,
        _himmelblau_slope,
        "There are four minima, all equally deep, and the start lies on the hill between them.",
        window=(-8.0, 8.0, -5.1, 5.1),
        start=(-0.3, -0.9),
        minima=(
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286170),
            (3.584428340330492, -1.848126526964404),
        ),
        levels=tuple(np.linspace(0, 38, 16) ** 2),
    ),
    "saddle": Landscape(
        _saddle,
        _saddle_slope,
        "At (0, 0) the slope is 0, though the way down goes on, to the sides.",
        window=(-2.35, 2.35, -1.5, 1.5),
        start=(-2.0, 0.0001),
        minima=((0.0, 1.0), (0.0, -1.0)),
        levels=tuple(np.linspace(-0.25, 3.25, 15)),
    ),
    "plateau": Landscape(
        _plateau,
        _plateau_slope,
        "At the start there is hardly any slope.",
        window=(-5.6, 3.0, -2.2, 3.3),
        start=(-4.0, 2.5),
        minima=((0.0, 0.0),),
        levels=tuple(np.linspace(0, 1, 13)),
    ),
    "Beale": Landscape(
        _beale,
        _beale_slope,
        "The corners are steep, and the floor is long and flat.",
        window=(-0.6, 4.6, -1.0, 2.3),
        start=(1.0, 1.5),
        minima=((3.0, 0.5),),
        levels=(0, *np.geomspace(0.05, 3000, 15)),
    ),
}
