"""The backprop stepper: a computation graph, forward and back, one predicted number at a time."""

import functools
import html
from dataclasses import dataclass

import ipywidgets

from ..grading.cards import code
from ..plots import Box, EquationPanel, GraphPanel, Headline, Part, Picture, Wire, style
from ..plots.graph import LEGIBLE, letters
from . import controls
from .expression import arithmetic, graph, values_of
from .lab import Lab
from .operations import written
from .stepper import Add, Forward, Send, Start, Stepper, judge

PRESETS = {
    "squared error": ("(w*x - 10)**2", "w=2, x=3"),
    "used twice": ("a*b + a", "a=2, b=3"),
    "square and product": ("x**2*y", "x=3, y=-2"),
    "a neuron": ("tanh(w1*x1 + w2*x2 + b)", "w1=-3, x1=2, w2=1, x2=0, b=6.8814"),
    "sigmoid": ("1/(1 + exp(-z))", "z=1"),
    "silent ReLU": ("(relu(w*x + b) - 4)**2", "w=-2, x=3, b=1"),
}
_WIDTH, _HEIGHT = 1120, 500
_GRAPH = 0.005, 0.2, 0.99, 0.69  # left, bottom, width, height, in widths and heights


@dataclass(frozen=True, eq=False)
class Frame:
    """A computation graph, as far as it is revealed.

    Attributes
    ----------
    stepper : Stepper
    ask : bool
        Whether the next number is asked for.
    """

    stepper: Stepper
    ask: bool

    @property
    def asked(self):
        """The step that is asked for; None where none is."""
        return self.stepper.asked if self.ask else None

    @property
    def finding(self):
        """The headline."""
        if self.stepper.last is None:
            return "Which numbers flow forward, and which flow back?"
        if self.stepper.asked is None:
            return f"{_gradients(self.stepper.graph)}."
        return f"{self.stepper.last.finding}."

    @property
    def explanation(self):
        """Where one is, and the last step in full."""
        says = [self.stepper.progress, self.stepper.last.words if self.stepper.last else ""]
        if not self.stepper.asked:
            says.append(_advice(self.stepper.graph))
        if self.points < LEGIBLE:
            says.append("This graph is too large to be read from the back of a room.")
        return " ".join(filter(None, says))

    @property
    def words(self):
        return f"{self.finding} {self.explanation}"

    @property
    def boxes(self):
        """The values, as they are drawn."""
        return [self._box(node) for node in self.stepper.graph.nodes]

    @property
    def wires(self):
        """The links, as they are drawn."""
        place = {node: i for i, node in enumerate(self.stepper.graph.nodes)}
        return [
            Wire(place[link.operand], place[link.result], *self._flow(link))
            for link in self.stepper.graph.links
        ]

    @property
    def points(self):
        """The size of the letters in the graph."""
        joins = tuple((wire.operand, wire.result) for wire in self.wires)
        size = len(self.stepper.graph.nodes)
        return letters(size, joins, _WIDTH * _GRAPH[2], _HEIGHT * _GRAPH[3])

    @property
    def tables(self):
        """The values, and what flowed back from one to another."""
        nodes, boxes = self.stepper.graph.nodes, self.boxes
        sent = [link for link in self.stepper.graph.links if self.stepper.sent(link)]
        values = {
            "name": [node.name for node in nodes],
            "made of": [node.formula or "given" for node in nodes],
            "value": [box.value for box in boxes],
            "gradient": [box.gradient for box in boxes],
        }
        links = {
            "from": [link.result.name for link in sent],
            "to": [link.operand.name for link in sent],
            "upstream": [link.result.gradient for link in sent],
            "local": [link.slope for link in sent],
            "sent": [link.sent for link in sent],
        }
        return {"Values": values, "Gradients sent": links}

    def _box(self, node):
        value = self.stepper.value(node)
        value = "" if value is None else written(value)
        gradient = self._gradient(node)
        role = "forward" if node.operation else "parameter"
        role = "loss" if node is self.stepper.graph.end else role
        name = f"{node.name} = {node.formula}" if node.operation else node.name
        now = _subject(self.asked or self.stepper.last, node) if self._shows_now else ""
        if self.asked and now == "value":
            value = "?"
        elif self.asked and now == "gradient":
            gradient = f"{gradient} = ?" if gradient else "?"
        return Box(name, value, gradient, role, now)

    @property
    def _shows_now(self):
        return not self.ask or self.asked is not None

    def _gradient(self, node):
        """Write what has arrived at a value: 3 + … while it waits for more."""
        arrived, paths = self.stepper.arrived(node), len(self.stepper.graph.into(node))
        waits = not self.stepper.summed(node) and 0 < len(arrived) < paths
        return " + ".join([*(f"{written(each)}" for each in arrived), *["…"] * waits])

    def _flow(self, link):
        """Write what flows back on a link; tell if it is the one that is talked about."""
        now = self.asked or self.stepper.last
        is_now = self._shows_now and isinstance(now, Send) and now.link == link
        if self.stepper.sent(link):
            numbers = link.result.gradient, link.slope, link.sent
            return *map(written, numbers), is_now
        return "", "", "?" if is_now else "", is_now


