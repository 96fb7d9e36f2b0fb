"""A typed expression becomes a computation graph: read symbol by symbol, and never executed."""

import ast
import math
import re
import warnings
from dataclasses import dataclass

from ..nn import Value
from .operations import (
    DIVIDED,
    EXP,
    MINUS,
    NEGATED,
    PLUS,
    RELU,
    TANH,
    TIMES,
    Operation,
    power,
    written,
)

LONGEST, MOST, STEEPEST = 120, 24, 10  # characters, values in the graph, exponent
FUNCTIONS = {"exp": EXP, "tanh": TANH, "relu": RELU}
_SIGNS = {ast.Add: PLUS, ast.Sub: MINUS, ast.Mult: TIMES, ast.Div: DIVIDED}
_KNOWN = f"known are numbers, names, + - * / ** ( ) and {', '.join(FUNCTIONS)}"
_ADVICE = {
    "^": "a power is written **, as in x**2",
    "²": "a square is written **2",
    ",": "a decimal point is written as in 0.5, and functions take one argument",
    "=": "values belong into the field for values",
}


@dataclass(frozen=True, eq=False)
class Node:
    """A value in the graph: a variable, or the result of an operation.

    Parameters
    ----------
    name : str
    value : Value
        The number, and after the backward pass its gradient.
    operation : Operation, optional
        What made it; None for a variable.
    operands : tuple of Node or float
        What it was made of; a float is a constant, which needs no gradient.
    """

    name: str
    value: Value
    operation: Operation | None = None
    operands: tuple = ()

    @property
    def data(self):
        """The number."""
        return self.value.data

    @property
    def gradient(self):
        """∂L/∂(this value), L the end."""
        return self.value.grad

    @property
    def formula(self):
        """How it is computed, in names: w · x; "" for a variable."""
        return self.operation.written.format(*map(_name, self.operands)) if self.operation else ""

    @property
    def with_numbers(self):
        """How it is computed, in numbers: 2 · 3."""
        numbers = [written(each) for each in self.numbers]
        if self.operation.written[:3] == "{0}" and len(numbers) == 2:
            numbers[1] = _in_brackets(numbers[1])
        elif "(" not in self.operation.written:
            numbers = map(_in_brackets, numbers)
        return self.operation.written.format(*numbers)

    @property
    def numbers(self):
        """The operands as plain numbers."""
        return tuple(each.data if isinstance(each, Node) else each for each in self.operands)

    @property
    def links(self):
        """The links along which gradients leave it, one for each operand that is a value."""
        each = enumerate(self.operands)
        return [Link(self, operand, i) for i, operand in each if isinstance(operand, Node)]


@dataclass(frozen=True)
class Link:
    """The way from a result back to one of its operands.

    Parameters
    ----------
    result, operand : Node
    slot : int
        Which operand it is: w · w has two links to the same value.
    """

    result: Node
    operand: Node
    slot: int

    @property
    def slope(self):
        """The local derivative ∂(result)/∂(operand), as a number."""
        return self.result.operation.slope(self.result.numbers, self.slot)

    @property
    def formula(self):
        """The local derivative as a formula: x for w · x, −10 for w · (−10)."""
        formula = self.fill(self.result.operation.slopes[self.slot])
        return formula[1:-1] if formula == f"({written(self.slope)})" else formula

    @property
    def sent(self):
        """What goes along: upstream gradient times local derivative."""
        return self.result.gradient * self.slope

    def fill(self, text):
        """Put the names into a text of the operation's."""
        return text.format(*map(_name, self.result.operands), y=self.result.name)


@dataclass(frozen=True, eq=False)
class Graph:
    """All values of an expression, each after what it is made of; gradients are known.

    Attributes
    ----------
    text : str
        The expression as it was typed.
    nodes : tuple of Node
        Variables first, in the order in which they appear; the end comes last.
    """

    text: str
    nodes: tuple[Node, ...]

    @property
    def variables(self):
        return [node for node in self.nodes if not node.operation]

    @property
    def results(self):
        return [node for node in self.nodes if node.operation]

    @property
    def end(self):
        return self.nodes[-1]

    @property
    def links(self):
        return [link for node in self.nodes for link in node.links]

    def into(self, node):
        """List the links along which gradients arrive at a value."""
        return [link for link in self.links if link.operand is node]


def graph(text, values):
    """Read an expression, compute it, and find all its gradients.

    Parameters
    ----------
    text : str
        As Python writes it, of numbers, names, + - * / **, brackets, exp, tanh and relu.
    values : dict of str to float
        A number for each name.

    Returns
    -------
    Graph

    Raises
    ------
    ValueError
        If something in it is unknown, has no value, is no number, or is too large to show.

    Examples
    --------
    >>> g = graph("(w*x - 10)**2", {"w": 2, "x": 3})
    >>> [f"{node.name} = {node.formula}" for node in g.results]
    ['p = w · x', 'q = p − 10', 'L = q²']
    >>> g.variables[0].gradient
    -24.0
    """
    tree = _parsed(text)
    grown = _Growth(_checked(values), tree)
    end = grown.read(tree)
    if not isinstance(end, Node) or not end.operation:
        raise ValueError("there is nothing to differentiate: write a formula such as w*x + 1")
    end.value.backward()
    for node in grown.nodes:
        _finite(node.gradient, f"the gradient of {node.name}")
    variables = sorted(grown.nodes, key=lambda node: node.operation is not None)
    return Graph(text.strip(), tuple(variables))


def arithmetic(text):
    """Work out numbers that are typed as a sum: 2 * (6 - 10), tanh(0.5).

    Raises
    ------
    ValueError
        As `graph` does; names are unknown here.
    """
    tree = _parsed(text)
    return _Growth({}, tree).read(tree)


