"""A chart: what a doctor of networks looks at, and what is wrong in it."""

from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Chart:
    """What was measured in one training.

    Attributes
    ----------
    step_loss : ndarray, shape (steps,)
        Loss of each batch when its turn came, in nats; nan from the step on at which the numbers
        were no longer finite.
    training_loss, held_out_loss : ndarray, shape (epochs + 1,)
        Loss over all training pictures, and over those held out: before the training and after each
        epoch; nan where there was none.
    training_accuracy, held_out_accuracy : ndarray, shape (epochs + 1,)
        Share read right, 0 to 1, at the same times.
    later : float
        Share read right of pictures that came in when all was done, in mixed batches.
    by_class, one_by_one : float
        The same, where the later pictures come sorted by class, and where (a hundred of them) come
        alone.
    answers : ndarray, shape (10,)
        Share of each digit among what is read in the later pictures.
    gradients : ndarray, shape (depth + 1,)
        Length of ∂loss/∂z in each layer before the first step; the first stands next to the
        pictures.
    dead, saturated : float
        Share of ReLU units that are silent for every training picture, and share of what sigmoids
        or tanhs give that lies on a flat end; both at the end, 0 where there are no such units.
    """

    step_loss: np.ndarray
    training_loss: np.ndarray
    held_out_loss: np.ndarray
    training_accuracy: np.ndarray
    held_out_accuracy: np.ndarray
    later: float
    by_class: float
    one_by_one: float
    answers: np.ndarray
    gradients: np.ndarray
    dead: float
    saturated: float

    def as_dict(self):
        """Copy the chart into a dict: its names, arrays and numbers."""
        return asdict(self)

    @property
    def worries(self):
        """What is wrong with the outcome, in words, the worst first; empty for a healthy network.

        A healthy network reads 80 % of its training pictures and 75 % of the later ones, at a loss
        below 1; what is held out promises at most 5 points more than the later pictures keep; and
        these lose at most 15 points where they come sorted by class, or alone.
        """
        known, loss = self.training_accuracy[-1], self.training_loss[-1]
        promise = self.held_out_accuracy[-1]
        found = {
            "on the way its numbers ceased to be finite": np.isnan(self.step_loss[-1]),
            f"of its own training pictures it reads {known:.0%}": known < 0.8,
            f"with {known:.0%} of them right, its training loss is {loss:.2f}": (
                known >= 0.8 and loss >= 1
            ),
            f"the held-out pictures promise {promise:.0%}": promise - self.later > 0.05,
            f"one at a time it reads {self.one_by_one:.0%}": self.later - self.one_by_one > 0.15,
            f"sorted by class, {self.by_class:.0%}": self.later - self.by_class > 0.15,
            "that is too few": known >= 0.8 and self.later < 0.75,
        }
        return [says for says, wrong in found.items() if wrong]

    @property
    def words(self):
        """The outcome in one sentence."""
        right = f"{self.later:.0%} of the pictures that came later are read right"
        return f"{'; '.join([right, *self.worries])}."
