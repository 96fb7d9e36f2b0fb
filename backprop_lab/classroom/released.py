"""What was released: checks, their points and their tests, as the gradebook holds them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..grading.tasks import TASKS
from .reading import Cell, Unreadable, read

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

    from .course import Course


@dataclass(frozen=True)
class Check:
    """A cell that gives points.

    Attributes
    ----------
    name : its nbgrader id
    points : the most that it gives
    tasks : the course's tasks that it checks; () where only staff can tell what it is worth
    by_hand : whether it is one of nbgrader's "manually graded tasks"
    """

    name: str
    points: float
    tasks: tuple[str, ...]
    by_hand: bool = False


@dataclass(frozen=True)
class Source:
    """A released cell that students can't change, or that holds their solution."""

    kind: str
    text: str
    locked: bool
    checksum: str


@dataclass(frozen=True)
class Released:
    """A notebook as it was handed out.

    Attributes
    ----------
    checks : cells that give points, in order
    solutions : ids of the cells that students fill
    sources : every cell that nbgrader knows, by its id
    kernelspec : which kernel runs it
    prose : the texts of its Markdown cells
    """

    assignment: str
    notebook: str
    checks: tuple[Check, ...]
    solutions: frozenset[str]
    sources: dict[str, Source]
    kernelspec: dict
    prose: frozenset[str]

    @property
    def tasks(self) -> list[str]:
        """All tasks, in the order of the notebook."""
        return list(dict.fromkeys(task for each in self.checks for task in each.tasks))

    @property
    def points(self) -> float:
        """The most that the notebook gives."""
        return sum(each.points for each in self.checks)


def released(course: "Course", gradebook: "Gradebook", assignment: str) -> list[Released]:
    """Read from the gradebook and the released files what was handed out as an assignment."""
    notebooks = gradebook.find_assignment(assignment).notebooks
    folder = course.folder("release", ".", assignment)
    return [_notebook(assignment, each, _file(folder / f"{each.name}.ipynb")) for each in notebooks]


def _file(path: Path) -> tuple[Cell, ...]:
    try:
        return read(path.read_bytes()).cells
    except (FileNotFoundError, Unreadable):
        return ()  # its order and its prose are all that is lost


def _notebook(assignment: str, row, cells: tuple[Cell, ...]) -> Released:
    saved = {each.name: each for each in row.source_cells}
    order = [each.grade_id for each in cells]
    names = sorted(saved, key=lambda name: order.index(name) if name in order else len(order))
    sources = {
        name: Source(each.cell_type, each.source or "", bool(each.locked), each.checksum or "")
        for name, each in ((name, saved[name]) for name in names)
    }
    solutions = frozenset(each.name for each in row.solution_cells)
    points = {each.name: each.max_score for each in (*row.grade_cells, *row.task_cells)}
    by_hand = {each.name for each in row.task_cells}
    checks = tuple(
        Check(name, points[name], () if name in solutions else _tasks(source), name in by_hand)
        for name, source in sources.items()
        if name in points
    )
    kernelspec = json.loads(row.kernelspec or "{}")
    prose = frozenset(each.text for each in cells if each.kind == "markdown")
    return Released(assignment, row.name, checks, solutions, sources, kernelspec, prose)


def _tasks(source: Source) -> tuple[str, ...]:
    """Find the tasks that a check is about; anything else in it is for staff to look at."""
    found = re.findall(r"""\bcheck\(\s*["'](\w+)["']""", source.text)
    return tuple(found) if found and all(each in TASKS for each in found) else ()