def values_of(text):
    """Read values as they are typed: w=2, x=-3.5.

    Returns
    -------
    dict of str to float

    Raises
    ------
    ValueError
        If it does not read like that.
    """
    values = {}
    for part in filter(None, re.split(r"[,;]\s*|\s+(?=[^\W\d]\w*\s*=)", text.strip())):
        name, equals, number = (each.strip() for each in part.partition("="))
        if not (name and equals and number):
            raise ValueError(f"values are written like w=2, x=3: {part.strip()!r} is not")
        if name in values:
            raise ValueError(f"{name} has two values")
        values[name] = arithmetic(number)
    return _checked(values)


class _Growth:
    """The nodes of a graph while it is being read."""

    def __init__(self, values, tree):
        self.values, self.nodes, self.end = values, [], _signless(tree)
        self.named = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
        self.letters = iter(each for each in _LETTERS if each not in self.named)

    def read(self, tree):
        """Give the node of a part of the expression, or a float where it is constant."""
        match tree:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return _finite(number, ast.unparse(tree))
            case ast.Name(id=name):
                return self.variable(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.result(tree, NEGATED, operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand)
            case ast.BinOp(left=base, op=ast.Pow(), right=exponent):
                return self.result(tree, power(self.exponent(exponent)), base)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
                return self.result(tree, _SIGNS[type(op)], left, right)
            case ast.Call(func=ast.Name(id=name), args=[operand], keywords=[]):
                return self.result(tree, _function(name), operand)
        raise ValueError(f"{ast.unparse(tree)!r} can't be used here: {_KNOWN}")

    def variable(self, name):
        """Give the one node of a variable, however often it is used."""
        if name in FUNCTIONS:
            raise ValueError(f"{name} is a function: write {name}(...), with its argument")
        if name not in self.values:
            raise ValueError(f"{name} has no value yet: write {name}=1, say, among the values")
        known = next((node for node in self.nodes if node.name == name), None)
        return known or self.add(Node(name, Value(self.values[name])))

    def exponent(self, tree):
        n = self.read(tree)
        if isinstance(n, Node):
            raise ValueError(f"an exponent has to be a plain number, and {n.name} is a variable")
        if abs(n) > STEEPEST:
            raise ValueError(f"exponents go from -{STEEPEST} to {STEEPEST}, got {n:g}")
        return n

    def result(self, tree, operation, *operands):
        """Compute an operation; give a node, or a float where all operands are constant."""
        operands = tuple(map(self.read, operands))
        if not any(isinstance(each, Node) for each in operands):
            return _computed(operation, Value(operands[0]), *operands[1:]).data
        values = [each.value if isinstance(each, Node) else each for each in operands]
        value = _computed(operation, *values)
        return self.add(Node(self.name(tree), value, operation, operands))

    def add(self, node):
        self.nodes.append(node)
        return node

    def name(self, tree):
        """Name a result: the end is L, and others get letters that are still free."""
        if tree is not self.end:
            return next(self.letters)
        return "L" if "L" not in self.named else "end"


_LETTERS = "pqrstuvcdefghkmnabijxyzw"


def _signless(tree):
    """Give what stands behind plus signs, which do nothing."""
    while isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.UAdd):
        tree = tree.operand
    return tree


def _parsed(text):
    """Let Python find the structure of a text that holds known characters alone."""
    if len(text) > LONGEST:
        raise ValueError(f"at most {LONGEST} characters, please; these are {len(text)}")
    text = text.strip()
    for character in text:
        if not (character.isascii() and (character.isalnum() or character in "+-*/(). _")):
            raise ValueError(f"{character!r} is not known: {_ADVICE.get(character, _KNOWN)}")
    if not text:
        raise ValueError("there is nothing yet: write a formula such as w*x + 1")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # 1if 2else 3: refused in a moment
            tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = getattr(error, "msg", "") or "it is nested too deeply"
        raise ValueError(f"{text!r} can't be read: {why}. Is a * or a bracket missing?") from None
    return _small(tree)


def _small(tree):
    """Refuse what would give more values than there is room, and letters, for."""
    parts = list(ast.walk(tree))
    results = sum(isinstance(part, ast.BinOp | ast.UnaryOp | ast.Call) for part in parts)
    variables = {part.id for part in parts if isinstance(part, ast.Name)} - FUNCTIONS.keys()
    if results + len(variables) > MOST:
        raise ValueError(f"more than {MOST} values: too many to look at in one picture")
    return tree


def _checked(values):
    for name, number in values.items():
        if not re.fullmatch(r"[A-Za-z]\w{0,5}", name, re.ASCII) or name in FUNCTIONS:
            raise ValueError(
                f"{name!r} can't name a value: names have up to 6 letters and digits, such as w1"
            )
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ValueError(f"{name} has to be a number, got {number!r}")
        _finite(number, name)
    return {name: float(number) for name, number in values.items()}


def _function(name):
    if name not in FUNCTIONS:
        raise ValueError(f"there is no function {name} here: there are {', '.join(FUNCTIONS)}")
    return FUNCTIONS[name]


def _computed(operation, *operands):
    """Compute an operation on Values, or say why that can't be done."""
    try:
        value = operation.apply(*operands)
    except OverflowError:
        value = Value(math.inf)
    numbers = [written(each.data if isinstance(each, Value) else each) for each in operands]
    _finite(value.data, operation.written.format(*numbers))
    return value


def _finite(number, what):
    try:
        number = float(number)
    except OverflowError:
        number = math.inf
    if not abs(number) <= 1e12:
        raise ValueError(f"{what} is too large: numbers up to 10¹² can be shown")
    return number


def _name(operand):
    return operand.name if isinstance(operand, Node) else _in_brackets(written(operand))


def _in_brackets(number):
    return f"({number})" if number.startswith("−") else number
