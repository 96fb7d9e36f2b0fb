"""The playground: a network that learns before one's eyes, with all its controls within reach."""

from dataclasses import asdict

import ipywidgets
import numpy as np

from ..plots import BoundaryPanel, CurvePanel, Headline, LayerPanel, Picture, style
from . import controls
from .lab import one_of, whole
from .live import SPEEDS, LiveLab
from .moment import GUESSING, Verdict
from .points import REACH, SETS
from .training import (
    ACTIVATIONS,
    BATCHES,
    INITIALIZERS,
    OPTIMIZERS,
    PENALTIES,
    Settings,
    Training,
)
from .wording import count, number, rate

_MOONS = {"noise": 0.4, "batch": 20}
_DEEP = {"data": "circles", "noise": 0.1, "layers": 8, "batch": 20}
_WIDE = {**_MOONS, "layers": 4, "units": 16, "optimizer": "Adam", "lr": 0.01}
_SIGMOIDS = {**_DEEP, "activation": "sigmoid", "initializer": "Xavier"}
PRESETS = {
    "moons": Settings(),
    "spirals": Settings(
        data="spirals",
        noise=0.05,
        layers=3,
        units=16,
        optimizer="Adam",
        lr=0.01,
    ),
    "too few units": Settings(data="circles", noise=0.1, layers=1, units=2, activation="tanh"),
    "gradient vanishes": Settings(**_SIGMOIDS),
    "batch norm rescues": Settings(**_SIGMOIDS, batch_norm=True),
    "ReLU rescues": Settings(**_DEEP),
    "learns by heart": Settings(**_WIDE),
    "L2 holds back": Settings(**_WIDE, l2=0.01),
    "steps too long": Settings(layers=4, optimizer="momentum", lr=10**1.5),
}

_REMARK = {"color": style.QUIET, "fontsize": style.SMALL}
_REFERENCE = {"color": style.QUIET, "lw": 1.2, "ls": "--", "zorder": 1}
_LOSSES = 0.001, 10.0
_LENGTHS = 1e-8, 100.0  # fixed, so that trainings can be compared
_OUTPUT = 2e-7, 20.0  # where the last layer's name may stand, clear of all other words


