"""One training step in numbers."""

import html
from dataclasses import dataclass

from .table import table
from .wording import count, number

COLUMNS = "layer", "weights", "gradient", "step", "step / weights"


@dataclass(frozen=True)
class LayerStep:
    """What one step did to one layer: lengths, square roots of sums of squares.

    Attributes
    ----------
    name : str
        Where the layer stands, and what it is: "1 Linear(2, 8)".
    weights : float
        Of its parameters before the step.
    gradient : float
        Of ∂loss/∂(its parameters).
    step : float
        Of what was added to its parameters.
    """

    name: str
    weights: float
    gradient: float
    step: float

    @property
    def cells(self):
        share = f"{100 * self.step / self.weights:.2g} %" if self.weights else "–"
        return self.name, number(self.weights), number(self.gradient), number(self.step), share


@dataclass(frozen=True)
class OneStep:
    """What one step did to a network, and to the loss of its batch.

    Attributes
    ----------
    number : int
        Which step it was, from 1.
    batch : int
        Points in its batch.
    before, after : float
        Loss of the batch, L2 penalty included, before and after: in training mode, and with the
        same units dropped.
    gradient, step : float
        Lengths over all parameters.
    layers : tuple of LayerStep
    """

    number: int
    batch: int
    before: float
    after: float
    gradient: float
    step: float
    layers: tuple[LayerStep, ...]

    @property
    def words(self):
        change = "fell" if self.after < self.before else "rose"
        if self.after == self.before:
            change = "stayed"
        return (
            f"Step {self.number}, on a batch of {count(self.batch, 'point')}: its loss {change} "
            f"from {self.before:.4f} to {self.after:.4f}. The gradient is "
            f"{number(self.gradient)} long, the step {number(self.step)}."
        )

    def __str__(self):
        rows = [COLUMNS, *(layer.cells for layer in self.layers)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join([self.words, "", *lines])

    def html(self):
        """Write words and table for a notebook."""
        words = f"<div role='status'>{html.escape(self.words)}</div>"
        rows = zip(*(layer.cells for layer in self.layers), strict=True)
        return words + table("Lengths, layer by layer:", dict(zip(COLUMNS, rows, strict=True)))
