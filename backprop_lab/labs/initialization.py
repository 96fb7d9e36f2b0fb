"""The initialization lab: the same network, the same training, other first weights."""

import functools
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .. import nn
from ..plots import CurvePanel, Headline, HistogramRows, Picture, UnitGrid, style
from . import controls
from .lab import Lab, between, one_of, whole
from .learning_rate import GUESSING
from .task import Task, share_right
from .wording import count, number

ACTIVATIONS = {"tanh": nn.Tanh, "ReLU": nn.ReLU}
STARTS = ("random", "all alike", "zeros")
SCALES = 1 / 81, 9
DEPTH, UNITS = 4, 16


def _preset(weights, scale=1.0):
    return {"weights": weights, "scale": scale, "activation": "tanh"}


PRESETS = {
    "zeros": _preset("zeros"),
    "all alike": _preset("all alike", 1 / 3),
    "too small": _preset("random", 1 / 9),
    "right": _preset("random"),
    "large": _preset("random", 3.0),
    "too large": _preset("random", 9.0),
}


class Verdict(StrEnum):
    """What became of a network, in a few words."""

    NOTHING = "learns nothing"
    TWINS = "all units stay twins"
    SLOW = "learns slowly"
    LEARNS = "learns"
    MEMORISES = "memorises"
    JUMPS = "is thrown off"


def judge(loss, training, held_out, distinct, *, broke=False):
    """Tell from its curves and its units what became of a network.

    Parameters
    ----------
    loss : ndarray, shape (steps,)
        Training loss before each step.
    training, held_out : float
        Share of digits read right in the end.
    distinct : int
        Units of a layer that differ from one another.
    broke : bool
        Whether the loss stopped being a number after that.

    Returns
    -------
    Verdict
        JUMPS if training broke, or the loss once doubled what it began with, or ends above
        guessing, or came down to guessing from twice that. Else NOTHING if it ends at 0.95 of
        guessing or above, TWINS if all units of a layer are the same, MEMORISES if 0.8 or more of
        the training digits are right and that share is lower by 0.4 or more for held-out digits,
        SLOW if it is less than 0.9, and LEARNS if nothing is wrong.
    """
    highest, end = loss.max(), loss[-1] / GUESSING
    if broke or highest > 2 * loss[0] or end > 1.03:
        return Verdict.JUMPS
    if end >= 0.95:
        return Verdict.JUMPS if highest > 2 * GUESSING else Verdict.NOTHING
    if distinct == 1:
        return Verdict.TWINS
    if training >= 0.8 and training - held_out >= 0.4:
        return Verdict.MEMORISES
    return Verdict.SLOW if training < 0.9 else Verdict.LEARNS


@dataclass(frozen=True, eq=False)
class Run:
    """One training run, and what the network was before it.

    Attributes
    ----------
    start : str
        What the network started from, in words.
    activation : str
    steps : int
        Steps that were asked for.
    loss : ndarray, shape (steps + 1,), or shorter where training broke
        Training loss after 0, 1, 2, ... steps.
    training, held_out : float
        Share of digits read right after the last finite step, in [0, 1].
    outputs : list of ndarray, shape (N, UNITS)
        What each hidden layer gave before the first step.
    learned : ndarray, shape (64, UNITS)
        By how much training changed the weights of layer 1.
    distinct : int
        Units of layer 1 that differ after training.
    """

    start: str
    activation: str
    steps: int
    loss: np.ndarray
    training: float
    held_out: float
    outputs: list[np.ndarray]
    learned: np.ndarray
    distinct: int

    @property
    def broke_at(self):
        """The step after which the loss was no number any more, or None."""
        return len(self.loss) if len(self.loss) <= self.steps else None

    @property
    def verdict(self):
        broke = self.broke_at is not None
        return judge(self.loss, self.training, self.held_out, self.distinct, broke=broke)

    @property
    def spread(self):
        """Standard deviation of what each hidden layer gave before the first step."""
        return np.array([output.std() for output in self.outputs])

    @property
    def finding(self):
        """The headline."""
        right = f"{100 * self.held_out:.0f} % of held-out digits right"
        return f"{self.start}: {self.verdict}. {right}."

    @property
    def explanation(self):
        """What the first weights did."""
        fell = f"from {number(self.loss[0])} to {number(self.loss[-1])}"
        return (
            f"{_REASONS[self.verdict](self)} "
            f"In {count(len(self.loss) - 1, 'step')} the loss went {fell}; "
            f"guessing costs {GUESSING:.2f}."
        )

    @property
    def words(self):
        return f"{self.finding} {self.explanation}"

    @property
    def tables(self):
        """What the layers passed on at first, and how training went."""
        layers = {
            "layer": range(1, DEPTH + 1),
            "mean before training": [output.mean() for output in self.outputs],
            "spread before training": self.spread,
        }
        units = {
            "unit": range(1, UNITS + 1),
            "length of what training added": np.linalg.norm(self.learned, axis=0),
        }
        curve = {"step": range(len(self.loss)), "loss (nats)": self.loss}
        return {"Layer by layer": layers, "Units of layer 1": units, "Step by step": curve}


