"""Gradient checking: a gradient by trying it out, and how far two gradients are apart."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..task import Facts, Mistake, Probe, Task


def numerical_gradient(f, x, eps):
    """Estimate ∂f/∂x[i] as (f(x + eps at i) - f(x - eps at i)) / (2 · eps), entry by entry."""
    moved = np.array(x, dtype=np.float32 if x.dtype == np.float32 else float)
    grad = np.zeros_like(moved)
    for i in np.ndindex(x.shape):
        moved[i] = x[i] + eps
        above = f(moved)
        moved[i] = x[i] - eps
        below = f(moved)
        moved[i] = x[i]
        grad[i] = (above - below) / (2 * eps)
    return grad


def relative_error(a, b):
    """Compute max |a - b| / max(|a| + |b|, 1e-12)."""
    return (np.abs(a - b) / np.maximum(np.abs(a) + np.abs(b), 1e-12)).max()


@dataclass(frozen=True, eq=False)
class Formula:
    """A function that shows as what it computes."""

    text: str
    function: Callable

    def __call__(self, x):
        """Compute it."""
        return self.function(x)

    def __repr__(self):
        return self.text


WAVES = Formula(
    "lambda x: np.sum(np.sin(x)) + np.sum(x) ** 3 / 5",
    lambda x: np.sum(np.sin(x)) + np.sum(x) ** 3 / 5,
)
SQUARES = Formula("lambda x: np.sum(x) ** 2 / 2", lambda x: np.sum(x) ** 2 / 2)


def tried(solution, f, x, eps):
    """Take the gradient, and look what became of x, to a rounding error."""
    given = x.copy()
    grad = solution(f, given, eps)
    if grad is None or type(grad) is tuple:
        return grad
    return Facts({"x afterwards": given, "grad": grad})


def around(f, *shape, dtype=float):
    """Arguments of a gradient check: f, x of this shape, eps."""
    return lambda rng, eps: (f, (rng.normal(size=shape).round(1) + 0.3).astype(dtype), eps)


def differenced(quotient, moves=(1, -1), leaves=0.0, eps=None):
    """Make a whole solution of another quotient of the two values, or of another step.

    `moves` are the two places in units of the step, `leaves` is what stays of the step in x.
    """

    def wrong(f, x, given):
        step = given if eps is None else eps
        grad = np.zeros(x.shape, np.float32 if x.dtype == np.float32 else float)
        for i in np.ndindex(x.shape):
            old = x[i]
            values = []
            for move in moves:
                x[i] = old + move * step
                values.append(f(x))
            x[i] = old + leaves * step
            grad[i] = quotient(*values, step)
        return grad

    return wrong


def hopping(step=None):
    """Make a central difference that moves x itself there and back, with another step."""

    def wrong(f, x, given):
        eps = given if step is None else step
        grad = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            old = x[i]
            x[i] += eps
            above = f(x)
            x[i] -= 2 * eps
            grad[i] = central(above, f(x), eps)
            x[i] = old
        return grad

    return wrong


def central(above, below, eps):
    """Central difference."""
    return (above - below) / (2 * eps)


def steps(*sizes):
    """Central differences that take a step of their own, in both ways of moving x."""
    for size in sizes:
        yield differenced(central, eps=size)
        yield hopping(size)


def whole(solution):
    """Let grad hold whole numbers where x does."""
    return lambda f, x, eps: solution(f, x, eps).astype(x.dtype)


NUMERICAL = Task(
    right=numerical_gradient,
    returns={"grad": "like x"},
    use=tried,
    probes=[
        Probe(around(WAVES, 3), {"eps": 0.05}),
        Probe(around(WAVES, 2), {"eps": 0.25}, seed=1),
        Probe(around(WAVES, 2, 3), {"eps": 0.002}, seed=2),
        Probe(around(SQUARES, 2), {"eps": 0.3}, seed=3),
        Probe(around(WAVES, 2), {"eps": 0.00002}, seed=4),
        Probe(around(WAVES, 1), {"eps": 0.4}, edge=True, seed=5),
        Probe(around(WAVES, 2, 1, 3), {"eps": 0.15}, edge=True, seed=6),
        Probe(
            lambda rng, eps: (WAVES, rng.integers(-2, 3, size=4), eps),
            {"eps": 0.12},
            edge=True,
            seed=7,
        ),
        Probe(around(WAVES, 3, dtype=np.float32), {"eps": 0.2}, edge=True, seed=8),
    ],
    hints={
        "grad": (
            "One entry of x at a time: move it up by eps, ask f; move it down by eps, ask f again; "
            "put it back.",
            "The slope is the rise of f divided by the way between the two places, and that is "
            "2·eps. x may have any shape: `np.ndindex(x.shape)` walks through all its entries.",
            "`grad[i] = (above - below) / (...)`, with brackets around both differences, and "
            "`x[i] = old` at the end of the loop. Let grad hold floats, whatever x holds.",
        ),
        "x afterwards": (
            "Compare x before and after the call. Does every entry come back?",
            "`old = x[i]` keeps the number itself. Put it back before you go to the next entry.",
            "`x[i] = old`, as the last line of the loop.",
        ),
    },
    mistakes=[
        Mistake(
            "x_not_restored",
            "After the call, x is not what it was: an entry that was moved does not come back, "
            "and every later entry is tried at another place than x. Keep the old number, "
            "`old = x[i]` (a slice or `x` itself would be a view), and write it back.",
            [
                *(differenced(central, leaves=each) for each in (-1.0, 1.0, -2.0)),
                differenced(lambda below, above, h: central(above, below, h), (-1, 1), 1.0),
                differenced(lambda above, here, h: (above - here) / h, (1, 0), 1.0),
                differenced(lambda here, above, h: (above - here) / h, (0, 1), 1.0),
            ],
        ),
        Mistake(
            "sign_flipped",
            "Your grad is the right one with the opposite sign: it is f above minus f below.",
            differenced(lambda above, below, h: -central(above, below, h)),
        ),
        Mistake(
            "factor_two_missing",
            "Your grad is the right one times 2. From x - eps to x + eps it is 2·eps: divide by "
            "all of it.",
            differenced(lambda above, below, h: (above - below) / h),
        ),
        Mistake(
            "operator_precedence",
            "A pair of brackets is missing: Python divides and multiplies from left to right, "
            "before it subtracts. Write `(above - below) / (2 * eps)`.",
            [
                differenced(lambda above, below, h: (above - below) / 2 * h),
                differenced(lambda above, below, h: above - below / (2 * h)),
                differenced(lambda above, below, h: above - below / 2 * h),
                differenced(lambda above, below, h: (above - below) / h / 2 * h * h),
            ],
        ),
        Mistake(
            "one_sided_difference",
            "Your grad is taken from one side, (f(x + eps) - f(x)) / eps, and its error is as "
            "large as eps. From both sides the largest part of the error cancels: "
            "(f(x + eps) - f(x - eps)) / (2·eps).",
            [
                differenced(lambda above, here, h: (above - here) / h, (1, 0)),
                differenced(lambda here, below, h: (here - below) / h, (0, -1)),
            ],
        ),
        Mistake(
            "eps_hard_coded_large",
            "Your step does not depend on the argument eps: a fixed one is in your code, and it "
            "is so large that the curve bends on the way. Here eps is {eps}.",
            list(steps(1.0, 0.5, 0.2, 0.1, 0.05, 0.01, 0.02)),
        ),
        Mistake(
            "eps_too_small",
            "Your step does not depend on the argument eps: a fixed one is in your code, and it "
            "is so small that f above and f below agree in nearly all their digits. What is left "
            "is rounding. Here eps is {eps}.",
            list(steps(*(10.0**-k for k in range(9, 18)))),
        ),
        Mistake(
            "hyperparameter_hard_coded",
            "Your step does not depend on the argument eps: a fixed one is in your code. Here eps "
            "is {eps}.",
            list(steps(*(10.0**-k for k in range(3, 9)))),
        ),
        Mistake(
            "int_dtype_truncation",
            "Right where x holds floats. Where it holds whole numbers, fractions are cut off: in "
            "an array made by `np.zeros_like(x)`, or in x itself, where x[i] + eps is x[i] again. "
            "Say `dtype=float`, and move a copy of x that holds floats.",
            [
                whole(numerical_gradient),
                differenced(central),
                whole(differenced(central)),
                hopping(),
                whole(hopping()),
            ],
        ),
    ],
)


def norm(a):
    """Length of all entries as one vector."""
    return np.sqrt((a**2).sum())


def over(scale, error=lambda a, b: np.abs(a - b), of_all=np.max):
    """Make a relative error with another scale, another numerator, or another way to sum up."""
    return {"error": lambda a, b: of_all(error(a, b) / scale(a, b))}


def both(a, b):
    """Add |a| and |b|, and keep the sum from zero."""
    return np.maximum(np.abs(a) + np.abs(b), 1e-12)


def pair(*shape, off=0.1, zeros=0, scale=1.0):
    """Arguments: a gradient, and another one that differs from it a little, or more."""

    def make(rng, n):
        a = (rng.normal(size=shape or n) * 3).round(1) * scale + 0.05 * scale
        b = (a * (1 + off * rng.normal(size=a.shape))).round(15)
        a.flat[:zeros] = b.flat[:zeros] = 0
        return a, b

    return make


def one_small_entry_off(rng, n):
    """Right but in one small entry, where the two differ by half."""
    a = rng.normal(size=n) * 100
    b = a * (1 + 1e-7)
    a[1], b[1] = 1e-3, 3e-3
    return a, b


def one_is_zero(rng, n):
    """In one entry, one gradient is zero and the other is not."""
    a, b = pair()(rng, n)
    b[0] = 0
    return a, b


def larger(ratios):
    """Take the maximum of those that are numbers."""
    return np.fmax.reduce(ratios, axis=None)


def over_plain_numbers(a, b):
    """Divide Python's numbers, which raise where NumPy warns."""
    pairs = list(zip(a.ravel().tolist(), b.ravel().tolist()))
    return np.float64(max(abs(x - y) / (abs(x) + abs(y)) for x, y in pairs))


