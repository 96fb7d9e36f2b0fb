"""Batch normalization, out = gamma · x̂ + beta: forward and backward."""

from itertools import permutations

import numpy as np

from ..task import Mistake, Probe, Task
from .caches import reading_cache

CACHE = {"x": 2, "xhat": 2, "mean": 1, "var": 1, "inv": 1, "gamma": 1, "eps": 0, "training": 0}


def batchnorm_forward(x, gamma, beta, running, momentum, eps, training):
    """Normalize with the batch's mean and variance in training, with the running ones outside."""
    mean, var = (x.mean(axis=0), x.var(axis=0)) if training else (running["mean"], running["var"])
    inv = 1 / np.sqrt(var + eps)
    xhat = (x - mean) * inv
    if training:
        running["mean"] = momentum * running["mean"] + (1 - momentum) * mean
        running["var"] = momentum * running["var"] + (1 - momentum) * var
    cache = dict(
        x=x, xhat=xhat, mean=mean, var=var, inv=inv, gamma=gamma, eps=eps, training=training
    )
    return gamma * xhat + beta, cache


def batchnorm_backward(dout, cache):
    """Take dx through x̂, the mean and the variance; outside training the last two are constant."""
    xhat, scale = cache["xhat"], cache["gamma"] * cache["inv"]
    dgamma, dbeta = (dout * xhat).sum(axis=0), dout.sum(axis=0)
    if not cache["training"]:
        return dout * scale, dgamma, dbeta
    dx = scale * (dout - dbeta / len(dout) - xhat * dgamma / len(dout))
    return dx, dgamma, dbeta


def features(rng, N, D, training=True, momentum=0.8, eps=0.3, dtype=float):
    """Arguments of the forward pass: x (N, D), gamma, beta and running statistics (D,), numbers."""
    x = rng.normal(1, 2, size=(N, D)).round(1) + 0.0  # no -0. to puzzle over
    gamma, beta, mean = rng.normal(1, 1, size=(3, D)).round(1) + 0.0
    var = rng.uniform(0.5, 3, size=D).round(1)
    gamma[gamma == 0] = 0.5
    if not training:
        var[0] = 0  # a feature that has been the same so far
    running = {"mean": mean.astype(dtype), "var": var.astype(dtype)}
    return (
        x.astype(dtype),
        gamma.astype(dtype),
        beta.astype(dtype),
        running,
        momentum,
        eps,
        training,
    )


def constant_feature(rng, N, D):
    """Make one feature the same in every sample."""
    x, *others = features(rng, N, D)
    x[:, 0] = 1.5
    return x, *others


def far_from_zero(rng, N, D):
    """Make the mean large beside the spread; of powers of two, so that x - mean is exact."""
    _, *others = features(rng, N, D)
    return 2.0**30 + np.array([[-3.0, 1.0], [3.0, 3.0], [3.0, 5.0], [5.0, 7.0]]), *others


def whole_features(rng, N, D):
    """Whole numbers in x."""
    x, *others = features(rng, N, D)
    return (x * 3).astype(int), *others


def upstream(rng, N, D, training=True, eps=0.3, dtype=float):
    """Arguments of the backward pass: dout (N, D) and the cache of a forward pass."""
    dout = (rng.normal(size=(N, D)).round(1) + 0.0).astype(dtype)
    arguments = features(rng, N, D, training=training, eps=eps, dtype=dtype)
    return dout, batchnorm_forward(*arguments)[1]


def whole_upstream(rng, N, D):
    """Whole numbers in dout."""
    dout, cache = upstream(rng, N, D)
    return (dout * 5).astype(int), cache


def upstream_of_constant(rng, N, D):
    """Make the cache of a feature that is the same in every sample."""
    dout = rng.normal(size=(N, D)).round(1) + 0.0
    return dout, batchnorm_forward(*constant_feature(rng, N, D))[1]


def varied(make, **more):
    """Make arguments as another maker does, with some of its options set."""
    return lambda rng, **sizes: make(rng, **sizes, **more)


TALL, WIDE, SQUARE = {"N": 4, "D": 3}, {"N": 3, "D": 5}, {"N": 3, "D": 3}


