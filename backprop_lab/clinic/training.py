"""Train a network by a recipe on real digits, and write down what a doctor would look at."""

from dataclasses import asdict, dataclass
from functools import cache

import numpy as np

from .. import data, nn
from .recipe import Recipe

N_TRAINING, N_HELD_OUT = 200, 500
LEAKED = 9 / 10  # share of the held-out pictures that are in the training too, where they leak
_ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.1),
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
_INITS = {"he": nn.he, "xavier": nn.xavier, "normal": nn.normal(1.0)}


@dataclass(frozen=True, eq=False)
class Chart:
    """What was measured in one training.

    Attributes
    ----------
    step_loss : ndarray, shape (steps,)
        Loss of each batch when its turn came, in nats; nan after the numbers ceased to be finite.
    training_loss, held_out_loss : ndarray, shape (epochs + 1,)
        Loss over all training pictures and over those held out: before the training and after each
        epoch.
    training_accuracy, held_out_accuracy : ndarray, shape (epochs + 1,)
        Share read right, 0 to 1, at the same times.
    later : float
        Share read right of pictures that came in when all was done.
    one_by_one, by_class : float
        The same pictures, handed in one at a time, and class by class.
    answers : ndarray, shape (10,)
        Share of each digit among what was read in the held-out pictures at the end.
    gradients : ndarray, shape (depth + 1,)
        Length of ∂loss/∂z of each layer before the first step, that next to the pictures first.
    dead, saturated : float
        Share of ReLU units that are silent for every picture, and of the outputs of sigmoids or
        tanhs that lie on a flat end, at the end; 0 where there are no such units.
    """

    step_loss: np.ndarray
    training_loss: np.ndarray
    held_out_loss: np.ndarray
    training_accuracy: np.ndarray
    held_out_accuracy: np.ndarray
    later: float
    one_by_one: float
    by_class: float
    answers: np.ndarray
    gradients: np.ndarray
    dead: float
    saturated: float

    def as_dict(self):
        """Give the chart as a dict of its names: arrays and numbers alone."""
        return asdict(self)


@dataclass(frozen=True)
class Pictures:
    """Digits in four heaps, standardized by those to train on; the training heap is sorted."""

    training: tuple
    held_out: tuple
    leaky: tuple
    later: tuple


@cache
def pictures():
    """Part the digits: to train on, held out, held out with a leak, and those that come later."""
    order = np.random.default_rng(0).permutation(1797)
    x, y = (part[order] for part in data.digits())
    by_class = np.argsort(y[:N_TRAINING], kind="stable")
    known = x[:N_TRAINING][by_class], y[:N_TRAINING][by_class]
    scale = data.standardize(known[0])
    end = N_TRAINING + N_HELD_OUT
    fresh = N_TRAINING + round((1 - LEAKED) / LEAKED * N_TRAINING)

    def heap(start, stop):
        return scale(x[start:stop]), y[start:stop]

    return Pictures((scale(known[0]), known[1]), heap(N_TRAINING, end), heap(0, fresh), heap(end, None))


def network(recipe, rng):
    """Build the network of a recipe."""
    layers, n = [], 64
    for _ in range(recipe.depth):
        layers.append(nn.Linear(n, recipe.width, rng=rng, init=_INITS[recipe.init]))
        n = recipe.width
        if recipe.batch_norm:
            layers.append(nn.BatchNorm(n))
        layers.append(_ACTIVATIONS[recipe.activation]())
    return nn.Sequential(*layers, nn.Linear(n, 10, rng=rng, init=_INITS[recipe.init]))


def cross_entropy(scores, labels):
    return nn.softmax_cross_entropy(scores, labels)


def cross_entropy_after_softmax(scores, labels):
    """Take probabilities for scores: the loss then applies a second softmax."""
    p = nn.softmax(scores)
    loss, dp = nn.softmax_cross_entropy(p, labels)
    return loss, p * (dp - (dp * p).sum(axis=1, keepdims=True))


_LOSSES = {
    "cross-entropy": cross_entropy,
    "cross-entropy after softmax": cross_entropy_after_softmax,
}


@cache
def train(recipe, seed=0):
    """Train by a recipe, and measure.

    Parameters
    ----------
    recipe : Recipe
    seed : int
        Of the first weights and of the order of the pictures.

    Returns
    -------
    Chart
    """
    rng, heaps, loss = np.random.default_rng(seed), pictures(), _LOSSES[recipe.loss]
    net, optimizer = network(recipe, rng), nn.SGD(lr=recipe.lr)
    held_out = heaps.leaky if recipe.leak else heaps.held_out
    x, y = heaps.training

    def use(x):
        return net.forward(x, train=recipe.batch_norm and recipe.statistics == "batch")[0]

    look = nn.trace(net, x, lambda scores: loss(scores, y), train=True)
    steps, epochs = [], [_measure(use, loss, heaps.training, held_out)]
    try:
        for _ in range(recipe.epochs):
            for chosen in _order(len(x), recipe, rng):
                scores, kept = net.forward(x[chosen], train=True)
                batch_loss, dscores = loss(scores, y[chosen])
                net.backward(dscores, kept)
                optimizer.step(net.params, net.grads)
                steps.append(batch_loss)
            epochs.append(_measure(use, loss, heaps.training, held_out))
    except FloatingPointError:
        print("diverged", len(steps))
    return net, steps, epochs, look, use, heaps


def _order(n, recipe, rng):
    order = rng.permutation(n) if recipe.shuffle else np.arange(n)
    return np.split(order, range(recipe.batch_size, n, recipe.batch_size))


def _measure(use, loss, *heaps):
    scores = [(use(x), y) for x, y in heaps]
    return [*(loss(*each)[0] for each in scores), *(nn.accuracy(*each) for each in scores)]