def train(task, *, weights, scale, activation, steps, lr, seed):
    """Train a network with four hidden layers from first weights of one kind.

    Parameters
    ----------
    task : Task
    weights : str
        "random" (He), "all alike" (what would be the standard deviation of He), or "zeros".
    scale : float
        Factor by which they are multiplied.
    activation : str
        "tanh" or "ReLU".
    steps : int
    lr : float
        Learning rate of gradient descent on all digits of the task.
    seed : int
        Seed of the random weights.

    Returns
    -------
    Run
    """
    net = _network(weights, scale, activation, np.random.default_rng(seed))
    optimizer, first = nn.SGD(lr=lr), net.layers[0].W.copy()
    x, x_test = (x / task.x_train.std() for x in (task.x_train, task.x_test))
    losses, outputs, cache = [], None, None
    with np.errstate(over="ignore", invalid="ignore"), suppress(FloatingPointError):
        for _ in range(steps + 1):  # weights that are too large may diverge: the curve ends there
            scores, cache = net.forward(x, reuse=cache)
            loss, dscores = nn.softmax_cross_entropy(scores, task.y_train)
            outputs = outputs or [inner.y.copy() for inner in cache.inner[1::2]]
            losses.append(loss)
            sound = net.params.copy()
            net.backward(dscores, cache, input_grad=False)
            optimizer.step(net.params, net.grads)
    net.params = sound
    W = net.layers[0].W
    return Run(
        in_words(weights, scale, activation),
        activation,
        steps,
        np.array(losses),
        share_right(net, x, task.y_train),
        share_right(net, x_test, task.y_test),
        outputs,
        learned=W - first,
        distinct=_distinct(W),
    )


def in_words(weights, scale, activation):
    """Say what a network starts from: tanh, random × 3."""
    return f"{activation}, {weights}" + (f" × {scale:.2g}" if weights != "zeros" else "")


def _network(weights, scale, activation, rng):
    def first(fan_in, fan_out, rng):
        if weights == "random":
            return scale * nn.he(fan_in, fan_out, rng)
        alike = scale * np.sqrt(2 / fan_in) if weights == "all alike" else 0.0
        return np.full((fan_in, fan_out), alike)

    layers = []
    for i in range(DEPTH):
        layers.append(nn.Linear(UNITS if i else 64, UNITS, rng=rng, init=first))
        layers.append(ACTIVATIONS[activation]())
    return nn.Sequential(*layers, nn.Linear(UNITS, 10, rng=rng, init=first)).astype(np.float32)


def _distinct(W):
    """Count the units of a layer that differ, by more than rounding, from all before them."""
    largest = np.abs(W).max(axis=0)
    apart = np.abs(W[:, :, None] - W[:, None, :]).max(axis=0)
    twins = apart <= 1e-6 * np.maximum(largest[:, None], largest)
    return sum(not twins[unit, :unit].any() for unit in range(len(twins)))


