import io
import itertools

import numpy as np
import pytest
from PIL import Image

from backprop_lab.labs import BackpropStepperLab
from backprop_lab.labs.backprop_stepper import PRESETS
from backprop_lab.labs.stepper import Mistake
from tests.labs.layout import boxes, overlap

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def lab():
    lab = BackpropStepperLab("(w*x - 10)**2", w=2, x=3)
    yield lab
    lab.close()


def press(button):
    button._handle_button_msg(button, {"event": "click"}, [])


def enter(field, typed):
    """Type into a field and press Enter, as the page tells of it."""
    field._handle_custom_msg({"event": "submit"}, [])
    data = {"method": "update", "state": {"value": typed}, "buffer_paths": []}
    field._handle_msg({"content": {"data": data}, "buffers": []})


def test_a_right_answer_reveals_the_number_and_asks_for_the_next(lab):
    enter(lab.answer, "6")
    assert lab.position.value == 1
    assert "✓ Right." in lab.verdict.value
    assert "q = p − 10" in lab.question.value
    assert lab.answer.value == ""
    assert lab.frame.finding == "p = w · x = 6."


def test_a_wrong_answer_is_named_and_reveals_nothing(lab):
    before = lab.frame.words
    enter(lab.answer, "5")
    assert "✗ 5: another operation.</b> That is the sum." in lab.verdict.value
    assert lab.frame.words == before
    assert lab.answer.value == "5"
    enter(lab.answer, "6")
    assert lab.position.value == 1


def test_the_button_checks_too(lab):
    lab.answer.value = "6"
    assert lab.position.value == 0
    press(lab._check)
    assert lab.position.value == 1


@pytest.mark.parametrize("typed", ["-24", "−24", "2·(6−10)·3", "-8*3", "-24,0", "-48/2"])
def test_answers_are_read_as_people_write_them(lab, typed):
    lab.go(6)
    lab.answer.value = typed
    assert lab.check().mistake is None


@pytest.mark.parametrize(
    "typed", ["", "soup", "w*x", "1/0", "9**9**9", "__import__('os')", "1e999"]
)
def test_what_is_no_number_is_told(lab, typed):
    lab.answer.value = typed
    assert lab.check() is None
    assert "A number is expected" in lab.verdict.value
    assert lab.position.value == 0


def test_what_was_typed_never_becomes_part_of_the_page(lab):
    enter(lab.answer, "<b>6</b>")
    enter(lab.expression, "<script>")
    shown = lab.verdict.value + lab.question.value + lab.words.value
    assert "<script>" not in shown
    assert "&lt;" in lab.words.value


def test_every_step_can_be_answered_and_every_answer_is_right(lab):
    for preset in PRESETS.values():
        lab.move(expression=preset[0], values=preset[1], position=0)
        while lab.frame.asked:
            enter(lab.answer, repr(lab.frame.asked.answer))
        assert lab.position.value == len(lab.frame.stepper.steps)


def test_the_picture_does_not_give_the_answer_away(lab):
    for position in range(8):
        lab.go(position)
        step = lab.frame.asked
        assert (
            sum("?" in (b.value + b.gradient) for b in lab.frame.boxes)
            + sum(wire.product == "?" for wire in lab.frame.wires)
            == 1
        ), step
    lab.go(7)
    assert lab.frame.boxes[1].gradient == ""
    assert "−16" not in lab.frame.words


def test_the_buttons_lead_there_and_back(lab):
    lab.step()
    lab.step()
    lab.back()
    assert lab.position.value == 1
    lab.run_forward()
    assert [box.value for box in lab.frame.boxes] == ["2", "3", "6", "−4", "16"]
    assert all(box.gradient in ("", "?") for box in lab.frame.boxes)
    lab.run_all()
    assert [box.gradient for box in lab.frame.boxes] == ["−24", "−16", "−8", "−8", "1"]
    lab.step()
    assert lab.position.value == 8
    lab.restart()
    lab.back()
    assert lab.position.value == 0


def test_after_the_last_answer_its_verdict_stays_and_nothing_is_asked(lab):
    lab.go(7)
    enter(lab.answer, "-16")
    assert "✓ Right." in lab.verdict.value
    assert lab._answering.layout.visibility == "hidden"
    lab.back()
    assert lab._answering.layout.visibility == "visible"


def test_two_paths_are_shown_one_by_one_and_then_added_up():
    lab = BackpropStepperLab("a*b + a", a=2, b=3, ask=False)
    shown = []
    for position in range(len(lab.frame.stepper.steps) + 1):
        lab.go(position)
        shown.append(lab.frame.boxes[0].gradient)
    assert list(dict.fromkeys(shown)) == ["", "1 + …", "1 + 3", "4"]
    lab.close()


