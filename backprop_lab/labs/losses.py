"""The loss lab: what pulls, how hard, and what it costs to put a softmax before a softmax."""

import functools
import math
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .. import nn
from ..plots import CurvePanel, Headline, Picture, style
from . import controls
from .lab import Lab, one_of, whole
from .task import Task
from .wording import number, rate

SCORES = np.linspace(-8, 8, 97)
RATES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
STARTS = (1.0, 3.0, 10.0, 30.0)
STEPS = 24
LOWEST = math.log(math.e + 9) - 1  # softmax of probabilities gives the right digit e / (e + 9)
_EVERY, _UNITS = 4, 16
_USUAL = {"score": 0.0, "lr": 1.0, "start": 1.0}
PRESETS = {
    "unsure": _USUAL,
    "confidently wrong": {**_USUAL, "score": -4.0, "start": 10.0},
    "confidently right": {**_USUAL, "score": 6.0},
    "softmax twice": {"score": 6.0, "lr": 2.0, "start": 1.0},
    "larger steps for MSE": {**_USUAL, "lr": 50.0},
}


def cross_entropy(scores, labels):
    """Compute the cross-entropy of softmax(scores), the loss of this course.

    Parameters
    ----------
    scores : ndarray, shape (N, 10)
    labels : ndarray of int, shape (N,)

    Returns
    -------
    loss : float
    dscores : ndarray, shape (N, 10)
    """
    return nn.softmax_cross_entropy(scores, labels)


def squared_error(scores, labels):
    """Compute the mean squared error of softmax(scores), each digit's answer as a one-hot row.

    Parameters and returns are those of `cross_entropy`.
    """
    p = nn.softmax(scores)
    loss, dp = nn.mse(p, np.eye(p.shape[1], dtype=p.dtype)[labels])
    return loss, _through_softmax(p, dp)


def softmax_twice(scores, labels):
    """Make the common mistake: hand softmax(scores) to a loss that takes the softmax itself.

    Parameters and returns are those of `cross_entropy`.
    """
    p = nn.softmax(scores)
    loss, dp = nn.softmax_cross_entropy(p, labels)
    return loss, _through_softmax(p, dp)


def _through_softmax(p, dp):
    return p * (dp - np.sum(dp * p, axis=1, keepdims=True))


LOSSES = {"cross-entropy": cross_entropy, "MSE": squared_error, "softmax twice": softmax_twice}


class Verdict(StrEnum):
    """What a digit's scores say."""

    WRONG = "confidently wrong"
    UNSURE = "unsure"
    RIGHT = "confidently right"


def judge(p):
    """Tell what a network says, from the probability p that it gives the right digit.

    Returns
    -------
    Verdict
        WRONG below 0.05, RIGHT above 0.95, else UNSURE.
    """
    if p < 0.05:
        return Verdict.WRONG
    return Verdict.RIGHT if p > 0.95 else Verdict.UNSURE


def duel(score):
    """Give scores in which the right digit, 0, has a rival, 1, with the opposite score.

    Parameters
    ----------
    score : float or ndarray, shape (N,)
        The score of the right digit; its rival has minus that, and the others have 0.

    Returns
    -------
    scores : ndarray, shape (N, 10)
    """
    scores = np.zeros((np.size(score), 10))
    scores[:, 0], scores[:, 1] = score, np.negative(score)
    return scores


def pulls(score):
    """Compute each loss of one digit, and how hard it pulls at the right digit's score.

    Parameters
    ----------
    score : float or ndarray, shape (N,)

    Returns
    -------
    losses, pulls : dict of str to ndarray, shape (N,)
        By the name of the loss; a pull is -∂loss/∂(score of the right digit).
    """
    labels = np.zeros(1, dtype=int)
    losses, pulls = {}, {}
    for name, loss in LOSSES.items():
        each = [loss(row[None], labels) for row in duel(score)]
        losses[name] = np.array([value for value, _ in each])
        pulls[name] = np.array([-dscores[0, 0] for _, dscores in each])
    return losses, pulls


