import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backprop_lab import nn

X = np.array([[1.0, 10.0], [3.0, 30.0]])


def test_batch_norm_by_hand():
    layer = nn.BatchNorm(2, momentum=0.75, eps=3.0)
    y, _ = layer.forward(X, train=True)
    np.testing.assert_allclose(y, [[-1 / 2, -10 / np.sqrt(103)], [1 / 2, 10 / np.sqrt(103)]])
    np.testing.assert_allclose(layer.state["mean"], [0.25 * 2, 0.25 * 20])
    np.testing.assert_allclose(layer.state["var"], [0.75 + 0.25 * 1, 0.75 + 0.25 * 100])


def test_inference_uses_and_leaves_the_running_statistics():
    layer = nn.BatchNorm(2, eps=1.0)
    layer.state["mean"][:], layer.state["var"][:] = [1.0, 20.0], [3.0, 8.0]
    y, _ = layer.forward(X)
    np.testing.assert_allclose(y, [[0.0, -10 / 3], [1.0, 10 / 3]])
    np.testing.assert_array_equal(layer.state["mean"], [1.0, 20.0])
    np.testing.assert_array_equal(layer.state["var"], [3.0, 8.0])


@given(arrays(float, (6, 3), elements=st.floats(-1e3, 1e3, width=32)))
def test_the_output_of_training_has_mean_beta_and_at_most_deviation_gamma(x):
    layer = nn.BatchNorm(3)
    layer.gamma, layer.beta = [2.0, 0.5, 1.0], [1.0, -1.0, 0.0]
    y, _ = layer.forward(x, train=True)
    np.testing.assert_allclose(y.mean(axis=0), layer.beta, atol=1e-6)
    assert (y.std(axis=0) <= layer.gamma + 1e-6).all()


def test_the_gradient_of_training_cannot_move_mean_or_scale():
    rng = np.random.default_rng(0)
    layer = nn.BatchNorm(3, eps=1e-12)
    _, cache = layer.forward(rng.standard_normal((8, 3)), train=True)
    dx = layer.backward(rng.standard_normal((8, 3)), cache)
    np.testing.assert_allclose(dx.sum(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose((dx * cache.xhat).sum(axis=0), 0.0, atol=1e-9)


def test_a_batch_of_one_is_all_beta():
    y, cache = nn.BatchNorm(2).forward(X[:1], train=True)
    np.testing.assert_array_equal(y, 0.0)
    np.testing.assert_array_equal(cache.layer.backward(np.ones((1, 2)), cache), 0.0)


def test_layer_norm_by_hand():
    y, _ = nn.LayerNorm(2, eps=3.0).forward(np.array([[1.0, 3.0], [10.0, 30.0]]))
    np.testing.assert_allclose(y, [[-1 / 2, 1 / 2], [-10 / np.sqrt(103), 10 / np.sqrt(103)]])


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.BatchNorm(2, momentum=1.5),
        lambda: nn.BatchNorm(2, eps=0.0),
        lambda: nn.LayerNorm(2, eps=-1.0),
    ],
)
def test_numbers_out_of_range_are_refused(make):
    with pytest.raises(ValueError, match="expected"):
        make()


@pytest.mark.parametrize("layer", [nn.BatchNorm(3), nn.LayerNorm(3)])
def test_another_number_of_features_is_refused(layer):
    with pytest.raises(ValueError, match="3"):
        layer.forward(np.ones((4, 2)), train=True)
