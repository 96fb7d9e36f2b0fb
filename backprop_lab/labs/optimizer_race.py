"""The optimizer race: the same start, the same gradients, other rules for the step."""

import functools
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .. import nn
from ..plots import CurvePanel, Headline, LandscapePanel, Picture, style
from . import controls
from .lab import Lab, one_of, whole
from .landscapes import LANDSCAPES
from .task import Task
from .wording import count, number

RULES = {  # the optimizer, and which of its memories the controls set
    "SGD": (nn.SGD, {}),
    "momentum": (nn.Momentum, {"mu": "mu"}),
    "Nesterov": (nn.Nesterov, {"mu": "mu"}),
    "RMSProp": (nn.RMSProp, {"rho": "rho"}),
    "Adam": (nn.Adam, {"beta1": "mu", "beta2": "rho"}),
    "AdamW": (nn.AdamW, {"beta1": "mu", "beta2": "rho"}),
}
RATES = tuple(float(f"{digit}e{power}") for power in range(-4, 1) for digit in (1, 2, 5))
MEMORIES = 0.0, 0.5, 0.8, 0.9, 0.95, 0.99
SQUARES = 0.9, 0.99, 0.999
DIGITS = "real digits"
COURSES = (*LANDSCAPES, DIGITS)
ARRIVED, STUCK = 0.001, 0.98  # shares of the descent that are left


def _rates(sgd, momentum, rmsprop, adam):
    """Give every optimizer a learning rate; those of one family share theirs."""
    alike = {"SGD": sgd, "momentum": momentum, "RMSProp": rmsprop, "Adam": adam}
    return {**alike, "Nesterov": momentum, "AdamW": adam}


USUAL = {  # learning rates with which each optimizer does well on a course
    "narrow valley": _rates(0.1, 0.1, 0.1, 0.2),
    "Rosenbrock": _rates(0.002, 0.002, 0.05, 0.5),
    "Himmelblau": _rates(0.01, 0.005, 0.05, 0.2),
    "saddle": _rates(0.1, 0.1, 0.02, 0.1),
    "plateau": _rates(1.0, 1.0, 0.02, 0.1),
    "Beale": _rates(0.02, 0.002, 0.1, 0.2),
    DIGITS: _rates(1.0, 0.2, 0.02, 0.02),
}


def _preset(course, rates=None, *, mu=0.9, rho=0.99):
    return {"course": course, "mu": mu, "rho": rho, **(rates or USUAL[course])}


PRESETS = {
    "narrow valley": _preset("narrow valley"),
    "saddle": _preset("saddle"),
    "plateau": _preset("plateau"),
    "bent valley": _preset("Rosenbrock"),
    "four minima": _preset("Himmelblau"),
    "rates too large": _preset("narrow valley", _rates(0.2, 0.5, 0.5, 5.0)),
    "digits, tuned": _preset(DIGITS),
    "digits, one rate for all": _preset(DIGITS, _rates(0.02, 0.02, 0.02, 0.02)),
}


class Verdict(StrEnum):
    """How far a walker came down."""

    ARRIVES = "arrives"
    WALKS = "not yet"
    STUCK = "hardly moved"
    DIVERGES = "ran away"


def judge(left):
    """Tell how far a walker came down.

    Parameters
    ----------
    left : float
        Which share of the descent, from the start to the lowest place, is left; nan where the
        walker was lost.

    Returns
    -------
    Verdict
        ARRIVES up to 0.001, WALKS below 0.98, STUCK up to 1, else DIVERGES.
    """
    if left <= ARRIVED:
        return Verdict.ARRIVES
    if left < STUCK:
        return Verdict.WALKS
    return Verdict.STUCK if left <= 1 else Verdict.DIVERGES


