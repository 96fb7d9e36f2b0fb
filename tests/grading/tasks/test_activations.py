"""Activations: the mistakes as learners write them, and right solutions in many forms."""

import math

import numpy as np
import pytest

from backprop_lab.grading import check
from backprop_lab.grading.tasks import TASKS

from .claims import assert_accepted, assert_named, assert_unnamed, for_each


def logistic(z):
    return 1 / (1 + np.exp(-z))


def with_math(z):
    return 1.0 / (1.0 + math.exp(-z))


def with_if(z):
    if z >= 0:
        return 1 / (1 + np.exp(-z))
    return np.exp(z) / (1 + np.exp(z))


def without_parentheses(z):
    return 1.0 / 1.0 + np.exp(-z)


def denominator_split(z):
    return 1 / np.exp(-z) + 1


def mirrored(z):
    return 1 / (1 + np.exp(z))


def exp_over_one_plus_exp(z):
    e = np.exp(z)
    return e / (e + 1)


def math_in_a_loop(z):
    out = np.zeros(z.shape)
    for at in np.ndindex(*z.shape):
        out[at] = 1 / (1 + math.exp(-z[at]))
    return out


def math_loop_other_form(z):
    flat = [math.exp(v) / (1 + math.exp(v)) for v in z.flatten()]
    return np.array(flat).reshape(z.shape)


def clipped_at(most):
    def sigmoid(z):
        z = np.clip(z, -most, most)
        return 1 / (1 + np.exp(-z))

    return sigmoid


def kept_from_the_ends(z):
    return np.clip(1 / (1 + np.exp(-z)), 1e-7, 1 - 1e-7)


def cut_by_where(z):
    return np.where(z < -6, 0.0, np.where(z > 6, 1.0, logistic(z)))


def negates_in_place(z):
    z *= -1
    return 1 / (1 + np.exp(z))


SIGMOID = [
    ("scalar_function_on_array", with_math),
    ("scalar_function_on_array", with_if),
    ("operator_precedence", without_parentheses),
    ("operator_precedence", denominator_split),
    ("sign_flipped", mirrored),
    ("unstable_exp", exp_over_one_plus_exp),
    ("unstable_exp", math_in_a_loop),
    ("unstable_exp", math_loop_other_form),
    ("over_clipping", clipped_at(5)),
    ("over_clipping", clipped_at(10)),
    ("over_clipping", clipped_at(20)),
    ("over_clipping", kept_from_the_ends),
    ("over_clipping", cut_by_where),
    ("mutates_input", negates_in_place),
]

SIGMOID_BACKWARD = [
    ("missing_upstream", lambda da, a: a * (1 - a)),
    ("missing_upstream", lambda da, a: a - np.square(a)),
    ("activation_grad_missing", lambda da, a: da.copy()),
    ("activation_applied_twice", lambda da, a: da * logistic(a) * (1 - logistic(a))),
    ("uses_preactivation", lambda da, a: da * -np.log(1 / a - 1) * (1 + np.log(1 / a - 1))),
    ("upstream_in_local_rule", lambda da, a: da * (1 - da)),
    ("local_factor_lost", lambda da, a: da * (1 - a)),
    ("local_factor_lost", lambda da, a: da * a),
    ("matmul_for_elementwise", lambda da, a: np.dot(da, a * (1 - a))),
    ("matmul_for_elementwise", lambda da, a: np.dot(da, (a * (1 - a)).T)),
    ("matmul_for_elementwise", lambda da, a: da @ a * (1 - a)),
    ("wrong_activation_rule", lambda da, a: da * (1 - a**2)),
    ("sign_flipped", lambda da, a: da * a * (a - 1)),
]


def transposed_product(da, a):
    return np.dot(da.T, 1 - a * a)


