"""Adam and AdamW: the mistakes as learners write them, and right solutions in many forms."""

import numpy as np
import pytest

from backprop_lab.grading import check

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake

SOURCE = """
def {name}(params, grads, state, {numbers}):
    state["t"] += 1
    t = state["t"]
    for k in params:
        g = grads[k]
        m = beta1 * state["m"][k] + (1 - beta1) * g
        v = beta2 * state["v"][k] + (1 - beta2) * g * g
        state["m"][k] = m
        state["v"][k] = v
        m_hat = m / (1 - beta1 ** t)
        v_hat = v / (1 - beta2 ** t)
        step = lr * m_hat / (np.sqrt(v_hat) + eps)
        params[k] -= step
"""
NUMBERS = "lr, beta1, beta2, eps"


def adam(*lines):
    """A learner's Adam in which lines are replaced: old, new, old, new."""
    return _written(SOURCE.format(name="adam_step", numbers=NUMBERS), lines)


def adamw(*lines):
    """A learner's AdamW, likewise."""
    source = SOURCE.format(name="adamw_step", numbers=NUMBERS + ", wd")
    return _written(source.replace("-= step", "-= step + lr * wd * params[k]"), lines)


def _written(source, lines):
    for old, new in zip(lines[::2], lines[1::2]):
        assert old in source
        source = source.replace(old, new)
    names = {"np": np}
    exec(source, names)
    return names["adam_step"] if "adam_step" in names else names["adamw_step"]


def both_not_corrected(write):
    return write("m / (1 - beta1 ** t)", "m", "v / (1 - beta2 ** t)", "v")


STORED = 'state["m"][k] = m\n        state["v"][k] = v\n'


def shared(write):
    """Mistakes that Adam and AdamW have in common."""
    return [
        ("rebinding_no_effect", write("params[k] -= step", "p = params[k]\n        p = p - step")),
        ("state_not_stored", write(STORED, "pass\n")),
        ("state_not_stored", write('state["t"] += 1\n    t = state["t"]', 't = state["t"] + 1')),
        ("state_not_stored", write('state["v"][k] = v', "pass")),
        (
            "adam_t_per_parameter",
            write(
                'state["t"] += 1\n    t = state["t"]\n',
                "\n",
                "g = grads[k]\n",
                'g = grads[k]\n        state["t"] += 1\n        t = state["t"]\n',
            ),
        ),
        (
            "adam_t_off_by_one",
            write('["t"] += 1\n    t = state["t"]', '["t"] += 1\n    t = state["t"] - 1'),
        ),
        (
            "adam_t_off_by_one",
            write(
                'state["t"] += 1\n    t = state["t"]',
                't = state["t"]\n    state["t"] = t + 1',
            ),
        ),
        (
            "adam_t_off_by_one",
            write("beta1 ** t", "beta1 ** (t + 1)", "beta2 ** t", "beta2 ** (t + 1)"),
        ),
        (
            "adam_beta_not_powered",
            write("1 - beta1 ** t", "1 - beta1", "1 - beta2 ** t", "1 - beta2"),
        ),
        ("adam_no_bias_correction", both_not_corrected(write)),
        ("adam_half_bias_correction", write("v / (1 - beta2 ** t)", "v")),
        ("adam_half_bias_correction", write("m / (1 - beta1 ** t)", "m")),
        (
            "hyperparameters_swapped",
            write("    t = state", "    beta1, beta2 = beta2, beta1\n    t = state"),
        ),
        (
            "hyperparameters_swapped",
            write(
                '= beta1 * state["m"][k] + (1 - beta1)',
                '= beta2 * state["m"][k] + (1 - beta2)',
                '= beta2 * state["v"][k] + (1 - beta2)',
                '= beta1 * state["v"][k] + (1 - beta1)',
            ),
        ),
        (
            "adam_one_minus_beta_missing",
            write("(1 - beta1) * g", "g", "(1 - beta2) * g * g", "g * g"),
        ),
        ("adam_one_minus_beta_missing", write("(1 - beta1) * g", "g")),
        ("square_missing", write("* g * g", "* np.abs(g)")),
        ("square_missing", write("* g * g", "* g")),
        (
            "adam_correction_stored",
            write(
                STORED,
                "\n",
                "step = lr",
                'state["m"][k], state["v"][k] = m_hat, v_hat\n        step = lr',
            ),
        ),
        ("adam_correction_stored", write("= m / (1", '= state["m"][k] = m / (1')),
        (
            "ascent_sign",
            write("-= step", "+= step") if write is adam else write("-= step +", "-= -step +"),
        ),
        ("sqrt_missing", write("np.sqrt(v_hat)", "v_hat")),
        ("eps_inside_sqrt", write("(np.sqrt(v_hat) + eps)", "(v_hat + eps) ** 0.5")),
        ("eps_missing", write("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat)")),
        (
            "adam_eps_hat_form",
            write(
                "step = lr * m_hat / (np.sqrt(v_hat) + eps)",
                "step = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + eps)",
            ),
        ),
        ("hyperparameter_hard_coded", write("+ eps)", "+ 1e-8)")),
        (
            "hyperparameter_hard_coded",
            write("    t = state", "    beta1, beta2 = 0.9, 0.999\n    t = state"),
        ),
        (
            "state_aliased",
            write(
                "m_hat = m /",
                "m_hat = m\n        m_hat /=",
                "step = lr * m_hat /",
                "step = m_hat\n        step *= lr\n        step = step /",
            ),
        ),
        (
            "state_aliased",
            write(
                "m_hat = m /",
                "m_hat = m\n        m_hat /=",
                "step = lr * m_hat /",
                "step = m_hat\n        step *= lr\n        step /=",
            ),
        ),
        ("mutates_input", write("* g * g", "* np.square(g, out=g)")),
    ]


