"""Claims that hold for every layer."""

import copy
import pickle
import tracemalloc

import numpy as np
import pytest
from autograd import make_vjp
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_lab import nn

from .evidence import LAYERS, SEED, parameters


@pytest.fixture(params=LAYERS, ids=str)
def case(request):
    return request.param


@pytest.fixture
def layer(case):
    return case.layer()


@pytest.fixture
def x(case):
    return case.x()


def upstream(y):
    return np.random.default_rng(3).standard_normal(y.shape)


def other(x):
    """Another batch of the same shape, and of the same tokens."""
    return x[::-1].copy() if x.dtype.kind == "i" else 0.5 * x + 1.0


def test_backward_agrees_with_central_differences(case, layer, x):
    report = nn.gradcheck(layer, x, rng=np.random.default_rng(4), train=case.train)
    assert report, report


def test_forward_and_backward_agree_with_autograd(case, layer, x):
    values = [value.copy() for value, _ in parameters(layer)]
    y, cache = case.forward(layer, x)
    dy = upstream(y)
    gradients = [layer.backward(dy, cache), *(gradient for _, gradient in parameters(layer))]
    np.testing.assert_allclose(y, case.formula(x, *values), rtol=1e-10, atol=1e-12)
    for i, got in enumerate(gradients):
        if got is None:  # tokens have no gradient
            continue
        pull_back, _ = make_vjp(case.formula, i)(x, *values)
        np.testing.assert_allclose(got, pull_back(dy), rtol=1e-10, atol=1e-12)


def test_forward_and_backward_agree_with_pytorch(case, layer, x):
    torch = pytest.importorskip("torch")
    if case.torch is None:
        pytest.skip("PyTorch draws other random numbers")
    tensors = [
        torch.tensor(a, requires_grad=a.dtype.kind == "f")
        for a in [x, *(value for value, _ in parameters(layer))]
    ]
    y, cache = case.forward(layer, x)
    dy = upstream(y)
    gradients = [layer.backward(dy, cache), *(gradient for _, gradient in parameters(layer))]
    theirs = case.torch(torch.nn.functional, *tensors[1:])(tensors[0])
    theirs.backward(torch.from_numpy(dy))
    np.testing.assert_allclose(y, theirs.detach().numpy(), rtol=1e-10, atol=1e-12)
    for got, tensor in zip(gradients, tensors, strict=True):
        if got is not None:
            np.testing.assert_allclose(got, tensor.grad.numpy(), rtol=1e-10, atol=1e-12)


def test_a_second_forward_does_not_change_gradients(case, layer, x):
    y, cache = case.forward(layer, x)
    dy = upstream(y)
    dx = layer.backward(dy, cache)
    grads = layer.grads.copy()
    case.forward(layer, other(x))
    np.testing.assert_array_equal(layer.backward(dy, cache), dx)
    np.testing.assert_array_equal(layer.grads, grads)


def test_backward_is_linear_in_dy_and_a_second_call_leaves_the_first_result_alone(case, layer, x):
    y, cache = case.forward(layer, x)
    dy = upstream(y)
    dx, grads = layer.backward(dy, cache), layer.grads.copy()
    twice = layer.backward(2 * dy, cache)
    if dx is not None:
        np.testing.assert_allclose(twice, 2 * dx, rtol=1e-13)
    np.testing.assert_allclose(layer.grads, 2 * grads, rtol=1e-13)


def test_backward_without_input_gradient_writes_the_same_grads(case, layer, x):
    y, cache = case.forward(layer, x)
    dy = upstream(y)
    layer.backward(dy, cache)
    grads = layer.grads.copy()
    layer.grads = np.nan
    assert layer.backward(dy, cache, input_grad=False) is None
    np.testing.assert_array_equal(layer.grads, grads)


def test_a_reused_cache_gives_the_same_numbers(case, layer, x):
    y, cache = case.forward(layer, x)
    dy = upstream(y)
    layer.backward(dy, cache)
    fresh, fresh_cache = case.forward(layer, other(x))
    fresh = fresh.copy()
    dx, grads = layer.backward(dy, fresh_cache), layer.grads.copy()
    for _ in range(2):
        reused, same = case.forward(layer, other(x), reuse=cache)
        assert same is cache
        np.testing.assert_array_equal(reused, fresh)
        np.testing.assert_array_equal(layer.backward(dy, cache), dx)
        np.testing.assert_array_equal(layer.grads, grads)


