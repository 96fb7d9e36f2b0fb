"""Bars: one number for each class."""

import numpy as np

from . import style
from .picture import Picture


def bars(values, *, right=None, xlabel="digit", ylabel="probability", title=""):
    """Draw one number for each class, the number written on its bar.

    Parameters
    ----------
    values : sequence of float, shape (K,)
        Probabilities or scores of classes 0 to K - 1.
    right : int, optional
        The right class; its bar is named.
    xlabel, ylabel : str
        Quantity and unit.
    title : str
        The finding.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If the values are not one finite number per class, or `right` is not one of the classes.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all():
        raise ValueError(f"bars expects one finite number per class, got {values!r}")
    if right is not None and not 0 <= right < len(values):
        raise ValueError(f"the right class is one of 0 to {len(values) - 1}, got {right}")
    picture = Picture(700, 340, f"{title}. {_summary(values, right)}".strip(". "))
    with style.applied():
        axes = picture.add_axes((0.12, 0.19, 0.85, 0.65), xlabel=xlabel, ylabel=ylabel, title=title)
        drawn = axes.bar(np.arange(len(values)), values, color=style.COLORS["forward"], width=0.7)
        names = [f"{v:.2f}" for v in values]
        if right is not None:
            names[right] += "\nright"
            drawn[right].set(edgecolor=style.INK, linewidth=3)
        axes.bar_label(drawn, names, padding=3, fontsize=style.SMALL)
        axes.set_xticks(np.arange(len(values)))
        axes.margins(y=0.22)
        axes.axhline(0, color=style.QUIET, lw=1)
    return picture


def _summary(values, right):
    top = int(np.argmax(values))
    words = f"Largest at {top} ({values[top]:.2f})"
    return words if right is None else f"{words}; the right class, {right}, has {values[right]:.2f}"
