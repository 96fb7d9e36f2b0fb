import numpy as np
import pytest

from backprop_lab import nn


def test_two_steps_by_hand():
    layer = nn.RNN(1, 1, rng=np.random.default_rng(0))
    layer.Wx, layer.Wh, layer.b = 0.5, 2.0, 0.1
    y, cache = layer.forward(np.array([[[1.0], [-1.0]]]))
    h1 = np.tanh(0.5 + 0.1)
    h2 = np.tanh(-0.5 + 2 * h1 + 0.1)
    np.testing.assert_allclose(y, [[[h1], [h2]]])
    dx = layer.backward(np.array([[[0.0], [1.0]]]), cache)
    dz2 = 1 - h2**2
    dz1 = 2 * dz2 * (1 - h1**2)  # only through the memory
    np.testing.assert_allclose(dx, [[[0.5 * dz1], [0.5 * dz2]]])
    np.testing.assert_allclose(layer.dWh, [[h1 * dz2]])
    np.testing.assert_allclose(layer.dWx, [[dz1 - dz2]])
    np.testing.assert_allclose(layer.db, [dz1 + dz2])


def test_later_steps_do_not_change_earlier_ones():
    layer = nn.RNN(2, 3, rng=np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((2, 6, 2))
    whole, _ = layer.forward(x)
    np.testing.assert_allclose(layer.forward(x[:, :4])[0], whole[:, :4], rtol=1e-12)


def test_a_batch_without_a_time_axis_is_named():
    with pytest.raises(ValueError, match=r"\(T, 2\), got \(2,\)"):
        nn.RNN(2, 3, rng=np.random.default_rng(0)).forward(np.ones((3, 2)))
