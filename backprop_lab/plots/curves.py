"""Curves: how a number changes from step to step."""

import numpy as np

from . import style
from .picture import Picture

_END = {"va": "center", "fontsize": style.SMALL, "weight": "bold"}


class CurvePanel:
    """Curves in one pair of axes, each with its name at its end; made once, updated often.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Limits and scale are the caller's, and stay: what moves can then be compared.
    names : sequence of str
        One for each curve. A name that is a role (`style.COLORS`) gets the colour of its role.
    label : bool
        Whether the names stand at the ends of the curves.

    Attributes
    ----------
    moving : list of Artist
        What `update` changes, the title among it.
    """

    def __init__(self, axes, names, *, label=True):
        self.axes, self.names = axes, tuple(names)
        colors = [style.color(name, i) for i, name in enumerate(self.names)]
        dashes = [style.DASHES.get(name, "-") for name in self.names]
        self.lines = [axes.plot([], [], c=c, ls=d)[0] for c, d in zip(colors, dashes, strict=True)]
        self.ends = [style.words(axes, 0, 0, color=color, **_END) for color in colors]
        self.label = label
        self.title = style.title(axes)
        self.moving = [*self.lines, *self.ends, self.title]

    def update(self, series, title="", *, steps=None):
        """Show new values.

        Parameters
        ----------
        series : mapping of str to ndarray, shape (steps,)
            The values of each curve.
        title : str
            The finding.
        steps : ndarray, shape (steps,), optional
            Where the values stand; 0, 1, 2, ... unless told.
        """
        self.title.set_text(title)
        for name, line in zip(self.names, self.lines, strict=True):
            line.set_data(np.arange(len(series[name])) if steps is None else steps, series[name])
        if self.label:
            self._name_the_ends()

    def _name_the_ends(self):
        """Write each name right of its curve's end, moved up or down where two would collide."""
        to_axes = self.axes.transData + self.axes.transAxes.inverted()
        ends = {n: _last_finite(*line.get_data()) for n, line in zip(self.names, self.lines)}
        at = {name: to_axes.transform(end) for name, end in ends.items() if end}
        line_height = 1.4 * style.SMALL * self.axes.figure.dpi / 72 / self.axes.bbox.height
        heights = spread(np.clip([y for _, y in at.values()], 0, 1), line_height)
        y = dict(zip(at, heights, strict=True))
        for name, text in zip(self.names, self.ends, strict=True):
            text.set_text(name if name in at else "")
            if name in at:
                text.set_position((at[name][0] + 0.02, y[name]))


def _last_finite(steps, values):
    """Give step and value of the last finite number, or None."""
    finite = np.flatnonzero(np.isfinite(values))
    return (steps[finite[-1]], values[finite[-1]]) if len(finite) else None


def spread(positions, gap, low=0.0):
    """Move positions apart until neighbours are `gap` apart, and all are between `low` and 1.

    Their mean stays where it was, where there is room.

    >>> spread([0.5, 0.52], 0.1).round(2).tolist()
    [0.46, 0.56]
    """
    wanted = np.asarray(positions, dtype=float)
    order = np.argsort(wanted, kind="stable")
    apart = wanted[order]
    for i in range(1, len(apart)):
        apart[i] = max(apart[i], apart[i - 1] + gap)
    if len(apart):
        apart -= (apart - wanted[order]).mean()
        below = gap * np.arange(len(apart))  # the room that the names below a name take
        apart = np.minimum(apart, 1.0 - below[::-1])
        apart = np.maximum(apart, low + below)
    result = np.empty_like(apart)
    result[order] = apart
    return result


def curves(series, *, xlabel, ylabel, title, log=False, steps=None):
    """Draw curves over steps, or over whatever else, with their names at their ends.

    Parameters
    ----------
    series : mapping of str to sequence of float
        The values of each curve. "training", "held out" and "loss" have colours of their own.
    xlabel, ylabel : str
        Quantity and unit.
    title : str
        The finding.
    log : bool
        Whether the y axis counts in powers of ten.
    steps : sequence of float, optional
        Where the values stand on the x axis; 0, 1, 2, ... unless told.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is no curve, or one of them is not a row of numbers, one for each step.
    """
    series = {name: _row(name, values) for name, values in series.items()}
    if not series:
        raise ValueError("curves expects at least one curve: {'training': values}")
    at = {name: _steps(name, row, steps) for name, row in series.items()}
    picture = Picture(700, 400, f"{title}. {_summary(series)}")
    with style.applied():
        axes = picture.add_axes((0.12, 0.16, 0.66, 0.7), xlabel=xlabel, ylabel=ylabel)
        axes.set_yscale("log" if log else "linear")
        axes.margins(x=0)
        axes.xaxis.get_major_locator().set_params(integer=True)
        panel = CurvePanel(axes, series)
        for name, values in series.items():
            seen = np.isfinite(values)
            axes.update_datalim(np.stack([at[name], values], axis=1)[seen])
        axes.autoscale_view()
        panel.update(series, title, steps=steps)
    return picture


def _steps(name, row, steps):
    steps = np.arange(len(row)) if steps is None else np.asarray(steps, dtype=float)
    if steps.shape != row.shape:
        raise ValueError(
            f"curve {name!r} expects a value for each of {steps.size} steps, got {row.size}"
        )
    return steps


def _row(name, values):
    row = np.asarray(values, dtype=float)
    if row.ndim != 1 or row.size == 0:
        raise ValueError(f"curve {name!r} expects one number per step, got shape {row.shape}")
    return row


def _summary(series):
    goes = (f"{name} goes from {row[0]:.3g} to {row[-1]:.3g}" for name, row in series.items())
    return "; ".join(goes) + "."
