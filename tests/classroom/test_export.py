"""Export: tables that Moodle, Canvas and spreadsheets take, and in which nothing computes."""

import csv
import io
from datetime import datetime

import pytest

from backprop_lab.classroom.collect import collect
from backprop_lab.classroom.export import export, table
from backprop_lab.classroom.grade import grade

from .conftest import FOUR, GOOD, ONE_WRONG


@pytest.fixture
def exported(course, download, here):
    (download / "ada.ipynb").write_bytes(GOOD)
    (download / "jose.ipynb").write_bytes(ONE_WRONG)
    collect(course, download, FOUR)
    grade(course, FOUR, here)

    def exported(form):
        text = export(course, [FOUR], form).read_text(encoding="utf-8")
        return list(csv.reader(io.StringIO(text)))

    return exported


def test_canvas_gets_its_columns_and_the_points_possible_in_the_second_line(exported):
    head, most, *rows = exported("canvas")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", FOUR]
    assert most == ["    Points Possible", "", "", "", "", "8"]
    assert ["Lovelace, Ada", "1001", "", "ada", "", "8"] in rows
    assert ["Müller-Ruiz, José", "1003", "", "jose", "", "7"] in rows


def test_who_handed_nothing_in_has_an_empty_cell_which_changes_nothing(exported):
    assert ["Noether, Emmy", "1002", "", "emmy", "", ""] in exported("canvas")


def test_moodle_gets_users_by_number_and_address_and_feedback_beside_each_grade(exported):
    head, *rows = exported("moodle")
    assert head[:4] == ["First name", "Last name", "ID number", "Email address"]
    assert head[4:] == [FOUR, f"{FOUR} (feedback)"]
    assert ["Ada", "Lovelace", "1001", "ada@example.org", "8", ""] in rows


def test_the_plain_table_says_all_there_is_to_know(exported):
    head, *rows = exported("csv")
    ada = dict(zip(head, rows[0]))
    assert (ada["student"], ada["final"], ada["most"], ada["status"]) == ("ada", "8", "8", "graded")
    assert int(ada["seeds"]) > 0


def test_a_late_penalty_is_taken_off_and_said(course, exported):
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("c.PerDay.share = 0.0", "c.PerDay.share = 0.25"))
    course.__dict__.clear()
    course.__dict__["root"] = config.parent
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(FOUR, duedate=datetime(2027, 1, 1))
        gradebook.update_or_create_submission(FOUR, "ada", timestamp=datetime(2027, 1, 1, 1))
    ada = next(row for row in exported("moodle") if row[0] == "Ada")
    assert ada[4:] == ["6", "2 points less for being late."]


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", " =1", "\n=cmd|' /C calc'!A0", "＝1+1", "|x"],
)
def test_no_cell_is_a_formula(cell):
    (row,) = csv.reader(io.StringIO(table(iter([[cell, -1.5]]))))
    assert row[0].startswith("'")
    assert row[1] == "-1.5"


def test_a_name_can_break_no_line():
    text = table(iter([['a"b,c\nd\re\0']]))
    assert list(csv.reader(io.StringIO(text))) == [['a"b,c d e']]
