"""Late penalties: one rule for these commands, for nbgrader and for its formgrader."""

import math

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
    late = submission.total_seconds_late if submission.assignment.duedate else 0.0
    return penalty_on(course, notebook.student.id, notebook.score, late)


def penalty_on(course: Course, student: str, score: float, seconds: float) -> float:
    """Return what so many seconds too late cost a score."""
    if seconds <= 0:
        return 0.0
    rule = AssignLatePenalties(config=course.config).plugin_class(config=course.config)
    points = rule.late_submission_penalty(student, score, seconds) or 0.0
    return min(max(0.0, points), score)
