"""The vanishing-gradient lab: one step back through up to fifty layers."""

import functools
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .. import nn
from ..plots import Headline, HistogramRows, LayerPanel, Picture, style
from . import controls
from .lab import Lab, between, one_of, whole
from .task import Task
from .wording import number

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "ReLU": nn.ReLU}
INITIALIZERS = {"Xavier": nn.xavier, "He": nn.he, "orthogonal": nn.orthogonal}
DEEPEST = 50
UNITS = 32
SCALES = 1 / 9, 9
HEALTHY = 0.001, 1000.0  # lengths of a gradient that a learning rate can still make up for


def _preset(activation, initializer, scale=1.0, *, batch_norm=False, residual=False):
    return {
        "depth": 30,
        "activation": activation,
        "initializer": initializer,
        "scale": scale,
        "batch_norm": batch_norm,
        "residual": residual,
    }


PRESETS = {
    "sigmoid vanishes": _preset("sigmoid", "Xavier"),
    "batch norm rescues": _preset("sigmoid", "Xavier", batch_norm=True),
    "residual rescues": _preset("sigmoid", "Xavier", residual=True),
    "He + ReLU holds": _preset("ReLU", "He"),
    "too small vanishes": _preset("ReLU", "He", 1 / 3),
    "too large explodes": _preset("ReLU", "He", 3.0),
}


class Verdict(StrEnum):
    """What becomes of the gradient on its way back."""

    VANISHES = "vanishes"
    HOLDS = "holds"
    EXPLODES = "explodes"


def judge(gradient):
    """Tell from the lengths of the layers' gradients what became of them.

    Parameters
    ----------
    gradient : ndarray, shape (depth,)
        Length of ∂loss/∂W in each layer.

    Returns
    -------
    Verdict
        EXPLODES if one is above 1000, else VANISHES if one is below 0.001, else HOLDS.
    """
    low, high = HEALTHY
    if gradient.max() > high:
        return Verdict.EXPLODES
    return Verdict.VANISHES if gradient.min() < low else Verdict.HOLDS


@dataclass(frozen=True, eq=False)
class BackwardPass:
    """One forward and one backward pass through a network that was not trained yet.

    Attributes
    ----------
    network : str
        What was looked into, in words.
    activation : str
    batch_norm, residual : bool
    gradient : ndarray, shape (depth,)
        Length of ∂loss/∂W in each layer, from the one next to the digits on.
    sent_back : ndarray, shape (depth,)
        Length of ∂loss/∂z, where z is what the layer's activation was given.
    spread : ndarray, shape (depth,)
        Standard deviation of what the layer's activation gave.
    flat : ndarray, shape (depth,)
        Share of what it gave that lies where the activation is flat, in [0, 1].
    outputs : list of ndarray, shape (N, UNITS)
        What each layer's activation gave.
    """

    network: str
    activation: str
    batch_norm: bool
    residual: bool
    gradient: np.ndarray
    sent_back: np.ndarray
    spread: np.ndarray
    flat: np.ndarray
    outputs: list[np.ndarray]

    @property
    def depth(self):
        return len(self.gradient)

    @property
    def verdict(self):
        return judge(self.gradient)

    @property
    def backward_factor(self):
        """By what one layer multiplies the gradient that passes back through it, on average."""
        return _factor(self.sent_back[-1], self.sent_back[0], self.depth)

    @property
    def forward_factor(self):
        """By what one layer multiplies the spread of the activations, on average."""
        return _factor(self.spread[0], self.spread[-1], self.depth)

    @property
    def finding(self):
        """The headline."""
        return f"{self.network}: the gradient {self.verdict}."

    @property
    def explanation(self):
        """How large it is, why, and by what factors it came to that."""
        return (
            f"It is {self.sizes}. {_REASONS[self.verdict](self)} From layer to layer, the gradient "
            f"is multiplied by {self.backward_factor:.2f} on its way back, the activations by "
            f"{self.forward_factor:.2f} on their way forward; "
            f"{100 * self.flat.mean():.0f} % of them lie where {self.activation} is flat."
        )

    @property
    def sizes(self):
        """The gradient of the last layer and of the first."""
        first, last = number(self.gradient[0]), number(self.gradient[-1])
        return f"{last} in layer {self.depth}, {first} in layer 1"

    @property
    def words(self):
        return f"{self.finding} {self.explanation}"

    @property
    def tables(self):
        """The sizes in each layer."""
        columns = {
            "layer": range(1, self.depth + 1),
            "length of ∂loss/∂W": self.gradient,
            "length of ∂loss/∂z": self.sent_back,
            "spread of activations": self.spread,
            "on flat ends (%)": 100 * self.flat,
        }
        return {"Layer by layer": columns}


