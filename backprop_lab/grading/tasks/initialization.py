"""Initial weights: random, so judged by what is sure of them, and never entry by entry."""

import copy

import numpy as np

from ..task import Facts, Mistake, Probe, Task


def he_init(fan_in, fan_out, rng):
    """Draw W (fan_in, fan_out) with variance 2 / fan_in."""
    return rng.standard_normal((fan_in, fan_out)) * np.sqrt(2 / fan_in)


def xavier_init(fan_in, fan_out, rng):
    """Draw W (fan_in, fan_out) with variance 2 / (fan_in + fan_out)."""
    return rng.standard_normal((fan_in, fan_out)) * np.sqrt(2 / (fan_in + fan_out))


def he(fan_in, fan_out):
    """Give the standard deviation of He and others."""
    return np.sqrt(2 / fan_in)


def xavier(fan_in, fan_out):
    """Give the standard deviation of Glorot and Bengio."""
    return np.sqrt(2 / (fan_in + fan_out))


FIXED = (0.01, 0.1, 0.001, 1.0)

# standard deviations that are met, right and wrong: a measured one near to one of these is this one
HE = [
    he,
    lambda fan_in, fan_out: np.sqrt(1 / fan_in),
    xavier,
    lambda fan_in, fan_out: np.sqrt(2 / fan_out),
    lambda fan_in, fan_out: he(fan_in, fan_out) / np.sqrt(3),
    lambda fan_in, fan_out: he(fan_in, fan_out) / np.sqrt(12),
    lambda fan_in, fan_out: he(fan_in, fan_out) / 2,
    lambda fan_in, fan_out: 2 / fan_in,
    lambda fan_in, fan_out: 6 / fan_in / np.sqrt(3),
]
XAVIER = [
    xavier,
    lambda fan_in, fan_out: np.sqrt(1 / (fan_in + fan_out)),
    he,
    lambda fan_in, fan_out: np.sqrt(1 / fan_in),
    lambda fan_in, fan_out: np.sqrt(3 / (fan_in + fan_out)),
    lambda fan_in, fan_out: xavier(fan_in, fan_out) / np.sqrt(3),
    lambda fan_in, fan_out: xavier(fan_in, fan_out) / np.sqrt(12),
    lambda fan_in, fan_out: xavier(fan_in, fan_out) / 2,
    lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    lambda fan_in, fan_out: 6 / (fan_in + fan_out) / np.sqrt(3),
    lambda fan_in, fan_out: np.sqrt(2 / fan_in + fan_out),
    lambda fan_in, fan_out: np.sqrt((6 / fan_in + fan_out) / 3),
]


def drawing(known):
    """Use an initializer three times, and keep what is sure of its draws."""

    def facts(solution, fan_in, fan_out, rng):
        twin, legacy = copy.deepcopy(rng), np.random.get_state()  # noqa: NPY002
        try:
            first, second, repeated = (solution(fan_in, fan_out, each) for each in (rng, rng, twin))
            used = state_of(np.random.get_state()) != state_of(legacy)  # noqa: NPY002
        finally:
            np.random.set_state(legacy)  # noqa: NPY002
        if first is None or type(first) is tuple:
            return first
        W, second, repeated = (np.asarray(each, dtype=float) for each in (first, second, repeated))
        deviations = [each(fan_in, fan_out) for each in known] + list(FIXED)
        drawn = np.ptp(W) > 0 if W.size else False  # what is constant isn't drawn at all
        distinct = np.unique(W).size / max(W.size, 1)
        return Facts(
            {
                "W.shape": np.array(W.shape),
                **moments(np.concatenate([W.ravel(), second.ravel()]), deviations),
                "share of distinct weights": near(distinct, [1], 0.02),
                "share of weights that a second call draws anew": 1 - equal(W, second) * drawn,
                "share of weights that the same seed repeats": equal(W, repeated),
                "use of np.random": float(used),
            }
        )

    return facts


