"""Where each student stands with an assignment: points, late penalty, and what is left of them."""

from dataclasses import dataclass
from datetime import datetime

from nbgrader.api import Gradebook, SubmittedAssignment
from sqlalchemy.orm import undefer

from . import ledger
from .course import Course
from .late import penalty
from .record import Record


@dataclass(frozen=True)
class Standing:
    """One student's standing with one assignment.

    Attributes
    ----------
    points : by marks and by hand, extra credit included; None where nothing was handed in
    late : points that being late costs
    most : the most there is to get
    records : what counts of each notebook
    """

    student: str
    assignment: str
    points: float | None
    late: float
    most: float
    handed_in: datetime | None
    records: tuple[Record, ...] = ()

    @property
    def final(self) -> float | None:
        """Points less the late penalty."""
        return None if self.points is None else self.points - self.late

    @property
    def status(self) -> str:
        """The same in a word."""
        return ", ".join(dict.fromkeys(each.status for each in self.records)) or "not handed in"

    @property
    def reason(self) -> str:
        """Why, where it isn't plain."""
        return "; ".join(filter(None, (each.reason for each in self.records)))


def standings(course: Course, gradebook: Gradebook, assignment: str) -> list[Standing]:
    """Return everybody's standing, also of those who handed nothing in."""
    records: dict[str, list[Record]] = {}
    for each in ledger.records(gradebook, assignment, counting=True):
        records.setdefault(each.student, []).append(each)
    row = gradebook.find_assignment(assignment)
    query = gradebook.db.query(SubmittedAssignment).options(undefer(SubmittedAssignment.score))
    submissions = {each.student_id: each for each in query.filter_by(assignment_id=row.id)}
    return [
        _standing(course, row, each.id, submissions.get(each.id), tuple(records.get(each.id, ())))
        for each in gradebook.students
    ]


def _standing(course: Course, row, student: str, submission, records) -> Standing:
    if submission is None:
        return Standing(student, row.name, None, 0.0, row.max_score, None)
    late = sum(penalty(course, each) for each in submission.notebooks)
    return Standing(
        student, row.name, submission.score, late, row.max_score, submission.timestamp, records
    )
