"""Optimizers: the mistakes as learners write them, and right solutions in many forms."""

import numpy as np

from backprop_lab.grading import check

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def rebinds(params, grads, lr):
    for p, g in zip(params.values(), grads.values()):
        p = p - lr * g


def returns_a_new_dict(params, grads, lr):
    return {name: params[name] - lr * grads[name] for name in params}


def climbs(params, grads, lr):
    for name, g in grads.items():
        params[name] += lr * g


def lr_squared(params, grads, lr):
    for name in params:
        step = lr * grads[name]
        params[name] = params[name] - lr * step


def times_weight(params, grads, lr):
    for name in params:
        params[name] -= lr * params[name] * grads[name]


def shrinks(params, grads, lr):
    for name in params:
        params[name] -= lr * params[name]


def matrices_only(params, grads, lr):
    for name, p in params.items():
        if p.ndim == 2:
            p -= lr * grads[name]


def named_w_only(params, grads, lr):
    for name in params:
        if "W" in name or "w" in name:
            params[name] -= lr * grads[name]


def without_lr(params, grads, lr):
    for name in params:
        params[name] -= grads[name]


def always_a_tenth(params, grads, lr):
    for name in params:
        params[name] -= 0.1 * grads[name]


def scales_the_gradients(params, grads, lr):
    for name in params:
        grads[name] *= lr
        params[name] -= grads[name]


MISTAKES = [
    ("rebinding_no_effect", rebinds),
    ("rebinding_no_effect", returns_a_new_dict),
    ("ascent_sign", climbs),
    ("lr_twice", lr_squared),
    ("extra_factor_weight", times_weight),
    ("grad_missing_in_update", shrinks),
    ("bias_not_updated", matrices_only),
    ("bias_not_updated", named_w_only),
    ("hyperparameter_ignored", without_lr),
    ("hyperparameter_hard_coded", always_a_tenth),
    ("mutates_input", scales_the_gradients),
]


@for_each_mistake(MISTAKES)
def test_mistake_is_named(key, solution):
    assert_named("sgd_step", solution, key)


def half_a_step(params, grads, lr):
    for name in params:
        params[name] -= lr / 2 * grads[name]


def signs_only(params, grads, lr):
    for name in params:
        params[name] -= lr * np.sign(grads[name])


def counts_steps(params, grads, lr, _steps=[]):  # noqa: B006
    _steps.append(1)
    for name in params:
        params[name] -= lr / len(_steps) * grads[name]


@for_each([half_a_step, signs_only, counts_steps])
def test_an_unknown_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("sgd_step", solution)


def in_place(params, grads, lr):
    for name, p in params.items():
        p[...] = p - lr * grads[name]


def stored_anew(params, grads, lr):
    for name in params:
        params[name] = params[name] - lr * grads[name]


def by_entries(params, grads, lr):
    for name in grads:
        for at in np.ndindex(params[name].shape):
            params[name][at] -= lr * grads[name][at]


def in_two_ufuncs(params, grads, lr):
    for p, g in zip(params.values(), grads.values()):
        np.subtract(p, np.multiply(lr, g), out=p)


def updates_the_dict(params, grads, lr):
    params.update({name: params[name] - lr * grads[name] for name in params})


@for_each([in_place, stored_anew, by_entries, in_two_ufuncs, updates_the_dict])
def test_right_step_is_accepted_in_whatever_form(solution):
    assert_accepted("sgd_step", solution)


def test_a_right_step_that_also_returns_passes_and_is_told():
    def sgd_step(params, grads, lr):
        in_place(params, grads, lr)
        return params

    result = check("sgd_step", sgd_step)

    assert result.passed
    assert "returns a dict" in result.message
