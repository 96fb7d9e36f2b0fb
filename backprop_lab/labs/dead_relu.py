"""The dead-ReLU lab: which units fall silent while a network learns, and which come back."""

import functools
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .. import nn
from ..plots import CurvePanel, Headline, Lifelines, Picture, style
from . import controls
from .lab import Lab, between, one_of, whole
from .learning_rate import GUESSING
from .task import Task, share_right
from .wording import count, number, rate

LAYERS, UNITS = 3, 16
RATES = 1 / 64, 32
BIASES = -3.0, 3.0
SCALES = 1 / 9, 9
SLOPES = 0.0, 0.5


def _preset(lr=0.5, bias=0.0, slope=0.0):
    return {"lr": lr, "bias": bias, "scale": 1.0, "slope": slope}


PRESETS = {
    "healthy": _preset(),
    "killed by learning rate": _preset(lr=2**1.25),
    "killed by bias": _preset(bias=-2.0),
    "leaky revives": _preset(bias=-2.0, slope=0.3),
    "leaky diverges": _preset(lr=2**1.25, slope=0.3),
}


class Verdict(StrEnum):
    """What became of the units, in a few words."""

    LIVE = "units stay alive"
    DIE = "units die"
    DEAD = "units are dead from the start"
    REVIVE = "units come back to life"
    DIVERGES = "training diverges"


def judge(silent, *, broke=False):
    """Tell from the shares of silent units what became of them.

    Parameters
    ----------
    silent : ndarray, shape (steps, layers)
        Share of each layer's units that are silent for every digit, in [0, 1].
    broke : bool
        Whether the loss stopped being a number after that.

    Returns
    -------
    Verdict
        DIVERGES if training broke. Else by the layer with most silent units: REVIVE if that were a
        half or more at first and at most half as many in the end, DEAD if a half or more at first
        and no such change, DIE if a half or more in the end only, else LIVE.
    """
    first, last = silent[0].max(), silent[-1].max()
    if broke:
        return Verdict.DIVERGES
    if first >= 0.5:
        return Verdict.REVIVE if last <= first / 2 else Verdict.DEAD
    return Verdict.DIE if last >= 0.5 else Verdict.LIVE


@dataclass(frozen=True, eq=False)
class Run:
    """One training run, and when each unit spoke.

    Attributes
    ----------
    network : str
        What was trained, in words.
    slope : float
        Slope of the activation below 0; 0 for a ReLU.
    steps : int
        Steps that were asked for.
    loss : ndarray, shape (steps + 1,), or shorter where training broke
        Training loss after 0, 1, 2, ... steps.
    activity : ndarray, shape (len(loss), LAYERS, UNITS)
        Share of training digits for which each unit gives more than 0, in [0, 1].
    held_out : float
        Share of held-out digits read right after the last finite step, in [0, 1].
    """

    network: str
    slope: float
    steps: int
    loss: np.ndarray
    activity: np.ndarray
    held_out: float

    @property
    def broke_at(self):
        """The step after which the loss was no number any more, or None."""
        return len(self.loss) if len(self.loss) <= self.steps else None

    @property
    def silent(self):
        """Share of each layer's units that are silent for every digit, shape (steps, layers)."""
        return np.mean(self.activity == 0, axis=2)

    @property
    def verdict(self):
        return judge(self.silent, broke=self.broke_at is not None)

    @property
    def finding(self):
        """The headline."""
        return f"{self.network}: {self.verdict}."

    @property
    def census(self):
        """How many units are silent, before training and after."""
        before, after = (np.count_nonzero(a == 0) for a in (self.activity[0], self.activity[-1]))
        return f"{before} of {LAYERS * UNITS} at first, {after} in the end"

    @property
    def explanation(self):
        """How many units fell silent, and why."""
        reason = f"Silent for every digit: {self.census}. {_REASONS[self.verdict](self)}"
        if self.broke_at is not None:
            return reason
        return (
            f"{reason} The loss ends at {number(self.loss[-1])} (guessing costs {GUESSING:.2f}), "
            f"and {100 * self.held_out:.0f} % of held-out digits are read right."
        )

    @property
    def words(self):
        return f"{self.finding} {self.explanation}"

    @property
    def tables(self):
        """How many units were silent, and how training went."""
        silent = np.count_nonzero(self.activity == 0, axis=2).T
        layers = {f"silent of {UNITS} in layer {i}": row for i, row in enumerate(silent, 1)}
        return {"Step by step": {"step": range(len(self.loss)), "loss (nats)": self.loss, **layers}}


