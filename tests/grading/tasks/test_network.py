"""A whole network's gradients: mistakes as learners write them, and right ones in many forms."""

import numpy as np

from backprop_lab.grading import check
from backprop_lab.grading.tasks import TASKS

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def learner(
    z1=lambda x, p: x @ p["W1"] + p["b1"],
    pred=lambda h, p: h @ p["W2"] + p["b2"],
    error=lambda pred, y: 2 * (pred - y) / pred.size,
    back=lambda d, p, dW2: d @ p["W2"].T,
    slope=lambda z1, h: 1 - h**2,
    W1=lambda x, dz: np.dot(x.T, dz),
    b1=lambda dz, dh: np.sum(dz, axis=0),
    W2=lambda h, d, z1: np.dot(h.T, d),
    b2=lambda d: np.sum(d, axis=0),
):
    """The right gradients, with one line replaced as a learner would have written it."""

    def mlp_backward(x, y, params):
        a = z1(x, params)
        h = np.tanh(a)
        d = error(pred(h, params), y)
        dW2 = W2(h, d, a)
        dh = back(d, params, dW2)
        dz = dh * slope(a, h)
        return {"W1": W1(x, dz), "b1": b1(dz, dh), "W2": dW2, "b2": b2(d)}

    return mlp_backward


def updates_as_it_goes(x, y, params):
    h = np.tanh(x @ params["W1"] + params["b1"])
    d = 2 * (h @ params["W2"] + params["b2"] - y) / y.size
    grads = {"W2": h.T @ d, "b2": d.sum(0)}
    params["W2"] -= 0.1 * grads["W2"]
    params["b2"] -= 0.1 * grads["b2"]
    dz = d @ params["W2"].T * (1 - h * h)
    grads["W1"], grads["b1"] = x.T @ dz, dz.sum(0)
    params["W1"] -= 0.1 * grads["W1"]
    params["b1"] -= 0.1 * grads["b1"]
    return grads


