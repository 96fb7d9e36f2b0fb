"""Batch normalization: the mistakes as learners write them, and right solutions in many forms."""

import numpy as np
import pytest

from backprop_lab.grading import check

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def forward_with(
    statistics=None,
    divide=lambda d, var, eps: d / np.sqrt(var + eps),
    update=lambda old, new, m, n, eps: m * old + (1 - m) * new,
    update_var=None,
    update_when=lambda training: training,
    finish=lambda xhat, gamma, beta: gamma * xhat + beta,
):
    """A forward pass as in most notebooks, with a line or two replaced."""

    def batchnorm_forward(x, gamma, beta, running, momentum, eps, training):
        n = x.shape[0]
        sample_mean = np.sum(x, axis=0) / n
        sample_var = np.sum(np.square(x - sample_mean), axis=0) / n
        if statistics:
            mean, var = statistics(x, running, training)
        elif training:
            mean, var = sample_mean, sample_var
        else:
            mean, var = running["mean"], running["var"]
        xhat = divide(x - mean, var, eps)
        if update_when(training):
            var_rule = update_var or update
            running["mean"] = update(running["mean"], sample_mean, momentum, n, eps)
            running["var"] = var_rule(running["var"], sample_var, momentum, n, eps)
        return finish(xhat, gamma, beta), {
            "x": x,
            "xhat": xhat,
            "mean": mean,
            "var": var,
            "inv": 1 / np.sqrt(var + eps),
            "gamma": gamma,
            "eps": eps,
            "training": training,
        }

    return batchnorm_forward


def of_the_batch(**how):
    """Other statistics in training."""

    def statistics(x, running, training):
        if training:
            return np.mean(x, **how), np.var(x, **how)
        return running["mean"], running["var"]

    return statistics


def squares(x, running, training):
    if not training:
        return running["mean"], running["var"]
    mean = np.mean(x, axis=0)
    return mean, np.mean(x * x, axis=0) - mean * mean


def local_names_only(x, gamma, beta, running, momentum, eps, training):
    running_mean, running_var = running["mean"], running["var"]
    if training:
        mu, var = x.mean(0), x.var(0)
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
    else:
        mu, var = running_mean, running_var
    out, cache = forward_with(lambda *_: (mu, var))(x, gamma, beta, running, momentum, eps, False)
    return out, cache | {"training": training}


def updates_then_uses(x, gamma, beta, running, momentum, eps, training):
    if training:
        running["mean"] = momentum * running["mean"] + (1 - momentum) * x.mean(axis=0)
        running["var"] = momentum * running["var"] + (1 - momentum) * x.var(axis=0)
    return forward_with()(x, gamma, beta, running, momentum, eps, False)


def ddof_one_everywhere(x, gamma, beta, running, momentum, eps, training):
    unbiased = forward_with(
        lambda x, r, t: (x.mean(0), x.var(0, ddof=1)) if t else (r["mean"], r["var"]),
        update_var=lambda old, new, m, n, eps: m * old + (1 - m) * new * n / (n - 1),
    )
    return unbiased(x, gamma, beta, running, momentum, eps, training)


def centres_in_place(x, gamma, beta, running, momentum, eps, training):
    kept = x.copy()
    out, cache = forward_with()(kept, gamma, beta, running, momentum, eps, training)
    x -= cache["mean"]
    return out, cache


def mean_only(old, new, m, n, eps):
    return m * old + (1 - m) * new


