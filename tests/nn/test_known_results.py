"""Numbers that others have published, reproduced with this engine.

The published runs drew from NumPy's legacy generator and from Python's `random`, so the tests draw
from the same two, each from an object of its own.
"""

import random

import numpy as np
import pytest
from sklearn.datasets import make_circles, make_moons

from backprop_lab import nn


def test_the_seed_example():
    net = nn.Linear(1, 1, rng=np.random.default_rng(0))
    net.W, net.b = 2.0, 0.0
    pred, cache = net.forward(np.array([[3.0]]))
    loss, dpred = nn.mse(pred, np.array([[10.0]]))
    net.backward(dpred, cache)
    assert (loss, net.dW.item()) == (16.0, -24.0)


def test_micrograd_demo():
    """Karpathy, micrograd, demo.ipynb: loss 0.010978370135492717 and 100 % after 100 steps."""
    x, y = make_moons(n_samples=100, noise=0.1, random_state=np.random.RandomState(1337))
    y = y[:, None] * 2.0 - 1.0
    draw = random.Random(1337)
    net = relu_network([2, 16, 16, 1], lambda d, m: [uniform(draw, d) for _ in range(m)])
    assert net.params.size == 337

    for k in range(100):
        scores, cache = net.forward(x)
        hinge, dscores = max_margin(scores, y)
        penalty, dparams = nn.l2(net.params, 2e-4)  # alpha Σ p², so lam = 2 alpha
        net.backward(dscores, cache)
        net.grads += dparams
        nn.SGD(lr=1.0 - 0.9 * k / 100).step(net.params, net.grads)

    np.testing.assert_allclose(hinge + penalty, 0.010978370135492717, rtol=1e-12)
    np.testing.assert_array_equal(np.sign(scores), y)


def max_margin(scores, y):
    margin = np.maximum(0.0, 1.0 - y * scores)
    return margin.mean(), np.where(margin > 0, -y, 0.0) / len(y)


def uniform(draw, n):
    return [draw.uniform(-1, 1) for _ in range(n)]


@pytest.mark.parametrize(
    ("scale", "train", "test"),
    [
        pytest.param(lambda d: 0.0, 50.0, 50.0, id="zeros"),
        pytest.param(lambda d: 10.0, 83.0, 86.0, id="ten times too large"),
        pytest.param(lambda d: np.sqrt(2 / d), 99 + 1 / 3, 96.0, id="He"),
    ],
)
def test_deeplearning_ai_initialization(scale, train, test):
    """Ng et al., "Improving Deep Neural Networks", week 1: 15,000 steps on two circles."""
    x, y = make_circles(n_samples=300, noise=0.05, random_state=np.random.RandomState(1))
    x_test, y_test = make_circles(n_samples=100, noise=0.05, random_state=np.random.RandomState(2))
    net = seeded_network([2, 10, 5, 1], scale)
    optimizer, cache = nn.SGD(lr=0.01), None
    for _ in range(15_000):
        cache = step(net, optimizer, x, y, cache)
    np.testing.assert_allclose(
        [accuracy(net, x, y), accuracy(net, x_test, y_test)], [train, test], rtol=1e-12
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make_optimizer", "published"),
    [
        pytest.param(lambda: nn.SGD(lr=7e-4), 79.7, id="gradient descent"),
        # The course averages gradients, v ← β v + (1 - β) g: our velocity with lr (1 - β).
        pytest.param(lambda: nn.Momentum(lr=7e-4 * (1 - 0.9), mu=0.9), 79.7, id="momentum"),
        pytest.param(lambda: nn.Adam(lr=7e-4), 94.0, id="Adam"),
    ],
)
def test_deeplearning_ai_optimization(make_optimizer, published):
    """Ng et al., "Improving Deep Neural Networks", week 2: 10,000 epochs on two moons."""
    x, y = make_moons(n_samples=300, noise=0.2, random_state=np.random.RandomState(3))
    net = seeded_network([2, 5, 2, 1], lambda d: np.sqrt(2 / d))
    optimizer, caches = make_optimizer(), {}
    for epoch in range(10_000):
        order = np.random.RandomState(11 + epoch).permutation(len(x))
        for start in range(0, len(x), 64):
            rows = order[start : start + 64]
            caches[len(rows)] = step(net, optimizer, x[rows], y[rows], caches.get(len(rows)))
    assert round(accuracy(net, x, y), 1) == published


def relu_network(sizes, draw):
    """Make Linear, ReLU, ..., Linear; `draw(d, m)` gives the incoming weights of m units."""
    layers = []
    for d, m in zip(sizes[:-1], sizes[1:], strict=True):
        layer = nn.Linear(d, m, rng=np.random.default_rng(0))
        layer.W = np.transpose(draw(d, m))
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def seeded_network(sizes, scale):
    draw = np.random.RandomState(3)
    return relu_network(sizes, lambda d, m: draw.randn(m, d) * scale(d))


def step(net, optimizer, x, y, cache):
    scores, cache = net.forward(x, reuse=cache)
    _, dscores = nn.bce_with_logits(scores, y[:, None])
    net.backward(dscores, cache, input_grad=False)
    optimizer.step(net.params, net.grads)
    return cache


def accuracy(net, x, y):
    scores, _ = net.forward(x)
    return 100 * np.mean((scores[:, 0] > 0) == y)