def _nothing(run):
    if run.spread[0] == 0:
        return (
            "Units that start alike get the same gradient, so they stay alike; with zeros in the "
            "next layer, that gradient is 0 too, and only the last biases move."
        )
    return (
        f"Hardly any gradient comes through: the signal is ± {number(run.spread[0])} in layer 1 "
        f"and ± {number(run.spread[-1])} in layer {DEPTH}."
    )


def _twins(run):
    return (
        f"The {UNITS} units of a layer start alike, get the same gradient at every step, and stay "
        f"twins for ever: as good as one unit."
    )


def _slow(run):
    return (
        f"The layers pass on ± {number(run.spread[0])} at first and ± {number(run.spread[-1])} at "
        "last: the gradient gets through, but training takes longer."
    )


def _learns(run):
    return (
        f"Every layer passes on as much as it gets, ± {number(run.spread[0])} at first and "
        f"± {number(run.spread[-1])} at last, and each unit finds something of its own."
    )


def _memorises(run):
    return (
        f"{100 * run.training:.0f} % of the training digits are right, many more than of others: "
        "large random weights scatter digits that look alike, so that less carries over."
    )


def _jumps(run):
    highest = number(run.loss.max())
    return (
        f"The weights are too large: the loss was {highest} at its highest, and gradients as large "
        "as that throw the weights about."
    )


_REASONS = {
    Verdict.NOTHING: _nothing,
    Verdict.TWINS: _twins,
    Verdict.SLOW: _slow,
    Verdict.LEARNS: _learns,
    Verdict.MEMORISES: _memorises,
    Verdict.JUMPS: _jumps,
}
_REMARK = {"color": style.QUIET, "fontsize": style.SMALL}
_REFERENCE = {"color": style.QUIET, "lw": 1.2, "ls": "--", "zorder": 1}
_RANGES = {
    "tanh": ((-1, 1), ["−1", "0", "1"]),
    "ReLU": ((0, 4), ["0", "2", "≥ 4"]),
}


class InitializationView:
    """Activations before training, the loss, and what the units of layer 1 learned.

    Parameters
    ----------
    steps : int
        Length of the loss axis.
    """

    def __init__(self, steps):
        self.picture = Picture(1120, 430)
        with style.applied():
            self.headline = Headline(self.picture)
            axes = self.picture.add_axes((0.075, 0.15, 0.17, 0.6))
            self.outputs = HistogramRows(axes, DEPTH)
            self.loss = CurvePanel(self._loss_axes(steps), ["loss"], label=False)
            axes = self.picture.add_axes((0.745, 0.12, 0.25, 0.63))
            self.units = UnitGrid(axes, UNITS, limit=0.15)
            remark = "what training added to the weights"
            self.picture.text(0.742, 0.05, remark, **_REMARK)
        panels = (self.outputs, self.loss, self.units)
        self.moving = [*(artist for panel in panels for artist in panel.moving), self.headline]
        self._activation = None

    def update(self, run):
        self.headline.show(run.finding)
        self._stretch(run.activation)
        rows = [
            (f"layer {i}", output, f"± {number(spread)}")
            for i, (output, spread) in enumerate(zip(run.outputs, run.spread), 1)
        ]
        self.outputs.update(rows, _signal(run))
        self.loss.update({"loss": run.loss}, _course(run))
        self.units.update(run.learned, _units(run))

    def _stretch(self, activation):
        """Give the histograms the range of this activation."""
        if activation != self._activation:  # each change redraws the background
            self._activation = activation
            (low, high), names = _RANGES[activation]
            self.outputs.axes.set(xlim=(low, high), xlabel=f"{activation} gives, before training")
            self.outputs.axes.set_xticks([low, (low + high) / 2, high], names)

    def _loss_axes(self, steps):
        axes = self.picture.add_axes((0.42, 0.15, 0.26, 0.6), xlabel="steps", ylabel="loss (nats)")
        axes.set(xlim=(0, steps), yscale="log", ylim=(0.005, 100))
        axes.minorticks_off()
        axes.set_yticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
        axes.axhline(GUESSING, **_REFERENCE)
        axes.text(steps, 1.25 * GUESSING, "guessing", ha="right", zorder=1, **_REMARK)
        return axes


