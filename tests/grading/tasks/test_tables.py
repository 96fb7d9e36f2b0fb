"""The tables of mistakes: every row is met by a wrong solution that does not come from it."""

from collections import defaultdict

import pytest

from backprop_lab.grading import check
from backprop_lab.grading.observe import quiet_trial
from backprop_lab.grading.tasks import TASKS

from .collection import cases

ROWS = [(name, row) for name, task in TASKS.items() for row in task.mistakes]


@pytest.fixture(scope="module")
def messages():
    told = defaultdict(list)
    for case in cases():
        if not case.is_right:
            told[case.task].append(check(case.task, case.solution).message)
    return told


@pytest.mark.parametrize(
    ("task", "row"), [pytest.param(*row, id=f"{n} {row[1].key}") for n, row in enumerate(ROWS)]
)
def test_a_learners_solution_is_told_the_row(task, row, messages):
    opening = row.says.partition("{")[0]

    assert any(message.startswith(opening) for message in messages[task])


@pytest.mark.parametrize("task", TASKS)
def test_every_wrong_solution_of_the_table_differs_from_the_right_one(task):
    for row, solutions in TASKS[task].wrong_solutions:
        for solution in solutions:
            assert not check(task, solution).passed, row.key


@pytest.mark.parametrize("task", TASKS)
def test_the_right_solution_runs_on_every_probe(task):
    for probe in TASKS[task].probes:
        assert quiet_trial(TASKS[task], probe, TASKS[task].right).error is None


@pytest.mark.parametrize("task", TASKS)
def test_sentences_name_only_sizes_that_every_probe_has(task):
    for row in TASKS[task].mistakes:
        for probe in TASKS[task].probes:
            assert "{" not in row.says.format(**probe.sizes)


@pytest.mark.parametrize("task", TASKS)
def test_there_are_three_hints_for_every_output(task):
    hints = TASKS[task].hints
    assert all(len(each) == 3 for each in hints.values())
    assert set(TASKS[task].returns) <= set(hints)
