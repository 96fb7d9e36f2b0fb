"""Hints: three for each output, from a nudge to nearly the line, revealed one at a time."""

from .cards import Note
from .journal import Attempt, HintShown, add, events
from .naming import task_named
from .tasks import TASKS


def hint(task: str) -> Note:
    """Reveal the next hint.

    Hints are about the output that was wrong in your last check; what was revealed before is
    remembered and shown too.

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
    about, shown, of = where(task)
    if shown < of:
        add(HintShown(task, about, shown + 1))
    return hints_so_far(task)


def hints_so_far(task: str) -> Note:
    """Show the hints that were revealed already, and reveal none."""
    about, shown, of = where(task)
    words = [
        f"Hint {number} of {of}: {text}"
        for number, text in enumerate(TASKS[task].hints[about][:shown], start=1)
    ]
    title = f"{shown} of {of} hints" + (f" on `{about}`" if about else "")
    return Note(task, title, (*words, _what_next(task, shown, of)), mark="?")


def where(task: str) -> tuple[str, int, int]:
    """Return the output that hints are about, how many are revealed, and how many there are."""
    hints = task_named(task).hints
    failed = [each.about for each in events(Attempt) if each.task == task and not each.passed]
    about = failed[-1] if failed and failed[-1] in hints else next(iter(hints))
    shown = [each.number for each in events(HintShown) if (each.task, each.about) == (task, about)]
    return about, min(max(shown, default=0), len(hints[about])), len(hints[about])


def part(task: str, hints: tuple[str, ...]) -> str:
    """Return the output to which these hints belong."""
    return next((about for about, each in TASKS[task].hints.items() if each == hints), "")


def _what_next(task: str, shown: int, of: int) -> str:
    if shown == 0:
        return "No hint is revealed so far: the first is only a nudge."
    if shown < of:
        return f'Try with this first. The next one: `hint("{task}")`.'
    return f'That was the last one. After an attempt, `solution("{task}")` shows the code.'
