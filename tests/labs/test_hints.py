"""A button that reveals the next hint."""

import pytest

from backprop_lab.grading import check, hint
from backprop_lab.grading.cards import code
from backprop_lab.grading.tasks import TASKS
from backprop_lab.labs import Hints

FIRST, SECOND, THIRD = TASKS["affine_forward"].hints["out"]


def press(button):
    button._handle_button_msg(button, {"event": "click"}, [])


def shows(hints, text):
    return code(text) in hints.card.value


def test_it_opens_with_none_and_each_press_reveals_one():
    hints = Hints("affine_forward")
    assert [shows(hints, each) for each in (FIRST, SECOND, THIRD)] == [False, False, False]
    press(hints.button)
    assert [shows(hints, each) for each in (FIRST, SECOND, THIRD)] == [True, False, False]
    press(hints.button)
    assert [shows(hints, each) for each in (FIRST, SECOND, THIRD)] == [True, True, False]


def test_after_the_last_the_button_rests():
    hints = Hints("affine_forward")
    for _ in range(3):
        assert not hints.button.disabled
        press(hints.button)
    assert hints.button.disabled


def test_running_the_cell_again_shows_those_before_and_reveals_none():
    hint("affine_forward")
    for _ in range(2):
        hints = Hints("affine_forward")
        assert [shows(hints, each) for each in (FIRST, SECOND)] == [True, False]


def test_hints_follow_a_check_in_between():
    hints = Hints("affine_backward")
    check("affine_backward", lambda dout, x, W: (dout @ W.T, x.T @ dout, dout.mean(axis=0)))
    press(hints.button)
    assert "<code>db</code>" in hints.card.value


def test_what_is_stored_tells_no_hint_and_is_the_same_each_time():
    press((hints := Hints("affine_forward")).button)
    assert repr(hints) == "Hints: affine_forward"
    assert hints._repr_mimebundle_()["text/plain"] == "Hints: affine_forward"


def test_an_unknown_task_is_told():
    with pytest.raises(ValueError, match="no task"):
        Hints("affine_sideways")
