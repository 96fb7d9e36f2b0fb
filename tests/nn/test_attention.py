import numpy as np
import pytest

from backprop_lab import nn


@pytest.fixture
def layer():
    return nn.CausalSelfAttention(4, 2, rng=np.random.default_rng(0))


def test_no_place_sees_a_later_one(layer):
    x = np.random.default_rng(1).standard_normal((2, 5, 4))
    before, _ = layer.forward(x)
    x[:, 3:] += 100.0
    after, _ = layer.forward(x)
    np.testing.assert_array_equal(after[:, :3], before[:, :3])
    assert not np.allclose(after[:, 3:], before[:, 3:])


def test_no_gradient_reaches_a_later_place(layer):
    y, cache = layer.forward(np.random.default_rng(1).standard_normal((1, 5, 4)))
    dy = np.zeros_like(y)
    dy[:, 2] = 1.0
    dx = layer.backward(dy, cache)
    np.testing.assert_array_equal(dx[:, 3:], 0.0)
    assert (np.abs(dx[:, :3]).max(axis=2) > 0).all()


def test_weights_are_probabilities(layer):
    _, cache = layer.forward(np.random.default_rng(1).normal(0, 50, (2, 5, 4)))
    assert (cache.p >= 0).all()
    np.testing.assert_allclose(cache.p.sum(axis=-1), 1.0)
    np.testing.assert_array_equal(np.triu(cache.p, k=1), 0.0)


def test_a_single_place_takes_its_own_value(layer):
    x = np.random.default_rng(1).standard_normal((3, 1, 4))
    np.testing.assert_allclose(layer.forward(x)[0], x @ layer.value.W @ layer.out.W + layer.out.b)


@pytest.mark.parametrize(("d", "heads"), [(4, 3), (0, 1), (4, 0)])
def test_heads_share_the_numbers_evenly(d, heads):
    with pytest.raises(ValueError, match="multiple of heads"):
        nn.CausalSelfAttention(d, heads, rng=np.random.default_rng(0))


def test_a_batch_without_a_time_axis_is_named(layer):
    with pytest.raises(ValueError, match=r"\(T, 4\), got \(4,\)"):
        layer.forward(np.ones((3, 4)))


def test_a_small_language_model_learns_a_sentence():
    rng = np.random.default_rng(0)
    tokens = np.array([[0, 1, 2, 0, 1, 3, 0, 1, 2, 4]])  # what follows 0 1 depends on before
    net = nn.Sequential(
        nn.Embedding(5, 8, rng=rng),
        nn.Position(9, 8, rng=rng),
        nn.TransformerBlock(8, 2, 16, rng=rng),
        nn.Linear(8, 5, rng=rng),
    )
    optimizer = nn.Adam(lr=0.01)
    for _ in range(150):
        scores, cache = net.forward(tokens[:, :-1])
        loss, dscores = nn.softmax_cross_entropy(scores, tokens[:, 1:])
        net.backward(dscores, cache)
        optimizer.step(net.params, net.grads)
    assert loss < 0.05
