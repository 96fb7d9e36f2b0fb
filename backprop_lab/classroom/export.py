"""Export: grades as CSV that Moodle and Canvas import, after late penalties."""

import csv
import io
from collections.abc import Callable, Iterator

from .course import Course, in_plain_words, write_together
from .pages import number
from .roster import Student, student_of
from .standings import Standing, standings

Rows = Iterator[list]


def export(course: Course, assignments: list[str], form: str):
    """Write ``exports/FORM.csv``, and return its path.

    Parameters
    ----------
    form : ``"moodle"``, ``"canvas"`` or ``"csv"``

    Raises
    ------
    ClassError
        If the disk is full or the gradebook locked.
    """
    with course.gradebook() as gradebook:
        students = [student_of(each) for each in gradebook.students]
        columns = {each: standings(course, gradebook, each) for each in assignments}
    by_student = {name: {each.student: each for each in column} for name, column in columns.items()}
    file = course.root / "exports" / f"{form}.csv"
    with in_plain_words():
        write_together({file: table(FORMS[form](students, by_student)).encode()})
    return file


def moodle(students: list[Student], columns: dict) -> Rows:
    """Yield rows for Moodle's gradebook import: it finds users by e-mail or ID number.

    A column of feedback belongs to each grade: Moodle empties the grades of one without the other.
    """
    pairs = [column for name in columns for column in (name, f"{name} (feedback)")]
    yield ["First name", "Last name", "ID number", "Email address", *pairs]
    for each in students:
        found = [columns[name][each.id] for name in columns]
        grades = [cell for one in found for cell in (_final(one), _words(one))]
        yield [each.first_name, each.last_name, each.lms_user_id, each.email, *grades]


def canvas(students: list[Student], columns: dict) -> Rows:
    """Yield rows for Canvas's gradebook import: its second line holds the points possible."""
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *columns]
    most = [number(next(iter(column.values())).most) for column in columns.values()]
    yield ["    Points Possible", "", "", "", "", *most]
    for each in students:
        name = ", ".join(filter(None, [each.last_name, each.first_name])) or each.id
        grades = [_final(column[each.id]) for column in columns.values()]
        yield [name, each.lms_user_id, "", each.id, "", *grades]


def plain(students: list[Student], columns: dict) -> Rows:
    """Yield one row for each student and assignment, with all there is to know."""
    yield [
        *("student", "first_name", "last_name", "email", "assignment", "points", "late_penalty"),
        *("final", "most", "handed_in_utc", "status", "reason", "seeds"),
    ]
    for name, column in columns.items():
        for student in students:
            each = column[student.id]
            who = [student.id, student.first_name, student.last_name, student.email, name]
            points = ["" if each.points is None else number(each.points), number(each.late)]
            seeds = " ".join(str(record.seed) for record in each.records)
            when = each.handed_in or ""
            rest = [_final(each), number(each.most), when, each.status, each.reason, seeds]
            yield [*who, *points, *rest]


FORMS: dict[str, Callable[[list[Student], dict], Rows]] = {
    "moodle": moodle,
    "canvas": canvas,
    "csv": plain,
}


def table(rows: Rows) -> str:
    """Write rows as CSV in which no cell is a formula, whoever chose its text."""
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(str(cell)) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute; numbers stay numbers."""
    cell = cell.replace("\r", " ").replace("\n", " ").replace("\0", "")
    risky = cell.lstrip().startswith(("=", "+", "-", "@", "\t", "|", "＝", "＋", "－", "＠"))
    return f"'{cell}" if risky and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _final(standing: Standing) -> str:
    """Write points; an empty cell leaves a platform's grade as it is."""
    return "" if standing.final is None else number(standing.final)


def _words(standing: Standing) -> str:
    late = f"{number(standing.late)} points less for being late. " if standing.late else ""
    return f"{late}{standing.reason}".strip()
