import numpy as np
import pytest

from backprop_lab import nn


def test_a_step_goes_against_the_gradient_in_place():
    params, grads = np.array([1.0, 2.0]), np.array([10.0, -20.0])
    same = params
    assert nn.SGD(lr=0.1).step(params, grads) is None
    np.testing.assert_allclose(same, [0.0, 4.0])
    np.testing.assert_array_equal(grads, [10.0, -20.0])


@pytest.mark.parametrize("lr", [0, -0.1, np.nan, np.inf])
def test_a_learning_rate_is_a_number_above_zero(lr):
    with pytest.raises(ValueError, match="above 0"):
        nn.SGD(lr=lr)


def test_the_four_lines_learn_xor():
    rng = np.random.default_rng(0)
    x, labels = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    net = nn.Sequential(nn.Linear(2, 8, rng=rng), nn.Tanh(), nn.Linear(8, 2, rng=rng))
    optimizer = nn.SGD(lr=0.5)
    for _ in range(500):
        scores, cache = net.forward(x)
        loss, dscores = nn.softmax_cross_entropy(scores, labels)
        net.backward(dscores, cache)
        optimizer.step(net.params, net.grads)
    assert loss < 0.02
    np.testing.assert_array_equal(net.forward(x)[0].argmax(axis=1), labels)
