"""Give back: a page for each student, with the diagnosis and a hint for each task."""

from dataclasses import dataclass

from nbgrader.api import Gradebook, MissingEntry

from .course import Course, in_plain_words, write_together
from .marking import Mark
from .pages import page
from .record import Record
from .released import Check, Released, released
from .standings import Standing, standings


@dataclass(frozen=True)
class Told:
    """One check, as a student is told about it.

    Attributes
    ----------
    points : what it gave in the end; None while staff still have to look
    marks : of the tasks that it checks
    """

    check: Check
    points: float | None
    marks: tuple[Mark, ...]

    @property
    def mark(self) -> str:
        """A sign that can be told apart without colour."""
        if self.points is None:
            return "…"
        return "✓" if self.points >= self.check.points else "✗"

    @property
    def kind(self) -> str:
        """The same as the name of a style."""
        return {"✓": "passed", "✗": "failed"}.get(self.mark, "open")


def feedback(course: Course, assignment: str) -> list[str]:
    """Write ``feedback/STUDENT/ASSIGNMENT/NOTEBOOK.html`` for everybody who was graded.

    Returns
    -------
    ids of the students

    Raises
    ------
    ClassError
        If the disk is full or the gradebook locked.
    """
    with course.gradebook() as gradebook:
        notebooks = {each.notebook: each for each in released(course, gradebook, assignment)}
        graded = [each for each in standings(course, gradebook, assignment) if each.records]
        for standing in graded:
            folder = course.folder("feedback", standing.student, assignment)
            pages = {
                folder / f"{each.notebook}.html": feedback_page(
                    standing, each, told(gradebook, each, notebooks[each.notebook])
                ).encode()
                for each in standing.records
            }
            with in_plain_words():
                write_together(pages)
    return [each.student for each in graded]


def told(gradebook: Gradebook, record: Record, notebook: Released) -> list[Told]:
    """Put marks and what people gave by hand together, check by check."""
    marks = {each.task: each for each in record.marks}
    return [
        Told(
            check,
            _points(gradebook, record, check),
            tuple(marks[each] for each in check.tasks if each in marks),
        )
        for check in notebook.checks
    ]


def _points(gradebook: Gradebook, record: Record, check: Check) -> float | None:
    try:
        grade = gradebook.find_grade(check.name, record.notebook, *record.key[:2])
    except MissingEntry:
        return None
    return None if grade.auto_score is None and grade.manual_score is None else grade.score


def feedback_page(standing: Standing, record: Record, told: list[Told]) -> str:
    """Write one student's page about one notebook, as HTML.

    It shows what `Mark.says` and `Mark.hint` say, and nothing of a submission as markup.
    """
    return page("feedback.html.jinja", standing=standing, record=record, told=told)