@dataclass(frozen=True, eq=False)
class Run:
    """Training by one of the losses.

    Attributes
    ----------
    right : ndarray, shape (points,)
        Share of held-out digits read right, after every fourth step; nan after training broke.
    loss : float
        What the loss itself says in the end, on the training digits; inf where training broke.
    """

    right: np.ndarray
    loss: float


@dataclass(frozen=True, eq=False)
class Frame:
    """One digit as three losses see it, and what training by each of them leads to.

    Attributes
    ----------
    score : float
        The score of the right digit; a rival has minus that.
    losses, pulls : dict of str to float
        See `pulls`.
    lr : float
        Learning rate.
    start : float
        Factor by which the last layer's initial weights are multiplied.
    runs : dict of str to Run
    """

    score: float
    losses: dict
    pulls: dict
    lr: float
    start: float
    runs: dict

    @property
    def p(self):
        """The probability that the right digit has."""
        return float(nn.softmax(duel(self.score))[0, 0])

    @property
    def verdict(self):
        return judge(self.p)

    @property
    def finding(self):
        """The headline."""
        says = f"{str(self.verdict).capitalize()}:"
        if self.verdict is Verdict.RIGHT:
            still = f"{self.losses[_TWICE]:.2f}"
            return f"{says} all three let go. Softmax twice still reports {still}."
        times = number(self.pulls[_RIGHT] / self.pulls[_MSE])
        if self.verdict is Verdict.WRONG:
            return f"{says} cross-entropy pulls {times} times as hard as MSE."
        twice = number(self.pulls[_RIGHT] / self.pulls[_TWICE])
        return f"{says} cross-entropy pulls {times} times as hard as MSE, {twice} as softmax twice."

    @property
    def explanation(self):
        """Why it pulls, and what the digits show."""
        pulls = ", ".join(f"{name} {number(pull)}" for name, pull in self.pulls.items())
        ends = ", ".join(f"{100 * run.right[-1]:.0f} % by {n}" for n, run in self._ended.items())
        broke = [name for name, run in self.runs.items() if name not in self._ended]
        ends += f"; {' and '.join(broke)} diverged" if broke else ""
        said = self.runs[_TWICE].loss
        return (
            f"{_WHY[self.verdict].format(p=number(self.p))} Pulls: {pulls}. Held-out digits read "
            f"right after {STEPS} steps with lr = {rate(self.lr)}: {ends}. Softmax twice "
            f"reports a training loss of {number(said)}: it can't fall below {LOWEST:.2f}."
        )

    @property
    def _ended(self):
        return {name: run for name, run in self.runs.items() if np.isfinite(run.loss)}

    @property
    def leader(self):
        """The loss by which most digits are read right in the end."""
        return max(self.runs, key=lambda name: np.nan_to_num(self.runs[name].right[-1], nan=-1))

    @property
    def words(self):
        return f"{self.finding} {self.explanation}"

    @property
    def tables(self):
        """The losses of one digit, and training by each of them."""
        runs = self.runs.values()
        columns = {
            "by": list(self.runs),
            "its loss": list(self.losses.values()),
            "its pull": list(self.pulls.values()),
            "training loss in the end": [run.loss for run in runs],
        }
        right = {name: 100 * run.right for name, run in self.runs.items()}
        steps = {"step": range(0, STEPS + 1, _EVERY), **right}
        return {"Loss by loss": columns, "Held-out digits read right (%)": steps}


_RIGHT, _MSE, _TWICE = LOSSES
_WHY = {
    Verdict.WRONG: (
        "The right digit has p = {p}. Cross-entropy pulls with 1 − p, nearly 1; behind a "
        "softmax, the others also carry a factor p, and go flat just where they should pull."
    ),
    Verdict.UNSURE: "The right digit has p = {p}, and all three pull.",
    Verdict.RIGHT: "The right digit has p = {p}, and little is left to learn.",
}