def train(task, *, lr, bias, scale, slope, steps, seed):
    """Train a network with three hidden layers of ReLUs, and watch when each unit speaks.

    Parameters
    ----------
    task : Task
    lr : float
        Learning rate of gradient descent on all digits of the task.
    bias : float
        First value of all biases of the hidden layers.
    scale : float
        Factor by which the weights of He are multiplied in the hidden layers.
    slope : float
        Slope of the activation below 0; 0 is a ReLU.
    steps : int
    seed : int
        Seed of the weights.

    Returns
    -------
    Run
    """
    net = _network(bias, scale, slope, np.random.default_rng(seed))
    optimizer = nn.SGD(lr=lr)
    x, x_test = (x / task.x_train.std() for x in (task.x_train, task.x_test))
    each = np.full(len(x), 1 / len(x))
    losses, activity, cache = [], [], None
    with np.errstate(over="ignore", invalid="ignore"), suppress(FloatingPointError):
        for _ in range(steps + 1):  # diverging is one of the things to see: the curves end there
            scores, cache = net.forward(x, reuse=cache)
            loss, dscores = nn.softmax_cross_entropy(scores, task.y_train)
            losses.append(loss)
            activity.append([each.dot(inner.y > 0) for inner in cache.inner[1::2]])
            sound = net.params.copy()
            net.backward(dscores, cache, input_grad=False)
            optimizer.step(net.params, net.grads)
    net.params = sound
    held_out = share_right(net, x_test, task.y_test)
    network = in_words(lr, bias, scale, slope)
    return Run(network, slope, steps, np.array(losses), np.array(activity), held_out)


def in_words(lr, bias, scale, slope):
    """Say what is trained, and how: ReLU, lr = 0.5, bias −2."""
    kind = f"leaky {slope:.2g}" if slope else "ReLU"
    parts = [kind, f"lr = {rate(lr)}", f"bias {bias:.3g}".replace("-", "−")]
    return ", ".join(parts + [f"He × {scale:.2g}"] * (scale != 1))


def _network(bias, scale, slope, rng):
    def init(fan_in, fan_out, rng):
        return scale * nn.he(fan_in, fan_out, rng)

    layers = []
    for i in range(LAYERS):
        linear = nn.Linear(UNITS if i else 64, UNITS, rng=rng, init=init)
        linear.b = bias
        layers += [linear, nn.LeakyReLU(slope) if slope else nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(UNITS, 10, rng=rng)).astype(np.float32)


def _live(run):
    return (
        f"A unit speaks for {100 * run.activity[-1].mean():.0f} % of the digits on average. As "
        "long as there is one digit for which it speaks, it gets a gradient and can change."
    )


def _die(run):
    dead = np.count_nonzero(run.activity[-1] == 0)
    last = np.flatnonzero(np.diff(run.silent.sum(axis=1)) > 0).max() + 1
    return (
        f"Steps this long push {count(dead, 'unit')} below 0 for every digit, the last at step "
        f"{last}. {_stays(run)}"
    )


def _dead(run):
    return f"No digit lifts the sum of a silent unit above 0. {_stays(run)}"


def _stays(run):
    if run.slope:
        return f"A slope of {run.slope:.2g} passes a gradient, but too little to bring them back."
    return (
        "There the slope of a ReLU is 0, so no gradient comes through that could bring them back."
    )


def _revive(run):
    if run.slope:
        return (
            f"Below 0 the slope is {run.slope:.2g}, so silent units get a gradient too, and it "
            "brings them back."
        )
    return "A silent ReLU cannot move itself, but the layer below it did, and lifted it above 0."


def _diverges(run):
    step = count(run.broke_at, "step")
    if run.slope:
        return (
            f"Leaky units always pass a gradient, so nothing stops steps that are too long: after "
            f"{step} the numbers are beyond what a computer can hold."
        )
    return f"The steps are too long: after {step} the numbers are beyond what a computer can hold."


_REASONS = {
    Verdict.LIVE: _live,
    Verdict.DIE: _die,
    Verdict.DEAD: _dead,
    Verdict.REVIVE: _revive,
    Verdict.DIVERGES: _diverges,
}
_REMARK = {"color": style.QUIET, "fontsize": style.SMALL}
_REFERENCE = {"color": style.QUIET, "lw": 1.2, "ls": "--", "zorder": 1}