def _subject(step, node):
    """Tell which number of a value a step is about."""
    if isinstance(step, Forward) and step.node is node:
        return "value"
    return "gradient" if isinstance(step, Start | Add) and step.node is node else ""


def _gradients(graph):
    """Say all that was asked for: the gradients of the variables."""
    if len(graph.variables) > 5:
        return f"All {len(graph.variables)} gradients are known"
    end = graph.end.name
    return ", ".join(f"∂{end}/∂{v.name} = {written(v.gradient)}" for v in graph.variables)


def _advice(graph):
    """Say what the gradients are good for."""
    moves = [
        f"{v.name} {'down' if v.gradient > 0 else 'up'}" for v in graph.variables if v.gradient
    ]
    still = [v.name for v in graph.variables if not v.gradient]
    says = f"To make {graph.end.name} smaller, a little: {', '.join(moves)}." if moves else ""
    return f"{says} No gradient reaches {', '.join(still)}.".strip() if still else says


def _equation(step):
    """Give a step as the parts of an equation."""
    match step:
        case Forward(node):
            return [
                Part("", node.formula, f"how {node.name} is made"),
                Part("=", node.with_numbers, "with numbers"),
                Part("=", written(node.data), f"value of {node.name}", "forward"),
            ]
        case Start(node):
            own = f"∂{node.name}/∂{node.name}"
            return [Part("", own, "the end by itself"), Part("=", "1", "its gradient", "gradient")]
        case Send(link):
            (result, operand), formula = step.names, link.formula
            local = f"local ∂{result}/∂{operand}"
            if formula != written(link.slope) and " where " not in formula:
                local += f" = {formula}"
            upstream = f"upstream ∂{step.end}/∂{result}"
            return [
                Part("", written(link.result.gradient), upstream, "gradient"),
                Part("×", written(link.slope), local, "forward"),
                Part("=", written(link.sent), f"sent to {operand}", "gradient"),
            ]
        case Add(node):
            signs = ["", "+", "+", "+"]
            shown = [written(each) for each in step.arrived]
            shown = shown if len(shown) <= 4 else [*shown[:3], "…"]
            parts = [Part(s, n, "arrived", "gradient") for s, n in zip(signs, shown)]
            name = f"∂{step.end}/∂{node.name}"
            return [*parts, Part("=", written(step.answer), name, "gradient")]
    return []


class StepperView:
    """A computation graph, and below it the last step as an equation."""

    def __init__(self):
        self.picture = Picture(_WIDTH, _HEIGHT)
        with style.applied():
            self.headline = Headline(self.picture)
            self.graph = GraphPanel(self.picture.add_axes(_GRAPH, facecolor="none"))
            self.equation = EquationPanel(self.picture.add_axes((0, 0.01, 1, 0.16)))
        self.moving = [*self.graph.moving, *self.equation.moving, self.headline]

    def update(self, frame):
        self.headline.show(frame.finding)
        self.graph.update(frame.boxes, frame.wires)
        self.equation.update(_equation(frame.stepper.last))


