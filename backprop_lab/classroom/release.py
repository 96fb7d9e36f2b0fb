"""Hand out: nbgrader makes the student's version of an assignment and notes it in the gradebook."""

import logging
import re
from datetime import UTC, datetime

from nbconvert.preprocessors import Preprocessor
from nbgrader.apps import GenerateAssignmentApp

from .course import ClassError, Course

STUB = 'raise NotImplementedError("Your lines go here, in place of this one.")'


class RunAllGoesOn(Preprocessor):
    """Let "Run All" go on after a check that didn't pass, and after what builds on it."""

    enabled = True

    def preprocess_cell(self, cell, resources, index):
        """Tag checks, and cells that the solution marks as using learners' functions."""
        is_check = cell.metadata.get("nbgrader", {}).get("grade", False)
        tags = cell.metadata.get("tags", [])
        if is_check or "uses-solutions" in tags:
            cell.metadata.tags = [*tags, "raises-exception"]
        return cell, resources


def sources(course: Course) -> list[str]:
    """List the assignments that could be released."""
    return sorted(each.name for each in course.folder("source").glob("*") if each.is_dir())


def release(course: Course, assignment: str, due: datetime | None = None) -> None:
    """Make the student's version of an assignment, or make it anew.

    Parameters
    ----------
    due : until when it may be handed in without a penalty; local time unless it says otherwise

    Raises
    ------
    ClassError
        If there is no such assignment, or nbgrader refuses: it does when cells were added or
        removed after submissions came in.
    """
    if assignment not in sources(course):
        raise ClassError(
            f"No assignment {assignment!r} in {course.folder('source')}. There are: "
            f"{', '.join(sources(course)) or 'none'}."
        )
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(assignment, **_due(due))
    _generate(course, assignment)


def _due(due: datetime | None) -> dict:
    return {"duedate": due.astimezone(UTC).replace(tzinfo=None)} if due else {}


def _generate(course: Course, assignment: str) -> None:
    app = GenerateAssignmentApp(config=course.config, parent=None)
    app.config.CourseDirectory.root = str(course.root.absolute())
    app.config.CourseDirectory.assignment_id = assignment
    app.config.BaseConverter.force = True
    app.load_cwd_config = False
    says = _Says()
    app.log_level = logging.ERROR
    app.initialize([])
    app.log.handlers[:] = [says]
    app.log.propagate = False
    try:
        app.start()
    except SystemExit:
        raise ClassError(
            f"nbgrader could not release {assignment}: {says.last}. Mend the notebook in "
            f"{course.folder('source', '.', assignment)}, then release it again."
        ) from None


class _Says(logging.Handler):
    """Remember the last line of what nbgrader says is wrong, rather than print all."""

    last = "no reason given"

    def emit(self, record):
        lines = record.getMessage().strip().splitlines()
        if lines and not lines[-1].startswith(("There was an error", "Please see")):
            self.last = re.sub(r"^[\w.]+(Error|Exception): ", "", lines[-1]).rstrip(".")