TANH_BACKWARD = [
    ("missing_upstream", lambda da, a: 1 - np.square(a)),
    ("activation_grad_missing", lambda da, a: 1.0 * da),
    ("activation_applied_twice", lambda da, a: da * (1 - np.tanh(a) * np.tanh(a))),
    ("activation_applied_twice", lambda da, a: da / np.cosh(a) ** 2),
    ("uses_preactivation", lambda da, a: da * (1 - (np.log((1 + a) / (1 - a)) / 2) ** 2)),
    ("matmul_for_elementwise", lambda da, a: np.matmul(da, 1 - a**2)),
    ("matmul_for_elementwise", transposed_product),
    ("matmul_for_elementwise", lambda da, a: da * (1 - np.dot(a, a))),
    ("wrong_activation_rule", lambda da, a: da * a * (1 - a)),
    ("wrong_activation_rule", lambda da, a: np.where(a > 0, da, 0)),
    ("tan_for_tanh", lambda da, a: da * (1 + a * a)),
    ("square_missing", lambda da, a: da - da * a),
    ("inverse_derivative", lambda da, a: da / (1 - a * a)),
    ("constant_lost", lambda da, a: -da * a * a),
    ("value_for_derivative", lambda da, a: np.multiply(a, da)),
    ("value_for_derivative", lambda da, a: da * np.tanh(a)),
    ("upstream_in_local_rule", lambda da, a: da - da**3),
    ("sign_flipped", lambda da, a: -da * (1 - a**2)),
]


def max_with_if(z):
    if z > 0:
        return z
    return 0


def zeroes_the_argument(z):
    z[z < 0] = 0
    return z


RELU = [
    ("scalar_function_on_array", lambda z: max(0, z)),
    ("scalar_function_on_array", lambda z: max(z, 0)),
    ("scalar_function_on_array", max_with_if),
    ("max_for_maximum", lambda z: np.max(z, 0)),
    ("max_for_maximum", lambda z: z.max(axis=0)),
    ("max_for_maximum", lambda z: np.amax(z)),
    ("max_for_maximum", lambda z: np.max(0, z)),
    ("mutates_input", zeroes_the_argument),
]


def zeros_of_z(da, z):
    dz = np.zeros(z)
    dz[z > 0] = da[z > 0]
    return dz


def masks_the_argument(da, z):
    da[z <= 0] = 0
    return da


def alias_of_the_argument(da, z):
    dz = da
    dz[z <= 0] = 0
    return dz


def zero_where_zero(da, z):
    dz = da.copy()
    dz[z == 0] = 0
    return dz


def closed_units_pass(da, z):
    dz = np.array(da)
    dz[z > 0] = 0
    return dz


def mask_of_the_gradient(da, z):
    dz = da.copy()
    dz[da <= 0] = 0
    return dz


RELU_BACKWARD = [
    ("zeros_for_zeros_like", zeros_of_z),
    ("mutates_input", masks_the_argument),
    ("mutates_input", alias_of_the_argument),
    ("matmul_for_elementwise", lambda da, z: np.dot(da, z > 0)),
    ("missing_upstream", lambda da, z: np.where(z > 0, 1.0, 0.0)),
    ("missing_upstream", lambda da, z: (z > 0).astype(int)),
    ("missing_upstream", lambda da, z: z > 0),
    ("activation_grad_missing", lambda da, z: da),
    ("mask_only_exact_zero", zero_where_zero),
    ("mask_inverted", closed_units_pass),
    ("mask_inverted", lambda da, z: da * (z < 0)),
    ("mask_on_wrong_tensor", mask_of_the_gradient),
    ("mask_on_wrong_tensor", lambda da, z: np.where(da > 0, da, 0)),
    ("value_for_derivative", lambda da, z: da * z * (z > 0)),
    ("wrong_activation_rule", lambda da, z: da * logistic(z) * (1 - logistic(z))),
    ("wrong_activation_rule", lambda da, z: np.where(z > 0, da, 0.01 * da)),
    ("sign_flipped", lambda da, z: np.where(z > 0, -da, 0)),
    ("relu_at_zero_one", lambda da, z: da * (z >= 0)),
    ("relu_at_zero_one", lambda da, z: np.where(z < 0, 0, da)),
    ("relu_at_zero_half", lambda da, z: da * (1 + np.sign(z)) / 2),
]


def buffer_like_z(da, z, slope):
    mask = np.ones_like(z)
    mask[z <= 0] = slope
    return da * mask


def filled_like_z(da, z, slope):
    dz = np.zeros_like(z)
    dz[z > 0] = da[z > 0]
    dz[z <= 0] = slope * da[z <= 0]
    return dz


def constant_on_the_left(da, z, slope):
    dz = da.copy()
    dz[z <= 0] = slope
    return dz


def one_on_the_right(da, z, slope):
    return np.where(z > 0, 1, slope * da)


def always_a_hundredth(da, z, slope):
    dz = np.array(da, copy=True)
    dz[z <= 0] *= 0.01
    return dz


