"""Activations and their backward passes, entry by entry."""

import math

import numpy as np

from ..task import Mistake, Probe, Task
from ..writing import names

RECTANGLE, SMALL, SQUARE = {"N": 4, "M": 3}, {"N": 2, "M": 3}, {"N": 3, "M": 3}
ROUND = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 18, 20)


def sigmoid(z):
    """Compute a = 1 / (1 + exp(-z)); exp never meets a large positive number."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def sigmoid_backward(da, a):
    """Compute dz = da · a (1 - a), a = sigmoid(z)."""
    return da * a * (1 - a)


def tanh_backward(da, a):
    """Compute dz = da · (1 - a²), a = tanh(z)."""
    return da * (1 - a**2)


def relu(z):
    """Compute a = max(z, 0)."""
    return np.maximum(z, 0)


def relu_backward(da, z):
    """Compute dz = da where z > 0, and 0 elsewhere."""
    return da * (z > 0)


def leaky_relu_backward(da, z, slope):
    """Compute dz = da where z > 0, and slope · da elsewhere."""
    return da * np.where(z > 0, 1, slope)


def scores(rng, N, M, scale=2.0, dtype=float):
    """Make z (N, M)."""
    z = rng.normal(size=(N, M)) * scale
    return ((z if dtype is int else z.round(1) + 0.0).astype(dtype),)  # no -0. to puzzle over


def of_shape(*shape):
    """Make z in one, or in three dimensions."""
    return lambda rng, **sizes: ((rng.normal(size=shape) * 2).round(1) + 0.0,)


def far_out(*levels):
    """Make z far from 0, at these levels or a little above."""
    return lambda rng, N, M: (rng.choice(levels, size=(N, M)) + rng.integers(5, size=(N, M)) + 0.0,)


def single(make):
    """Make the same arguments in float32."""

    def make_single(rng, **sizes):
        arguments = make(rng, **sizes)
        return tuple(a.astype(np.float32) if isinstance(a, np.ndarray) else a for a in arguments)

    return make_single


def upstream(rng, N, M):
    """Make da (N, M), nowhere 0, 1 or 0.5."""
    da = (rng.uniform(0.2, 2.0, size=(N, M)) * rng.choice([-1, 1], size=(N, M))).round(2)
    return np.where(np.isin(da, [0.5, 1]), 1.3, da)


def with_output(activation):
    """Arguments of a backward pass that needs the output: da and a (N, M)."""

    def make(rng, N, M):
        return upstream(rng, N, M), activation(rng.normal(size=(N, M))).round(2)

    return make


def with_outputs(*values):
    """Arguments whose a is one of these: saturated units, say."""
    return lambda rng, N, M: (upstream(rng, N, M), rng.choice(values, size=(N, M)))


def with_input(rng, N, M, zero=True):
    """Arguments of a backward pass that needs the input: da and z (N, M), one z exactly 0."""
    z = (rng.uniform(0.2, 3.0, size=(N, M)) * rng.choice([-1, 1], size=(N, M))).round(1)
    z[0] = np.abs(z[0]) * (-1) ** np.arange(M)  # both signs, whatever the seed
    if zero:
        z[-1, -1] = 0
    return upstream(rng, N, M), z


def whole_numbers(rng, N, M):
    """Whole numbers in both, as in an example worked on paper."""
    return rng.integers(1, 9, size=(N, M)) - 5, rng.integers(1, 9, size=(N, M)) - 4


def with_slope(zero=False, whole=False):
    """Arguments of the leaky ReLU: da and z (N, M), and the slope."""

    def make(rng, N, M, slope):
        da, z = with_input(rng, N, M, zero)
        return da, np.where(np.abs(z) < 1, np.sign(z), z).astype(int) if whole else z, slope

    return make


def backward_probes(make, *edges):
    """Rectangular and square, one sample, float32."""
    return [
        Probe(make, RECTANGLE),
        Probe(make, SMALL, seed=1),
        Probe(make, SQUARE, seed=2),
        Probe(make, {"N": 1, "M": 4}, edge=True, seed=3),
        Probe(single(make), RECTANGLE, edge=True, seed=4),
        *edges,
    ]


def rule(*rules):
    """Wrong local rules: dz = da · rule(a)."""
    return [{"dz": lambda da, a, rule=rule: da * rule(a)} for rule in rules]


def local(*rules):
    """Local rules alone, the gradient from above left out: dz = rule(a)."""
    return [{"dz": lambda da, a, rule=rule: rule(a) + 0.0} for rule in rules]


def products(*factors):
    """Matrix products of da and a local factor (or two), in every direction."""
    pairs = [
        lambda p, q: p @ q,
        lambda p, q: q @ p,
        lambda p, q: p @ q.T,
        lambda p, q: p.T @ q,
        lambda p, q: q @ p.T,
        lambda p, q: q.T @ p,
    ]
    for factor in factors:
        for pair in pairs:
            yield {"dz": lambda da, a, factor=factor, pair=pair: pair(*factor(da, a))}
    for factor in factors[:1]:
        yield {"dz": lambda da, a, factor=factor: np.vdot(*factor(da, a))}


def reading(*wanted):
    """Make the question whether a solution reads one of these names, as far as can be seen."""
    return lambda solution: not names(solution) or bool(names(solution) & set(wanted))


def clipped_to(*limits):
    """Cut z off before, or a after."""
    for most in limits:
        yield {"a": lambda z, c=most: sigmoid(np.clip(z, -c, c))}
        yield {"a": lambda z, c=most: sigmoid(np.maximum(z, -c))}
        yield {"a": lambda z, c=most: sigmoid(np.minimum(z, c))}
        yield {"a": lambda z, c=most: np.where(z > c, 1, np.where(z < -c, 0, sigmoid(z)))}
    for low in [10.0**-k for k in range(1, 9)]:
        yield {"a": lambda z, low=low: np.clip(sigmoid(z), low, 1 - low)}


SIGMOID = Task(
    right=sigmoid,
    returns={"a": ""},
    probes=[
        Probe(scores, RECTANGLE),
        Probe(scores, SMALL, seed=1),
        Probe(scores, SQUARE, seed=2),
        Probe(of_shape(5), {}, edge=True, seed=3),
        Probe(of_shape(2, 3, 2), {}, edge=True, seed=4),
        Probe(far_out(-8, -5, 2, 6), SMALL, edge=True, seed=5),
        Probe(far_out(-40, -25, -15, 10, 20, 35), RECTANGLE, edge=True, seed=6),
        Probe(far_out(-9, -14, -24), SMALL, edge=True, seed=7),
        Probe(far_out(300, 1000), SMALL, edge=True, seed=8),
        Probe(far_out(-1000, -300), SMALL, edge=True, seed=9),
        Probe(single(scores), RECTANGLE, edge=True, seed=10),
    ],
    hints={
        "a": (
            "Take one number first: at z = 0 it is 1/2, far to the right it comes near 1, far to "
            "the left near 0. Which sign has z inside the exponential?",
            "`np.exp` works on a whole array, in any shape, where `math.exp` takes one number. "
            "exp of a large positive number overflows, exp of a negative one never does.",
            "With `e = np.exp(-np.abs(z))`, it is `1 / (1 + e)` where z ≥ 0, and e over the same "
            "where z < 0: `np.where(z >= 0, ..., ...)`.",
        )
    },
    mistakes=[
        Mistake(
            "scalar_function_on_array",
            "This works for one number and not for an array: `math.exp`, `float()` and `if z > 0` "
            "take a single number. `np.exp` and `np.where` do all entries at once.",
            [
                {"a": lambda z: 1 / (1 + math.exp(-z))},
                {"a": lambda z: 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z)},
                {"a": lambda z: 1 / (1 + math.exp(-z[0]))},
            ],
        ),
        Mistake(
            "operator_precedence",
            "Your a leaves the range from 0 to 1. The division comes before the sum: "
            "`1 / 1 + np.exp(-z)` is 1 + exp(-z). The whole denominator needs parentheses.",
            [
                {"a": lambda z: 1 / 1 + np.exp(-z)},
                {"a": lambda z: 1 + 1 / np.exp(-z)},
            ],
        ),
        Mistake(
            "sign_flipped",
            "Your a falls where it should rise: it is 1 minus the right one, the mirror image. In "
            "1 / (1 + exp(-z)) there is a minus before z.",
            {"a": lambda z: sigmoid(-z)},
        ),
        Mistake(
            "unstable_exp",
            "Right for small z, but exp of a large number overflows (from 710 on) and leaves inf, "
            "nan or an error. exp of a negative number never does: write it with exp(-|z|).",
            [
                {"a": lambda z: np.exp(z) / (1 + np.exp(z))},
                {"a": np.vectorize(lambda z: math.exp(z) / (1 + math.exp(z)), otypes=[float])},
                {"a": np.vectorize(lambda z: 1 / (1 + math.exp(-z)), otypes=[float])},
            ],
        ),
        Mistake(
            "over_clipping",
            "Right for small z, but your a stops moving too early: z (or a) is cut off at a round "
            "number. No cut is needed when exp only meets numbers below 0.",
            list(clipped_to(*ROUND)),
        ),
    ],
)

SIGMOID_BACKWARD = Task(
    right=sigmoid_backward,
    returns={"dz": ""},
    probes=backward_probes(
        with_output(sigmoid), Probe(with_outputs(0.0, 1.0, 0.5), SMALL, edge=True, seed=5)
    ),
    hints={
        "dz": (
            "The argument a is the output, sigmoid(z), and it is all you need: the derivative of "
            "the sigmoid can be written with a alone.",
            "The slope of the sigmoid is a (1 - a): 1/4 where a = 1/2, and next to nothing where a "
            "is near 0 or 1. The chain rule multiplies it by the gradient that arrives.",
            "Three factors, entry by entry with `*`: `dz = da * a * (1 - ...)`.",
        )
    },
    mistakes=[
        Mistake(
            "matmul_for_elementwise",
            "Your dz comes from a matrix product. The sigmoid works on each entry alone, so its "
            "gradient does too: multiply entry by entry, with `*`.",
            list(
                products(
                    lambda da, a: (da, a * (1 - a)),
                    lambda da, a: (da * a, 1 - a),
                    lambda da, a: (da * (1 - a), a),
                )
            )
            + [
                {"dz": lambda da, a: da @ a * (1 - a)},
                {"dz": lambda da, a: da @ a.T * (1 - a)},
                {"dz": lambda da, a: da @ a @ (1 - a)},
                {"dz": lambda da, a: da @ a.T @ (1 - a)},
            ],
        ),
        Mistake(
            "missing_upstream",
            "Your dz does not depend on da. a (1 - a) is only the local part: the chain rule "
            "multiplies it by the gradient that arrives, da.",
            local(lambda a: a * (1 - a)),
        ),
        Mistake(
            "activation_grad_missing",
            "Your dz is da itself: the derivative of the sigmoid is left out. Multiply by a (1 - "
            "a).",
            rule(lambda a: 1),
        ),
        Mistake(
            "activation_applied_twice",
            "You take the sigmoid of a, and a is the sigmoid of z already. Its derivative is "
            "a (1 - a) with a as it comes.",
            rule(lambda a: sigmoid(a) * (1 - sigmoid(a))),
        ),
        Mistake(
            "uses_preactivation",
            "You go back to z and put it where the output belongs: z (1 - z). The rule is a (1 - "
            "a), which is never negative, with a as it comes.",
            rule(lambda a: np.log(a / (1 - a)) * (1 - np.log(a / (1 - a)))),
        ),
        Mistake(
            "upstream_in_local_rule",
            "The gradient da stands inside the derivative, where a belongs: your dz is not "
            "proportional to da. The local factor is a (1 - a), whatever arrives.",
            [
                {"dz": lambda da, a: da * (1 - da)},
                {"dz": lambda da, a: a * da * (1 - da)},
                {"dz": lambda da, a: a * (1 - da)},
                {"dz": lambda da, a: da * da * (1 - da)},
            ],
        ),
        Mistake(
            "local_factor_lost",
            "One of the two factors of a (1 - a) is lost: dz has three factors, da, a and 1 - a.",
            rule(lambda a: 1 - a, lambda a: a),
        ),
        Mistake(
            "wrong_activation_rule",
            "Your dz follows the rule of another activation (1 - a² belongs to tanh). That of the "
            "sigmoid is a (1 - a).",
            rule(lambda a: 1 - a**2),
        ),
        Mistake(
            "sign_flipped",
            "Your dz is the right one with the opposite sign. The sigmoid rises everywhere, so its "
            "slope a (1 - a) is positive.",
            rule(lambda a: -a * (1 - a)),
        ),
    ],
)

TANH_BACKWARD = Task(
    right=tanh_backward,
    returns={"dz": ""},
    probes=backward_probes(
        with_output(np.tanh), Probe(with_outputs(-1.0, 0.0, 1.0), SMALL, edge=True, seed=5)
    ),
    hints={
        "dz": (
            "The argument a is the output, tanh(z), and it is all you need: the derivative of tanh "
            "can be written with a alone.",
            "The slope of tanh is 1 - a²: 1 where a = 0, and next to nothing where a is near -1 or "
            "1. The chain rule multiplies it by the gradient that arrives.",
            "Two factors, entry by entry with `*`: `dz = da * (1 - ...)`.",
        )
    },
    mistakes=[
        Mistake(
            "matmul_for_elementwise",
            "Your dz comes from a matrix product. tanh works on each entry alone, so its gradient "
            "does too: multiply entry by entry, with `*`.",
            list(products(lambda da, a: (da, 1 - a**2)))
            + [
                {"dz": lambda da, a: da * (1 - a @ a)},
                {"dz": lambda da, a: da @ (1 - a @ a)},
                {"dz": lambda da, a: da * (1 - a @ a.T)},
                {"dz": lambda da, a: da @ (1 - a.T @ a)},
                {"dz": lambda da, a: da.T @ (1 - a @ a.T)},
                {"dz": lambda da, a: (1 - a @ a.T) @ da},
            ],
        ),
        Mistake(
            "missing_upstream",
            "Your dz does not depend on da. 1 - a² is only the local part: the chain rule "
            "multiplies it by the gradient that arrives, da.",
            local(lambda a: 1 - a**2),
        ),
        Mistake(
            "activation_grad_missing",
            "Your dz is da itself: the derivative of tanh is left out. Multiply by 1 - a².",
            rule(lambda a: 1),
        ),
        Mistake(
            "activation_applied_twice",
            "You take tanh of a, and a is tanh(z) already. The derivative is 1 - a² with a as it "
            "comes.",
            rule(lambda a: 1 - np.tanh(a) ** 2),
        ),
        Mistake(
            "uses_preactivation",
            "You go back to z and put it where the output belongs: 1 - z². The rule is 1 - a², "
            "which is never negative, with a as it comes.",
            rule(lambda a: 1 - np.arctanh(a) ** 2),
        ),
        Mistake(
            "value_for_derivative",
            "Your dz multiplies da by the value of tanh, and its slope is asked for: 1 - a².",
            rule(lambda a: a, np.tanh),
        ),
        Mistake(
            "square_missing",
            "Your local factor is 1 - a. The square is missing: the slope of tanh is 1 - a².",
            rule(lambda a: 1 - a, lambda a: 1 - np.abs(a)),
        ),
        Mistake(
            "constant_lost",
            "Your local factor is -a². The 1 before it is lost: the slope of tanh is 1 - a².",
            rule(lambda a: -(a**2)),
        ),
        Mistake(
            "tan_for_tanh",
            "Your local factor is 1 + a², which is the derivative of tan. That of tanh is 1 - a².",
            rule(lambda a: 1 + a**2),
        ),
        Mistake(
            "inverse_derivative",
            "You divide by 1 - a², which is the derivative of the inverse function. On the way "
            "back through tanh itself you multiply.",
            rule(lambda a: 1 / (1 - a**2)),
        ),
        Mistake(
            "wrong_activation_rule",
            "Your dz follows the rule of another activation (a (1 - a) belongs to the sigmoid, "
            "a > 0 to the ReLU). That of tanh is 1 - a².",
            rule(lambda a: a * (1 - a), lambda a: a > 0),
        ),
        Mistake(
            "upstream_in_local_rule",
            "The gradient da stands inside the derivative, where a belongs: your dz is not "
            "proportional to da. The local factor is 1 - a², whatever arrives.",
            [
                {"dz": lambda da, a: da * (1 - da**2)},
                {"dz": lambda da, a: a * (1 - da**2)},
            ],
        ),
        Mistake(
            "sign_flipped",
            "Your dz is the right one with the opposite sign. tanh rises everywhere, so its slope "
            "1 - a² is positive.",
            rule(lambda a: a**2 - 1),
        ),
    ],
)

RELU = Task(
    right=relu,
    returns={"a": ""},
    probes=[
        Probe(scores, RECTANGLE),
        Probe(scores, SMALL, seed=1),
        Probe(scores, SQUARE, seed=2),
        Probe(lambda rng, N, M: (np.zeros((N, M)),), {"N": 2, "M": 2}, edge=True, seed=3),
        Probe(scores, {"N": 1, "M": 4}, edge=True, seed=4),
        Probe(far_out(-1000, 0, 1000), SMALL, edge=True, seed=5),
        Probe(lambda rng, N, M: scores(rng, N, M, 4.0, int), SMALL, edge=True, seed=6),
        Probe(single(scores), RECTANGLE, edge=True, seed=7),
    ],
    hints={
        "a": (
            "Entry by entry: a positive number stays as it is, anything else becomes 0.",
            "NumPy has two functions with similar names: one finds the largest entry of an array, "
            "the other compares two arrays (or an array and a number) entry by entry.",
            "`np.maximum(z, ...)`, with the number that every entry is compared with.",
        )
    },
    mistakes=[
        Mistake(
            "scalar_function_on_array",
            "This works for one number and not for an array: `max(0, z)` and `if z > 0` ask one "
            "question of {N} · {M} numbers. `np.maximum` and `np.where` ask each of them.",
            [
                {"a": lambda z: max(0, z)},
                {"a": lambda z: max(0, z[0])},
                {"a": lambda z: max(0.0, float(z))},
            ],
        ),
        Mistake(
            "max_for_maximum",
            "`np.max` looks for the largest entry along an axis, so your a loses that axis. "
            "`np.maximum(z, 0)` compares every entry with 0.",
            [
                {"a": lambda z: np.max(z, 0)},
                {"a": lambda z: np.max(z, 0, keepdims=True)},
                {"a": lambda z: np.max(z)},
                {"a": lambda z: np.max(np.maximum(z, 0))},
                {"a": lambda z: np.max(np.maximum(z, 0), axis=0)},
                {"a": lambda z: np.max(z, axis=1)},
                {"a": lambda z: np.max(z, axis=1, keepdims=True)},
                {"a": lambda z: np.max(np.maximum(z, 0), axis=1)},
                {"a": lambda z: np.max(0, z)},
                {"a": lambda z: np.max((0, z))},
                {"a": lambda z: np.maximum(np.max(z, 0), 0) + 0 * z},
            ],
            written=reading("max", "amax", "nanmax"),
        ),
    ],
)

RELU_BACKWARD = Task(
    right=relu_backward,
    returns={"dz": ""},
    probes=backward_probes(with_input, Probe(whole_numbers, SMALL, edge=True, seed=5)),
    hints={
        "dz": (
            "Where z was positive, the ReLU passed it on unchanged. Where it was not, the output "
            "was 0 whatever z did. What does that make of the slope?",
            "The slope is 1 where z > 0 and 0 elsewhere, at z = 0 too. The chain rule multiplies "
            "it by the gradient that arrives.",
            "A comparison counts as 1 and 0 in a product: `dz = da * (...)`.",
        )
    },
    mistakes=[
        Mistake(
            "zeros_for_zeros_like",
            "An array stands where a shape is expected: `np.zeros(z)` reads z as a shape. An array "
            "of zeros in the shape of z is `np.zeros_like(z)`.",
            {"dz": lambda da, z: np.zeros(z)},
            written=reading("zeros", "ones", "empty", "full"),
        ),
        Mistake(
            "matmul_for_elementwise",
            "Your dz comes from a matrix product. The ReLU works on each entry alone, so its "
            "gradient does too: multiply entry by entry, with `*`.",
            list(products(lambda da, z: (da, z > 0))),
        ),
        Mistake(
            "missing_upstream",
            "Your dz does not depend on da. The 1 where z > 0 is only the local part: the chain "
            "rule multiplies it by the gradient that arrives, da.",
            local(lambda z: z > 0, lambda z: z >= 0),
        ),
        Mistake(
            "activation_grad_missing",
            "Your dz is da itself: the derivative of the ReLU is left out. Nothing comes back "
            "where z is 0 or below.",
            rule(lambda z: 1),
        ),
        Mistake(
            "mask_only_exact_zero",
            "Your dz is 0 only where z is exactly 0. That would fit the output, which is 0 for "
            "every closed unit; z itself is negative there: the question is z > 0.",
            rule(lambda z: z != 0),
        ),
        Mistake(
            "mask_inverted",
            "Your mask is the wrong way round: the gradient passes where z is negative. It passes "
            "where z > 0, where the ReLU let z through.",
            rule(lambda z: z <= 0, lambda z: z < 0),
        ),
        Mistake(
            "mask_on_wrong_tensor",
            "Your mask asks for the sign of da. Whether a unit was open was decided on the way "
            "forward, by z.",
            {"dz": lambda da, z: np.maximum(da, 0)},
        ),
        Mistake(
            "value_for_derivative",
            "Your dz multiplies da by the value of the ReLU, and its slope is asked for: 1 where "
            "z > 0.",
            rule(lambda z: np.maximum(z, 0)),
        ),
        Mistake(
            "wrong_activation_rule",
            "Your dz follows the rule of another activation (sigmoid, tanh, or a leaky ReLU). That "
            "of the ReLU is 1 where z > 0, and 0 elsewhere.",
            rule(
                lambda z: z * (1 - z),
                lambda z: 1 - z**2,
                lambda z: sigmoid(z) * (1 - sigmoid(z)),
                lambda z: 1 - np.tanh(z) ** 2,
                sigmoid,
                *(lambda z, s=s: np.where(z > 0, 1, s) for s in (0.01, 0.1, 0.2, 0.001, 0.02)),
                *(lambda z, s=s: np.where(z >= 0, 1, s) for s in (0.01, 0.1, 0.2, 0.001, 0.02)),
            ),
        ),
        Mistake(
            "sign_flipped",
            "Your dz is the right one with the opposite sign. The ReLU never falls: its slope is 1 "
            "or 0.",
            rule(lambda z: -1.0 * (z > 0)),
        ),
        Mistake(
            "relu_at_zero_one",
            "At z = 0 your slope is 1 (z >= 0), and 0 is agreed here (z > 0). The ReLU has a "
            "corner there, so both are in use; everywhere else your dz is right.",
            rule(lambda z: z >= 0),
            convention=True,
        ),
        Mistake(
            "relu_at_zero_half",
            "At z = 0 your slope is 1/2, which is what a central difference reports, and 0 is "
            "agreed here. The ReLU has a corner there; everywhere else your dz is right.",
            rule(lambda z: np.heaviside(z, 0.5)),
            convention=True,
        ),
    ],
)


def leaky(*factors):
    """Wrong local factors of the leaky ReLU: dz = da · factor(z, slope)."""
    return [{"dz": lambda da, z, slope, factor=factor: da * factor(z, slope)} for factor in factors]


LEAKY_RELU_BACKWARD = Task(
    right=leaky_relu_backward,
    returns={"dz": ""},
    probes=[
        Probe(with_slope(), RECTANGLE | {"slope": 0.2}),
        Probe(with_slope(), SMALL | {"slope": 0.3}, seed=1),
        Probe(with_slope(), SQUARE | {"slope": 2.5}, seed=2),
        Probe(with_slope(zero=True), SMALL | {"slope": 0.25}, edge=True, seed=3),
        Probe(with_slope(), {"N": 1, "M": 4, "slope": 0.01}, edge=True, seed=4),
        Probe(with_slope(), SMALL | {"slope": 0}, edge=True, seed=5),
        Probe(with_slope(whole=True), SMALL | {"slope": 2.5}, edge=True, seed=6),
        Probe(with_slope(whole=True), RECTANGLE | {"slope": 0.2}, edge=True, seed=7),
        Probe(single(with_slope()), RECTANGLE | {"slope": 0.2}, edge=True, seed=8),
    ],
    hints={
        "dz": (
            "As with the ReLU, a positive z was passed on unchanged. A negative one was multiplied "
            "by slope, so something of the gradient comes back there too.",
            "The local factor is 1 where z > 0 and slope elsewhere, at z = 0 too. The chain rule "
            "multiplies it by the gradient that arrives, on both sides.",
            "`dz = da * np.where(z > 0, ..., ...)`.",
        )
    },
    mistakes=[
        Mistake(
            "missing_upstream",
            "Your dz does not depend on da. 1 and slope are only the local part: the chain rule "
            "multiplies them by the gradient that arrives, da.",
            {"dz": lambda da, z, slope: np.where(z > 0, 1.0, slope)},
        ),
        Mistake(
            "missing_upstream_branch",
            "Where z is negative, your dz is slope itself ({slope}), the same everywhere. There "
            "too the chain rule multiplies by the gradient that arrives: slope · da.",
            {"dz": lambda da, z, slope: np.where(z > 0, da, slope)},
        ),
        Mistake(
            "missing_upstream_branch",
            "Where z is positive, your dz is 1 whatever arrives. There too the chain rule "
            "multiplies by the gradient that arrives, da.",
            {"dz": lambda da, z, slope: np.where(z > 0, 1, slope * da)},
        ),
        Mistake(
            "activation_grad_missing",
            "Your dz is da itself: the derivative of the leaky ReLU is left out. Where z is "
            "negative, only slope · da comes back.",
            leaky(lambda z, slope: 1),
        ),
        Mistake(
            "slope_ignored",
            "Where z is negative, your dz is 0, as for the plain ReLU. The leaky one lets slope · "
            "da through there; here slope is {slope}.",
            leaky(lambda z, slope: z > 0),
        ),
        Mistake(
            "mask_inverted",
            "The two sides are exchanged: slope stands where z is positive. It belongs to the "
            "negative side; the positive one has slope 1.",
            leaky(lambda z, slope: np.where(z > 0, slope, 1)),
        ),
        Mistake(
            "mask_on_wrong_tensor",
            "Your mask asks for the sign of da. Which side a unit was on was decided on the way "
            "forward, by z.",
            [
                {"dz": lambda da, z, slope: np.where(da > 0, da, slope * da)},
                {"dz": lambda da, z, slope: np.maximum(da, slope * da)},
            ],
        ),
        Mistake(
            "value_for_derivative",
            "Your dz multiplies da by the value of the leaky ReLU, and its slope is asked for: 1 "
            "where z > 0, slope elsewhere.",
            leaky(
                lambda z, slope: np.where(z > 0, z, slope * z),
                lambda z, slope: np.maximum(z, slope * z),
            ),
        ),
        Mistake(
            "hyperparameter_hard_coded",
            "Where z is negative, your factor is the same for every slope: a fixed number stands "
            "where the argument slope belongs. Here slope is {slope}.",
            leaky(
                *(
                    lambda z, slope, fixed=fixed: np.where(z > 0, 1, fixed)
                    for fixed in (0.01, 0.1, 0.2, 0.3, 0.001, 0.02, 0.05, 0.25, 0.5)
                )
            ),
        ),
        Mistake(
            "int_dtype_truncation",
            "Right where z holds floats, but an array made in the dtype of z, with `zeros_like` or "
            "`ones_like`, can hold nothing but whole numbers where z does: a slope of {slope} is "
            "cut off there. Let the product make the array, or say `dtype=float`.",
            leaky(lambda z, slope: np.where(z > 0, 1, np.asarray(slope).astype(z.dtype)))
            + [{"dz": lambda da, z, slope: leaky_relu_backward(da, z, slope).astype(z.dtype)}],
        ),
        Mistake(
            "relu_at_zero_one",
            "At z = 0 your factor is 1 (z >= 0), and slope is agreed here (z > 0). The function "
            "has a corner there, so both are in use; everywhere else your dz is right.",
            leaky(lambda z, slope: np.where(z >= 0, 1, slope)),
            convention=True,
        ),
        Mistake(
            "relu_at_zero_half",
            "At z = 0 your factor is halfway between slope and 1, which is what a central "
            "difference reports, and slope is agreed here. Everywhere else your dz is right.",
            leaky(lambda z, slope: np.where(z == 0, (1 + slope) / 2, np.where(z > 0, 1, slope))),
            convention=True,
        ),
    ],
)
