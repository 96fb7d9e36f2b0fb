"""Report: per task how many failed, and which mistakes they made, for the next lecture."""

import base64
import textwrap
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ..grading.tasks import TASKS
from ..plots import Picture, style
from . import ledger
from .course import Course, in_plain_words, write_together
from .marking import Mark
from .pages import page
from .released import released

UNNAMED = {
    "unwritten": ("not written yet", "The stub stands there as it was handed out."),
    "missing": ("not there", "No function of this name was handed in."),
    "timeout": ("too slow", "It did not end in time: a loop without an end, most likely."),
    "died": ("crashed", "It ended the program, or took more memory than there is."),
    "failed": ("no mistake that has a name", "Look at these in formgrader."),
}


@dataclass(frozen=True)
class MistakeMade:
    """A mistake, and by how many it was made."""

    name: str
    says: str
    students: int


@dataclass(frozen=True)
class TaskReport:
    """How a task went.

    Attributes
    ----------
    of : students whose submission could be marked
    passed : of these
    mistakes : the most frequent first; each student is in one of them
    """

    task: str
    of: int
    passed: int
    mistakes: tuple[MistakeMade, ...]

    @property
    def failed(self) -> int:
        """How many did not pass."""
        return self.of - self.passed

    @property
    def summary(self) -> str:
        """The same in a sentence."""
        return f"{self.failed} of {self.of} did not pass."


@dataclass(frozen=True)
class Report:
    """How an assignment went, task after task."""

    assignment: str
    tasks: tuple[TaskReport, ...]

    @property
    def finding(self) -> str:
        """What to speak of in the next lecture."""
        if not any(each.of for each in self.tasks):
            return "Nothing is graded so far."
        hardest = max(self.tasks, key=lambda each: each.failed)
        if not hardest.failed:
            return "Everybody passed every task."
        most = hardest.mistakes[0]
        return (
            f"Hardest was {hardest.task}: {hardest.failed} of {hardest.of} did not pass, "
            f"{most.students} by: {most.name}"
        )


def report(course: Course, assignment: str) -> Report:
    """Count what the marks that count say."""
    with course.gradebook() as gradebook:
        names = [task for each in released(course, gradebook, assignment) for task in each.tasks]
        records = ledger.records(gradebook, assignment, counting=True)
    marks = [mark for each in records for mark in each.marks]
    return Report(
        assignment,
        tuple(count(name, [each for each in marks if each.task == name]) for name in names),
    )


def count(task: str, marks: list[Mark]) -> TaskReport:
    """Count the marks of one task."""
    failed = Counter((each.diagnosis, each.status) for each in marks if not each.passed)
    mistakes = tuple(_made(task, *which, students) for which, students in failed.most_common())
    return TaskReport(task, len(marks), sum(each.passed for each in marks), mistakes)


def _made(task: str, key: str | None, status: str, students: int) -> MistakeMade:
    if key is None:
        name, says = UNNAMED.get(status, UNNAMED["failed"])
        return MistakeMade(name, says, students)
    rows = TASKS[task].mistakes if task in TASKS else ()
    says = next((each.says for each in rows if each.key == key), "")
    return MistakeMade(key.replace("_", " "), _in_letters(says), students)


class _Letter(str):
    """Stands for a size in a sentence: the letter itself, in whatever format."""

    def __format__(self, _):
        return str(self)


class _Letters(dict):
    def __missing__(self, name):
        return _Letter(name)


def _in_letters(says: str) -> str:
    return says.format_map(_Letters())


def picture(report: Report) -> Picture:
    """Draw how many failed each task, with their most frequent mistake on the bar."""
    rows = [each for each in report.tasks if each.of] or list(report.tasks)
    drawn = Picture(1000, 150 + 62 * len(rows), report.finding)
    with style.applied():
        low = 75 / (150 + 62 * len(rows))
        axes = drawn.add_axes(
            (0.24, low, 0.73, 1 - 2.0 * low),
            xlabel="students who did not pass",
            title=_title(report),
        )
        places = range(len(rows))
        axes.barh(places, [each.failed for each in rows], color=style.COLORS["loss"], height=0.55)
        most = max([each.of for each in rows], default=0) or 1
        for at, each in enumerate(rows):
            axes.text(
                each.failed + most * 0.01, at, _label(each), va="center", fontsize=style.SMALL
            )
        axes.set_yticks(places, [each.task for each in rows])
        axes.set_xlim(0, 2.1 * most)  # a label has as much room as the longest bar
        axes.set_xticks(sorted({0, most // 2, most}))
        axes.invert_yaxis()
    return drawn


def _title(report: Report) -> str:
    finding = report.finding
    return finding if len(finding) < 76 else finding.partition(", ")[0]


def _label(task: TaskReport) -> str:
    if not task.failed:
        return "all passed"
    names = [f"{each.name} ({each.students})" for each in task.mistakes]
    label = f"{task.failed}: {', '.join(names[:2])}" + (", …" if len(names) > 2 else "")
    return textwrap.shorten(label, 52, placeholder=" …")


def write(course: Course, reports: Iterable[Report]) -> list:
    """Write ``reports/ASSIGNMENT.html`` and its picture ``reports/ASSIGNMENT.png``.

    Raises
    ------
    ClassError
        If the disk is full.
    """
    files = {}
    for each in reports:
        png = picture(each).png()
        html = page("report.html.jinja", report=each, png=base64.b64encode(png).decode())
        place = course.root / "reports" / each.assignment
        files |= {place.with_suffix(".html"): html.encode(), place.with_suffix(".png"): png}
    with in_plain_words():
        write_together(files)
    return list(files)