def normalized(mean, inv, when=(True, False)):
    """Make a wrong out from other statistics: (x, running, training), and (var, eps) -> 1/std.

    `when` tells in which modes it goes wrong.
    """

    def out(x, gamma, beta, running, momentum, eps, training):
        if training not in when:
            mu, var = batch(x, running, training)
            return gamma * (x - mu) / np.sqrt(var + eps) + beta
        mu, var = mean(x, running, training)
        return gamma * (x - mu) * inv(var, eps) + beta

    return {"out": out}


def batch(x, running, training):
    """Mean and variance as they should be."""
    return (x.mean(axis=0), x.var(axis=0)) if training else (running["mean"], running["var"])


def root(var, eps):
    """1/√(var + eps), as it should be."""
    return 1 / np.sqrt(var + eps)


def inverted(inv):
    """Make the wrong outputs of another 1/std: in both modes, in training, outside."""
    return [normalized(batch, inv, when) for when in [(True, False), (True,), (False,)]]


def measured(mean, var):
    """Make the wrong out of other statistics of the batch, in training."""
    return normalized(lambda x, running, training: (mean(x), var(x)), root, when=(True,))


def followed(rule, names=("mean", "var"), when=(True,)):
    """Make a whole solution whose running statistics follow (old, batch, m, N, eps) -> new."""

    def wrong(x, gamma, beta, running, momentum, eps, training):
        old = dict(running)
        out, cache = batchnorm_forward(x, gamma, beta, running, momentum, eps, training)
        now = {"mean": x.mean(axis=0), "var": x.var(axis=0)}
        if training in when:
            running |= {each: rule(old[each], now[each], momentum, len(x), eps) for each in names}
        return out, cache

    return wrong


def old_statistics(x, gamma, beta, running, momentum, eps, training):
    """Normalize with the running statistics as they stand; they are updated later."""
    old = dict(running)
    _, cache = batchnorm_forward(x, gamma, beta, running, momentum, eps, training)
    return gamma * (x - old["mean"]) * root(old["var"], eps) + beta, cache


def kept(old, batch, m, N, eps):
    """Let the running statistics be."""
    return old


def reversed_momentum(old, batch, m, N, eps):
    """PyTorch's meaning of momentum."""
    return (1 - m) * old + m * batch


def difference_of_squares(x):
    """E[x²] - E[x]², kept from going below 0."""
    return np.maximum((x**2).mean(axis=0) - x.mean(axis=0) ** 2, 0)


def flag_inverted(x, gamma, beta, running, momentum, eps, training):
    """Take the flag for its contrary."""
    mu, var = batch(x, dict(running), not training)
    _, cache = batchnorm_forward(x, gamma, beta, running, momentum, eps, training)
    return gamma * (x - mu) * root(var, eps) + beta, cache


def unshifted(x, gamma, beta, running, momentum, eps, training):
    """Leave beta out."""
    mu, var = batch(x, running, training)
    return gamma * (x - mu) * root(var, eps)


def fixed_momentum(c):
    """Update the running statistics with a momentum of one's own."""
    return followed(lambda old, batch, m, N, eps: c * old + (1 - c) * batch)


def fixed_eps(c):
    """1/√(var + c), whatever the argument eps is."""
    return lambda var, eps: 1 / np.sqrt(var + c)


