"""A small network learns points in the plane: one step at a time, and changeable on the way."""

import copy
import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from .. import data, nn
from .lab import between, one_of, whole
from .moment import Moment
from .one_step import LayerStep, OneStep
from .points import SETS, Points
from .survey import survey

ACTIVATIONS = {
    "ReLU": nn.ReLU,
    "leaky ReLU": nn.LeakyReLU,
    "GELU": nn.GELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
INITIALIZERS = {
    "He": nn.he,
    "Xavier": nn.xavier,
    "orthogonal": nn.orthogonal,
    "normal, σ = 0.01": nn.normal(0.01),
    "normal, σ = 2": nn.normal(2.0),
    "zeros": nn.zeros,
}
OPTIMIZERS = {
    "SGD": nn.SGD,
    "momentum": nn.Momentum,
    "Nesterov": nn.Nesterov,
    "RMSProp": nn.RMSProp,
    "Adam": nn.Adam,
}
SMOOTH = 10  # steps over which the shown gradient is the root mean square
LOOK = 10  # steps after which losses are noted, at the latest
LONGEST = 1000  # notes in the history; beyond that, every other one is forgotten
BATCHES = 1, 2, 5, 10, 20, 50, 100, 200
PENALTIES = 0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1


@dataclass(frozen=True)
class Settings:
    """All that can be chosen about a training.

    Attributes
    ----------
    data : str
        "moons", "circles", "spirals" or "xor".
    noise : float
        Standard deviation of the noise on the points, from 0 to 0.5.
    batch : int
        Points in a batch: 1, 2, 5, 10, 20, 50, 100, or all 200.
    layers, units : int
        Hidden layers, from 1 to 8, and units in each of them, from 1 to 16.
    activation : str
        "ReLU", "leaky ReLU", "GELU", "tanh" or "sigmoid".
    initializer : str
        "He", "Xavier", "orthogonal", "normal, σ = 0.01", "normal, σ = 2" or "zeros".
    batch_norm : bool
        Whether each hidden layer is normalized over the batch, in front of its activation.
    residual : bool
        Whether there is a road around each hidden layer but the first.
    optimizer : str
        "SGD", "momentum", "Nesterov", "RMSProp" or "Adam".
    lr : float
        Learning rate, from 0.001 to 100.
    l2 : float
        Strength of the L2 penalty on the weights: 0, or 0.0001 to 0.1.
    dropout : float
        Probability of dropping a hidden unit, from 0 to 1.

    Raises
    ------
    TypeError, ValueError
        If one of them is none of these.
    """

    data: str = "moons"
    noise: float = 0.2
    batch: int = 10
    layers: int = 2
    units: int = 8
    activation: str = "ReLU"
    initializer: str = "He"
    batch_norm: bool = False
    residual: bool = False
    optimizer: str = "SGD"
    lr: float = 0.1
    l2: float = 0.0
    dropout: float = 0.0

    def __post_init__(self):
        one_of("data", self.data, SETS)
        between("noise", self.noise, 0, 0.5)
        one_of("batch", self.batch, BATCHES)
        whole("layers", self.layers, 1, 8)
        whole("units", self.units, 1, 16)
        one_of("activation", self.activation, ACTIVATIONS)
        one_of("initializer", self.initializer, INITIALIZERS)
        one_of("batch_norm", self.batch_norm, (False, True))
        one_of("residual", self.residual, (False, True))
        one_of("optimizer", self.optimizer, OPTIMIZERS)
        between("lr", self.lr, 0.001, 100)
        one_of("l2", self.l2, PENALTIES)
        between("dropout", self.dropout, 0, 1)

    @property
    def network(self):
        """Whatever makes another network of it: where this changes, training starts anew."""
        shape = self.layers, self.units, self.activation
        return *shape, self.initializer, self.batch_norm, self.residual

    @property
    def points(self):
        """Whatever makes other points of them."""
        return self.data, self.noise


def build(settings, rng):
    """Build a network: hidden layers as chosen, then one score for each of the two classes."""
    init, n_in, rows = INITIALIZERS[settings.initializer], 2, []
    for _ in range(settings.layers):
        rows.append(_hidden(settings, n_in, init, rng))
        n_in = settings.units
    return nn.Sequential(*rows, nn.Linear(n_in, 2, rng=rng, init=init)).astype(np.float32)


def _hidden(settings, n_in, init, rng):
    n = settings.units
    norm = [nn.BatchNorm(n)] if settings.batch_norm else []
    bend = ACTIVATIONS[settings.activation]()
    layers = nn.Linear(n_in, n, rng=rng, init=init), *norm, bend, nn.Dropout(settings.dropout)
    return nn.Residual(*layers) if settings.residual and n_in == n else nn.Sequential(*layers)


class Training:
    """A network somewhere on the way through its training.

    The same seed, and the same steps and changes in the same order, give the same numbers.

    Parameters
    ----------
    settings : Settings
    seed : int
        Seed of the points, the initial weights, the order of the points, and dropout.

    Attributes
    ----------
    steps : int
        Steps taken so far.
    over : bool
        Whether numbers have ceased to be finite, so that no further step can be taken.
    frame : Moment
        Where the training stands.
    """

    def __init__(self, settings, seed):
        self.settings, self.seed = settings, seed
        weights, self._order, self._chance = (np.random.default_rng([seed, i]) for i in range(3))
        self.net = build(settings, weights)
        self.steps, self.over, self._lost, self._loss = 0, False, False, np.nan
        self._weights = self.net.mask("W").astype(np.float32)
        self._linear = linear_layers(self.net)
        self._cache = self._cache_of_survey = None
        self._history, self._norms = [], deque(maxlen=SMOOTH)
        self._take_optimizer()
        self._take_points()
        self._first_norms = self._norms_at_first()

    @property
    def frame(self):
        at, training, held_out = np.transpose(self._history)
        recent = np.sqrt(np.mean(np.square(self._norms), axis=0)) if self._norms else None
        return Moment(
            settings=self.settings,
            steps=self.steps,
            over=self.over or self._lost,
            points=self.points,
            survey=self._survey,
            at=at,
            training=training,
            held_out=held_out,
            gradient=self._first_norms if recent is None else recent,
            first_gradient=self._first_norms,
        )

    def step(self):
        """Take one training step on the next batch."""
        net, (x, y) = self.net, self._next_batch()
        scores, self._cache = net.forward(x, train=True, rng=self._chance, reuse=self._cache)
        loss, dscores = nn.softmax_cross_entropy(scores, y)
        net.backward(dscores, self._cache, input_grad=False)
        self._loss = loss + self._penalize()
        self.optimizer.step(net.params, net.grads)
        self.steps += 1
        self._norms.append([_length(layer.dW) for layer in self._linear])

    def advance(self, steps):
        """Take some steps, as far as numbers reach, and look where they led."""
        if self.over:
            return
        for i in range(1, steps + 1):
            try:
                with np.errstate(over="ignore", invalid="ignore"):
                    self.step()
            except FloatingPointError:  # diverging is one of the things to see
                self.over = True
                self._note(self._loss, np.nan)
                return
            if i % LOOK == 0 or i == steps:
                self._look()

    def follow(self, **settings):
        """Go on with other settings; give False where they ask for another network."""
        old, settings = self.settings, Settings(**settings)
        if settings.network != old.network:
            return False
        self.settings, self.optimizer.lr = settings, settings.lr
        if settings.optimizer != old.optimizer:
            self._take_optimizer()
        for leaf in leaves(self.net):
            if isinstance(leaf, nn.Dropout):
                leaf.p = settings.dropout
        if (settings.points, settings.batch) != (old.points, old.batch):
            self._take_points()
        return True

    def step_in_numbers(self):
        """Take one step, and tell what it did: `OneStep`, or None if the training is over."""
        before, chance = copy.deepcopy(self.net), copy.deepcopy(self._chance)
        self.advance(1)
        if self.over or self._lost:
            return None
        moved = copy.deepcopy(self.net)
        moved.params -= before.params  # the step, laid out like the network
        return OneStep(
            number=self.steps,
            batch=len(self._batch[1]),
            before=self._loss_of(before, chance),
            after=self._loss_of(copy.deepcopy(self.net), chance),
            gradient=_length(self.net.grads),
            step=_length(moved.params),
            layers=tuple(_layer_steps(self.net, before, moved)),
        )

    def _next_batch(self):
        """Give the next batch; after all points were seen, begin another round."""
        self._batch = next(self._batches, None)
        if self._batch is None:
            self._begin_round()
            self._batch = next(self._batches)
        return self._batch

    def _begin_round(self):
        x, y, size = self.points.x_train, self.points.y_train, self.settings.batch
        self._batches = data.batches(x, y, size=size, rng=self._order)

    def _penalize(self):
        """Add the gradient of the L2 penalty on the weights; give the penalty."""
        if not self.settings.l2:
            return 0.0
        penalty, dpenalty = nn.l2(self.net.params, self.settings.l2, mask=self._weights)
        self.net.grads += dpenalty
        return penalty

    def _take_optimizer(self):
        self.optimizer = OPTIMIZERS[self.settings.optimizer](self.settings.lr)

    def _take_points(self):
        self.points = Points.draw(self.settings.data, self.settings.noise, self.seed)
        self._begin_round()
        if not self.over:
            self._look()

    def _look(self):
        """Survey all points and the map, and note the losses.

        A survey that breaks ends nothing: steps go on until one of them breaks, so that where a
        training ends does not depend on how often one looks.
        """
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                found = survey(self.net, self.points, reuse=self._cache_of_survey)
        except FloatingPointError:
            self._lost = True
            self._note(self._loss, np.nan)
            return
        self._lost, (self._survey, self._cache_of_survey) = False, found
        self._note(self._survey.training, self._survey.held_out)

    def _note(self, training, held_out):
        """Note the losses, in place of what was noted at the same step before."""
        if self._history and self._history[-1][0] == self.steps:
            self._history.pop()
        self._history.append((self.steps, training, held_out))
        if len(self._history) > LONGEST:
            del self._history[1:-1:2]

    def _norms_at_first(self):
        """Lengths of the gradients of all training points, before the first step."""
        net, rng = copy.deepcopy(self.net), np.random.default_rng(self.seed)
        scores, cache = net.forward(self.points.x_train, train=True, rng=rng)
        _, dscores = nn.softmax_cross_entropy(scores, self.points.y_train)
        net.backward(dscores, cache, input_grad=False)
        return np.array([_length(layer.dW) for layer in linear_layers(net)])

    def _loss_of(self, net, chance):
        """Work out the loss of the last batch, with a copy of a network and of its luck."""
        x, y = self._batch
        with np.errstate(over="ignore", invalid="ignore"):
            try:
                scores, _ = net.forward(x, train=True, rng=copy.deepcopy(chance))
                loss, _ = nn.softmax_cross_entropy(scores, y)
            except FloatingPointError:
                return float("inf")
        return loss + nn.l2(net.params, self.settings.l2, mask=self._weights)[0]


def leaves(layer):
    """Yield the layers that hold no others, from input to output."""
    for child in layer.children:
        yield from leaves(child)
    if not layer.children:
        yield layer


def linear_layers(net):
    """List the linear layers of a network, from input to output."""
    return [leaf for leaf in leaves(net) if isinstance(leaf, nn.Linear)]


def _layer_steps(net, before, moved):
    """Compare three networks of one shape: one with its gradient, one before, and the step."""
    for at, row in enumerate(zip(net.layers, before.layers, moved.layers, strict=True), 1):
        for leaf, was, step in zip(*map(leaves, row), strict=True):
            if leaf.params.size:
                name = "output" if at == len(net.layers) else f"{at}"
                yield LayerStep(
                    f"{name} {leaf}", *map(_length, (was.params, leaf.grads, step.params))
                )


def _length(a):
    return math.sqrt(np.vdot(a, a))