def test_the_words_say_upstream_local_and_product(lab):
    lab.go(7)
    assert lab.frame.words == (
        "p sends w the gradient −8 × 3 = −24. Step 7 of 8, backward. "
        "Node p = w · x: upstream −8 × local x = 3 → −24 for w."
    )
    assert lab.picture.widget.tooltip == lab.frame.words
    lab.run_all()
    assert lab.frame.finding == "∂L/∂w = −24, ∂L/∂x = −16."
    assert "To make L smaller, a little: w up, x up." in lab.frame.explanation


def test_a_silent_relu_lets_no_gradient_through():
    lab = BackpropStepperLab("silent ReLU")
    lab.run_all()
    assert lab.frame.finding == "∂L/∂w = 0, ∂L/∂x = 0, ∂L/∂b = 0."
    assert lab.frame.explanation.endswith("No gradient reaches w, x, b.")
    lab.close()


def test_for_lecturing_nothing_is_asked():
    lab = BackpropStepperLab("(w*x - 10)**2", w=2, x=3, ask=False)
    assert lab._asking.layout.display == "none"
    assert lab._step.description == "step"
    assert lab.check() is None
    lab.step()
    assert lab.frame.boxes[2].now == "value"
    assert lab.frame.boxes[2].value == "6"
    lab.ask.value = True
    assert lab._asking.layout.display == ""
    assert lab._step.description == "show me"
    lab.close()


def test_a_typed_formula_starts_anew(lab):
    lab.run_all()
    enter(lab.values, "w=2, x=3, v=1")
    enter(lab.expression, "v*w + x")
    assert lab.position.value == 0
    assert lab.position.max == len(lab.frame.stepper.steps) == 7
    assert [box.name for box in lab.frame.boxes] == ["v", "w", "x", "p = v · w", "L = p + x"]


def test_a_formula_that_is_none_is_explained_and_the_lab_goes_on(lab):
    enter(lab.expression, "w^2")
    assert "a power is written **" in lab.words.value
    assert lab.frame.stepper.graph.text == "(w*x - 10)**2"
    enter(lab.expression, "w**2")
    assert lab.frame.stepper.graph.text == "w**2"
    lab.step()
    assert lab.frame.finding == "L = w² = 4."


def test_presets_have_buttons(lab):
    buttons = {b.description: b for b in lab.children[1].children}
    for name, (formula, values) in PRESETS.items():
        lab.run_all()
        press(buttons[name])
        assert (lab.expression.value, lab.values.value, lab.position.value) == (formula, values, 0)
        assert lab.frame.stepper.graph.text == formula


def test_too_large_a_graph_says_so(lab):
    assert "too large" not in lab.frame.words
    chain = "tanh(" * 14 + "w" + ")" * 14
    enter(lab.expression, chain)
    assert "This graph is too large to be read from the back of a room." in lab.frame.words


def test_the_tables_hold_what_the_picture_shows(lab):
    lab.go(7)
    tables = lab.frame.tables
    assert tables["Values"]["gradient"] == ["−24", "", "−8", "−8", "1"]
    assert tables["Gradients sent"]["sent"] == [-24, -8, -8]
    lab.show_data.value = True
    assert "Gradients sent" in lab.data.value


@pytest.mark.parametrize("preset", PRESETS)
def test_no_text_lies_over_another_at_any_step(preset):
    lab = BackpropStepperLab(preset)
    for position in range(len(lab.frame.stepper.steps) + 1):
        lab.go(position)
        found = boxes(lab.picture.view.picture)
        for (one, at), (other, there) in itertools.combinations(found, 2):
            assert not overlap(at, there), f"step {position}: {one} lies over {other}"
    lab.close()


def test_repainting_what_moved_equals_drawing_everything(lab):
    for position in (0, 3, 7):
        lab.go(position)
        with lab.picture._lock:
            painted = lab.picture.pixels()
            drawn = np.asarray(Image.open(io.BytesIO(lab.picture.view.picture.png(1))))
        np.testing.assert_array_equal(painted, drawn)


def test_a_check_returns_the_mistake(lab):
    lab.go(6)
    lab.answer.value = "3"
    assert lab.check().mistake is Mistake.NO_UPSTREAM


@pytest.mark.parametrize(
    ("arguments", "values", "error", "message"),
    [
        (["w*x"], {"w": 2}, ValueError, "x has no value yet"),
        (["w*2"], {"w": 2, "x": 3}, ValueError, r"x does not occur in w\*2"),
        (["w.real*2"], {"w": 2}, ValueError, "can't be used here"),
        (["w*2"], {"w": "2"}, ValueError, "w has to be a number, got '2'"),
        ([3], {}, TypeError, "the expression is a text"),
        (["w*2"], {"w": 2, "ask": 1}, TypeError, "ask is True or False, got 1"),
    ],
)
def test_bad_arguments_are_explained(arguments, values, error, message):
    with pytest.raises(error, match=message):
        BackpropStepperLab(*arguments, **values)