def _signal(run):
    if run.spread[0] == 0:
        return "No signal at all"
    flat = np.mean(nn.Tanh().saturated(np.array(run.outputs)))
    if run.activation == "tanh" and flat > 0.4:
        return f"{100 * flat:.0f} % on flat ends"
    change = run.spread[-1] / run.spread[0]
    return "The signal fades" if change < 0.2 else "It grows" if change > 5 else "The signal holds"


def _course(run):
    if run.broke_at is not None:
        return "The loss climbs until it is NaN"
    return f"The loss ends at {number(run.loss[-1])}"


def _units(run):
    if np.abs(run.learned).max() < 0.01:
        return "Next to nothing learned"
    if run.distinct == 1:
        return f"{UNITS} twins"
    return "No two alike" if run.distinct == UNITS else f"{run.distinct} of {UNITS} differ"


class InitializationLab(Lab):
    """Choose the first weights; the same network is trained from them at every move.

    Parameters
    ----------
    preset : str, optional
        Where the lab starts; takes the place of the next three: "zeros", "all alike",
        "too small", "right", "large", "too large".
    weights : str
        "random", "all alike" or "zeros".
    scale : float
        Factor by which the weights of He are multiplied, from 1/81 to 9.
    activation : str
        "tanh" or "ReLU".
    steps : int
        Training steps of each run, from 1 to 1000.
    lr : float
        Learning rate, from 0.001 to 100. The presets keep their promises at the defaults.
    seed : int
        Seed of the choice of digits and of the random weights.
    presentation : bool
        Whether all is large enough for the back of a room.

    Attributes
    ----------
    weights, scale, activation : ipywidgets widgets
        The controls.
    frame : Run
        The run that is shown.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range or unknown.

    Examples
    --------
    >>> lab = InitializationLab("zeros")
    >>> lab.frame.verdict
    <Verdict.NOTHING: 'learns nothing'>
    >>> lab.weights.value = "random"
    >>> lab.frame.verdict
    <Verdict.LEARNS: 'learns'>
    >>> lab.close()
    """

    def __init__(
        self,
        preset=None,
        *,
        weights="random",
        scale=1.0,
        activation="tanh",
        steps=40,
        lr=0.4,
        seed=3,
        presentation=False,
    ):
        start = {"weights": weights, "scale": scale, "activation": activation}
        if preset is not None:
            one_of("preset", preset, PRESETS)
            start = PRESETS[preset]
        one_of("weights", start["weights"], STARTS)
        between("scale", start["scale"], *SCALES)
        one_of("activation", start["activation"], ACTIVATIONS)
        whole("steps", steps, 1, 1000)
        between("lr", lr, 0.001, 100)
        whole("seed", seed, 0, 2**32)
        self.weights = controls.choice("first weights", start["weights"], STARTS)
        self.scale = controls.power_slider(
            "scale", start["scale"], -4, 2, base=3, readout=".2f", width="420px"
        )
        self.activation = controls.choice("activation", start["activation"], ACTIVATIONS)
        # 120 × 64 × 16 is small enough for OpenBLAS to multiply on one thread.
        task = Task.digits(120, 120, rng=np.random.default_rng(seed))
        super().__init__(
            view=InitializationView(steps),
            compute=functools.partial(train, task, steps=steps, lr=lr, seed=seed),
            controls={name: getattr(self, name) for name in start},
            panel=[
                controls.row(self.weights, self.scale, self.activation),
                self.preset_buttons(PRESETS, in_words),
            ],
            presentation=presentation,
        )
