"""The class Value: the mistakes as learners write them, and right ones in many forms."""

import math

import numpy as np
import pytest

from backprop_lab.grading import check
from backprop_lab.nn.scalar import Value as EngineValue

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def value_with(
    add="{self}.grad += out.grad; {other}.grad += out.grad",
    mul="{self}.grad += {other}.data * out.grad; {other}.grad += {self}.data * out.grad",
    power="{self}.grad += n * {self}.data ** (n - 1) * out.grad",
    exp="{self}.grad += out.data * out.grad",
    tanh="{self}.grad += (1 - out.data ** 2) * out.grad",
    tanh_value="math.tanh(self.data)",
    wrap_add="other = other if isinstance(other, Value) else Value(other)",
    wrap_mul="other = other if isinstance(other, Value) else Value(other)",
    neg="return self * -1",
    sub="return self + (-other)",
    reflected=("__radd__", "__rmul__", "__rsub__"),
    backward="""
order, seen = [], set()
def visit(v):
    if v not in seen:
        seen.add(v)
        for parent in v._prev:
            visit(parent)
        order.append(v)
visit(self)
self.grad = 1.0
for v in reversed(order):
    v._backward()
""",
    more="",
    parents="set",
):
    """A class with closures, with one line replaced as a learner would have written it."""

    def rule(lines):
        return lines.format(self="self", other="other").replace("; ", "\n            ")

    def indented(lines):
        return lines.strip().replace("\n", "\n        ")

    source = f"""
class Value:
    def __init__(self, data, _children=()):
        self.data = data
        self.grad = 0.0
        self._prev = {parents}(_children)
        self._backward = lambda: None

    def __add__(self, other):
        {wrap_add}
        out = Value(self.data + other.data, (self, other))
        def _backward():
            {rule(add)}
        out._backward = _backward
        return out

    def __mul__(self, other):
        {wrap_mul}
        out = Value(self.data * other.data, (self, other))
        def _backward():
            {rule(mul)}
        out._backward = _backward
        return out

    def __pow__(self, n):
        out = Value(self.data ** n, (self,))
        def _backward():
            {rule(power)}
        out._backward = _backward
        return out

    def exp(self):
        out = Value(math.exp(self.data), (self,))
        def _backward():
            {rule(exp)}
        out._backward = _backward
        return out

    def tanh(self):
        out = Value({tanh_value}, (self,))
        def _backward():
            {rule(tanh)}
        out._backward = _backward
        return out

    def __neg__(self):
        {indented(neg)}

    def __sub__(self, other):
        {indented(sub)}

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return -self + other

    {more}

    def backward(self):
        {indented(backward)}
"""
    names = {"math": math, "np": np}
    exec(source, names)
    for name in {"__radd__", "__rmul__", "__rsub__"} - set(reflected):
        delattr(names["Value"], name)
    return names["Value"]


