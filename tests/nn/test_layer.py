"""Claims that hold for every layer."""

import copy
import pickle

import numpy as np
import pytest
from autograd import make_vjp
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_lab import nn

from .evidence import LAYERS, parameters


@pytest.fixture(params=LAYERS, ids=str)
def case(request):
    return request.param


@pytest.fixture
def layer(case):
    """A layer whose parameters are all random: a zero bias would hide a forgotten one."""
    rng = np.random.default_rng(1)
    layer = case.make(rng)
    layer.params = rng.standard_normal(layer.params.size)
    return layer


@pytest.fixture
def x(case):
    return np.random.default_rng(2).standard_normal(case.shape)


def upstream(y):
    return np.random.default_rng(3).standard_normal(y.shape)


def test_backward_agrees_with_central_differences(layer, x):
    report = nn.gradcheck(layer, x, rng=np.random.default_rng(4))
    assert report, report


def test_forward_and_backward_agree_with_autograd(case, layer, x):
    values = [value.copy() for value, _ in parameters(layer)]
    y, cache = layer.forward(x)
    dy = upstream(y)
    dx = layer.backward(dy, cache)
    np.testing.assert_allclose(y, case.formula(x, *values), rtol=1e-10, atol=1e-12)
    for i, got in enumerate([dx, *(gradient for _, gradient in parameters(layer))]):
        pull_back, _ = make_vjp(case.formula, i)(x, *values)
        np.testing.assert_allclose(got, pull_back(dy), rtol=1e-10, atol=1e-12)


def test_forward_and_backward_agree_with_pytorch(case, layer, x):
    torch = pytest.importorskip("torch")
    tensors = [torch.tensor(a, requires_grad=True) for a in [x, *(v for v, _ in parameters(layer))]]
    y, cache = layer.forward(x)
    dy = upstream(y)
    dx = layer.backward(dy, cache)
    theirs = case.torch(torch.nn.functional, *tensors[1:])(tensors[0])
    theirs.backward(torch.from_numpy(dy))
    np.testing.assert_allclose(y, theirs.detach().numpy(), rtol=1e-10, atol=1e-12)
    for got, tensor in zip([dx, *(g for _, g in parameters(layer))], tensors, strict=True):
        np.testing.assert_allclose(got, tensor.grad.numpy(), rtol=1e-10, atol=1e-12)


def test_a_second_forward_does_not_change_gradients(layer, x):
    y, cache = layer.forward(x)
    dy = upstream(y)
    dx = layer.backward(dy, cache)
    grads = layer.grads.copy()
    layer.forward(x + 1.0)
    np.testing.assert_array_equal(layer.backward(dy, cache), dx)
    np.testing.assert_array_equal(layer.grads, grads)


def test_backward_is_linear_in_dy_and_a_second_call_leaves_the_first_result_alone(layer, x):
    y, cache = layer.forward(x)
    dy = upstream(y)
    dx, grads = layer.backward(dy, cache), layer.grads.copy()
    np.testing.assert_allclose(layer.backward(2 * dy, cache), 2 * dx, rtol=1e-14)
    np.testing.assert_allclose(layer.grads, 2 * grads, rtol=1e-14)


def test_backward_without_input_gradient_writes_the_same_grads(layer, x):
    y, cache = layer.forward(x)
    dy = upstream(y)
    layer.backward(dy, cache)
    grads = layer.grads.copy()
    layer.grads = np.nan
    assert layer.backward(dy, cache, input_grad=False) is None
    np.testing.assert_array_equal(layer.grads, grads)


def test_a_reused_cache_gives_the_same_numbers_in_the_same_memory(layer, x):
    y, cache = layer.forward(x)
    dy = upstream(y)
    layer.backward(dy, cache)
    fresh, fresh_cache = layer.forward(x + 1.0)
    dx, grads = layer.backward(dy, fresh_cache), layer.grads.copy()
    reused, same = layer.forward(x + 1.0, reuse=cache)
    assert same is cache
    assert reused is y
    np.testing.assert_array_equal(reused, fresh)
    np.testing.assert_array_equal(layer.backward(dy, cache), dx)
    np.testing.assert_array_equal(layer.grads, grads)


def test_a_cache_of_another_batch_size_is_left_alone(layer, x):
    y, cache = layer.forward(x)
    before = y.copy()
    shorter, other = layer.forward(x[:2], reuse=cache)
    assert other is not cache
    assert len(shorter) == 2
    np.testing.assert_array_equal(y, before)


def test_arguments_are_left_as_they_were(layer, x):
    kept = x.copy()
    y, cache = layer.forward(x)
    dy = upstream(y)
    kept_dy = dy.copy()
    layer.backward(dy, cache)
    np.testing.assert_array_equal(x, kept)
    np.testing.assert_array_equal(dy, kept_dy)


