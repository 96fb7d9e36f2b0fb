"""A learner steps through a graph: a wrong answer, right ones, the keyboard, and to the end."""

import nbformat
import pytest

LAB = (
    "from backprop_lab.labs import BackpropStepperLab",
    'lab = BackpropStepperLab("(w*x - 10)**2", w=2, x=3)\nlab',
    "lab.position.value, lab.frame.finding",
)
STEPPER, STATE = 1, 2


@pytest.fixture
def page(course, server):
    """A notebook with the lab, its cells run."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in LAB])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(notebook, server.folder / "stepper.ipynb")
    course.open("stepper.ipynb")
    course.run_all()
    course.show_cell(STEPPER).wait_for_selector("img.widget-image")
    yield course
    assert course.error_outputs() == []
    assert course.console_errors == []


def say(page, words):
    """Wait until the lab says something."""
    page.page.locator(".jp-OutputArea", has_text=words).first.wait_for(timeout=30_000)


def answer(page, typed):
    """Type where the keyboard is, and press Enter."""
    page.page.keyboard.type(typed)
    page.page.keyboard.press("Enter")


def button(page, word):
    return page.page.locator(".jp-OutputArea button", has_text=word)


def state(page):
    page.run_cell(STATE)
    return page.outputs(STATE)[0]["data"]["text/plain"]


def test_a_wrong_answer_is_named_and_right_ones_lead_to_the_end(page):
    image = page.show_cell(STEPPER).wait_for_selector("img.widget-image")
    before = page.picture(image)
    field = page.page.get_by_placeholder("a number")
    field.focus()
    answer(page, "5")
    say(page, "✗ 5: another operation. That is the sum.")
    assert page.picture(image) == before

    field.fill("")
    for typed, words in [
        ("6", "p = w · x = 2 · 3 = 6."),
        ("6 - 10", "q = p − 10 = 6 − 10 = −4."),
        ("16", "L = q² = (−4)² = 16."),
        ("1", "its gradient is 1."),
        ("-8", "upstream 1 × local 2 · q = −8 → −8 for q."),
        ("-8", "upstream −8 × local 1 → −8 for p."),
    ]:
        answer(page, typed)  # the keyboard stays in the field
        say(page, f"✓ Right. {words}" if words[0] in "pqL" else words)

    answer(page, "3")
    say(page, "✗ 3: the upstream gradient is forgotten.")
    state(page)  # the kernel has answered everything: nothing late writes into the field
    field.fill("-24")
    field.press("Tab")
    state(page)  # and knows what was typed
    button(page, "check").click()
    say(page, "→ −24 for w.")
    button(page, "show me").click()
    say(page, "To make L smaller, a little: w up, x up.")
    assert page.picture(image) != before
    assert state(page) == "(8, '∂L/∂w = −24, ∂L/∂x = −16.')"


def test_buttons_and_slider_work_by_keyboard(page):
    def press(name, key="Enter"):
        button(page, name).focus()
        page.page.keyboard.press(key)

    press("forward pass")
    say(page, "Step 3 of 8, forward.")
    press("show me", "Space")
    say(page, "Step 4 of 8, backward.")
    press("back")
    say(page, "Step 3 of 8, forward.")
    slider = page.show_cell(STEPPER).query_selector(".noUi-handle")
    page.press(slider, "ArrowRight")
    say(page, "Step 4 of 8, backward.")
    press("run all")
    say(page, "Step 8 of 8, backward.")
    press("restart")
    say(page, "8 steps to go.")


def test_a_formula_is_typed_and_a_bad_one_explained(page):
    formula, values = (page.page.get_by_label(name, exact=True) for name in ("formula", "values"))
    formula.fill("a^2 * b")
    formula.press("Enter")
    say(page, "'^' is not known: a power is written **")
    formula.fill("a**2 * b")
    formula.press("Enter")
    say(page, "a has no value yet")
    values.fill("a=3, b=2")
    values.press("Enter")
    say(page, "What is p?")
    button(page, "run all").click()
    say(page, "Step 6 of 6, backward.")
    assert state(page) == "(6, '∂L/∂a = 12, ∂L/∂b = 9.')"