RELATIVE = Task(
    right=relative_error,
    returns={"error": ""},
    probes=[
        Probe(pair(), {"n": 4}),
        Probe(pair(off=1.5), {"n": 3}, seed=1),
        Probe(one_small_entry_off, {"n": 4}, seed=2),
        Probe(pair(off=1e-6), {"n": 2}, seed=3),
        Probe(pair(2, 3), {"n": 6}, edge=True, seed=4),
        Probe(one_is_zero, {"n": 3}, edge=True, seed=5),
        Probe(pair(off=0.5, scale=1e-9), {"n": 3}, edge=True, seed=6),
        Probe(pair(zeros=1), {"n": 3}, edge=True, seed=7),
        Probe(lambda rng, n: (np.zeros(n), np.zeros(n)), {"n": 2}, edge=True),
    ],
    hints={
        "error": (
            "For each entry: how far are a and b apart, compared with how large they are? Then "
            "the worst entry counts.",
            "The difference |a - b| over the size |a| + |b|, entry by entry, is between 0 and 1. "
            "Where both are 0, keep the denominator from being 0.",
            "`np.abs(a - b) / np.maximum(..., 1e-12)`, and the largest entry of that.",
        )
    },
    mistakes=[
        Mistake(
            "numerator_equals_denominator",
            "Your error is 1, however close a and b are: |a| + |b| stands above and below. Above "
            "belongs the difference, |a - b|.",
            [
                over(both, lambda a, b: np.abs(a) + np.abs(b)),
                over(both, lambda a, b: both(a, b)),
                over(lambda a, b: np.abs(a - b), lambda a, b: np.abs(a - b)),
            ],
        ),
        Mistake(
            "absolute_for_relative",
            "Your error is an absolute one: it grows with a and b. Compare the difference with "
            "the size of the two, |a| + |b|, entry by entry.",
            [
                over(lambda a, b: 1),
                over(lambda a, b: 1, of_all=np.sum),
                over(lambda a, b: 1, of_all=np.mean),
                over(lambda a, b: 1, of_all=norm),
            ],
        ),
        Mistake(
            "mean_for_max",
            "Your error is the mean over the {n} entries: one wrong entry among many right ones "
            "hardly shows. Take the largest.",
            over(both, of_all=np.mean),
        ),
        Mistake(
            "global_scale_hides_entries",
            "You divide by one scale for all entries, the largest anywhere, so a small entry may "
            "be all wrong and not show. Divide entry by entry, and take the largest then.",
            [
                over(lambda a, b: both(a, b).max()),
                over(lambda a, b: max(np.abs(a).max(), np.abs(b).max())),
                over(lambda a, b: np.abs(a).max() + np.abs(b).max()),
                over(lambda a, b: np.abs(b).max()),
                over(lambda a, b: np.abs(a).max()),
            ],
        ),
        Mistake(
            "norm_form_convention",
            "Your error is a ratio of two norms, as in some courses: ‖a - b‖ / (‖a‖ + ‖b‖). One "
            "small wrong entry can hide in it. In this course each entry has its own ratio, and "
            "the largest counts.",
            [
                over(lambda a, b: norm(a) + norm(b), of_all=norm),
                over(lambda a, b: norm(a + b), of_all=norm),
                over(lambda a, b: max(norm(a), norm(b)), of_all=norm),
                over(lambda a, b: norm(a), of_all=norm),
                over(lambda a, b: norm(b), of_all=norm),
            ],
            convention=True,
        ),
        Mistake(
            "max_denominator_convention",
            "You divide by the larger of |a| and |b|, as some books do, which is up to twice as "
            "strict. In this course it is their sum: |a - b| / (|a| + |b|).",
            over(lambda a, b: np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12)),
            convention=True,
        ),
        Mistake(
            "one_sided_denominator",
            "You divide by the size of one of the two alone: the error is about twice the right "
            "one, and infinite where that one is 0. Divide by |a| + |b|.",
            [over(lambda a, b: np.abs(b)), over(lambda a, b: np.abs(a))],
        ),
        Mistake(
            "zero_over_zero",
            "Right, but where a and b are both 0 yours is 0/0. Two gradients that agree have the "
            "error 0: keep the denominator from zero, `np.maximum(..., 1e-12)`.",
            [
                over(lambda a, b: np.abs(a) + np.abs(b)),
                over(lambda a, b: np.abs(a) + np.abs(b), of_all=larger),
                {"error": over_plain_numbers},
            ],
        ),
    ],
)
