"""Formulas are read and never run; what is read agrees with Value and with small steps."""

import math
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backprop_lab.labs.expression import FUNCTIONS, LONGEST, MOST, arithmetic, graph, values_of
from backprop_lab.nn import Value

VALUES = {"a": 1.5, "b": -0.75, "c": 2.0}
pytestmark = pytest.mark.filterwarnings("error")


def compute(text, **values):
    """Let Python itself compute an expression of this test's own making."""
    names = {
        "exp": lambda v: v.exp() if isinstance(v, Value) else math.exp(v),
        "tanh": lambda v: v.tanh() if isinstance(v, Value) else math.tanh(v),
        "relu": lambda v: v.relu() if isinstance(v, Value) else max(0.0, v),
    }
    return eval(text, {"__builtins__": {}}, names | values)


def combined(parts):
    pair = st.tuples(parts, st.sampled_from(["+", "-", "*", "/"]), parts)
    return st.one_of(
        pair.map(lambda each: f"({' '.join(each)})"),
        st.tuples(parts, st.sampled_from(["2", "3", "-1"])).map("({0[0]})**{0[1]}".format),
        st.tuples(st.sampled_from(sorted(FUNCTIONS)), parts).map("{0[0]}({0[1]})".format),
        parts.map("-{}".format),
    )


expressions = st.recursive(st.sampled_from(["a", "b", "c", "2", "0.5"]), combined, max_leaves=8)


@st.composite
def graphs(draw):
    text = draw(expressions)
    try:
        return text, graph(text, VALUES)
    except ValueError:  # no variable, a division by zero, too large
        assume(False)


@given(graphs())
def test_a_graph_agrees_with_the_tape(read):
    text, g = read
    values = {name: Value(number) for name, number in VALUES.items()}
    end = compute(text, **values)
    end.backward()
    assert g.end.data == pytest.approx(end.data)
    for node in g.variables:
        assert node.gradient == pytest.approx(values[node.name].grad)


@given(graphs())
def test_a_graph_agrees_with_small_steps(read):
    text, g = read
    assume(all(abs(node.data) < 100 and abs(node.gradient) < 100 for node in g.nodes))
    assume("relu" not in text)  # a small step may cross its kink
    for node in g.variables:
        up, down = (compute(text, **VALUES | {node.name: node.data + h}) for h in (1e-6, -1e-6))
        assert node.gradient == pytest.approx((up - down) / 2e-6, rel=1e-3, abs=1e-3)


@given(graphs())
def test_what_the_links_send_adds_up_to_the_gradient(read):
    _, g = read
    for node in g.nodes[:-1]:
        sent = sum(link.sent for link in g.into(node))
        assert sent == pytest.approx(node.gradient, rel=1e-9, abs=1e-9)


@given(graphs())
def test_every_name_is_given_once_and_operands_come_first(read):
    _, g = read
    assert len({node.name for node in g.nodes}) == len(g.nodes) <= MOST
    place = {node: i for i, node in enumerate(g.nodes)}
    assert all(place[link.operand] < place[link.result] for link in g.links)


def test_the_seed_example():
    g = graph("(w*x - 10)**2", {"w": 2, "x": 3})
    assert [node.gradient for node in g.variables] == [-24, -16]
    assert [f"{n.name} = {n.formula} = {n.with_numbers}" for n in g.results] == [
        "p = w · x = 2 · 3",
        "q = p − 10 = 6 − 10",
        "L = q² = (−4)²",
    ]
    assert [link.formula for link in g.links] == ["x", "w", "1", "2 · q"]


def test_a_variable_is_one_node_however_often_it_is_used():
    g = graph("a*a + a", {"a": 3})
    assert [node.name for node in g.nodes] == ["a", "p", "L"]
    assert len(g.into(g.nodes[0])) == 3
    assert g.nodes[0].gradient == 7


def test_constants_need_no_node():
    g = graph("2*3*a - -(1 + 1)", {"a": 1})
    assert [f"{node.name} = {node.formula}" for node in g.results] == ["p = 6 · a", "L = p − (−2)"]


def test_the_end_is_called_l_unless_a_variable_is():
    assert graph("+(a*2)", {"a": 1}).end.name == "L"
    assert graph("L*p*2", {"L": 1, "p": 1}).end.name == "end"


