"""The bowl lab: gradient descent where every step can be foretold."""

import functools
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .. import nn
from ..plots import CurvePanel, DescentPanel, Headline, LandscapePanel, Picture, style
from . import controls
from .lab import Lab, between, one_of, whole
from .wording import count, number

RATES = 0.01, 1.6  # what the sliders reach
MOMENTA = 0.0, 0.99
CURVATURES = 0.1, 5.0
STARTS = -4.5, 4.5
SLOW = 0.1  # more of the way left than this, after all steps, is too slow
_LINE = {"lr": 0.2, "momentum": 0.0, "curvature": 2.5, "start": -3.0}
_PLANE = {"lr": 0.2, "momentum": 0.0, "first": 1.0, "second": 4.0}
_VALLEY = {"lr": 0.36, "momentum": 0.0, "first": 0.2, "second": 5.0}
PRESETS = {  # by the number of dimensions
    1: {
        "too slow": {**_LINE, "lr": 0.01},
        "good": _LINE,
        "one step": {**_LINE, "lr": 0.4},
        "oscillating": {**_LINE, "lr": 0.7},
        "at the limit": {**_LINE, "lr": 0.8},
        "divergent": {**_LINE, "lr": 0.9, "start": -1.5},
        "with momentum": {**_LINE, "lr": 0.05, "momentum": 0.6},
        "too much momentum": {**_LINE, "lr": 0.05, "momentum": 0.95},
    },
    2: {
        "too slow": {**_PLANE, "lr": 0.01},
        "good": _PLANE,
        "oscillating": {**_PLANE, "lr": 0.45},
        "at the limit": {**_PLANE, "lr": 0.5},
        "divergent": {**_PLANE, "lr": 0.52},
        "round bowl": {**_PLANE, "first": 4.0},
        "narrow valley": _VALLEY,
        "with momentum": {**_VALLEY, "momentum": 0.6},
        "too much momentum": {**_VALLEY, "momentum": 0.95},
    },
}


class Verdict(StrEnum):
    """How a walk into a bowl goes."""

    RESTS = "rests at the bottom"
    ARRIVES = "arrives at once"
    SLOW = "hardly gets down"
    GLIDES = "glides down"
    JUMPS = "jumps from side to side"
    SWINGS = "swings"
    NEVER = "never arrives"
    DIVERGES = "climbs out"


@dataclass(frozen=True)
class Bowl:
    """The loss ½ (λ₁ w₁² + λ₂ w₂² + ...), with its lowest place at 0.

    Attributes
    ----------
    curvatures : tuple of float
        λ₁, λ₂, ...: how fast the slope grows along each axis, above 0.
    """

    curvatures: tuple[float, ...]

    def __call__(self, *w):
        """Compute the loss at places w₁, w₂, ..., each a number or an array."""
        return sum(0.5 * c * x**2 for c, x in zip(self.curvatures, w, strict=True))

    @property
    def condition(self):
        """The condition number: the largest curvature over the smallest."""
        return max(self.curvatures) / min(self.curvatures)


def factor(lr, momentum, curvature):
    """Compute by what each step multiplies the way that is left, in the long run.

    A step without momentum multiplies w by 1 - lr · λ. With momentum μ it multiplies (w, v), place
    and velocity, by the matrix [[1 - lr · λ, μ], [-lr · λ, μ]]: what counts in the long run is the
    largest of its eigenvalues z, the roots of z² - (1 + μ - lr · λ) z + μ.

    Parameters
    ----------
    lr : float or ndarray
        Learning rate.
    momentum : float
        μ, in [0, 1).
    curvature : float
        λ, above 0.

    Returns
    -------
    complex or ndarray of complex
        The largest eigenvalue. Its size is the share of the way that a step leaves. It is negative
        where each step lands on the other side, and not real where the walker swings.

    References
    ----------
    Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
    """
    half = (1 + momentum - lr * np.asarray(curvature)) / 2
    root = np.sqrt(half**2 - momentum + 0j)
    return np.where(half < 0, half - root, half + root)