def _factor(start, end, depth):
    return float((end / start) ** (1 / (depth - 1)))


def look(task, *, depth, activation, initializer, scale, batch_norm, residual, seed):
    """Send one batch of digits forward through a new network, and its gradient back.

    Parameters
    ----------
    task : Task
        Only the digits to train on are used, all at once, scaled to a spread of 1.
    depth : int
        Hidden layers.
    activation, initializer : str
        Names from ACTIVATIONS and INITIALIZERS.
    scale : float
        Factor by which the initializer's weights are multiplied.
    batch_norm : bool
        Whether each layer normalizes its sums before the activation.
    residual : bool
        Whether a road leads around each layer but the first, whose input has another size.
    seed : int
        Seed of the weights: the first layers have the same ones at every depth.

    Returns
    -------
    BackwardPass
    """
    net = _network(depth, activation, initializer, scale, batch_norm, residual, seed)
    scores, cache = net.forward(task.x_train / task.x_train.std(), train=True)
    _, dscores = nn.softmax_cross_entropy(scores, task.y_train)
    net.backward(dscores, cache, input_grad=False)
    rows = [getattr(layer, "f", layer) for layer in net.layers[:-1]]
    ends = [_last(inner) for inner in cache.inner[:-1]]
    return BackwardPass(
        in_words(depth, activation, initializer, scale, batch_norm, residual),
        activation,
        batch_norm,
        residual,
        gradient=np.array([np.linalg.norm(row.layers[0].dW) for row in rows]),
        sent_back=np.array([np.linalg.norm(end.dx) for end in ends]),
        spread=np.array([end.y.std() for end in ends]),
        flat=np.array([_flat(end).mean() for end in ends]),
        outputs=[end.y for end in ends],
    )


def in_words(depth, activation, initializer, scale, batch_norm, residual):
    """Say what a network is made of: 30 ReLU layers, He × 3, batch norm."""
    parts = [f"{depth} {activation} layers", f"{initializer} × {scale:.2g}"]
    return ", ".join(parts + ["batch norm"] * batch_norm + ["residual"] * residual)


def _network(depth, activation, initializer, scale, batch_norm, residual, seed):
    weights = iter(_weights(initializer, seed))

    def linear(n_in, n_out, scale=1.0):
        W = next(weights)[:, :n_out]
        return nn.Linear(n_in, n_out, rng=None, init=lambda *_: scale * W)

    last = linear(UNITS, 10)
    layers = []
    for i in range(depth):
        row = [linear(UNITS if i else 64, UNITS, scale), ACTIVATIONS[activation]()]
        if batch_norm:
            row.insert(1, nn.BatchNorm(UNITS))
        layers.append(nn.Residual(*row) if residual and i else nn.Sequential(*row))
    return nn.Sequential(*layers, last)


@functools.lru_cache(8)
def _weights(initializer, seed):
    """Draw weights once: those of the last layer, then those of the hidden ones."""
    rng, draw = np.random.default_rng(seed), INITIALIZERS[initializer]
    hidden = (draw(UNITS if i else 64, UNITS, rng) for i in range(DEEPEST))
    return draw(UNITS, 10, rng), *hidden


def _last(inner):
    """Find the cache of a layer's activation, with or without a road around it."""
    row = inner.inner[0] if isinstance(inner.layer, nn.Residual) else inner
    return row.inner[-1]


def _flat(end):
    marks = end.layer.saturated(end.y)
    return end.y <= 0 if marks is None else marks  # a ReLU is flat where it is silent


