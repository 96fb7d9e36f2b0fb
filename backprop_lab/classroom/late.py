"""Late penalties: one rule for these commands, for nbgrader and for its formgrader."""

import math
from datetime import datetime, timedelta

from nbgrader.api import SubmittedNotebook
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from traitlets import Float

from .course import Course

DAY = 24 * 60 * 60


class PerDay(LateSubmissionPlugin):
    """Take a share of the points for every day begun."""

    share = Float(0.0, min=0.0, max=1.0, help="share of the points that a late day costs").tag(
        config=True
    )

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        """Return the points that being late costs."""
        return score * min(1.0, self.share * math.ceil(total_seconds_late / DAY))


def penalty(course: Course, notebook: SubmittedNotebook) -> float:
    """Return what being late costs a notebook: 0 to its score, by the rule of the settings."""
    submission = notebook.assignment
    due = submission.assignment.duedate
    late = seconds_late(submission.timestamp, due, submission.extension)
    return penalty_on(course, submission.student_id, notebook.score, late)


def seconds_late(
    handed_in: datetime | None, due: datetime | None, extension: timedelta | None
) -> float:
    """Return by how many seconds it came too late; not positive where it came in time."""
    if handed_in is None or due is None:
        return 0.0
    return (handed_in - due - (extension or timedelta())).total_seconds()


def penalty_on(course: Course, student: str, score: float, seconds: float) -> float:
    """Return what so many seconds too late cost a score."""
    if seconds <= 0:
        return 0.0
    rule = AssignLatePenalties(config=course.config).plugin_class(config=course.config)
    points = rule.late_submission_penalty(student, score, seconds) or 0.0
    return min(max(0.0, points), score)
