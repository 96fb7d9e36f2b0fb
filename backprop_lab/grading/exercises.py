"""Find the exercise and solution notebooks, and what they say about the tasks."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from .tasks import TASKS


def tasks_in_order() -> dict[str, str]:
    """Return every task with the exercise in which it is checked, in the order of the course.

    Tasks that no exercise notebook checks come last, with ``""`` as their exercise.
    """
    found = {}
    for notebook in _notebooks("exercises"):
        checked = re.findall(r'check\("(\w+)"', "\n".join(_code_cells(notebook)))
        found |= {task: notebook.stem for task in checked if task in TASKS and task not in found}
    return found | {task: "" for task in TASKS if task not in found}


def written_solution(task: str) -> str | None:
    """Return the lines of a task's solution as its notebook holds them, or None without it."""
    defined = re.compile(rf"^(def|class) {re.escape(task)}\b", re.MULTILINE)
    for notebook in _notebooks("solutions"):
        for source in _code_cells(notebook):
            if "### BEGIN SOLUTION" in source and defined.search(source):
                return re.sub(r"^\s*### (BEGIN|END) SOLUTION\n?", "", source, flags=re.M).rstrip()
    return None


def _notebooks(folder: str) -> list[Path]:
    # Notebooks run in their own folder; the command line, in the course's.
    for course in (Path.cwd(), Path.cwd().parent, Path(__file__).parents[2]):
        if found := sorted((course / folder).glob("*_*.ipynb")):
            return found
    return []


def _code_cells(notebook: Path) -> Iterator[str]:
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        yield from ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    except (OSError, ValueError, KeyError, TypeError):
        return  # half saved, or not a notebook: the course goes on without it