def test_each_sample_is_alone(layer, x):
    together, _ = layer.forward(x)
    for i in range(len(x)):
        np.testing.assert_allclose(layer.forward(x[i : i + 1])[0], together[i : i + 1], rtol=1e-12)


def test_a_gradient_of_the_wrong_shape_is_refused(layer, x):
    y, cache = layer.forward(x)
    with pytest.raises(ValueError, match="shape of y"):
        layer.backward(np.ones((len(y) + 1, *y.shape[1:])), cache)


def test_a_cache_of_another_layer_is_refused(case, layer, x):
    y, cache = case.make(np.random.default_rng(0)).forward(x)
    for foreign in (cache, None, x):
        with pytest.raises(ValueError, match="not from a forward pass"):
            layer.backward(np.ones_like(y), foreign)


@pytest.mark.parametrize(
    ("x", "error", "says"),
    [
        (np.ones((3, 4), np.uint8), TypeError, r"uint8: scale images to \[0, 1\]"),
        (np.ones((3, 4), bool), TypeError, "bool"),
        (np.ones((0, 4)), ValueError, "at least one sample, got shape \\(0, 4\\)"),
        (np.float64(1.0), ValueError, "at least one sample"),
        (
            np.ones((4, 3)),
            ValueError,
            r"samples of shape \(4,\), got \(3,\) .*transpose\? x.T fits",
        ),
        (np.ones(4), ValueError, r"one sample is a batch too: x\[None\] fits"),
        (np.ones((3, 2, 2)), ValueError, r"x.reshape\(len\(x\), -1\) fits"),
        (np.ones((5, 7)), ValueError, r"got \(7,\) in x of shape \(5, 7\)$"),
        (np.array([[0, 1, np.nan, 3]]), ValueError, r"x holds nan in sample 0, at \[0, 2\]"),
        (np.array([[0, 1, 2, -np.inf]]), ValueError, "x holds -inf"),
        ([["a", "b"]], TypeError, "floating-point"),
    ],
)
def test_bad_input_is_named_with_its_remedy(x, error, says):
    with pytest.raises(error, match=says):
        nn.Linear(4, 2, rng=np.random.default_rng(0)).forward(x)


def test_a_list_is_a_batch_too():
    y, _ = nn.Tanh().forward([[0.0, 1.0]])
    np.testing.assert_allclose(y, [[0.0, np.tanh(1.0)]])


def network():
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Linear(3, 4, rng=rng), nn.Sequential(nn.Tanh(), nn.Linear(4, 2, rng=rng))
    )


def assert_is_one_vector(net):
    """Assert that every parameter and gradient is a view into the network's two vectors."""
    assert sum(value.size for value, _ in parameters(net)) == net.params.size
    for value, gradient in parameters(net):
        assert np.shares_memory(value, net.params)
        assert np.shares_memory(gradient, net.grads)


def test_a_network_is_a_vector():
    net = network()
    assert net.params.shape == net.grads.shape == (3 * 4 + 4 + 4 * 2 + 2,)
    assert_is_one_vector(net)
    net.params[:] = np.arange(26.0)
    np.testing.assert_array_equal(net.layers[0].W, np.arange(12.0).reshape(3, 4))
    np.testing.assert_array_equal(net.layers[1].layers[1].b, [24.0, 25.0])


def test_assigning_writes_in_place():
    net = network()
    net.params = net.params - 0.1 * (net.grads + 1.0)
    net.layers[0].b = 7.0
    assert_is_one_vector(net)
    np.testing.assert_array_equal(net.params[12:16], 7.0)
    with pytest.raises(ValueError, match="broadcast"):
        net.params = np.zeros(3)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_is_a_vector_of_its_own(duplicate):
    net = network()
    twin = duplicate(net)
    assert_is_one_vector(twin)
    np.testing.assert_array_equal(twin.params, net.params)
    twin.params += 1.0
    assert not np.shares_memory(twin.params, net.params)
    x = np.ones((2, 3))
    assert not np.allclose(twin.forward(x)[0], net.forward(x)[0])


@settings(deadline=None, max_examples=30)
@given(n=st.integers(1, 6), widths=st.lists(st.integers(1, 5), min_size=2, max_size=4))
def test_any_shape_checks(n, widths):
    rng = np.random.default_rng(n)
    layers = [
        layer
        for d, m in zip(widths, widths[1:], strict=False)
        for layer in (nn.Linear(d, m, rng=rng), nn.Tanh())
    ]
    x = rng.standard_normal((n, widths[0]))
    assert nn.gradcheck(nn.Sequential(*layers), x, rng=rng)
