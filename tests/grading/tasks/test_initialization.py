"""Initial weights: the mistakes as learners write them, and right solutions in many forms."""

import math
import random

import numpy as np
import pytest

from backprop_lab.grading import check

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def init(expression):
    """A learner's one line, of fan_in, fan_out and rng."""
    names = {"np": np, "math": math, "random": random}
    return eval(f"lambda fan_in, fan_out, rng: {expression}", names)


def seeds_the_global_generator(fan_in, fan_out, rng):
    np.random.seed(42)  # noqa: NPY002
    return np.random.randn(fan_in, fan_out) * np.sqrt(2.0 / fan_in)  # noqa: NPY002


def makes_its_own_generator(fan_in, fan_out, rng):
    rng = np.random.default_rng(1)
    limit = math.sqrt(6 / fan_in)
    return rng.uniform(-limit, limit, size=(fan_in, fan_out))


SIZE = "(fan_in, fan_out)"
RANDN = f"rng.standard_normal({SIZE})"

HE = [
    ("init_zeros", init(f"np.zeros({SIZE})")),
    ("init_zeros", init(f"0 * {RANDN}")),
    ("seed_fixed_inside", makes_its_own_generator),
    ("seed_fixed_inside", seeds_the_global_generator),
    ("global_rng", init("np.random.randn(fan_in, fan_out) * np.sqrt(2 / fan_in)")),
    (
        "global_rng",
        init("np.random.default_rng().normal(0, (2 / fan_in) ** 0.5, (fan_in, fan_out))"),
    ),
    (
        "global_rng",
        init(
            "np.array([[random.gauss(0, (2 / fan_in) ** 0.5) for _ in range(fan_out)] "
            "for _ in range(fan_in)])"
        ),
    ),
    ("rand_for_randn", init(f"rng.random({SIZE}) * np.sqrt(2 / fan_in)")),
    ("rand_for_randn", init(f"rng.uniform(0, np.sqrt(6 / fan_in), {SIZE})")),
    ("init_fixed_scale", init(f"0.01 * {RANDN}")),
    ("init_fixed_scale", init(RANDN)),
    ("factor_two_missing", init(f"{RANDN} / np.sqrt(fan_in)")),
    ("factor_two_missing", init(f"rng.uniform(-1, 1, {SIZE}) * np.sqrt(3 / fan_in)")),
    ("init_std_as_limit", init(f"rng.uniform(-np.sqrt(2 / fan_in), np.sqrt(2 / fan_in), {SIZE})")),
    ("sqrt_missing", init(f"{RANDN} * (2 / fan_in)")),
    ("sqrt_missing", init(f"rng.uniform(-6 / fan_in, 6 / fan_in, {SIZE})")),
    ("init_wrong_formula", init(f"{RANDN} * np.sqrt(2 / (fan_in + fan_out))")),
    (
        "init_wrong_formula",
        init(f"math.sqrt(6 / (fan_in + fan_out)) * rng.uniform(-1, 1, {SIZE})"),
    ),
    ("init_wrong_fan", init(f"{RANDN} * np.sqrt(2 / fan_out)")),
]

XAVIER = [
    ("init_zeros", init(f"np.zeros({SIZE})")),
    (
        "seed_fixed_inside",
        init(
            "np.random.default_rng(7).normal(0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))"
        ),
    ),
    ("global_rng", init("np.random.normal(0, (2 / (fan_in + fan_out)) ** 0.5, (fan_in, fan_out))")),
    ("rand_for_randn", init(f"rng.random({SIZE}) * np.sqrt(2 / (fan_in + fan_out))")),
    ("init_fixed_scale", init(f"rng.normal(0, 0.01, {SIZE})")),
    ("factor_two_missing", init(f"{RANDN} * np.sqrt(1 / (fan_in + fan_out))")),
    (
        "init_std_as_limit",
        init(f"(2 * rng.random({SIZE}) - 1) * np.sqrt(2 / (fan_in + fan_out))"),
    ),
    ("sqrt_missing", init(f"rng.normal(scale=2 / (fan_in + fan_out), size={SIZE})")),
    ("operator_precedence", init(f"{RANDN} * np.sqrt(2 / fan_in + fan_out)")),
    (
        "operator_precedence",
        init(f"rng.uniform(-1, 1, {SIZE}) * np.sqrt(6 / fan_in + fan_out)"),
    ),
    ("init_wrong_formula", init(f"{RANDN} * np.sqrt(2 / fan_in)")),
    ("init_fan_in_only", init(f"{RANDN} * np.sqrt(1 / fan_in)")),
    ("init_fan_in_only", init(f"rng.uniform(-1, 1, {SIZE}) * np.sqrt(3 / fan_in)")),
    ("init_factor_three", init(f"rng.normal(0, np.sqrt(3 / (fan_in + fan_out)), {SIZE})")),
]


