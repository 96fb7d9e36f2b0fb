"""What a check says: as a card in a notebook, as text in a terminal, as an error for a grader."""

import textwrap
from dataclasses import dataclass

from .cards import render
from .judge import Failure


class NotPassed(AssertionError):
    """Raised by `Result.raise_if_failed`; a notebook shows one line in place of a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self).partition("\n")[0]]


@dataclass(frozen=True)
class Result:
    """The answer of a check.

    Parameters
    ----------
    task : name of the task
    passed : whether the solution is right
    diagnosis : key of the mistake, where it was recognised
    failure : what kind of failure it is; None when passed
    message : what to know, in one to three sentences
    convention : the answer is right in another book, and this course agreed otherwise
    hints : three, from a nudge to nearly the line
    example : the smallest example on which it shows, as text
    printed : the first lines that the solution printed
    """

    task: str
    passed: bool
    message: str
    diagnosis: str | None = None
    failure: Failure | None = None
    convention: bool = False
    hints: tuple[str, ...] = ()
    example: str = ""
    printed: str = ""

    @property
    def mark(self) -> str:
        """A sign that can be told apart without colour."""
        return "✓" if self.passed else "≈" if self.convention else "○" if self.unwritten else "✗"

    @property
    def verdict(self) -> str:
        """The headline."""
        if self.passed:
            return "Passed"
        if self.convention:
            return "Another convention than this course"
        return "Not written yet" if self.unwritten else "Not yet"

    @property
    def unwritten(self) -> bool:
        """Whether the learner has not begun."""
        return self.failure is Failure.STUB

    def raise_if_failed(self) -> "Result":
        """Return the result, or show its card and raise, so that a grader sees the cell fail.

        Raises
        ------
        NotPassed
            If the solution did not pass.
        """
        if self.passed:
            return self
        _show(self)
        raise NotPassed(f"{self.task}: {self.verdict.lower()}\n\n{self}")

    def __repr__(self) -> str:
        kind = self.diagnosis or (self.failure and self.failure.value) or ""
        return f"<{self.task}: {'passed' if self.passed else 'not passed'}{kind and f', {kind}'}>"

    def __str__(self) -> str:
        parts = [
            f"{self.mark} {self.task}: {self.verdict}",
            "\n".join(textwrap.fill(each, 88) for each in self.message.split("\n")),
        ]
        if self.example:
            parts.append("For example\n" + textwrap.indent(self.example, "    "))
        if self.printed:
            parts.append("Your function printed\n" + textwrap.indent(self.printed, "    "))
        if self.hints:
            first = textwrap.fill(self.hints[0], 80, subsequent_indent="    ")
            parts.append(f"Hint 1 of {len(self.hints)} (the others: result.hints)\n    {first}")
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        return render("card.html.jinja", result=self)


def _show(result: Result):
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is not None:
        display(result)
