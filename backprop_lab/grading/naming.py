"""Find a task by the name that a learner typed."""

import difflib
from typing import Any

from .task import Task
from .tasks import TASKS


class UnknownTask(ValueError):
    """No task has this name; a notebook shows one line in place of a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def task_named(name: Any) -> Task:
    """Return the task of this name.

    Raises
    ------
    UnknownTask
        If there is none; its words suggest the nearest names.
    """
    if not isinstance(name, str):
        raise UnknownTask(
            'The name of the task comes first, then the function: `check("sgd_step", sgd_step)`.'
        )
    known = {each.lower(): task for each, task in TASKS.items()}
    if type(name) is str and name.lower() in known:
        return known[name.lower()]
    says = f"There is no task of the name {name[:60]!r}. "
    near = difflib.get_close_matches(str.lower(name), TASKS, n=3, cutoff=0.5)
    if near:
        raise UnknownTask(says + "Did you mean " + " or ".join(f"`{each}`" for each in near) + "?")
    raise UnknownTask(says + "The tasks are " + ", ".join(f"`{each}`" for each in TASKS) + ".")
