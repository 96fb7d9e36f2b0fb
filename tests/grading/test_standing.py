"""Progress: what is done, what is next, where it was hard."""

from html.parser import HTMLParser

import pytest

from backprop_lab.grading import check, hint, progress, solution
from backprop_lab.grading.journal import Attempt, HintShown, Predicted, add
from backprop_lab.grading.standing import Progress
from backprop_lab.grading.tasks import TASKS

ORDER = ["affine_forward", "sgd_step", "affine_backward", "softmax_cross_entropy"]


def of(task):
    return next(each for each in progress().tasks if each.task == task)


def test_at_first_nothing_is_done_and_the_first_task_is_next():
    standing = progress()
    assert [each.task for each in standing.tasks][:5] == ["neuron", *ORDER]
    assert {each.task for each in standing.tasks} == set(TASKS)
    assert standing.done == []
    assert standing.next.task == "affine_forward"  # the tour may be left out
    assert str(standing).splitlines() == [
        f"0 of {len(TASKS)} tasks done.",
        "Next: `affine_forward` in exercises/01_take_four_steps.ipynb.",
    ]


def test_checks_are_counted_with_the_mistakes_they_named():
    check("affine_forward", lambda x, W, b: x @ W)
    check("affine_forward", lambda x, W, b: x @ W)
    check("affine_forward", lambda x, W, b: str(x))
    check("affine_forward", lambda x, W, b: x @ W + b)
    check("affine_forward", lambda x, W, b: x @ W)

    task = of("affine_forward")
    assert (task.attempts, task.failures, task.passed) == (5, 3, True)
    assert task.stumbles == {"bias_missing": 3}
    assert task.stumbled_over == "bias missing (3)"


def test_what_passed_once_stays_done():
    add(Attempt("affine_forward", True))
    add(Attempt("affine_forward", False, "bias_missing", "out"))
    assert of("affine_forward").state == "passed"
    assert progress().next.task == "sgd_step"


def test_next_is_the_first_that_has_not_passed_even_if_later_ones_have():
    add(Attempt("affine_forward", True))
    add(Attempt("affine_backward", True))
    assert progress().next.task == "sgd_step"


def test_help_is_counted():
    check("affine_forward", lambda x, W, b: x @ W)
    assert of("affine_forward").help_taken == ""
    hint("affine_forward")
    assert of("affine_forward").help_taken == "1 hint"
    hint("affine_forward")
    solution("affine_forward")
    assert of("affine_forward").help_taken == "2 hints, solution"


def test_a_hint_revealed_in_two_notebooks_at_once_counts_once():
    add(HintShown("affine_forward", "out", 1))
    add(HintShown("affine_forward", "out", 1))
    assert of("affine_forward").hints == 1


def test_hardest_are_those_with_the_most_failures():
    for task, failures in {"sgd_step": 2, "affine_backward": 5, "affine_forward": 1}.items():
        for _ in range(failures):
            add(Attempt(task, False))
    hardest = "Hardest so far: `affine_backward` (5 failed checks), `sgd_step` (2 failed checks)."
    assert hardest in progress().sentences


def test_predictions_are_counted():
    add(Predicted("?", "1", True))
    add(Predicted("?", "2", False))
    assert "1 of 2 predictions right." in progress().sentences


def test_when_all_is_done_nothing_is_next():
    for task in TASKS:
        add(Attempt(task, True))
    assert progress().next is None
    assert "congratulations" in str(progress())


def test_tasks_of_another_version_are_left_out():
    add(Attempt("a_task_of_tomorrow", True))
    assert len(progress().tasks) == len(TASKS)
    assert progress().done == []


def test_repr_is_one_line():
    assert repr(progress()) == f"<progress: 0 of {len(TASKS)} tasks done>"
    assert repr(Progress(())) == "<progress: 0 of 0 tasks done>"


def test_the_card_says_in_words_what_it_shows_and_escapes_it():
    add(Attempt("affine_forward", False, "<script>alert(1)</script>"))
    html = progress()._repr_html_()
    tags = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append((tag, dict(attributes)))
    parser.feed(html)

    assert "script" not in {tag for tag, _ in tags}
    assert "&lt;script&gt;" in html
    assert "not yet" in html
    assert "01 take four steps: 0 of 4" in html
    details = [attributes for tag, attributes in tags if tag == "details"]
    assert details[:2] == [{}, {"open": None}]  # the tour, and lesson one
    assert not any(name.startswith("on") for _, attributes in tags for name in attributes)


@pytest.mark.parametrize("make", [progress, lambda: hint("affine_forward")])
def test_cards_are_text_outside_a_notebook(make):
    assert "<" not in str(make())