@dataclass(frozen=True, eq=False)
class Walk:
    """What one optimizer did on one course.

    Attributes
    ----------
    lr : float
        Learning rate.
    at : ndarray of int, shape (points,)
        After how many steps the loss was taken.
    loss : ndarray, shape (points,)
        Height above the lowest place; or training loss of the network. nan once it was lost.
    length : ndarray, shape (steps,)
        Length of each step, as root mean square over the parameters: how far one of them moves.
    path : ndarray, shape (steps + 1, 2)
        Where the walker was; empty for the network.
    right : ndarray, shape (points,)
        Share of held-out digits read right, in [0, 1]; empty for landscapes.
    """

    lr: float
    at: np.ndarray
    loss: np.ndarray
    length: np.ndarray
    path: np.ndarray
    right: np.ndarray

    def until(self, steps):
        """Give the first steps of this walk."""
        points = np.searchsorted(self.at, steps, side="right")
        return Walk(
            self.lr,
            self.at[:points],
            self.loss[:points],
            self.length[:steps],
            self.path[: steps + 1],
            self.right[:points],
        )

    @property
    def left(self):
        """Share of the descent that is left."""
        return self.loss[-1] / self.loss[0]

    @property
    def verdict(self):
        return judge(self.left)

    @property
    def arrival(self):
        """After how many steps it had arrived, never to leave again; only for one that arrives."""
        away = np.flatnonzero(self.loss > ARRIVED * self.loss[0])
        return int(self.at[away[-1] + 1]) if len(away) else 0

    @property
    def longest(self):
        """Length of the longest step."""
        return float(max(self.length[np.isfinite(self.length)], default=0.0))


@dataclass(frozen=True, eq=False)
class Race:
    """What some optimizers did on one course.

    Attributes
    ----------
    course : str
        The name of a landscape, or "real digits".
    steps : int
        How many steps each of them took.
    walks : dict of str to Walk
        By the name of the optimizer.
    """

    course: str
    steps: int
    walks: dict

    @property
    def finding(self):
        """The headline."""
        came = _digits(self.walks) if self.course == DIGITS else _places(self)
        return f"{self.course[0].upper()}{self.course[1:]}: {came}."

    @property
    def explanation(self):
        """What the course is like, and the numbers."""
        loss = ", ".join(f"{n} {_loss(walk)}" for n, walk in self.walks.items())
        longest = ", ".join(
            f"{n} {number(walk.longest)} (lr {walk.lr:g})" for n, walk in self.walks.items()
        )
        return (
            f"{_about(self.course)} after {count(self.steps, 'step')}: {loss}. "
            f"Longest step: {longest}."
        )

    @property
    def words(self):
        return f"{self.finding} {self.explanation}"

    @property
    def tables(self):
        """How each of them did, and the loss step by step."""
        walks = self.walks.values()
        columns = {
            "optimizer": list(self.walks),
            "learning rate": [walk.lr for walk in walks],
            "loss in the end": [walk.loss[-1] for walk in walks],
            "longest step": [walk.longest for walk in walks],
        }
        if self.course == DIGITS:
            columns["held-out digits right (%)"] = [100 * walk.right[-1] for walk in walks]
        steps = {"step": next(iter(walks)).at, **{n: w.loss for n, w in self.walks.items()}}
        return {"Optimizer by optimizer": columns, "Loss step by step": steps}


def _about(course):
    if course == DIGITS:
        return (
            "A network with 16 hidden units learns 250 digits in batches of 32; 250 others are "
            "held out. Training loss"
        )
    return f"{LANDSCAPES[course].about} Height above the lowest place"


def _loss(walk):
    return number(walk.loss[-1]) if np.isfinite(walk.loss[-1]) else "lost"


def _places(race):
    """Say who has arrived, the first one first, and what became of the others."""
    by = {v: [n for n, walk in race.walks.items() if walk.verdict is v] for v in Verdict}
    if by[Verdict.ARRIVES]:
        arrivals = sorted((race.walks[name].arrival, name) for name in by.pop(Verdict.ARRIVES))
        others = [f"{name} {step}" for step, name in arrivals[1:]]
        said = [", ".join(["{1} arrives at step {0}".format(*arrivals[0]), *others])]
    else:
        said = [f"nobody arrives in {count(race.steps, 'step')}"]
        lowest = by.pop(Verdict.WALKS)
        if lowest:
            best = min(lowest, key=lambda name: race.walks[name].left)
            said.append(f"{best} comes down to {_loss(race.walks[best])}")
    return "; ".join([*said, *(f"{_and(names)} {v}" for v, names in by.items() if names)])


def _digits(walks):
    """Say who reads most digits, and who fewest; or that it makes no difference."""
    right = {name: 100 * walk.right[-1] for name, walk in walks.items()}
    best, worst = max(right, key=right.get), min(right, key=right.get)
    if right[best] - right[worst] <= 3:
        return f"all read {right[worst]:.0f} to {right[best]:.0f} % of held-out digits right"
    return (
        f"{best} reads {right[best]:.0f} % of held-out digits right, {worst} {right[worst]:.0f} %"
    )


