"""A residual connection: the mistakes as learners write them, and right ones in many forms."""

import numpy as np

from backprop_lab.grading import check

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def in_place(dout, f_backward):
    dout += f_backward(dout)
    return dout


def halves_first(dout, f_backward):
    half = 0.5 * dout
    return half + f_backward(half)


def branch_only(dout, f_backward):
    dx = f_backward(dout)
    return dx


def keeps_whole_numbers(dout, f_backward):
    dx = dout.copy()
    dx[...] = dout + f_backward(dout)
    return dx


MISTAKES = [
    ("res_identity_missing", branch_only),
    ("res_averaged", lambda dout, f: np.mean([dout, f(dout)], axis=0)),
    ("res_averaged", halves_first),
    ("res_averaged", lambda dout, f: 0.5 * dout + f(dout)),
    ("sign_flipped", lambda dout, f: dout - f(dout)),
    ("sign_flipped", lambda dout, f: -(dout + f(dout))),
    ("sign_flipped", lambda dout, f: dout + f(-dout)),
    ("missing_upstream", lambda dout, f: np.ones_like(dout) + f(dout)),
    ("mutates_input", in_place),
    ("int_dtype_truncation", keeps_whole_numbers),
]


@for_each_mistake(MISTAKES)
def test_mistake_is_named(key, solution):
    assert_named("residual_backward", solution, key)


@for_each(
    [
        lambda dout, f: dout,
        lambda dout, f: dout * f(dout),
        lambda dout, f: f(f(dout)) + dout,
        lambda dout, f: 2 * dout + f(dout),
        lambda dout, f: f(2 * dout),
        lambda dout, f: dout + f(np.ones_like(dout)),
        lambda dout, f: (dout + f(dout)) / np.sqrt(2),
        lambda dout, f: np.concatenate([dout, f(dout)]),
    ]
)
def test_an_unknown_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("residual_backward", solution)


def test_the_example_shows_the_branch_as_one_could_type_it():
    result = check("residual_backward", branch_only)

    assert "f_backward = lambda dout: " in result.example


def by_loops(dout, f_backward):
    through = f_backward(dout)
    dx = np.zeros(dout.shape)
    for at in np.ndindex(dout.shape):
        dx[at] = dout[at] + through[at]
    return dx


def adds_to_a_copy(dout, f_backward):
    dx = dout.astype(float)
    dx += f_backward(dout)
    return dx


@for_each(
    [
        by_loops,
        adds_to_a_copy,
        lambda dout, f: f(dout) + dout,
        lambda dout, f: np.add(f(dout.copy()), dout),
        lambda dout, f: sum([dout, f(dout)]),
    ]
)
def test_right_answer_is_accepted_in_whatever_form(solution):
    assert_accepted("residual_backward", solution)
