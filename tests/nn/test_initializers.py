import numpy as np
import pytest

from backprop_lab import nn


@pytest.mark.parametrize(
    ("init", "variance"), [(nn.he, 2 / 200), (nn.xavier, 2 / (200 + 300))], ids=["he", "xavier"]
)
def test_variance_is_that_of_the_paper(init, variance):
    W = init(200, 300, np.random.default_rng(0))
    assert W.shape == (200, 300)
    assert abs(W.mean()) < 4 * np.sqrt(variance / W.size)
    np.testing.assert_allclose(W.var(), variance, rtol=0.03)


@pytest.mark.parametrize("init", [nn.he, nn.xavier])
def test_the_same_rng_gives_the_same_weights(init):
    draw = [init(3, 4, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(draw[0], draw[1])
    assert not np.array_equal(draw[0], draw[2])