FORWARD_MISTAKES = [
    Mistake(
        "training_flag_inverted",
        "You take the batch's statistics when training is False and the running ones when it is "
        "True. It is the other way round: a batch is learned from in training only.",
        flag_inverted,
    ),
    Mistake(
        "bn_stats_wrong_axis",
        "In training you take mean and variance along axis 1, over the features of each sample: "
        "that is layer normalization. Here each of the {D} features has its own, over the samples: "
        "`axis=0`.",
        [
            measured(
                lambda x: x.mean(axis=1, keepdims=True), lambda x: x.var(axis=1, keepdims=True)
            ),
            measured(lambda x: x.mean(axis=1), lambda x: x.var(axis=1)),
        ],
    ),
    Mistake(
        "bn_one_statistic",
        "In training you take one mean and one variance for the whole array. Each of the {D} "
        "features has its own, over the samples: `axis=0`.",
        [
            measured(lambda x: x.mean(), lambda x: x.var()),
            measured(lambda x: x.mean(), lambda x: x.var(axis=0)),
            measured(lambda x: x.mean(axis=0), lambda x: x.var()),
            measured(lambda x: x.mean(), lambda x: ((x - x.mean()) ** 2).mean(axis=0)),
        ],
    ),
    Mistake(
        "bn_running_stats_in_training",
        "In training your out is normalized with the running statistics. In training the batch is "
        "normalized with its own mean and variance; the running ones are for later.",
        [
            {"out": lambda x, g, b, run, m, e, t: g * (x - run["mean"]) * root(run["var"], e) + b},
            old_statistics,
        ],
    ),
    Mistake(
        "bn_batch_stats_at_eval",
        "When training is False your out is still normalized with the statistics of the batch, so "
        'a sample\'s output depends on its neighbours. Use running["mean"] and running["var"] '
        "there.",
        normalized(lambda x, running, training: batch(x, running, True), root),
    ),
    Mistake(
        "bn_ddof_one",
        "Your variance divides by N - 1 (`ddof=1`). Here it is the mean of the squared differences "
        "and divides by N = {N}, as np.var does by itself.",
        [
            measured(lambda x: x.mean(axis=0), lambda x: x.var(axis=0, ddof=1)),
        ],
    ),
    Mistake(
        "eps_missing",
        "eps is missing: you divide by √var alone. A feature that is the same in every sample "
        "would divide by zero: it is `np.sqrt(var + eps)`.",
        inverted(lambda var, eps: 1 / np.sqrt(var)),
    ),
    Mistake(
        "sqrt_missing",
        "You divide by var + eps without the square root. A variance is in squared units: its "
        "root, the standard deviation, brings x to scale.",
        [
            *inverted(lambda var, eps: 1 / (var + eps)),
            *inverted(lambda var, eps: 1 / var),
        ],
    ),
    Mistake(
        "eps_outside_sqrt",
        "You add eps to the standard deviation, √var + eps. Here eps joins the variance, inside "
        "the root: `np.sqrt(var + eps)`.",
        inverted(lambda var, eps: 1 / (np.sqrt(var) + eps)),
    ),
    Mistake(
        "bn_eps_as_floor",
        "Your eps is a floor: √max(var, eps). This course adds it to every variance, "
        "`np.sqrt(var + eps)`.",
        inverted(lambda var, eps: 1 / np.sqrt(np.maximum(var, eps))),
        convention=True,
    ),
    Mistake(
        "hyperparameter_hard_coded",
        "Your out does not depend on the argument eps: a fixed number stands in its place.",
        [
            normalized(batch, fixed_eps(c))
            for c in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-10, 1e-12)
        ],
    ),
    Mistake(
        "bias_missing",
        "Your out is gamma · x̂ without beta. Each feature adds its own beta[d], for every sample.",
        {"out": unshifted},
    ),
    Mistake(
        "bn_unstable_variance",
        "Right for ordinary x, but E[x²] - E[x]² loses its digits where the mean is large beside "
        "the spread: two nearly equal numbers are subtracted. Subtract the mean first, then "
        "square.",
        measured(lambda x: x.mean(axis=0), difference_of_squares),
    ),
    Mistake(
        "bn_running_not_updated",
        "The running statistics are after training what they were before. They have to end up in "
        'the dict: `running["mean"] = momentum * running["mean"] + (1 - momentum) * mean`, and '
        "so for the variance.",
        followed(kept),
    ),
    Mistake(
        "bn_running_not_updated",
        'Your running["mean"] is after training what it was before, and should follow the mean '
        "of the batch as the variance does.",
        followed(kept, ["mean"]),
    ),
    Mistake(
        "bn_running_not_updated",
        'Your running["var"] is after training what it was before, and should follow the '
        "variance of the batch as the mean does.",
        followed(kept, ["var"]),
    ),
    Mistake(
        "bn_momentum_reversed",
        "Your momentum weighs the new batch, as in PyTorch. In this course it weighs what was "
        "there: momentum · running + (1 - momentum) · batch.",
        [
            followed(reversed_momentum),
            followed(reversed_momentum, ["mean"]),
            followed(reversed_momentum, ["var"]),
        ],
        convention=True,
    ),
    Mistake(
        "hyperparameter_ignored",
        "Your running statistics are those of the last batch: momentum does not take part. They "
        "should be momentum · running + (1 - momentum) · batch.",
        followed(lambda old, batch, m, N, eps: batch),
    ),
    Mistake(
        "hyperparameter_hard_coded",
        "Your running statistics move by the same share for every momentum: a fixed number stands "
        "where the argument belongs.",
        [fixed_momentum(c) for c in (0.9, 0.99, 0.999, 0.1, 0.01, 0.5)],
    ),
    Mistake(
        "bn_running_std_for_var",
        'Your running["var"] follows the standard deviation of the batch. It should follow the '
        "variance; the root is taken when it is used.",
        [
            followed(lambda old, v, m, N, eps: m * old + (1 - m) * np.sqrt(v), ["var"]),
            followed(lambda old, v, m, N, eps: m * old + (1 - m) * np.sqrt(v + eps), ["var"]),
        ],
    ),
    Mistake(
        "bn_eps_in_running_var",
        'Your running["var"] has eps inside. It is added again when the variance is used, so '
        "outside training it would count twice: store the plain variance.",
        [
            followed(lambda old, v, m, N, eps: m * old + (1 - m) * (v + eps), ["var"]),
            followed(lambda old, v, m, N, eps: m * old + (1 - m) * v + eps, ["var"]),
        ],
    ),
    Mistake(
        "bn_running_var_unbiased",
        'Your running["var"] follows the variance that divides by N - 1, as in PyTorch. In this '
        "course it is the same variance that normalizes the batch, divided by N = {N}.",
        followed(
            lambda old, v, m, N, eps: m * old + (1 - m) * v * np.float64(N) / (N - 1), ["var"]
        ),
        convention=True,
    ),
    Mistake(
        "bn_running_updated_at_eval",
        "Your running statistics move when training is False too. Outside training they are only "
        "read: a test must not change the network.",
        followed(lambda old, batch, m, N, eps: m * old + (1 - m) * batch, when=(False,)),
    ),
]

