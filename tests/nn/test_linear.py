import numpy as np
import pytest

from backprop_lab import nn


@pytest.fixture
def layer():
    layer = nn.Linear(2, 1, rng=np.random.default_rng(0))
    layer.W = [[2.0], [-1.0]]
    layer.b = 0.5
    return layer


def test_a_case_worked_by_hand(layer):
    x = np.array([[1.0, 3.0], [0.0, 2.0]])
    y, cache = layer.forward(x)
    np.testing.assert_array_equal(y, [[1 * 2 - 3 + 0.5], [0 * 2 - 2 + 0.5]])
    dx = layer.backward(np.array([[1.0], [10.0]]), cache)
    np.testing.assert_array_equal(layer.dW, [[1 * 1 + 0 * 10], [3 * 1 + 2 * 10]])
    np.testing.assert_array_equal(layer.db, [1 + 10])
    np.testing.assert_array_equal(dx, [[2.0, -1.0], [20.0, -10.0]])


def test_initial_weights_come_from_init_and_biases_are_zero():
    layer = nn.Linear(3, 2, rng=np.random.default_rng(5), init=nn.xavier)
    np.testing.assert_array_equal(layer.W, nn.xavier(3, 2, np.random.default_rng(5)))
    np.testing.assert_array_equal(layer.b, 0.0)


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (-1, 2)])
def test_a_layer_without_units_is_refused(sizes):
    with pytest.raises(ValueError, match="at least one"):
        nn.Linear(*sizes, rng=np.random.default_rng(0))
