import numpy as np
import pytest

from backprop_lab import nn


def test_numerical_gradient_of_a_cubic():
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    kept = x.copy()
    np.testing.assert_allclose(
        nn.numerical_gradient(lambda x: np.sum(x**3), x), 3 * kept**2, rtol=1e-8
    )
    np.testing.assert_array_equal(x, kept)


def test_x_is_put_back_when_f_raises():
    x = np.array([1.0, 2.0])

    def f(x):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        nn.numerical_gradient(f, x)
    np.testing.assert_array_equal(x, [1.0, 2.0])


@pytest.mark.parametrize("x", [np.array([1, 2]), [1.0, 2.0]])
def test_numbers_that_cannot_be_moved_are_refused(x):
    with pytest.raises(TypeError, match="array of floats"):
        nn.numerical_gradient(np.sum, x)


class NoTranspose(nn.Linear):
    """Square, so that the missing transpose raises nothing."""

    def _backward(self, dy, cache):
        super()._backward(dy, cache)
        cache.dx = dy @ self.W
        return cache.dx


class OneWrongBias(nn.Linear):
    def _backward(self, dy, cache):
        dx = super()._backward(dy, cache)
        self.db[1] += 0.5
        return dx


def test_it_names_the_wrong_gradient_and_the_entry_with_both_numbers():
    rng = np.random.default_rng(0)
    report = nn.gradcheck(NoTranspose(3, 3, rng=rng), rng.standard_normal((2, 3)), rng=rng)
    assert not report
    assert [c.name for c in report.comparisons if not c.passed] == ["dx"]

    net = nn.Sequential(nn.Tanh(), OneWrongBias(3, 4, rng=rng))
    report = nn.gradcheck(net, rng.standard_normal((2, 3)), rng=rng)
    (wrong,) = [c for c in report.comparisons if not c.passed]
    assert (wrong.name, wrong.index) == ("1.db", (1,))
    np.testing.assert_allclose(wrong.backward - wrong.numerical, 0.5, rtol=1e-6)
    assert "1.db     DIFFERS: backward says" in repr(report)


def test_nan_never_agrees():
    class Nan(nn.Tanh):
        def _backward(self, dy, cache):
            return np.full_like(dy, np.nan)

    assert not nn.gradcheck(Nan(), np.ones((1, 2)), rng=np.random.default_rng(0))


def test_a_gradient_of_the_wrong_shape_is_named():
    class Summed(nn.Tanh):
        def _backward(self, dy, cache):
            return super()._backward(dy, cache).sum(axis=0)

    with pytest.raises(ValueError, match=r"dx has shape \(2,\), but should have \(3, 2\)"):
        nn.gradcheck(Summed(), np.ones((3, 2)), rng=np.random.default_rng(0))