def moments(weights, deviations):
    """Measure mean, deviation, sign and tails, each drawn to the number that it stands for.

    Chance moves a measured mean by σ/√n and a measured deviation by σ/√(2n); what is within five
    of those counts as the number itself. Normal and uniform weights are both right, and their
    kurtosis is 3 and 1.8.
    """
    n, mean, deviation = weights.size, weights.mean(), near(weights.std(), deviations, 0.035)
    squares = (weights - mean) ** 2
    kurtosis = (squares**2).mean() / max(squares.mean() ** 2, 1e-300)
    return {
        "W.mean()": near(mean, [0, np.sqrt(3) * deviation], 0.035, 5 * deviation / np.sqrt(n)),
        "W.std()": deviation,
        "share of weights below 0": near((weights < 0).mean(), [0.5], 0, 2.5 / np.sqrt(n)),
        "kurtosis of W": 3.0 if 1.6 < kurtosis < 3.6 else kurtosis,
    }


def near(measured, known, relative, absolute=0.0):
    """Take the known number next to the measured one, if there is one so near."""
    nearest = min(known, key=lambda each: abs(measured - each))
    off = abs(measured - nearest)
    return float(nearest if off <= max(relative * abs(nearest), absolute) else measured)


def equal(W, other):
    """Share of the entries that agree."""
    return float(np.mean(np.equal(W, other))) if W.shape == other.shape else 0.0


def state_of(legacy):
    """Where NumPy's global generator stands, to be compared."""
    _, key, position, *_ = legacy
    return key.tobytes(), position


def normal(deviation):
    """Make an initializer of another deviation."""
    return lambda fan_in, fan_out, rng: rng.normal(0, deviation(fan_in, fan_out), (fan_in, fan_out))


def uniform(low, high):
    """Make an initializer of other limits."""

    def init(fan_in, fan_out, rng):
        return rng.uniform(low(fan_in, fan_out), high(fan_in, fan_out), (fan_in, fan_out))

    return init


def shared(right, deviation):
    """Mistakes of both initializers."""

    def zero(fan_in, fan_out):
        return 0.0

    def elsewhere(generator, seed=None):
        def init(fan_in, fan_out, rng):
            if seed is not None:
                np.random.seed(seed)  # noqa: NPY002
            return generator().normal(0, deviation(fan_in, fan_out), (fan_in, fan_out))

        return init

    return [
        Mistake(
            "init_zeros",
            "All weights are zero. Then all units of a layer compute the same and get the same "
            "gradient, and they stay alike for ever: draw random numbers from rng.",
            lambda fan_in, fan_out, rng: np.zeros((fan_in, fan_out)),
        ),
        Mistake(
            "seed_fixed_inside",
            "A second call gives the same weights again: a generator is made from a fixed seed "
            "inside your function, so all layers of one size start alike. Draw from the rng that "
            "arrives.",
            [
                elsewhere(lambda: np.random.default_rng(0)),
                elsewhere(lambda: np.random, seed=0),
            ],
        ),
        Mistake(
            "global_rng",
            "Your weights do not come from rng: two generators of the same seed give different "
            "weights, so nobody can repeat a run. Draw with `rng.standard_normal(...)` or "
            "`rng.uniform(...)`, not with np.random.",
            [
                elsewhere(lambda: np.random),
                elsewhere(np.random.default_rng),
            ],
        ),
        Mistake(
            "rand_for_randn",
            "None of your weights is negative: random() gives numbers between 0 and 1. Weights lie "
            "around 0: take `rng.standard_normal(...)`, or `rng.uniform(-limit, limit, ...)`.",
            [
                uniform(zero, deviation),
                uniform(zero, lambda *fans: np.sqrt(3) * deviation(*fans)),
            ],
        ),
        Mistake(
            "init_fixed_scale",
            "Your weights have the same standard deviation for every size of layer. It has to "
            "shrink as a sum gets more summands; here fan_in is {fan_in} and fan_out {fan_out}.",
            [normal(lambda fan_in, fan_out, scale=scale: scale) for scale in FIXED],
        ),
        Mistake(
            "factor_two_missing",
            "Your variance is half of the right one, so the standard deviation is 0.707 times as "
            "large: the 2 is missing.",
            normal(lambda *fans: deviation(*fans) / np.sqrt(2)),
        ),
        Mistake(
            "init_std_as_limit",
            "Your weights reach from -σ to σ, where σ is the right standard deviation. Uniform "
            "numbers between -limit and limit have the deviation limit/√3: take √3·σ as limit.",
            uniform(lambda *fans: -deviation(*fans), deviation),
        ),
        Mistake(
            "sqrt_missing",
            "You use the variance where the standard deviation belongs: take the square root of "
            "it.",
            [
                normal(lambda *fans: deviation(*fans) ** 2),
                uniform(
                    lambda *fans: -3 * deviation(*fans) ** 2,
                    lambda *fans: 3 * deviation(*fans) ** 2,
                ),
            ],
        ),
    ]