def _and(names):
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def walk(landscape, optimizer, steps):
    """Walk down a landscape.

    Parameters
    ----------
    landscape : Landscape
    optimizer : nn.Optimizer
        A new one.
    steps : int

    Returns
    -------
    Walk
    """
    path = np.full((steps + 1, 2), np.nan)
    place, slope = np.array(landscape.start), np.empty(2)
    path[0] = place
    for step in range(1, steps + 1):
        slope[:] = landscape.slope(*place.tolist())
        optimizer.step(place, slope)
        path[step] = place
        if not abs(place).max() < _LOST:
            break
    loss = landscape.height(*path.T) - landscape.lowest
    length = np.sqrt(np.mean(np.diff(path, axis=0) ** 2, axis=1))
    return Walk(optimizer.lr, np.arange(steps + 1), loss, length, path, np.empty(0))


def train(task, optimizer, steps, *, seed):
    """Train a network with one hidden layer from scratch, in batches.

    Parameters
    ----------
    task : Task
    optimizer : nn.Optimizer
        A new one.
    steps : int
    seed : int
        Seed of the initial weights and of the batches: the same ones at every call.

    Returns
    -------
    Walk
    """
    rng = np.random.default_rng(seed)
    net = nn.Sequential(nn.Linear(64, 16, rng=rng), nn.ReLU(), nn.Linear(16, 10, rng=rng))
    net = net.astype(np.float32)
    x, y, x_test = task.x_train, task.y_train, task.x_test
    at = np.unique([*range(0, steps, _EVERY), steps])
    loss, right, length = (np.full(n, np.nan) for n in (len(at), len(at), steps))
    points, cache, batch_cache = {step: i for i, step in enumerate(at)}, None, None
    with np.errstate(all="ignore"), suppress(FloatingPointError):  # diverging is there to be seen
        for step in range(steps + 1):
            if step in points:
                point = points[step]
                scores, cache = net.forward(x, reuse=cache)
                loss[point] = nn.softmax_cross_entropy(scores, y)[0]
                scores, cache = net.forward(x_test, reuse=cache)
                right[point] = np.mean(scores.argmax(axis=1) == task.y_test)
            if step < steps:
                batch = rng.integers(len(x), size=_BATCH)
                scores, batch_cache = net.forward(x[batch], reuse=batch_cache)
                _, dscores = nn.softmax_cross_entropy(scores, y[batch])
                net.backward(dscores, batch_cache, input_grad=False)
                before = net.params.copy()
                optimizer.step(net.params, net.grads)
                before -= net.params
                length[step] = np.sqrt(np.vdot(before, before) / len(before))
    return Walk(optimizer.lr, at, loss, length, np.empty((0, 2)), right)


_LOST = 1e3  # farther out than this, a walker is lost
_EVERY, _BATCH = 5, 32