@for_each_mistake(HE)
def test_he_mistake_is_named(key, solution):
    assert_named("he_init", solution, key)


@for_each_mistake(XAVIER)
def test_xavier_mistake_is_named(key, solution):
    assert_named("xavier_init", solution, key)


def test_another_librarys_xavier_is_called_a_convention():
    for key, solution in XAVIER:
        assert check("xavier_init", solution).convention is (key == "init_fan_in_only")


def test_a_mistake_made_on_purpose_leaves_the_learners_global_generator_alone():
    np.random.seed(5)  # noqa: NPY002
    expected = np.random.rand(3)  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    check("he_init", init(f"0.3 * {RANDN}"))
    check("he_init", seeds_the_global_generator)

    np.testing.assert_array_equal(np.random.rand(3), expected)  # noqa: NPY002


def remembers_the_first_draw(fan_in, fan_out, rng, kept={}):  # noqa: B006
    if (fan_in, fan_out) not in kept:
        kept[fan_in, fan_out] = rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))
    return kept[fan_in, fan_out].copy()


def one_row_for_all(fan_in, fan_out, rng):
    return np.tile(rng.normal(0, np.sqrt(2 / fan_in), fan_out), (fan_in, 1))


@for_each(
    [
        init(f"{RANDN} * np.sqrt(2.5 / fan_in)"),
        init("rng.standard_normal((fan_out, fan_in)) * np.sqrt(2 / fan_in)"),
        init("rng.standard_normal(fan_in * fan_out) * np.sqrt(2 / fan_in)"),
        init(f"rng.choice([-1, 1], {SIZE}) * np.sqrt(2 / fan_in)"),
        init(f"rng.laplace(0, np.sqrt(1 / fan_in), {SIZE})"),
        init(f"{RANDN} * np.sqrt(2 / fan_in) + 0.05"),
        init(f"np.abs({RANDN}) * np.sqrt(2 / fan_in)"),
        init(f"np.full({SIZE}, np.sqrt(2 / fan_in))"),
        one_row_for_all,
    ],
)
def test_an_unknown_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("he_init", solution)


def test_a_draw_that_is_remembered_is_rejected():
    assert not check("he_init", remembers_the_first_draw).passed


def test_a_transposed_shape_is_told_in_numbers():
    result = check("he_init", init("rng.standard_normal((fan_out, fan_in)) * np.sqrt(2 / fan_in)"))

    assert "W.shape[0]: yours is 62, the right one 84" in result.message


def by_entries(deviation):
    def solution(fan_in, fan_out, rng):
        W = np.empty((fan_in, fan_out))
        for i in range(fan_in):
            for j in range(fan_out):
                W[i, j] = rng.normal() * deviation(fan_in, fan_out)
        return W

    return solution


def by_box_and_muller(deviation):
    def solution(fan_in, fan_out, rng):
        u, v = 1 - rng.random((fan_in, fan_out)), rng.random((fan_in, fan_out))
        normal = np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)
        return normal * deviation(fan_in, fan_out)

    return solution


def uniform(deviation):
    def solution(fan_in, fan_out, rng):
        limit = np.sqrt(3) * deviation(fan_in, fan_out)
        return limit * (2 * rng.random((fan_in, fan_out)) - 1)

    return solution


def in_single_precision(deviation):
    def solution(fan_in, fan_out, rng):
        W = rng.standard_normal((fan_in, fan_out), dtype=np.float32)
        W *= deviation(fan_in, fan_out)
        return W

    return solution


def transposed(deviation):
    return lambda fan_in, fan_out, rng: (
        rng.normal(scale=deviation(fan_in, fan_out), size=(fan_out, fan_in)).T
    )


@pytest.mark.parametrize(
    "form", [by_entries, by_box_and_muller, uniform, in_single_precision, transposed]
)
def test_right_weights_are_accepted_in_whatever_form(form):
    assert_accepted("he_init", form(lambda fan_in, fan_out: (2 / fan_in) ** 0.5))
    assert_accepted("xavier_init", form(lambda a, b: math.sqrt(2 / (a + b))))


def test_chance_does_not_reject_a_right_one():
    """Other seeds: what is right is right whatever the generator gives."""
    for seed in range(25):
        shifted = init(
            f"(rng.random({seed}), rng.standard_normal((fan_in, fan_out)))[1] * np.sqrt(2 / fan_in)"
        )
        assert check("he_init", shifted).passed, seed
