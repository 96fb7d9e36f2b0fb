import numpy as np
import pytest

from backprop_lab import nn


def test_a_step_goes_against_the_gradient_in_place():
    params, grads = np.array([1.0, 2.0]), np.array([10.0, -20.0])
    same = params
    assert nn.SGD(lr=0.1).step(params, grads) is None
    np.testing.assert_allclose(same, [0.0, 4.0])
    np.testing.assert_array_equal(grads, [10.0, -20.0])


@pytest.mark.parametrize("lr", [-0.1, np.nan, np.inf])
def test_a_learning_rate_is_zero_or_above(lr):
    with pytest.raises(ValueError, match="0 or above"):
        nn.SGD(lr=lr)


def test_the_four_lines_learn_xor():
    rng = np.random.default_rng(0)
    x, labels = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    net = nn.Sequential(nn.Linear(2, 8, rng=rng), nn.Tanh(), nn.Linear(8, 2, rng=rng))
    optimizer = nn.SGD(lr=0.5)
    for _ in range(500):
        scores, cache = net.forward(x)
        loss, dscores = nn.softmax_cross_entropy(scores, labels)
        net.backward(dscores, cache)
        optimizer.step(net.params, net.grads)
    assert loss < 0.02
    np.testing.assert_array_equal(net.forward(x)[0].argmax(axis=1), labels)


RULES = {
    "SGD": (nn.SGD, {"lr": 0.1}, {"lr": 0.1}),
    "Momentum": (nn.Momentum, {"lr": 0.1, "mu": 0.8}, {"lr": 0.1, "momentum": 0.8}),
    "Nesterov": (
        nn.Nesterov,
        {"lr": 0.1, "mu": 0.8},
        {"lr": 0.1, "momentum": 0.8, "nesterov": True},
    ),
    "RMSProp": (nn.RMSProp, *2 * [{"lr": 0.01, "eps": 0.1}]),
    "Adam": (
        nn.Adam,
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 0.3},
        {"lr": 0.1, "betas": (0.8, 0.95), "eps": 0.3},
    ),
    "AdamW": (
        nn.AdamW,
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 0.3, "weight_decay": 0.2},
        {"lr": 0.1, "betas": (0.8, 0.95), "eps": 0.3, "weight_decay": 0.2},
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_a_hundred_steps_are_those_of_pytorch(name):
    torch = pytest.importorskip("torch")
    rule, ours, theirs = RULES[name]
    optimizer, rng = rule(**ours), np.random.default_rng(0)
    size = 3 * optimizer.CHUNK // 2  # more than one chunk
    params, grads = rng.standard_normal(size), np.empty(size)
    tensor = torch.tensor(params.copy(), requires_grad=True)
    peer = getattr(
        torch.optim, {"Momentum": "SGD", "Nesterov": "SGD", "RMSProp": "RMSprop"}.get(name, name)
    )
    peer = peer([tensor], **theirs)
    for _ in range(100):
        grads[...] = rng.standard_normal(size)
        grads[:10] = 0.0
        optimizer.step(params, grads)
        tensor.grad = torch.from_numpy(grads.copy())
        peer.step()
        np.testing.assert_allclose(params, tensor.detach().numpy(), rtol=1e-10, atol=1e-12)


def test_two_steps_of_adam_by_hand():
    params, grads = np.array([1.0]), np.array([2.0])
    optimizer = nn.Adam(lr=0.1, beta1=0.5, beta2=0.75, eps=0.5)
    optimizer.step(params, grads)  # m = 1, v = 1; corrected 2 and 4
    np.testing.assert_allclose(params, 1 - 0.1 * 2 / (2 + 0.5))
    np.testing.assert_allclose([optimizer.m, optimizer.v], [[1.0], [1.0]])
    before = params.copy()
    grads[:] = 0.0
    optimizer.step(params, grads)  # m = 1/2, v = 3/4; corrected 2/3 and 12/7
    np.testing.assert_allclose(params, before - 0.1 * (2 / 3) / (np.sqrt(12 / 7) + 0.5))


def test_decoupled_decay_does_not_depend_on_the_gradient():
    params = np.array([2.0, -3.0])
    nn.AdamW(lr=0.1, weight_decay=0.5).step(params, np.zeros(2))
    np.testing.assert_allclose(params, [2.0 * 0.95, -3.0 * 0.95])


def test_the_rate_may_change_between_steps():
    params, grads = np.array([1.0]), np.array([1.0])
    optimizer, schedule = nn.SGD(lr=1.0), nn.step_decay(0.5, every=1, factor=0.5)
    for step in range(3):
        optimizer.lr = schedule(step)
        optimizer.step(params, grads)
    np.testing.assert_allclose(params, 1 - 0.5 - 0.25 - 0.125)


def test_chunks_make_no_difference():
    rng = np.random.default_rng(0)
    start, grads = rng.standard_normal(1000), rng.standard_normal(1000)
    moved = []
    for chunk in (7, 5000):
        optimizer, params = nn.Adam(), start.copy()
        optimizer.CHUNK = chunk
        for _ in range(3):
            optimizer.step(params, grads)
        moved.append(params)
    np.testing.assert_array_equal(*moved)


def test_memory_of_another_network_is_refused():
    optimizer = nn.Momentum(lr=0.1)
    optimizer.step(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="remembers steps of 3 parameters, got 4"):
        optimizer.step(np.ones(4), np.ones(4))
    with pytest.raises(ValueError, match="differ in shape"):
        optimizer.step(np.ones(3), np.ones(4))


def test_memory_survives_new_arrays_of_the_same_size():
    a, b = np.ones(2), np.ones(2)
    optimizer = nn.Momentum(lr=0.1, mu=0.5)
    optimizer.step(a, np.ones(2))
    optimizer.step(b, np.ones(2))
    np.testing.assert_allclose(b, 1 - 0.15)


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Momentum(0.1, mu=1.0),
        lambda: nn.RMSProp(0.1, rho=-0.1),
        lambda: nn.Adam(beta1=1.0),
        lambda: nn.Adam(beta2=np.nan),
    ],
)
def test_shares_are_below_one(make):
    with pytest.raises(ValueError, match="below 1"):
        make()


def test_clipping_keeps_the_direction_and_only_ever_shortens():
    grads = np.array([3.0, 4.0])
    assert nn.clip_by_global_norm(grads, 10.0) == 5.0
    np.testing.assert_array_equal(grads, [3.0, 4.0])
    assert nn.clip_by_global_norm(grads, 1.0) == 5.0
    np.testing.assert_allclose(grads, [0.6, 0.8])
    assert nn.clip_by_global_norm(np.zeros(2), 1.0) == 0.0
    with pytest.raises(ValueError, match="above 0"):
        nn.clip_by_global_norm(grads, 0.0)