class DeadReLUView:
    """A line for every unit, black where it is silent, beside the loss.

    Parameters
    ----------
    steps : int
        Length of the axes.
    """

    def __init__(self, steps):
        self.picture = Picture(1120, 440)
        with style.applied():
            self.headline = Headline(self.picture)
            axes = self.picture.add_axes((0.075, 0.15, 0.43, 0.61))
            self.units = Lifelines(axes, steps, LAYERS, UNITS)
            self.picture.text(0.518, 0.785, "silent", **_REMARK)
            self.loss = CurvePanel(self._loss_axes(steps), ["loss"], label=False)
        self.moving = [*self.units.moving, *self.loss.moving, self.headline]

    def update(self, run):
        self.headline.show(run.finding)
        first, last = 100 * run.silent[0], 100 * run.silent[-1]
        notes = [f"{before:.0f} → {after:.0f} %" for before, after in zip(first, last)]
        self.units.update(run.activity, notes, f"Silent (black): {run.census}")
        self.loss.update({"loss": run.loss}, _course(run))

    def _loss_axes(self, steps):
        axes = self.picture.add_axes((0.7, 0.15, 0.28, 0.61), xlabel="steps", ylabel="loss (nats)")
        axes.set(xlim=(0, steps), yscale="log", ylim=(0.005, 100))
        axes.minorticks_off()
        axes.set_yticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
        axes.axhline(GUESSING, **_REFERENCE)
        axes.text(steps, 1.25 * GUESSING, "guessing", ha="right", zorder=1, **_REMARK)
        return axes


def _course(run):
    if run.broke_at is not None:
        return "The loss climbs until it is NaN"
    return f"The loss ends at {number(run.loss[-1])}"


class DeadReLULab(Lab):
    """Choose how a network of ReLUs starts and steps; see which of its units fall silent.

    Parameters
    ----------
    preset : str, optional
        Where the lab starts; takes the place of the next four: "healthy",
        "killed by learning rate", "killed by bias", "leaky revives", "leaky diverges".
    lr : float
        Learning rate, from 1/64 to 32.
    bias : float
        First value of all biases of the hidden layers, from -3 to 3.
    scale : float
        Factor by which the weights of He are multiplied there, from 1/9 to 9.
    slope : float
        Slope of the activation below 0, from 0, which is a ReLU, to 0.5.
    steps : int
        Training steps of each run, from 1 to 1000. The presets keep their promises at the default.
    seed : int
        Seed of the choice of digits and of the weights.
    presentation : bool
        Whether all is large enough for the back of a room.

    Attributes
    ----------
    lr, bias, scale, slope : ipywidgets widgets
        The controls.
    frame : Run
        The run that is shown.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range or unknown.

    Examples
    --------
    >>> lab = DeadReLULab("killed by bias")
    >>> lab.frame.verdict
    <Verdict.DEAD: 'units are dead from the start'>
    >>> lab.slope.value = 0.3
    >>> lab.frame.verdict
    <Verdict.REVIVE: 'units come back to life'>
    >>> lab.close()
    """

    def __init__(
        self,
        preset=None,
        *,
        lr=0.5,
        bias=0.0,
        scale=1.0,
        slope=0.0,
        steps=50,
        seed=3,
        presentation=False,
    ):
        start = {"lr": lr, "bias": bias, "scale": scale, "slope": slope}
        if preset is not None:
            one_of("preset", preset, PRESETS)
            start = PRESETS[preset]
        for name, limits in zip(start, (RATES, BIASES, SCALES, SLOPES), strict=True):
            between(name, start[name], *limits)
        whole("steps", steps, 1, 1000)
        whole("seed", seed, 0, 2**32)
        self.lr = controls.power_slider(
            "learning rate", start["lr"], -6, 5, base=2, step=0.05, label="92px"
        )
        self.bias = controls.slider("first bias", start["bias"], *BIASES, step=0.1, label="84px")
        self.scale = controls.power_slider(
            "He, times", start["scale"], -2, 2, base=3, readout=".2f", label="92px"
        )
        self.slope = controls.slider(
            "leaky slope", start["slope"], *SLOPES, step=0.01, label="84px"
        )
        # 100 × 64 × 16 is small enough for OpenBLAS to multiply on one thread.
        task = Task.digits(100, 100, rng=np.random.default_rng(seed))
        super().__init__(
            view=DeadReLUView(steps),
            compute=functools.partial(train, task, steps=steps, seed=seed),
            controls={name: getattr(self, name) for name in start},
            panel=[
                controls.row(self.lr, self.bias),
                controls.row(self.scale, self.slope),
                self.preset_buttons(PRESETS, in_words),
            ],
            presentation=presentation,
        )
