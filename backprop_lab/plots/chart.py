"""A chart: six panels on how a training went, at whose bed one stands."""

import numpy as np

from . import style
from .curves import CurvePanel
from .picture import Picture

GUESSING = np.log(10)  # the loss of ten even chances
_LOSSES, _SCALE = (1e-3, 1e4), (1e-6, 1e3)
_REFERENCE = {"color": style.QUIET, "lw": 1.2, "ls": "--", "zorder": 1}
_REMARK = {"color": style.QUIET, "fontsize": style.SMALL}
_BEFORE = {"color": style.FAINT, "lw": 3.5, "zorder": 1}


def chart(now, *, title, before=None):
    """Draw what was measured in a training on digits.

    Above: loss over the epochs, accuracy over the epochs, loss of each batch. Below: length of the
    gradient in each layer before the first step, which digits are read in the end, and what becomes
    of pictures that come later, in three ways of handing them in, beside the shares of silent units
    and of outputs on flat ends.

    Parameters
    ----------
    now : object
        With the arrays and numbers of `clinic.Chart`.
    title : str
        The finding, or the complaint.
    before : object, optional
        Another one, drawn in grey behind it.

    Returns
    -------
    Picture
    """
    picture = Picture(1040, 600, f"{title} {in_words(now)}")
    with style.applied():
        picture.text(0.012, 0.945, title, fontsize=style.BIG, weight="bold")
        if before is not None:
            picture.text(0.985, 0.945, "grey: before", ha="right", **_REMARK)
        for panel, left, bottom in zip(_PANELS, 3 * (0.07, 0.405, 0.74), 3 * [0.555] + 3 * [0.1]):
            axes = picture.add_axes((left, bottom, 0.215, 0.27))
            panel(axes, now, before)
    return picture


def in_words(now):
    """Say the panels in numbers."""
    training, held_out = now.training_loss[-1], now.held_out_loss[-1]
    first, last = now.gradients[0], now.gradients[-1]
    return (
        f"Loss {now.training_loss[0]:.3g} at first, in the end {training:.3g} in training and "
        f"{held_out:.3g} held out. Read right: training {now.training_accuracy[-1]:.0%}, held out "
        f"{now.held_out_accuracy[-1]:.0%}, later {now.later:.0%}, sorted by class "
        f"{now.by_class:.0%}, one at a time {now.one_by_one:.0%}. Gradient before the first step "
        f"{first:.1g} in the first layer, {last:.1g} in the last. Silent units {now.dead:.0%}, "
        f"on flat ends {now.saturated:.0%}."
    )


def _loss(axes, now, before):
    _title(axes, "Loss (nats)", "epochs")
    _log(axes, *_LOSSES)
    axes.axhline(GUESSING, **_REFERENCE)
    if before is not None:
        axes.plot(_shown(before.training_loss), **_BEFORE)
    _curves(axes, {"training": now.training_loss, "held out": now.held_out_loss})


def _accuracy(axes, now, before):
    _title(axes, "Read right", "epochs")
    _share(axes)
    if before is not None:
        axes.plot(before.held_out_accuracy, **_BEFORE)
    _curves(axes, {"training": now.training_accuracy, "held out": now.held_out_accuracy})


def _batches(axes, now, before):
    _title(axes, "Loss of each batch (nats)", "steps")
    _log(axes, *_LOSSES)
    axes.axhline(GUESSING, **_REFERENCE)
    axes.text(len(now.step_loss), 1.5 * GUESSING, "guessing", ha="right", zorder=1, **_REMARK)
    if before is not None and len(before.step_loss) == len(now.step_loss):
        axes.plot(_shown(before.step_loss), **_BEFORE | {"lw": 1.5})
    axes.plot(_shown(now.step_loss), c=style.COLORS["loss"], lw=1.2)
    axes.set_xlim(0, len(now.step_loss))
    if np.isnan(now.step_loss[-1]):
        axes.text(0.97, 0.08, "then not finite", transform=axes.transAxes, ha="right", **_REMARK)


def _gradients(axes, now, before):
    _title(axes, "Gradient before step 1", "layer: 1 is next to the digits")
    _log(axes, *_SCALE)
    for each, look in (before, _BEFORE), (now, {"color": style.COLORS["gradient"]}):
        if each is not None:
            layers = np.arange(1, len(each.gradients) + 1)
            axes.plot(layers, np.clip(each.gradients, *_SCALE), marker="o", ms=5, **look)
    _whole_steps(axes)


def _answers(axes, now, before):
    _title(axes, "What it reads", "digit")
    _share(axes)
    if before is not None:
        axes.bar(range(10), before.answers, width=0.95, color=style.FAINT)
    axes.bar(range(10), now.answers, width=0.6, color=style.COLORS["forward"])
    axes.axhline(0.1, **_REFERENCE)
    axes.set_xticks(range(10))


def _signs(axes, now, before):
    _title(axes, "Later pictures, and units", "share")
    names = "read mixed", "sorted", "one by one", "silent units", "flat ends"
    places = [5, 4, 3, 1.5, 0.5]
    roles = [style.COLORS["held out"]] * 3 + [style.COLORS["gradient"]] * 2
    if before is not None:
        axes.barh(places, _five(before), height=0.9, color=style.FAINT)
    drawn = axes.barh(places, _five(now), height=0.55, color=roles)
    axes.bar_label(drawn, [f"{100 * share:.0f} %" for share in _five(now)], padding=3, fontsize=11)
    axes.set_yticks(places, names)
    axes.set(xlim=(0, 1.25), xticks=[0, 0.5, 1])


_PANELS = (_loss, _accuracy, _batches, _gradients, _answers, _signs)


def _five(now):
    return [now.later, now.by_class, now.one_by_one, now.dead, now.saturated]


def _title(axes, title, xlabel):
    axes.set(xlabel=xlabel)
    axes.set_title(title)


def _whole_steps(axes):
    axes.xaxis.get_major_locator().set_params(integer=True)


def _log(axes, low, high):
    axes.set(yscale="log", ylim=(low, high))
    axes.minorticks_off()


def _share(axes):
    axes.set(ylim=(0, 1.05), yticks=[0, 0.5, 1])


def _curves(axes, series):
    axes.set_xlim(0, len(series["training"]) - 1)
    _whole_steps(axes)
    CurvePanel(axes, series).update({name: _shown(row) for name, row in series.items()})


def _shown(row):
    """Hold what lies outside of a panel of losses on its edge."""
    return np.clip(row, *_LOSSES)