FORWARD = Task(
    right=batchnorm_forward,
    returns={"out": "N, D", "cache": ""},
    changes=["running"],
    use=reading_cache(CACHE),
    probes=[
        Probe(features, TALL),
        Probe(varied(features, momentum=0.7, eps=0.4), WIDE, seed=1),
        Probe(features, SQUARE, seed=2),
        Probe(features, TALL, calls=2, seed=3),
        Probe(varied(features, training=False), TALL, seed=4),
        Probe(varied(features, training=False, eps=2.0), SQUARE, seed=5),
        Probe(varied(features, eps=1e-5, momentum=0.9), TALL, edge=True, seed=6),
        Probe(features, {"N": 1, "D": 2}, edge=True, seed=7),
        Probe(varied(features, training=False), {"N": 1, "D": 2}, edge=True, seed=8),
        Probe(constant_feature, TALL, seed=9),
        Probe(whole_features, TALL, edge=True, seed=10),
        Probe(varied(features, dtype=np.float32), TALL, edge=True, seed=11),
        Probe(far_from_zero, {"N": 4, "D": 2}, edge=True, seed=12),
    ],
    hints={
        "out": (
            "Two steps: x̂ has mean 0 and variance about 1 in each feature; out is gamma · x̂ + "
            "beta. Which mean and variance to take depends on training.",
            "In training they are those of the batch, `x.mean(axis=0)` and `x.var(axis=0)`. "
            'Outside they are running["mean"] and running["var"]. What follows is the same.',
            "`inv = 1 / np.sqrt(var + eps)`, then `xhat = (x - mean) * inv`, then `out = ...`.",
        ),
        "cache": (
            "The cache is for the backward pass: a dict of what was at hand in the forward pass.",
            "Its keys are x, xhat, mean, var, inv, gamma, eps and training; mean, var and inv are "
            "those that you normalized with.",
            '`cache = {"x": x, "xhat": xhat, "mean": mean, ...}`, and so on for all eight.',
        ),
        "running": (
            "In training the running statistics take a small step towards those of the batch; "
            "outside training they stay as they are.",
            "momentum is the share of the old value that is kept, so 1 - momentum is the share of "
            "the batch. Write the result back into the dict.",
            '`running["mean"] = momentum * running["mean"] + ...`, inside `if training:`.',
        ),
    },
    mistakes=FORWARD_MISTAKES,
)


