"""Affine layer: the mistakes as learners write them, and right solutions in many forms."""

import numpy as np

from backprop_lab.grading import check

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def forward_without_bias(x, W, b):
    return np.dot(x, W)


def forward_elementwise(x, W, b):
    out = x * W
    out = out + b
    return out


def forward_bias_column(x, W, b):
    return np.dot(x, W) + np.expand_dims(b, 1)


def forward_bias_first(x, W, b):
    x = x + b
    return x.dot(W)


def forward_loops_in_integers(x, W, b):
    N, D = x.shape
    M = W.shape[1]
    out = np.zeros((N, M), dtype=x.dtype)
    for n in range(N):
        for m in range(M):
            for d in range(D):
                out[n, m] += x[n, d] * W[d, m]
            out[n, m] += b[m]
    return out


def forward_fills_a_copy(x, W, b):
    out = np.empty_like(x, shape=(len(x), len(b)))
    out[:] = x @ W + b
    return out


def forward_adds_in_integers(x, W, b):
    out = np.zeros((x.shape[0], W.shape[1]), dtype=x.dtype)
    out += x @ W
    out += b
    return out


FORWARD = [
    ("bias_missing", forward_without_bias),
    ("elementwise_for_matmul", forward_elementwise),
    ("bias_wrong_axis", forward_bias_column),
    ("bias_before_matmul", forward_bias_first),
    ("int_dtype_truncation", forward_loops_in_integers),
    ("int_dtype_truncation", forward_fills_a_copy),
    ("int_dtype_truncation", forward_adds_in_integers),
]


@for_each_mistake(FORWARD)
def test_forward_mistake_is_named(key, solution):
    assert_named("affine_forward", solution, key)


def backward_with(dx=None, dW=None, db=None):
    """The right gradients, with one line replaced as a learner would have written it."""

    def affine_backward(dout, x, W):
        N, D = x.shape
        ddx, ddW, ddb = np.zeros((N, D)), np.zeros(W.shape), np.zeros(W.shape[1])
        for n in range(N):
            ddx[n] = W @ dout[n]
            ddW += np.outer(x[n], dout[n])
            ddb += dout[n]
        return (
            dx(dout, x, W) if dx else ddx,
            dW(dout, x, W) if dW else ddW,
            db(dout, x, W) if db else ddb,
        )

    return affine_backward


def last_sample_by_loop(dout, x, W):
    for n in range(dout.shape[0]):
        db = dout[n]
    return db


def overwritten_in_a_loop(dout, x, W):
    dW = np.zeros_like(W)
    for n in range(len(x)):
        dW = x[n][:, None] * dout[n][None, :]
    return dW


def dx_from_dw(dout, x, W):
    dW = np.dot(np.transpose(x), dout)
    return np.dot(dout, np.transpose(dW))


def dx_untransposed_by_loops(dout, x, W):
    dx = np.zeros((dout.shape[0], W.shape[1]))
    for n in range(dx.shape[0]):
        for m in range(dx.shape[1]):
            dx[n, m] = sum(dout[n, d] * W[d, m] for d in range(W.shape[0]))
    return dx


def returns_dw_first(dout, x, W):
    return np.dot(x.T, dout), np.dot(dout, W.T), np.sum(dout, axis=0)


def returns_bias_first(dout, x, W):
    return np.sum(dout, 0), np.dot(x.T, dout), np.dot(dout, W.T)


