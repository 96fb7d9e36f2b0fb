"""Train a network by a recipe on real digits, and measure what belongs in its chart."""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from .. import data, nn
from .chart import Chart

N_TRAINING, N_HELD_OUT = 300, 500
ALONE = 100  # later pictures that are read one at a time
LEAKED = 9 / 10  # share of the held-out pictures that are in the training too, where they leak
_ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.1),
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
_INITS = {"he": nn.he, "xavier": nn.xavier, "normal": nn.normal(1.0)}


@lru_cache(maxsize=1000)
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
        Where the numbers leave the finite ones, the training ends, and what the chart says of the
        end is measured after the last epoch that was whole.
    """
    rng, loss, heaps = np.random.default_rng(seed), _LOSSES[recipe.loss], _heaps()
    net = _network(recipe, rng)
    x, y = heaps.training
    exam_heaps = heaps.training, heaps.leaky if recipe.leak else heaps.held_out
    start = nn.trace(net, x, lambda scores: loss(scores, y), train=True)

    def read(x):
        return net.forward(x, train=recipe.batch_norm and recipe.statistics == "batch")[0]

    def exam():
        scores = [(read(x), y) for x, y in exam_heaps]
        return [*(loss(*each)[0] for each in scores), *(nn.accuracy(*each) for each in scores)]

    with np.errstate(over="ignore", invalid="ignore"):
        step_loss, exams = _practise(net, recipe, loss, exam, rng)
        later, by_class, one_by_one = (way(read, *heaps.later) for way in _WAYS)
        answers = np.bincount(read(heaps.later[0]).argmax(axis=1), minlength=10)
        end = nn.trace(net, x, lambda scores: loss(scores, y))
    return Chart(
        step_loss,
        *exams.T,
        later=later,
        by_class=by_class,
        one_by_one=one_by_one,
        answers=answers / answers.sum(),
        gradients=np.array([layer.dy_norm for layer in start if "Linear" in layer.name]),
        dead=_mean(layer.dead for layer in end),
        saturated=_mean(layer.saturated for layer in end),
    )


def _practise(net, recipe, loss, exam, rng):
    """Train the network; return the loss of each batch, and what `exam` gave around each epoch."""
    x, y = _heaps().training
    batches = -(-len(x) // recipe.batch_size)
    step_loss = np.full(recipe.epochs * batches, np.nan)
    exams = np.full((recipe.epochs + 1, 4), np.nan)
    optimizer = nn.SGD(lr=recipe.lr)
    try:
        for epoch in range(recipe.epochs):
            exams[epoch], sound = exam(), net.params.copy()
            for i, chosen in enumerate(_order(len(x), recipe, rng)):
                scores, cache = net.forward(x[chosen], train=True)
                batch_loss, dscores = loss(scores, y[chosen])
                net.backward(dscores, cache)
                optimizer.step(net.params, net.grads)
                step_loss[epoch * batches + i] = batch_loss
        exams[-1] = exam()
    except FloatingPointError:
        step_loss[-1] = np.nan
        net.params[:] = sound
    return step_loss, exams


def _network(recipe, rng):
    """Build the network of a recipe."""
    layers, init = [], _INITS[recipe.init]
    widths = [64] + [recipe.width] * recipe.depth
    for n_in, n_out in zip(widths, widths[1:], strict=False):
        layers.append(nn.Linear(n_in, n_out, rng=rng, init=init))
        layers[-1].b = recipe.bias
        if recipe.batch_norm:
            layers.append(nn.BatchNorm(n_out))
        layers.append(_ACTIVATIONS[recipe.activation]())
    return nn.Sequential(*layers, nn.Linear(recipe.width, 10, rng=rng, init=init))


def _order(n, recipe, rng):
    """Cut the numbers of the pictures into batches."""
    order = rng.permutation(n) if recipe.shuffle else np.arange(n)  # the heap lies sorted
    return np.split(order, range(recipe.batch_size, n, recipe.batch_size))


def _after_softmax(scores, labels):
    """Take probabilities for scores, so that the loss applies a second softmax."""
    p = nn.softmax(scores)
    loss, dp = nn.softmax_cross_entropy(p, labels)
    return loss, p * (dp - (dp * p).sum(axis=1, keepdims=True))


_LOSSES = {
    "cross-entropy": nn.softmax_cross_entropy,
    "cross-entropy after softmax": _after_softmax,
}


@dataclass(frozen=True, eq=False)
class _Heaps:
    """Digits and their labels, standardized by those to train on; these are sorted by class."""

    training: tuple
    held_out: tuple
    leaky: tuple
    later: tuple


@cache
def _heaps():
    """Part the digits, always in the same way."""
    x, y = data.digits()
    order = np.random.default_rng(0).permutation(len(x))
    scale = data.standardize(x[order[:N_TRAINING]])
    end, fresh = N_TRAINING + N_HELD_OUT, round(N_TRAINING * (1 / LEAKED - 1))

    def heap(numbers):
        return scale(x[numbers]), y[numbers]

    training = order[:N_TRAINING][np.argsort(y[order[:N_TRAINING]], kind="stable")]
    return _Heaps(
        heap(training),
        heap(order[N_TRAINING:end]),
        heap(order[: N_TRAINING + fresh]),
        heap(order[end:]),
    )


def _mixed(read, x, y):
    return nn.accuracy(read(x), y)


def _by_class(read, x, y):
    right = [np.sum(read(x[y == digit]).argmax(axis=1) == digit) for digit in range(10)]
    return float(np.sum(right) / len(y))


def _one_by_one(read, x, y):
    alone = zip(x[:ALONE, None], y[:ALONE, None], strict=True)
    return float(np.mean([nn.accuracy(read(one), label) for one, label in alone]))


_WAYS = (_mixed, _by_class, _one_by_one)


def _mean(shares):
    known = [share for share in shares if share is not None]
    return float(np.mean(known)) if known else 0.0