class BackpropStepperLab(Lab):
    """Step through a computation graph, forward and back; predict each number before you see it.

    Parameters
    ----------
    expression : str
        A formula as Python writes it, of numbers, names, + - * / **, brackets, exp, tanh and relu;
        or a preset: "squared error", "used twice", "square and product", "a neuron", "sigmoid",
        "silent ReLU".
    ask : bool
        Whether each number is asked for before it is shown.
    presentation : bool
        Whether all is large enough for the back of a room.
    **values : float
        A number for each name in the formula.

    Attributes
    ----------
    expression, values : ipywidgets.Text
        The formula, and the numbers, such as w=2, x=3. Both are read, and never executed.
    position : ipywidgets.IntSlider
        How many steps are shown.
    ask : ipywidgets.Checkbox
    answer : ipywidgets.Text
        Where a prediction is typed, as a number or a sum; Enter checks it.
    verdict : ipywidgets.HTML
        What was said of the last answer.
    frame : Frame
        What is shown.

    Raises
    ------
    TypeError, ValueError
        If the formula can't be read, or a name in it has no number.

    Examples
    --------
    >>> lab = BackpropStepperLab("(w*x - 10)**2", w=2, x=3)
    >>> lab.answer.value = "5"
    >>> print(lab.check().mistake)
    another operation
    >>> lab.run_all()
    >>> lab.frame.finding
    '∂L/∂w = −24, ∂L/∂x = −16.'
    >>> lab.close()
    """

    def __init__(self, expression="squared error", *, ask=True, presentation=False, **values):
        formula, numbers = _read(expression, values)
        if not isinstance(ask, bool):
            raise TypeError(f"ask is True or False, got {ask!r}")
        self.expression = _text("formula", formula, "400px")
        self.values = _text("values", numbers, "400px")
        self.position = controls.whole_slider("step", 0, 0, 1, width="400px", label="60px")
        self.ask = controls.switch("ask me", ask)
        self._make_the_question()
        super().__init__(
            view=StepperView(),
            compute=_look,
            controls={
                name: getattr(self, name) for name in ("expression", "values", "position", "ask")
            },
            panel=self._panel(),
            presentation=presentation,
        )

    def step(self):
        """Show the next number."""
        self.go(self.frame.stepper.position + 1)

    def back(self):
        """Take the last number away again."""
        self.go(self.frame.stepper.position - 1)

    def run_forward(self):
        """Show all values, and no gradient."""
        self.go(self.frame.stepper.turn)

    def run_all(self):
        """Show all values and all gradients."""
        self.go(len(self.frame.stepper.steps))

    def restart(self):
        """Show nothing but what is given."""
        self.go(0)

    def go(self, position):
        """Show so many steps."""
        self.position.value = position

    def check(self):
        """Check the number in the field `answer`: go on where it is right, else say what it is.

        Returns
        -------
        Verdict, or None if no number was asked for, or none given
        """
        with self._turn:
            if self.frame.asked is None:
                return None
            try:
                given = _number(self.answer.value)
            except ValueError:
                self._judge("A number is expected, such as 2.5, -3, 1/3 or 2*(6 - 10).")
                return None
            verdict = judge(self.frame.asked, given)
            if verdict.mistake is None:
                self.step()
                self._judge(f"<b>✓ Right.</b> {html.escape(verdict.words)}")
            else:
                what = html.escape(f"{written(given)}: {verdict.mistake}.")
                self._judge(f"<b>✗ {what}</b> {html.escape(verdict.words)}")
            return verdict

    def _make_the_question(self):
        self.question, self.verdict = ipywidgets.HTML(), ipywidgets.HTML()
        self.answer = ipywidgets.Text(
            placeholder="a number",
            continuous_update=False,  # so that what was typed is sent before the button's press
            layout={"width": "14rem"},
        )
        controls.on_enter(self.answer, self.check)
        self._check = _button("check", "check", "check your number", self.check)
        self._check.button_style = "primary"
        self._answering = ipywidgets.HBox([self.answer, self._check])
        row = controls.row(self._answering, self.verdict)
        self._asking = ipywidgets.VBox([self.question, row], layout={"min_height": "72px"})

    def _panel(self):
        presets = {
            name: {"expression": formula, "values": values, "position": 0}
            for name, (formula, values) in PRESETS.items()
        }
        self._step = _button("step", "step-forward", "show the next number", self.step)
        buttons = [
            _button("back", "step-backward", "take the last number away", self.back),
            self._step,
            _button("forward pass", "forward", "show all values, no gradient", self.run_forward),
            _button("run all", "fast-forward", "show everything", self.run_all),
            _button("restart", "undo", "start again", self.restart),
        ]
        return [
            controls.row(self.expression, self.values),
            self.preset_buttons(presets, _in_words),
            controls.row(ipywidgets.HBox(buttons), self.position, self.ask),
            self._asking,
        ]

    def _moved(self, change):
        self._refresh(change)  # at once: an answer is given to the question that is asked

    def _refresh(self, change=None, *, resting=False):
        with self._turn:
            typed = change and change["owner"] in (self.expression, self.values)
            if typed and not self._moving:
                self.move(position=0)  # which comes back here
            else:
                super()._refresh(change, resting=resting)
                if self._values is not None and not self._moving:
                    self._follow()

    def _follow(self):
        """Let the widgets around the picture follow it."""
        frame = self.frame
        self.position.max = len(frame.stepper.steps)
        self._step.description = "show me" if frame.asked else "step"
        self.answer.value = self.verdict.value = ""
        self._asking.layout.display = "" if frame.ask else "none"
        self._answering.layout.visibility = "visible" if frame.asked else "hidden"
        self.question.value = "<b>Done.</b> All numbers are known."
        if frame.asked:
            self.question.value = f"<b>Predict.</b> {code(frame.asked.question)}"
            self.answer.tooltip = frame.asked.question  # the name by which screen readers know it

    def _judge(self, words):
        self.verdict.value = f"<div role='status' style='line-height:1.4'>{words}</div>"


