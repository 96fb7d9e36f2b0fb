"""The batch-norm lab: what it does to every layer's numbers, and what that does for learning."""

import functools
import math
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .. import nn
from ..plots import CurvePanel, Headline, HistogramRows, Picture, style
from . import controls
from .lab import Lab, between, one_of, whole
from .task import Task
from .wording import count, number, rate

GUESSING = math.log(10)  # the loss of a network that gives all ten digits the same probability
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
SIZES = (1, 2, 4, 8, 16, 32, 64)
STEPS = 30
_DEPTH, _UNITS, _EVERY = 3, 24, 3
_POINTS = 1 + STEPS // _EVERY
_USUAL = {"lr": 0.2, "size": 32, "gamma": 1.0, "beta": 0.0, "step": 0, "running": False}
PRESETS = {
    "rescued": _USUAL,
    "faster": {**_USUAL, "lr": 0.5},
    "rate too large": {**_USUAL, "lr": 10.0},
    "batch of 2": {**_USUAL, "size": 2},
    "batch of 1": {**_USUAL, "size": 1},
    "silent units": {**_USUAL, "gamma": 0.5, "beta": -2.0},
    "inference too early": {**_USUAL, "step": 3, "running": True},
    "inference after training": {**_USUAL, "step": STEPS, "running": True},
}


class Verdict(StrEnum):
    """What batch normalization changed, in a few words."""

    ONLY_WITH = "learns only with batch norm"
    BETTER = "learns more with batch norm"
    EVEN = "learns either way"
    WORSE = "learns more without batch norm"
    ONLY_WITHOUT = "learns only without batch norm"
    NEITHER = "learns neither way"


def judge(end, without):
    """Tell from where the losses end what batch normalization changed.

    Parameters
    ----------
    end, without : float
        Held-out loss after training, with batch normalization and without; inf if training broke.

    Returns
    -------
    Verdict
        A network has learned if its loss ends below 0.8 · ln 10. If both have, one has learned
        more if its loss is a fifth below the other's.
    """
    learned, without_learned = end < 0.8 * GUESSING, without < 0.8 * GUESSING
    if learned and without_learned:
        if end <= 0.8 * without:
            return Verdict.BETTER
        return Verdict.WORSE if without <= 0.8 * end else Verdict.EVEN
    if learned:
        return Verdict.ONLY_WITH
    return Verdict.ONLY_WITHOUT if without_learned else Verdict.NEITHER


@dataclass(frozen=True, eq=False)
class Run:
    """One training run, and the numbers inside at one moment of it.

    Attributes
    ----------
    loss : ndarray, shape (points,)
        Held-out loss after every third step, with the running statistics; nan after it broke.
    before, after : ndarray, shape (layers, N, units), or None
        What the batch-norm layers saw in a batch of held-out digits, and what they gave. None
        without such layers, and where training broke before.
    xhat_spread : ndarray, shape (layers,), or None
        Standard deviation of x̂ there: 1, if the statistics fit.
    """

    loss: np.ndarray
    before: np.ndarray | None = None
    after: np.ndarray | None = None
    xhat_spread: np.ndarray | None = None

    @property
    def end(self):
        """The loss after the last step; inf where training broke before."""
        return math.inf if np.isnan(self.loss[-1]) else float(self.loss[-1])


