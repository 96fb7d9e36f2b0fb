"""Points: the rows are those that nbgrader itself would have written."""

import pytest
from nbgrader.api import MissingEntry

from backprop_lab.classroom.course import one_transaction
from backprop_lab.classroom.points import write_points
from backprop_lab.classroom.record import Record
from backprop_lab.classroom.released import released

from .conftest import FOUR

MISSING = Record(FOUR, "ada", FOUR, "missing", None, 0, "missing")


@pytest.fixture
def gradebook(course):
    with course.gradebook() as gradebook:
        for student in ("ada", "emmy"):
            gradebook.update_or_create_student(student)
        yield gradebook


def rows(gradebook, student):
    submission = gradebook.find_submission(FOUR, student)
    return [
        (
            submission.assignment.name,
            submission.timestamp,
            submission.extension,
            notebook.name,
            notebook.flagged,
            sorted((each.name, each.cell_type, each.extra_credit) for each in notebook.grades),
            sorted((each.name, each.auto_comment) for each in notebook.comments),
        )
        for notebook in submission.notebooks
    ]


def test_a_new_submission_has_the_rows_that_nbgrader_gives_it(course, gradebook):
    (notebook,) = released(course, gradebook, FOUR)
    gradebook.add_submission(FOUR, "emmy")
    with one_transaction(gradebook) as connection:
        write_points(course, connection, MISSING, notebook)
    assert rows(gradebook, "ada") == rows(gradebook, "emmy")


def test_a_transaction_that_breaks_leaves_nothing(course, gradebook):
    (notebook,) = released(course, gradebook, FOUR)

    def half():
        with one_transaction(gradebook) as connection:
            write_points(course, connection, MISSING, notebook)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    with pytest.raises(MissingEntry):
        gradebook.find_submission(FOUR, "ada")
