"""One neuron: the mistakes as learners write them, and right ones in many forms."""

import math

import numpy as np

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def ends_too_soon(x, w, b):
    total = 0.0
    for value, weight in zip(x, w):
        total += value * weight
        return total + b


def keeps_the_last(x, w, b):
    total = 0.0
    for i in range(len(x)):
        total = x[i] * w[i]
    return total + b


def bias_in_the_loop(x, w, b):
    total = 0.0
    for value, weight in zip(x, w):
        total += value * weight + b
    return total


def forgets_the_bias(x, w, b):
    total = 0.0
    for value, weight in zip(x, w):
        total += value * weight
    return total


MISTAKES = [
    ("bias_missing", lambda x, w, b: x @ w),
    ("bias_missing", forgets_the_bias),
    ("elementwise_for_matmul", lambda x, w, b: np.multiply(x, w) + b),
    ("elementwise_for_matmul", lambda x, w, b: x * w),
    ("bias_added_each_time", bias_in_the_loop),
    ("bias_before_matmul", lambda x, w, b: (x + b) @ w),
    ("product_of_sums", lambda x, w, b: x.sum() * w.sum() + b),
    ("mean_for_sum", lambda x, w, b: x @ w / len(x) + b),
    ("return_inside_loop", ends_too_soon),
    ("assign_for_accumulate", keeps_the_last),
    ("sign_flipped", lambda x, w, b: x @ w - b),
]


@for_each_mistake(MISTAKES)
def test_mistake_is_named(key, solution):
    assert_named("neuron", solution, key)


@for_each(
    [
        lambda x, w, b: np.sum(x + w) + b,
        lambda x, w, b: np.max(x * w) + b,
        lambda x, w, b: x[:-1] @ w[:-1] + b,
        lambda x, w, b: x @ w * b,
        lambda x, w, b: x @ w + 2 * b,
        lambda x, w, b: max(0, x @ w + b),
        lambda x, w, b: math.tanh(x @ w + b),
        lambda x, w, b: np.sum(x * w**2) + b,
    ]
)
def test_an_unknown_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("neuron", solution)


def by_a_loop(x, w, b):
    out = b
    for i in range(len(x)):
        out += x[i] * w[i]
    return out


@for_each(
    [
        by_a_loop,
        lambda x, w, b: x @ w + b,
        lambda x, w, b: b + np.dot(w, x),
        lambda x, w, b: float((x * w).sum() + b),
        lambda x, w, b: sum(value * weight for value, weight in zip(x, w)) + b,
        lambda x, w, b: np.einsum("d,d->", x, w) + b,
        lambda x, w, b: np.append(x, 1.0) @ np.append(w, b),
    ]
)
def test_right_answer_is_accepted_in_whatever_form(solution):
    assert_accepted("neuron", solution)