BACKWARD = [
    ("bias_grad_not_summed", backward_with(db=lambda dout, x, W: 1 * dout)),
    ("bias_grad_mean", backward_with(db=lambda dout, x, W: np.sum(dout, 0) / dout.shape[0])),
    ("bias_grad_mean", backward_with(db=lambda dout, x, W: np.mean(dout, axis=0))),
    ("bias_grad_total_sum", backward_with(db=lambda dout, x, W: np.sum(dout))),
    ("bias_grad_wrong_axis", backward_with(db=lambda dout, x, W: np.sum(dout, axis=1))),
    ("bias_grad_wrong_axis", backward_with(db=lambda dout, x, W: np.sum(dout, axis=-1))),
    (
        "bias_grad_keepdims_shape",
        backward_with(db=lambda dout, x, W: np.ones((1, len(x))) @ dout),
    ),
    ("batch_not_accumulated", backward_with(db=last_sample_by_loop)),
    ("batch_not_accumulated", backward_with(db=lambda dout, x, W: dout[0, :])),
    ("batch_not_accumulated", backward_with(dW=overwritten_in_a_loop)),
    ("missing_upstream", backward_with(db=lambda dout, x, W: np.ones(W.shape[1]))),
    ("missing_upstream", backward_with(db=lambda d, x, W: np.ones(W.shape[1]) * len(x))),
    ("missing_upstream", backward_with(dW=lambda d, x, W: np.dot(x.T, np.ones(d.shape)))),
    ("missing_upstream", backward_with(dx=lambda d, x, W: np.dot(np.ones(d.shape), W.T))),
    ("transpose_dw", backward_with(dW=lambda dout, x, W: np.dot(dout.T, x))),
    ("transpose_missing_dx", backward_with(dx=lambda dout, x, W: np.dot(dout, W))),
    ("transpose_missing_dx", backward_with(dx=lambda d, x, W: np.einsum("ij,jk->ik", d, W))),
    ("transpose_missing_dw", backward_with(dW=lambda dout, x, W: np.dot(x, dout))),
    ("extra_batch_mean", backward_with(dW=lambda d, x, W: 1 / x.shape[0] * np.dot(x.T, d))),
    ("extra_batch_mean", backward_with(dx=lambda d, x, W: 1 / x.shape[0] * np.dot(d, W.T))),
    (
        "extra_batch_mean",
        backward_with(
            dW=lambda d, x, W: 1 / x.shape[0] * np.dot(x.T, d),
            db=lambda d, x, W: 1 / x.shape[0] * np.sum(d, axis=0),
        ),
    ),
    ("grad_instead_of_weight", backward_with(dx=dx_from_dw)),
    ("swapped_return_order", returns_dw_first),
    ("swapped_return_order", returns_bias_first),
]


@for_each_mistake(BACKWARD)
def test_backward_mistake_is_named(key, solution):
    assert_named("affine_backward", solution, key)


def test_the_batch_size_is_named_in_the_learners_own_numbers():
    result = check("affine_backward", backward_with(dW=lambda d, x, W: x.T @ d / len(x)))

    assert "divided by 2, and 2 is your batch size" in result.message
    assert "Your dx and db are right" in result.message


def test_two_mistakes_at_once_name_the_one_to_mend_first():
    both = backward_with(dW=lambda d, x, W: x.T @ d / len(x), db=lambda d, x, W: 1 * d)

    result = check("affine_backward", both)

    assert result.diagnosis == "bias_grad_not_summed"  # shape comes before value
    assert result.failure == "shape"


def test_an_error_on_plain_shapes_is_told_apart_by_the_square_input():
    dx = check("affine_backward", backward_with(dx=lambda dout, x, W: dout @ W))
    dW = check("affine_backward", backward_with(dW=lambda dout, x, W: x @ dout))

    assert (dx.failure, dW.failure) == ("exception", "exception")
    assert (dx.diagnosis, dW.diagnosis) == ("transpose_missing_dx", "transpose_missing_dw")
    assert "dout (4, 2), x (4, 3), W (3, 2)" in dx.message


def test_a_name_is_for_the_learners_values_and_not_for_an_error_alone():
    wrong = backward_with(dx=lambda dout, x, W: dout @ W * 3)

    assert_unnamed("affine_backward", wrong, failure="exception")


