import numpy as np
import pytest

from backprop_lab import nn


def test_repeated_tokens_add_up():
    layer = nn.Embedding(3, 2, rng=np.random.default_rng(0))
    y, cache = layer.forward(np.array([[0, 2, 0]]))
    np.testing.assert_array_equal(y, layer.W[[[0, 2, 0]]])
    assert layer.backward(np.array([[[1.0, 2.0], [3.0, 4.0], [10.0, 20.0]]]), cache) is None
    np.testing.assert_array_equal(layer.dW, [[11.0, 22.0], [0.0, 0.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("tokens", "error", "says"),
    [
        ([[0, 3]], ValueError, "tokens 0 to 2, got token 3"),
        ([[0, -1]], ValueError, "got token -1"),
        ([[0.0, 1.0]], TypeError, "whole numbers, got float64"),
    ],
)
def test_tokens_without_a_row_are_named(tokens, error, says):
    layer = nn.Embedding(3, 2, rng=np.random.default_rng(0))
    for net in (layer, nn.Sequential(layer, nn.Tanh())):
        with pytest.raises(error, match=says):
            net.forward(np.array(tokens))


def test_places_that_no_text_reached_get_no_gradient():
    layer = nn.Position(3, 2, rng=np.random.default_rng(0))
    layer.grads = np.nan
    y, cache = layer.forward(np.zeros((4, 2, 2)))
    np.testing.assert_array_equal(y[0], layer.W[:2])
    layer.backward(np.ones((4, 2, 2)), cache)
    np.testing.assert_array_equal(layer.dW, [[4.0, 4.0], [4.0, 4.0], [0.0, 0.0]])


def test_a_text_that_is_too_long_is_named():
    with pytest.raises(ValueError, match="T up to 3, got \\(4, 2\\)"):
        nn.Position(3, 2, rng=np.random.default_rng(0)).forward(np.zeros((1, 4, 2)))