LEAKY_RELU_BACKWARD = [
    ("int_dtype_truncation", buffer_like_z),
    ("int_dtype_truncation", filled_like_z),
    ("missing_upstream", lambda da, z, slope: np.where(z > 0, 1, slope)),
    ("missing_upstream_branch", constant_on_the_left),
    ("missing_upstream_branch", one_on_the_right),
    ("activation_grad_missing", lambda da, z, slope: da),
    ("slope_ignored", lambda da, z, slope: da * (z > 0)),
    ("slope_ignored", lambda da, z, slope: np.where(z >= 0, da, 0)),
    ("mask_inverted", lambda da, z, slope: np.where(z < 0, da, slope * da)),
    ("mask_on_wrong_tensor", lambda da, z, slope: da * np.where(da > 0, 1, slope)),
    ("mask_on_wrong_tensor", lambda da, z, slope: np.maximum(da, slope * da)),
    ("value_for_derivative", lambda da, z, slope: da * np.where(z > 0, z, slope * z)),
    ("hyperparameter_hard_coded", always_a_hundredth),
    ("hyperparameter_hard_coded", lambda da, z, slope: np.where(z > 0, da, 0.1 * da)),
    ("relu_at_zero_one", lambda da, z, slope: np.where(z < 0, slope * da, da)),
    (
        "relu_at_zero_half",
        lambda da, z, slope: da * ((1 + slope) / 2 + np.sign(z) * (1 - slope) / 2),
    ),
]

CASES = {
    "sigmoid": SIGMOID,
    "sigmoid_backward": SIGMOID_BACKWARD,
    "tanh_backward": TANH_BACKWARD,
    "relu": RELU,
    "relu_backward": RELU_BACKWARD,
    "leaky_relu_backward": LEAKY_RELU_BACKWARD,
}


@pytest.mark.parametrize(
    ("task", "key", "solution"),
    [
        pytest.param(task, *case, id=f"{task} {at} {case[0]}")
        for task, cases in CASES.items()
        for at, case in enumerate(cases)
    ],
)
def test_mistake_is_named(task, key, solution):
    assert_named(task, solution, key)


@pytest.mark.parametrize("slope", [0.5, 1])
def test_another_slope_at_the_corner_is_called_a_convention(slope):
    result = check("relu_backward", lambda da, z: da * np.heaviside(z, slope))

    assert result.convention
    assert "z = 0" in result.message


def test_a_clip_that_no_float_can_see_is_right():
    assert_accepted("sigmoid", clipped_at(500))
    assert_accepted("sigmoid", clipped_at(40))


def test_the_slope_is_named_in_the_learners_own_numbers():
    def closed(da, z, slope):
        return da * (z > 0)

    assert "here slope is 0.01" in check("leaky_relu_backward", closed).message


def steeper(z):
    return logistic(2 * z)


def half_slope(da, a):
    return da * a * (1 - a) / 2


def a_to_the_fourth(da, a):
    return da * (1 - a**4)


def leaks_a_little(z):
    return np.where(z > 0, z, 0.01 * z)


def window(da, z):
    return da * ((z > 0) & (z < 2))


def slope_squared(da, z, slope):
    return da * np.where(z > 0, 1, slope**2)


UNKNOWN = [
    ("sigmoid", steeper),
    ("sigmoid", np.tanh),
    ("sigmoid", lambda z: 1 / (1 + np.exp(-z)) + 1e-6),
    ("sigmoid_backward", half_slope),
    ("sigmoid_backward", lambda da, a: da * a * (1 - a) ** 2),
    ("tanh_backward", a_to_the_fourth),
    ("tanh_backward", lambda da, a: da * (1 - a**2) * 2),
    ("relu", leaks_a_little),
    ("relu", np.abs),
    ("relu", lambda z: np.minimum(z, 0)),
    ("relu_backward", window),
    ("relu_backward", lambda da, z: np.abs(da) * (z > 0)),
    ("leaky_relu_backward", slope_squared),
    ("leaky_relu_backward", lambda da, z, slope: da * np.where(z > 0, 1, -slope)),
]


@pytest.mark.parametrize(("task", "solution"), UNKNOWN)
def test_an_unknown_mistake_is_rejected_without_a_name(task, solution):
    assert_unnamed(task, solution)


