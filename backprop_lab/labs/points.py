"""Points in the plane, in two classes: what the playground's network learns."""

from dataclasses import dataclass

import numpy as np

from .. import data

SETS = {
    "moons": data.moons,
    "circles": data.circles,
    "spirals": data.spirals,
    "xor": data.xor,
}
REACH = 2.0  # all sets have their middle at 0, and most of their points this near to it


@dataclass(frozen=True, eq=False)
class Points:
    """Points to train on, and points of the same kind held out."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    @classmethod
    def draw(cls, name, noise, seed, n=200):
        """Draw n points to train on and n to hold out.

        The seed decides all but the size of the noise: with more of it, each point moves on in the
        direction in which it was moved before.
        """
        x, y = SETS[name](2 * n, noise=noise, rng=np.random.default_rng(seed))
        if name == "moons":
            x = x - [0.5, 0.25]
        x = x.astype(np.float32)
        return cls(x[:n], y[:n], x[n:], y[n:])
