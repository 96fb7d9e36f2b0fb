import warnings

import numpy as np
import pytest

from backprop_lab import nn


@pytest.mark.parametrize(
    ("layer", "x", "y", "dx"),
    [
        (nn.Sigmoid(), [0.0, np.log(3.0)], [0.5, 0.75], [0.25, 0.1875]),
        (nn.Tanh(), [0.0, np.arctanh(0.5)], [0.0, 0.5], [1.0, 0.75]),
        (nn.ReLU(), [-2.0, 0.0, 3.0], [0.0, 0.0, 3.0], [0.0, 0.0, 1.0]),
    ],
    ids=["Sigmoid", "Tanh", "ReLU"],
)
def test_a_case_worked_by_hand(layer, x, y, dx):
    got, cache = layer.forward(np.array([x]))
    np.testing.assert_allclose(got, [y], rtol=1e-15)
    np.testing.assert_allclose(layer.backward(np.ones((1, len(x))), cache), [dx], rtol=1e-15)


@pytest.mark.parametrize("layer", [nn.Sigmoid(), nn.Tanh(), nn.ReLU()])
def test_large_input_raises_no_warning_and_stays_finite(layer):
    x = np.array([[-1e4, -800.0, -40.0, 40.0, 800.0, 1e4]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y, cache = layer.forward(x)
        dx = layer.backward(np.ones_like(x), cache)
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()


def test_sigmoid_keeps_its_digits_far_out():
    y, _ = nn.Sigmoid().forward(np.array([[-30.0, -300.0]]))
    np.testing.assert_allclose(y, [[np.exp(-30.0), np.exp(-300.0)]], rtol=1e-12)
