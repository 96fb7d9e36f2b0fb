import numpy as np

from backprop_lab import nn


def squared(y):
    return nn.mse(y, np.zeros_like(y))


def test_it_measures_what_each_layer_saw_gave_and_sent_back():
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(3, 4, rng=rng), nn.Tanh(), nn.Linear(4, 2, rng=rng))
    x = rng.standard_normal((6, 3))
    first, second, third = nn.trace(net, x, squared)
    h = x @ net.layers[0].W + net.layers[0].b
    y = np.tanh(h) @ net.layers[2].W + net.layers[2].b
    dy = 2 * y / y.size
    dh = dy @ net.layers[2].W.T
    np.testing.assert_allclose([first.x_mean, first.x_std], [x.mean(), x.std()])
    np.testing.assert_allclose([first.y_mean, second.x_mean], h.mean())
    np.testing.assert_allclose(third.dy_norm, np.linalg.norm(dy))
    np.testing.assert_allclose([third.dx_norm, second.dy_norm], np.linalg.norm(dh))
    np.testing.assert_allclose(third.grad_norm, np.linalg.norm(net.layers[2].grads))
    np.testing.assert_allclose(
        third.grad_to_weight, third.grad_norm / np.linalg.norm(net.layers[2].params)
    )
    assert (second.grad_norm, second.grad_to_weight) == (0.0, 0.0)
    assert [row.name for row in (first, second)] == ["0 Linear(3, 4)", "1 Tanh()"]


def test_it_looks_inside_blocks():
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Residual(nn.Linear(3, 3, rng=rng), nn.ReLU()), nn.Linear(3, 2, rng=rng))
    x = rng.standard_normal((6, 3))
    rows = nn.trace(net, x, squared)
    assert [row.name for row in rows] == ["0.0.0 Linear(3, 3)", "0.0.1 ReLU()", "1 Linear(3, 2)"]
    np.testing.assert_allclose(rows[0].x_mean, x.mean())
    np.testing.assert_allclose(rows[1].dy_norm, rows[2].dx_norm)


def test_saturated_and_dead_shares():
    x = np.array([[0.0, -9.0, 9.0, -1.0], [0.1, -9.0, -9.0, -3.0]])
    (sigmoid,) = nn.trace(nn.Sigmoid(), x, squared)
    assert (sigmoid.saturated, sigmoid.dead) == (0.5, None)
    (tanh,) = nn.trace(nn.Tanh(), x, squared)
    assert tanh.saturated == 0.625  # tanh(-3) is on the flat end, too
    (relu,) = nn.trace(nn.ReLU(), x, squared)
    assert (relu.saturated, relu.dead) == (None, 0.5)
    assert "50.0% dead" in repr(nn.trace(nn.ReLU(), x, squared))
