"""Where a training stands: its numbers, a verdict, and why it is so, in words."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from .points import Points
from .survey import Survey
from .wording import count, number

if TYPE_CHECKING:
    from .training import Settings

GUESSING = math.log(2)  # the loss of a network that gives both classes the same probability
FADES = 1e-3  # a first layer's gradient so much shorter than the last one's has vanished
ROWS = 50  # of a table, at most
EXPLODES = 1000.0  # no learning rate makes up for a gradient as long as this


class Verdict(StrEnum):
    """How a training goes."""

    BEGINS = "not trained yet"
    STUCK = "learns nothing"
    LEARNS = "learns"
    FITS = "has learned"
    OVERFITS = "learns by heart"
    DIVERGES = "diverges"


def judge(steps, training, held_out, right, held_out_right, *, first=GUESSING, over=False):
    """Tell how a training goes.

    Parameters
    ----------
    steps : int
        Steps taken so far.
    training, held_out : float
        Losses now.
    right, held_out_right : float
        Shares of training and held-out points on the right side, in [0, 1].
    first : float
        Training loss before the first step.
    over : bool
        Whether numbers have ceased to be finite.

    Returns
    -------
    Verdict
        BEGINS before the first step. DIVERGES if it is over, or if the training loss has grown to
        twice what guessing costs (ln 2). OVERFITS if the held-out loss is more than twice the
        training loss, and the held-out share 5 points behind. FITS if 95 % of the training points
        are right. STUCK if the training loss is still at 0.95 of guessing after 100 steps. Else
        LEARNS.
    """
    if over:
        return Verdict.DIVERGES
    if steps == 0:
        return Verdict.BEGINS
    if training >= max(first, 2 * GUESSING):
        return Verdict.DIVERGES
    if held_out > 2 * training and right - held_out_right >= 0.05:
        return Verdict.OVERFITS
    if right >= 0.95:
        return Verdict.FITS
    return Verdict.STUCK if steps >= 100 and training >= 0.95 * GUESSING else Verdict.LEARNS


@dataclass(frozen=True, eq=False)
class Moment:
    """A training at one moment.

    Attributes
    ----------
    settings : Settings
    steps : int
        Steps taken so far.
    over : bool
        Whether numbers have ceased to be finite; the rest is from before that.
    points : Points
    survey : Survey
        What the network says about all points, and everywhere else.
    at : ndarray, shape (T,)
        Steps at which the losses were noted.
    training, held_out : ndarray, shape (T,)
        Losses, in inference mode.
    gradient : ndarray, shape (layers + 1,)
        Length of ∂loss/∂W in each linear layer, as root mean square over the last ten steps.
    first_gradient : ndarray, shape (layers + 1,)
        The same before the first step.
    """

    settings: "Settings"
    steps: int
    over: bool
    points: Points
    survey: Survey
    at: np.ndarray
    training: np.ndarray
    held_out: np.ndarray
    gradient: np.ndarray
    first_gradient: np.ndarray

    @property
    def verdict(self):
        seen = self.survey
        shares = seen.training_right, seen.held_out_right
        losses = seen.training, seen.held_out
        return judge(self.steps, *losses, *shares, first=self.training[0], over=self.over)

    @property
    def finding(self):
        """The headline."""
        if self.over:
            return f"Diverges: after {count(self.steps, 'step')} the loss is NaN."
        share = f"{100 * self.survey.held_out_right:.0f} % of held-out points right"
        if self.steps == 0:
            return f"Not trained yet: {share}."
        return f"After {count(self.steps, 'step')}: {self.verdict}. {share}."

    @property
    def explanation(self):
        """What the curves show, and why."""
        return _EXPLANATIONS[self.verdict](self)

    @property
    def words(self):
        return f"{self.finding} {self.explanation}"

    @property
    def tables(self):
        """The gradient in each layer, and the losses at some of the steps."""
        layers = {
            "layer": [*map(str, range(1, len(self.gradient))), "output"],
            "length of ∂loss/∂W": self.gradient,
            "at the start": self.first_gradient,
        }
        some = np.unique(np.linspace(0, len(self.at) - 1, ROWS).astype(int))
        losses = {
            "step": self.at[some].astype(int),
            "training loss (nats)": self.training[some],
            "held-out loss (nats)": self.held_out[some],
        }
        return {"Layer by layer": layers, "Losses": losses}

    @property
    def losses(self):
        """Both losses in words."""
        seen = self.survey
        return f"Training loss {number(seen.training)}, held-out loss {number(seen.held_out)}"

    @property
    def vanishes(self):
        """Whether the gradient gets lost on its way back to the first layer."""
        return bool(0 < self.gradient[0] < FADES * self.gradient[-1])

    @property
    def flow(self):
        """What becomes of the gradient on its way back, in a few words."""
        first = self.gradient[0]
        if not self.gradient.max() < EXPLODES:  # neither is NaN
            return f"Explodes to {_largest(self.gradient)}"
        if first == 0:
            return "Layer 1 gets no gradient"
        return f"{'Vanishes to' if self.vanishes else 'Layer 1 gets'} {number(first)}"


def _largest(values):
    """Write the largest of some numbers, be it beyond numbers."""
    largest = np.max(values)
    return number(largest) if np.isfinite(largest) else "∞"


def _begins(moment):
    return (
        f"{moment.losses}; guessing costs {GUESSING:.2f}. Press play, or take one step at a time."
    )


def _stuck(moment):
    return f"{moment.losses}: no better than guessing, {GUESSING:.2f}. {_cause(moment)}"


def _cause(moment):
    """Find what keeps a network from learning."""
    chosen, first = moment.settings, moment.gradient[0]
    if chosen.dropout == 1:
        return "Dropout of 1 switches all hidden units off: nothing gets through or comes back."
    if chosen.batch_norm and chosen.batch == 1:
        return _ALONE
    if chosen.initializer == "zeros":
        return (
            "All weights began at 0: the units of a layer are all alike, and what comes back "
            "through a weight of 0 is 0."
        )
    if moment.training[0] > 2 * GUESSING:
        return "The weights began so large that the network was sure of wrong answers."
    if first == 0:
        return "No gradient reaches the first layer: on the way, whole layers are silent."
    if moment.vanishes:
        return (
            f"The gradient is {number(moment.gradient[-1])} long at the output and {number(first)} "
            "at layer 1: the layers that see the points can't learn."
        )
    if chosen.l2 >= 0.03:
        return f"An L2 penalty of {chosen.l2:g} pulls the weights to 0 faster than they can grow."
    return "The gradient arrives, but the steps do not add up to anything yet."


_ALONE = "Batch norm measures each point against its batch: in a batch of one, all are alike."


def _learns(moment):
    return f"{moment.losses}; guessing costs {GUESSING:.2f}."


def _overfits(moment):
    lowest = np.nanargmin(moment.held_out)
    rise = ""
    if lowest < len(moment.at) - 1 and moment.held_out[-1] > 1.2 * moment.held_out[lowest]:
        rise = (
            f" The held-out loss was lowest, {number(moment.held_out[lowest])}, after "
            f"{count(int(moment.at[lowest]), 'step')}."
        )
    return f"{moment.losses}: the boundary bends around single points, noise and all.{rise}"


def _diverges(moment):
    if moment.over:
        return (
            f"The steps are so long that the weights outgrew a computer's numbers: the last batch "
            f"had a loss of {_largest(moment.training[-1:])}. Choose a smaller learning rate, and "
            "reset."
        )
    if moment.settings.batch_norm and moment.settings.batch == 1:
        return f"{moment.losses}, and guessing costs {GUESSING:.2f}. {_ALONE}"
    return (
        f"{moment.losses}, and guessing costs {GUESSING:.2f}: the steps are so long that they "
        "lead up and out of the valley."
    )


_EXPLANATIONS = {
    Verdict.BEGINS: _begins,
    Verdict.STUCK: _stuck,
    Verdict.LEARNS: _learns,
    Verdict.FITS: _learns,
    Verdict.OVERFITS: _overfits,
    Verdict.DIVERGES: _diverges,
}