@dataclass(frozen=True, eq=False)
class Frame:
    """Training with batch normalization and without, and a look inside.

    Attributes
    ----------
    lr : float
        Learning rate.
    size : int
        Digits in a batch, N.
    gamma, beta : float
        Scale and shift of all batch-norm layers when training begins.
    step : int
        After how many steps `run` looks inside.
    running : bool
        Whether that look is with the running statistics, as in inference, or with the batch's own.
    run, without : Run
    """

    lr: float
    size: int
    gamma: float
    beta: float
    step: int
    running: bool
    run: Run
    without: Run

    @property
    def verdict(self):
        return judge(self.run.end, self.without.end)

    @property
    def finding(self):
        """The headline."""
        ends = f"Held-out loss {_loss(self.run.end)}, without {_loss(self.without.end)}"
        return f"lr = {rate(self.lr)}: {self.verdict}. {ends}."

    @property
    def explanation(self):
        """What the layers show."""
        if self.run.before is None:
            return f"Training broke before step {self.step}: there are no numbers to look at."
        when = f"after {count(self.step, 'step')}" if self.step else "before training"
        before, after = self.run.before, self.run.after
        shrinks = f"{_spread(before[0])} in layer 1 and {_spread(before[-1])} in layer {_DEPTH}"
        return (
            f"{when.capitalize()}, the numbers spread {shrinks}; batch norm makes that "
            f"{_spread(after[0])} and {_spread(after[-1])}. {self._why()}"
        )

    def _why(self):
        if self.size == 1 and not self.running:
            return (
                "A batch of one is its own mean: x − mean = 0, so every digit looks the same, and "
                "only β is left."
            )
        silent = np.mean(self.run.after <= 0)
        if silent > 0.95:
            return f"ReLU then silences {100 * silent:.0f} % of them, and their gradient with them."
        if self.running:
            worst = max(self.run.xhat_spread, key=lambda spread: abs(math.log(spread + 1e-9)))
            fit = "nearly fit" if 0.75 < worst < 1.33 else "do not fit"
            return (
                "In inference the running statistics stand in for the batch's. After "
                f"{count(self.step, 'step')} they {fit}: x̂ spreads {worst:.2g} in place of 1."
            )
        if self.size <= 4:
            return (
                f"Mean and variance of {self.size} digits are a poor guess, another one in every "
                "batch."
            )
        learned = ", as learned so far" if self.step else ""
        return f"Whatever the weights are, the next layer sees mean β and spread γ{learned}."

    @property
    def words(self):
        return f"{self.finding} {self.explanation}"

    @property
    def tables(self):
        """The curves, and what the layers saw and gave."""
        steps = _EVERY * np.arange(_POINTS)
        found = {
            "Held-out loss (nats)": {
                "step": steps,
                "with batch norm": self.run.loss,
                "without": self.without.loss,
            }
        }
        if self.run.before is not None:
            parts = {"before": self.run.before, "after": self.run.after}
            columns = {"layer": range(1, _DEPTH + 1)}
            for name, part in parts.items():
                columns[f"mean {name}"] = part.mean(axis=(1, 2))
                columns[f"spread {name}"] = part.std(axis=(1, 2))
            found["Before batch norm and after it"] = columns
        return found


