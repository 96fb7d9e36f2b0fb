"""Points: what a submission earned, written into nbgrader's own tables.

nbgrader's calls read and commit several times for each submission, and that takes longer than to
mark it. The same rows are written here within one transaction: all of a submission's, or none.
"""

from collections.abc import Iterator

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from .course import Course
from .jobs import scores
from .late import penalty_on, seconds_late
from .record import Record
from .released import Released

GRADED, COMMENTED = {"GradeCell", "TaskCell"}, {"SolutionCell", "TaskCell"}


def write_points(
    course: Course, connection: Connection, record: Record, notebook: Released
) -> None:
    """Write a record's points; what people gave by hand stays."""
    row = _row(connection, record)
    if row is None:
        _add(connection, record)
        row = _row(connection, record)
    if record.handed_in:
        same = SubmittedAssignment.id == row.submission
        connection.execute(
            update(SubmittedAssignment).where(same).values(timestamp=record.handed_in)
        )
    points = scores(notebook, record.marks) if record.status == "graded" else None
    grades = list(_changed_grades(connection, row.id, points))
    if grades:
        columns = {"auto_score": bindparam("score"), "needs_manual_grade": bindparam("look")}
        this = Grade.__table__.c.id == bindparam("grade")
        connection.execute(update(Grade.__table__).where(this).values(columns), grades)
    write_penalty(course, connection, record)


def write_penalty(course: Course, connection: Connection, record: Record) -> None:
    """Write what being late costs, where that has changed.

    Another due date changes it, an extension, and points that were given by hand.
    """
    row = _row(connection, record)
    late = seconds_late(row.timestamp, row.duedate, row.extension)
    now = penalty_on(course, record.student, row.score, late)
    if (row.late_submission_penalty or 0.0) != now:
        same = SubmittedNotebook.id == row.id
        connection.execute(
            update(SubmittedNotebook).where(same).values(late_submission_penalty=now)
        )


def _row(connection: Connection, record: Record) -> Row | None:
    """Read how a student's notebook stands."""
    query = (
        select(
            SubmittedNotebook.id,
            SubmittedNotebook.score.label("score"),
            SubmittedNotebook.late_submission_penalty,
            SubmittedAssignment.id.label("submission"),
            SubmittedAssignment.timestamp,
            SubmittedAssignment.extension,
            Assignment.duedate,
        )
        .join(SubmittedNotebook.assignment)
        .join(SubmittedNotebook.notebook)
        .join(SubmittedAssignment.assignment)
        .where(Assignment.name == record.assignment)
        .where(Notebook.name == record.notebook)
        .where(SubmittedAssignment.student_id == record.student)
    )
    return connection.execute(query).one_or_none()


def _add(connection: Connection, record: Record) -> None:
    """Add a student's submission: its notebooks, and a row for each cell of theirs."""
    named = select(Assignment.id).where(Assignment.name == record.assignment)
    assignment, submission = connection.execute(named).scalar_one(), new_uuid()
    notebooks = select(Notebook.id).where(Notebook.assignment_id == assignment)
    own = {each: new_uuid() for each in connection.execute(notebooks).scalars()}
    cells = select(BaseCell.id, BaseCell.notebook_id, BaseCell.type)
    cells = connection.execute(cells.where(BaseCell.notebook_id.in_(own))).all()
    rows = {
        SubmittedAssignment: [
            {"id": submission, "assignment_id": assignment, "student_id": record.student}
        ],
        SubmittedNotebook: [
            {"id": mine, "assignment_id": submission, "notebook_id": each}
            for each, mine in own.items()
        ],
    } | {
        table: [
            {"cell_id": cell.id, "notebook_id": own[cell.notebook_id]}
            for cell in cells
            if cell.type in kinds
        ]
        for table, kinds in ((Grade, GRADED), (Comment, COMMENTED))
    }
    for table, values in rows.items():
        if values:
            connection.execute(insert(table.__table__), values)


def _changed_grades(
    connection: Connection, notebook: str, points: dict[str, float | None] | None
) -> Iterator[dict]:
    """Find the grades that change; without any points, all of them are worth 0."""
    query = (
        select(
            Grade.id,
            BaseCell.name,
            Grade.auto_score,
            Grade.manual_score,
            Grade.needs_manual_grade,
        )
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .where(Grade.notebook_id == notebook)
    )
    for grade in connection.execute(query):
        score = 0.0 if points is None else points.get(grade.name)
        by_hand, look = grade.manual_score is not None, grade.needs_manual_grade
        if grade.auto_score != score or score is None:
            # Somebody gave points by hand, and the work has changed since: have another look.
            look = score is None or by_hand
        elif not by_hand:
            look = False
        if (score, look) != (grade.auto_score, grade.needs_manual_grade):
            yield {"grade": grade.id, "score": score, "look": look}
