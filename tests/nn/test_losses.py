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


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint64])
def test_labels_of_any_size_count_alike(dtype):
    rng = np.random.default_rng(0)
    scores, labels = rng.standard_normal((300, 10)), rng.integers(0, 10, 300)
    loss, dscores = nn.softmax_cross_entropy(scores, labels)
    again, dscores_again = nn.softmax_cross_entropy(scores, labels.astype(dtype))
    assert again == loss
    np.testing.assert_array_equal(dscores_again, dscores)


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


def test_bce_by_hand():
    loss, dz = nn.bce_with_logits(np.array([0.0, np.log(3.0)]), np.array([1.0, 0.0]))
    np.testing.assert_allclose(loss, (np.log(2) + np.log(4)) / 2)
    np.testing.assert_allclose(dz, [-0.25, 0.375])


def test_bce_agrees_with_autograd_and_is_stable():
    rng = np.random.default_rng(0)
    z, y = rng.normal(0, 3, (5, 2)), rng.random((5, 2))

    def formula(z):
        p = 1 / (1 + anp.exp(-z))
        return anp.mean(-y * anp.log(p) - (1 - y) * anp.log(1 - p))

    loss, dz = nn.bce_with_logits(z, y)
    np.testing.assert_allclose(loss, formula(z), rtol=1e-12)
    np.testing.assert_allclose(dz, grad(formula)(z), rtol=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss, dz = nn.bce_with_logits(np.array([-1e4, 1e4]), np.array([1.0, 1.0]))
    assert loss == 5e3
    np.testing.assert_allclose(dz, [-0.5, 0.0], atol=1e-300)


@pytest.mark.parametrize("y", [[0.0, 2.0], [-0.1, 1.0], [np.nan, 0.0]])
def test_bce_takes_probabilities(y):
    with pytest.raises(ValueError, match="0 to 1"):
        nn.bce_with_logits(np.zeros(2), np.array(y))


def test_the_game_of_a_gan():
    rng = np.random.default_rng(0)
    real, fake = rng.standard_normal((4, 1)), rng.standard_normal((6, 1))

    def log_sigmoid(s):
        return -anp.log(1 + anp.exp(-s))

    def discriminator(real, fake):
        return -anp.mean(log_sigmoid(real)) - anp.mean(log_sigmoid(-fake))

    loss, dreal, dfake = nn.discriminator_loss(real, fake)
    np.testing.assert_allclose(loss, discriminator(real, fake))
    np.testing.assert_allclose(dreal, grad(discriminator, 0)(real, fake))
    np.testing.assert_allclose(dfake, grad(discriminator, 1)(real, fake))
    for saturating, formula in [
        (False, lambda fake: -anp.mean(log_sigmoid(fake))),
        (True, lambda fake: anp.mean(log_sigmoid(-fake))),
    ]:
        loss, dfake = nn.generator_loss(fake, saturating=saturating)
        np.testing.assert_allclose(loss, formula(fake))
        np.testing.assert_allclose(dfake, grad(formula)(fake))


def test_a_sure_discriminator_starves_the_saturating_generator():
    sure = np.array([-20.0])
    assert abs(nn.generator_loss(sure, saturating=True)[1]) < 1e-8
    np.testing.assert_allclose(nn.generator_loss(sure)[1], -1.0)


def test_one_answer_per_place_of_a_text():
    rng = np.random.default_rng(0)
    scores, labels = rng.standard_normal((2, 3, 5)), rng.integers(0, 5, (2, 3))
    loss, dscores = nn.softmax_cross_entropy(scores, labels)
    flat_loss, flat = nn.softmax_cross_entropy(scores.reshape(6, 5), labels.ravel())
    assert loss == flat_loss
    np.testing.assert_array_equal(dscores, flat.reshape(2, 3, 5))
