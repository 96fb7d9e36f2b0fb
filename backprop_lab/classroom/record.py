"""A record: what one attempt at a notebook was marked, wherever that was done."""

from dataclasses import dataclass
from datetime import datetime

from .marking import Mark


@dataclass(frozen=True)
class Record:
    """What one attempt at a notebook was marked.

    Attributes
    ----------
    digest : of the file and of what was released; another digest is another attempt
    handed_in : when it was handed in, in UTC
    seed : hidden inputs were drawn from it
    status : ``"graded"``, ``"unreadable"`` (no points), ``"missing"`` (no points), or ``"error"``
        (the grader's own fault: nothing was changed, the next run tries again)
    reason : why, in a sentence; "" where it is plain
    points : given by the marks alone: before anybody's hand, and before a late penalty
    marks : one for each task
    counts : whether these marks are those in the gradebook
    """

    assignment: str
    student: str
    notebook: str
    digest: str
    handed_in: datetime | None
    seed: int
    status: str
    reason: str = ""
    points: float = 0.0
    marks: tuple[Mark, ...] = ()
    counts: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """Assignment, student, notebook."""
        return self.assignment, self.student, self.notebook
