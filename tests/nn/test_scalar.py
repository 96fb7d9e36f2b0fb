import math

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import given
from hypothesis import strategies as st

from backprop_lab.nn.scalar import Value


def test_the_seed_example_by_hand():
    w, x = Value(2), Value(3)
    loss = (w * x - 10) ** 2
    loss.backward()
    assert (loss.data, loss.grad) == (16.0, 1.0)
    assert w.grad == -24.0  # 2 (6 - 10) · 3
    assert x.grad == -16.0  # 2 (6 - 10) · 2


@pytest.mark.parametrize(
    ("expression", "data", "slope"),
    [
        ("v + 1", 4.0, 1.0),
        ("1 + v", 4.0, 1.0),
        ("v - 1", 2.0, 1.0),
        ("1 - v", -2.0, -1.0),
        ("-v", -3.0, -1.0),
        ("v * 5", 15.0, 5.0),
        ("5 * v", 15.0, 5.0),
        ("v / 4", 0.75, 0.25),
        ("6 / v", 2.0, -6 / 9),
        ("v ** 3", 27.0, 27.0),
        ("v ** -1", 1 / 3, -1 / 9),
        ("v ** 0.5", math.sqrt(3), 0.5 / math.sqrt(3)),
        ("v ** 0", 1.0, 0.0),
        ("v.exp()", math.exp(3), math.exp(3)),
        ("v.tanh()", math.tanh(3), 1 - math.tanh(3) ** 2),
        ("v.relu()", 3.0, 1.0),
        ("(-v).relu()", 0.0, 0.0),
        ("np.float64(5) * v", 15.0, 5.0),
        ("sum([v, v, v])", 9.0, 3.0),
    ],
)
def test_each_operation_by_hand_at_three(expression, data, slope):
    v = Value(3)
    result = eval(expression, {"v": v, "np": np})
    assert isinstance(result, Value)
    (result * 7).backward()  # an upstream gradient other than 1
    np.testing.assert_allclose([result.data, v.grad], [data, 7 * slope], rtol=1e-14)


def test_slopes_at_zero():
    for f, slope in (lambda v: v.relu(), 0.0), (lambda v: v**0, 0.0), (lambda v: v**1, 1.0):
        v = Value(0)
        f(v).backward()
        assert v.grad == slope


def test_both_operands_get_their_gradient():
    for f, da, db in [
        (lambda a, b: a + b, 1.0, 1.0),
        (lambda a, b: a - b, 1.0, -1.0),
        (lambda a, b: a * b, 4.0, 3.0),
        (lambda a, b: a / b, 0.25, -3 / 16),
    ]:
        a, b = Value(3), Value(4)
        f(a, b).backward()
        assert (a.grad, b.grad) == (da, db)


def test_a_value_used_twice_gets_both_gradients():
    a = Value(3)
    (a + a).backward()
    assert a.grad == 2.0
    b = Value(3)
    (b * b).backward()
    assert b.grad == 6.0


def test_in_a_diamond_the_shared_value_waits_for_both_paths():
    a = Value(2)
    shared = a * a
    end = shared * 3 + (shared + 1) ** 2  # the second path is longer
    end.backward()
    assert shared.grad == 3 + 2 * (4 + 1)
    assert a.grad == 13 * 2 * 2


def test_gradients_of_two_ends_add_up_also_through_a_shared_value():
    a = Value(3)
    shared = a * a
    (shared * 2).backward()
    (shared * 5).backward()
    assert shared.grad == 7.0
    assert a.grad == 7 * 2 * 3


def test_a_second_backward_adds_and_a_reset_starts_afresh():
    a = Value(3)
    end = (a * a).tanh() * 2
    end.backward()
    once = a.grad
    end.backward()
    assert a.grad == 2 * once
    a.grad = 0.0
    end.backward()
    assert a.grad == once


def test_gradients_reach_only_what_lies_below():
    a, b = Value(2), Value(3)
    middle = a * b
    end = middle + 1
    middle.backward()
    assert (end.grad, middle.grad, a.grad) == (0.0, 1.0, 3.0)