HINTS = (
    "Two things are up to you: the shape, (fan_in, fan_out), and the standard deviation, which is "
    "the square root of the variance in the formula.",
    "`rng.standard_normal((fan_in, fan_out))` has the deviation 1. Multiplied by σ, it has the "
    "deviation σ, and the variance σ².",
)


def probes():
    """Two layers, in which all deviations of the table can be told apart."""
    return [
        Probe(
            lambda rng, fan_in, fan_out: (fan_in, fan_out, rng), {"fan_in": a, "fan_out": b}, seed=s
        )
        for a, b, s in [(84, 62, 0), (32, 226, 1)]
    ]


HE_INIT = Task(
    right=he_init,
    returns={"W": "fan_in, fan_out"},
    use=drawing(HE),
    probes=probes(),
    hints={
        "W": (*HINTS, "`rng.standard_normal((fan_in, fan_out)) * np.sqrt(...)`: 2 over fan_in.")
    },
    mistakes=[
        *shared(he_init, he),
        Mistake(
            "init_wrong_formula",
            "Your variance is 2 / (fan_in + fan_out), which is Xavier's. He's is 2 / fan_in: it "
            "counts only what a unit sums up, and the 2 is for the half that ReLU silences.",
            normal(xavier),
        ),
        Mistake(
            "init_wrong_fan",
            "Your variance is 2 / fan_out. A unit sums up fan_in = {fan_in} inputs, and their "
            "number decides: 2 / fan_in.",
            normal(lambda fan_in, fan_out: np.sqrt(2 / fan_out)),
        ),
    ],
)

XAVIER_INIT = Task(
    right=xavier_init,
    returns={"W": "fan_in, fan_out"},
    use=drawing(XAVIER),
    probes=probes(),
    hints={
        "W": (
            *HINTS,
            "`rng.standard_normal((fan_in, fan_out)) * np.sqrt(...)`: 2 over the sum of both, in "
            "brackets.",
        )
    },
    mistakes=[
        *shared(xavier_init, xavier),
        Mistake(
            "operator_precedence",
            "A pair of brackets is missing: 2 / fan_in + fan_out is (2 / fan_in) + fan_out, so "
            "your weights are as large as √fan_out. Write 2 / (fan_in + fan_out).",
            [
                normal(lambda fan_in, fan_out: np.sqrt(2 / fan_in + fan_out)),
                normal(lambda fan_in, fan_out: np.sqrt((6 / fan_in + fan_out) / 3)),
            ],
        ),
        Mistake(
            "init_wrong_formula",
            "Your variance is 2 / fan_in, which is He's. Xavier's is 2 / (fan_in + fan_out), in "
            "the middle between what suits the signals and what suits the gradients.",
            normal(he),
        ),
        Mistake(
            "init_fan_in_only",
            "Your variance is 1 / fan_in. Some libraries call that Xavier too; in this course, as "
            "in the paper, fan_out counts as well: 2 / (fan_in + fan_out).",
            normal(lambda fan_in, fan_out: np.sqrt(1 / fan_in)),
            convention=True,
        ),
        Mistake(
            "init_factor_three",
            "Your standard deviation is √(3 / (fan_in + fan_out)), and 3 belongs to another form: "
            "limit² = 6 / (fan_in + fan_out) for uniform numbers is deviation² = "
            "2 / (fan_in + fan_out).",
            normal(lambda fan_in, fan_out: np.sqrt(3 / (fan_in + fan_out))),
        ),
    ],
)
