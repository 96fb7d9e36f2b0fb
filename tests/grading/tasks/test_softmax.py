"""Softmax: the mistakes as learners write them, and right solutions in many forms."""

import math

import numpy as np

from backprop_lab.grading import check

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def plain(z):
    return np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)


def plain_with_math(z):
    p = np.zeros(z.shape)
    for n, row in enumerate(z):
        total = sum(math.exp(v) for v in row)
        for k, v in enumerate(row):
            p[n, k] = math.exp(v) / total
    return p


def less_the_mean(z):
    e = np.exp(z - np.mean(z, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def one_maximum(z):
    z = z - np.max(z)
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


def whole_sum(z):
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


def whole_sum_row_maximum(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum()


def columns(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def columns_by_default(z):
    e = np.exp(z - z.max(axis=1)[:, None])
    return e / sum(e)


def sum_lost_its_axis(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1)


def maximum_lost_its_axis(z):
    e = np.exp(z - z.max(axis=1))
    return e / e.sum(axis=1, keepdims=True)


def both_lost_their_axis(z):
    e = np.exp(z - z.max(-1))
    return e / e.sum(-1)


def lost_without_a_maximum(z):
    return np.exp(z) / np.exp(z).sum(axis=1)


def twice(z):
    return right(right(z))


def clipped(z):
    z = np.clip(z, -50, 50)
    return plain(z)


def in_place(z):
    z -= z.max(axis=1, keepdims=True)
    return plain(z)


def exp_in_place(z):
    np.exp(z - z.max(axis=1, keepdims=True), out=z)
    return z / z.sum(axis=1, keepdims=True)


MISTAKES = [
    ("unstable_exp", plain),
    ("unstable_exp", plain_with_math),
    ("unstable_exp", less_the_mean),
    ("global_max", one_maximum),
    ("softmax_global_sum", whole_sum),
    ("softmax_global_sum", whole_sum_row_maximum),
    ("softmax_wrong_axis", columns),
    ("softmax_wrong_axis", columns_by_default),
    ("keepdims_missing", sum_lost_its_axis),
    ("keepdims_missing", maximum_lost_its_axis),
    ("keepdims_missing", both_lost_their_axis),
    ("keepdims_missing", lost_without_a_maximum),
    ("activation_applied_twice", twice),
    ("over_clipping", clipped),
    ("mutates_input", in_place),
    ("mutates_input", exp_in_place),
]


@for_each_mistake(MISTAKES)
def test_mistake_is_named(key, solution):
    assert_named("softmax", solution, key)


def right(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


@for_each(
    [
        lambda z: np.log(right(z)),
        lambda z: right(2 * z),
        lambda z: right(-z),
        lambda z: z / z.sum(axis=1, keepdims=True),
        lambda z: 1 / (1 + np.exp(-z)),
        lambda z: np.eye(z.shape[1])[z.argmax(axis=1)],
    ]
)
def test_an_unknown_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("softmax", solution)


def test_an_error_on_plain_shapes_is_told_apart_by_the_square_input():
    result = check("softmax", sum_lost_its_axis)

    assert result.failure == "exception"
    assert "(N,) = (4,)" in result.message


def row_by_row(z):
    return np.array([np.exp(row - row.max()) / np.exp(row - row.max()).sum() for row in z])


def by_logsumexp(z):
    return np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))


def transposed(z):
    e = np.exp(z.T - z.max(axis=1))
    return (e / e.sum(axis=0)).T


def by_differences(z):
    with np.errstate(over="ignore"):
        return 1 / np.exp(z[:, None, :] - z[:, :, None]).sum(axis=2)


def into_a_buffer(z):
    p = np.zeros_like(z)
    for n in range(z.shape[0]):
        for k in range(z.shape[1]):
            p[n, k] = math.exp(z[n, k] - max(z[n]))
        p[n] /= sum(p[n])
    return p


@for_each([right, row_by_row, by_logsumexp, transposed, by_differences, into_a_buffer])
def test_right_softmax_is_accepted_in_whatever_form(solution):
    assert_accepted("softmax", solution)
