"""A recipe: everything that a training is made of, in one row of plain values."""

from dataclasses import dataclass, fields, replace

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
    batch_norm : bool
        Whether the numbers are normalized before each activation.
    statistics : str
        What batch norm divides by when it is used: its "running" statistics, or those of the
        "batch" that it is asked about.
    loss : str
        "cross-entropy", which contains the softmax, or "cross-entropy after softmax", which takes
        it twice.
    lr : float
        Learning rate, above 0, at most 100.
    batch_size, epochs : int
        Pictures in a batch, 2 to 300, and times through all of them, 1 to 40.
    shuffle : bool
        Whether they come in a new random order each time, or all zeros first, all nines last.
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
    batch_norm: bool = False
    statistics: str = "running"
    loss: str = "cross-entropy"
    lr: float = 0.1
    batch_size: int = 20
    epochs: int = 20
    shuffle: bool = True
    leak: bool = False

    def __post_init__(self):
        for name, allowed in _CHOICES.items():
            value = getattr(self, name)
            if not any(value is each or value == each for each in allowed):
                raise ValueError(f"{name} is one of {', '.join(map(repr, allowed))}, got {value!r}")
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            whole = name != "lr"
            if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
                kind = "a whole number" if whole else "a number"
                raise ValueError(f"{name} is {kind}, got {value!r}")
            if not least <= value <= most:
                raise ValueError(f"{name} lies between {least} and {most}, got {value}")

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
    "lr": (1e-6, 100),
    "batch_size": (2, 300),
    "epochs": (1, 40),
}
