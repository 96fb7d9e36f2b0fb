"""The learning-rate lab: one slider, five ways for training to go."""

import math
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import ipywidgets
import numpy as np

from .. import nn
from ..plots import CurvePanel, DigitGrid, Headline, Picture, style
from .lab import Lab, whole
from .task import Task
from .wording import count, number, rate

GUESSING = math.log(10)  # the loss of a network that gives all ten digits the same probability
PRESETS = {
    "far too small": 0.01,
    "small": 0.1,
    "good": 10**0.3,  # 2, as near as a step of the slider comes
    "too large": 10.0,
    "far too large": 100.0,
    "beyond numbers": 10_000.0,
}


class Verdict(StrEnum):
    """How a training run went, in one word or two."""

    STUCK = "hardly moves"
    SLOW = "learns slowly"
    CONVERGES = "converges"
    OSCILLATES = "oscillates"
    DIVERGES = "diverges"


def judge(loss, *, broke=False):
    """Tell from its loss curve how a training run went.

    Parameters
    ----------
    loss : ndarray, shape (steps,)
        The training loss before each step, finite.
    broke : bool
        Whether the loss stopped being a number after that.

    Returns
    -------
    Verdict
        It ends at the median of its last quarter, in units of guessing (ln 10). It is rough if
        6 % or more of its steps lead up, or if it once doubles what it began with. Rough, or
        broken: DIVERGES if it ends at 0.95 or above, or broke, else OSCILLATES. Smooth: CONVERGES
        if it ends at 0.1 or below, STUCK at 0.9 or above, else SLOW.
    """
    end = np.median(loss[-max(1, len(loss) // 4) :]) / GUESSING
    uphill = np.count_nonzero(np.diff(loss) > 0)
    rough = uphill >= max(2, 0.06 * (len(loss) - 1)) or loss.max() > 2 * loss[0]
    if broke or (rough and end >= 0.95):
        return Verdict.DIVERGES
    if rough:
        return Verdict.OSCILLATES
    if end <= 0.1:
        return Verdict.CONVERGES
    return Verdict.STUCK if end >= 0.9 else Verdict.SLOW


@dataclass(frozen=True, eq=False)
class Run:
    """One training run, step by step.

    Attributes
    ----------
    lr : float
        Learning rate.
    steps : int
        Steps that were asked for.
    loss : ndarray, shape (steps + 1,), or shorter where training broke
        Training loss after 0, 1, 2, ... steps.
    training, held_out : ndarray, shape of loss
        Share of digits read right, in [0, 1].
    read : ndarray of int, shape (N,)
        What the network reads in the held-out digits after its last finite step.
    """

    lr: float
    steps: int
    loss: np.ndarray
    training: np.ndarray
    held_out: np.ndarray
    read: np.ndarray

    @property
    def broke_at(self):
        """The step after which the loss was no number any more, or None."""
        return len(self.loss) if len(self.loss) <= self.steps else None

    @property
    def verdict(self):
        return judge(self.loss, broke=self.broke_at is not None)

    @property
    def finding(self):
        """The headline."""
        headline = f"lr = {rate(self.lr)}: {self.verdict}."
        if self.broke_at is not None:
            return f"{headline} After {count(self.broke_at, 'step')} the loss is NaN."
        share = f"{100 * self.held_out[-1]:.0f} % of held-out digits right"
        return f"{headline} {share} after {count(self.steps, 'step')}."

    @property
    def explanation(self):
        """What the curves show."""
        return _EXPLANATIONS[self.verdict](self)

    @property
    def words(self):
        return f"{self.finding} {self.explanation}"

    @property
    def tables(self):
        """The curves."""
        columns = {
            "step": range(len(self.loss)),
            "loss (nats)": self.loss,
            "training digits right (%)": 100 * self.training,
            "held-out digits right (%)": 100 * self.held_out,
        }
        return {"Step by step": columns}


def train(task, lr, *, steps, units, seed):
    """Train a network with one hidden layer from scratch, by gradient descent on all its digits.

    Parameters
    ----------
    task : Task
    lr : float
        Learning rate, above 0.
    steps : int
        How many steps to take.
    units : int
        Units in the hidden layer.
    seed : int
        Seed of the initial weights: the same ones at every call.

    Returns
    -------
    Run
    """
    rng = np.random.default_rng(seed)
    net = nn.Sequential(nn.Linear(64, units, rng=rng), nn.ReLU(), nn.Linear(units, 10, rng=rng))
    net = net.astype(np.float32)
    optimizer = nn.SGD(lr=lr)
    losses, training, held_out = [], [], []
    cache = test_cache = None
    with np.errstate(over="ignore", invalid="ignore"), suppress(FloatingPointError):
        for _ in range(steps + 1):  # diverging is one of the things to see: the curves end there
            scores, cache = net.forward(task.x_train, reuse=cache)
            loss, dscores = nn.softmax_cross_entropy(scores, task.y_train)
            test_scores, test_cache = net.forward(task.x_test, reuse=test_cache)
            read = test_scores.argmax(axis=1)
            losses.append(loss)
            training.append(np.mean(scores.argmax(axis=1) == task.y_train))
            held_out.append(np.mean(read == task.y_test))
            net.backward(dscores, cache, input_grad=False)
            optimizer.step(net.params, net.grads)
    return Run(lr, steps, *map(np.array, (losses, training, held_out)), read)


def _stuck(run):
    return (
        f"The steps are so short that the loss only went from {_loss(run, 0)} to {_loss(run, -1)}; "
        f"guessing costs {GUESSING:.2f}."
    )


def _slow(run):
    return (
        f"Every step leads downhill, but the steps are short: at {_loss(run, -1)} the loss was "
        "still falling when training ended."
    )


def _converges(run):
    return f"The loss fell from {_loss(run, 0)} to {_loss(run, -1)}."


def _oscillates(run):
    rises = np.count_nonzero(np.diff(run.loss) > 0)
    return (
        f"The steps are too long: they jump across the valley, and {rises} of "
        f"{len(run.loss) - 1} led uphill. The loss ended at {_loss(run, -1)}."
    )


def _diverges(run):
    if run.broke_at is not None:
        return (
            f"Each step made things worse, until the weights were too large for a computer's "
            f"numbers: the last loss that could be written down was {number(run.loss[-1])}."
        )
    return (
        f"The steps are so long that they lead up and out of the valley: the loss climbed to "
        f"{number(run.loss.max())} and ended at {_loss(run, -1)}; guessing costs {GUESSING:.2f}."
    )


_EXPLANATIONS = {
    Verdict.STUCK: _stuck,
    Verdict.SLOW: _slow,
    Verdict.CONVERGES: _converges,
    Verdict.OSCILLATES: _oscillates,
    Verdict.DIVERGES: _diverges,
}


def _loss(run, step):
    return number(run.loss[step])


_LIMITS = 0.005, 100.0  # fixed, so that runs can be compared; what leaves through the top says so
_REMARK = {"color": style.QUIET, "fontsize": style.SMALL}


class LearningRateView:
    """Loss, accuracy and ten held-out digits of one run, side by side.

    Parameters
    ----------
    task : Task
    steps : int
        Length of the axes.
    """

    def __init__(self, task, steps):
        self.picture = Picture(1120, 400)
        with style.applied():
            self.headline = Headline(self.picture)
            self.loss = CurvePanel(self._loss_axes(steps), ["loss"], label=False)
            self.right = CurvePanel(self._right_axes(steps), ["training", "held out"])
            self._shown = np.unique(task.y_test, return_index=True)[1]  # the first of each digit
            images, labels = task.x_test[self._shown] + task.mean, task.y_test[self._shown]
            axes = self.picture.add_axes((0.675, 0.02, 0.315, 0.73))
            self.digits = DigitGrid(axes, images, labels, columns=5)
            self.picture.text(0.68, 0.09, "below each digit: what the network reads", **_REMARK)
        panels = (self.loss, self.right, self.digits)
        moving = [artist for panel in panels for artist in panel.moving]
        self.moving = [*moving, self.headline]

    def update(self, run):
        self.headline.show(run.finding)
        self.loss.update({"loss": run.loss}, _TITLES[run.verdict](run))
        broke = run.broke_at is not None
        shares = {"training": 100 * run.training, "held out": 100 * run.held_out}
        title = "It reads nothing" if broke else f"It reads {shares['held out'][-1]:.0f} %"
        self.right.update(shares, title)
        read = ["NaN"] * len(self._shown) if broke else run.read[self._shown]
        right = sum(r == y for r, y in zip(read, self.digits.labels, strict=True))
        self.digits.update(read, f"{right} of these {len(read)} right")

    def _loss_axes(self, steps):
        axes = self.picture.add_axes((0.07, 0.15, 0.25, 0.6), xlabel="steps", ylabel="loss (nats)")
        axes.set(xlim=(0, steps), yscale="log", ylim=_LIMITS)
        axes.minorticks_off()
        axes.set_yticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
        axes.axhline(GUESSING, **_REFERENCE)
        axes.text(steps, 1.15 * GUESSING, "guessing", ha="right", zorder=1, **_REMARK)
        return axes

    def _right_axes(self, steps):
        axes = self.picture.add_axes((0.395, 0.15, 0.17, 0.6), xlabel="steps")
        axes.set(xlim=(0, steps), ylim=(0, 100), ylabel="digits read right (%)")
        axes.axhline(10, **_REFERENCE)
        return axes


_REFERENCE = {"color": style.QUIET, "lw": 1.2, "ls": "--", "zorder": 1}
_TITLES = {
    Verdict.STUCK: lambda run: f"Loss still at {_loss(run, -1)}",
    Verdict.SLOW: lambda run: f"Loss down to {_loss(run, -1)}",
    Verdict.CONVERGES: lambda run: f"Loss down to {_loss(run, -1)}",
    Verdict.OSCILLATES: lambda run: "Loss jumps up and down",
    Verdict.DIVERGES: lambda run: (
        "Loss climbs until it is NaN"
        if run.broke_at
        else f"Loss climbs to {number(run.loss.max())}"
    ),
}


class LearningRateLab(Lab):
    """Choose a learning rate; a network is trained from scratch at every move.

    Parameters
    ----------
    lr : float or str
        Where the slider starts: a learning rate from 0.001 to 10,000, or the name of a preset:
        "far too small", "small", "good", "too large", "far too large", "beyond numbers".
    steps : int
        Training steps of each run, from 1 to 1000.
    units : int
        Units in the hidden layer, from 1 to 1000. The presets keep their promises at the defaults.
    seed : int
        Seed of the choice of digits and of the initial weights.
    presentation : bool
        Whether all is large enough for the back of a room.

    Attributes
    ----------
    slider : ipywidgets.FloatLogSlider
        The learning rate.
    frame : Run
        The run that is shown.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range, or the preset unknown.

    Examples
    --------
    >>> lab = LearningRateLab("good")
    >>> lab.frame.verdict
    <Verdict.CONVERGES: 'converges'>
    >>> lab.slider.value = 10
    >>> lab.frame.verdict
    <Verdict.OSCILLATES: 'oscillates'>
    >>> lab.close()
    """

    def __init__(self, lr="small", *, steps=60, units=16, seed=23, presentation=False):
        start = _starting_point(lr)
        whole("steps", steps, 1, 1000)
        whole("units", units, 1, 1000)
        whole("seed", seed, 0, 2**32)
        # 250 × 64 × 16 is small enough for OpenBLAS to multiply on one thread: on a busy machine
        # two threads that wait for each other take ten times as long.
        task = Task.digits(200, 250, rng=np.random.default_rng(seed))
        self.slider = ipywidgets.FloatLogSlider(
            start,
            base=10,
            min=-3,
            max=4,
            step=0.05,
            description="learning rate",
            readout_format=".3r",
            tooltip="learning rate: drag, or use the arrow keys",
            style={"description_width": "initial"},
            layout={"width": "min(700px, 100%)"},
        )
        super().__init__(
            view=LearningRateView(task, steps),
            compute=lambda lr: train(task, lr, steps=steps, units=units, seed=seed),
            controls={"lr": self.slider},
            panel=[self.slider, self._presets()],
            presentation=presentation,
        )

    def _presets(self):
        buttons = [self._preset(name, lr) for name, lr in PRESETS.items()]
        return ipywidgets.HBox(buttons, layout={"flex_flow": "row wrap"})

    def _preset(self, name, lr):
        tooltip = f"learning rate {rate(lr)}"
        button = ipywidgets.Button(description=name, tooltip=tooltip, layout={"width": "auto"})
        button.on_click(lambda _: self.slider.set_trait("value", lr))
        return button


def _starting_point(lr):
    if isinstance(lr, str):
        if lr not in PRESETS:
            raise ValueError(
                f"no preset is called {lr!r}: there are {', '.join(map(repr, PRESETS))}"
            )
        return PRESETS[lr]
    if isinstance(lr, bool) or not isinstance(lr, (int, float, np.number)):
        raise TypeError(f"lr is a number or the name of a preset, got {lr!r}")
    if not 0.001 <= lr <= 10_000:
        raise ValueError(f"the slider goes from 0.001 to 10,000, got lr={lr}")
    return float(lr)
