"""Gradient checking: the mistakes as learners write them, and right solutions in many forms."""

import numpy as np

from backprop_lab.grading import check

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def walked(quotient, before="", after="x[at] = kept", convert="", dtype="dtype=float"):
    """A learner's loop with NumPy's iterator, around its middle line."""
    source = f"""
def numerical_gradient(f, x, eps):
    {convert or "pass"}
    {before or "pass"}
    grad = np.zeros_like(x, {dtype})
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        at = it.multi_index
        kept = x[at].copy()
        {quotient}
        {after}
        it.iternext()
    return grad
"""
    names = {"np": np}
    exec(source, names)
    return names["numerical_gradient"]


UP = "x[at] = kept + eps; up = f(x); "
DOWN = "x[at] = kept - eps; down = f(x); "
FLOAT = "x = np.array(x, dtype=float)"


def backup_is_a_view(f, x, eps):
    grad = np.zeros(x.shape)
    backup = x
    for i in np.ndindex(*x.shape):
        x[i] += eps
        plus = f(x)
        x[i] -= 2 * eps
        grad[i] = (plus - f(x)) / (2 * eps)
        x = backup
    return grad


def forward_difference(f, x, eps):
    grad, here = np.zeros(x.shape), f(x)
    for i in np.ndindex(x.shape):
        moved = x.astype(float)
        moved[i] += eps
        grad[i] = (f(moved) - here) / eps
    return grad


def backward_difference(f, x, eps):
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        moved = x.astype(float)
        moved[i] -= eps
        grad[i] = (f(x) - f(moved)) / eps
    return grad


def like_x(f, x, eps):
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        a, b = x.astype(float), x.astype(float)
        a[i] += eps
        b[i] -= eps
        grad[i] = (f(a) - f(b)) / (2 * eps)
    return grad


def copies_of_whole_numbers(f, x, eps):
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        a, b = x.copy(), x.copy()
        a[i] = x[i] + eps
        b[i] = b[i] - eps
        grad[i] = (f(a) - f(b)) / (a[i] - b[i] if x.dtype.kind == "f" else 2 * eps)
    return grad


CENTRAL = "grad[at] = (up - down) / (2 * eps)"

NUMERICAL = [
    ("x_not_restored", walked(UP + DOWN + CENTRAL, after="pass")),
    ("x_not_restored", walked(DOWN + UP + CENTRAL, after="pass")),
    ("x_not_restored", backup_is_a_view),
    ("sign_flipped", walked(UP + DOWN + "grad[at] = (down - up) / (2 * eps)")),
    ("factor_two_missing", walked(UP + DOWN + "grad[at] = (up - down) / eps")),
    ("operator_precedence", walked(UP + DOWN + "grad[at] = (up - down) / 2 * eps")),
    ("operator_precedence", walked(UP + DOWN + "grad[at] = up - down / (2 * eps)")),
    ("one_sided_difference", forward_difference),
    ("one_sided_difference", backward_difference),
    ("one_sided_difference", walked(UP + "x[at] = kept; grad[at] = (up - f(x)) / eps")),
    ("eps_hard_coded_large", walked(UP + DOWN + CENTRAL, before="eps = 0.1")),
    ("eps_hard_coded_large", walked(UP + DOWN + CENTRAL, before="eps = 0.5", convert=FLOAT)),
    ("eps_too_small", walked(UP + DOWN + CENTRAL, before="eps = 1e-14")),
    ("eps_too_small", walked(UP + DOWN + CENTRAL, before="eps = 1e-12", convert=FLOAT)),
    (
        "eps_too_small",
        walked(
            "x[at] += 1e-14; up = f(x); x[at] -= 2e-14; grad[at] = (up - f(x)) / 2e-14",
        ),
    ),
    ("hyperparameter_hard_coded", walked(UP + DOWN + CENTRAL, before="eps = 1e-5")),
    ("hyperparameter_hard_coded", walked(UP + DOWN + CENTRAL, before="eps = 1e-6")),
    ("int_dtype_truncation", like_x),
    ("int_dtype_truncation", copies_of_whole_numbers),
    ("int_dtype_truncation", walked(UP + DOWN + CENTRAL)),
    ("int_dtype_truncation", walked(UP + DOWN + CENTRAL, dtype="dtype=x.dtype")),
]


@for_each_mistake(NUMERICAL)
def test_numerical_mistake_is_named(key, solution):
    assert_named("numerical_gradient", solution, key)


def test_what_is_left_in_x_is_told_in_the_learners_numbers():
    solution = walked(UP + DOWN + CENTRAL, after="pass")

    result = check("numerical_gradient", solution)

    assert "x afterwards[" in result.message
    assert "lambda x: np.sum(np.sin(x))" in result.example


@for_each(
    [
        walked(UP + DOWN + CENTRAL + " + 1e-6"),
        walked(UP + DOWN + "grad[at] = (up - down) / (3 * eps)"),
        walked(UP + DOWN + CENTRAL, after="x[at] = 0"),
        walked(UP + DOWN + CENTRAL, before="eps = eps / 2"),
        lambda f, x, eps: np.zeros(x.shape),
        lambda f, x, eps: (f(x + eps) - f(x - eps)) / (2 * eps),
        lambda f, x, eps: np.full(x.shape, (f(x + eps) - f(x - eps)) / (2 * eps)),
        lambda f, x, eps: np.cos(x),
    ],
)
def test_an_unknown_mistake_in_the_numerical_gradient_is_rejected_without_a_name(solution):
    assert_unnamed("numerical_gradient", solution)


