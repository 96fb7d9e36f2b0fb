"""The class list: who is in the class, and whose name is on a file."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.api import Student as StudentRow
from sqlalchemy import insert, update

from .course import ClassError, Course

FILE = "students.csv"
COLUMNS = ("first_name", "last_name", "email", "lms_user_id")
AS_FOLDER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,99}")  # an id becomes a folder's name


@dataclass(frozen=True)
class Student:
    """One row of the class list."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def names(self) -> set[str]:
        """All that a file may call this student, letters and digits alone."""
        first, last = self.first_name, self.last_name
        local = self.email.partition("@")[0]
        ways = (self.id, f"{first} {last}", f"{last} {first}", self.email, local, self.lms_user_id)
        return {letters(each) for each in ways} - {""}


def letters(name: str) -> str:
    """Reduce a name to what learning platforms agree on: ``"Müller, Ada"`` is ``"mullerada"``."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(each for each in plain if each.isalnum())


class Roster:
    """The class list, asked by name."""

    def __init__(self, students: Iterable[Student]):
        self.students = {each.id: each for each in students}
        self._by_name: dict[str, list[Student]] = {}
        for student in self.students.values():
            for name in student.names:
                self._by_name.setdefault(name, []).append(student)

    def find(self, *names: str) -> Student:
        """Find the one student that one of these names stands for; an id comes first.

        Raises
        ------
        LookupError
            If it is nobody's name, or that of several; its text says which.
        """
        for name in filter(None, names):
            if name in self.students:
                return self.students[name]
            found = self._by_name.get(letters(name), [])
            if len(found) > 1:
                several = ", ".join(each.id for each in found)
                raise LookupError(
                    f"{name!r} may be {several}: give each an lms_user_id in {FILE}, or rename the "
                    f"file to the student's id"
                )
            if found:
                return found[0]
        raise LookupError(
            f"{next(filter(None, names), '?')!r} is nobody in {FILE}: add the student there, or "
            f"rename the file to the student's id"
        )


def read_roster(text: str) -> list[Student]:
    """Read a class list.

    Raises
    ------
    ClassError
        If a column or an id is missing, an id is there twice, or can't be a folder's name.
    """
    rows = csv.DictReader(io.StringIO(text))
    if "id" not in (rows.fieldnames or ()):
        raise ClassError(
            f"{FILE} has no column id. Its first line has to be: id,{','.join(COLUMNS)}"
        )
    students: dict[str, Student] = {}
    for line, row in enumerate(rows, start=2):
        row = {name: (row.get(name) or "").strip() for name in ("id", *COLUMNS)}
        if not any(row.values()):
            continue
        if not AS_FOLDER.fullmatch(row["id"]):
            raise ClassError(
                f"{FILE}, line {line}: {row['id']!r} can't be an id. Use letters, digits, and _ . "
                f"- @ inside: it becomes a folder's name."
            )
        if row["id"] in students:
            raise ClassError(f"{FILE}, line {line}: the id {row['id']!r} is there twice.")
        students[row["id"]] = Student(**row)
    return list(students.values())


def roster(course: Course, gradebook: Gradebook) -> Roster:
    """Bring the class list into the gradebook, and return all who are in there.

    Raises
    ------
    ClassError
        If there is no class list and the gradebook knows nobody, or the list has a fault.
    """
    file = course.root / FILE
    if file.exists():
        known = {each.id: student_of(each) for each in gradebook.students}
        rows = [_row(each) for each in read_roster(_text(file)) if known.get(each.id) != each]
        for write, those in (
            (insert(StudentRow), [each for each in rows if each["id"] not in known]),
            (update(StudentRow), [each for each in rows if each["id"] in known]),
        ):
            if those:
                gradebook.db.execute(write, those)
        gradebook.db.commit()
    everybody = [student_of(each) for each in gradebook.students]
    if not everybody:
        raise ClassError(
            f"There is no class list: write {file}. students_example.csv beside it shows how."
        )
    return Roster(everybody)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ClassError(f"{file} is not written as UTF-8. Save it again as CSV UTF-8.") from None


def _row(student: Student) -> dict:
    return {"id": student.id} | {name: getattr(student, name) or None for name in COLUMNS}


def student_of(row) -> Student:
    """Make a row of the class list of one of the gradebook."""
    return Student(row.id, *(getattr(row, name) or "" for name in COLUMNS))
