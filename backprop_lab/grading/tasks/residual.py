"""A residual connection, y = x + f(x)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..task import Mistake, Probe, Task


def residual_backward(dout, f_backward):
    """Compute dx = dout + f_backward(dout)."""
    return dout + f_backward(dout)


@dataclass(frozen=True)
class Branch:
    """The backward pass of some f, which shows how it is written."""

    written: str
    function: Callable

    def __call__(self, dout):
        return self.function(dout)

    def __repr__(self):
        return self.written


CUBE = Branch("lambda dout: 0.5 * dout - 0.2 * dout**3", lambda dout: 0.5 * dout - 0.2 * dout**3)
BENT = Branch("lambda dout: np.tanh(dout) + 1", lambda dout: np.tanh(dout) + 1)
MIXED = Branch(
    "lambda dout: 3 * dout[..., ::-1] + dout**2", lambda dout: 3 * dout[..., ::-1] + dout**2
)
SHUT = Branch("lambda dout: 0.0 * dout", lambda dout: 0.0 * dout)


def upstream(f_backward, dtype=float):
    """Make arguments: dout (N, D) or (N, T, D), and the way back through f."""

    def make(rng, **sizes):
        dout = rng.normal(size=tuple(sizes.values())).round(1) + 0.0
        return (dout * 5).astype(int) if dtype is int else dout.astype(dtype), f_backward

    return make


TASK = Task(
    right=residual_backward,
    returns={"dx": "N, D"},
    probes=[
        Probe(upstream(CUBE), {"N": 2, "D": 3}),
        Probe(upstream(BENT), {"N": 4, "D": 2}, seed=1),
        Probe(upstream(MIXED), {"N": 3, "D": 3}, seed=2),
        Probe(upstream(CUBE), {"N": 1, "D": 1}, edge=True, seed=3),
        Probe(upstream(SHUT), {"N": 2, "D": 2}, edge=True, seed=4),
        Probe(upstream(MIXED), {"N": 2, "T": 3, "D": 2}, edge=True, seed=5),
        Probe(upstream(BENT, int), {"N": 3, "D": 2}, edge=True, seed=6),
        Probe(upstream(MIXED, np.float32), {"N": 3, "D": 2}, edge=True, seed=7),
    ],
    hints={
        "dx": (
            "x takes two roads to y: one straight, one through f. What happens to gradients where "
            "roads meet?",
            "Straight on, the gradient arrives as it is, dout. Through f it arrives as "
            "`f_backward(dout)`. The two add up.",
            "`dx = ... + f_backward(...)`.",
        )
    },
    mistakes=[
        Mistake(
            "res_identity_missing",
            "Your dx is f_backward(dout), the way through f alone. x went straight to y as well, "
            "and on that road dout arrives unchanged: add it.",
            {"dx": lambda dout, f: f(dout)},
        ),
        Mistake(
            "res_averaged",
            "Your dx takes the mean of the two roads. They add up in y = x + f(x), so their "
            "gradients do too: no half is needed.",
            [
                {"dx": lambda dout, f: (dout + f(dout)) / 2},
                {"dx": lambda dout, f: dout / 2 + f(dout / 2)},
                {"dx": lambda dout, f: dout + f(dout) / 2},
                {"dx": lambda dout, f: dout + f(dout / 2)},
                {"dx": lambda dout, f: dout / 2 + f(dout)},
            ],
        ),
        Mistake(
            "sign_flipped",
            "A minus stands where a plus belongs. Both roads add to y = x + f(x), so their "
            "gradients add up.",
            [
                {"dx": lambda dout, f: dout - f(dout)},
                {"dx": lambda dout, f: f(dout) - dout},
                {"dx": lambda dout, f: -dout - f(dout)},
                {"dx": lambda dout, f: dout + f(-dout)},
            ],
        ),
        Mistake(
            "missing_upstream",
            "Your dx adds 1 for the straight road. That is only the local part, the derivative of "
            "x by x: the chain rule multiplies it by the gradient that arrives, dout.",
            {"dx": lambda dout, f: 1 + f(dout)},
        ),
    ],
)