FORWARD = [
    ("bn_batch_stats_at_eval", forward_with(lambda x, r, t: (x.mean(0), x.var(0)))),
    ("bn_running_stats_in_training", forward_with(lambda x, r, t: (r["mean"], r["var"]))),
    ("bn_running_stats_in_training", updates_then_uses),
    (
        "training_flag_inverted",
        forward_with(lambda x, r, t: (r["mean"], r["var"]) if t else (x.mean(0), x.var(0))),
    ),
    ("bn_momentum_reversed", forward_with(update=lambda o, new, m, n, e: (1 - m) * o + m * new)),
    (
        "bn_momentum_reversed",
        forward_with(update_var=lambda o, new, m, n, e: o + m * (new - o)),
    ),
    (
        "bn_running_var_unbiased",
        forward_with(update_var=lambda o, new, m, n, e: m * o + (1 - m) * new * n / max(n - 1, 1)),
    ),
    ("bn_ddof_one", ddof_one_everywhere),
    ("eps_outside_sqrt", forward_with(divide=lambda d, var, eps: d / (np.sqrt(var) + eps))),
    ("bn_eps_as_floor", forward_with(divide=lambda d, v, eps: d / np.sqrt(np.maximum(v, eps)))),
    ("eps_missing", forward_with(divide=lambda d, var, eps: d / var**0.5)),
    ("sqrt_missing", forward_with(divide=lambda d, var, eps: d / (eps + var))),
    ("sqrt_missing", forward_with(divide=lambda d, var, eps: d / var)),
    ("bn_stats_wrong_axis", forward_with(of_the_batch(axis=1, keepdims=True))),
    ("bn_stats_wrong_axis", forward_with(of_the_batch(axis=-1))),
    ("bn_one_statistic", forward_with(of_the_batch())),
    ("bn_one_statistic", forward_with(of_the_batch(keepdims=True))),
    ("bn_running_updated_at_eval", forward_with(update_when=lambda training: True)),
    ("bn_running_not_updated", forward_with(update_when=lambda training: False)),
    ("bn_running_not_updated", local_names_only),
    ("bn_running_not_updated", forward_with(update_var=lambda o, new, m, n, e: o)),
    (
        "bn_running_not_updated",
        forward_with(update=lambda o, new, m, n, e: o, update_var=mean_only),
    ),
    (
        "bn_running_std_for_var",
        forward_with(update_var=lambda o, new, m, n, e: m * o + (1 - m) * new**0.5),
    ),
    (
        "bn_eps_in_running_var",
        forward_with(update_var=lambda o, new, m, n, e: m * o + (1 - m) * (new + e)),
    ),
    ("bn_unstable_variance", forward_with(squares)),
    ("hyperparameter_ignored", forward_with(update=lambda o, new, m, n, e: new)),
    (
        "hyperparameter_hard_coded",
        forward_with(update=lambda o, new, m, n, e: 0.9 * o + 0.1 * new),
    ),
    ("hyperparameter_hard_coded", forward_with(divide=lambda d, v, e: d / np.sqrt(v + 1e-5))),
    ("bias_missing", forward_with(finish=lambda xhat, gamma, beta: xhat * gamma)),
    ("mutates_input", centres_in_place),
]


@for_each_mistake(FORWARD)
def test_forward_mistake_is_named(key, solution):
    assert_named("batchnorm_forward", solution, key)


def test_conventions_of_other_books_are_called_so():
    for at, (key, solution) in enumerate(FORWARD):
        if key in ("bn_momentum_reversed", "bn_running_var_unbiased", "bn_eps_as_floor"):
            assert check("batchnorm_forward", solution).convention, at


@for_each(
    [
        forward_with(divide=lambda d, var, eps: d / np.cbrt(var + eps)),
        forward_with(divide=lambda d, var, eps: d / np.sqrt(var + 2 * eps)),
        forward_with(finish=lambda xhat, gamma, beta: xhat + beta),
        forward_with(finish=lambda xhat, gamma, beta: gamma * (xhat + beta)),
        forward_with(update=lambda o, new, m, n, e: m * o - (1 - m) * new),
        forward_with(update=lambda o, new, m, n, e: m**2 * o + (1 - m**2) * new),
        forward_with(lambda x, r, t: (np.median(x, axis=0), x.var(0)) if t else tuple(r.values())),
        forward_with(lambda x, r, t: (x.mean(0), r["var"]) if t else (r["mean"], r["var"])),
    ]
)
def test_an_unknown_forward_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("batchnorm_forward", solution)


