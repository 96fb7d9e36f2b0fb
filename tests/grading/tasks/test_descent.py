"""Gradient descent: mistakes as learners write them, and right answers in many forms."""

import numpy as np

from backprop_lab.grading.tasks import TASKS

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def learner(step="w - lr * slope(w)", first="w.copy()", turns="steps", last="path"):
    """A learner's walk that fills an array row by row."""
    source = f"""
def descend(slope, w, lr, steps):
    path = np.zeros((steps + 1, len(w)))
    start = w
    path[0] = {first}
    for k in range({turns}):
        w = {step}
        path[k + 1] = w
    return {last}
"""
    names = {"np": np}
    exec(source, names)
    return names["descend"]


def in_one_array(slope, w, lr, steps):
    w = w.copy()
    path = [w]
    for _ in range(steps):
        w -= lr * slope(w)
        path.append(w)
    return path


def into_the_argument(slope, w, lr, steps):
    path = [w.copy()]
    for _ in range(steps):
        w -= lr * slope(w)
        path.append(w.copy())
    return np.array(path)


def without_the_start(slope, w, lr, steps):
    path = []
    for _ in range(steps):
        w = w - lr * slope(w)
        path.append(w)
    return np.array(path)


def once_more(slope, w, lr, steps):
    path = [w]
    while len(path) <= steps + 1:
        path.append(path[-1] - lr * slope(path[-1]))
    return np.stack(path)


def once_less(slope, w, lr, steps):
    path = [w]
    for _ in range(1, steps):
        path.append(path[-1] - lr * slope(path[-1]))
    return np.stack(path)


WALKS = [
    ("ascent_sign", learner("w + lr * slope(w)")),
    ("ascent_sign", learner("w - -lr * slope(w)")),
    ("start_missing", without_the_start),
    ("one_step_too_many", once_more),
    ("last_step_missing", once_less),
    ("slope_at_start", learner("w - lr * slope(start)")),
    ("steps_from_start", learner("start - lr * slope(w)")),
    ("lr_missing", learner("w - slope(w)")),
    ("lr_divides", learner("w - slope(w) / lr")),
    ("lr_scales_weights", learner("lr * (w - slope(w))")),
    ("same_array_appended", in_one_array),
    ("sign_only", learner("w - lr * np.sign(slope(w))")),
    ("path_reversed", learner(last="path[::-1]")),
    ("mutates_input", into_the_argument),
]


@for_each_mistake(WALKS)
def test_a_mistake_on_the_walk_is_named(key, solution):
    assert_named("descend", solution, key)


@for_each(
    [
        learner("w - 2 * lr * slope(w)"),
        learner("w - lr * slope(w) ** 2"),
        learner("w - lr * slope(w) - 0.01"),
        learner("w - lr * slope(lr * w)"),
        learner(last="np.cumsum(path, axis=0)"),
        learner(last="path.T"),
    ]
)
def test_an_unknown_mistake_on_the_walk_has_no_name(solution):
    assert_unnamed("descend", solution)


def by_recursion(slope, w, lr, steps):
    if steps == 0:
        return np.array([w])
    return np.vstack([[w], by_recursion(slope, w - lr * slope(w), lr, steps - 1)])


def as_lists(slope, w, lr, steps):
    path = [w.tolist()]
    for _ in range(steps):
        g = slope(np.array(path[-1]))
        path.append([a - lr * b for a, b in zip(path[-1], g)])
    return path


@for_each([learner(), learner("np.subtract(w, np.multiply(lr, slope(w)))"), by_recursion, as_lists])
def test_a_right_walk_is_accepted_in_whatever_form(solution):
    assert_accepted("descend", solution)


RATES = [
    ("best_for_limit", lambda curvatures: 1.0 / max(curvatures)),
    ("flattest_for_steepest", lambda curvatures: 2.0 / min(curvatures)),
    ("mean_for_steepest", lambda curvatures: 2 / (sum(curvatures) / len(curvatures))),
    ("mean_for_steepest", lambda curvatures: 2 / sum(curvatures)),
    ("best_rate_of_the_valley", lambda curvatures: 2 / (max(curvatures) + min(curvatures))),
    ("upside_down", lambda curvatures: max(curvatures) / 2),
    ("condition_number", lambda curvatures: max(curvatures) / min(curvatures)),
    ("one_rate_for_each", lambda curvatures: np.divide(2, curvatures)),
    ("first_curvature", lambda curvatures: 2 / curvatures[0]),
    ("first_curvature", lambda curvatures: 2 / curvatures[-1]),
]


@for_each_mistake(RATES)
def test_a_mistake_about_the_rate_is_named(key, solution):
    assert_named("largest_rate", solution, key)


@for_each(
    [
        lambda curvatures: 3 / max(curvatures),
        lambda curvatures: 2 / max(curvatures) ** 2,
        lambda curvatures: -2 / max(curvatures),
        lambda curvatures: 2.0,
    ]
)
def test_an_unknown_mistake_about_the_rate_has_no_name(solution):
    assert_unnamed("largest_rate", solution)


def by_looking_at_each(curvatures):
    steepest = curvatures[0]
    for each in curvatures:
        if each > steepest:
            steepest = each
    return 2 / steepest


@for_each(
    [
        by_looking_at_each,
        lambda curvatures: 2 / curvatures.max(),
        lambda curvatures: float(min(2 / each for each in curvatures)),
        lambda curvatures: 2 / np.sort(curvatures)[-1],
    ]
)
def test_a_right_rate_is_accepted_in_whatever_form(solution):
    assert_accepted("largest_rate", solution)


def test_just_below_the_rate_a_bowl_is_walked_to_its_bottom_and_just_above_it_is_left():
    curvatures = np.array([0.5, 3.0, 8.0])
    limit = TASKS["largest_rate"].right(curvatures)
    below, above = (
        TASKS["descend"].right(lambda w: curvatures * w, np.ones(3), factor * limit, 2000)[-1]
        for factor in (0.99, 1.01)
    )
    assert np.abs(below).max() < 1e-3
    assert np.abs(above).max() > 1e3