def direct(dout, cache):
    """Take dx through x̂ alone, as if the statistics were constants."""
    return dout * cache["gamma"] * cache["inv"]


def through(mean, var):
    """Make dx with or without its two other paths, in training alone or always."""

    def dx(dout, cache, always):
        if not (always or cache["training"]):
            return direct(dout, cache)
        dxhat, xhat = dout * cache["gamma"], cache["xhat"]
        sides = mean * dxhat.mean(axis=0) + var * xhat * (dxhat * xhat).mean(axis=0)
        return cache["inv"] * (dxhat - sides)

    return [{"dx": lambda dout, cache, a=always: dx(dout, cache, a)} for always in (False, True)]


def scaled(inv):
    """Make the gradients of another 1/std: (var, eps) -> inv; x̂ as cached or made anew."""

    def dx(dout, cache, anew, when=(True, False)):
        other = inv(cache["var"], cache["eps"])
        xhat = (cache["x"] - cache["mean"]) * other if anew else cache["xhat"]
        if cache["training"] not in when:
            return batchnorm_backward(dout, cache)[0]
        return batchnorm_backward(dout, cache | {"inv": other, "xhat": xhat})[0]

    def dgamma(dout, cache):
        xhat = (cache["x"] - cache["mean"]) * inv(cache["var"], cache["eps"])
        return (dout * xhat).sum(axis=0)

    modes = [(True, False), (True,), (False,)]
    each = [
        {"dx": lambda dout, cache, a=anew, w=when: dx(dout, cache, a, w)}
        for anew in (False, True)
        for when in modes
    ]
    return [*each, {"dgamma": dgamma}]


def unscaled(when=(True, False)):
    """Leave gamma out of dx."""

    def dx(dout, cache):
        gamma = np.ones_like(cache["gamma"]) if cache["training"] in when else cache["gamma"]
        return batchnorm_backward(dout, cache | {"gamma": gamma})[0]

    return {"dx": dx}


def with_more(term):
    """Add a term to dx in training: (dout, cache) -> what is added."""

    def dx(dout, cache):
        right = batchnorm_backward(dout, cache)[0]
        return right + term(dout, cache) if cache["training"] else right

    return {"dx": dx}


def mean_term(dout, cache):
    """Gradient that arrives at the mean."""
    return -(dout * cache["gamma"] * cache["inv"]).sum(axis=0)


def always_training(dout, cache):
    """Take the training formula for every cache."""
    return batchnorm_backward(dout, cache | {"training": True})[0]


def reordered(order):
    """Return the right gradients in another order."""

    def wrong(dout, cache):
        gradients = batchnorm_backward(dout, cache)
        return tuple(gradients[i] for i in order)

    return wrong


def dbeta(wrong):
    """Make a wrong dbeta of what should be summed."""
    return {"dbeta": lambda dout, cache: wrong(dout)}


def dgamma(wrong):
    """Make a wrong dgamma of what should be summed."""
    return {"dgamma": lambda dout, cache: wrong(dout * cache["xhat"])}


def by_samples(g):
    """Sum along the wrong axis."""
    return g.sum(axis=1)


def as_row(g):
    """Sum with the batch axis kept."""
    return g.sum(axis=0, keepdims=True)


def as_column(g):
    """Sum, stood upright."""
    return g.sum(axis=0)[:, None]


def divided(g):
    """Mean in place of the sum."""
    return g.mean(axis=0)


