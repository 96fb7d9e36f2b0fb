import numpy as np
import pytest

from backprop_lab import nn


def test_dy_arrives_whatever_the_layers_do():
    layer = nn.Residual(nn.Linear(3, 3, rng=np.random.default_rng(0)), nn.ReLU())
    layer.params = 0.0  # nothing gets through f
    x, dy = np.ones((2, 3)), np.arange(6.0).reshape(2, 3)
    y, cache = layer.forward(x)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(layer.backward(dy, cache), dy)


def test_layers_that_change_the_shape_are_refused():
    layer = nn.Residual(nn.Linear(3, 2, rng=np.random.default_rng(0)))
    with pytest.raises(ValueError, match=r"keep the shape \(3,\), but gives \(2,\)"):
        layer.forward(np.ones((4, 3)))


def test_fifty_residual_layers_pass_a_gradient_that_fifty_plain_ones_lose():
    rng = np.random.default_rng(0)
    plain = [part for _ in range(50) for part in (nn.Linear(8, 8, rng=rng), nn.Sigmoid())]
    around = [nn.Residual(nn.Linear(8, 8, rng=rng), nn.Sigmoid()) for _ in range(50)]
    norms = []
    for layers in (plain, around):
        net = nn.Sequential(*layers)
        y, cache = net.forward(rng.standard_normal((4, 8)))
        norms.append(np.linalg.norm(net.backward(np.ones_like(y), cache)))
    assert norms[0] < 1e-15
    assert norms[1] > 1e-2
