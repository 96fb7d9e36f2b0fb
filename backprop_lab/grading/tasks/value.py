"""A number that remembers what it was made of: a class, tried with small programs."""

import math
from functools import cache
from itertools import product

from ..looks import Elsewhere
from ..task import AnyWrong, Facts, Mistake, Probe, Task


class Value:
    """A number, and by how much the end of a computation moves when it moves."""

    def __init__(self, data, op="", *made_of):
        self.data, self.grad, self.op, self.made_of = data, 0.0, op, made_of

    def __add__(self, other):
        other = self.wrapped(other)
        return self.made("add", self.data + other.data, (self, 1.0), (other, 1.0))

    def __mul__(self, other):
        other = self.wrapped(other)
        return self.made("mul", self.data * other.data, (self, other.data), (other, self.data))

    def __pow__(self, n):
        return self.made("pow", self.data**n, (self, n * self.data ** (n - 1) if n else 0.0))

    def exp(self):
        """Give e to the power of this value."""
        e = math.exp(self.data)
        return self.made("exp", e, (self, self.exp_slope(e)))

    def tanh(self):
        """Give the hyperbolic tangent."""
        t = math.tanh(self.data)
        return self.made("tanh", t, (self, self.tanh_slope(t)))

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -self.wrapped(other)

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self.wrapped(other) - self

    def backward(self):
        """Find the gradient of every value below, the last ones first."""
        self.grad = 1.0
        for value in reversed(self.order()):
            value.rule()

    def rule(self):
        """Give each operand its share of the gradient, times what has arrived here."""
        for operand, slope in self.made_of:
            operand.grad += slope * self.grad

    def order(self):
        """List all values below, each after its operands, this one last."""
        found = {}

        def visit(value):
            if value not in found:
                for operand, _ in value.made_of:
                    visit(operand)
                found[value] = True

        visit(self)
        return list(found)

    # What the mistakes replace.

    def made(self, op, data, *made_of):
        """Note a result beside its operands and their local slopes."""
        return type(self)(data, op, *made_of)

    def wrapped(self, other):
        """Make a Value of a plain number."""
        return other if isinstance(other, Value) else type(self)(other)

    def exp_slope(self, e):
        """By how much e^v moves with v."""
        return e

    def tanh_slope(self, t):
        """By how much tanh(v) moves with v."""
        return 1 - t * t


def but(*bases, **methods):
    """Make a class like Value with some methods replaced."""
    return type("Value", (*bases, Value), methods)


# Three ways to come by minus; some mistakes in + and * show in them, some do not.


class OwnNeg(Value):
    """Has a rule of its own for -v."""

    def __neg__(self):
        return self.made("neg", -self.data, (self, -1.0))


class OwnSub(Value):
    """Has a rule of its own for a - b."""

    def __sub__(self, other):
        other = self.wrapped(other)
        return self.made("sub", self.data - other.data, (self, 1.0), (other, -1.0))


class RsubByNeg(Value):
    """Takes 2 - v as -v + 2."""

    def __rsub__(self, other):
        return -self + other


MINUS = [(), (OwnNeg,), (OwnSub,), (OwnSub, OwnNeg)]


def assigning(*ops):
    """Write ``=`` for ``+=`` in the rules of these operations."""

    def rule(self):
        for operand, slope in self.made_of:
            before = 0.0 if self.op in ops else operand.grad
            operand.grad = before + slope * self.grad

    return [but(*minus, rule=rule) for minus in MINUS]


def without_upstream(*ops, minuses=MINUS):
    """Leave out the gradient that arrives, in the rules of these operations."""

    def rule(self):
        for operand, slope in self.made_of:
            operand.grad += slope * (1.0 if self.op in ops else self.grad)

    return [but(*minus, rule=rule) for minus in minuses]


def minus_as_plus(*ops):
    """Give the second operand of minus the sign of the first."""

    def made(self, op, data, *made_of):
        made_of = [(v, abs(slope) if op in ops else slope) for v, slope in made_of]
        return type(self)(data, op, *made_of)

    bases = [(OwnSub, OwnNeg)] + [(OwnNeg,)] * ("sub" not in ops)
    return [but(*each, *by, made=made) for each in [(), (RsubByNeg,)] for by in bases]


