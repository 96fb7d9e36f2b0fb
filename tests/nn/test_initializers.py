import numpy as np
import pytest

from backprop_lab import nn


@pytest.mark.parametrize(
    ("init", "variance"),
    [
        (nn.he, 2 / 200),
        (nn.xavier, 2 / (200 + 300)),
        (nn.normal(0.3), 0.09),
        (nn.orthogonal, 1 / 300),
    ],
    ids=["he", "xavier", "normal", "orthogonal"],
)
def test_variance_is_that_of_the_paper(init, variance):
    W = init(200, 300, np.random.default_rng(0))
    assert W.shape == (200, 300)
    assert abs(W.mean()) < 4 * np.sqrt(variance / W.size)
    np.testing.assert_allclose(W.var(), variance, rtol=0.03)


@pytest.mark.parametrize("init", [nn.he, nn.xavier, nn.normal(1.0), nn.orthogonal])
def test_the_same_rng_gives_the_same_weights(init):
    draw = [init(3, 4, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(draw[0], draw[1])
    assert not np.array_equal(draw[0], draw[2])


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4)])
def test_orthogonal_keeps_lengths(shape):
    W = nn.orthogonal(*shape, np.random.default_rng(0))
    assert W.shape == shape
    thin = W if shape[0] >= shape[1] else W.T
    np.testing.assert_allclose(thin.T @ thin, np.eye(min(shape)), atol=1e-12)


def test_zeros_are_zeros():
    np.testing.assert_array_equal(nn.zeros(2, 3, None), np.zeros((2, 3)))


def test_a_negative_deviation_is_refused():
    with pytest.raises(ValueError, match="0 or above"):
        nn.normal(-1.0)