HOSTILE = [
    "__import__('os').system('touch hacked')",
    "__import__",
    "a.real",
    "a.__class__",
    "().__class__",
    "9**9**9",
    "9**9**9**9*a",
    "a**99",
    "lambda: a",
    "f'{a}'",
    "'a'*9",
    "[a][0]",
    "{a}",
    "(a for a in a)",
    "(a := 2)",
    "a if a else a",
    "a and a",
    "not a",
    "a < 2",
    "a // 2",
    "a % 2",
    "a @ a",
    "~a",
    "a << 9999999",
    "print(a)",
    "eval(a)",
    "exp(a)(a)",
    "exp(a)(*a)",
    "exp(x=a)",
    "exp(*a)",
    "exp()",
    "exp",
    "exp.real",
    "(yield a)",
    "await a",
    "1j*a",
    "True*a",
    "None",
    "...",
    "1e999*a",
    "exp(1000*a)",
    "exp(30)**9*a",
    "a/0",
    "0**-1*a",
    "(-a)**0.5",
    "a**a",
    "ａ",
    "а",  # Cyrillic
    "a\u200b",
    "a\n+a",
    "a#a",
    "\0",
    "\ud800",
    "(" * LONGEST,
    "-" * LONGEST,
    "-" * (LONGEST - 1) + "a",
    "a" * 10**6,
    "+".join("a" * 60),
    "+".join("a" * 26),
    "1if a else 2",
    "2a",
    "(a",
    "",
    "  ",
    "a",
    "2 + 3",
    "b*2",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:24]))
def test_what_is_no_formula_is_refused(text, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="."):
        graph(text, {"a": 2})
    assert not list(tmp_path.iterdir())


@given(st.text(max_size=LONGEST + 5))
def test_no_text_whatever_breaks_the_reader(text):
    try:
        assert math.isfinite(graph(text, {"a": 2.0}).end.data)
    except ValueError:
        pass


@given(st.text("aexp0123456789.+-*/() _L,=", max_size=40))
def test_no_near_formula_breaks_the_reader(text):
    for read in (lambda text: graph(text, {"a": 2.0}), arithmetic, values_of):
        try:
            read(text)
        except ValueError:
            pass


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a^2", "'^' is not known: a power is written **"),
        ("a, 2", "',' is not known: a decimal point"),
        ("a = 2", "'=' is not known: values belong into the field"),
        ("a²", "a square is written **2"),
        ("a$", "known are numbers, names, + - * / ** ( ) and exp, tanh, relu"),
        ("sin(a)", "there is no function sin here: there are exp, tanh, relu"),
        ("exp", "exp is a function: write exp"),
        ("a*z", "z has no value yet: write z=1"),
        ("2a", "Is a * or a bracket missing"),
        ("a**11", "exponents go from -10 to 10, got 11"),
        ("a**a", "an exponent has to be a plain number, and a is a variable"),
        ("a.real", "'a.real' can't be used here"),
        ("a/0", "divided by zero"),
        ("exp(999*a)", "too large"),
        ("2", "nothing to differentiate"),
    ],
)
def test_errors_say_what_is_wrong_and_what_is_known(text, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        graph(text, {"a": 2})


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("w=2, x=-3.5", {"w": 2, "x": -3.5}),
        ("w = 2; x = 1/4", {"w": 2, "x": 0.25}),
        ("w1=2 w2=3", {"w1": 2, "w2": 3}),
        ("", {}),
    ],
)
def test_values_are_read_as_people_write_them(text, values):
    assert values_of(text) == values


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("w", "values are written like w=2, x=3"),
        ("w=", "values are written like w=2, x=3"),
        ("w=0,5", "'5' is not"),
        ("w=1, w=2", "w has two values"),
        ("w=x", "x has no value yet"),
        ("tanh=1", "'tanh' can't name a value"),
        ("1w=1", "'1w' can't name a value"),
        ("w=1e13", "too large"),
        ("w=__import__('os')", "is not known"),
    ],
)
def test_values_that_are_none_are_explained(text, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        values_of(text)


@pytest.mark.parametrize("number", [True, "2", None, [2], math.nan, math.inf, 1j])
def test_values_are_plain_numbers(number):
    with pytest.raises(ValueError, match="a has to be a number|a is too large"):
        graph("a*2", {"a": number})


def test_sums_are_worked_out():
    assert arithmetic("2*(6 - 10)*3") == -24
    assert arithmetic("tanh(0.5)") == pytest.approx(math.tanh(0.5))
