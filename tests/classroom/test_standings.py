"""Standings: everybody is in them, with what is left after being late."""

from datetime import datetime

import pytest

from backprop_lab.classroom.collect import collect
from backprop_lab.classroom.grade import grade
from backprop_lab.classroom.roster import roster
from backprop_lab.classroom.standings import standings

from .conftest import FOUR, GOOD


@pytest.fixture
def standing(course, here, download):
    """Of ada, who is good and late; of emmy, who is unreadable; of jose, who is not there."""
    course.config.PerDay.share = 0.25
    (download / "ada.ipynb").write_bytes(GOOD)
    (download / "emmy.ipynb").write_bytes(b"{")
    collect(course, download, FOUR)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(FOUR, duedate=datetime(2000, 1, 1))
    grade(course, FOUR, here)
    with course.gradebook() as gradebook:
        roster(course, gradebook)
        return {each.student: each for each in standings(course, gradebook, FOUR)}


def test_points_less_what_being_late_costs_are_final(standing):
    ada = standing["ada"]
    assert (ada.points, ada.late, ada.final, ada.most) == (8, 8, 0, 8)
    assert (ada.status, ada.reason) == ("graded", "")


def test_no_points_and_no_submission_are_not_the_same(standing):
    assert (standing["emmy"].final, standing["emmy"].status) == (0, "unreadable")
    assert "JSON is broken" in standing["emmy"].reason
    assert (standing["jose"].final, standing["jose"].status) == (None, "not handed in")