class PlaygroundView:
    """Decision boundary, losses, and the gradient of every layer, side by side."""

    def __init__(self):
        self.picture = Picture(1120, 430)
        with style.applied():
            self.headline = Headline(self.picture)
            square = self.picture.add_axes((0.058, 0.15, 0.2304, 0.6))
            self.boundary = BoundaryPanel(square, REACH)
            self.loss = CurvePanel(self._loss_axes(), ["training", "held out"])
            self.gradient = LayerPanel(self._gradient_axes(), "gradient")
            (self.first,) = self.gradient.axes.plot([], [], **_FIRST)
            self.output = style.words(self.gradient.axes, 0, 0, ha="center", **_REMARK)
            self.output.set(text="output", transform=self.gradient.axes.transData)
        panels = (self.boundary, self.loss, self.gradient)
        moving = [artist for panel in panels for artist in panel.moving]
        self.moving = [*moving, self.first, self.output, self.guessing, self.headline]
        self._span = None

    def update(self, moment):
        self.headline.show(moment.finding)
        self._stretch(moment.steps)
        seen = moment.survey
        if moment.over:
            self.boundary.update(None, moment.points, "It says nothing")
        else:
            right = f"{100 * seen.training_right:.0f} % of training points right"
            self.boundary.update(seen.map, moment.points, right)
        losses = {"training": moment.training, "held out": moment.held_out}
        self.loss.update(losses, _loss_title(moment), steps=moment.at)
        lengths, first = np.clip([moment.gradient, moment.first_gradient], *_LENGTHS)
        self.gradient.update(lengths, moment.flow)
        self.first.set_data(self.gradient.line.get_xdata(), first)
        above = np.clip(3 * np.fmax(lengths, first)[-1], *_OUTPUT)
        self.output.set_position((len(lengths), above))

    def _stretch(self, steps):
        """Make room for more steps; each time, the background is drawn anew."""
        span = 50
        while span < steps:
            span *= 2
        if span != self._span:
            self._span = span
            self.loss.axes.set_xlim(0, span)
        begins = steps < span / 3  # the names of the curves are at the left, then
        self.guessing.set(x=0.98 if begins else 0.02, ha="right" if begins else "left")

    def _loss_axes(self):
        axes = self.picture.add_axes(
            (0.378, 0.15, 0.215, 0.6), xlabel="steps", ylabel="loss (nats)"
        )
        axes.set(yscale="log", ylim=_LOSSES)
        axes.minorticks_off()
        ticks = ["0.001", "0.01", "0.1", "1", "10"]
        axes.set_yticks(list(map(float, ticks)), ticks)
        axes.axhline(GUESSING, **_REFERENCE)
        self.guessing = style.words(axes, 0, 1.15 * GUESSING, zorder=1.9, **_REMARK)
        self.guessing.set(text="guessing", transform=axes.get_yaxis_transform())
        return axes

    def _gradient_axes(self):
        axes = self.picture.add_axes((0.75, 0.15, 0.235, 0.6), ylabel="length of ∂loss/∂W")
        axes.set(xlabel="layer: 1 is next to the points", xlim=(0.5, 9.5), xticks=range(1, 10))
        axes.set(yscale="log", ylim=_LENGTHS)
        axes.minorticks_off()
        axes.set_yticks([1e-8, 1e-6, 1e-4, 0.01, 1, 100], _LENGTH_NAMES)
        axes.text(
            0.98,
            0.05,
            "grey: at the start",
            ha="right",
            transform=axes.transAxes,
            zorder=1,
            **_REMARK,
        )
        return axes


_FIRST = {"c": style.FAINT, "marker": "o", "ms": 4.5, "lw": 1.5, "zorder": 1.5}
_LENGTH_NAMES = "≤ $10^{-8}$", "$10^{-6}$", "$10^{-4}$", "0.01", "1", "≥ 100"


def _loss_title(moment):
    if moment.over:
        return "Loss climbs until it is NaN"
    verb = "climbs to" if moment.verdict is Verdict.DIVERGES else "is"
    return f"Training loss {verb} {number(moment.survey.training)}"