def judge(factors, steps):
    """Tell how a walk goes from what each step multiplies.

    Parameters
    ----------
    factors : sequence of complex
        See `factor`, one for each axis on which there is a way to go.
    steps : int
        How many steps are taken.

    Returns
    -------
    Verdict
        The largest factor decides. DIVERGES if its size is above 1, NEVER if it is 1; ARRIVES if
        it is 0. SWINGS if it is not real, JUMPS if it is negative; SLOW if more than a tenth of
        the way is left after all steps, else GLIDES. RESTS where there is no way to go.
    """
    if len(factors) == 0:
        return Verdict.RESTS
    z = max(factors, key=abs)
    if abs(abs(z) - 1) < 1e-9:
        return Verdict.NEVER
    if abs(z) > 1:
        return Verdict.DIVERGES
    if abs(z) < 1e-7:
        return Verdict.ARRIVES
    if abs(z.imag) > 1e-7:
        return Verdict.SWINGS
    if z.real < 0:
        return Verdict.JUMPS
    return Verdict.SLOW if abs(z) ** steps > SLOW else Verdict.GLIDES


@dataclass(frozen=True, eq=False)
class Descent:
    """A walk into a bowl.

    Attributes
    ----------
    bowl : Bowl
    lr, momentum : float
    path : ndarray, shape (steps + 1, dimensions)
        Where the walker was after 0, 1, 2, ... steps.
    """

    bowl: Bowl
    lr: float
    momentum: float
    path: np.ndarray

    @property
    def steps(self):
        return len(self.path) - 1

    @property
    def loss(self):
        """The loss after 0, 1, 2, ... steps: ndarray, shape (steps + 1,)."""
        return self.bowl(*self.path.T)

    @property
    def left(self):
        """Which share of the way to the bottom is left after 0, 1, 2, ... steps."""
        way = np.linalg.norm(self.path, axis=1)
        return way / way[0] if way[0] else way

    @property
    def factors(self):
        """See `factor`: ndarray of complex, shape (dimensions,)."""
        return np.array([factor(self.lr, self.momentum, c) for c in self.bowl.curvatures])

    @property
    def axis(self):
        """The axis that decides: the one with the largest factor, of those with a way to go."""
        return int(np.argmax(np.where(self.path[0] != 0, abs(self.factors), -1)))

    @property
    def verdict(self):
        return judge(self.factors[self.path[0] != 0], self.steps)

    @property
    def limit(self):
        """The learning rate from which on walks into this bowl don't arrive: 2 (1 + μ) / λ."""
        return 2 * (1 + self.momentum) / self.bowl.curvatures[self.axis]

    @property
    def finding(self):
        """The headline."""
        along = f"Along {NAMES[self.axis]}, " if self.path.shape[1] > 1 else ""
        words = along + _FINDINGS[self.verdict](self)
        return words[0].upper() + words[1:] if words.startswith("momentum") else words

    @property
    def explanation(self):
        """The rule behind it, and where the walk ended."""
        ends = f"After {count(self.steps, 'step')} the loss went from"
        ends += f" {number(self.loss[0])} to {number(self.loss[-1])}."
        return " ".join([_rule(self), *_valley(self), ends])

    @property
    def words(self):
        return f"{self.finding} {self.explanation}"

    @property
    def tables(self):
        """The walk."""
        places = dict(zip(NAMES if len(self.path.T) > 1 else ["w"], self.path.T, strict=True))
        left = {"way left (%)": 100 * self.left}
        columns = {"step": range(len(self.path)), **places, "loss": self.loss, **left}
        return {"Step by step": columns}


NAMES = "w₁", "w₂"


def descend(curvatures, start, *, lr, momentum, steps):
    """Walk into a bowl by gradient descent, with or without momentum.

    Parameters
    ----------
    curvatures, start : tuple of float
        The bowl, and where the walker sets out: one number for each axis.
    lr : float
        Learning rate.
    momentum : float
        Share of its velocity that the walker keeps, in [0, 1).
    steps : int

    Returns
    -------
    Descent
    """
    optimizer = nn.Momentum(lr, momentum)
    path = np.empty((steps + 1, len(start)))
    w, grads = np.array(start, dtype=float), np.empty(len(start))
    path[0] = w
    for step in range(steps):
        np.multiply(curvatures, w, out=grads)
        optimizer.step(w, grads)
        path[step + 1] = w
    return Descent(Bowl(tuple(curvatures)), lr, momentum, path)


def _share(walk):
    """Write the share of the way that a step leaves."""
    return f"{100 * abs(walk.factors[walk.axis]):.3g} %"