@pytest.mark.parametrize("key", ["xhat", "mean", "var", "inv", "gamma", "x"])
def test_a_cache_that_would_spoil_the_backward_pass_is_rejected(key):
    def doubled(*arguments):
        out, cache = forward_with()(*arguments)
        return out, cache | {key: cache[key] * 2}

    def without(*arguments):
        out, cache = forward_with()(*arguments)
        del cache[key]
        return out, cache

    for solution in (doubled, without):
        result = check("batchnorm_forward", solution)
        assert not result.passed
        assert f'cache["{key}"]' in result.message


def by_columns(x, gamma, beta, running, momentum, eps, training):
    N, D = x.shape
    out, xhat = np.zeros((N, D)), np.zeros((N, D))
    mean, var, inv = np.zeros(D), np.zeros(D), np.zeros(D)
    for d in range(D):
        if training:
            mean[d] = sum(x[n, d] for n in range(N)) / N
            var[d] = sum((x[n, d] - mean[d]) ** 2 for n in range(N)) / N
            running["mean"][d] += (1 - momentum) * (mean[d] - running["mean"][d])
            running["var"][d] += (1 - momentum) * (var[d] - running["var"][d])
        else:
            mean[d], var[d] = running["mean"][d], running["var"][d]
        inv[d] = (var[d] + eps) ** -0.5
        for n in range(N):
            xhat[n, d] = (x[n, d] - mean[d]) * inv[d]
            out[n, d] = xhat[n, d] * gamma[d] + beta[d]
    return out, dict(
        x=x, xhat=xhat, mean=mean, var=var, inv=inv, gamma=gamma, eps=eps, training=training
    )


def with_kept_axes(x, gamma, beta, running, momentum, eps, training):
    if training:
        mean = np.einsum("nd->d", x)[None] / len(x)
        var = np.mean((x - mean) ** 2, axis=0, keepdims=True)
        running["mean"] *= momentum
        running["mean"] += (1 - momentum) * mean[0]
        running["var"][...] = momentum * running["var"] + (1 - momentum) * var[0]
    else:
        mean, var = running["mean"].reshape(1, -1), running["var"].reshape(1, -1)
    std = np.sqrt(var + eps)
    xhat = (x - mean) / std
    names = ["x", "xhat", "mean", "var", "inv", "gamma", "eps", "training", "std"]
    return [
        xhat * gamma + beta,
        dict(zip(names, (x, xhat, mean, var, 1 / std, gamma, eps, bool(training), std))),
    ]


def as_one_line_of_scale_and_shift(x, gamma, beta, running, momentum, eps, training):
    _, cache = forward_with()(x, gamma, beta, running, momentum, eps, training)
    scale = gamma * cache["inv"]
    return x * scale + (beta - cache["mean"] * scale), cache


def running_updated_by_a_difference(x, gamma, beta, running, momentum, eps, training):
    solution = forward_with(update=lambda old, new, m, n, e: old - (1 - m) * (old - new))
    return solution(x, gamma, beta, running, momentum, eps, training)


@for_each([by_columns, with_kept_axes, running_updated_by_a_difference, forward_with()])
def test_right_forward_is_accepted_in_whatever_form(solution):
    assert_accepted("batchnorm_forward", solution)


def backward_with(dx=None, dgamma=None, dbeta=None):
    """The right gradients, step by step, with one line replaced."""

    def batchnorm_backward(dout, cache):
        gamma, xhat, inv = cache["gamma"], cache["xhat"], cache["inv"]
        n, centred = dout.shape[0], cache["x"] - cache["mean"]
        dxhat = dout * gamma
        right = dxhat * inv
        if cache["training"]:
            dvar = np.sum(dxhat * centred, axis=0) * -0.5 * inv**3
            dmean = np.sum(-dxhat * inv, axis=0) + dvar * np.mean(-2 * centred, axis=0)
            right = dxhat * inv + dvar * 2 * centred / n + dmean / n
        return (
            dx(dout, cache) if dx else right,
            dgamma(dout, cache) if dgamma else np.sum(dout * xhat, axis=0),
            dbeta(dout, cache) if dbeta else np.sum(dout, axis=0),
        )

    return batchnorm_backward