def by_halves(z):
    a = np.empty(z.shape)
    right = z >= 0
    a[right] = 1 / (1 + np.exp(-z[right]))
    a[~right] = np.exp(z[~right]) / (1 + np.exp(z[~right]))
    return a


def both_branches(z):
    return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))


def careful_loop(z):
    a = np.zeros(z.shape)
    for at, v in np.ndenumerate(z):
        a[at] = 1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v))
    return a


@for_each(
    [
        logistic,
        by_halves,
        both_branches,
        careful_loop,
        lambda z: 0.5 * (1 + np.tanh(z / 2)),
        lambda z: np.exp(-np.logaddexp(0, -z)),
        lambda z: 1 - 1 / (1 + np.exp(z)),
    ]
)
def test_right_sigmoid_is_accepted_in_whatever_form(solution):
    assert_accepted("sigmoid", solution)


def loop_over_all(da, a):
    dz = np.zeros(da.shape)
    for n in range(da.shape[0]):
        for m in range(da.shape[1]):
            dz[n, m] = da[n, m] * a[n, m] * (1 - a[n, m])
    return dz


@for_each(
    [
        lambda da, a: (1 - a) * a * da,
        lambda da, a: da * a - da * a**2,
        lambda da, a: da * (0.25 - (a - 0.5) ** 2),
        lambda da, a: np.einsum("nm,nm,nm->nm", da, a, 1 - a),
        loop_over_all,
    ]
)
def test_right_sigmoid_backward_is_accepted_in_whatever_form(solution):
    assert_accepted("sigmoid_backward", solution)


@for_each(
    [
        lambda da, a: da * (1 - a) * (1 + a),
        lambda da, a: da - da * a * a,
        lambda da, a: np.multiply(da, 1.0 - np.power(a, 2)),
        lambda da, a: np.array([[g * (1 - v**2) for g, v in zip(*row)] for row in zip(da, a)]),
    ]
)
def test_right_tanh_backward_is_accepted_in_whatever_form(solution):
    assert_accepted("tanh_backward", solution)


def zeroes_a_copy(z):
    a = z.copy()
    a[a < 0] = 0
    return a


@for_each(
    [
        zeroes_a_copy,
        lambda z: z * (z > 0),
        lambda z: (z + np.abs(z)) / 2,
        lambda z: np.where(z > 0, z, 0),
        lambda z: np.clip(z, 0, None),
        lambda z: np.array([[max(0.0, v) for v in row] for row in z]),
    ]
)
def test_right_relu_is_accepted_in_whatever_form(solution):
    assert_accepted("relu", solution)


def zeroes_like_z(da, z):
    dz = np.zeros_like(z)
    dz[z > 0] = da[z > 0]
    return dz


def masks_a_copy(da, z):
    dz = np.array(da)
    dz[z <= 0] = 0
    return dz


@for_each(
    [
        zeroes_like_z,
        masks_a_copy,
        lambda da, z: np.where(z > 0, da, 0),
        lambda da, z: da * (np.maximum(z, 0) > 0),
        lambda da, z: da * np.heaviside(z, 0),
        lambda da, z: np.array([[g if v > 0 else 0.0 for g, v in zip(*r)] for r in zip(da, z)]),
    ]
)
def test_right_relu_backward_is_accepted_in_whatever_form(solution):
    assert_accepted("relu_backward", solution)


def scales_a_copy(da, z, slope):
    dz = da.copy()
    dz[z <= 0] *= slope
    return dz


@for_each(
    [
        scales_a_copy,
        lambda da, z, slope: np.where(z > 0, da, slope * da),
        lambda da, z, slope: da * (z > 0) + slope * da * (z <= 0),
        lambda da, z, slope: da * (slope + (1 - slope) * (z > 0)),
        lambda da, z, slope: np.select([z > 0, z <= 0], [da, slope * da]),
    ]
)
def test_right_leaky_relu_backward_is_accepted_in_whatever_form(solution):
    assert_accepted("leaky_relu_backward", solution)


@pytest.mark.parametrize("task", CASES)
def test_every_known_mistake_is_met(task):
    assert {row.key for row in TASKS[task].mistakes} <= {key for key, _ in CASES[task]}


def test_the_same_error_from_another_line_is_not_named():
    assert_unnamed("relu", lambda z: np.zeros(z))
    assert_unnamed("relu_backward", lambda da, z: da * np.max(0, z))