ASSIGNED = {
    "add": "{self}.grad = out.grad; {other}.grad = out.grad",
    "mul": "{self}.grad = {other}.data * out.grad; {other}.grad = {self}.data * out.grad",
    "tanh": "{self}.grad = (1 - out.data ** 2) * out.grad",
    "power": "{self}.grad = n * {self}.data ** (n - 1) * out.grad",
    "exp": "{self}.grad = out.data * out.grad",
}
LOCAL_ONLY = {
    "add": "{self}.grad += 1.0; {other}.grad += 1.0",
    "mul": "{self}.grad += {other}.data; {other}.grad += {self}.data",
    "tanh": "{self}.grad += 1 - out.data ** 2",
    "power": "{self}.grad += n * {self}.data ** (n - 1)",
    "exp": "{self}.grad += out.data",
}
OWN_SUB = """
other = other if isinstance(other, Value) else Value(other)
out = Value(self.data - other.data, (self, other))
def _backward():
    self.grad += out.grad
    other.grad {} out.grad
out._backward = _backward
return out
"""
OWN_NEG = """
out = Value(-self.data, (self,))
def _backward():
    self.grad {} out.grad
out._backward = _backward
return out
"""
SORTED = """
order, seen = [], set()
def visit(v):
    if v not in seen:
        seen.add(v)
        for parent in v._prev:
            visit(parent)
        order.append(v)
visit(self)
"""
WALKS = """
self.grad = 1.0
def walk(v):
    v._backward()
    for parent in v._prev:
        walk(parent)
walk(self)
"""
CALLS_BACKWARD = """
if self.grad == 0:
    self.grad = 1.0
self._backward()
for parent in self._prev:
    parent.backward()
"""
PRE_ORDER = """
self.grad = 1.0
seen = set()
def walk(v):
    if v in seen:
        return
    seen.add(v)
    v._backward()
    for parent in v._prev:
        walk(parent)
walk(self)
"""
BREADTH_FIRST = """
self.grad = 1.0
queue, seen = [self], {self}
while queue:
    v = queue.pop(0)
    v._backward()
    for parent in v._prev:
        if parent not in seen:
            seen.add(parent)
            queue.append(parent)
"""
DROPS = """
self.grad = 1.0
def walk(v):
    v._backward()
    v._backward = lambda: None
    for parent in v._prev:
        walk(parent)
walk(self)
"""
EVERYWHERE = value_with(**ASSIGNED)

MISTAKES = [
    ("value_assign_add", value_with(add=ASSIGNED["add"])),
    ("value_assign_mul", value_with(mul=ASSIGNED["mul"])),
    ("value_assign_mul", value_with(mul=ASSIGNED["mul"], neg="return Value(-1) * self")),
    ("value_assign_tanh", value_with(tanh=ASSIGNED["tanh"])),
    ("value_assign_everywhere", EVERYWHERE),
    ("value_assign_everywhere", value_with(**ASSIGNED, neg=OWN_NEG.format("-="))),
    ("value_zeroes_on_backward", value_with(backward=SORTED + "for v in order:\n    v.grad = 0.0\n"
     "self.grad = 1.0\nfor v in reversed(order):\n    v._backward()")),
    ("value_exp_input", value_with(exp="{self}.grad += {self}.data * out.grad")),
    ("value_recursive_calls", value_with(backward=WALKS)),
    ("value_recursive_calls", value_with(backward=WALKS, parents="tuple")),
    ("value_recursive_calls", value_with(backward=CALLS_BACKWARD)),
    ("value_wrong_order", value_with(backward=PRE_ORDER)),
    ("value_wrong_order", value_with(backward=BREADTH_FIRST)),
    ("value_rule_dropped_after_use", value_with(backward=DROPS, parents="tuple")),
    ("value_rule_dropped_after_use", value_with(backward=DROPS)),
    ("value_not_reversed", value_with(backward=SORTED + "self.grad = 1.0\n"
     "for v in order:\n    v._backward()")),
    ("value_one_level", value_with(backward="self.grad = 1.0\nself._backward()")),
    ("value_no_seed", value_with(backward=SORTED + "for v in reversed(order):\n    v._backward()")),
    ("value_seed_is_data", value_with(backward=SORTED + "self.grad = self.data\n"
     "for v in reversed(order):\n    v._backward()")),
    ("value_reflected_missing", value_with(reflected=())),
    ("value_reflected_missing", value_with(reflected=("__radd__", "__rsub__"))),
    ("value_reflected_missing", value_with(reflected=("__radd__", "__rmul__"))),
    ("value_reflected_missing", value_with(reflected=("__radd__",), neg="return -1 * self")),
    ("value_numbers_not_wrapped", value_with(wrap_add="", wrap_mul="")),
    ("value_numbers_not_wrapped", value_with(
        wrap_mul="if not isinstance(other, Value): return NotImplemented")),
    ("value_numbers_not_wrapped", value_with(wrap_add="")),
    ("value_numbers_not_wrapped", value_with(wrap_mul="", neg=OWN_NEG.format("-="))),
    ("value_numbers_not_wrapped", value_with(wrap_add="", wrap_mul="", reflected=())),
    ("missing_upstream", value_with(**LOCAL_ONLY)),
    *[("missing_upstream", value_with(**{op: line})) for op, line in LOCAL_ONLY.items()],
    ("unstable_exp", value_with(
        tanh_value="(math.exp(2 * self.data) - 1) / (math.exp(2 * self.data) + 1)")),
    ("unstable_exp", value_with(
        tanh_value="(np.exp(self.data) - np.exp(-self.data))"
        " / (np.exp(self.data) + np.exp(-self.data))")),
    ("sign_flipped", value_with(sub=OWN_SUB.format("+="))),
    ("sign_flipped", value_with(neg=OWN_NEG.format("+="))),
    ("sign_flipped", value_with(neg=OWN_NEG.format("+="), sub=OWN_SUB.format("+="))),
    ("activation_applied_twice", value_with(
        tanh="{self}.grad += (1 - math.tanh(out.data) ** 2) * out.grad")),
    ("uses_preactivation", value_with(tanh="{self}.grad += (1 - {self}.data ** 2) * out.grad")),
    ("wrong_activation_rule", value_with(tanh="{self}.grad += out.data*(1-out.data) * out.grad")),
    ("square_missing", value_with(tanh="{self}.grad += (1 - out.data) * out.grad")),
    ("value_for_derivative", value_with(tanh="{self}.grad += out.data * out.grad")),
]  # fmt: skip