def tanh_by(slope):
    """Replace the local slope of tanh: (input, output) -> slope."""
    return but(tanh_slope=lambda self, t: slope(self.data, t))


def large_is_free(self):
    """Right for ordinary numbers, anything for large ones."""
    if abs(self.data) > 300:
        raise AnyWrong
    return Value.tanh(self)


def refuse_number_on_the_left(self, *other):
    """Fail as a class does that knows no number on the left."""
    raise AnyWrong(NO_REFLECTED)


def refuse_number(self, *other):
    """Fail, or not, where a plain number comes in that nobody wrapped."""
    raise AnyWrong(NO_DATA)


def refusing_numbers(method):
    """Do as is right with Values."""

    def wrong(self, other):
        return method(self, other) if isinstance(other, Value) else refuse_number(self)

    return wrong


UNSUPPORTED = r"TypeError: unsupported operand type\(s\) for [-+*]: "
NO_REFLECTED = rf"{UNSUPPORTED}'(int|float)' and "
NO_DATA = rf"AttributeError: '(int|float)' object has no attribute|{UNSUPPORTED}"


# Wrong ways through the graph.


def visiting(order):
    """Run each rule once, in an order of one's own: (self) -> values."""

    def backward(self):
        self.grad = 1.0
        for value in order(self):
            value.rule()

    return but(backward=backward)


def operands(value, turn):
    """List what a value was made of, from the left or from the right."""
    return [operand for operand, _ in value.made_of][::turn]


def depth_first(turn):
    """Visit a value before its operands, each once."""

    def order(self):
        found = {}

        def visit(value):
            if value not in found:
                found[value] = True
                for operand in operands(value, turn):
                    visit(operand)

        visit(self)
        return found

    return order


def queued(turn, last_in_first_out=False):
    """Visit level by level, or from a stack, each once."""

    def order(self):
        waiting, found = [self], {self: True}
        while waiting:
            value = waiting.pop() if last_in_first_out else waiting.pop(0)
            yield value
            for operand in operands(value, turn):
                if operand not in found:
                    found[operand] = True
                    waiting.append(operand)

    return order


def recursive(turn, unique=True, at_once=True):
    """Call the operands' own walk, as often as one gets there."""

    def walk(self):
        if at_once:
            self.rule()
        for operand, slope in self.made_of[::turn]:
            operand.grad += 0.0 if at_once else slope * self.grad
            if not unique:
                operand.walk()
        for operand in dict.fromkeys(operands(self, turn)) if unique else ():
            operand.walk()

    def backward(self):
        self.grad = 1.0
        self.walk()

    return but(walk=walk, backward=backward)


def recursive_with_argument(turn):
    """Hand on everything that has arrived so far, at each arrival."""

    def backward(self, arriving=1.0):
        self.grad += arriving
        for operand, slope in self.made_of[::turn]:
            operand.backward(slope * self.grad)

    return but(backward=backward)


def recursive_with_seed(turn, once):
    """Call backward itself on the operands, which seeds each of them anew."""

    def backward(self):
        if not once or self.grad == 0:
            self.grad = 1.0
        self.rule()
        for operand in dict.fromkeys(operands(self, turn)):
            operand.backward()

    return but(backward=backward)


def dropping_rules(turn):
    """Forget a value's rule after its first use."""

    def walk(self):
        self.rule()
        self.rule = lambda: None
        for operand in operands(self, turn):
            operand.walk()

    def backward(self):
        self.grad = 1.0
        self.walk()

    return but(walk=walk, backward=backward)


def seeded(seed):
    """Begin with another gradient at the end: (self) -> seed."""

    def backward(self):
        self.grad = seed(self)
        for value in reversed(self.order()):
            value.rule()

    return but(backward=backward)


def zeroing(self):
    """Set every gradient to 0 before anything else."""
    for value in self.order():
        value.grad = 0.0
    Value.backward(self)


# Programs.


def run(solution, program, numbers):
    """Run a program with these numbers as Values; look at what it leaves in `out` and beside it."""
    gradients = ["out.grad", *(f"{name}.grad" for name in numbers)]
    wanted = ["out.data", *(["growth"] if "growth" in program else gradients)]
    if isinstance(solution, Elsewhere):
        return Facts(solution.play(program, numbers, wanted))
    names = {name: solution(number) for name, number in numbers.items()}
    exec(_compiled(program), names)
    return Facts({each: eval(each, names) for each in wanted})