def updates_a_name(x, y, params, lr=0.05):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    h = np.tanh(x @ W1 + b1)
    d = 2 * (h @ W2 + b2 - y) / y.size
    dW2 = h.T @ d
    W2 = W2 - lr * dW2
    dz = d @ W2.T * (1 - h**2)
    return {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": dW2, "b2": d.sum(axis=0)}


def updates_the_dict(x, y, params):
    h = np.tanh(x @ params["W1"] + params["b1"])
    d = 2 * (h @ params["W2"] + params["b2"] - y) / y.size
    dW2 = h.T @ d
    params["W2"] = params["W2"] - 0.01 * dW2
    dz = d @ params["W2"].T * (1 - h**2)
    return {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": dW2, "b2": d.sum(axis=0)}


def updates_when_all_is_done(x, y, params):
    grads = learner()(x, y, params)
    for name in params:
        params[name] -= 0.1 * grads[name]
    return grads


def remembers_by_shape():
    seen = {}

    def mlp_backward(x, y, params):
        if x.shape not in seen:
            seen[x.shape] = np.tanh(x @ params["W1"] + params["b1"])
        h = seen[x.shape]
        d = 2 * (h @ params["W2"] + params["b2"] - y) / y.size
        dz = d @ params["W2"].T * (1 - h**2)
        return {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": h.T @ d, "b2": d.sum(axis=0)}

    return mlp_backward


def remembers_the_last(x, y, params, cache={}):  # noqa: B006
    if cache.get("shape") != x.shape:
        h = np.tanh(x @ params["W1"] + params["b1"])
        cache.update(shape=x.shape, h=h, pred=h @ params["W2"] + params["b2"])
    h = cache["h"]
    d = 2 * (cache["pred"] - y) / y.size
    dz = d @ params["W2"].T * (1 - h**2)
    return {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": h.T @ d, "b2": d.sum(axis=0)}


def remembers_for_good():
    cache = {}

    def mlp_backward(x, y, params):
        if "h" not in cache:
            cache["h"] = np.tanh(x @ params["W1"] + params["b1"])
        h = cache["h"]
        d = 2 * (h @ params["W2"] + params["b2"] - y) / y.size
        dz = d @ params["W2"].T * (1 - h**2)
        return {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": h.T @ d, "b2": d.sum(axis=0)}

    return mlp_backward


def delta_rule_at_the_output(x, y, params):
    h = np.tanh(x @ params["W1"] + params["b1"])
    out = h @ params["W2"] + params["b2"]
    d = 2 / y.size * (out - y) * (1 - np.tanh(out) ** 2)
    dz = d @ params["W2"].T * (1 - h**2)
    return {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": h.T @ d, "b2": d.sum(axis=0)}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


MISTAKES = [
    ("bias_missing", learner(z1=lambda x, p: np.dot(x, p["W1"]))),
    ("bias_missing", learner(pred=lambda h, p: np.dot(h, p["W2"]))),
    (
        "bias_missing",
        learner(z1=lambda x, p: np.dot(x, p["W1"]), pred=lambda h, p: np.dot(h, p["W2"])),
    ),
    ("bias_grad_mean", learner(b1=lambda dz, dh: dz.mean(0), b2=lambda d: d.mean(0))),
    ("bias_grad_mean", learner(b2=lambda d: np.mean(d, axis=0))),
    ("extra_batch_mean", learner(error=lambda p, y: 2 * (p - y) / p.size / p.shape[0])),
    (
        "extra_batch_mean",
        learner(W1=lambda x, dz: x.T @ dz / len(x), b1=lambda dz, dh: dz.sum(0) / len(dz)),
    ),
    (
        "extra_batch_mean",
        learner(
            W1=lambda x, dz: x.T @ dz / len(x),
            W2=lambda h, d, z1: h.T @ d / len(h),
        ),
    ),
    ("grad_instead_of_weight", learner(back=lambda d, p, dW2: d @ dW2.T)),
    ("sign_flipped", learner(error=lambda p, y: 2 * (y - p) / y.size)),
    ("activation_applied_twice", learner(slope=lambda z1, h: 1 - np.tanh(h) ** 2)),
    ("uses_preactivation", learner(slope=lambda z1, h: 1 - z1 * z1)),
    ("activation_grad_missing", learner(slope=lambda z1, h: 1.0)),
    ("wrong_activation_rule", learner(slope=lambda z1, h: h * (1 - h))),
    ("wrong_activation_rule", learner(slope=lambda z1, h: z1 > 0)),
    ("wrong_activation_rule", learner(slope=lambda z1, h: sigmoid(z1) * (1 - sigmoid(z1)))),
    ("square_missing", learner(slope=lambda z1, h: 1 - h)),
    ("factor_two_missing", learner(error=lambda p, y: (p - y) / y.size)),
    ("grad_not_averaged", learner(error=lambda p, y: 2 * (p - y))),
    ("grad_mean_over_batch_only", learner(error=lambda p, y: 2 * (p - y) / y.shape[0])),
    ("extra_activation_grad", delta_rule_at_the_output),
    ("updated_weights_in_backward", updates_as_it_goes),
    ("updated_weights_in_backward", updates_a_name),
    ("updated_weights_in_backward", updates_the_dict),
    ("preactivation_for_activation", learner(W2=lambda h, d, z1: z1.T @ d)),
    ("chain_order", learner(b1=lambda dz, dh: dh.sum(axis=0))),
    ("stale_cache", remembers_by_shape()),
    ("stale_cache", remembers_the_last),
    ("stale_cache", remembers_for_good()),
    ("transpose_missing_dx", learner(back=lambda d, p, dW2: d @ p["W2"])),
    ("transpose_dw", learner(W1=lambda x, dz: dz.T @ x)),
    ("transpose_dw", learner(W2=lambda h, d, z1: np.dot(d.T, h))),
    ("bias_grad_not_summed", learner(b1=lambda dz, dh: dz)),
    ("bias_grad_keepdims_shape", learner(b2=lambda d: d.sum(axis=0, keepdims=True))),
    ("bias_grad_total_sum", learner(b1=lambda dz, dh: np.sum(dz))),
    ("bias_grad_wrong_axis", learner(b2=lambda d: d.sum(axis=1))),
    ("mutates_input", updates_when_all_is_done),
]


@for_each_mistake(MISTAKES)
def test_mistake_is_named(key, solution):
    assert_named("mlp_backward", solution, key)


def test_an_update_in_place_is_told_apart_from_one_of_a_copy():
    in_place = check("mlp_backward", updates_as_it_goes)
    copied = check("mlp_backward", updates_a_name)

    assert (in_place.failure, copied.failure) == ("mutated", "value")
    assert "the caller's params have changed" in in_place.message
    assert "params" not in copied.message


def test_what_is_right_is_told_part_by_part():
    result = check("mlp_backward", learner(b1=lambda dz, dh: dh.sum(axis=0)))

    assert 'Your grads["W1"] and grads["W2"] and grads["b2"] are right' in result.message


@for_each(
    [
        learner(error=lambda p, y: p - y),
        learner(error=lambda p, y: (p - y) / len(y)),
        learner(slope=lambda z1, h: 1 + h),
        learner(b1=lambda dz, dh: -dz.sum(axis=0)),
        learner(W2=lambda h, d, z1: h.T @ d + 0.01 * h.sum()),
        learner(back=lambda d, p, dW2: np.abs(d) @ p["W2"].T),
        learner(pred=lambda h, p: np.tanh(h @ p["W2"] + p["b2"])),
    ]
)
def test_an_unknown_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("mlp_backward", solution)


def test_a_missing_gradient_is_told_by_its_name():
    def mlp_backward(x, y, params):
        grads = learner()(x, y, params)
        del grads["b1"]
        return grads

    assert 'grads["b1"] is gone' in check("mlp_backward", mlp_backward).message


def by_loops(x, y, params):
    W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
    grads = {name: np.zeros(each.shape) for name, each in params.items()}
    for n in range(len(x)):
        h = np.tanh(W1.T @ x[n] + b1)
        d = 2 * (W2.T @ h + b2 - y[n]) / y.size
        dz = (W2 @ d) / np.cosh(W1.T @ x[n] + b1) ** 2
        grads["W1"] += np.outer(x[n], dz)
        grads["b1"] += dz
        grads["W2"] += np.outer(h, d)
        grads["b2"] += d
    return grads


def by_einsum(x, y, params):
    h = np.tanh(np.einsum("nd,dh->nh", x, params["W1"]) + params["b1"])
    d = (np.einsum("nh,hm->nm", h, params["W2"]) + params["b2"] - y) * 2 / y.size
    dz = np.einsum("nm,hm,nh->nh", d, params["W2"], (1 - h) * (1 + h))
    return dict(
        b2=d.sum(0), W2=np.einsum("nh,nm->hm", h, d), b1=dz.sum(0), W1=np.einsum("nd,nh->dh", x, dz)
    )


def scaled_at_the_end(x, y, params):
    h = np.tanh(x @ params["W1"] + params["b1"])
    error = h @ params["W2"] + params["b2"] - y
    hidden = error @ params["W2"].T * (1 - np.square(h))
    grads = {"W1": x.T @ hidden, "b1": hidden.sum(0), "W2": h.T @ error, "b2": error.sum(0)}
    return {name: 2 * each / y.size for name, each in grads.items()}


def by_complex_steps(x, y, params):
    def loss(changed):
        h = np.tanh(x @ changed["W1"] + changed["b1"])
        return ((h @ changed["W2"] + changed["b2"] - y) ** 2).mean()

    grads = {}
    for name, each in params.items():
        grads[name] = np.zeros(each.shape)
        for at in np.ndindex(each.shape):
            step = each.astype(complex)
            step[at] += 1e-30j
            grads[name][at] = loss(params | {name: step}).imag / 1e-30
    return grads


def with_more_in_it(x, y, params):
    grads = learner()(x, y, params)
    return grads | {"loss": 0.0, "x": np.zeros_like(x)}


@for_each(
    [learner(), by_loops, by_einsum, scaled_at_the_end, by_complex_steps, with_more_in_it],
)
def test_right_gradients_are_accepted_in_whatever_form(solution):
    assert_accepted("mlp_backward", solution)


def test_every_known_mistake_is_met():
    met = {key for key, _ in MISTAKES}
    assert {row.key for row in TASKS["mlp_backward"].mistakes} <= met