def train(task, lr, size, *, gamma=1.0, beta=0.0, norm=True, step=0, running=False, scale, seed):
    """Train a network with three hidden layers of ReLU from scratch, by gradient descent.

    Parameters
    ----------
    task : Task
    lr : float
        Learning rate, above 0.
    size : int
        Digits in a batch.
    gamma, beta : float
        Scale and shift of all batch-norm layers when training begins.
    norm : bool
        Whether a batch-norm layer stands between each weighted sum and its ReLU.
    step : int
        After how many steps to look inside.
    running : bool
        Whether to look with the running statistics, or with the batch's own.
    scale : float
        The initial weights, in units of what suits ReLU.
    seed : int
        Seed of the initial weights and of the batches: the same ones with and without.

    Returns
    -------
    Run
    """
    rng = np.random.default_rng(seed)
    net = _network(norm, gamma, beta, scale, rng)
    optimizer = nn.SGD(lr=lr)
    batches = rng.integers(0, len(task.x_train), (STEPS, size))
    cache = test_cache = None
    inside = ()
    losses = np.full(_POINTS, np.nan)
    with np.errstate(all="ignore"), suppress(FloatingPointError):  # diverging is there to be seen
        for i in range(STEPS + 1):
            if i == step and norm:
                inside = _look_inside(net, task.x_test[:size], running)
            if i % _EVERY == 0:
                scores, test_cache = net.forward(task.x_test, reuse=test_cache)
                losses[i // _EVERY], _ = nn.softmax_cross_entropy(scores, task.y_test)
            if i < STEPS:
                x, y = task.x_train[batches[i]], task.y_train[batches[i]]
                scores, cache = net.forward(x, train=True, reuse=cache)
                _, dscores = nn.softmax_cross_entropy(scores, y)
                net.backward(dscores, cache, input_grad=False)
                optimizer.step(net.params, net.grads)
    return Run(losses, *inside)


def _network(norm, gamma, beta, scale, rng):
    def init(fan_in, fan_out, rng):
        return scale * nn.he(fan_in, fan_out, rng)

    layers, n = [], 64
    for _ in range(_DEPTH):
        layers.append(nn.Linear(n, _UNITS, rng=rng, init=init))
        if norm:
            layers.append(nn.BatchNorm(_UNITS))
            layers[-1].gamma, layers[-1].beta = gamma, beta
        layers.append(nn.ReLU())
        n = _UNITS
    return nn.Sequential(*layers, nn.Linear(n, 10, rng=rng, init=init)).astype(np.float32)


def _look_inside(net, x, running):
    """Give what the batch-norm layers see and give, and how x̂ spreads; change no statistics."""
    norms = [i for i, layer in enumerate(net.layers) if isinstance(layer, nn.BatchNorm)]
    states = [{k: v.copy() for k, v in net.layers[i].state.items()} for i in norms]
    _, cache = net.forward(x, train=not running)
    for i, state in zip(norms, states, strict=True):
        net.layers[i].state = state
    before, after = (np.array([cache.inner[i + at].y for i in norms], float) for at in (-1, 0))
    return before, after, np.array([cache.inner[i].xhat.std() for i in norms])


def _loss(value):
    if value == math.inf:
        return "NaN"
    return f"{value:.2f}" if value < 100 else number(value)


class BatchNormView:
    """What batch-norm layers see and give, and two ways of training, side by side.

    Parameters
    ----------
    sweep, sweep_without : ndarray, shape (rates,)
        Where the loss ends at each of the learning rates, with batch normalization and without.
    """

    def __init__(self, sweep, sweep_without):
        self.picture = Picture(1120, 400)
        with style.applied():
            self.headline = Headline(self.picture)
            self.picture.text(0.012, 0.862, _ON, **_REMARK)
            self.before = self._histograms(0.068, "what batch norm sees: x")
            self.after = self._histograms(0.275, "what it gives: γ x̂ + β")
            self.loss = CurvePanel(self._loss_axes(), ["with", "without"])
            self.rates = self._rates_axes(sweep, sweep_without)
            dot = {"marker": "o", "ms": 9, "mec": style.PAPER, "zorder": 3, "clip_on": False}
            (self.here,) = self.rates.plot([], [], c=_WITH, **dot)
            (self.there,) = self.rates.plot([], [], c=_WITHOUT, **dot)
            for artists in (self.loss.lines, self.loss.ends):
                artists[0].set_color(_WITH)
                artists[1].set_color(_WITHOUT)
            self.loss.lines[1].set_linestyle("--")
        panels = (self.before, self.after, self.loss)
        moving = [artist for panel in panels for artist in panel.moving]
        self.moving = [*moving, self.here, self.there, self.headline]

    def update(self, frame):
        self.headline.show(frame.finding)
        _show(self.before, _LAYERS, frame.run.before, "Before")
        _show(self.after, [""] * _DEPTH, frame.run.after, "After")
        series = {"with": frame.run.loss, "without": frame.without.loss}
        self.loss.update(series, _TITLES[frame.verdict], steps=_EVERY * np.arange(_POINTS))
        self.here.set_data([frame.lr], [_shown(frame.run.end)])
        self.there.set_data([frame.lr], [_shown(frame.without.end)])

    def _histograms(self, left, xlabel):
        axes = self.picture.add_axes((left, 0.15, 0.118, 0.6), xlabel=xlabel)
        axes.set(xlim=(-4, 4), xticks=(-4, 0, 4))
        axes.axvline(0, color=style.FAINT, lw=1, zorder=0.9)
        return HistogramRows(axes, _DEPTH, bins=41)

    def _loss_axes(self):
        axes = self.picture.add_axes((0.546, 0.15, 0.122, 0.6), xlabel="steps")
        axes.set(xlim=(0, STEPS), ylim=_LIMITS, ylabel="held-out loss (nats)")
        axes.set_xticks([0, STEPS])
        axes.axhline(GUESSING, **_GUESSED)
        return axes

    def _rates_axes(self, sweep, sweep_without):
        axes = self.picture.add_axes((0.775, 0.15, 0.21, 0.6), xlabel="learning rate")
        axes.set(xscale="log", xlim=(0.008, 125), ylim=_LIMITS)
        axes.set_xticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
        axes.minorticks_off()
        axes.axhline(GUESSING, **_GUESSED)
        axes.text(0.009, GUESSING + 0.06, "guessing", zorder=1, **_REMARK)
        axes.plot(RATES, sweep, c=_WITH, zorder=1.5)
        axes.plot(RATES, sweep_without, c=_WITHOUT, ls="--", zorder=1.4)
        work, without = (np.count_nonzero(s < 0.8 * GUESSING) for s in (sweep, sweep_without))
        style.title(axes).set_text(f"{work} rates work, without {without}")
        return axes


_WITH, _WITHOUT = style.COLORS["loss"], style.QUIET
_LIMITS = 0, 3.2  # fixed, so that runs can be compared; what leaves through the top says so
_LAYERS = [f"layer {i + 1}" for i in range(_DEPTH)]
_REMARK = {"color": style.QUIET, "fontsize": style.SMALL}
_GUESSED = {"color": style.QUIET, "lw": 1.2, "ls": ":", "zorder": 1}
_ON = (
    "Losses on 150 held-out digits, with the running statistics. "
    "On the right, lines are for a batch of 32, γ = 1, β = 0."
)
_TITLES = {
    Verdict.ONLY_WITH: "Only one falls",
    Verdict.BETTER: "With falls faster",
    Verdict.EVEN: "Both fall",
    Verdict.WORSE: "Without falls faster",
    Verdict.ONLY_WITHOUT: "Only one falls",
    Verdict.NEITHER: "Neither gets far",
}


def _show(panel, names, part, title):
    """Show the numbers of each layer, or that there are none."""
    if part is None:
        panel.update([(name, [], "NaN") for name in names], f"{title}: NaN")
        return
    rows = [(name, layer.ravel(), _note(layer)) for name, layer in zip(names, part, strict=True)]
    panel.update(rows, f"{title}: {_growth(part)}")


def _growth(part):
    if _huge(part):
        return f"± {_spread(part[-1])}"
    return f"{_spread(part[0])} to {_spread(part[-1])}"


def _note(layer):
    if _huge(layer):
        return f"± {_spread(layer)}"
    mean = round(float(layer.mean()), 1)
    return f"{'−' if mean < 0 else ''}{abs(mean):.1f} ± {_spread(layer)}"


def _spread(layer):
    return f"{layer.std():.2f}" if layer.std() < 10 else number(layer.std())


def _huge(numbers):
    """Tell if numbers are such that there is room for one of them, but not for two."""
    return np.abs(numbers).max() >= 1000


def _shown(loss):
    """Give the height of a dot: one that would be beyond the axis lies on its edge."""
    return min(loss, _LIMITS[1])


class BatchNormLab(Lab):
    """Set learning rate, batch size, γ and β; a network is trained with batch norm and without.

    Parameters
    ----------
    preset : str
        Where the lab starts: "rescued", "faster", "rate too large", "batch of 2", "batch of 1",
        "silent units", "inference too early", "inference after training".
    scale : float
        The initial weights, in units of what suits ReLU, from 0.1 to 3. The presets keep their
        promises at the defaults.
    seed : int
        Seed of the choice of digits, the initial weights and the batches.
    presentation : bool
        Whether all is large enough for the back of a room.

    Attributes
    ----------
    lr, size : ipywidgets.SelectionSlider
        Learning rate, and digits in a batch.
    gamma, beta : ipywidgets.FloatSlider
        Scale and shift of all batch-norm layers when training begins; they are learned from there.
    step : ipywidgets.IntSlider
        After how many steps to look inside.
    running : ipywidgets.Checkbox
        Whether to look as in inference, with the running statistics.
    frame : Frame
        What is shown.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range, or the preset unknown.

    Examples
    --------
    >>> lab = BatchNormLab("rescued")
    >>> lab.frame.verdict
    <Verdict.ONLY_WITH: 'learns only with batch norm'>
    >>> lab.lr.value = 10
    >>> lab.frame.verdict
    <Verdict.NEITHER: 'learns neither way'>
    >>> lab.close()
    """

    def __init__(self, preset="rescued", *, scale=0.7, seed=23, presentation=False):
        one_of("preset", preset, PRESETS)
        between("scale", scale, 0.1, 3)
        whole("seed", seed, 0, 2**32)
        start = PRESETS[preset]
        # 150 × 64 × 24 is small enough for OpenBLAS to multiply on one thread.
        task = Task.digits(250, 150, rng=np.random.default_rng(seed))
        run = functools.partial(train, task, scale=scale, seed=seed)
        without = functools.lru_cache(64)(functools.partial(run, norm=False))
        sweep = np.array([[run(lr, 32).end, without(lr, 32).end] for lr in RATES])
        self.lr = controls.notched_slider("learning rate", start["lr"], RATES, label="92px")
        self.size = controls.notched_slider("batch size", start["size"], SIZES, label="92px")
        self.gamma = controls.slider("γ", start["gamma"], 0, 3, step=0.1, label="32px")
        self.beta = controls.slider("β", start["beta"], -3, 3, step=0.1, label="32px")
        self.step = controls.whole_slider("look after steps", start["step"], 0, STEPS)
        self.running = controls.switch("running statistics, as in inference", start["running"])
        super().__init__(
            view=BatchNormView(*sweep.T),
            compute=functools.partial(compare, run, without),
            controls={name: getattr(self, name) for name in start},
            panel=[
                controls.row(self.lr, self.gamma),
                controls.row(self.size, self.beta),
                controls.row(self.step, self.running),
                self.preset_buttons(PRESETS, in_words),
            ],
            presentation=presentation,
        )


def compare(run, without, *, lr, size, gamma, beta, step, running):
    """Train with batch normalization and without.

    Parameters
    ----------
    run : callable
        run(lr, size, gamma=, beta=, step=, running=) -> Run, with batch normalization.
    without : callable
        without(lr, size) -> Run.
    lr, size, gamma, beta, step, running :
        As in `Frame`.

    Returns
    -------
    Frame
    """
    result = run(lr, size, gamma=gamma, beta=beta, step=step, running=running)
    return Frame(lr, size, gamma, beta, step, running, result, without(lr, size))


def in_words(*, lr, size, gamma, beta, step, running):
    """Say what a preset sets."""
    statistics = "running statistics" if running else "the batch's own statistics"
    return (
        f"learning rate {lr:g}, batches of {size}, γ = {gamma:g}, β = {beta:g}; "
        f"a look after {count(step, 'step')}, with {statistics}"
    )