BACKWARD_MISTAKES = [
    Mistake(
        "swapped_return_order",
        "Your gradients are right, in another order than agreed: `return dx, dgamma, dbeta`.",
        [reordered(order) for order in list(permutations(range(3)))[1:]],
    ),
    Mistake(
        "bias_grad_not_summed",
        "Your dbeta is dout itself, one row for each of the {N} samples. One beta was added to "
        "all of them, so their gradients add up: sum over the batch axis.",
        dbeta(lambda g: g),
    ),
    Mistake(
        "bias_grad_not_summed",
        "Your dgamma is dout · x̂, one row for each of the {N} samples. One gamma multiplied all "
        "of them, so their gradients add up: sum over the batch axis.",
        dgamma(lambda g: g),
    ),
    Mistake(
        "bias_grad_keepdims_shape",
        "Your dbeta has the right values in another shape. beta has shape ({D},), and a gradient "
        "has the shape of what it belongs to: leave out `keepdims=True`.",
        [dbeta(as_row), dbeta(as_column)],
    ),
    Mistake(
        "bias_grad_keepdims_shape",
        "Your dgamma has the right values in another shape. gamma has shape ({D},), and a gradient "
        "has the shape of what it belongs to: leave out `keepdims=True`.",
        [dgamma(as_row), dgamma(as_column)],
    ),
    Mistake(
        "bias_grad_total_sum",
        "Your dbeta is one number, the sum of everything in dout. Each of the {D} features has its "
        "own beta: sum over the batch axis alone, `axis=0`.",
        [dbeta(np.sum), dbeta(lambda g: np.full(g.shape[1], g.sum()))],
    ),
    Mistake(
        "bias_grad_total_sum",
        "Your dgamma is one number, the sum of everything in dout · x̂. Each of the {D} features "
        "has its own gamma: sum over the batch axis alone, `axis=0`.",
        [dgamma(np.sum), dgamma(lambda g: np.full(g.shape[1], g.sum()))],
    ),
    Mistake(
        "bias_grad_wrong_axis",
        "Your dbeta sums over the features (axis=1) and keeps the {N} samples. It is the other way "
        "round: sum over the samples, keep the {D} features.",
        [dbeta(by_samples), dbeta(lambda g: by_samples(g)[:, None])],
    ),
    Mistake(
        "bias_grad_wrong_axis",
        "Your dgamma sums over the features (axis=1) and keeps the {N} samples. It is the other "
        "way round: sum over the samples, keep the {D} features.",
        [dgamma(by_samples), dgamma(lambda g: by_samples(g)[:, None])],
    ),
    Mistake(
        "extra_batch_mean",
        "Your dgamma is the right one divided by {N}, and {N} is your batch size. The loss has "
        "already divided by N, and that is in dout: here you only sum.",
        dgamma(divided),
    ),
    Mistake(
        "extra_batch_mean",
        "Your dbeta is the right one divided by {N}, and {N} is your batch size. The loss has "
        "already divided by N, and that is in dout: here you only sum.",
        dbeta(divided),
    ),
    Mistake(
        "extra_batch_mean",
        "Your dx is the right one divided by {N}, and {N} is your batch size. The loss has already "
        "divided by N, and that is in dout.",
        [
            {"dx": lambda dout, cache: batchnorm_backward(dout, cache)[0] / len(dout)},
            with_more(lambda dout, c: (1 / len(dout) - 1) * batchnorm_backward(dout, c)[0]),
        ],
    ),
    Mistake(
        "missing_upstream",
        "Your dbeta does not depend on dout. That the output moves by 1 when beta moves by 1 is "
        "only the local part: the chain rule multiplies it by the gradient that arrives, dout.",
        [
            dbeta(lambda g: np.ones(g.shape[1])),
            dbeta(lambda g: np.full(g.shape[1], len(g))),
            dbeta(np.ones_like),
        ],
    ),
    Mistake(
        "missing_upstream",
        "Your dgamma does not depend on dout. x̂ is only the local part: the chain rule multiplies "
        "it by the gradient that arrives, dout.",
        [
            {"dgamma": lambda dout, cache: cache["xhat"].sum(axis=0)},
            {"dgamma": lambda dout, cache: cache["xhat"]},
        ],
    ),
    Mistake(
        "bn_dgamma_times_std",
        "Your dgamma multiplies x - mean by √(var + eps) where it should divide. gamma stood "
        "before x̂, so dgamma = Σ dout · x̂, and x̂ is in the cache.",
        {"dgamma": lambda dout, c: (dout * (c["x"] - c["mean"]) / c["inv"]).sum(axis=0)},
    ),
    Mistake(
        "bn_train_rule_at_eval",
        "In training your dx is right. For a cache with training False, mean and variance were "
        "constants that no sample can move: dx is dout · gamma · inv there.",
        {"dx": always_training},
    ),
    Mistake(
        "bn_gamma_missing_in_dx",
        "gamma is missing in your dx. x̂ was multiplied by gamma on its way to out, so the gradient "
        "that arrives at x̂ is dout · gamma.",
        [unscaled(), unscaled((True,)), unscaled((False,))],
    ),
    Mistake(
        "bn_stats_treated_constant",
        "Your dx is dout · gamma · inv, which takes mean and variance for constants. In training "
        "each sample moves both, and through them every x̂ of its feature.",
        {"dx": direct},
    ),
    Mistake(
        "bn_var_path_missing",
        "Your dx has the paths through x̂ and the mean; the one through the variance is missing. "
        "Each sample moves the variance too.",
        through(mean=1, var=0),
    ),
    Mistake(
        "bn_mean_path_missing",
        "Your dx has the paths through x̂ and the variance; the one through the mean is missing. "
        "Each sample moves the mean too.",
        through(mean=0, var=1),
    ),
    Mistake(
        "bn_extra_mean_term",
        "The path through the mean is in your dx twice: what is too much is the same number for "
        "all samples of a feature. Once, divided by N = {N} once, is enough.",
        [
            with_more(lambda dout, cache: mean_term(dout, cache) / len(dout) ** 2),
            with_more(lambda dout, cache: mean_term(dout, cache) / len(dout)),
            with_more(lambda dout, cache: mean_term(dout, cache)),
            with_more(lambda dout, cache: -mean_term(dout, cache) / len(dout) ** 2),
        ],
    ),
    Mistake(
        "eps_missing",
        "You divide by √var without eps. The forward pass divided by √(var + eps), and the cache "
        "holds one over that as inv.",
        scaled(lambda var, eps: 1 / np.sqrt(var)),
    ),
    Mistake(
        "sqrt_missing",
        "You divide by var + eps without the square root. The forward pass divided by "
        "√(var + eps), and the cache holds one over that as inv.",
        [*scaled(lambda var, eps: 1 / (var + eps)), *scaled(lambda var, eps: 1 / var)],
    ),
]

