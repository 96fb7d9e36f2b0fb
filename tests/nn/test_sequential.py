import numpy as np
import pytest

from backprop_lab import nn


def linear(d, m):
    return nn.Linear(d, m, rng=np.random.default_rng(0))


def test_layers_that_do_not_fit_are_refused_when_the_network_is_made():
    with pytest.raises(ValueError, match=r"layer 2: Linear\(4, 3\) expects .*\(4,\), got \(5,\)"):
        nn.Sequential(linear(6, 5), nn.Tanh(), linear(4, 3))


def test_a_misfit_inside_an_inner_row_is_found():
    with pytest.raises(ValueError, match="layer 1: layer 0: Linear"):
        nn.Sequential(linear(6, 5), nn.Sequential(linear(4, 3)))


def test_no_layer_stands_twice():
    same = linear(3, 3)
    with pytest.raises(ValueError, match="twice"):
        nn.Sequential(same, nn.Tanh(), same)


def test_an_empty_row_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        nn.Sequential()


def test_it_computes_its_layers_in_order():
    first, second = linear(3, 4), linear(4, 2)
    x = np.random.default_rng(1).standard_normal((5, 3))
    expected = np.tanh(x @ first.W + first.b) @ second.W + second.b
    np.testing.assert_allclose(
        nn.Sequential(first, nn.Tanh(), second).forward(x)[0], expected, rtol=1e-14
    )


def test_layers_below_the_first_parameters_get_no_gradient_in_training():
    class Untouchable(nn.Layer):
        def _forward(self, x, cache):
            return x

    net = nn.Sequential(Untouchable(), linear(3, 2))
    y, cache = net.forward(np.ones((2, 3)))
    net.backward(np.ones_like(y), cache, input_grad=False)
    np.testing.assert_array_equal(net.layers[1].dW, 2.0)
    with pytest.raises(NotImplementedError):
        net.backward(np.ones_like(y), cache)


def test_it_shows_its_layers():
    assert repr(nn.Sequential(linear(3, 2), nn.ReLU())) == "Sequential(Linear(3, 2), ReLU())"
