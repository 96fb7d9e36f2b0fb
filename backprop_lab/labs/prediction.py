"""Quick predictions: an answer is given before the reveal, and what it says is explained."""

import html
import math
import numbers
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import ipywidgets

from ..grading.cards import code
from ..grading.journal import Predicted, add
from .controls import on_enter


@dataclass(frozen=True)
class Number:
    """A question whose answer is a number.

    Parameters
    ----------
    question : the question; what stands between backticks is code, between $ signs mathematics
    answer : the right number
    accept : how far off an answer may be, in the answer's unit
    feedback : number -> what to say to whoever answers that; the right one's is said to everybody
    """

    question: str
    answer: float
    accept: float
    feedback: Mapping[float, str] = field(default_factory=dict)

    def read(self, given: str) -> float:
        """Read what was typed: ``2.3``, ``2,3``, ``-1e-3``, ``1/3`` or ``50 %``.

        Raises
        ------
        ValueError
            If it is not a number.
        """
        typed = str(given).replace("−", "-").replace(" ", "")
        if re.search(r"\d,\d{3}$", typed):
            raise ValueError("Is that comma a decimal point? Please write 1.234 or 1234.")
        try:
            over, _, under = typed.replace(",", ".").removesuffix("%").partition("/")
            number = float(over) / float(under or 1) / (100 if typed.endswith("%") else 1)
        except (ValueError, ZeroDivisionError):
            number = math.nan
        if not math.isfinite(number):
            raise ValueError("A number is expected, such as 2.5, -3, 1/3 or 1e-4.")
        return number

    def is_right(self, given: float) -> bool:
        """Whether the answer is near enough."""
        return self._near(given, self.answer)

    def says_of(self, given: float) -> str:
        """Return the feedback for this answer; "" where there is none."""
        near = [
            number
            for number in self.feedback
            if self._near(given, number) and self.is_right(number) == self.is_right(given)
        ]
        closest = min(near, key=lambda number: abs(number - given), default=None)
        return self.feedback.get(closest, "")

    def word(self, given: float) -> str:
        """Write a number as the feedback shows it."""
        return f"{given:.4g}"

    def _near(self, one: float, other: float) -> bool:
        # 0.1 + 0.2 is a right answer to 0.3, even if nothing else is accepted
        return abs(one - other) <= self.accept + 1e-9 * abs(other)


@dataclass(frozen=True)
class Choice:
    """A question with a few answers to choose from.

    Parameters
    ----------
    question : the question; what stands between backticks is code, between $ signs mathematics
    answer : the right choice
    choices : all of them, in the order in which they are shown
    feedback : choice -> what to say to whoever chooses it; the right one's is said to everybody
    """

    question: str
    answer: str
    choices: tuple[str, ...]
    feedback: Mapping[str, str] = field(default_factory=dict)

    def read(self, given: str | None) -> str:
        """Return the choice.

        Raises
        ------
        ValueError
            If there is none yet.
        """
        if given not in self.choices:
            raise ValueError("Choose one of the answers first.")
        return given

    def is_right(self, given: str) -> bool:
        """Whether it is the right choice."""
        return given == self.answer

    def says_of(self, given: str) -> str:
        """Return the feedback for this choice; "" where there is none."""
        return self.feedback.get(given, "")

    def word(self, given: str) -> str:
        """Write a choice as the feedback shows it."""
        return given


def asked(question, *, answer, choices=None, accept=None, feedback=None) -> Number | Choice:
    """Make a question of the arguments of `predict`.

    Raises
    ------
    TypeError, ValueError
        If the arguments make no question that can be answered.
    """
    feedback = {} if feedback is None else feedback
    if not isinstance(question, str) or not question.strip():
        raise ValueError(f"the question is a text, got {question!r}")
    if not isinstance(feedback, Mapping):
        raise TypeError(f"feedback is a dict, answer -> sentence, got {feedback!r}")
    for key, sentence in feedback.items():
        if not isinstance(sentence, str):
            raise TypeError(f"the feedback for {key!r} is a sentence, got {sentence!r}")
    if choices is None:
        return _number(question, answer, accept, feedback)
    if accept is not None:
        raise ValueError("accept belongs to a number; a choice is right or it isn't")
    return _choice(question, answer, choices, feedback)


def _number(question, answer, accept, feedback):
    for name, value in {"answer": answer, **{f"feedback for {k!r}": k for k in feedback}}.items():
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise TypeError(f"{name}: a number is expected, got {value!r} (or give choices=[...])")
        if not math.isfinite(value):
            raise ValueError(f"{name}: a finite number is expected, got {value!r}")
    accept = abs(answer) / 100 if accept is None else accept
    if isinstance(accept, bool) or not isinstance(accept, numbers.Real):
        raise TypeError(f"accept is a number, how far off is still right, got {accept!r}")
    if not 0 <= accept < math.inf:
        raise ValueError(f"accept is 0 or more, and finite, got {accept!r}")
    answers = {float(number): sentence for number, sentence in feedback.items()}
    return Number(question, float(answer), float(accept), answers)


