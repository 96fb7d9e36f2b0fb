"""The backprop stepper without its picture: what comes next, what is right, what went wrong."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from .expression import Graph, Link, Node
from .operations import written
from .wording import count

ACCEPT = 0.02  # of the right number: what is shown has four digits, and heads round to two or three


class Mistake(StrEnum):
    """What a wrong answer did."""

    OPERATION = "another operation"
    SIGN = "the sign is turned"
    NO_UPSTREAM = "the upstream gradient is forgotten"
    NO_LOCAL = "the local derivative is forgotten"
    WRONG_LOCAL = "the local derivative is another one"
    ADDED = "added instead of multiplied"
    DIVIDED = "divided instead of multiplied"
    VALUE = "a value in place of a gradient"
    TOO_EARLY = "added up too early"
    ONE_PATH = "the other path is forgotten"
    MULTIPLIED = "multiplied instead of added"
    AVERAGED = "averaged instead of added"
    NOTHING = "nothing to pass on"
    ROUNDED = "rounded too early"
    UNKNOWN = "not yet"


@dataclass(frozen=True)
class Verdict:
    """What an answer is worth.

    Parameters
    ----------
    mistake : Mistake, optional
        None where the answer is right.
    words : str
        What the answer did, or what is right.
    """

    mistake: Mistake | None
    words: str


@dataclass(frozen=True)
class Forward:
    """A step of the forward pass: a value is computed."""

    node: Node

    @property
    def answer(self):
        return self.node.data

    @property
    def question(self):
        return f"Forward: `{self.node.name} = {self.node.formula}`. What is {self.node.name}?"

    @property
    def finding(self):
        return f"{self.node.name} = {self.node.formula} = {written(self.answer)}"

    @property
    def words(self):
        name, formula = self.node.name, self.node.formula
        return f"{name} = {formula} = {self.node.with_numbers} = {written(self.answer)}."

    @property
    def hint(self):
        return f"{self.node.name} is {self.node.with_numbers}."

    def mistakes(self):
        """Give numbers that are typically answered, each with the mistake behind it."""
        names = Link(self.node, self.node, 0).fill
        for slip in self.node.operation.value_slips:
            number = _guarded(slip.gives, *self.node.numbers, self.answer)
            yield number, Mistake.OPERATION, f"That is {names(slip.what).rstrip(',')}."
        yield -self.answer, Mistake.SIGN, "The size is right."


@dataclass(frozen=True)
class Start:
    """The first step of the backward pass: the gradient of the end with respect to itself."""

    node: Node

    answer = 1.0

    @property
    def question(self):
        name = self.node.name
        return (
            f"Backward: by how much does {name} move when {name} moves by 1? "
            f"What is `∂{name}/∂{name}`?"
        )

    @property
    def finding(self):
        name = self.node.name
        return f"The backward pass starts at the end: ∂{name}/∂{name} = 1"

    @property
    def words(self):
        name = self.node.name
        return f"{name} moves exactly as much as it moves: its gradient is 1."

    @property
    def hint(self):
        return "Whatever the end is, it moves exactly as much as it moves."

    def mistakes(self):
        """Give numbers that are typically answered, each with the mistake behind it."""
        name = self.node.name
        yield self.node.data, Mistake.VALUE, f"That is {name} itself; asked is how fast it moves."
        yield 0.0, Mistake.NOTHING, "From 0, no gradient would ever reach the others."
        yield -1.0, Mistake.SIGN, f"When {name} moves up, {name} moves up."


@dataclass(frozen=True)
class Send:
    """A step of the backward pass: a result sends an operand its share of the gradient.

    Parameters
    ----------
    link : Link
    before : float
        What had arrived at the operand by then.
    path : int
        Which of the operand's paths it is, from 1.
    paths : int
        How many there are.
    end : str
        The name of the end, L.
    """

    link: Link
    before: float
    path: int
    paths: int
    end: str

    @property
    def answer(self):
        return self.link.sent

    @property
    def names(self):
        return self.link.result.name, self.link.operand.name

    @property
    def local(self):
        """The local derivative, formula and number: x = 3, or the number alone."""
        number = written(self.link.slope)
        formula = self.link.formula
        return number if formula == number or " where " in formula else f"{formula} = {number}"

    @property
    def question(self):
        result, operand = self.names
        on_this = f" on path {self.path} of {self.paths}" if self.paths > 1 else ""
        return (
            f"Backward: `{result} = {self.link.result.formula}` has the gradient "
            f"{written(self.link.result.gradient)}. What does {result} send to {operand}{on_this}?"
        )

    @property
    def finding(self):
        result, operand = self.names
        upstream, slope = written(self.link.result.gradient), written(self.link.slope)
        return (
            f"{result} sends {operand} the gradient {upstream} × {slope} = {written(self.answer)}"
        )

    @property
    def words(self):
        result, operand = self.names
        return (
            f"Node {result} = {self.link.result.formula}: upstream "
            f"{written(self.link.result.gradient)} × local {self.local} "
            f"→ {written(self.answer)} for {operand}."
        )

    @property
    def hint(self):
        result, operand = self.names
        return (
            f"It is the upstream gradient ∂{self.end}/∂{result} times the local derivative "
            f"∂{result}/∂{operand}, which is {self.link.formula}."
        )

    def mistakes(self):
        """Give numbers that are typically answered, each with the mistake behind it."""
        up, slope = self.link.result.gradient, self.link.slope
        result, operand = self.names
        local = f"∂{result}/∂{operand}"
        upstream = f"∂{self.end}/∂{result}"
        yield (
            slope,
            Mistake.NO_UPSTREAM,
            f"That is the local derivative {local} alone. "
            f"Multiply it by what has arrived at {result}.",
        )
        yield (
            up,
            Mistake.NO_LOCAL,
            f"That is {upstream} alone, as it arrived at {result}. "
            f"On the way to {operand} it is multiplied by {local}.",
        )
        yield -self.answer, Mistake.SIGN, f"The size is right. Look at the sign of {local} again."
        yield from self._wrong_locals(up, local)
        yield (
            up + slope,
            Mistake.ADDED,
            f"The chain rule multiplies {upstream} and {local}; that is their sum.",
        )
        yield (
            _guarded(lambda: up / slope),
            Mistake.DIVIDED,
            f"The chain rule multiplies {upstream} by {local}; that is divided by it.",
        )
        if self.path > 1:
            words = (
                f"That is all that has arrived at {operand} by then. "
                f"Asked is what {result} sends; adding up comes next."
            )
            yield self.before + self.answer, Mistake.TOO_EARLY, words
        for node in self.link.operand, self.link.result:
            words = f"That is the value of {node.name}, from the forward pass."
            yield node.data, Mistake.VALUE, words

    def _wrong_locals(self, up, local):
        node = self.link.result
        for slip in node.operation.slope_slips[self.link.slot]:
            wrong = _guarded(slip.gives, *node.numbers, node.data)
            words = f"That takes {self.link.fill(slip.what)} for {local}"
            right = f"; it is {self.link.formula}."
            yield up * wrong, Mistake.WRONG_LOCAL, words + right
            without = f" (and forgets the upstream gradient){right}"
            yield wrong, Mistake.WRONG_LOCAL, words.rstrip(",") + without


@dataclass(frozen=True)
class Add:
    """A step of the backward pass: gradients that came on several paths add up."""

    node: Node
    arrived: tuple[float, ...]
    end: str

    @property
    def answer(self):
        return self.node.gradient

    @property
    def question(self):
        name = self.node.name
        return (
            f"Backward: {name} is used {len(self.arrived)} times, and {self._list} arrived. "
            f"What is `∂{self.end}/∂{name}`?"
        )

    @property
    def finding(self):
        return f"{self.node.name} gets {self.sum} = {written(self.answer)}: gradients add up"

    @property
    def words(self):
        name = self.node.name
        return (
            f"{name} moves {self.end} on {len(self.arrived)} paths, so ∂{self.end}/∂{name} is "
            f"{self.sum} = {written(self.answer)}."
        )

    @property
    def hint(self):
        return f"When {self.node.name} moves, all paths act at once: what they bring adds up."

    @property
    def sum(self):
        """What arrived, as a sum: 3 + (−1)."""
        first, *others = map(written, self.arrived)
        return " + ".join([first, *(f"({n})" if n[0] == "−" else n for n in others)])

    @property
    def _list(self):
        *others, last = map(written, self.arrived)
        return f"{', '.join(others)} and {last}"

    def mistakes(self):
        """Give numbers that are typically answered, each with the mistake behind it."""
        for number in self.arrived:
            words = f"That came on one path, and {self.node.name} has {len(self.arrived)}."
            yield number, Mistake.ONE_PATH, f"{words} What they bring adds up."
        yield -self.answer, Mistake.SIGN, "The size is right."
        product = math.prod(self.arrived)
        words = "Along a path one multiplies; where paths meet, one adds."
        yield product, Mistake.MULTIPLIED, words
        words = "All paths act at once: not their mean counts, but their sum."
        yield self.answer / len(self.arrived), Mistake.AVERAGED, words
        words = f"That is the value of {self.node.name}, from the forward pass."
        yield self.node.data, Mistake.VALUE, words


Step = Forward | Start | Send | Add


def judge(step, given):
    """Tell whether an answer to a step is right, and else which mistake it is.

    Parameters
    ----------
    step : Forward, Start, Send or Add
    given : float

    Returns
    -------
    Verdict
    """
    if _near(given, step.answer):
        return Verdict(None, step.words)
    for number, mistake, words in step.mistakes():
        if _near(given, number) and not _near(number, step.answer):
            return Verdict(mistake, words)
    if _near(given, step.answer, accept=5 * ACCEPT):
        return Verdict(Mistake.ROUNDED, "Close: keep three digits on the way.")
    return Verdict(Mistake.UNKNOWN, step.hint)


@dataclass(frozen=True, eq=False)
class Stepper:
    """How far one has come on the way through a graph, forward and then back.

    Parameters
    ----------
    graph : Graph
    position : int
        How many steps have been revealed.
    """

    graph: Graph
    position: int = 0

    @cached_property
    def steps(self):
        """All steps, in their order."""
        return (*map(Forward, self.graph.results), *_backward(self.graph))

    @property
    def asked(self):
        """The next step; None at the end."""
        return self.steps[self.position] if self.position < len(self.steps) else None

    @property
    def revealed(self):
        return self.steps[: self.position]

    @property
    def last(self):
        """The step that was revealed last; None at the start."""
        return self.steps[self.position - 1] if self.position else None

    @property
    def turn(self):
        """The position at which all values are known and no gradient is yet."""
        return len(self.graph.results)

    @property
    def progress(self):
        """Where one is, in words."""
        if not self.position:
            return f"{count(len(self.steps), 'step')} to go."
        way = "forward" if self.position <= self.turn else "backward"
        return f"Step {self.position} of {len(self.steps)}, {way}."

    def at(self, position):
        """Give the stepper at another position; outside, at the nearer end."""
        return replace(self, position=min(max(position, 0), len(self.steps)))

    def value(self, node):
        """Give the value of a node, once it is known; else None."""
        known = not node.operation or any(_is(Forward, step, node) for step in self.revealed)
        return node.data if known else None

    def arrived(self, node):
        """List what has arrived at a node by now: its one gradient, once that has been added up."""
        if self.summed(node):
            return (node.gradient,)
        sends = (step for step in self.revealed if isinstance(step, Send))
        return tuple(step.answer for step in sends if step.link.operand is node)

    def summed(self, node):
        """Tell whether a node's gradient has been set or added up in a step of its own."""
        return any(_is((Start, Add), step, node) for step in self.revealed)

    def sent(self, link):
        """Tell whether a gradient has gone along a link."""
        return any(isinstance(step, Send) and step.link == link for step in self.revealed)


def _backward(graph) -> Iterator[Step]:
    """Give the steps of the backward pass: each value waits for all that arrives at it."""
    end, arrived = graph.end.name, {node: [] for node in graph.nodes}
    yield Start(graph.end)
    for node in reversed(graph.results):
        for link in node.links:
            came, paths = arrived[link.operand], len(graph.into(link.operand))
            yield Send(link, sum(came), len(came) + 1, paths, end)
            came.append(link.sent)
            if len(came) == paths > 1:
                yield Add(link.operand, tuple(came), end)


def _is(kind, step, node):
    return isinstance(step, kind) and step.node is node


def _near(one, other, accept=ACCEPT):
    return abs(one - other) <= accept * abs(other) + 1e-9  # nan is near nothing


def _guarded(gives, *numbers):
    """Work out a wrong number, where there is one."""
    try:
        return float(gives(*numbers))
    except (ArithmeticError, TypeError):  # 0 ** -1; a root of a negative number is complex
        return math.nan
