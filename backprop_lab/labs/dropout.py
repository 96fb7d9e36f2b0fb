"""The dropout lab: from learning by heart, through what carries over, to learning nothing."""

import functools
import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .. import nn
from ..plots import CurvePanel, Headline, Picture, SpreadPanel, ThinnedNetwork, style
from . import controls
from .lab import Lab, between, one_of, whole
from .task import Task
from .wording import count

GUESSING = math.log(10)  # the loss of a network that gives all ten digits the same probability
PRESETS = {"none": 0.0, "some": 0.5, "strong": 0.9, "everything": 1.0}
MASKS = 100  # thinned networks of which the ensemble is made
_EVERY = 4  # steps from one point of the loss curves to the next


class Verdict(StrEnum):
    """What a network has learned, in a few words."""

    BY_HEART = "learns by heart"
    CARRIES = "learns what carries over"
    LITTLE = "learns too little"
    NOTHING = "learns nothing"


def judge(training, held_out):
    """Tell from its loss curves what a network has learned.

    Parameters
    ----------
    training, held_out : ndarray, shape (points,)
        Loss with all units at work, on digits that it was trained on, and on others.

    Returns
    -------
    Verdict
        NOTHING if the training loss ends at 0.9 · ln 10 or above, BY_HEART if the held-out loss
        ends 20 % or more above its lowest point, LITTLE if the training loss ends at 0.25 · ln 10
        or above, else CARRIES.
    """
    if training[-1] >= 0.9 * GUESSING:
        return Verdict.NOTHING
    if held_out[-1] >= 1.2 * held_out.min():
        return Verdict.BY_HEART
    return Verdict.LITTLE if training[-1] >= 0.25 * GUESSING else Verdict.CARRIES


@dataclass(frozen=True, eq=False)
class Run:
    """One training run.

    Attributes
    ----------
    p : float
        Probability of dropping a unit, in [0, 1].
    net : nn.Sequential
        The network after training.
    steps : ndarray, shape (points,)
        After how many steps the losses were taken.
    training, held_out : ndarray, shape (points,)
        Loss with all units at work.
    wrong : int
        How many training digits carried a wrong label.
    by_heart : int
        For how many of these the network gives back the wrong label.
    """

    p: float
    net: nn.Sequential
    steps: np.ndarray
    training: np.ndarray
    held_out: np.ndarray
    wrong: int
    by_heart: int

    @property
    def verdict(self):
        return judge(self.training, self.held_out)


@dataclass(frozen=True, eq=False)
class Frame:
    """A training run, and one held-out digit as many thinned networks read it.

    Attributes
    ----------
    run : Run
    without : Run
        The same without dropout.
    digit : int
        The digit that was written.
    image : ndarray, shape (64,)
        Its pixels, from 0 to 1.
    masks : ndarray of bool, shape (100, units)
        Which units work in each thinned network.
    answers : ndarray, shape (100, 10)
        The probabilities that each of them gives the ten digits.
    all_units : ndarray, shape (10,)
        The probabilities that the network gives with all units at work.
    chosen : int
        The mask that is drawn, counted from 0.
    """

    run: Run
    without: Run
    digit: int
    image: np.ndarray
    masks: np.ndarray
    answers: np.ndarray
    all_units: np.ndarray
    chosen: int

    @property
    def reads_right(self):
        """How many of the thinned networks read the digit right."""
        return int(np.sum(self.answers.argmax(axis=1) == self.digit))

    @property
    def finding(self):
        """The headline."""
        ends = f"Held-out loss {self.run.held_out[-1]:.2f}"
        if self.run.p > 0:
            ends += f", without dropout {self.without.held_out[-1]:.2f}"
        return f"p = {self.run.p:g}: {self.run.verdict}. {ends}."

    @property
    def explanation(self):
        """What the curves and the thinned networks show."""
        return f"{_EXPLANATIONS[self.run.verdict](self)} {_ensemble(self)}"

    @property
    def words(self):
        return f"{self.finding} {self.explanation}"

    @property
    def tables(self):
        """The curves, and what was read."""
        curves = {
            "step": self.run.steps.astype(int),
            "training loss (nats)": self.run.training,
            "held-out loss (nats)": self.run.held_out,
            "held-out loss without dropout (nats)": self.without.held_out,
        }
        read = np.bincount(self.answers.argmax(axis=1), minlength=10)
        digits = {
            "digit": range(10),
            "probability by the mask drawn": self.answers[self.chosen],
            "mean over all masks": self.answers.mean(axis=0),
            "by all units": self.all_units,
            f"masks of {MASKS} that read it": read,
        }
        return {"Step by step": curves, f"A held-out {self.digit}": digits}