def there_and_back(f, x, eps):
    """Leaves a rounding error in x, of which nobody takes notice."""
    x_float = x if x.dtype.kind == "f" else x.astype(float)
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        x_float[i] += eps
        above = f(x_float)
        x_float[i] -= 2 * eps
        below = f(x_float)
        x_float[i] += eps
        grad[i] = (above - below) / eps / 2
    return grad


def with_unit_vectors(f, x, eps):
    units = np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([(f(x + eps * u) - f(x - eps * u)) / 2 / eps for u in units]).reshape(x.shape)


def as_a_mean_of_both_sides(f, x, eps):
    grad, here = np.empty(x.shape), f(x)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = eps
        right, left = (f(x + step) - here) / eps, (here - f(x - step)) / eps
        grad[i] = (right + left) / 2
    return grad


def on_a_flat_copy(f, x, eps):
    flat, grad = x.astype(float).ravel(), []
    for i, old in enumerate(flat.copy()):
        flat[i] = old + eps
        above = f(flat.reshape(x.shape))
        flat[i] = old - eps
        grad += [0.5 * (above - f(flat.reshape(x.shape))) / eps]
        flat[i] = old
    return np.reshape(grad, x.shape)


@for_each(
    [
        walked(UP + DOWN + CENTRAL, convert=FLOAT),
        there_and_back,
        with_unit_vectors,
        as_a_mean_of_both_sides,
        on_a_flat_copy,
    ],
)
def test_right_numerical_gradient_is_accepted_in_whatever_form(solution):
    assert_accepted("numerical_gradient", solution)


def relative(numerator="abs(a - b)", denominator="abs(a) + abs(b)", floor=True, last="np.max"):
    """A learner's relative error, of these parts."""
    below = f"np.maximum({denominator}, 1e-12)" if floor else denominator
    return eval(f"lambda a, b: {last}({numerator} / ({below}))", {"np": np})


def norms(a, b):
    top = np.linalg.norm(a - b)
    return top / (np.linalg.norm(a) + np.linalg.norm(b))


def sums(a, b):
    return np.sqrt(np.sum(np.square(b - a))) / np.sqrt(np.sum(np.square(a + b)))


RELATIVE = [
    ("one_sided_denominator", relative(denominator="abs(b)", floor=False)),
    ("one_sided_denominator", relative(denominator="abs(a)")),
    ("mean_for_max", relative(last="np.mean")),
    ("absolute_for_relative", lambda a, b: np.abs(a - b).max()),
    ("absolute_for_relative", lambda a, b: np.sum(np.abs(b - a))),
    ("zero_over_zero", relative(floor=False)),
    ("zero_over_zero", lambda a, b: np.amax(np.fabs(b - a) / (np.fabs(a) + np.fabs(b)))),
    ("numerator_equals_denominator", relative(numerator="(abs(a) + abs(b))")),
    (
        "global_scale_hides_entries",
        lambda a, b: np.max(np.abs(a - b)) / np.max(np.abs(a) + np.abs(b)),
    ),
    (
        "global_scale_hides_entries",
        lambda a, b: abs(a - b).max() / np.maximum(abs(a), abs(b)).max(),
    ),
    ("max_denominator_convention", relative(denominator="np.maximum(abs(a), abs(b))")),
    (
        "max_denominator_convention",
        lambda a, b: max(abs(x - y) / max(abs(x), abs(y), 1e-12) for x, y in zip(a.flat, b.flat)),
    ),
    ("norm_form_convention", norms),
    ("norm_form_convention", sums),
]


@for_each_mistake(RELATIVE)
def test_relative_mistake_is_named(key, solution):
    assert_named("relative_error", solution, key)


def test_other_books_forms_are_called_conventions():
    for key, solution in RELATIVE:
        assert check("relative_error", solution).convention is key.endswith("_convention")


@for_each(
    [
        relative(numerator="(a - b)"),
        relative(last="np.min"),
        relative(last="np.sum"),
        relative(denominator="abs(a + b)"),
        relative(denominator="(abs(a) + abs(b)) / 2"),
        relative(denominator="abs(a) + abs(b) + 1"),
        lambda a, b: 2 * relative()(a, b),
        lambda a, b: np.max(np.abs(a - b) / np.maximum(np.abs(a) + np.abs(b), 1e-6)),
    ],
)
def test_an_unknown_mistake_in_the_relative_error_is_rejected_without_a_name(solution):
    assert_unnamed("relative_error", solution)


def loop_over_entries(a, b):
    worst = 0.0
    for at in np.ndindex(a.shape):
        scale = abs(a[at]) + abs(b[at])
        worst = max(worst, abs(a[at] - b[at]) / max(scale, 1e-12))
    return float(worst)


def zeros_left_out(a, b):
    scale = np.abs(a) + np.abs(b)
    return np.divide(np.abs(a - b), scale, out=np.zeros(a.shape), where=scale > 0).max()


def by_sorting(a, b):
    ratios = np.abs(np.subtract(a, b)) / np.clip(np.abs(a) + np.abs(b), 1e-12, None)
    return np.sort(ratios, axis=None)[-1]


@for_each([relative(), loop_over_entries, zeros_left_out, by_sorting])
def test_right_relative_error_is_accepted_in_whatever_form(solution):
    assert_accepted("relative_error", solution)
