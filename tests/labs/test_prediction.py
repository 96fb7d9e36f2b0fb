"""A prediction is given before the reveal, once; typical wrong answers are explained."""

import math

import numpy as np
import pytest

from backprop_lab.grading.journal import Predicted, events
from backprop_lab.labs import predict
from backprop_lab.labs.prediction import asked

GUESSING = "What loss does a network have that knows nothing?"
TEN = "Ten classes, each with probability 1/10."


@pytest.fixture
def number():
    feedback = {0: "A loss of 0 is perfection.", 0.1: "That is the probability.", np.log(10): TEN}
    return predict(GUESSING, answer=np.log(10), accept=0.02, feedback=feedback)


@pytest.fixture
def choice():
    return predict(
        "Which way does `sgd_step` go?",
        choices=["up", "down", "sideways"],
        answer="down",
        feedback={"up": "There the loss grows.", "down": "Against the gradient."},
    )


def press(button):
    button._handle_button_msg(button, {"event": "click"}, [])


def answer(prediction, given):
    prediction.field.value = given
    press(prediction.button)
    return prediction.verdict.value


@pytest.mark.parametrize("typed", ["2.3026", "2.3", " 2.32 ", "2,3", "23/10", "230%", "2.3e0"])
def test_a_number_near_enough_is_right(number, typed):
    says = answer(number, typed)
    assert "✓ Right: 2.303." in says
    assert TEN in says


@pytest.mark.parametrize("typed", ["2.33", "2.28", "-2.3", "0.1", "23"])
def test_another_number_is_not(number, typed):
    says = answer(number, typed)
    assert f"✗ You said {float(typed):.4g}. It is 2.303." in says
    assert TEN in says


def test_typical_wrong_numbers_are_explained_within_the_tolerance(number):
    assert "That is the probability." in answer(number, "0.11")


def test_other_wrong_numbers_get_no_feedback_of_theirs(number):
    assert number.question.says_of(5.0) == ""


def test_of_two_explanations_the_nearer_is_given():
    question = asked("?", answer=10, accept=1, feedback={3: "three", 4: "four"})
    assert question.says_of(3.6) == "four"
    assert question.says_of(3.4) == "three"


def test_feedback_to_a_wrong_answer_is_never_given_to_a_right_one():
    question = asked("?", answer=10, accept=1, feedback={11.5: "too much", 9.5: "as good"})
    assert question.says_of(10.8) == ""
    assert question.says_of(11.2) == "too much"


def test_without_accept_one_percent_is():
    question = asked("?", answer=-24)
    assert question.is_right(-24.2)
    assert not question.is_right(-24.3)
    assert not question.is_right(24)


def test_accept_nothing_still_accepts_rounding():
    assert asked("?", answer=0.3, accept=0).is_right(0.1 + 0.2)
    assert not asked("?", answer=0.3, accept=0).is_right(0.3001)


NOT_NUMBERS = [
    "",
    "  ",
    "soup",
    "nan",
    "inf",
    "1e999",
    "1/0",
    "1/2/3",
    "2 apples",
    "/",
    "%",
    "1//2",
]


@pytest.mark.parametrize("typed", [*NOT_NUMBERS, "9" * 5000, "1e999999999"])
def test_what_is_no_number_commits_nothing_and_is_told(number, typed):
    assert "A number is expected" in answer(number, typed)
    assert number.given is None
    assert not number.button.disabled
    assert events(Predicted) == []
    assert "✓" in answer(number, "2.3")


def test_a_comma_that_may_mean_thousands_is_asked_about(number):
    assert "decimal point" in answer(number, "2,303")
    assert number.given is None


@pytest.mark.parametrize(("typed", "read"), [("−3", -3), ("50 %", 0.5), ("1 000", 1000)])
def test_numbers_are_read_as_people_write_them(number, typed, read):
    assert number.question.read(typed) == read


def test_a_right_choice_is_explained(choice):
    says = answer(choice, "down")
    assert "✓ Right: down." in says
    assert says.count("Against the gradient.") == 1


def test_a_wrong_choice_is_explained_and_so_is_the_right_one(choice):
    says = answer(choice, "up")
    assert "✗ You said up. It is down." in says
    assert says.index("There the loss grows.") < says.index("Against the gradient.")


def test_no_choice_commits_nothing(choice):
    press(choice.button)
    assert "Choose one" in choice.verdict.value
    assert choice.given is None


def test_the_first_answer_counts(number):
    answer(number, "0")
    answer(number, "2.3")
    assert number.given == 0
    assert number.field.disabled
    assert number.button.disabled
    assert events(Predicted) == [Predicted(GUESSING, "0", False)]


def test_an_answer_is_remembered_as_right_or_not(choice):
    answer(choice, "down")
    assert events(Predicted) == [Predicted("Which way does `sgd_step` go?", "down", True)]