@for_each(
    [
        backward_with(dW=lambda d, x, W: x.T @ d / len(x) / 2),
        backward_with(dW=lambda d, x, W: x.T @ d + 1),
        backward_with(dx=lambda d, x, W: d @ W.T * (x > 0)),
        backward_with(db=lambda d, x, W: d.max(axis=0)),
        backward_with(db=lambda d, x, W: d.sum(axis=0)[::-1]),
        backward_with(dW=lambda d, x, W: np.where(W > 2, 0, x.T @ d)),
        backward_with(dx=lambda d, x, W: d @ W.T * (1 + 1e-6)),
        backward_with(dW=lambda d, x, W: np.full(W.shape, np.nan)),
        backward_with(dx=lambda d, x, W: np.zeros_like(x, dtype=float)),
        backward_with(db=lambda d, x, W: -d.sum(axis=0)),
    ],
)
def test_an_unknown_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("affine_backward", solution)


def test_a_constant_factor_is_told_in_numbers():
    times = check("affine_backward", backward_with(dx=lambda d, x, W: 0.7 * d @ W.T))
    minus = check("affine_backward", backward_with(dx=lambda d, x, W: -d @ W.T))
    by_m = check("affine_backward", backward_with(db=lambda d, x, W: d.sum(0) / W.shape[1]))

    assert "0.7 times the right one" in times.message
    assert "opposite sign" in minus.message
    assert "divided by 3, and 3 is M" in by_m.message


def test_an_overwritten_argument_is_named_even_where_the_answer_is_right():
    def affine_backward(dout, x, W):
        dx, dW = dout @ W.T, x.T @ dout
        for n in range(1, len(dout)):
            dout[0] += dout[n]
        return dx, dW, dout[0].copy()

    result = check("affine_backward", affine_backward)

    assert (result.failure, result.diagnosis) == ("mutated", "mutates_input")
    assert "dout" in result.message


def forward_einsum(x, W, b):
    return np.einsum("nd,dm->nm", x, W) + b


def forward_loops(x, W, b):
    N, D, M = *x.shape, W.shape[1]
    out = np.zeros((N, M))
    for n in range(N):
        for m in range(M):
            out[n, m] = b[m]
            for d in range(D):
                out[n, m] += x[n, d] * W[d, m]
    return out


def forward_augmented(x, W, b):
    return np.column_stack([x, np.ones(len(x))]) @ np.vstack([W, b])


def forward_named_otherwise(inputs, weights, bias=0.0):
    return np.matmul(inputs, weights) + bias.reshape(1, -1)


def forward_starred(*arguments):
    x, W, b = arguments
    return np.asarray([row @ W + b for row in x])


@for_each(
    [forward_einsum, forward_loops, forward_augmented, forward_named_otherwise, forward_starred],
)
def test_right_forward_is_accepted_in_whatever_form(solution):
    assert_accepted("affine_forward", solution)


def backward_in_a_list(dout, x, W):
    return [np.dot(dout, W.T), np.dot(x.T, dout), np.ones(len(x)) @ dout]


def backward_einsum(dout, x, W):
    dx = np.einsum("nm,dm->nd", dout, W)
    return dx, np.tensordot(x, dout, axes=(0, 0)), np.einsum("nm->m", dout)


def backward_loops_in_arrays_like_the_arguments(dout, x, W):
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros(W.shape[1])
    for n in range(x.shape[0]):
        for m in range(W.shape[1]):
            db[m] += dout[n, m]
            for d in range(x.shape[1]):
                dx[n, d] += dout[n, m] * W[d, m]
                dW[d, m] += x[n, d] * dout[n, m]
    return dx, dW, db


@for_each(
    [
        backward_with(),
        backward_in_a_list,
        backward_einsum,
        backward_loops_in_arrays_like_the_arguments,
    ]
)
def test_right_backward_is_accepted_in_whatever_form(solution):
    assert_accepted("affine_backward", solution)


def test_single_precision_is_right_for_single_precision_arguments_only():
    def keeps_the_type(x, W, b):
        return x @ W + b

    def always_single(x, W, b):
        return (x @ W + b).astype(np.float32)

    assert_accepted("affine_forward", keeps_the_type)
    assert_unnamed("affine_forward", always_single, failure="dtype")
