"""A solution opens after an attempt, on purpose, and is marked as seen."""

import numpy as np
import pytest

from backprop_lab.grading import check, exercises, solution
from backprop_lab.grading.journal import SolutionSeen, events
from backprop_lab.grading.reasons import REASONS
from backprop_lab.grading.solutions import code_of
from backprop_lab.grading.tasks import TASKS


def attempt(task="affine_forward"):
    return check(task, lambda x, W, b: x @ W)


def test_before_an_attempt_it_stays_closed_and_says_how_it_opens():
    note = solution("affine_forward")
    assert note.code == ""
    assert 'check("affine_forward", affine_forward)' in note.words[0]
    assert events(SolutionSeen) == []


def test_after_an_attempt_that_failed_it_opens_and_is_marked_as_seen():
    assert not attempt().passed
    note = solution("affine_forward")
    assert "return x @ W + b" in note.code
    assert note.words[0] == REASONS["affine_forward"]
    assert events(SolutionSeen) == [SolutionSeen("affine_forward")]


def test_after_an_attempt_that_passed_it_opens_too():
    check("affine_forward", lambda x, W, b: x @ W + b)
    assert solution("affine_forward").code


def test_an_attempt_at_another_task_opens_nothing():
    attempt()
    assert solution("affine_backward").code == ""


def test_a_stub_is_no_attempt():
    def affine_forward(x, W, b):
        raise NotImplementedError

    check("affine_forward", affine_forward)
    assert solution("affine_forward").code == ""


def test_the_code_is_the_notebooks_without_its_markers():
    code = code_of("affine_backward")
    assert code.startswith("def affine_backward(dout, x, W):\n")
    assert code.endswith("    return dx, dW, db")
    assert "SOLUTION" not in code


def test_without_the_notebooks_it_is_what_checks_compare_to(monkeypatch):
    monkeypatch.setattr(exercises, "_notebooks", lambda folder: [])
    code = code_of("affine_backward")
    assert code.startswith("def affine_backward(")


@pytest.mark.parametrize("task", TASKS)
def test_the_code_shown_is_right_beside_the_functions_of_other_tasks(task):
    names = {"np": np, **{name: each.right for name, each in TASKS.items() if name != task}}
    exec(code_of(task), names)
    assert check(task, names[task]).passed


@pytest.mark.parametrize("task", TASKS)
def test_every_solution_has_one_sentence_why(task):
    reason = REASONS[task]
    assert reason.endswith(".")
    assert ". " not in reason


def test_an_unknown_task_is_told():
    with pytest.raises(ValueError, match="no task"):
        solution("affine_sideways")
