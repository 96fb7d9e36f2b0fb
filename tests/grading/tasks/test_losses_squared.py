"""Squared error: the mistakes as learners write them, and right solutions in many forms."""

import numpy as np

from backprop_lab.grading import check
from backprop_lab.grading.tasks import TASKS

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def fitted(pred, y):
    return pred - np.reshape(y, pred.shape)


def squared(loss, gradient):
    """A solution from a loss and a gradient of the differences."""

    def mse(pred, y):
        off = fitted(pred, y)
        return loss(off), gradient(off)

    return mse


def mean_square(off):
    return np.mean(off**2)


def right_gradient(off):
    return 2 / off.size * off


def plain(pred, y):
    error = pred - y
    return np.mean(error**2), 2 * error / error.size


def plain_by_size_of_pred(pred, y):
    return np.sum((pred - y) ** 2) / pred.size, 2 * (pred - y) / pred.size


def y_minus_pred(pred, y):
    error = np.reshape(y, pred.shape) - pred
    return np.mean(error**2), 2 * error / pred.size


def subtracts_in_place(pred, y):
    pred -= y.reshape(pred.shape)
    return np.mean(pred**2), 2 * pred / pred.size


MISTAKES = [
    ("loss_not_scalar", squared(lambda off: off**2, right_gradient)),
    ("loss_not_scalar", squared(lambda off: np.mean(off**2, axis=1), right_gradient)),
    ("loss_not_scalar", squared(lambda off: 0.5 * np.sum(off**2, axis=1), right_gradient)),
    ("sign_flipped", y_minus_pred),
    ("sign_flipped", squared(lambda off: mean_square(off) / 2, lambda off: -off / off.size)),
    ("sum_for_mean", squared(lambda off: np.sum(off**2), lambda off: 2 * off)),
    ("sum_for_mean", squared(lambda off: np.sum(off**2), right_gradient)),
    ("half_for_mean", squared(lambda off: 0.5 * np.sum(off**2), lambda off: off)),
    ("half_for_mean", squared(lambda off: np.sum(off**2) / 2, right_gradient)),
    ("half_mse_convention", squared(lambda off: mean_square(off) / 2, lambda off: off / off.size)),
    (
        "half_mse_convention",
        squared(lambda off: np.sum(off**2) / (2 * len(off)), lambda off: off / len(off)),
    ),
    (
        "mean_over_batch_only",
        squared(lambda off: np.sum(off**2) / len(off), lambda off: 2 * off / len(off)),
    ),
    ("half_in_loss_not_grad", squared(lambda off: 0.5 * mean_square(off), right_gradient)),
    ("factor_two_missing", squared(mean_square, lambda off: off / off.size)),
    ("grad_not_averaged", squared(mean_square, lambda off: 2 * off)),
    ("grad_mean_over_batch_only", squared(mean_square, lambda off: 2 * off / off.shape[0])),
    ("broadcast_n_vs_n1", plain),
    ("broadcast_n_vs_n1", plain_by_size_of_pred),
    ("mutates_input", subtracts_in_place),
]


@for_each_mistake(MISTAKES)
def test_mistake_is_named(key, solution):
    assert_named("mse", solution, key)


def test_conventions_of_other_books_are_called_so():
    for key, solution in MISTAKES:
        conventional = key in ("half_mse_convention", "mean_over_batch_only")
        assert check("mse", solution).convention is conventional


def test_a_table_of_all_pairs_shows_its_shape():
    result = check("mse", plain)

    assert result.failure == "shape"
    assert "(3, 3)" in result.message
    assert "(3, 1)" in result.message


@for_each(
    [
        squared(mean_square, lambda off: off),
        squared(lambda off: mean_square(off) / 2, lambda off: off),
        squared(lambda off: np.sum(off**2), lambda off: off),
        squared(lambda off: np.sqrt(mean_square(off)), right_gradient),
        squared(lambda off: np.mean(np.abs(off)), right_gradient),
        squared(mean_square, np.sign),
        squared(mean_square, lambda off: right_gradient(off) * 1.001),
        squared(lambda off: np.sum(off) ** 2 / off.size, right_gradient),
    ]
)
def test_an_unknown_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("mse", solution)


def loops(pred, y):
    y = np.asarray(y).reshape(pred.shape)
    loss, dpred = 0.0, np.zeros(pred.shape)
    for at in np.ndindex(pred.shape):
        loss += (pred[at] - y[at]) ** 2
        dpred[at] = 2 * (pred[at] - y[at])
    return loss / pred.size, dpred / pred.size


def two_loops_that_index(pred, y):
    N, D = pred.shape
    loss, dpred = 0.0, np.zeros((N, D))
    for n in range(N):
        for d in range(D):
            loss += (pred[n, d] - y[n, d]) ** 2 / (N * D)
            dpred[n, d] = 2 * (pred[n, d] - y[n, d]) / (N * D)
    return loss, dpred


def refuses(pred, y):
    if pred.shape != y.shape:
        raise ValueError(f"{pred.shape} and {y.shape} differ")
    return plain(pred, y)


def expanded(pred, y):
    y = y.reshape(pred.shape)
    return np.mean(pred**2) - 2 * np.mean(pred * y) + np.mean(y**2), (2 * pred - 2 * y) / y.size


def as_norm(pred, y):
    off = pred.ravel() - y.ravel()
    return float(np.dot(off, off)) / len(off), (2 / len(off) * off).reshape(pred.shape)


@for_each([squared(mean_square, right_gradient), loops, two_loops_that_index, refuses, as_norm])
def test_right_squared_error_is_accepted_in_whatever_form(solution):
    assert_accepted("mse", solution)


def test_an_expanded_square_is_right_as_far_as_floats_go():
    assert_accepted("mse", expanded)


def test_every_known_mistake_is_met():
    assert {row.key for row in TASKS["mse"].mistakes} <= {key for key, _ in MISTAKES}
