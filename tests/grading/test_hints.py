"""Hints come one at a time, are remembered, and follow the last failed check."""

import subprocess
import sys

import pytest

from backprop_lab.grading import check, hint
from backprop_lab.grading.hints import hints_so_far
from backprop_lab.grading.naming import UnknownTask
from backprop_lab.grading.tasks import TASKS


def wrong_db(dout, x, W):
    return dout @ W.T, x.T @ dout, dout.mean(axis=0)


def wrong_dW(dout, x, W):
    return dout @ W.T, x.T @ dout / len(x), dout.sum(axis=0)


def right(dout, x, W):
    return dout @ W.T, x.T @ dout, dout.sum(axis=0)


def shown(task="affine_backward"):
    return [line for line in hints_so_far(task).words if line.startswith("Hint")]


def test_each_call_reveals_one_more_and_keeps_those_before():
    hints = next(iter(TASKS["affine_forward"].hints.values()))
    for number in (1, 2, 3):
        words = hint("affine_forward").words
        said = [f"Hint {at} of 3: {hints[at - 1]}" for at in range(1, number + 1)]
        assert list(words[:-1]) == said


def test_after_the_last_one_it_points_to_the_solution():
    for _ in range(4):
        note = hint("affine_forward")
    assert note.title.startswith("3 of 3 hints")
    assert 'solution("affine_forward")' in note.words[-1]


def test_looking_reveals_nothing():
    assert shown() == shown() == []
    hint("affine_backward")
    assert len(shown()) == len(shown()) == 1


def test_hints_are_remembered_in_the_next_session():
    hint("affine_forward")
    code = "from backprop_lab.grading import hint; print(hint('affine_forward').title)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "2 of 3 hints on `out`\n"


def test_hints_are_about_the_output_that_was_wrong_last():
    check("affine_backward", wrong_db)
    assert hint("affine_backward").title == "1 of 3 hints on `db`"
    assert TASKS["affine_backward"].hints["db"][0] in shown()[0]
    check("affine_backward", wrong_dW)
    assert hint("affine_backward").title == "1 of 3 hints on `dW`"
    check("affine_backward", wrong_db)
    assert hint("affine_backward").title == "2 of 3 hints on `db`"


def test_a_check_that_passed_changes_no_hints():
    check("affine_backward", wrong_db)
    check("affine_backward", right)
    assert hint("affine_backward").title == "1 of 3 hints on `db`"


def test_a_check_of_another_task_changes_no_hints():
    check("affine_backward", wrong_db)
    assert hint("affine_forward").title == "1 of 3 hints on `out`"


def test_every_task_has_hints_to_reveal():
    for task in TASKS:
        assert hint(task).title.startswith("1 of 3 hints")


@pytest.mark.parametrize("name", ["affine_forwards", "", 3, None, right])
def test_an_unknown_task_is_told_in_one_line(name):
    with pytest.raises(UnknownTask) as caught:
        hint(name)
    assert caught.value._render_traceback_() == [str(caught.value)]


def test_a_near_name_is_suggested():
    with pytest.raises(ValueError, match="Did you mean `affine_forward`"):
        hint("afine_forward")