def _bare(walk):
    """Write the share of the way that a step without momentum leaves."""
    return f"{100 * max(abs(1 - walk.lr * c) for c in walk.bowl.curvatures):.3g} %"


def _against(walk, word):
    """Say how the learning rate stands to the one that lands at the bottom in one step."""
    if walk.momentum:
        return f"lr = {walk.lr:g} with momentum {walk.momentum:g}"
    return f"lr = {walk.lr:g} is {word} 1/λ = {_inverse(walk):.3g}"


def _inverse(walk):
    return 1 / walk.bowl.curvatures[walk.axis]


def _limit(walk):
    return "2(1 + μ)/λ" if walk.momentum else "2/λ"


def _out(walk):
    """Write how far out each step lands, where it lands on the other side or farther out."""
    size = abs(walk.factors[walk.axis])
    return f"{100 * size:.3g} % as far out" if size < 1 else f"{size:.3g} times as far out"


_FINDINGS = {
    Verdict.RESTS: lambda walk: "It sets out at the bottom: no slope, no step.",
    Verdict.ARRIVES: lambda walk: f"lr = {walk.lr:g} is 1/λ: one step lands at the bottom.",
    Verdict.SLOW: lambda walk: (
        f"{_against(walk, 'far below')}: "
        f"after {count(walk.steps, 'step')} {100 * walk.left[-1]:.2g} % of the way is left."
    ),
    Verdict.GLIDES: lambda walk: (
        f"{_against(walk, 'below')}: each step leaves {_share(walk)} of the way."
    ),
    Verdict.JUMPS: lambda walk: f"{_against(walk, 'above')}: each step lands across, {_out(walk)}.",
    Verdict.SWINGS: lambda walk: (
        f"momentum {walk.momentum:g} overshoots: a step leaves {_share(walk)}, "
        f"without it {_bare(walk)}."
    ),
    Verdict.NEVER: lambda walk: (
        f"lr = {walk.lr:g} is {_limit(walk)}: each step lands across, just as far out."
    ),
    Verdict.DIVERGES: lambda walk: (
        f"lr = {walk.lr:g} is beyond {_limit(walk)} = {walk.limit:.3g}: "
        f"each step lands {_out(walk)}."
    ),
}


def _rule(walk):
    """Give the rule that decides, with its numbers."""
    curvature = walk.bowl.curvatures[walk.axis]
    bare = 1 - walk.lr * curvature
    rule = f"1 − lr · λ = 1 − {walk.lr:g} · {curvature:g} = {bare:.3g}".replace("-", "−")
    if not walk.momentum:
        return f"A step multiplies the way that is left by {rule}."
    return (
        f"A step multiplies place and velocity by a matrix, whose largest eigenvalue has the size "
        f"{abs(walk.factors[walk.axis]):.3g}. Without momentum: {rule}."
    )


def _valley(walk):
    """In a valley, say what its two sides ask for; yields nothing elsewhere."""
    if walk.bowl.condition > 1.01:
        steep, flat = np.argmax(walk.bowl.curvatures), np.argmin(walk.bowl.curvatures)
        limit = 2 * (1 + walk.momentum) / walk.bowl.curvatures[steep]
        yield (
            f"Condition number {number(walk.bowl.condition)}: along {NAMES[steep]} only an lr "
            f"below {limit:.3g} arrives, and along {NAMES[flat]} each step of this lr leaves "
            f"{100 * abs(walk.factors[flat]):.3g} %."
        )


_TITLES = {
    Verdict.RESTS: "No step at all",
    Verdict.ARRIVES: "One step is enough",
    Verdict.SLOW: "Short steps",
    Verdict.GLIDES: "Shorter and shorter steps",
    Verdict.JUMPS: "From side to side, inwards",
    Verdict.SWINGS: "Past the bottom, and back",
    Verdict.NEVER: "From side to side, for ever",
    Verdict.DIVERGES: "From side to side, outwards",
}