def test_data_changed_afterwards_does_not_change_the_gradient_of_what_was_computed():
    a, b = Value(2), Value(3)
    end = a * b
    b.data = 100.0
    end.backward()
    assert a.grad == 3.0


def test_ten_thousand_operations_in_a_row():
    a = Value(1.0)
    end = a
    for _ in range(10_000):
        end = end * 0.999 + a * 0.001
    end.backward()
    np.testing.assert_allclose([end.data, a.grad], [1.0, 1.0], rtol=1e-12)


def test_paths_are_not_walked_one_by_one():
    a = Value(1.0)
    end = a
    for _ in range(200):  # 2²⁰⁰ paths
        end = end + end
    end.backward()
    assert a.grad == 2.0**200


EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b", "c", "0.7"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: "({} {} {})".format(*t)),
        inner.map("(-{})".format),
        inner.map("tanh({})".format),
        inner.map("exp(tanh({}))".format),  # tanh keeps what follows small
        inner.map("tanh({}) ** 3".format),
        inner.map("(1 / (1 + tanh({}) ** 2))".format),
    ),
    max_leaves=12,
)
NUMBERS = st.floats(-2, 2)


@given(EXPRESSIONS, st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_random_expressions_agree_with_autograd(expression, at):
    values = [Value(x) for x in at]
    ours = as_value(
        evaluate(expression, values, tanh=lambda v: as_value(v).tanh(), exp=lambda v: v.exp())
    )
    ours.backward()

    def theirs(point):
        return evaluate(expression, point, tanh=anp.tanh, exp=anp.exp) + 0.0 * anp.sum(point)

    point = np.array(at)
    np.testing.assert_allclose(ours.data, theirs(point), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        [v.grad for v in values], grad(theirs)(point), rtol=1e-10, atol=1e-10
    )


def as_value(x):
    return x if isinstance(x, Value) else Value(x)


def evaluate(expression, point, **functions):
    return eval(expression, functions | dict(zip("abc", point, strict=True)))


def test_a_neuron_agrees_with_pytorch():
    torch = pytest.importorskip("torch")

    def neuron(w, x, b):
        z = w * x + b
        return (z.tanh() * z.exp() + (1 - z) ** 3 / (z * z + 1) + z.relu() * w) ** 2

    at = (0.7, -1.3, 0.4)
    ours = [Value(v) for v in at]
    theirs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in at]
    end, expected = neuron(*ours), neuron(*theirs)
    end.backward()
    expected.backward()
    np.testing.assert_allclose(end.data, expected.item(), rtol=1e-12)
    np.testing.assert_allclose([v.grad for v in ours], [v.grad.item() for v in theirs], rtol=1e-12)


@pytest.mark.parametrize("wrong", ["3", None, 1j, [1.0], np.ones(2), Value(1.0)])
def test_a_value_holds_one_real_number(wrong):
    with pytest.raises(TypeError, match=f"one real number, got {type(wrong).__name__}"):
        Value(wrong)


@pytest.mark.parametrize("wrong", ["3", None, 1j, np.ones(2)])
def test_so_does_the_other_operand(wrong):
    for operation in (
        lambda v: v + wrong,
        lambda v: wrong - v,
        lambda v: v * wrong,
        lambda v: wrong / v,
    ):
        with pytest.raises(TypeError, match=f"one real number, got {type(wrong).__name__}"):
            operation(Value(1.0))


def test_bad_exponents_are_named():
    with pytest.raises(TypeError, match="exponent must be a plain number, got Value"):
        Value(2.0) ** Value(3.0)
    with pytest.raises(ValueError, match=r"-2 \*\* 0.5 is not a real number"):
        Value(-2.0) ** 0.5
    with pytest.raises(ValueError, match=r"0 \*\* -1 has no slope at 0: .* divided by zero"):
        1 / Value(0.0)
    with pytest.raises(ValueError, match="no slope at 0"):
        Value(0.0) ** 0.5


def test_it_shows_its_data_and_gradient():
    v = Value(2)
    (v * 3).backward()
    assert repr(v) == "Value(2, grad=3)"