@cache
def _compiled(program):
    return compile(program, "<program of the check>", "exec")


def typed(program, numbers):
    """Write a program as a learner could type it."""
    return [*(f"{name} = Value({number})" for name, number in numbers.items()), program]


def program(*lines, edge=False, **numbers):
    """Make a probe of lines that end in `out`; unless they say otherwise, backward follows."""
    if not any("backward" in line for line in lines[-2:]):
        lines = (*lines, "out.backward()")

    def vary(rng):
        return "\n".join(lines), {name: nudged(number, rng) for name, number in numbers.items()}

    return Probe(lambda rng: ("\n".join(lines), numbers), {}, edge=edge, vary=vary)


def nudged(number, rng):
    """Move a number a little; one that is whole stays so."""
    return number if isinstance(number, int) else round(number * rng.uniform(0.8, 1.2), 2)


PROGRAMS = [
    program("out = a + b", a=2.0, b=-3.0),
    program("out = a * b", a=2.0, b=-3.0),
    program("out = a + a", a=2.5),
    program("out = a * a", a=-3.0),
    program("out = a * b + c", a=0.5, b=-3.0, c=2.0),
    program("d = a * b + c", "out = d * b", a=0.5, b=-3.0, c=2.0),
    program("d = a + b", "out = d * a", a=0.5, b=-3.0),
    program("out = (a * b).tanh() * c", a=0.5, b=-1.4, c=3.0),
    program("out = a.tanh() * b", a=1.3, b=-2.0),
    program("out = a.tanh() + a.tanh()", a=0.3),
    program("out = (a * b).exp() * c", a=0.5, b=-1.4, c=3.0),
    program("out = a ** 3 * b", a=-2.0, b=0.5),
    program("out = (a * b) ** -2", a=0.5, b=-1.6),
    program("out = -a * b", a=0.5, b=3.0),
    program("out = (a - b) * c", a=0.5, b=3.0, c=-1.5),
    program("out = a + 3", a=0.5),
    program("out = a * 3", a=0.5),
    program("out = (a - 3) * b", a=0.5, b=1.5),
    program("out = 3 + a", a=0.5),
    program("out = 3 * a", a=0.5),
    program("out = (3 - a) * b", a=0.5, b=1.5),
    program("d = a * b", "out = d + d", a=2.0, b=-3.0),
    program("d = a + b", "e = d + d", "out = e * c", a=2.0, b=-3.5, c=1.5),
    program("d = a * b", "out = d * c + d * c", a=2.0, b=-3.0, c=0.7),
    program("d = a * b", "out = d + d.tanh().tanh()", a=0.8, b=-0.5),
    program(
        "first = a * b", "first.backward()", "out = a * c", "out.backward()", a=2.0, b=3.0, c=-4.0
    ),
    program(
        "out = a * b * c",
        "out.backward()",
        "once = a.grad",
        "out.backward()",
        "growth = 1 if a.grad > once else 0  # a second call adds to a.grad",
        a=2.0,
        b=3.0,
        c=0.5,
    ),
    program("out = a * a", a=2.0, b=3.0),
    program("out = a.tanh()", edge=True, a=0.0),
    program("out = a.tanh() * b", edge=True, a=-4.0, b=2.0),
    program("out = a.tanh() * b", edge=True, a=1000.0, b=2.0),
    program("out = a.tanh() * b", edge=True, a=-1000.0, b=2.0),
    program("out = a ** 2 + a * 3 + 1", edge=True, a=0.0),
    program("out = a ** 0.5", edge=True, a=2.25),
    program("out = a * b + 1", edge=True, a=2, b=3),
    program("out = 2.5 * a - 0.5", edge=True, a=3.0),
    program(
        "out = a", "for _ in range(50):", "    out = out * b + c", edge=True, a=2.0, b=1.1, c=-0.3
    ),
]