BACKWARD = Task(
    right=batchnorm_backward,
    returns={"dx": "N, D", "dgamma": "D", "dbeta": "D"},
    probes=[
        Probe(upstream, TALL),
        Probe(varied(upstream, eps=0.4), WIDE, seed=1),
        Probe(upstream, SQUARE, seed=2),
        Probe(varied(upstream, training=False), TALL, seed=3),
        Probe(varied(upstream, training=False), SQUARE, seed=4),
        Probe(upstream, TALL, seed=5),
        Probe(varied(upstream, eps=1e-5), TALL, edge=True, seed=6),
        Probe(upstream, {"N": 1, "D": 2}, edge=True, seed=7),
        Probe(whole_upstream, TALL, edge=True, seed=8),
        Probe(varied(upstream, dtype=np.float32), TALL, edge=True, seed=9),
        Probe(upstream_of_constant, TALL, seed=10),
    ],
    hints={
        "dx": (
            "x reaches x̂ on three roads: directly, through the mean, and through the variance. "
            "Outside training the mean and the variance are constants, and only the first is left.",
            "With dx̂ = dout · gamma, take from dx̂ what the two others bring: its mean over the "
            "batch, and x̂ times the mean of dx̂ · x̂. Then divide by the standard deviation.",
            "In training, `dx = inv * (dxhat - dxhat.mean(axis=0) - xhat * ...)`; otherwise "
            "`dx = dxhat * inv`.",
        ),
        "dgamma": (
            "out = gamma · x̂ + beta, entry by entry: what did gamma meet?",
            "gamma[d] multiplied x̂[n, d] in every sample. So dgamma[d] is the sum over n of "
            "dout[n, d] · x̂[n, d].",
            "`dgamma = (dout * ...).sum(axis=...)`, and x̂ is in the cache.",
        ),
        "dbeta": (
            "beta is a bias: dbeta has the shape (D,), and dout has (N, D). Which axis has to go?",
            "beta[d] was added to every sample, so dbeta[d] is the sum over n of dout[n, d].",
            "`dbeta = dout.sum(axis=...)`, with the number of the batch axis.",
        ),
    },
    mistakes=BACKWARD_MISTAKES,
)