def mislabel(task, wrong, *, rng):
    """Give some of the training digits a label that is not theirs, to see who learns it by heart.

    Parameters
    ----------
    task : Task
    wrong : int
        How many: the first ones.
    rng : numpy.random.Generator

    Returns
    -------
    labels : ndarray of int, shape of task.y_train
    """
    labels = task.y_train.copy()
    labels[:wrong] = (labels[:wrong] + rng.integers(1, 10, wrong)) % 10
    return labels


def train(task, labels, p, *, steps, units, seed):
    """Train a network with one hidden layer and dropout behind it from scratch, by Adam.

    Parameters
    ----------
    task : Task
    labels : ndarray of int, shape of task.y_train
        What the network is told; not always the truth.
    p : float
        Probability of dropping a unit, in [0, 1].
    steps : int
        How many steps to take, each on all training digits.
    units : int
        Units in the hidden layer.
    seed : int
        Seed of the initial weights and of the masks.

    Returns
    -------
    Run
    """
    rng = np.random.default_rng(seed)
    net = nn.Sequential(
        nn.Linear(64, units, rng=rng), nn.ReLU(), nn.Dropout(p), nn.Linear(units, 10, rng=rng)
    ).astype(np.float32)
    optimizer = nn.Adam(lr=0.02)
    cache, test_cache, losses = None, None, []
    for step in range(steps + 1):
        if step % _EVERY == 0 or step == steps:
            scores, cache = net.forward(task.x_train, reuse=cache)
            test_scores, test_cache = net.forward(task.x_test, reuse=test_cache)
            pairs = (scores, labels), (test_scores, task.y_test)
            losses.append([step, *(nn.softmax_cross_entropy(*pair)[0] for pair in pairs)])
        if step < steps:
            scores, cache = net.forward(task.x_train, train=True, rng=rng, reuse=cache)
            _, dscores = nn.softmax_cross_entropy(scores, labels)
            net.backward(dscores, cache, input_grad=False)
            optimizer.step(net.params, net.grads)
    lies = labels != task.y_train
    by_heart = np.count_nonzero(lies & (scores.argmax(axis=1) == labels))
    return Run(p, net, *np.transpose(losses), np.count_nonzero(lies), by_heart)


def look(task, run, without, *, digit, chosen, seed):
    """Let thinned networks, each with a mask of its own, read the same held-out digit.

    Parameters
    ----------
    task : Task
    run, without : Run
        The run to look into, and the one without dropout to hold against it.
    digit : int
        Which digit: the first held-out one of this kind.
    chosen : int
        Which of the masks to draw, counted from 0.
    seed : int
        Seed of the masks: the same share of luck at every call.

    Returns
    -------
    Frame
    """
    x = task.x_test[np.flatnonzero(task.y_test == digit)[:1]]
    many = np.repeat(x, MASKS, axis=0)
    scores, cache = run.net.forward(many, train=True, rng=np.random.default_rng([seed, 1]))
    masks = cache.inner[2].mask > 0
    all_units, _ = run.net.forward(x)
    image = (x + task.mean)[0]
    answers, all_units = nn.softmax(scores), nn.softmax(all_units)[0]
    return Frame(run, without, digit, image, masks, answers, all_units, chosen)


def _by_heart(frame):
    run = frame.run
    return (
        f"The held-out loss fell to {run.held_out.min():.2f} and rose again to "
        f"{run.held_out[-1]:.2f}, while the training loss went on down to "
        f"{run.training[-1]:.2f}{_gives_back(run)}."
    )


