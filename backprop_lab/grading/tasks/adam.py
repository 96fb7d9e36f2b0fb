"""Adam and AdamW: a memory of gradients and of their squares, freed of their start at zero."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..task import Mistake, Probe, Task
from .optimizers import arrays


def adam_step(params, grads, state, lr, beta1, beta2, eps):
    """Step p ← p - lr · m̂ / (√v̂ + eps), in place, with the moments m and v of the gradient."""
    state["t"] += 1
    m, v, t = state["m"], state["v"], state["t"]
    for name, g in grads.items():
        m[name] = beta1 * m[name] + (1 - beta1) * g
        v[name] = beta2 * v[name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**t)
        v_hat = v[name] / (1 - beta2**t)
        params[name] -= lr * m_hat / (np.sqrt(v_hat) + eps)


def adamw_step(params, grads, state, lr, beta1, beta2, eps, wd):
    """Step as Adam does, and p ← p - lr · wd · p beside it, with p from before the step."""
    for name in params:
        params[name] -= lr * wd * params[name]
    adam_step(params, grads, state, lr, beta1, beta2, eps)


def average(moment, new, beta):
    """Average as it runs: keep the share beta, take in the rest of the new."""
    return beta * moment + (1 - beta) * new


def freed(m, v, c1, c2, eps):
    """m̂ / (√v̂ + eps), with the corrections c1 and c2."""
    return m / c1 / (np.sqrt(v / c2) + eps)


@dataclass(frozen=True, eq=False)
class Rule:
    """Adam or AdamW with one line wrong: a solution, made by replacing a part of the right one.

    `kept` makes what is stored of the moments; `stored` says which parts of the state are.
    """

    given: Callable = lambda *numbers: numbers  # lr, beta1, beta2, eps
    averaging: Callable = lambda beta1, beta2: (beta1, beta2)
    pull: Callable = lambda g, p, wd: g
    first: Callable = average
    second: Callable = lambda v, g, beta: average(v, g**2, beta)
    correction: Callable = lambda beta, t: 1 - beta**t
    quotient: Callable = freed
    kept: Callable = lambda m, v, c1, c2, lr, step: (m, v)
    move: Callable = lambda p, step, lr, wd: p - lr * wd * p - step
    stored: str = "mvt"
    t_per_array: bool = False

    def __call__(self, params, grads, state, lr, beta1, beta2, eps, wd=0.0):
        """Step as Adam does, or as AdamW does where there is a wd."""
        lr, beta1, beta2, eps = self.given(lr, beta1, beta2, eps)
        for at, (name, p) in enumerate(params.items()):
            t = state["t"] + 1 + at * self.t_per_array
            g = self.pull(grads[name], p, wd)
            b1, b2 = self.averaging(beta1, beta2)
            m, v = self.first(state["m"][name], g, b1), self.second(state["v"][name], g, b2)
            c1, c2 = self.correction(beta1, t), self.correction(beta2, t)
            step = lr * self.quotient(m, v, c1, c2, eps)
            params[name] = self.move(p, step, lr, wd)
            for key, moment in zip("mv", self.kept(m, v, c1, c2, lr, step)):
                if key in self.stored:
                    state[key][name] = moment
        state["t"] = t if "t" in self.stored else state["t"]


SHAPES = {"W1": (2, 3), "b1": (3,), "W2": (3, 1), "b2": (1,)}


def fresh(rng, lr, beta1, beta2, eps, dtype=float, shapes=SHAPES, **decay):
    """Arguments before the first step; one gradient is exactly zero, as behind a dead unit."""
    params, grads = arrays(rng, shapes, dtype)
    next(iter(grads.values())).flat[0] = 0
    m, v = ({name: np.zeros_like(p) for name, p in params.items()} for _ in range(2))
    return params, grads, {"m": m, "v": v, "t": 0}, lr, beta1, beta2, eps, *decay.values()


def later(rng, lr, beta1, beta2, eps, dtype=float, shapes=SHAPES, **decay):
    """Arguments in the middle of a training run."""
    params, grads, m, v = arrays(rng, shapes, dtype, count=4)
    v = {name: each**2 + 0.01 for name, each in v.items()}
    return params, grads, {"m": m, "v": v, "t": 3}, lr, beta1, beta2, eps, *decay.values()


def small(make, **more):
    """Make the same arguments for one layer."""
    return lambda rng, **numbers: make(rng, shapes={"W": (2, 1), "b": (1,)}, **more, **numbers)


def probes(**decay):
    """First steps, later ones and several; eps large enough to see where it stands."""
    usual = {"lr": 0.1, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    quick = {"lr": 0.5, "beta1": 0.8, "beta2": 0.95, "eps": 0.3}
    other = {"lr": 0.3, "beta1": 0.7, "beta2": 0.9, "eps": 0.05}
    single = small(later, dtype=np.float32)
    return [
        Probe(small(fresh), quick | decay),
        Probe(fresh, usual | decay, seed=1),
        Probe(small(later), other | decay, seed=2),
        Probe(fresh, quick | decay, calls=3, seed=3),
        Probe(later, usual | decay, edge=True, calls=2, seed=4),
        Probe(single, quick | decay, edge=True, seed=5),
    ]


SHARED = [
    Mistake(
        "rebinding_no_effect",
        "After the call, params hold what they held before. `p = p - ...` makes a new array and "
        "ties the name p to it; the array in params never hears of it. `params[name] -= ...` "
        "changes the array itself.",
        [Rule(move=lambda p, *_: p), Rule(move=lambda p, *_: p, stored="")],
    ),
    Mistake(
        "state_not_stored",
        "Your first step is right, but a part of state is as before: new values live in local "
        "names and are lost when the function ends. Write m, v and t back into state.",
        [Rule(stored=each) for each in ("", "t", "mv", "mt", "vt", "m", "v")],
    ),
    Mistake(
        "adam_t_per_parameter",
        "Your t rises once for each array: the first one is right, and the next ones are "
        "corrected as if it were a later step. Raise t once a step, before the loop.",
        Rule(t_per_array=True),
    ),
    Mistake(
        "adam_t_off_by_one",
        "Your correction uses t before it is raised. In the first step that is t = 0: "
        "1 - beta1**0 is 0, and you divide by it. Raise t first.",
        [
            Rule(correction=lambda beta, t: 1 - beta ** (t - 1)),
            Rule(
                correction=lambda beta, t: 1 - beta ** (t - 1),
                quotient=lambda m, v, c1, c2, eps: m * (1 / c1) / (np.sqrt(v * (1 / c2)) + eps),
            ),
        ],
    ),
    Mistake(
        "adam_t_off_by_one",
        "Your correction uses t one step too late: in the first step it is 1 - beta1**2, where "
        "t = 1 belongs. t starts at 0 and is raised once.",
        Rule(correction=lambda beta, t: 1 - beta ** (t + 1)),
    ),
    Mistake(
        "adam_beta_not_powered",
        "Your first step is right, and later ones are corrected as if they were the first: you "
        "divide by 1 - beta. The start at zero fades with the steps: 1 - beta**t.",
        Rule(correction=lambda beta, t: 1 - beta),
    ),
    Mistake(
        "adam_no_bias_correction",
        "The bias correction is missing. m and v start at zero, so in the first steps both are "
        "too small: divide m by 1 - beta1**t and v by 1 - beta2**t.",
        Rule(correction=lambda beta, t: 1),
    ),
    Mistake(
        "adam_half_bias_correction",
        "One of the two moments is corrected, and the other is not. Both start at zero: divide m "
        "by 1 - beta1**t and v by 1 - beta2**t.",
        [
            Rule(quotient=lambda m, v, c1, c2, eps: freed(m, v, c1, 1, eps)),
            Rule(quotient=lambda m, v, c1, c2, eps: freed(m, v, 1, c2, eps)),
        ],
    ),
    Mistake(
        "hyperparameters_swapped",
        "beta1 and beta2 have changed places: beta1 = {beta1} is for m, the average of the "
        "gradients, and beta2 = {beta2} for v, that of their squares.",
        [
            Rule(given=lambda lr, beta1, beta2, eps: (lr, beta2, beta1, eps)),
            Rule(averaging=lambda beta1, beta2: (beta2, beta1)),
        ],
    ),
    Mistake(
        "adam_one_minus_beta_missing",
        "A factor 1 - beta is missing: beta·m + g adds gradients up where an average is meant. "
        "m is beta1·m + (1 - beta1)·g, and v likewise with g².",
        [
            Rule(first=lambda m, g, b: b * m + g, second=lambda v, g, b: b * v + g**2),
            Rule(first=lambda m, g, b: b * m + g),
            Rule(second=lambda v, g, b: b * v + g**2),
        ],
    ),
    Mistake(
        "square_missing",
        "Your v averages the gradient without the square. v stands for the size of the "
        "gradients: beta2·v + (1 - beta2)·g².",
        [
            Rule(second=lambda v, g, b: average(v, abs(g), b)),
            Rule(second=average),
        ],
    ),
    Mistake(
        "adam_correction_stored",
        "You store the corrected moments in state, so the next step corrects them once more. "
        "m̂ and v̂ are for this step alone: state keeps m and v.",
        [
            Rule(kept=lambda m, v, c1, c2, lr, step: (m / c1, v / c2)),
            Rule(kept=lambda m, v, c1, c2, lr, step: (m / c1, v)),
            Rule(kept=lambda m, v, c1, c2, lr, step: (m, v / c2)),
        ],
    ),
    Mistake(
        "ascent_sign",
        "Your step goes up the gradient, where the loss grows. Downhill is against it: subtract.",
        Rule(move=lambda p, step, lr, wd: p - lr * wd * p + step),
    ),
    Mistake(
        "sqrt_missing",
        "You divide by v̂ where its square root belongs. √v̂ is as large as the gradients are, so "
        "that steps don't depend on their scale.",
        Rule(quotient=lambda m, v, c1, c2, eps: m / c1 / (v / c2 + eps)),
    ),
    Mistake(
        "eps_inside_sqrt",
        "Your eps stands inside the root, √(v̂ + eps). Add it after the root: √v̂ + eps. (With "
        "eps = 1e-8 one hardly sees it; here it is {eps}.)",
        Rule(quotient=lambda m, v, c1, c2, eps: m / c1 / np.sqrt(v / c2 + eps)),
    ),
    Mistake(
        "eps_missing",
        "eps is missing. Where a gradient has always been 0, m̂ and √v̂ are both 0, and 0/0 is "
        "nan: divide by √v̂ + eps.",
        Rule(quotient=lambda m, v, c1, c2, eps: m / c1 / np.sqrt(v / c2)),
    ),
    Mistake(
        "adam_eps_hat_form",
        "Your eps is added to √v before v is corrected, so the correction reaches eps too. The "
        "paper offers that as a faster form with an eps of its own. In this course: √v̂ + eps.",
        Rule(quotient=lambda m, v, c1, c2, eps: m / c1 / ((np.sqrt(v) + eps) / np.sqrt(c2))),
        convention=True,
    ),
    Mistake(
        "hyperparameter_hard_coded",
        "A usual value is written into your code where an argument belongs (beta1 = 0.9, "
        "beta2 = 0.999, eps = 1e-8). Here they are {beta1}, {beta2} and {eps}.",
        [
            Rule(given=lambda lr, beta1, beta2, eps: (lr, beta1, beta2, 1e-8)),
            Rule(given=lambda lr, beta1, beta2, eps: (lr, 0.9, beta2, eps)),
            Rule(given=lambda lr, beta1, beta2, eps: (lr, beta1, 0.999, eps)),
            Rule(given=lambda lr, beta1, beta2, eps: (lr, 0.9, 0.999, eps)),
            Rule(given=lambda lr, beta1, beta2, eps: (lr, 0.9, 0.999, 1e-8)),
        ],
    ),
    Mistake(
        "state_aliased",
        "Your step is right, and the m in state is not: the step was built in place on the very "
        'array that is stored. `m = state["m"][name]` is no copy: build the step in a new array.',
        [
            Rule(kept=lambda m, v, c1, c2, lr, step: (lr * m / c1, v)),
            Rule(kept=lambda m, v, c1, c2, lr, step: (lr * m, v)),
            Rule(kept=lambda m, v, c1, c2, lr, step: (step, v)),
        ],
    ),
]

HINTS = (
    "For each array: two averages (m of the gradients, v of their squares), two corrections, one "
    "step. The counter t rises once per call, before everything else.",
    "m keeps the share beta1 of itself and takes in 1 - beta1 of g; v the same with beta2 and g². "
    "Both start at zero and are too small at first, by the factors 1 - beta1**t and 1 - beta2**t.",
    "`m_hat = m[name] / (1 - beta1**t)`, v_hat likewise; then `params[name] -= ...`: lr times "
    "m_hat, divided by `np.sqrt(v_hat) + eps`.",
)

DECAYED = (
    "Two things happen to a parameter: Adam's step, for which there is no decay, and the decay, "
    "for which there is no gradient.",
    "The decay takes the share lr·wd from each parameter, as it was before the step. The moments "
    "m and v never hear of it.",
    "`params[name] -= lr * wd * ...` with the old value, and then the step of adam_step.",
)

ADAM = Task(
    right=adam_step,
    changes=["params", "state"],
    probes=probes(),
    hints={"": HINTS},
    mistakes=SHARED,
)

ADAMW = Task(
    right=adamw_step,
    changes=["params", "state"],
    probes=probes(wd=0.4),
    hints={"": HINTS, "params": DECAYED},
    mistakes=[
        Mistake(
            "adamw_coupled_decay",
            "Your decay is added to the gradient, g + wd·p, and goes through m and v: divided by "
            "√v̂, it hardly depends on p any more. In AdamW it stays out of the moments: "
            "p ← p - lr·wd·p, beside Adam's step.",
            Rule(pull=lambda g, p, wd: g + wd * p, move=lambda p, step, *_: p - step),
        ),
        Mistake(
            "decay_sign",
            "Your decay has the wrong sign, and weights grow by it. It takes lr·wd·p away.",
            [
                Rule(move=lambda p, step, lr, wd: p + lr * wd * p - step),
                Rule(pull=lambda g, p, wd: g - wd * p, move=lambda p, step, *_: p - step),
            ],
        ),
        Mistake(
            "hyperparameter_ignored",
            "Your step is plain Adam: wd does not take part. Take lr·wd·p from each parameter as "
            "well.",
            Rule(move=lambda p, step, *_: p - step),
        ),
        Mistake(
            "adamw_decay_after_update",
            "Your decay takes its share from the parameter after Adam's step. Take it from p as "
            "it was before: both use the old p.",
            Rule(move=lambda p, step, lr, wd: (p - step) * (1 - lr * wd)),
        ),
        Mistake(
            "adamw_decay_without_lr",
            "Your decay is wd·p, without lr. Some programs do it so; in this course, as in "
            "PyTorch, it is scaled by the learning rate: lr·wd·p.",
            [
                Rule(move=lambda p, step, lr, wd: p - wd * p - step),
                Rule(move=lambda p, step, lr, wd: (p - step) * (1 - wd)),
            ],
            convention=True,
        ),
        *SHARED,
    ],
)