class OptimizerRaceView:
    """Trails on a landscape, or digits read right; the loss; and how long the steps are.

    Parameters
    ----------
    names : sequence of str
        The optimizers.
    steps : int
        Length of the axes.
    """

    def __init__(self, names, steps):
        self.picture = Picture(1120, 400)
        self._course = None
        with style.applied():
            self.headline = Headline(self.picture)
            self.map = LandscapePanel(self._axes(0.055, 0.32, "", ""), names)
            self.right = CurvePanel(self._axes(0.07, 0.2, "steps", _RIGHT), names)
            self.right.axes.set(xlim=(0, steps), xticks=(0, steps // 2), ylim=(0, 100))
            self.loss = CurvePanel(self._log_axes(0.46, steps), names)
            self.length = CurvePanel(self._log_axes(0.765, steps), names)
            for line in (*self.right.lines, *self.loss.lines, *self.length.lines):
                line.set_linewidth(1.8)
            self.length.axes.set(ylim=(1e-5, 30), ylabel="length of a step", **_powers(-4, -2, 0))
        self._map_parts, self._right_parts = _parts(self.map.axes), _parts(self.right.axes)
        panels = (self.map, self.right, self.loss, self.length)
        self.moving = [*(artist for panel in panels for artist in panel.moving), self.headline]

    def update(self, race):
        self.headline.show(race.finding)
        self._turn_to(race.course)
        walks, at = race.walks, next(iter(race.walks.values())).at
        if race.course == DIGITS:
            right = {name: 100 * walk.right for name, walk in walks.items()}
            self.right.update(right, "Digits that it never trained on", steps=at)
        else:
            land = LANDSCAPES[race.course]
            paths = {name: walk.path for name, walk in walks.items()}
            self.map.update(
                land.height, land.levels, land.window, land.minima, paths, _TITLES[race.course]
            )
        losses = {name: np.maximum(walk.loss, _FLOOR) for name, walk in walks.items()}
        self.loss.update(losses, _lowest(walks), steps=at)
        lengths = {name: np.maximum(walk.length, _FLOOR) for name, walk in walks.items()}
        self.length.update(lengths, _step(walks), steps=np.arange(1, race.steps + 1))

    def _turn_to(self, course):
        """Show the map, or else how many digits are read right."""
        if course == self._course:
            return
        self._course, digits = course, course == DIGITS
        for parts, shown in ((self._map_parts, not digits), (self._right_parts, digits)):
            for artist in parts:
                artist.set_visible(shown)
        self.loss.axes.set(**(_NETWORK if digits else _PLACES))
        self.loss.axes.minorticks_off()

    def _axes(self, left, width, xlabel, ylabel):
        place = (left, 0.15, width, 0.6)
        return self.picture.add_axes(place, xlabel=xlabel, ylabel=ylabel)

    def _log_axes(self, left, steps):
        axes = self._axes(left, 0.125, "steps", "")
        axes.set(xlim=(0, steps), xticks=(0, steps // 2), yscale="log")
        axes.minorticks_off()
        return axes


def _powers(*exponents):
    """Give ticks at powers of ten, and their labels."""
    names = {-2: "0.01", -1: "0.1", 0: "1", 1: "10", 2: "100"}
    labels = [names.get(n, f"10{str(n).translate(_RAISED)}") for n in exponents]
    return {"yticks": [10.0**n for n in exponents], "yticklabels": labels}


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLACES = {"ylim": (1e-6, 1e4), "ylabel": "height above the lowest", **_powers(-6, -3, 0, 3)}
_NETWORK = {"ylim": (1e-3, 30), "ylabel": "training loss (nats)", **_powers(-3, -2, -1, 0, 1)}
_TITLES = {
    "narrow valley": "A valley, steep across, flat along",
    "Rosenbrock": "A valley that bends",
    "Himmelblau": "Four minima",
    "saddle": "A pass between two minima",
    "plateau": "A hole in a plain",
    "Beale": "Steep corners, a flat floor",
}
_RIGHT = "digits read right (%)"
_FLOOR = 1e-12  # a logarithm has no 0: far below the axis


def _parts(axes):
    """List a pair of axes and all that is seen in it: what moves is painted by itself."""
    return [axes, *(artist for artist in axes.get_children() if artist.get_visible())]


def _lowest(walks):
    """Say which loss is the lowest in the end."""
    ends = {name: walk.loss[-1] for name, walk in walks.items() if np.isfinite(walk.loss[-1])}
    if not ends:
        return "All are lost"
    best = min(ends, key=ends.get)
    return f"{best}: down to {number(ends[best])}"


def _step(walks):
    if "Adam" not in walks:
        return "How far a step goes"
    adam = walks["Adam"]
    return f"Adam: up to {number(adam.longest / adam.lr)} lr"


class OptimizerRaceLab(Lab):
    """Let optimizers race down a landscape, or train a real network.

    All set out from the same place and are given the same gradients there; each has a learning
    rate of its own. A new course comes with learning rates that suit it.

    Parameters
    ----------
    preset : str
        Where the lab starts: "narrow valley", "saddle", "plateau", "bent valley", "four minima",
        "rates too large", "digits, tuned", "digits, one rate for all".
    course : str, optional
        In place of the preset's: "narrow valley", "Rosenbrock", "Himmelblau", "saddle", "plateau",
        "Beale", or "real digits".
    rates : dict of str to float, optional
        Learning rates by optimizer, in place of the usual ones: 1, 2 or 5 times a power of ten,
        from 0.0001 to 5.
    optimizers : sequence of str
        Who races, up to six: "SGD", "momentum", "Nesterov", "RMSProp", "Adam", "AdamW".
    steps : int
        How many steps each takes, from 1 to 300. The presets keep their promises at the default.
    seed : int
        Seed of the choice of digits, the initial weights and the batches.
    presentation : bool
        Whether all is large enough for the back of a room.

    Attributes
    ----------
    course : ipywidgets.Dropdown
    shown : ipywidgets.IntSlider
        How many of the steps are shown.
    rates : dict of str to ipywidgets.SelectionSlider
        The learning rates.
    mu, rho : ipywidgets.SelectionSlider
        Share of its velocity that a walker keeps (μ, and Adam's β₁), and share of its mean of
        squares (ρ, and Adam's β₂).
    frame : Race
        What is shown.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range or unknown.

    Examples
    --------
    >>> lab = OptimizerRaceLab("plateau")
    >>> lab.frame.walks["Adam"].verdict
    <Verdict.ARRIVES: 'arrives'>
    >>> lab.frame.walks["SGD"].verdict
    <Verdict.STUCK: 'hardly moved'>
    >>> lab.close()
    """

    def __init__(
        self,
        preset="narrow valley",
        *,
        course=None,
        rates=None,
        optimizers=("SGD", "momentum", "RMSProp", "Adam"),
        steps=100,
        seed=23,
        presentation=False,
    ):
        begin = _begin(preset, course, rates, optimizers)
        whole("steps", steps, 1, 300)
        whole("seed", seed, 0, 2**32)
        # 250 × 64 × 16 is small enough for OpenBLAS to multiply on one thread.
        task = Task.digits(250, 250, rng=np.random.default_rng(seed))

        @functools.lru_cache(64)
        def walked(course, name, lr, memory):
            optimizer = RULES[name][0](lr, **dict(memory))
            if course == DIGITS:
                return train(task, optimizer, steps, seed=seed)
            return walk(LANDSCAPES[course], optimizer, steps)

        self.course = controls.choice("course", begin["course"], COURSES)
        self.shown = controls.whole_slider("steps", steps, 0, steps, width="290px")
        self.mu = controls.notched_slider("momentum μ, β₁", begin["mu"], MEMORIES, width="250px")
        self.rho = controls.notched_slider("squares ρ, β₂", begin["rho"], SQUARES, width="250px")
        wide = {"width": "540px", "label": "110px"}
        self.rates = {
            name: controls.notched_slider(f"lr of {name}", begin[name], RATES, **wide)
            for name in optimizers
        }
        self.course.observe(self._suit_the_course, "value")  # before the lab's own look at it
        presets = {name: _only(values, optimizers) for name, values in PRESETS.items()}
        super().__init__(
            view=OptimizerRaceView(optimizers, steps),
            compute=functools.partial(race, walked),
            controls={
                "course": self.course,
                "shown": self.shown,
                "mu": self.mu,
                "rho": self.rho,
                **self.rates,
            },
            panel=[
                controls.row(self.course, self.shown, self.mu, self.rho),
                controls.row(*self.rates.values()),
                self.preset_buttons(presets, in_words),
            ],
            presentation=presentation,
        )

    def _suit_the_course(self, change):
        """Take learning rates that suit a new course, unless they come with it."""
        if not self._moving:
            self.move(**{name: USUAL[change["new"]][name] for name in self.rates})


def race(walked, *, course, shown, mu, rho, **rates):
    """Let optimizers walk, and look at their first steps.

    Parameters
    ----------
    walked : callable
        walked(course, name, lr, memory) -> Walk
    course : str
    shown : int
        How many steps to look at.
    mu, rho : float
        Shares of the velocity and of the mean of squares that are kept.
    **rates : float
        Learning rates, by the name of the optimizer.

    Returns
    -------
    Race
    """
    keeps, walks = {"mu": mu, "rho": rho}, {}
    for name, lr in rates.items():
        memory = tuple((argument, keeps[kept]) for argument, kept in RULES[name][1].items())
        walks[name] = walked(course, name, lr, memory).until(shown)
    return Race(course, shown, walks)


def in_words(*, course, mu, rho, **rates):
    """Say what a preset sets."""
    named = ", ".join(f"{name} {lr:g}" for name, lr in rates.items())
    return f"{course}; learning rates {named}; μ {mu:g}, ρ {rho:g}"


def _begin(preset, course, rates, optimizers):
    """Give the first values of all controls but the number of steps."""
    one_of("preset", preset, PRESETS)
    if not optimizers or len(set(optimizers)) < len(optimizers):
        raise ValueError(f"optimizers names each walker once, and at least one: got {optimizers}")
    for name in optimizers:
        one_of("an optimizer", name, RULES)
    begin = _only(PRESETS[preset], optimizers)
    if course is not None:
        one_of("course", course, COURSES)
        begin |= {"course": course, **{name: USUAL[course][name] for name in optimizers}}
    for name, lr in (rates or {}).items():
        one_of("an optimizer in rates", name, optimizers)
        one_of(f"the learning rate of {name}", lr, RATES)
        begin[name] = float(lr)
    return begin


def _only(values, optimizers):
    """Leave out the learning rates of those who don't race."""
    return {name: v for name, v in values.items() if name not in RULES or name in optimizers}