def _vanishes(seen):
    if seen.activation == "sigmoid" and not seen.batch_norm and not seen.residual:
        return "The slope of a sigmoid is at most 1/4, so each layer back loses most of it."
    if seen.forward_factor < 0.9:
        return (
            "The weights are too small: signals shrink on their way forward and gradients on "
            "their way back, so that in every layer one of the two is next to nothing."
        )
    return "Each layer back loses a part of it, and the parts multiply."


def _holds(seen):
    if seen.residual:
        return (
            "On the road around each layer the gradient travels unharmed, "
            "however little comes through the layer itself."
        )
    if seen.batch_norm:
        return (
            "Batch norm gives every activation numbers of mean 0 and spread 1, however small "
            "or large the weights: forward and backward, sizes stay."
        )
    if seen.backward_factor < 0.7:
        return "Each layer back loses most of it, but there are too few of them to matter."
    return "The weights make up for what the activations take away."


def _explodes(seen):
    if seen.batch_norm:
        return "Batch norm holds the activations, but multiplies the gradient a little each time."
    if seen.activation == "ReLU":
        added = "with what the road adds, " if seen.residual else ""
        return (
            f"The weights are too large: {added}signals grow from layer to layer on their way "
            "forward, and gradients on their way back."
        )
    return (
        f"The weights are too large: they multiply the gradient by more than the flat ends of "
        f"{seen.activation} take away."
    )


_REASONS = {
    Verdict.VANISHES: _vanishes,
    Verdict.HOLDS: _holds,
    Verdict.EXPLODES: _explodes,
}

_RANGES = {
    "sigmoid": ((0, 1), ["0", "0.5", "1"]),
    "tanh": ((-1, 1), ["−1", "0", "1"]),
    "ReLU": ((0, 4), ["0", "2", "≥ 4"]),
}
_REMARK = {"color": style.QUIET, "fontsize": style.SMALL}


class VanishingGradientView:
    """Gradient of every layer, histograms of a few of them, and where they are flat."""

    def __init__(self):
        self.picture = Picture(1120, 430)
        with style.applied():
            self.headline = Headline(self.picture)
            self.gradient = LayerPanel(self._gradient_axes(), "gradient")
            axes = self.picture.add_axes((0.53, 0.15, 0.135, 0.6), xlabel="activation")
            self.outputs = HistogramRows(axes, 5)
            self.flat = LayerPanel(self._flat_axes(), "forward")
        panels = (self.gradient, self.outputs, self.flat)
        self.moving = [*(artist for panel in panels for artist in panel.moving), self.headline]
        self._activation = None

    def update(self, seen):
        self.headline.show(seen.finding)
        self._stretch(seen.activation)
        self.gradient.update(seen.gradient, seen.sizes)
        shown = np.unique(np.linspace(0, seen.depth - 1, 5).round().astype(int))
        rows = [(f"layer {i + 1}", seen.outputs[i], f"± {number(seen.spread[i])}") for i in shown]
        self.outputs.update(rows, _TITLES[_course(seen.forward_factor, seen.depth)])
        self.flat.update(100 * seen.flat, f"{100 * seen.flat.mean():.0f} % on flat ends")

    def _stretch(self, activation):
        """Give the histograms the range of this activation."""
        if activation != self._activation:  # each change redraws the background
            self._activation = activation
            (low, high), names = _RANGES[activation]
            self.outputs.axes.set(xlim=(low, high), xlabel=f"{activation} gives")
            self.outputs.axes.set_xticks([low, (low + high) / 2, high], names)

    def _gradient_axes(self):
        axes = self.picture.add_axes((0.075, 0.15, 0.365, 0.6), ylabel="length of ∂loss/∂W")
        axes.set(xlim=(0, DEEPEST + 1), xlabel=_ACROSS, yscale="log", ylim=(1e-35, 1e25))
        axes.minorticks_off()
        powers = range(-30, 21, 10)
        axes.set_yticks(
            [10.0**p for p in powers], ["1" if p == 0 else f"$10^{{{p}}}$" for p in powers]
        )
        axes.axhspan(*HEALTHY, color=style.FAINT, alpha=0.5, lw=0, zorder=0)
        axes.text(DEEPEST, 1, "holds", ha="right", va="center", zorder=1, **_REMARK)
        return axes

    def _flat_axes(self):
        axes = self.picture.add_axes((0.825, 0.15, 0.16, 0.6), xlabel="layer")
        axes.set(xlim=(0, DEEPEST + 1), ylim=(-2, 102), ylabel="activations on flat ends (%)")
        return axes