@functools.lru_cache(32)
def _stepper(expression, values):
    return Stepper(graph(expression, values_of(values)))


def _look(*, expression, values, position, ask):
    """Make the frame that the controls ask for."""
    try:
        return Frame(_stepper(expression, values).at(position), ask)
    except ValueError as error:
        end = "" if str(error).endswith("?") else "."
        raise ValueError(f"{error}{end}") from None  # it is read as a sentence below the picture


def _read(expression, values):
    """Give formula and values as they stand in the fields, or say what is wrong with them."""
    if not isinstance(expression, str):
        raise TypeError(f"the expression is a text, such as 'w*x + 1', got {expression!r}")
    if expression in PRESETS and not values:
        return PRESETS[expression]
    read = graph(expression, values)
    unused = set(values) - {node.name for node in read.variables}
    if unused:
        raise ValueError(f"{', '.join(sorted(unused))} does not occur in {expression}")
    return expression, ", ".join(f"{name}={number:.12g}" for name, number in values.items())


def _number(typed):
    """Read an answer as people write it: −3, 2,5 and 2·3 too."""
    for theirs, ours in (("−", "-"), (",", "."), ("·", "*"), ("×", "*"), ("^", "**")):
        typed = typed.replace(theirs, ours)
    return arithmetic(typed)


def _text(name, value, width):
    return ipywidgets.Text(
        value,
        description=name,
        tooltip=f"{name}: type, then press Enter",
        continuous_update=False,
        style={"description_width": "60px"},
        layout={"width": width, "max_width": "100%"},
    )


def _button(word, icon, tooltip, act):
    layout = {"width": "auto", "min_width": "86px"}
    button = ipywidgets.Button(description=word, icon=icon, tooltip=tooltip, layout=layout)
    button.on_click(lambda _: act())
    return button


def _in_words(*, expression, values, position):
    return f"{expression} with {values}"