ADAM = shared(adam)
DECAY = "lr * wd * params[k]"
ADAMW = [
    (
        "adamw_coupled_decay",
        adamw(" + " + DECAY, "", "g = grads[k]", "g = grads[k] + wd * params[k]"),
    ),
    ("decay_sign", adamw("step + " + DECAY, "step - " + DECAY)),
    (
        "decay_sign",
        adamw("params[k] -= step + " + DECAY, "params[k] = params[k] * (1 + lr * wd) - step"),
    ),
    ("hyperparameter_ignored", adamw(" + " + DECAY, "")),
    ("adamw_decay_after_update", adamw(" + " + DECAY, "\n        params[k] -= " + DECAY)),
    ("adamw_decay_after_update", adamw(" + " + DECAY, "\n        params[k] *= 1 - lr * wd")),
    ("adamw_decay_without_lr", adamw(DECAY, "wd * params[k]")),
    (
        "adamw_decay_without_lr",
        adamw("params[k] -= step + " + DECAY, "params[k] *= 1 - wd\n        params[k] -= step"),
    ),
    *shared(adamw),
]


@for_each_mistake(ADAM)
def test_adam_mistake_is_named(key, solution):
    assert_named("adam_step", solution, key)


@for_each_mistake(ADAMW)
def test_adamw_mistake_is_named(key, solution):
    assert_named("adamw_step", solution, key)


def test_other_books_forms_are_called_conventions():
    assert check("adam_step", dict(ADAM)["adam_eps_hat_form"]).convention
    assert check("adamw_step", dict(ADAMW)["adamw_decay_without_lr"]).convention
    assert not check("adam_step", dict(ADAM)["adam_no_bias_correction"]).convention