_ACROSS = "layer: 1 is next to the digits"


def _course(factor, depth):
    change = factor ** (depth - 1)
    return "shrink" if change < 0.1 else "grow" if change > 10 else "keep"


_TITLES = {
    "shrink": "Activations fade",
    "keep": "Activations keep their size",
    "grow": "Activations grow",
}


class VanishingGradientLab(Lab):
    """Build a network of up to fifty layers; one backward pass shows what reaches each of them.

    Parameters
    ----------
    preset : str, optional
        Where the lab starts; takes the place of the next six: "sigmoid vanishes",
        "batch norm rescues", "residual rescues", "He + ReLU holds", "too small vanishes",
        "too large explodes".
    depth : int
        Hidden layers, from 2 to 50.
    activation : str
        "sigmoid", "tanh" or "ReLU".
    initializer : str
        "Xavier", "He" or "orthogonal".
    scale : float
        Factor by which the initializer's weights are multiplied, from 1/9 to 9.
    batch_norm, residual : bool
        Whether each layer normalizes its sums; whether a road leads around it.
    seed : int
        Seed of the choice of digits and of the weights.
    presentation : bool
        Whether all is large enough for the back of a room.

    Attributes
    ----------
    depth, scale, activation, initializer, batch_norm, residual : ipywidgets widgets
        The controls.
    frame : BackwardPass
        The pass that is shown.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range or unknown.

    Examples
    --------
    >>> lab = VanishingGradientLab("sigmoid vanishes")
    >>> lab.frame.verdict
    <Verdict.VANISHES: 'vanishes'>
    >>> lab.batch_norm.value = True
    >>> lab.frame.verdict
    <Verdict.HOLDS: 'holds'>
    >>> lab.close()
    """

    def __init__(
        self,
        preset=None,
        *,
        depth=30,
        activation="sigmoid",
        initializer="Xavier",
        scale=1.0,
        batch_norm=False,
        residual=False,
        seed=3,
        presentation=False,
    ):
        start = _preset(activation, initializer, scale, batch_norm=batch_norm, residual=residual)
        start["depth"] = depth
        if preset is not None:
            one_of("preset", preset, PRESETS)
            start = PRESETS[preset]
        _check(**start)
        whole("seed", seed, 0, 2**32)
        self.depth = controls.whole_slider("depth", start["depth"], 2, DEEPEST, label="44px")
        self.activation = _choice("activation", start, ACTIVATIONS)
        self.initializer = _choice("initializer", start, INITIALIZERS)
        self.scale = controls.power_slider(
            "scale", start["scale"], -2, 2, base=3, readout=".2f", label="44px"
        )
        self.batch_norm = controls.switch("batch norm", start["batch_norm"])
        self.residual = controls.switch("residual", start["residual"])
        # 64 × 64 × 32 is small enough for OpenBLAS to multiply on one thread.
        task = Task.digits(64, 1, rng=np.random.default_rng(seed))
        super().__init__(
            view=VanishingGradientView(),
            compute=functools.partial(look, task, seed=seed),
            controls={name: getattr(self, name) for name in start},
            panel=[
                controls.row(self.depth, self.activation, self.batch_norm, self.residual),
                controls.row(self.scale, self.initializer),
                self.preset_buttons(PRESETS, in_words),
            ],
            presentation=presentation,
        )


def _choice(name, start, options):
    return controls.choice(name, start[name], options, label="72px")


def _check(*, depth, activation, initializer, scale, batch_norm, residual):
    whole("depth", depth, 2, DEEPEST)
    one_of("activation", activation, ACTIVATIONS)
    one_of("initializer", initializer, INITIALIZERS)
    between("scale", scale, *SCALES)
    one_of("batch_norm", batch_norm, (False, True))
    one_of("residual", residual, (False, True))
