"""A job: one attempt to be marked, here or anywhere else.

Nothing of nbgrader is needed for that, and nothing of it is loaded: a process that only marks is at
work at once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from .marking import mark
from .reading import Submission, Unreadable, read
from .record import Record
from .released import Released

Marker = Callable[[Iterable["Job"]], Iterable[Record]]


@dataclass(frozen=True)
class Job:
    """One attempt at a notebook, to be marked anywhere; plain data.

    Attributes
    ----------
    data : the file
    refused : why the file couldn't even be read
    seed : to draw hidden inputs from
    """

    released: Released
    student: str
    digest: str
    handed_in: datetime | None
    data: bytes
    seed: int
    refused: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Assignment, student, notebook."""
        return self.released.assignment, self.student, self.released.notebook


def marked(job: Job, room) -> Record:
    """Mark a job; whatever happens, there is a record.

    Parameters
    ----------
    room : an open `Sandboxes`
    """
    told = Record(*job.key, job.digest, job.handed_in, job.seed, "error")
    try:
        submission = _read(job)
    except Unreadable as error:
        return replace(told, status="unreadable", reason=str(error))
    code = submission.code(set(job.released.solutions))
    try:
        marks = tuple(mark(code, job.released.tasks, seed=job.seed, room=room))
    except Exception as error:
        says = f"the grader itself stumbled ({type(error).__name__}: {error}): grade again"
        return replace(told, reason=says)
    notes = [*submission.notes]
    if not all(each.sandboxed for each in marks):
        notes.append("ran without a sandbox: whoever wrote it may have had the grader's rights")
    points = sum(filter(None, scores(job.released, marks).values()))
    return replace(told, status="graded", reason="; ".join(notes), points=points, marks=marks)


def scores(released: Released, marks) -> dict[str, float | None]:
    """Turn marks into points for each check: all, or none; None where staff have to look."""
    passed = {each.task for each in marks if each.passed}
    return {
        each.name: each.points * passed.issuperset(each.tasks) if each.tasks else None
        for each in released.checks
    }


def _read(job: Job) -> Submission:
    if job.refused:
        raise Unreadable(job.refused)
    return read(job.data)
