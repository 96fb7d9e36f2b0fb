import numpy as np
import pytest

from backprop_lab import nn


def run(p, x, *, train=True, seed=0):
    return nn.Dropout(p).forward(x, train=train, rng=np.random.default_rng(seed))


def test_entries_are_dropped_or_grow():
    y, cache = run(0.2, np.ones((100, 100)))
    np.testing.assert_allclose(np.unique(y), [0.0, 1.25])
    assert abs(np.mean(y == 0) - 0.2) < 0.02
    dx = cache.layer.backward(np.full((100, 100), 3.0), cache)
    np.testing.assert_allclose(dx, 3 * y)


def test_the_expectation_stays():
    x = np.array([[1.0, -2.0, 5.0]])
    mean = np.mean([run(0.5, x, seed=seed)[0] for seed in range(4000)], axis=0)
    np.testing.assert_allclose(mean, x, rtol=0.1)


def test_at_1_nothing_gets_through_either_way():
    y, cache = run(1.0, np.ones((3, 4)))
    np.testing.assert_array_equal(y, 0.0)
    np.testing.assert_array_equal(cache.layer.backward(np.ones((3, 4)), cache), 0.0)


def test_at_0_everything_gets_through():
    x = np.random.default_rng(1).standard_normal((3, 4))
    np.testing.assert_array_equal(run(0.0, x)[0], x)


def test_inference_is_the_identity_and_needs_no_rng():
    x = np.random.default_rng(1).standard_normal((3, 4))
    y, _ = nn.Dropout(0.9).forward(x)
    np.testing.assert_array_equal(y, x)


def test_each_pass_and_each_row_draws_its_own_mask():
    rng, layer, x = np.random.default_rng(0), nn.Dropout(0.5), np.ones((8, 50))
    first, second = (layer.forward(x, train=True, rng=rng)[0] for _ in range(2))
    assert not np.array_equal(first, second)
    assert len(np.unique(first, axis=0)) == 8


def test_training_without_rng_says_what_to_do():
    with pytest.raises(ValueError, match=r"forward\(..., rng=rng\)"):
        nn.Dropout(0.5).forward(np.ones((2, 2)), train=True)


@pytest.mark.parametrize("p", [-0.1, 1.1, np.nan])
def test_p_is_a_probability(p):
    with pytest.raises(ValueError, match="probability"):
        nn.Dropout(p)
