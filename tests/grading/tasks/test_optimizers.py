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


def momentum(body, before=""):
    """A learner's function around the lines of its loop."""
    lines = "".join(f"        {line}\n" for line in body.strip().split("\n"))
    source = "def momentum_step(params, grads, velocity, lr, mu):\n"
    source += f"    {before or 'pass'}\n    for k in params:\n{lines}"
    names = {"np": np}
    exec(source, names)
    return names["momentum_step"]


def everything_local(params, grads, velocity, lr, mu):
    for p, g, v in zip(params.values(), grads.values(), velocity.values()):
        v = mu * v - lr * g
        p = p + v


def velocity_by_ufuncs(params, grads, velocity, lr, mu):
    for key, v in velocity.items():
        np.multiply(v, mu, out=v)
        np.subtract(v, lr * grads[key], out=v)
        p = params[key]
        p = p + v


def velocity_in_a_local(params, grads, velocity, lr, mu):
    for p, g, v in zip(params.values(), grads.values(), velocity.values()):
        v = mu * v - lr * g
        p += v


def starts_anew(params, grads, velocity, lr, mu):
    for key in params:
        velocity[key] = np.zeros_like(params[key])
        velocity[key] = mu * velocity[key] - lr * grads[key]
        params[key] += velocity[key]


def starts_anew_in_a_local_dict(params, grads, velocity, lr, mu):
    velocity = {key: np.zeros(p.shape) for key, p in params.items()}
    for key, v in velocity.items():
        v = mu * v - lr * grads[key]
        params[key] += v


def matrices_roll(params, grads, velocity, lr, mu):
    for key in velocity:
        if params[key].ndim < 2:
            continue
        velocity[key] = velocity[key] * mu - grads[key] * lr
        params[key] += velocity[key]


STORE = "velocity[k] = "
MOVE = "\nparams[k] += velocity[k]"
CLASSICAL = STORE + "mu * velocity[k] - lr * grads[k]"

MOMENTUM = [
    ("rebinding_no_effect", everything_local),
    ("rebinding_no_effect", velocity_by_ufuncs),
    ("state_not_stored", velocity_in_a_local),
    (
        "state_not_stored",
        momentum("v = velocity[k] * mu\nv = v - lr * grads[k]" + "\nparams[k] += v"),
    ),
    ("state_reset_each_step", starts_anew),
    ("state_reset_each_step", starts_anew_in_a_local_dict),
    ("hyperparameter_ignored", momentum(STORE + "-grads[k] * lr" + MOVE)),
    ("hyperparameter_ignored", momentum("params[k] -= lr * grads[k]")),
    ("hyperparameter_ignored", momentum("velocity[k] -= lr * grads[k]" + MOVE)),
    ("hyperparameter_ignored", momentum("velocity[k] *= mu\nvelocity[k] -= grads[k]" + MOVE)),
    ("stale_state_used", momentum("params[k] = params[k] + velocity[k]\n" + CLASSICAL)),
    ("momentum_sign", momentum(STORE + "mu * velocity[k] + lr * grads[k]" + MOVE)),
    ("momentum_sign", momentum(CLASSICAL + "\nparams[k] = params[k] - velocity[k]")),
    (
        "momentum_gradient_units",
        momentum(STORE + "mu * velocity[k] + grads[k]\nparams[k] -= lr * velocity[k]"),
    ),
    (
        "momentum_ema_form",
        momentum(STORE + "mu * velocity[k] + (1 - mu) * grads[k]\nparams[k] -= lr * velocity[k]"),
    ),
    ("momentum_ema_form", momentum(STORE + "mu * velocity[k] - lr * (1.0 - mu) * grads[k]" + MOVE)),
    ("lr_twice", momentum(CLASSICAL + "\nparams[k] = params[k] + lr * velocity[k]")),
    (
        "lr_twice",
        momentum("step = lr * grads[k]\n" + STORE + "mu * velocity[k] - lr * step" + MOVE),
    ),
    (
        "lr_twice",
        momentum(STORE + "mu * velocity[k] + lr * grads[k]\nparams[k] -= velocity[k] * lr"),
    ),
    ("lr_on_velocity", momentum(STORE + "lr * (velocity[k] * mu - grads[k])" + MOVE)),
    ("momentum_on_wrong_term", momentum(STORE + "velocity[k] - lr * grads[k] * mu" + MOVE)),
    (
        "nesterov_for_classical",
        momentum(CLASSICAL + "\nparams[k] += mu * velocity[k] - lr * grads[k]"),
    ),
    (
        "nesterov_for_classical",
        momentum(
            "old = velocity[k].copy()\n"
            + CLASSICAL
            + "\nparams[k] += -mu * old + (1 + mu) * velocity[k]"
        ),
    ),
    ("bias_not_updated", matrices_roll),
    ("mutates_input", momentum("grads[k] *= lr\n" + STORE + "mu * velocity[k] - grads[k]" + MOVE)),
]


@for_each_mistake(MOMENTUM)
def test_momentum_mistake_is_named(key, solution):
    assert_named("momentum_step", solution, key)


def test_other_books_forms_of_momentum_are_called_conventions():
    for key, solution in MOMENTUM:
        other = key in ("momentum_gradient_units", "momentum_ema_form")
        assert check("momentum_step", solution).convention is other


def test_a_velocity_that_is_set_to_zero_is_told_from_one_that_is_left_out():
    """Both give the same numbers; where the source is out of sight, neither is named."""

    class OutOfSight:
        def __call__(self, params, grads, velocity, lr, mu):
            starts_anew(params, grads, velocity, lr, mu)

    assert_unnamed("momentum_step", OutOfSight())


@for_each(
    [
        momentum("velocity[k] = mu * velocity[k] - lr * np.sign(grads[k])" + MOVE),
        momentum("velocity[k] = mu**2 * velocity[k] - lr * grads[k]" + MOVE),
        momentum(CLASSICAL + "\nparams[k] += velocity[k] / 2"),
        momentum(CLASSICAL + "\nparams[k] = velocity[k]"),
        momentum(STORE + "mu * velocity[k] + lr * grads[k]\nparams[k] -= velocity[k]"),
    ]
)
def test_an_unknown_mistake_in_momentum_is_rejected_without_a_name(solution):
    assert_unnamed("momentum_step", solution)


def rolls_in_place(params, grads, velocity, lr, mu):
    for p, g, v in zip(params.values(), grads.values(), velocity.values()):
        v *= mu
        v -= lr * g
        p += v


def rolls_by_entries(params, grads, velocity, lr, mu):
    for key, g in grads.items():
        for at, each in np.ndenumerate(g):
            velocity[key][at] = mu * velocity[key][at] - lr * each
            params[key][at] += velocity[key][at]


def rolls_with_new_dicts(params, grads, velocity, lr, mu):
    velocity.update({key: mu * v - lr * grads[key] for key, v in velocity.items()})
    params.update({key: p + velocity[key] for key, p in params.items()})


def rolls_backwards_first(params, grads, velocity, lr, mu):
    for key in params:
        back = lr * grads[key] - mu * velocity[key]
        params[key] -= back
        velocity[key][...] = -back


@for_each(
    [
        rolls_in_place,
        rolls_by_entries,
        rolls_with_new_dicts,
        rolls_backwards_first,
        momentum(CLASSICAL + MOVE),
    ]
)
def test_right_momentum_is_accepted_in_whatever_form(solution):
    assert_accepted("momentum_step", solution)