def constants(dout, cache):
    return dout * cache["gamma"] / np.sqrt(cache["var"] + cache["eps"])


def in_training(rule):
    """A rule for training; outside it, the right one."""
    return lambda dout, cache: rule(dout, cache) if cache["training"] else constants(dout, cache)


def no_variance(dout, cache):
    dxhat = dout * cache["gamma"]
    return cache["inv"] * (dxhat - dxhat.sum(axis=0) / len(dout))


def no_mean(dout, cache):
    dxhat = dout * cache["gamma"]
    centred = cache["x"] - cache["mean"]
    dvar = np.sum(dxhat * centred, axis=0) * -0.5 * cache["inv"] ** 3
    return dxhat * cache["inv"] + 2 * dvar * centred / len(dout)


def compact(dout, cache, gamma=None, inv=None):
    n = len(dout)
    gamma = cache["gamma"] if gamma is None else gamma
    inv = cache["inv"] if inv is None else inv
    dgamma, dbeta = np.sum(dout * cache["xhat"], 0), np.sum(dout, 0)
    return gamma * inv / n * (n * dout - dbeta - cache["xhat"] * dgamma)


def mean_counted_again(dout, cache):
    n = len(dout)
    dmean = np.sum(dout * cache["gamma"] * -cache["inv"], axis=0)
    return compact(dout, cache) + dmean / n / n


def staged_without_eps(dout, cache):
    inv = 1 / np.sqrt(cache["var"])
    centred = cache["x"] - cache["mean"]
    dxhat = dout * cache["gamma"]
    if not cache["training"]:
        return dxhat * inv
    dvar = np.sum(dxhat * centred * -0.5 * inv**3, axis=0)
    dmean = np.sum(-dxhat * inv, axis=0)
    return dxhat * inv + (dvar * 2 * centred + dmean) / len(dout)


def compact_without_root(dout, cache):
    inv = 1 / (cache["var"] + cache["eps"])
    if not cache["training"]:
        return dout * cache["gamma"] * inv
    return compact(dout, cache, inv=inv)


def without_gamma(dout, cache):
    return compact(dout, cache, gamma=1) if cache["training"] else dout * cache["inv"]


def overwrites_dout(dout, cache):
    right = backward_with()(dout, cache)
    dout *= cache["gamma"]
    return right


def overwrites_the_cache(dout, cache):
    right = backward_with()(dout, cache)
    cache["xhat"] *= dout
    return right


def gamma_last(dout, cache):
    dx, dgamma, dbeta = backward_with()(dout, cache)
    return dx, dbeta, dgamma


def means(dout, cache):
    xhat = cache["xhat"]
    return backward_with()(dout, cache)[0], np.mean(dout * xhat, axis=0), np.mean(dout, axis=0)


