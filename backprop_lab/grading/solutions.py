"""Solutions: they open on purpose only, after an attempt, and are marked as seen."""

import inspect
import textwrap

from .cards import Note
from .exercises import written_solution
from .journal import Attempt, SolutionSeen, add, events
from .naming import task_named
from .reasons import REASONS
from .tasks import TASKS


def solution(task: str) -> Note:
    """Show the right solution of a task that you have attempted, and why it is right.

    Progress marks it as seen.

    Parameters
    ----------
    task : name of the task, such as ``"affine_backward"``

    Returns
    -------
    Note
        Shows as a card in a notebook and as text when printed.

    Raises
    ------
    ValueError
        If there is no such task.
    """
    task_named(task)
    if not any(each.task == task for each in events(Attempt)):
        return _after_an_attempt(task)
    add(SolutionSeen(task))
    words = (
        REASONS.get(task, ""),
        "Yours may look different and be as right. Now close this, and write it from memory.",
    )
    return Note(task, "One right solution", tuple(filter(None, words)), code_of(task), mark="✓")


def code_of(task: str) -> str:
    """Return a right solution's source: the notebook's, or else the one that checks compare to."""
    return written_solution(task) or textwrap.dedent(inspect.getsource(TASKS[task].right)).rstrip()


def _after_an_attempt(task: str) -> Note:
    words = (
        f'The solution opens after your first attempt: write what you have, run `check("{task}", '
        f"{task})`, and ask again. A wrong attempt counts, and it teaches more than reading does.",
        f'For a nudge instead: `hint("{task}")`.',
    )
    return Note(task, "Not before an attempt", words, mark="○")
