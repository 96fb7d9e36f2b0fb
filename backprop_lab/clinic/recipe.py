"""A recipe: everything that a training is made of, in one row of plain values."""

from dataclasses import dataclass, fields, replace
from numbers import Integral, Real

ACTIVATIONS = ("relu", "leaky_relu", "tanh", "sigmoid")
INITS = ("he", "xavier", "normal")
LOSSES = ("cross-entropy", "cross-entropy after softmax")
STATISTICS = ("running", "batch")


@dataclass(frozen=True)
class Recipe:
    """What a network is made of, and how it is trained.

    Parameters
    ----------
    depth, width : int
        Hidden layers, 1 to 10, and units in each, 4 to 64.
    activation : str
        "relu", "leaky_relu", "tanh" or "sigmoid".
    init : str
        First weights: "he", "xavier", or "normal", which has standard deviation 1 at every width.
    bias : float
        First bias of every hidden unit, -10 to 10.
    batch_norm : bool
        Whether the numbers are normalized before each activation.
    statistics : str
        What batch norm divides by when it is used: its "running" statistics, or those of the
        "batch" that it is asked about.
    loss : str
        "cross-entropy", which contains the softmax, or "cross-entropy after softmax", which takes
        it twice.
    lr : float
        Learning rate, 0.000001 to 100.
    batch_size, epochs : int
        Pictures in a batch, 2 to 300, and times through all of them, 1 to 40.
    shuffle : bool
        Whether they come in a new random order each time, or zeros first and nines last.
    leak : bool
        Whether pictures of the training are among those held out.

    Raises
    ------
    ValueError
        If a value is none of these.
    """

    depth: int = 2
    width: int = 32
    activation: str = "relu"
    init: str = "he"
    bias: float = 0.0
    batch_norm: bool = False
    statistics: str = "running"
    loss: str = "cross-entropy"
    lr: float = 0.1
    batch_size: int = 20
    epochs: int = 12
    shuffle: bool = True
    leak: bool = False

    def __post_init__(self):
        for name, allowed in _CHOICES.items():
            _one_of(name, getattr(self, name), allowed)
        for name, (least, most) in _RANGES.items():
            _between(name, getattr(self, name), least, most)

    def changed(self, **changes):
        """Make the same recipe with these changes.

        Raises
        ------
        ValueError
            If a change has a name that no recipe has, or a value that it cannot have.
        """
        names = [each.name for each in fields(self)]
        for name in changes:
            if name not in names:
                raise ValueError(f"a recipe has no {name!r}; it has {', '.join(names)}")
        return replace(self, **changes)


_CHOICES = {
    "activation": ACTIVATIONS,
    "init": INITS,
    "batch_norm": (True, False),
    "statistics": STATISTICS,
    "loss": LOSSES,
    "shuffle": (True, False),
    "leak": (True, False),
}
_RANGES = {
    "depth": (1, 10),
    "width": (4, 64),
    "bias": (-10.0, 10.0),
    "lr": (1e-6, 100.0),
    "batch_size": (2, 300),
    "epochs": (1, 40),
}


def _one_of(name, value, allowed):
    if type(value) is not type(allowed[0]) or value not in allowed:
        raise ValueError(f"{name} is one of {', '.join(map(repr, allowed))}, got {value!r}")


def _between(name, value, least, most):
    kind = "whole number" if isinstance(least, int) else "number"
    fits = isinstance(value, Integral if isinstance(least, int) else Real)
    if isinstance(value, bool) or not fits or not least <= value <= most:
        raise ValueError(f"{name} is a {kind} from {least:g} to {most:g}, got {value!r}")
