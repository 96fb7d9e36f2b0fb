"""The stepper knows what comes next, what is right, and which mistake a wrong answer is."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_lab.labs.expression import graph
from backprop_lab.labs.operations import raised, written
from backprop_lab.labs.stepper import Add, Forward, Mistake, Send, Start, Stepper, judge

pytestmark = pytest.mark.filterwarnings("error")


def stepper(text="(w*x - 10)**2", **values):
    return Stepper(graph(text, values or {"w": 2, "x": 3}))


def send(steps, result, operand):
    """Find the step in which a result sends its gradient to an operand."""
    return next(s for s in steps.steps if isinstance(s, Send) and s.names == (result, operand))


def test_forward_from_the_variables_then_back_from_the_end():
    steps = stepper().steps
    assert [type(step) for step in steps] == [Forward] * 3 + [Start] + [Send] * 4
    assert [step.answer for step in steps] == [6, -4, 16, 1, -8, -8, -24, -16]


def test_a_value_waits_for_all_its_gradients_before_it_passes_any_on():
    steps = stepper("p1*p1 + tanh(a*p1)", p1=0.5, a=2).steps
    done = [step.node.name for step in steps if isinstance(step, Add)]
    assert done == ["p1"]
    assert len(next(step for step in steps if isinstance(step, Add)).arrived) == 3
    for text in ("(a*b + a)**2 * a", "tanh(a*a)*a + a"):
        known = set()
        for step in stepper(text, a=0.5, b=2).steps:
            if isinstance(step, Send):
                assert step.link.result in known
                if step.paths == 1:
                    known.add(step.link.operand)
            elif not isinstance(step, Forward):
                known.add(step.node)


def test_gradients_of_a_value_used_twice_add_up_in_a_step_of_its_own():
    steps = stepper("a*b + a", a=2, b=3)
    add = next(step for step in steps.steps if isinstance(step, Add))
    assert add.arrived == (1, 3)
    assert add.answer == 4
    assert add.words == "a moves L on 2 paths, so ∂L/∂a is 1 + 3 = 4."


def test_nothing_is_known_before_its_step():
    steps = stepper()
    w, _, p, q, end = steps.graph.nodes
    assert (steps.value(w), steps.value(p)) == (2, None)
    assert steps.at(1).value(p) == 6
    assert steps.at(1).value(q) is None
    assert steps.at(3).arrived(end) == ()
    assert steps.at(4).arrived(end) == (1,)
    assert steps.at(4).arrived(q) == ()
    assert steps.at(5).arrived(q) == (-8,)
    assert [steps.at(7).sent(link) for link in w.links + p.links] == [True, False]


def test_one_arrival_is_shown_while_the_other_is_awaited():
    steps = stepper("a*b + a", a=2, b=3)
    a, add = steps.graph.nodes[0], [type(step) for step in steps.steps].index(Add)
    arrived = [steps.at(i).arrived(a) for i in range(add - 2, add + 2)]
    assert arrived == [(), (1,), (1, 3), (4,)] or arrived == [(1,), (1,), (1, 3), (4,)]


def test_positions_outside_are_the_ends():
    steps = stepper()
    assert steps.at(-5).position == 0
    assert steps.at(99).position == len(steps.steps)
    assert steps.at(99).asked is None
    assert steps.last is None


def test_the_words_say_upstream_local_and_product():
    step = send(stepper(), "p", "w")
    assert step.words == "Node p = w · x: upstream −8 × local x = 3 → −24 for w."
    assert step.question == "Backward: `p = w · x` has the gradient −8. What does p send to w?"


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        (-24, None),
        (-24.4, None),
        (3, Mistake.NO_UPSTREAM),
        (-8, Mistake.NO_LOCAL),
        (24, Mistake.SIGN),
        (-16, Mistake.WRONG_LOCAL),  # w in place of x
        (2, Mistake.WRONG_LOCAL),  # and without the upstream gradient
        (-48, Mistake.WRONG_LOCAL),  # the output
        (-5, Mistake.ADDED),
        (-8 / 3, Mistake.DIVIDED),
        (-25.5, Mistake.ROUNDED),
        (100, Mistake.UNKNOWN),
        (math.nan, Mistake.UNKNOWN),
    ],
)
def test_a_wrong_product_is_told_what_it_did(given, mistake):
    assert judge(send(stepper(), "p", "w"), given).mistake is mistake


@pytest.mark.parametrize(
    ("text", "values", "given", "says"),
    [
        ("3*tanh(a)", {"a": 0.5}, 3 * (1 - 0.5**2), "1 − a², the input in place of the output"),
        ("3*tanh(a)", {"a": 0.5}, 3 * (1 - math.tanh(0.5)), "1 − p, without the square"),
        ("3*exp(a)", {"a": 0.5}, 1.5, "the input a in place of the output p"),
        ("5*a**3", {"a": 2}, 5 * 4, "a², without the factor 3"),
        ("5*a**3", {"a": 2}, 5 * 24, "3 · a³, with the exponent as it was"),
        ("5*relu(a)", {"a": -2}, 5, "That is ∂L/∂p alone"),
        ("5*relu(a)", {"a": 2}, 0, "0, as if a were below 0"),
        ("5*(2/a)", {"a": 4}, 5 / 4, "1 / a for"),
        ("5*(2/a)", {"a": 4}, -5 * 2 / 4, "−2 / a, without the square"),
        ("5*(b - a)", {"a": 4, "b": 1}, 5, "∂L/∂p alone"),
        ("7*(a + b)", {"a": 4, "b": 1}, 7 * 4, "That takes a itself for ∂p/∂a; it is 1."),
    ],
)
def test_a_wrong_local_derivative_is_named(text, values, given, says):
    assert says in judge(send(stepper(text, **values), "p", "a"), given).words


def test_adding_up_too_early():
    step = send(stepper("a*b*2 + a", a=2, b=3), "p", "a")
    assert judge(step, 6).mistake is None
    assert judge(step, 7).mistake is Mistake.TOO_EARLY


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        (7, None),
        (1, Mistake.ONE_PATH),
        (6, Mistake.ONE_PATH),
        (-7, Mistake.SIGN),
        (3.5, Mistake.AVERAGED),
        (2, Mistake.VALUE),
    ],
)
def test_a_wrong_sum_is_told_what_it_did(given, mistake):
    steps = stepper("a*b*2 + a", a=2, b=3).steps
    assert judge(next(step for step in steps if isinstance(step, Add)), given).mistake is mistake


def test_multiplying_where_paths_meet():
    steps = stepper("5*a*b + 2*a", a=9, b=3).steps
    step = next(step for step in steps if isinstance(step, Add))
    assert judge(step, 30).mistake is Mistake.MULTIPLIED


@pytest.mark.parametrize(
    ("given", "mistake"),
    [(1, None), (16, Mistake.VALUE), (0, Mistake.NOTHING), (-1, Mistake.SIGN)],
)
def test_the_backward_pass_starts_with_one(given, mistake):
    assert judge(stepper().steps[3], given).mistake is mistake


@pytest.mark.parametrize(
    ("i", "given", "mistake"),
    [
        (0, 5, Mistake.OPERATION),
        (0, -6, Mistake.SIGN),
        (1, 4, Mistake.OPERATION),
        (1, 16, Mistake.OPERATION),
        (2, -8, Mistake.OPERATION),
        (2, -16, Mistake.SIGN),
        (2, 8, Mistake.UNKNOWN),
    ],
)
def test_a_wrong_value_is_told_what_it_did(i, given, mistake):
    assert judge(stepper().steps[i], given).mistake is mistake


TEXTS = ["(w*x - 10)**2", "w*x + w", "tanh(w*x)/x", "1/(1 + exp(-w))*x", "relu(w*x)*w", "w**-2*x"]
NUMBERS = st.floats(-3, 3).filter(lambda number: abs(number) > 0.1)


@given(st.sampled_from(TEXTS), NUMBERS, NUMBERS)
def test_the_right_answer_is_right_and_no_mistake_names_it(text, w, x):
    for step in stepper(text, w=w, x=x).steps:
        assert judge(step, step.answer).mistake is None
        assert judge(step, step.answer + 1 + abs(step.answer)).mistake is not None


def test_numbers_are_written_for_reading():
    numbers = (-24, 0.70712, -0.0, 1e-5, 2.5e9)
    assert [written(n) for n in numbers] == ["−24", "0.7071", "0", "1e−05", "2.5e09"]
    assert [raised(n) for n in (1, 2, -1, 0, 0.5)] == ["", "²", "⁻¹", "⁰", "^0.5"]