@for_each(
    [
        adam("lr * m_hat", "lr * g"),
        adam("np.sqrt(v_hat)", "np.cbrt(v_hat)"),
        adam("beta1 ** t", "beta1 * t"),
        adam("(1 - beta1) * g", "beta1 * g"),
        adam('state["t"] += 1', 'state["t"] += 2'),
        adam("g = grads[k]", "g = np.clip(grads[k], -1, 1)"),
        adam('state["v"][k] = v', 'state["v"][k] = np.maximum(v, state["v"][k])'),
    ]
)
def test_an_unknown_mistake_in_adam_is_rejected_without_a_name(solution):
    assert_unnamed("adam_step", solution)


@for_each(
    [
        adamw("lr * wd", "lr * wd / 2"),
        adamw(DECAY, "lr * wd * np.sign(params[k])"),
        adamw(DECAY, DECAY + " * (params[k].ndim > 1)"),
    ]
)
def test_an_unknown_mistake_in_adamw_is_rejected_without_a_name(solution):
    assert_unnamed("adamw_step", solution)


def in_place(params, grads, state, lr, beta1, beta2, eps):
    state["t"] += 1
    a, b = 1 - beta1 ** state["t"], 1 - beta2 ** state["t"]
    for key, p in params.items():
        m, v, g = state["m"][key], state["v"][key], grads[key]
        m *= beta1
        m += (1 - beta1) * g
        v *= beta2
        v += (1 - beta2) * np.square(g)
        p -= lr / a * m / (np.sqrt(v / b) + eps)


def towards_the_gradient(params, grads, state, lr, beta1, beta2, eps):
    state["t"] = t = state["t"] + 1
    for key in params:
        state["m"][key] += (1 - beta1) * (grads[key] - state["m"][key])
        state["v"][key] += (1 - beta2) * (grads[key] ** 2 - state["v"][key])
        root = (1 - beta2**t) ** 0.5
        size = lr * root / (1 - beta1**t)
        params[key] -= size * state["m"][key] / (np.sqrt(state["v"][key]) + eps * root)


def by_entries(params, grads, state, lr, beta1, beta2, eps):
    state["t"] += 1
    t = state["t"]
    for key, p in params.items():
        for at in np.ndindex(p.shape):
            g = float(grads[key][at])
            m = state["m"][key][at] = beta1 * state["m"][key][at] + (1 - beta1) * g
            v = state["v"][key][at] = beta2 * state["v"][key][at] + (1 - beta2) * g**2
            p[at] -= lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)) ** 0.5 + eps)


def with_new_dicts(params, grads, state, lr, beta1, beta2, eps):
    t = state["t"] + 1
    m = {k: beta1 * each + (1 - beta1) * grads[k] for k, each in state["m"].items()}
    v = {k: beta2 * each + (1 - beta2) * grads[k] ** 2 for k, each in state["v"].items()}
    state.update(m=m, v=v, t=t)
    for k in params:
        scale = np.sqrt(v[k] / (1 - np.power(beta2, t))) + eps
        params[k] = params[k] - lr * m[k] / (1 - np.power(beta1, t)) / scale


RIGHT = [in_place, towards_the_gradient, by_entries, with_new_dicts]


@for_each([*RIGHT, adam()])
def test_right_adam_is_accepted_in_whatever_form(solution):
    assert_accepted("adam_step", solution)


@pytest.mark.parametrize("step", RIGHT)
def test_right_adamw_is_accepted_in_whatever_form(step):
    def decays_first(params, grads, state, lr, beta1, beta2, eps, wd):
        for key in params:
            params[key] *= 1 - lr * wd
        step(params, grads, state, lr, beta1, beta2, eps)

    def decays_last_from_a_copy(params, grads, state, lr, beta1, beta2, eps, wd):
        before = {key: p.copy() for key, p in params.items()}
        step(params, grads, state, lr, beta1, beta2, eps)
        for key in params:
            params[key] -= lr * wd * before[key]

    assert_accepted("adamw_step", decays_first)
    assert_accepted("adamw_step", decays_last_from_a_copy)
    assert_accepted("adamw_step", adamw())