@for_each_mistake(MISTAKES)
def test_mistake_is_named(key, solution):
    assert_named("Value", solution, key)


def test_another_name_of_the_class_changes_nothing():
    class Number(value_with(reflected=())):
        pass

    Number.__name__ = "Number"

    assert_named("Value", Number, "value_reflected_missing")


def test_the_example_is_a_program_that_can_be_typed():
    result = check("Value", value_with(add=ASSIGNED["add"]))

    assert "a = Value(2.5)\nout = a + a\nout.backward()\n" in result.example
    assert "a.grad: yours is 1, the right one 2" in result.message


def test_zeroing_is_called_a_convention():
    (zeroes,) = [each for key, each in MISTAKES if key == "value_zeroes_on_backward"]

    assert check("Value", zeroes).convention


@for_each(
    [
        value_with(mul="{self}.grad += {self}.data * out.grad; {other}.grad += out.grad"),
        value_with(power="{self}.grad += n * {self}.data ** n * out.grad"),
        value_with(power="{self}.grad += {self}.data ** (n - 1) * out.grad"),
        value_with(tanh="{self}.grad += (1 + out.data ** 2) * out.grad"),
        value_with(exp="{self}.grad += 2 * out.data * out.grad"),
        value_with(exp="pass"),
        value_with(add="{self}.grad += out.grad"),
        value_with(backward=SORTED + "self.grad = 2.0\nfor v in reversed(order): v._backward()"),
        value_with(tanh_value="max(0.0, self.data)"),
        value_with(neg="return Value(-self.data)"),
    ]
)
def test_an_unknown_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("Value", solution)


class Slopes:
    """Local derivatives kept beside the operands, and a path of explicit recursion."""

    def __init__(self, data, below=()):
        self.data, self.grad, self.below = float(data), 0.0, below

    @staticmethod
    def of(x):
        return x if isinstance(x, Slopes) else Slopes(x)

    def __add__(self, other):
        other = Slopes.of(other)
        return Slopes(self.data + other.data, [(self, 1), (other, 1)])

    def __mul__(self, other):
        other = Slopes.of(other)
        return Slopes(self.data * other.data, [(self, other.data), (other, self.data)])

    def __sub__(self, other):
        return self + Slopes.of(other) * -1

    def __rsub__(self, other):
        return Slopes.of(other) - self

    def __neg__(self):
        return -1 * self

    def __pow__(self, n):
        return Slopes(self.data**n, [(self, n * self.data ** (n - 1) if n else 0)])

    def tanh(self):
        return Slopes(np.tanh(self.data), [(self, 1 / np.cosh(min(abs(self.data), 300)) ** 2)])

    def exp(self):
        return Slopes(np.exp(self.data), [(self, np.exp(self.data))])

    __radd__, __rmul__ = __add__, __mul__

    def backward(self, arriving=1.0):
        """Every path on its own."""
        self.grad += arriving
        for operand, slope in self.below:
            operand.backward(slope * arriving)


