import warnings

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backprop_lab import nn


def test_mse_by_hand():
    loss, dpred = nn.mse(np.array([[1.0], [4.0]]), np.array([[3.0], [4.0]]))
    assert loss == 2.0
    np.testing.assert_array_equal(dpred, [[-2.0], [0.0]])


def test_cross_entropy_by_hand():
    scores = np.log([[1.0, 3.0], [1.0, 1.0]])
    loss, dscores = nn.softmax_cross_entropy(scores, np.array([1, 0]))
    np.testing.assert_allclose(loss, -(np.log(0.75) + np.log(0.5)) / 2, rtol=1e-15)
    np.testing.assert_allclose(dscores, [[0.125, -0.125], [-0.25, 0.25]], rtol=1e-15)


def autograd_cross_entropy(scores, labels):
    log_total = anp.log(anp.sum(anp.exp(scores), axis=1))
    return anp.mean(log_total - scores[anp.arange(len(labels)), labels])


def test_losses_agree_with_autograd():
    rng = np.random.default_rng(0)
    scores, labels = rng.standard_normal((6, 4)), rng.integers(0, 4, 6)
    loss, dscores = nn.softmax_cross_entropy(scores, labels)
    np.testing.assert_allclose(loss, autograd_cross_entropy(scores, labels), rtol=1e-12)
    np.testing.assert_allclose(dscores, grad(autograd_cross_entropy)(scores, labels), rtol=1e-10)
    y = rng.standard_normal((6, 4))
    _, dpred = nn.mse(scores, y)
    np.testing.assert_allclose(dpred, grad(lambda p: anp.mean((p - y) ** 2))(scores), rtol=1e-12)


def test_losses_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    scores, labels, y = rng.normal(0, 9, (6, 4)), rng.integers(0, 4, 6), rng.standard_normal((6, 4))
    for (loss, dscores), function, target in [
        (nn.softmax_cross_entropy(scores, labels), torch.nn.functional.cross_entropy, labels),
        (nn.mse(scores, y), torch.nn.functional.mse_loss, y),
    ]:
        tensor = torch.tensor(scores, requires_grad=True)
        theirs = function(tensor, torch.from_numpy(target))
        theirs.backward()
        np.testing.assert_allclose(loss, theirs.item(), rtol=1e-10)
        np.testing.assert_allclose(dscores, tensor.grad.numpy(), rtol=1e-10, atol=1e-16)


@given(arrays(float, (3, 4), elements=st.floats(-1e3, 1e3)))
def test_softmax_rows_are_probabilities_and_its_gradient_rows_sum_to_zero(scores):
    p = nn.softmax(scores)
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-12)
    _, dscores = nn.softmax_cross_entropy(scores, np.array([0, 1, 3]))
    np.testing.assert_allclose(dscores.sum(axis=1), 0.0, atol=1e-14)


def test_huge_scores_are_stable():
    scores = np.array([[1e4, 0.0], [-1e4, 1e4]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss, dscores = nn.softmax_cross_entropy(scores, np.array([1, 1]))
    assert loss == 5e3
    np.testing.assert_array_equal(dscores, [[0.5, -0.5], [0.0, 0.0]])


def test_arguments_are_left_as_they_were():
    scores, labels = np.ones((2, 3)), np.array([0, 2])
    nn.softmax_cross_entropy(scores, labels)
    nn.mse(scores, np.zeros((2, 3)))
    nn.softmax(scores)
    np.testing.assert_array_equal(scores, 1.0)
    np.testing.assert_array_equal(labels, [0, 2])


@pytest.mark.parametrize(
    ("shape", "labels", "error", "says"),
    [
        ((2, 3), [0, 3], ValueError, "0 to 2 for scores with 3 columns, got 3"),
        ((2, 3), [0, -1], ValueError, "got -1"),
        ((2, 3), [0.0, 1.0], TypeError, "float64"),
        ((2, 3), [[0, 0, 1], [1, 0, 0]], ValueError, "not one-hot rows"),
        ((2, 3), [0, 1, 2], ValueError, r"\(2, 3\) and \(3,\)"),
        ((0, 3), np.zeros(0, int), ValueError, r"\(0, 3\)"),
        ((3,), [0, 1, 2], ValueError, r"scores of shape \(N, K\)"),
    ],
)
def test_labels_that_do_not_fit_are_named(shape, labels, error, says):
    with pytest.raises(error, match=says):
        nn.softmax_cross_entropy(np.zeros(shape), np.array(labels))


@pytest.mark.parametrize(("pred", "y"), [((3, 1), (3,)), ((3,), (4,)), ((0, 2), (0, 2))], ids=str)
def test_mse_refuses_shapes_that_would_broadcast(pred, y):
    with pytest.raises(ValueError, match="one shape"):
        nn.mse(np.zeros(pred), np.zeros(y))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_loss_that_is_not_finite_says_why(bad):
    scores = np.array([[bad, 0.0], [1.0, 2.0]])
    for compute in (
        lambda: nn.mse(scores, np.zeros((2, 2))),
        lambda: nn.softmax_cross_entropy(scores, np.array([0, 1])),
    ):
        with pytest.raises(FloatingPointError, match="1 of the network's 4 outputs .* diverged"):
            compute()