def _choice(question, answer, choices, feedback):
    if isinstance(choices, str) or not isinstance(choices, Sequence):
        raise TypeError(f"choices is a list of texts, got {choices!r}")
    if not all(isinstance(each, str) and each.strip() for each in choices):
        raise TypeError(f"each choice is a text, got {list(choices)}")
    if len(choices) < 2 or len(set(choices)) < len(choices):
        raise ValueError(f"choices are at least two, all different, got {list(choices)}")
    for name, value in {"answer": answer, **{f"feedback for {k!r}": k for k in feedback}}.items():
        if value not in choices:
            raise ValueError(f"{name}: expected one of {list(choices)}, got {value!r}")
    return Choice(question, answer, tuple(choices), dict(feedback))


class Prediction(ipywidgets.VBox):
    """A question, a place for the answer, and a button; the reveal comes after the answer.

    Attributes
    ----------
    question : Number or Choice
    field : ipywidgets.Text or ipywidgets.RadioButtons
        Where the answer is given; Enter in a text commits too.
    button : ipywidgets.Button
    verdict : ipywidgets.HTMLMath
        Right or not, the feedback, and the answer; empty before.
    given : float, str or None
        The answer, once it is committed.
    """

    def __init__(self, question):
        self.question, self.given = question, None
        self.field = _field(question)
        self.button = ipywidgets.Button(description="Commit", button_style="primary")
        self.verdict = ipywidgets.HTMLMath()
        self.button.on_click(lambda _: self.commit())
        on_enter(self.field, self.commit)
        asks = ipywidgets.HTMLMath(f"<b>Predict.</b> {code(question.question)}")
        answers = [self.field, self.button]
        row = ipywidgets.VBox if isinstance(question, Choice) else ipywidgets.HBox
        super().__init__([asks, row(answers), self.verdict], layout={"max_width": "46rem"})

    def commit(self):
        """Take the answer, once, and reveal; where there is none that can be read, say so."""
        if self.given is not None:
            return
        try:
            given = self.question.read(self.field.value)
        except ValueError as error:
            self.verdict.value = f"<div role='status'>{html.escape(str(error))}</div>"
            return
        self.given = given
        self.field.disabled = self.button.disabled = True
        self.verdict.value = _reveal(self.question, given)
        right = self.question.is_right(given)
        add(Predicted(self.question.question, self.question.word(given), right))

    def __repr__(self):
        choices = getattr(self.question, "choices", ())
        return "\n".join(
            [f"Predict. {self.question.question}", *(f"  ( ) {each}" for each in choices)]
        )

    def _repr_mimebundle_(self, **kwargs):
        choices = getattr(self.question, "choices", ())
        words = [f"**Predict.** {self.question.question}", *(f"- {each}" for each in choices)]
        return {
            **super()._repr_mimebundle_(**kwargs),
            "text/plain": repr(self),
            "text/markdown": "\n".join([words[0], "", *words[1:]]).strip(),
        }


def predict(question, *, answer, choices=None, accept=None, feedback=None):
    """Ask for a prediction, and reveal the answer once one is given.

    Parameters
    ----------
    question : str
        What stands between backticks is shown as code, between $ signs as mathematics.
    answer : number, or str where there are choices
        The right answer.
    choices : list of str, optional
        The answers to choose from; without it a number is asked for.
    accept : float, optional
        How far off a number may be, in its own unit; 1 % of the answer unless given.
    feedback : dict, optional
        Answer -> sentence, for the typical wrong answers; for the right one, the reason why.

    Returns
    -------
    Prediction
        Shows as a question with a place for the answer.

    Raises
    ------
    TypeError, ValueError
        If the arguments make no question that can be answered.

    Examples
    --------
    >>> asks = predict(
    ...     "What is the gradient of w² at w = 3?", answer=6, feedback={9: "That is w² itself."}
    ... )
    >>> asks.field.value = "9"
    >>> asks.commit()
    >>> asks.given
    9.0
    """
    options = {"choices": choices, "accept": accept, "feedback": feedback}
    return Prediction(asked(question, answer=answer, **options))


def _field(question):
    wide = {"width": "max-content", "max_width": "100%"}
    if isinstance(question, Choice):
        return ipywidgets.RadioButtons(options=question.choices, value=None, layout=wide)
    return ipywidgets.Text(
        placeholder="a number",
        tooltip=question.question,  # the name by which screen readers know it
        continuous_update=False,  # so that what was typed is sent before the button's press
        layout={"width": "10rem"},
    )


def _reveal(question, given):
    right = question.is_right(given)
    says = [question.says_of(given), "" if right else question.says_of(question.answer)]
    if right:
        headline = f"✓ Right: {question.word(question.answer)}."
    else:
        headline = f"✗ You said {question.word(given)}. It is {question.word(question.answer)}."
    words = "".join(f"<br>{code(each)}" for each in dict.fromkeys(filter(None, says)))
    return f"<div role='status'><b>{html.escape(headline)}</b>{words}</div>"