def train(task, loss, lr, start, *, seed):
    """Train a network with one hidden layer from scratch, by gradient descent on all its digits.

    Parameters
    ----------
    task : Task
    loss : callable
        loss(scores, labels) -> (loss, dscores)
    lr : float
        Learning rate, above 0.
    start : float
        Factor by which the last layer's initial weights are multiplied: with a large one, the
        network is sure of itself before it has learned anything.
    seed : int
        Seed of the initial weights: the same ones at every call.

    Returns
    -------
    Run
    """
    rng = np.random.default_rng(seed)
    net = nn.Sequential(nn.Linear(64, _UNITS, rng=rng), nn.ReLU(), nn.Linear(_UNITS, 10, rng=rng))
    net.layers[2].W *= start
    net, optimizer = net.astype(np.float32), nn.SGD(lr=lr)
    right, value, cache, test_cache = np.full(1 + STEPS // _EVERY, np.nan), math.inf, None, None
    with np.errstate(all="ignore"), suppress(FloatingPointError):  # diverging is there to be seen
        for step in range(STEPS + 1):
            if step % _EVERY == 0:
                scores, test_cache = net.forward(task.x_test, reuse=test_cache)
                right[step // _EVERY] = np.mean(scores.argmax(axis=1) == task.y_test)
            scores, cache = net.forward(task.x_train, reuse=cache)
            value, dscores = loss(scores, task.y_train)
            net.backward(dscores, cache, input_grad=False)
            optimizer.step(net.params, net.grads)
    return Run(right, math.inf if np.isnan(right[-1]) else value)


def look(trained, *, score, lr, start):
    """Look at one digit's losses, and at training by each of them.

    Parameters
    ----------
    trained : callable
        trained(lr, start) -> dict of str to Run
    score, lr, start :
        As in `Frame`.

    Returns
    -------
    Frame
    """
    each = [{name: float(row[0]) for name, row in rows.items()} for rows in pulls(score)]
    return Frame(score, *each, lr, start, trained(lr, start))


class LossView:
    """Three losses of one digit, how hard they pull, and training by each, side by side."""

    def __init__(self):
        self.picture = Picture(1120, 400)
        with style.applied():
            self.headline = Headline(self.picture)
            self.picture.text(0.012, 0.862, _ON, **_REMARK)
            self.losses = _panel(self._loss_axes())
            self.pulls = _panel(self._pull_axes())
            self.right = _panel(self._right_axes())
            self.dots = [_dots(panel.axes) for panel in (self.losses, self.pulls)]
            for panel, curves in zip((self.losses, self.pulls), pulls(SCORES)):
                panel.update(curves, steps=SCORES)  # once: only titles and dots move there
        titles = [self.losses.title, self.pulls.title]
        dots = [dot for row in self.dots for dot in row]
        self.moving = [*titles, *dots, *self.right.moving, self.headline]

    def update(self, frame):
        self.headline.show(frame.finding)
        for panel, title in zip((self.losses, self.pulls), _TITLES[frame.verdict]):
            panel.title.set_text(title)
        for dots, heights in zip(self.dots, (frame.losses, frame.pulls)):
            for dot, name in zip(dots, LOSSES, strict=True):
                dot.set_data([frame.score], [min(heights[name], _TOP)])
        right = {name: 100 * run.right for name, run in frame.runs.items()}
        self.right.update(right, _compared(frame), steps=np.arange(0, STEPS + 1, _EVERY))

    def _loss_axes(self):
        axes = self.picture.add_axes((0.055, 0.15, 0.165, 0.6), xlabel=_SCORE)
        axes.set(xlim=(-8, 8), xticks=(-8, 0, 8), ylim=(-0.3, _TOP), ylabel="loss")
        axes.axhline(LOWEST, color=style.QUIET, lw=1.2, ls=":", zorder=1)
        axes.text(-7.6, LOWEST - 0.75, f"{LOWEST:.2f}", zorder=1, **_REMARK)
        return axes

    def _pull_axes(self):
        axes = self.picture.add_axes((0.397, 0.15, 0.16, 0.6), xlabel=_SCORE)
        axes.set(xlim=(-8, 8), xticks=(-8, 0, 8), yscale="log", ylim=(1e-8, 4))
        axes.set_ylabel("pull: −∂loss/∂score")
        axes.minorticks_off()
        axes.set_yticks([1e-8, 1e-6, 1e-4, 1e-2, 1], ["10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01", "1"])
        return axes

    def _right_axes(self):
        axes = self.picture.add_axes((0.737, 0.15, 0.145, 0.6), xlabel="steps")
        axes.set(xlim=(0, STEPS), xticks=(0, STEPS), ylim=(0, 100), ylabel="digits read right (%)")
        axes.axhline(10, color=style.QUIET, lw=1.2, ls=":", zorder=1)
        return axes


_TOP = 9  # what leaves through the top has its dot there
_SCORE = "score of the right digit"
_REMARK = {"color": style.QUIET, "fontsize": style.SMALL}
_ON = (
    "Left: ten digits; a rival has minus the right digit's score, the others have 0. "
    "Right: a network learns 150 real digits; others are held out."
)
_DASHES = ("-", (0, (4, 1.2)), (0, (1, 1)))
_TITLES = {
    Verdict.WRONG: ("Cross-entropy sees how wrong", "Only cross-entropy pulls"),
    Verdict.UNSURE: ("All three losses fall", "All three pull"),
    Verdict.RIGHT: (f"Twice stays above {LOWEST:.2f}", "All three let go"),
}


def _compared(frame):
    """Say what softmax twice costs, or which loss does better than cross-entropy."""
    cost = frame.runs[_RIGHT].right[-1] - frame.runs[_TWICE].right[-1]
    if frame.leader == _RIGHT and cost >= 0:
        return f"Twice costs {100 * cost:.0f} points"
    best = frame.runs[frame.leader].right[-1]
    return f"{frame.leader[0].upper()}{frame.leader[1:]} leads: {100 * best:.0f} %"


def _panel(axes):
    panel = CurvePanel(axes, LOSSES)
    for line, dash in zip(panel.lines, _DASHES, strict=True):
        line.set_linestyle(dash)
    return panel


def _dots(axes):
    dot = {"marker": "o", "ms": 9, "mec": style.PAPER, "zorder": 4, "clip_on": False}
    return [axes.plot([], [], c=style.color(n, i), **dot)[0] for i, n in enumerate(LOSSES)]


class LossLab(Lab):
    """Move a score to see how hard each loss pulls, and train by each of them on real digits.

    Parameters
    ----------
    preset : str
        Where the lab starts: "unsure", "confidently wrong", "confidently right", "softmax twice",
        "larger steps for MSE".
    seed : int
        Seed of the choice of digits and of the initial weights.
    presentation : bool
        Whether all is large enough for the back of a room.

    Attributes
    ----------
    score : ipywidgets.FloatSlider
        The score of the right digit.
    lr, start : ipywidgets.SelectionSlider
        Learning rate, and the factor of the last layer's initial weights.
    frame : Frame
        What is shown.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range, or the preset unknown.

    Examples
    --------
    >>> lab = LossLab("confidently wrong")
    >>> lab.frame.verdict
    <Verdict.WRONG: 'confidently wrong'>
    >>> lab.score.value = 6
    >>> lab.frame.verdict
    <Verdict.RIGHT: 'confidently right'>
    >>> lab.close()
    """

    def __init__(self, preset="confidently wrong", *, seed=23, presentation=False):
        one_of("preset", preset, PRESETS)
        whole("seed", seed, 0, 2**32)
        begin = PRESETS[preset]
        # 250 × 64 × 16 is small enough for OpenBLAS to multiply on one thread.
        task = Task.digits(150, 250, rng=np.random.default_rng(seed))

        @functools.lru_cache(32)
        def trained(lr, start):
            return {name: train(task, loss, lr, start, seed=seed) for name, loss in LOSSES.items()}

        self.score = controls.slider(_SCORE, begin["score"], -8, 8, step=0.25, width="700px")
        self.lr = controls.notched_slider("learning rate", begin["lr"], RATES)
        self.start = controls.notched_slider("last layer's weights ×", begin["start"], STARTS)
        super().__init__(
            view=LossView(),
            compute=functools.partial(look, trained),
            controls={name: getattr(self, name) for name in begin},
            panel=[
                self.score,
                controls.row(self.lr, self.start),
                self.preset_buttons(PRESETS, in_words),
            ],
            presentation=presentation,
        )


def in_words(*, score, lr, start):
    """Say what a preset sets."""
    return f"score {score:g}, learning rate {lr:g}, last layer's weights × {start:g}"