def type_and_leave(field, text):
    """What the page sends when the text field loses the focus."""
    field._handle_msg(_message("update", {"value": text}))


def type_and_enter(field, text):
    """What the page sends when Enter is pressed: first the key, then the text if it is new."""
    field._handle_msg({"content": {"data": _custom({"event": "submit"})}, "buffers": []})
    if text != field.value:
        type_and_leave(field, text)


def _message(method, state):
    data = {"method": method, "state": state, "buffer_paths": []}
    return {"content": {"data": data}, "buffers": []}


def _custom(content):
    return {"method": "custom", "content": content}


def test_enter_commits_what_was_typed(number):
    type_and_enter(number.field, "2.3")
    assert number.given == 2.3


def test_leaving_the_field_commits_nothing_and_enter_later_takes_the_newer_text(number):
    type_and_leave(number.field, "5")
    assert number.given is None
    type_and_enter(number.field, "2.3")
    assert number.given == 2.3


def everything_sent(widget):
    widgets = [widget, *widget.children[1].children, widget.children[0], widget.children[2]]
    return "".join(str(each.get_state()) for each in widgets)


def test_before_the_commit_nothing_that_is_sent_or_stored_gives_the_answer_away(number, choice):
    for prediction, secret in ((number, "2.30"), (choice, "Against")):
        assert secret not in everything_sent(prediction)
        assert secret not in str(prediction._repr_mimebundle_())
    assert choice.field.value is None


def test_what_is_stored_is_the_question_as_text_before_and_after(number, choice):
    stored = number._repr_mimebundle_()
    assert stored["text/plain"] == f"Predict. {GUESSING}"
    assert stored["text/markdown"] == f"**Predict.** {GUESSING}"
    assert "application/vnd.jupyter.widget-view+json" in stored
    before = repr(choice), choice._repr_mimebundle_()["text/markdown"]
    assert before[0].splitlines()[1:] == ["  ( ) up", "  ( ) down", "  ( ) sideways"]
    answer(choice, "up")
    assert (repr(choice), choice._repr_mimebundle_()["text/markdown"]) == before


def test_words_are_escaped_and_backticks_are_code():
    asks = predict(
        "Is `a` < b? <script>",
        choices=["<b>yes</b>", "no"],
        answer="no",
        feedback={"<b>yes</b>": "<i>never</i>"},
    )
    assert "<code>a</code> &lt; b? &lt;script&gt;" in asks.children[0].value
    says = answer(asks, "<b>yes</b>")
    assert "&lt;b&gt;yes" in says
    assert "&lt;i&gt;never" in says


BAD = [
    (dict(question="", answer=1), "question is a text"),
    (dict(question=3, answer=1), "question is a text"),
    (dict(answer="ten"), "answer: a number is expected"),
    (dict(answer=None), "answer: a number is expected"),
    (dict(answer=True), "answer: a number is expected"),
    (dict(answer=math.nan), "finite"),
    (dict(answer=np.inf), "finite"),
    (dict(answer=np.ones(2)), "answer: a number is expected"),
    (dict(answer=1, accept=-1), "0 or more"),
    (dict(answer=1, accept=math.nan), "0 or more"),
    (dict(answer=1, accept="little"), "accept is a number"),
    (dict(answer=1, feedback=["no"]), "feedback is a dict"),
    (dict(answer=1, feedback={2: 3}), "the feedback for 2 is a sentence"),
    (dict(answer=1, feedback={"two": "no"}), "feedback for 'two': a number"),
    (dict(answer="a", choices="abc"), "choices is a list"),
    (dict(answer="a", choices=3), "choices is a list"),
    (dict(answer="a", choices=["a"]), "at least two"),
    (dict(answer="a", choices=[]), "at least two"),
    (dict(answer="a", choices=["a", "a"]), "all different"),
    (dict(answer=1, choices=[1, 2]), "each choice is a text"),
    (dict(answer="c", choices=["a", "b"]), "answer: expected one of ['a', 'b'], got 'c'"),
    (dict(answer="a", choices=["a", "b"], feedback={"c": "no"}), "feedback for 'c'"),
    (dict(answer="a", choices=["a", "b"], accept=0.1), "accept belongs to a number"),
]


@pytest.mark.parametrize(("arguments", "says"), BAD, ids=[says for _, says in BAD])
def test_arguments_that_make_no_question_are_refused_with_a_reason(arguments, says):
    with pytest.raises((TypeError, ValueError)) as caught:
        predict(**{"question": "?", **arguments})
    assert says in str(caught.value)


@pytest.mark.parametrize("value", [6, 6.0, np.float32(6), np.int64(6)])
def test_numbers_of_every_kind_are_answers(value):
    assert asked("?", answer=value, feedback={value: "six"}).says_of(6.0) == "six"