def _carries(frame):
    return (
        "With other units missing at every step, none can rely on another: the training loss ended "
        f"at {frame.run.training[-1]:.2f}, and the held-out loss has hardly turned up"
        f"{_gives_back(frame.run)}."
    )


def _little(frame):
    works = frame.masks.sum(axis=1).mean()
    return (
        f"With about {works:.0f} of {count(frame.masks.shape[1], 'unit')} at work in a step, too "
        f"little gets through: even the training loss is still {frame.run.training[-1]:.2f}"
        f"{_gives_back(frame.run)}."
    )


def _nothing(frame):
    if frame.run.p < 1:
        return f"Guessing costs ln 10 = {GUESSING:.2f}, and the training loss has come no lower."
    return (
        "In training no unit gets through, so no weight ever gets a gradient, and only the ten "
        f"biases of the scores move: the loss stays about where guessing is, at {GUESSING:.2f}."
    )


def _gives_back(run):
    if run.wrong == 0:
        return ""
    return f"; it gives back {run.by_heart} of the {count(run.wrong, 'wrong label')} it was shown"


def _ensemble(frame):
    read = frame.answers.argmax(axis=1)
    thinned = f"of {MASKS} thinned networks {frame.reads_right} read it right"
    if (read == read[0]).all():
        thinned = f"all {MASKS} thinned networks read {read[0]}"
    return (
        f"A held-out {frame.digit}: {thinned}, all units together read {frame.all_units.argmax()}."
    )


_EXPLANATIONS = {
    Verdict.BY_HEART: _by_heart,
    Verdict.CARRIES: _carries,
    Verdict.LITTLE: _little,
    Verdict.NOTHING: _nothing,
}


class DropoutView:
    """A thinned network, the loss curves, and what many thinned networks read, side by side.

    Parameters
    ----------
    steps, units, wrong : int
        Length of the curves, size of the hidden layer, and number of wrong labels.
    """

    def __init__(self, steps, units, wrong):
        self.picture = Picture(1120, 400)
        with style.applied():
            self.headline = Headline(self.picture)
            self.picture.text(0.012, 0.862, _on(wrong), **_REMARK)
            self.network = ThinnedNetwork(self.picture.add_axes((0.012, 0.035, 0.32, 0.715)), units)
            self.loss = CurvePanel(self._loss_axes(steps), ["training", "held out", _WITHOUT])
            self.loss.lines[2].set(color=style.QUIET, ls="--", lw=1.5, zorder=1.5)
            self.loss.ends[2].set(color=style.QUIET, weight="normal")
            self.spread = SpreadPanel(self._spread_axes(), 10, MASKS)
        panels = (self.network, self.loss, self.spread)
        self.moving = [*(artist for panel in panels for artist in panel.moving), self.headline]

    def update(self, frame):
        run, mask = frame.run, frame.masks[frame.chosen]
        self.headline.show(frame.finding)
        answer = frame.answers[frame.chosen]
        title = f"{_works(mask)}: reads {answer.argmax()}"
        self.network.update(frame.image, mask, answer, title, f"held-out {frame.digit}")
        series = {"training": run.training, "held out": run.held_out}
        series[_WITHOUT] = frame.without.held_out
        self.loss.update(series, _TITLES[run.verdict], steps=run.steps)
        title = f"{frame.reads_right} of {MASKS} masks read {frame.digit}"
        self.spread.update(frame.answers, frame.all_units, frame.digit, frame.chosen, title)

    def _loss_axes(self, steps):
        axes = self.picture.add_axes((0.405, 0.15, 0.185, 0.6), xlabel="steps")
        axes.set(xlim=(0, steps), ylim=(-0.12, 3), ylabel="loss (nats)")
        axes.set_xticks([0, steps])
        axes.axhline(GUESSING, color=style.QUIET, lw=1.2, ls=":", zorder=1)
        axes.text(steps, GUESSING - 0.05, "guessing", ha="right", va="top", zorder=1, **_REMARK)
        return axes

    def _spread_axes(self):
        axes = self.picture.add_axes((0.745, 0.15, 0.245, 0.6), ylabel="probability")
        axes.set_xlabel("digit   (● one mask,  ▬ all units)")
        return axes