FORWARD_HINTS = (
    "Each operation gives a new Value. Which two things does it have to remember about its "
    "operands, so that a gradient can find its way back?",
    "A plain number on the right becomes a Value first. A number on the left asks the Value for "
    "`__radd__`, `__rmul__` and `__rsub__`.",
    "`other = other if isinstance(other, Value) else Value(other)`, and `__radd__ = __add__`, "
    "`__rmul__ = __mul__`; minus can be made of these: `self + (-1) * other`.",
)
BACKWARD_HINTS = (
    "Begin at the end: there the gradient is 1. Each value hands its gradient on to its operands, "
    "times the local derivative: 1 for +, the other factor for *, 1 - t² for t = tanh(v).",
    "What arrives from several sides adds up, so write `+=`. And a value may hand on only when "
    "everything has arrived: after all values that were made of it.",
    "List all values so that each stands after its operands (visit the operands first, then "
    "append the value). Set `self.grad = 1.0`, go through `reversed(order)` and let each one hand "
    "on.",
)

TASK = Task(
    right=Value,
    returns=dict.fromkeys(["out.data", "out.grad", "a.grad", "b.grad", "c.grad", "growth"], ""),
    use=run,
    typed=typed,
    probes=PROGRAMS,
    hints={
        "out.data": FORWARD_HINTS,
        **dict.fromkeys(["out.grad", "a.grad", "b.grad", "c.grad", "growth"], BACKWARD_HINTS),
        "": FORWARD_HINTS,
    },
    mistakes=[
        Mistake(
            "value_reflected_missing",
            "A plain number on the left fails. Python first asks the number, which knows nothing "
            "of Values, then your class: for `__radd__`, `__rmul__` and `__rsub__`.",
            but(
                **dict.fromkeys(
                    ["__neg__", "__sub__", "__radd__", "__rmul__", "__rsub__"],
                    refuse_number_on_the_left,
                )
            ),
        ),
        Mistake(
            "value_numbers_not_wrapped",
            "A plain number as an operand fails: it has no .data. Make a Value of it first, "
            "`other = other if isinstance(other, Value) else Value(other)`.",
            but(
                __add__=refusing_numbers(Value.__add__),
                __mul__=refusing_numbers(Value.__mul__),
                **dict.fromkeys(
                    ["__neg__", "__sub__", "__radd__", "__rmul__", "__rsub__"], refuse_number
                ),
            ),
        ),
        Mistake(
            "value_no_seed",
            "All your gradients are 0, that of the end included. The end moves by 1 when it moves "
            "by 1: backward() begins with `self.grad = 1.0`.",
            seeded(lambda self: 0.0),
        ),
        Mistake(
            "value_seed_is_data",
            "backward() begins with the data of the end. It begins with the gradient of the end, "
            "and the end moves by 1 when it moves by 1: `self.grad = 1.0`.",
            seeded(lambda self: self.data),
        ),
        Mistake(
            "value_one_level",
            "Only the operands of the last operation get a gradient. backward() goes on to the "
            "operands of the operands, until it reaches the numbers that you wrote down.",
            visiting(lambda self: [self]),
        ),
        Mistake(
            "value_not_reversed",
            "Your backward() goes from the first values to the last, so all but the last find a "
            "gradient of 0 to hand on. Begin at the end: `reversed(order)`.",
            visiting(lambda self: self.order()),
        ),
        Mistake(
            "value_recursive_calls",
            "A value that was used twice hands on its gradient twice, and the second time the "
            "first part goes with it. Let each value hand on once, when all has arrived: put them "
            "in order first, then go through the order.",
            [
                *(recursive(*how) for how in product([1, -1], [True, False], [True, False])),
                *(recursive_with_argument(turn) for turn in (1, -1)),
                *(recursive_with_seed(*how) for how in product([1, -1], [True, False])),
            ],
        ),
        Mistake(
            "value_rule_dropped_after_use",
            "A value that was used twice hands on what came first, and what comes later stays with "
            "it: its rule is gone after one use, and a second backward() adds nothing. Let each "
            "value hand on once, after all values that were made of it.",
            [dropping_rules(turn) for turn in (1, -1)],
        ),
        Mistake(
            "value_wrong_order",
            "A value that was used twice hands on before all of its gradient has arrived. First "
            "come all values that were made of it: put each value after its operands in a list, "
            "and go through it from the end.",
            [
                visiting(order(turn))
                for order in (depth_first, queued, lambda turn: queued(turn, True))
                for turn in (1, -1)
            ],
        ),
        Mistake(
            "sign_flipped",
            "The second operand of minus gets the sign of the first. When b grows, a - b falls: "
            "its local derivative is -1.",
            [each for ops in [("neg",), ("sub",), ("neg", "sub")] for each in minus_as_plus(*ops)],
        ),
        Mistake(
            "value_assign_everywhere",
            "Your rules write `=` where `+=` belongs, in several operations. Where a value is used "
            "twice, two gradients arrive, and the second must not wipe out the first.",
            [
                each
                for ops in [
                    ("add", "mul", "tanh", "pow", "exp", "neg", "sub"),
                    ("add", "mul", "tanh", "exp"),
                    ("add", "mul", "tanh", "pow"),
                    ("add", "mul", "pow", "exp"),
                    ("add", "mul", "tanh"),
                    ("add", "mul"),
                ]
                for each in assigning(*ops)
            ],
        ),
        Mistake(
            "value_assign_add",
            "Your rule for + writes `=` where `+=` belongs. In a + a two gradients arrive at a, "
            "and the second must not wipe out the first.",
            [*assigning("add"), *assigning("add", "sub")],
        ),
        Mistake(
            "value_assign_mul",
            "Your rule for * writes `=` where `+=` belongs. In a * a two gradients arrive at a, "
            "and the second must not wipe out the first.",
            [*assigning("mul"), *assigning("mul", "neg")],
        ),
        Mistake(
            "value_assign_tanh",
            "Your rule for tanh writes `=` where `+=` belongs. In tanh(a) + tanh(a) two gradients "
            "arrive at a, and the second must not wipe out the first.",
            assigning("tanh"),
        ),
        Mistake(
            "missing_upstream",
            "A rule of yours hands on the local derivative alone. The chain rule multiplies it by "
            "the gradient that has arrived: `self.grad += local * out.grad`.",
            [
                each
                for ops in [
                    ("add", "mul", "tanh", "pow", "exp", "neg", "sub"),
                    ("add",),
                    ("mul",),
                    ("tanh",),
                    ("pow",),
                    ("exp",),
                    ("add", "mul"),
                    ("tanh", "exp"),
                    ("tanh", "pow", "exp"),
                ]
                for each in without_upstream(*ops)
            ]
            + without_upstream("neg", minuses=[(OwnNeg,), (OwnSub, OwnNeg)])
            + without_upstream("sub", minuses=[(OwnSub,), (OwnSub, OwnNeg)]),
        ),
        Mistake(
            "activation_applied_twice",
            "Your rule for tanh takes tanh of the output once more. The output t is tanh(v) "
            "already, and the local derivative is 1 - t².",
            tanh_by(lambda v, t: 1 - math.tanh(t) ** 2),
        ),
        Mistake(
            "uses_preactivation",
            "Your rule for tanh is 1 - v², with the input v. It is 1 - t², with the output "
            "t = tanh(v).",
            tanh_by(lambda v, t: 1 - v * v),
        ),
        Mistake(
            "wrong_activation_rule",
            "Your rule for tanh is t·(1 - t), which belongs to the sigmoid. That of tanh is "
            "1 - t².",
            tanh_by(lambda v, t: t * (1 - t)),
        ),
        Mistake(
            "square_missing",
            "Your rule for tanh is 1 - t. The square is missing: 1 - t².",
            tanh_by(lambda v, t: 1 - t),
        ),
        Mistake(
            "value_for_derivative",
            "Your rule for tanh hands on tanh itself. Its derivative is 1 - t², with t = tanh(v).",
            tanh_by(lambda v, t: t),
        ),
        Mistake(
            "value_exp_input",
            "Your rule for exp multiplies by the input. exp is its own derivative: multiply by "
            "the output.",
            but(exp_slope=lambda self, e: self.data),
        ),
        Mistake(
            "value_zeroes_on_backward",
            "Your backward() sets the gradients to 0 before it begins, so a second graph wipes out "
            "what the first one gave to a. Here gradients add up until somebody sets them to 0, as "
            "in the big frameworks.",
            but(backward=zeroing),
            convention=True,
        ),
        Mistake(
            "unstable_exp",
            "Right for ordinary numbers, but exp overflows for large ones (from 710 on). "
            "`math.tanh` and `np.tanh` take any number.",
            but(tanh=large_is_free),
        ),
    ],
)
