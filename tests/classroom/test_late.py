"""Late: one rule, by days begun, and never more than there is to lose."""

import pytest

from backprop_lab.classroom.late import DAY, PerDay, penalty_on


@pytest.mark.parametrize(
    ("seconds", "costs"), [(1, 2.0), (DAY, 2.0), (DAY + 1, 4.0), (4 * DAY, 8.0), (9 * DAY, 8.0)]
)
def test_every_day_begun_costs_its_share_and_no_more_than_all(seconds, costs):
    assert PerDay(share=0.25).late_submission_penalty("ada", 8.0, seconds) == costs


@pytest.mark.parametrize("seconds", [0, -1, -DAY])
def test_in_time_costs_nothing(course, seconds):
    course.config.PerDay.share = 1.0
    assert penalty_on(course, "ada", 8.0, seconds) == 0


def test_a_rule_of_ones_own_can_neither_give_points_nor_take_more_than_there_are(
    course, monkeypatch
):
    for says, costs in ((-5.0, 0.0), (50.0, 8.0), (None, 0.0)):
        monkeypatch.setattr(PerDay, "late_submission_penalty", lambda *_, says=says: says)
        assert penalty_on(course, "ada", 8.0, 1) == costs