BACKWARD = [
    ("bias_grad_not_summed", backward_with(dbeta=lambda dout, cache: dout.copy())),
    ("bias_grad_not_summed", backward_with(dgamma=lambda dout, c: dout * c["xhat"])),
    ("bias_grad_total_sum", backward_with(dbeta=lambda dout, cache: np.sum(dout))),
    ("bias_grad_total_sum", backward_with(dgamma=lambda dout, c: np.vdot(dout, c["xhat"]))),
    ("bias_grad_wrong_axis", backward_with(dbeta=lambda dout, cache: dout.sum(-1))),
    ("bias_grad_wrong_axis", backward_with(dgamma=lambda dout, c: (dout * c["xhat"]).sum(1))),
    ("bias_grad_keepdims_shape", backward_with(dbeta=lambda d, c: d.sum(0).reshape(1, -1))),
    (
        "bias_grad_keepdims_shape",
        backward_with(dgamma=lambda d, c: np.sum(d * c["xhat"], 0, keepdims=True)),
    ),
    ("extra_batch_mean", means),
    ("extra_batch_mean", backward_with(dbeta=lambda d, c: d.mean(0))),
    ("extra_batch_mean", backward_with(dx=lambda d, c: backward_with()(d, c)[0] / d.shape[0])),
    ("missing_upstream", backward_with(dbeta=lambda d, c: np.ones(d.shape[1]))),
    ("missing_upstream", backward_with(dgamma=lambda d, c: np.sum(c["xhat"], axis=0))),
    ("swapped_return_order", gamma_last),
    ("mutates_input", overwrites_dout),
    ("mutates_input", overwrites_the_cache),
    ("eps_missing", backward_with(dx=staged_without_eps)),
    (
        "eps_missing",
        backward_with(
            dgamma=lambda d, c: np.sum(d * (c["x"] - c["mean"]) / np.sqrt(c["var"]), axis=0)
        ),
    ),
    ("sqrt_missing", backward_with(dx=compact_without_root)),
    ("bn_stats_treated_constant", backward_with(dx=constants)),
    ("bn_var_path_missing", backward_with(dx=in_training(no_variance))),
    ("bn_mean_path_missing", backward_with(dx=in_training(no_mean))),
    ("bn_gamma_missing_in_dx", backward_with(dx=without_gamma)),
    (
        "bn_dgamma_times_std",
        backward_with(
            dgamma=lambda d, c: np.sum(d * (c["x"] - c["mean"]) * np.sqrt(c["var"] + c["eps"]), 0)
        ),
    ),
    ("bn_extra_mean_term", backward_with(dx=in_training(mean_counted_again))),
    ("bn_train_rule_at_eval", backward_with(dx=compact)),
]


@for_each_mistake(BACKWARD)
def test_backward_mistake_is_named(key, solution):
    assert_named("batchnorm_backward", solution, key)


@for_each(
    [
        backward_with(dx=lambda d, c: 1.1 * compact(d, c)),
        backward_with(dx=lambda d, c: compact(d, c) + c["xhat"]),
        backward_with(dx=lambda d, c: d * c["gamma"]),
        backward_with(dgamma=lambda d, c: np.sum(d * c["x"], axis=0)),
        backward_with(dgamma=lambda d, c: -np.sum(d * c["xhat"], axis=0)),
        backward_with(dbeta=lambda d, c: np.sum(d * c["gamma"], axis=0)),
        backward_with(dbeta=lambda d, c: d.max(axis=0)),
    ]
)
def test_an_unknown_backward_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("batchnorm_backward", solution)


def test_the_rule_for_training_is_told_as_right_in_training():
    assert "In training your dx is right" in check("batchnorm_backward", BACKWARD[-1][1]).message


def by_formula(dout, cache):
    n = len(dout)
    dgamma, dbeta = np.einsum("nd,nd->d", dout, cache["xhat"]), np.ones(n) @ dout
    scale = cache["gamma"] * cache["inv"]
    sides = (dbeta + cache["xhat"] * dgamma) / n if cache["training"] else 0
    return scale * (dout - sides), dgamma, dbeta


def by_jacobians(dout, cache):
    N, D = dout.shape
    dx = np.zeros((N, D))
    for d in range(D):
        xhat = (cache["x"][:, d] - cache["mean"][d]) / np.sqrt(cache["var"][d] + cache["eps"])
        jacobian = np.eye(N)
        if cache["training"]:
            jacobian = jacobian - 1 / N - np.outer(xhat, xhat) / N
        dx[:, d] = jacobian @ dout[:, d] * cache["gamma"][d] * cache["inv"][d]
    return [dx, np.sum(dout * cache["xhat"], axis=0), np.sum(dout, axis=0)]


def by_loops(dout, cache):
    dgamma, dbeta = np.zeros(dout.shape[1]), np.zeros(dout.shape[1])
    for g, xhat in zip(dout, cache["xhat"]):
        dgamma += g * xhat
        dbeta += g
    return by_formula(dout, cache)[0], dgamma, dbeta


@for_each([by_formula, by_jacobians, by_loops, backward_with()])
def test_right_backward_is_accepted_in_whatever_form(solution):
    assert_accepted("batchnorm_backward", solution)