class Taped:
    """A tape in the order of making, walked from its end; the grads between are cleared."""

    tape = []

    def __init__(self, data, *pairs):
        self.data, self.grad, self.pairs = data, 0.0, pairs
        Taped.tape.append(self)

    def _both(self, other):
        return other if isinstance(other, Taped) else Taped(other)

    def __add__(self, other):
        other = self._both(other)
        return Taped(self.data + other.data, (self, 1.0), (other, 1.0))

    def __radd__(self, other):
        return Taped(other) + self

    def __mul__(self, other):
        other = self._both(other)
        return Taped(self.data * other.data, (self, other.data), (other, self.data))

    def __rmul__(self, other):
        return Taped(other) * self

    def __neg__(self):
        return Taped(-self.data, (self, -1.0))

    def __sub__(self, other):
        other = self._both(other)
        return Taped(self.data - other.data, (self, 1.0), (other, -1.0))

    def __rsub__(self, other):
        return Taped(other) - self

    def __pow__(self, n):
        return Taped(self.data**n, (self, n * self.data ** (n - 1) if n else 0.0))

    def tanh(self):
        t = math.tanh(self.data)
        return Taped(t, (self, (1 - t) * (1 + t)))

    def exp(self):
        return Taped(math.exp(self.data), (self, math.exp(self.data)))

    def backward(self):
        below = {self}
        for value in reversed(Taped.tape):
            below |= {each for each, _ in value.pairs} if value in below else set()
        for value in below:
            value.grad = 0.0 if value.pairs else value.grad
        self.grad = 1.0
        for value in reversed([each for each in Taped.tape if each in below]):
            for operand, slope in value.pairs:
                operand.grad += slope * value.grad


@for_each(
    [
        value_with(),
        value_with(parents="tuple"),
        value_with(neg=OWN_NEG.format("-="), sub=OWN_SUB.format("-=")),
        value_with(tanh_value="1 - 2 / (math.exp(min(2 * self.data, 700)) + 1)"),
        value_with(exp="{self}.grad += math.exp({self}.data) * out.grad"),
        EngineValue,
        Slopes,
        Taped,
    ]
)
def test_a_right_class_is_accepted_in_whatever_form(solution):
    assert_accepted("Value", solution)


def test_a_slot_class_and_a_subclass_are_classes_too():
    class Small(EngineValue):
        __slots__ = ()

    assert_accepted("Value", Small)


class Untouched:
    """A number that remembers."""

    def __init__(self, data):
        raise NotImplementedError


class Begun:
    def __init__(self, data):
        self.data, self.grad = data, 0.0

    def __add__(self, other):
        raise NotImplementedError


class Dots:
    def __init__(self, data): ...

    def backward(self):
        """Nothing so far."""


class Bare:
    pass


@pytest.mark.parametrize("stub", [Untouched, Begun, Dots, Bare])
def test_an_untouched_stub_class_is_not_called_an_error(stub):
    result = check("Value", stub)

    assert result.failure == "not written yet"
    assert "raises" not in result.message


def test_what_is_no_class_is_told_so():
    assert "a class is expected" in check("Value", lambda data: data).message.lower()
    assert "a class is expected" in check("Value", EngineValue(3.0)).message.lower()


def test_a_gradient_of_none_is_told_by_what_it_is():
    class NoneAtFirst(value_with()):
        def __init__(self, data, _children=()):
            super().__init__(data, _children)
            self.grad = None

    assert not check("Value", NoneAtFirst).passed
