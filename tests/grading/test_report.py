"""The report of the grader: it counts what the check says, and a missed goal is told."""

from collections import Counter

import pytest

from backprop_lab.grading.tasks import TASKS

from .report import Tally, strays
from .tasks.collection import RIGHT, Case, cases


def right(x, W, b):
    return x @ W + b


def without_bias(x, W, b):
    return x @ W


def cube(x, W, b):
    return (x @ W + b) ** 3


def tally(solution, claim):
    task, made = TASKS["affine_forward"], Tally(keys={("affine_forward", "bias_missing")})
    made.add(task, Case(task.name, solution, claim))
    return made


@pytest.mark.parametrize(
    ("solution", "claim", "missed"),
    [
        pytest.param(right, RIGHT, [], id="right and accepted"),
        pytest.param(without_bias, "bias_missing", [], id="wrong and named"),
        pytest.param(cube, None, [], id="unknown and unnamed"),
        pytest.param(right, None, ["a wrong solution passes"], id="wrong and accepted"),
        pytest.param(cube, RIGHT, ["a right solution is rejected"], id="right and rejected"),
        pytest.param(cube, "bias_missing", ["too few mistakes are named"], id="not named"),
        pytest.param(without_bias, None, ["a mistake is named wrongly"], id="named in vain"),
    ],
)
def test_a_missed_goal_is_told(solution, claim, missed):
    made = tally(solution, claim)

    assert made.missed == missed
    assert bool(strays(made)) == bool(missed)


def test_two_tallies_add_up():
    total = tally(without_bias, "bias_missing")
    total += tally(right, RIGHT)

    assert (len(total.wrong), total.rejected, total.named, total.misnamed) == (1, 1, 1, 0)
    assert (len(total.right), total.accepted) == (1, 1)
    assert (total.covered, len(total.milliseconds)) == (1, 2)


@pytest.mark.parametrize("task", TASKS)
def test_the_tests_hold_enough_solutions_of_each_task(task):
    counted = Counter(case.is_right for case in cases() if case.task == task)

    assert counted[False] >= 5
    assert counted[True] >= 3


def test_every_key_of_a_table_is_met_by_a_solution():
    claimed = {(case.task, case.claim) for case in cases()}
    keys = {(name, row.key) for name, task in TASKS.items() for row in task.mistakes}

    assert keys <= claimed