_REMARK = {"color": style.QUIET, "fontsize": style.SMALL}
_WITHOUT = "p = 0"
_TITLES = {
    Verdict.BY_HEART: "Held-out loss turns up",
    Verdict.CARRIES: "Held-out loss stays down",
    Verdict.LITTLE: "Both losses stay high",
    Verdict.NOTHING: "No weight learns",
}


def _on(wrong):
    labels = f", {wrong} of them with a wrong label" if wrong else ""
    return (
        f"100 real digits to learn{labels}. Losses: all units at work, 120 other digits held out."
    )


def _works(mask):
    return f"{np.count_nonzero(mask)} of {count(len(mask), 'unit')} at work"


class DropoutLab(Lab):
    """Choose how many units drop out; a network is trained from scratch at every move.

    A hundred real digits are learned, some of them with a wrong label, so that learning by heart
    has its price.

    Parameters
    ----------
    p : float or str
        Where the slider starts: a probability from 0 to 1, or the name of a preset: "none",
        "some", "strong", "everything".
    steps : int
        Training steps of each run, from 1 to 1000.
    units : int
        Units in the hidden layer, from 2 to 64. The presets keep their promises at the defaults.
    wrong : int
        How many of the 100 training digits carry a wrong label, from 0 to 50.
    seed : int
        Seed of the choice of digits, the wrong labels, the initial weights and the masks.
    presentation : bool
        Whether all is large enough for the back of a room.

    Attributes
    ----------
    slider : ipywidgets.FloatSlider
        The probability of dropping a unit.
    mask : ipywidgets.IntSlider
        Which of 100 masks is drawn.
    digit : ipywidgets.IntSlider
        Which held-out digit the thinned networks read.
    frame : Frame
        What is shown.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range, or the preset unknown.

    Examples
    --------
    >>> lab = DropoutLab("none")
    >>> lab.frame.run.verdict
    <Verdict.BY_HEART: 'learns by heart'>
    >>> lab.slider.value = 0.5
    >>> lab.frame.run.verdict
    <Verdict.CARRIES: 'learns what carries over'>
    >>> lab.close()
    """

    def __init__(self, p="some", *, steps=60, units=32, wrong=20, seed=23, presentation=False):
        start = _starting_point(p)
        whole("steps", steps, 1, 1000)
        whole("units", units, 2, 64)
        whole("wrong", wrong, 0, 50)
        whole("seed", seed, 0, 2**32)
        rng = np.random.default_rng(seed)
        # 120 × 64 × 32 is small enough for OpenBLAS to multiply on one thread.
        task = Task.digits(100, 120, rng=rng)
        labels = mislabel(task, wrong, rng=rng)
        run = functools.partial(train, task, labels, steps=steps, units=units, seed=seed)
        without, trained = run(0.0), functools.lru_cache(8)(run)
        name = "p, the probability of dropping a unit"
        self.slider = controls.slider(name, start, 0, 1, step=0.05, width="700px")
        self.mask = controls.whole_slider("mask", 26, 1, MASKS)
        self.digit = controls.whole_slider("held-out digit", 8, 0, 9)
        super().__init__(
            view=DropoutView(steps, units, wrong),
            compute=lambda p, mask, digit: look(
                task, trained(p), without, digit=digit, chosen=mask - 1, seed=seed
            ),
            controls={"p": self.slider, "mask": self.mask, "digit": self.digit},
            panel=[
                self.slider,
                self.preset_buttons(
                    {name: {"p": p} for name, p in PRESETS.items()},
                    tooltip=lambda p: f"p = {p:g}",
                ),
                controls.row(self.mask, self.digit),
            ],
            presentation=presentation,
        )


def _starting_point(p):
    if isinstance(p, str):
        one_of("p", p, PRESETS)
        return PRESETS[p]
    between("p", p, 0, 1)
    return float(p)