class BowlView:
    """A walk into a bowl, its loss, and what a step leaves at each learning rate, side by side.

    Parameters
    ----------
    dimensions : int
        1 or 2.
    steps : int
        Length of the axes.
    """

    def __init__(self, dimensions, steps):
        self.picture = Picture(1120, 400)
        with style.applied():
            self.headline = Headline(self.picture)
            self.bowl = self._line() if dimensions == 1 else self._plane()
            self.loss = CurvePanel(self._loss_axes(steps), ["loss"], label=False)
            names = NAMES[:dimensions]
            self.factor = CurvePanel(self._factor_axes(), names, label=dimensions > 1)
            self.dots = [
                self.factor.axes.plot([], [], "o", c=line.get_color(), **_DOT)[0]
                for line in self.factor.lines
            ]
        panels = (self.bowl, self.loss, self.factor)
        moving = [artist for panel in panels for artist in panel.moving]
        self.moving = [*moving, *self.dots, self.headline]

    def update(self, walk):
        self.headline.show(walk.finding)
        self._show_walk(walk, _TITLES[walk.verdict])
        self.loss.update({"loss": np.maximum(walk.loss, _FLOOR)}, _course(walk))
        sizes = [abs(factor(_LRS, walk.momentum, c)) for c in walk.bowl.curvatures]
        shares = {name: 100 * size for name, size in zip(self.factor.names, sizes, strict=True)}
        self.factor.update(shares, f"A step leaves {_share(walk)}", steps=_LRS)
        for dot, z in zip(self.dots, walk.factors, strict=True):
            dot.set_data([walk.lr], [min(100 * abs(z), _TOP)])

    def _show_walk(self, walk, title):
        if isinstance(self.bowl, DescentPanel):
            self.bowl.update(walk.bowl, walk.path[:, 0], title)
        else:
            bottom, paths = [(0.0, 0.0)], {"parameter": walk.path}
            self.bowl.update(walk.bowl, _LEVELS, _WINDOW, bottom, paths, title)

    def _line(self):
        axes = self.picture.add_axes((0.055, 0.15, 0.34, 0.6), xlabel="w", ylabel="loss")
        axes.set(xlim=(-5, 5), ylim=(-1.5, 31))
        return DescentPanel(axes)

    def _plane(self):
        axes = self.picture.add_axes((0.055, 0.15, 0.34, 0.6), xlabel=NAMES[0], ylabel=NAMES[1])
        axes.set(xlim=_WINDOW[:2], ylim=_WINDOW[2:])
        return LandscapePanel(axes, ["parameter"], label=False)

    def _loss_axes(self, steps):
        axes = self.picture.add_axes((0.475, 0.15, 0.19, 0.6), xlabel="steps", ylabel="loss")
        axes.set(xlim=(0, steps), yscale="log", ylim=(1e-6, 1e3))
        axes.minorticks_off()
        axes.set_yticks([1e-6, 1e-3, 1, 1e3], ["10⁻⁶", "0.001", "1", "1000"])
        return axes

    def _factor_axes(self):
        axes = self.picture.add_axes((0.75, 0.15, 0.2, 0.6), xlabel="learning rate")
        axes.set(xlim=(0, RATES[1]), xticks=(0, 0.4, 0.8, 1.2, 1.6), ylim=(0, _TOP))
        axes.set_ylabel("way left after a step (%)")
        axes.axhline(100, color=style.QUIET, lw=1.2, ls="--", zorder=1)
        axes.text(RATES[1], 103, "never arrives", ha="right", zorder=1, **_REMARK)
        return axes


_TOP = 150  # percent; what leaves through the top has its dot there
_FLOOR = 1e-12  # a logarithm has no 0: far below the axis
_LRS = np.linspace(0, RATES[1], 161)
_WINDOW = -5.0, 5.0, -3.15, 3.15
_LEVELS = tuple((0.62 * np.arange(17)) ** 2)
_REMARK = {"color": style.QUIET, "fontsize": style.SMALL}
_DOT = {"ms": 10, "mec": style.PAPER, "zorder": 4, "clip_on": False}


def _course(walk):
    first, last = walk.loss[0], walk.loss[-1]
    if last > 1.0001 * first:
        return f"Loss climbs to {number(last)}"
    return (
        f"Loss stays at {number(last)}" if last > 0.9999 * first else f"Loss down to {number(last)}"
    )


