"""Gradient descent: the walk, and how fast a bowl may be walked."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..task import Mistake, Probe, Task


def descend(slope, w, lr, steps):
    """Walk w ← w - lr · slope(w), and return all places: w, and where each step leads."""
    path = [w]
    for _ in range(steps):
        w = w - lr * slope(w)
        path.append(w)
    return np.array(path)


def largest_rate(curvatures):
    """Compute 2 / λ of the steepest direction: from there on no walk arrives."""
    return 2 / np.max(curvatures)


@dataclass(frozen=True, eq=False)
class Slope:
    """A gradient that shows as what it computes."""

    text: str
    function: Callable

    def __call__(self, w):
        """Compute it."""
        return self.function(np.asarray(w))

    def __repr__(self):
        return self.text


VALLEY = Slope("lambda w: w * np.arange(1, w.size + 1)", lambda w: w * np.arange(1, w.size + 1))
WAVES = Slope("lambda w: np.sin(w) + 0.3 * w.sum()", lambda w: np.sin(w) + 0.3 * w.sum())


def in_rows(solution, slope, w, lr, steps):
    """Take a list of places for the array that it stands for."""
    value = solution(slope, w, lr, steps)
    if type(value) in (list, tuple) and len({np.shape(each) for each in value}) == 1:
        return np.array(value)
    return value


def walking(slope, dtype=float):
    """Arguments of a walk: the slope, a start of size D, lr and steps."""

    def make(rng, D, lr, steps):
        return slope, (rng.normal(size=D).round(1) + 0.3).astype(dtype), lr, steps

    return make


def stepping(move, *, begin=lambda w: [w], more=0, keep=lambda path: path):
    """Make a whole solution of another step: move(w, slope, lr, start) -> the next place."""

    def wrong(slope, w, lr, steps):
        path, start = begin(w), w
        for _ in range(steps + more):
            w = move(w, slope, lr, start)
            path.append(w)
        return np.array(keep(path))

    return wrong


def right_step(w, slope, lr, start):
    """Take the step as it should be."""
    return w - lr * slope(w)


WALK = Task(
    right=descend,
    returns={"path": "steps + 1, D"},
    use=in_rows,
    probes=[
        Probe(walking(VALLEY), {"D": 2, "lr": 0.2, "steps": 3}),
        Probe(walking(WAVES), {"D": 3, "lr": 0.35, "steps": 4}, seed=1),
        Probe(walking(WAVES), {"D": 2, "lr": 1.5, "steps": 6}, seed=2),
        Probe(walking(VALLEY), {"D": 1, "lr": 0.05, "steps": 1}, edge=True, seed=3),
        Probe(walking(WAVES), {"D": 2, "lr": 0.4, "steps": 0}, edge=True, seed=4),
        Probe(walking(VALLEY, np.float32), {"D": 2, "lr": 0.25, "steps": 3}, edge=True, seed=5),
    ],
    hints={
        "path": (
            "Where does the walk stand before its first step, and how many places are there "
            "after three?",
            "Begin a list with w. Then `steps` times: compute the next place from the one where "
            "you are, and append it.",
            "`w = w - lr * slope(w)` makes a new array and leaves the old one in the list as it "
            "was; in the end `np.array(path)`.",
        )
    },
    mistakes=[
        Mistake(
            "ascent_sign",
            "You walk uphill: the slope points to where it gets higher, so the step is minus "
            "lr times the slope.",
            stepping(lambda w, slope, lr, start: w + lr * slope(w)),
        ),
        Mistake(
            "start_missing",
            "Your path leaves out where it begins. It has {steps} + 1 places, and the first is w "
            "itself.",
            stepping(right_step, begin=lambda w: []),
        ),
        Mistake(
            "one_step_too_many",
            "You take {steps} + 1 steps, and {steps} are asked for. With the start, that makes "
            "{steps} + 1 places.",
            [
                stepping(right_step, more=1),
                stepping(right_step, more=1, begin=lambda w: []),
            ],
        ),
        Mistake(
            "last_step_missing",
            "You take one step too few: {steps} steps lead to {steps} places beside the start.",
            stepping(right_step, more=-1),
        ),
        Mistake(
            "slope_at_start",
            "Each of your steps uses the slope at the start. The map is good for one place only: "
            "ask for the slope again where you are.",
            [
                stepping(lambda w, slope, lr, start: w - lr * slope(start)),
                stepping(lambda w, slope, lr, start: start - lr * slope(start)),
            ],
        ),
        Mistake(
            "steps_from_start",
            "Each of your steps sets out from the start again. The next place is where you *are*, "
            "less lr times the slope there.",
            stepping(lambda w, slope, lr, start: start - lr * slope(w)),
        ),
        Mistake(
            "lr_missing",
            "Your steps are as long as the slope itself: the learning rate {lr} is left out.",
            stepping(lambda w, slope, lr, start: w - slope(w)),
        ),
        Mistake(
            "lr_divides",
            "You divide by the learning rate. A larger rate means a longer step: it multiplies.",
            stepping(lambda w, slope, lr, start: w - slope(w) / lr),
        ),
        Mistake(
            "lr_scales_weights",
            "The learning rate multiplies the place as well. It belongs to the slope alone: "
            "w - lr · slope(w).",
            stepping(lambda w, slope, lr, start: lr * (w - slope(w))),
        ),
        Mistake(
            "same_array_appended",
            "All places on your path are the last one: you keep one array and change it in place, "
            "so that the list holds it many times. Let each step make a new array, "
            "`w = w - lr * slope(w)`.",
            stepping(right_step, keep=lambda path: [path[-1]] * len(path)),
        ),
        Mistake(
            "sign_only",
            "Your steps are all equally long: you take the sign of the slope, and its size is "
            "lost.",
            [
                stepping(lambda w, slope, lr, start: w - lr * np.sign(slope(w))),
                stepping(
                    lambda w, slope, lr, start: w - lr * slope(w) / np.linalg.norm(slope(w)),
                ),
            ],
        ),
        Mistake(
            "path_reversed",
            "Your path is right, from its end to its beginning. The first row is the start.",
            stepping(right_step, keep=lambda path: path[::-1]),
        ),
    ],
)


def bowl(*curvatures, dtype=float):
    """Arguments of a bowl: its curvatures, in this order."""
    return lambda rng, D: (np.array(curvatures, dtype=dtype),)


def rates(rng, D):
    """Draw the curvatures of a bowl."""
    return ((rng.permutation(D) + rng.uniform(0.3, 0.7, size=D)).round(2),)


RATE = Task(
    right=largest_rate,
    returns={"rate": ""},
    probes=[
        Probe(rates, {"D": 3}),
        Probe(rates, {"D": 5}, seed=1),
        Probe(rates, {"D": 2}, seed=2),
        Probe(bowl(0.25), {"D": 1}, edge=True),
        Probe(bowl(4.0, 4.0), {"D": 2}, edge=True),
        Probe(bowl(3, 5, 1, dtype=int), {"D": 3}, edge=True),
    ],
    hints={
        "rate": (
            "One direction flies apart before all others. Which one?",
            "A direction of curvature λ multiplies its distance by 1 - lr · λ. It stops arriving "
            "where that is -1.",
            "lr = 2 / λ for the largest λ: `2 / np.max(curvatures)`.",
        )
    },
    mistakes=[
        Mistake(
            "best_for_limit",
            "1/λ is the rate at which the steepest direction arrives in one step. The limit is "
            "where 1 - lr · λ reaches -1, twice as far.",
            lambda curvatures: 1 / np.max(curvatures),
        ),
        Mistake(
            "flattest_for_steepest",
            "That is the limit of the flattest direction. The steepest one has flown apart long "
            "before: it needs the largest curvature.",
            [
                lambda curvatures: 2 / np.min(curvatures),
                lambda curvatures: 1 / np.min(curvatures),
            ],
        ),
        Mistake(
            "mean_for_steepest",
            "You take the curvatures together. Each direction walks for itself, and the steepest "
            "one alone sets the limit.",
            [
                lambda curvatures: 2 / np.mean(curvatures),
                lambda curvatures: 2 / np.sum(curvatures),
                lambda curvatures: 2 / np.linalg.norm(curvatures),
                lambda curvatures: 2 / np.median(curvatures),
            ],
        ),
        Mistake(
            "best_rate_of_the_valley",
            "2 / (largest + smallest) is the rate at which the valley is crossed fastest. The "
            "limit asks for the largest curvature alone.",
            lambda curvatures: 2 / (np.max(curvatures) + np.min(curvatures)),
        ),
        Mistake(
            "upside_down",
            "Upside down: the steeper the bowl, the *smaller* the rate that it bears.",
            [
                lambda curvatures: np.max(curvatures) / 2,
                lambda curvatures: 2 * np.max(curvatures),
                lambda curvatures: np.min(curvatures) / 2,
            ],
        ),
        Mistake(
            "condition_number",
            "That is the ratio of the curvatures: it says how slow the walk is at best. The limit "
            "is a learning rate, 2 / λ.",
            [
                lambda curvatures: np.max(curvatures) / np.min(curvatures),
                lambda curvatures: np.min(curvatures) / np.max(curvatures),
            ],
        ),
        Mistake(
            "one_rate_for_each",
            "That is a limit for each direction. All weights share one learning rate: which of "
            "these is the one that counts?",
            lambda curvatures: 2 / curvatures,
        ),
        Mistake(
            "first_curvature",
            "You take one curvature by its place in the list. They come in any order: take the "
            "largest.",
            [
                lambda curvatures: 2 / curvatures[0],
                lambda curvatures: 2 / curvatures[-1],
            ],
        ),
    ],
)