def test_a_cache_can_be_reused_in_the_other_mode(case, layer, x):
    net = nn.Sequential(nn.Tanh(), layer, nn.Tanh()) if not case.vocab else layer
    y, cache = case.forward(net, x)
    dy = upstream(y)
    expected = net.backward(dy, cache), net.grads.copy()
    for train in (not case.train, case.train, not case.train, case.train):
        _, cache = net.forward(x, train=train, rng=np.random.default_rng(SEED), reuse=cache)
        got = net.backward(dy, cache), net.grads
    for mine, right in zip(got, expected, strict=True):
        if case.name.startswith("BatchNorm, inference"):
            break  # training in between has moved the running statistics
        np.testing.assert_array_equal(mine, right)


def test_a_cache_of_another_batch_size_is_left_alone(case, layer, x):
    y, cache = case.forward(layer, x)
    before = y.copy()
    shorter, another = case.forward(layer, x[:1], reuse=cache)
    assert another is not cache
    assert len(shorter) == 1
    np.testing.assert_array_equal(y, before)


def test_arguments_are_left_as_they_were(case, layer, x):
    kept = x.copy()
    y, cache = case.forward(layer, x)
    dy = upstream(y)
    kept_dy = dy.copy()
    layer.backward(dy, cache)
    np.testing.assert_array_equal(x, kept)
    np.testing.assert_array_equal(dy, kept_dy)


def test_each_sample_is_alone(case, layer, x):
    if case.mixes:
        pytest.skip("by its nature this layer looks at the whole batch")
    together, _ = case.forward(layer, x)
    for i in range(len(x)):
        alone, _ = case.forward(layer, x[i : i + 1])
        np.testing.assert_allclose(alone, together[i : i + 1], rtol=1e-12)


def test_float32_in_float32_out(case, layer, x):
    y, cache = case.forward(layer, x)
    dy = upstream(y)
    dx = layer.backward(dy, cache)
    narrow = layer.astype(np.float32)
    x32 = x if case.vocab else x.astype(np.float32)
    if case.name.startswith("Dropout, training"):
        pytest.skip("float32 draws another mask")
    y32, cache32 = case.forward(narrow, x32)
    dx32 = narrow.backward(dy.astype(np.float32), cache32)
    assert y32.dtype == narrow.params.dtype == narrow.grads.dtype == np.float32
    np.testing.assert_allclose(y32, y, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(narrow.grads, layer.grads, rtol=1e-3, atol=1e-3)
    if dx is not None:
        assert dx32.dtype == np.float32
        np.testing.assert_allclose(dx32, dx, rtol=1e-3, atol=1e-3)


def test_the_shape_of_the_output_is_foretold(case, layer, x):
    y, _ = case.forward(layer, x)
    assert layer.output_shape(x.shape[1:]) == y.shape[1:]


def test_a_gradient_of_the_wrong_shape_is_refused(case, layer, x):
    y, cache = case.forward(layer, x)
    with pytest.raises(ValueError, match="shape of y"):
        layer.backward(np.ones((len(y) + 1, *y.shape[1:])), cache)


def test_a_cache_of_another_layer_is_refused(case, layer, x):
    y, cache = case.forward(case.layer(), x)
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


def test_numbers_that_are_not_finite_name_the_first_layer_that_gave_them():
    net = network()
    net.layers[1].layers[1].W = np.inf
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(FloatingPointError, match=r"^layer 1, Linear\(4, 2\) is the first .* 4 of 4"),
    ):
        net.forward(np.ones((2, 3)))


def test_training_that_diverges_stops_with_words():
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(3, 8, rng=rng), nn.Linear(8, 1, rng=rng))
    x, y, optimizer = rng.standard_normal((20, 3)), rng.standard_normal((20, 1)), nn.SGD(lr=100.0)

    def train():
        for _ in range(100):
            pred, cache = net.forward(x)
            _, dpred = nn.mse(pred, y)
            net.backward(dpred, cache)
            optimizer.step(net.params, net.grads)

    with (
        np.errstate(all="ignore"),
        pytest.raises(FloatingPointError, match="smaller learning rate"),
    ):
        train()


def test_a_training_loop_that_reuses_its_cache_makes_no_new_arrays():
    rng = np.random.default_rng(0)
    net = nn.Sequential(
        nn.Linear(64, 64, rng=rng), nn.BatchNorm(64), nn.Tanh(), nn.Linear(64, 64, rng=rng)
    )
    x, optimizer, cache = rng.random((256, 64)), nn.Adam(), None

    def step(cache):
        pred, cache = net.forward(x, train=True, reuse=cache)
        net.backward(pred, cache, input_grad=False)
        optimizer.step(net.params, net.grads)
        return cache

    cache = step(step(cache))
    tracemalloc.start()
    for _ in range(20):
        cache = step(cache)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < x.nbytes  # not one array of the size of a batch