class BowlLab(Lab):
    """Walk into a bowl by gradient descent: here it can be foretold how every step goes.

    Parameters
    ----------
    preset : str
        Where the lab starts. On a line: "too slow", "good", "one step", "oscillating", "at the
        limit", "divergent", "with momentum", "too much momentum". In the plane: also "round bowl"
        and "narrow valley", but not "one step".
    dimensions : int
        1 for a bowl on a line, 2 for one in the plane.
    lr : float, optional
        Learning rate, from 0.01 to 1.6. This and what follows replaces what the preset says.
    momentum : float, optional
        Share of its velocity that the walker keeps, from 0 to 0.99.
    curvature : float or (float, float), optional
        λ, or λ₁ and λ₂ in the plane, each from 0.1 to 5.
    start : float, optional
        Where the walker sets out on a line, from -4.5 to 4.5. In the plane it is (-4.5, 2).
    steps : int
        Steps of each walk, from 1 to 100.
    presentation : bool
        Whether all is large enough for the back of a room.

    Attributes
    ----------
    lr, momentum : ipywidgets.FloatSlider
    curvature, start : ipywidgets.FloatSlider
        On a line.
    first, second : ipywidgets.FloatSlider
        The two curvatures, in the plane.
    frame : Descent
        The walk that is shown.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range, or the preset unknown.

    Examples
    --------
    >>> lab = BowlLab(lr=0.9)
    >>> print(lab.frame.finding)
    lr = 0.9 is beyond 2/λ = 0.8: each step lands 1.25 times as far out.
    >>> lab.lr.value = 0.4
    >>> lab.frame.verdict
    <Verdict.ARRIVES: 'arrives at once'>
    >>> lab.close()
    """

    def __init__(
        self,
        preset="good",
        *,
        dimensions=1,
        lr=None,
        momentum=None,
        curvature=None,
        start=None,
        steps=30,
        presentation=False,
    ):
        one_of("dimensions", dimensions, PRESETS)
        one_of("preset", preset, PRESETS[dimensions])
        whole("steps", steps, 1, 100)
        begin = dict(PRESETS[dimensions][preset])
        asked = {"lr": lr, "momentum": momentum, **_place(dimensions, curvature, start)}
        begin |= {name: value for name, value in asked.items() if value is not None}
        for name, value in begin.items():
            between(name, value, *_LIMITS[name])
        for name, value in begin.items():
            step = 0.1 if name in _TENTHS else 0.01
            form = {"step": step, "width": "540px", "label": "110px"}
            setattr(self, name, controls.slider(_LABELS[name], value, *_LIMITS[name], **form))
        chosen = {name: getattr(self, name) for name in begin}
        super().__init__(
            view=BowlView(dimensions, steps),
            compute=functools.partial(_walk, steps=steps),
            controls=chosen,
            panel=[
                controls.row(*chosen.values()),
                self.preset_buttons(PRESETS[dimensions], in_words),
            ],
            presentation=presentation,
        )


_LIMITS = {
    "lr": RATES,
    "momentum": MOMENTA,
    "curvature": CURVATURES,
    "start": STARTS,
    "first": CURVATURES,
    "second": CURVATURES,
}
_TENTHS = "curvature", "start", "first", "second"
_LABELS = {
    "lr": "learning rate",
    "momentum": "momentum μ",
    "curvature": "curvature λ",
    "start": "start",
    "first": "curvature λ₁",
    "second": "curvature λ₂",
}
_CORNER = -4.5, 2.0  # where walkers in the plane set out


def _place(dimensions, curvature, start):
    """Name the curvatures and the start as the controls are named."""
    if dimensions == 1:
        return {"curvature": curvature, "start": start}
    if start is not None:
        raise ValueError(f"in the plane the walker sets out at {_CORNER}: leave start out")
    if curvature is None:
        return {}
    if np.shape(curvature) != (2,):
        raise ValueError(f"a bowl in the plane has two curvatures, got {curvature!r}")
    return dict(zip(("first", "second"), curvature, strict=True))


def _walk(*, lr, momentum, curvature=None, start=None, first=None, second=None, steps):
    """Walk as the controls say."""
    if curvature is not None:
        return descend((curvature,), (start,), lr=lr, momentum=momentum, steps=steps)
    return descend((first, second), _CORNER, lr=lr, momentum=momentum, steps=steps)


def in_words(**values):
    """Say what a preset sets."""
    return ", ".join(f"{_LABELS[name]} {value:g}" for name, value in values.items())