class PlaygroundLab(LiveLab):
    """Watch a network learn to tell points apart, and change anything while it does.

    What is changed about the points or about the training acts from the next step on. What is
    changed about the network makes another network: its training starts anew.

    Parameters
    ----------
    preset : str
        Where the lab starts: "moons", "spirals", "too few units", "gradient vanishes",
        "batch norm rescues", "ReLU rescues", "learns by heart", "L2 holds back",
        "steps too long".
    steps : int
        Steps that are taken before the lab is shown, from 0 to 10,000.
    speed : int
        Steps from one picture to the next: 1, 2, 5, 10 or 20.
    seed : int
        Seed of points, weights and all chance in training. The presets keep their promises at the
        default.
    presentation : bool
        Whether all is large enough for the back of a room.
    **changes
        What is different from the preset, see `Settings`: `layers=8, activation="tanh"`.

    Attributes
    ----------
    frame : Moment
        Where the training stands.
    training : Training
        The network, its optimizer and its points.

    Raises
    ------
    TypeError, ValueError
        If an argument is unknown or out of range.

    Examples
    --------
    >>> lab = PlaygroundLab(steps=300)
    >>> lab.frame.verdict
    <Verdict.FITS: 'has learned'>
    >>> lab.step(700)
    >>> lab.frame.steps
    1000
    >>> lab.close()
    """

    def __init__(self, preset="moons", *, steps=0, speed=5, seed=23, presentation=False, **changes):
        one_of("preset", preset, PRESETS)
        one_of("speed", speed, SPEEDS)
        whole("steps", steps, 0, 10_000)
        whole("seed", seed, 0, 2**32)
        preset = asdict(PRESETS[preset])
        for name in changes:
            one_of("a setting", name, preset)
        settings = Settings(**{**preset, **changes})
        self.numbers, self._seed = ipywidgets.HTML(), seed
        chosen = _controls(settings)
        super().__init__(
            view=PlaygroundView(),
            start=self._start_anew,
            chosen=chosen,
            speed=speed,
            panel=lambda bar: self._panel(bar, chosen),
            presentation=presentation,
        )
        self.children = [*self.children, self.numbers]
        if steps:
            self.step(steps)

    def step_in_numbers(self):
        """Pause, take one step, and write below the picture what it did, layer by layer.

        Returns
        -------
        OneStep, or None if no step can be taken any more
        """
        with self._turn:
            self._stop()
            done = self.training.step_in_numbers()
            self._advance(0)
            self.numbers.value = "" if done is None else done.html()
            return done

    def _panel(self, bar, chosen):
        tooltip = "take one training step, and write down what it did"
        number_button = self.button("step in numbers", "table", tooltip, self.step_in_numbers)
        bar.children = [*bar.children[:2], number_button, *bar.children[2:]]
        return [
            self.preset_buttons({name: asdict(s) for name, s in PRESETS.items()}, _in_words),
            ipywidgets.HBox(
                [_group(*group, chosen) for group in _GROUPS.items()],
                layout={"flex_flow": "row wrap", "grid_gap": "0 22px"},
            ),
            bar,
        ]

    def _start_anew(self, **values):
        self.numbers.value = ""
        return Training(Settings(**values), self._seed)


_GROUPS = {
    "points": (("data", "noise"),),
    "network: a change starts anew": (
        ("layers", "units", "batch_norm"),
        ("activation", "initializer", "residual"),
    ),
    "training: a change acts at once": (("optimizer", "lr", "batch"), ("l2", "dropout")),
}


def _controls(chosen):
    """Make a control for each setting, by the name of the setting."""
    narrow, middle, wide = (
        {"width": f"{width}px", "label": f"{label}px"}
        for width, label in ((180, 48), (190, 68), (225, 86))
    )
    return {
        "data": controls.choice("data", chosen.data, SETS, **narrow),
        "noise": controls.slider("noise", chosen.noise, 0, 0.5, step=0.05, **narrow),
        "layers": controls.whole_slider("layers", chosen.layers, 1, 8, **narrow),
        "units": controls.whole_slider("units", chosen.units, 1, 16, **narrow),
        "activation": controls.choice("activation", chosen.activation, ACTIVATIONS, **middle),
        "initializer": controls.choice("weights", chosen.initializer, INITIALIZERS, **middle),
        "batch_norm": controls.switch("batch norm", chosen.batch_norm),
        "residual": controls.switch("residual", chosen.residual),
        "optimizer": controls.choice("optimizer", chosen.optimizer, OPTIMIZERS, **wide),
        "lr": controls.power_slider("learning rate", chosen.lr, -3, 2, **wide),
        "batch": controls.notched_slider("batch", chosen.batch, BATCHES, **wide),
        "l2": controls.notched_slider("L2", chosen.l2, PENALTIES, **middle),
        "dropout": controls.slider("dropout", chosen.dropout, 0, 1, step=0.05, **middle),
    }


def _group(name, columns, widgets):
    """Put controls into columns, with their common name above."""
    columns = [ipywidgets.VBox([widgets[member] for member in column]) for column in columns]
    return ipywidgets.VBox([ipywidgets.HTML(f"<b>{name}</b>"), ipywidgets.HBox(columns)])


def _in_words(*, data, layers, units, activation, optimizer, lr, **_):
    of = f"{count(layers, 'hidden layer')} of {count(units, activation + ' unit')}"
    return f"{data}, {of}, {optimizer} with a learning rate of {rate(lr)}"
