"""Check a solution: try it on every probe, and say what came of it."""

import os
from collections.abc import Callable

from .guard import TimeUp, guarded
from .hints import part
from .intake import refusal
from .journal import Attempt, add
from .judge import Failure, where_raised
from .looks import Elsewhere
from .naming import UnknownTask, task_named
from .observe import Seen, quiet_trial, trial
from .result import Result
from .task import Probe, Task
from .verdict import Evidence, failed, verdict


def check(task: str, solution: Callable) -> Result:
    """Try a solution of a graded task and say what is wrong with it.

    The solution is called a few times with small arrays, for two seconds at most, or as long as its
    task allows. Whatever it does there, check returns.

    Parameters
    ----------
    task : name of the task, such as ``"affine_backward"``
    solution : the function itself, without parentheses

    Returns
    -------
    Result
        Shows as a card in a notebook and as text when printed.
    """
    try:
        result = grade(task_named(task), solution)
    except UnknownTask as error:
        name = task[:60] if isinstance(task, str) else "check"
        return Result(name, False, str(error), failure=Failure.TASK)
    except Exception as error:
        says = (
            f"The check itself stumbled over this one ({type(error).__name__}). That is a fault of "
            f"the course and says nothing about your function: please report it."
        )
        return Result("check", False, says, failure=Failure.TASK)
    _remember(result)
    return result


def grade(task: Task, solution: Callable) -> Result:
    """Check a solution against a task that is given as data."""
    probes = task.tries
    right = [quiet_trial(task, probe, task.right) for probe in probes]
    seen: list[Seen] = []
    with guarded(task.seconds) as guard:
        outcome = guard.call(try_all, task, probes, solution, seen, guard.caught)
        tried = seen.copy()  # a function that was left behind may still add to the other
    if isinstance(outcome.value, str):
        return failed(task, Failure.CALL, outcome.value)
    if len(tried) < len(probes):
        tried.append(Seen(error=outcome.error, time_up=outcome.time_up))
    return verdict(
        Evidence(
            task,
            solution,
            probes,
            tried,
            right,
            first_lines(guard.printed.text, guard.printed.lines),
        )
    )


def try_all(task: Task, probes: list[Probe], solution: Callable, seen: list, caught: list):
    """Fill `seen`, or return why the solution can't be tried; runs inside a guard.

    `caught` is where warnings arrive, as `warnings.catch_warnings` keeps them.
    """
    refused = refusal(task, solution)
    if refused:
        return refused
    for probe in probes:
        caught.clear()
        seen.append(_try(task, probe, solution))
        seen[-1].warnings = [str(each.message) for each in caught[:3]]


def _try(task: Task, probe: Probe, solution: Callable) -> Seen:
    try:
        return trial(task, probe, solution)
    except TimeUp:
        raise
    except BaseException as error:  # SystemExit and KeyboardInterrupt are answers too
        where = solution.where if isinstance(solution, Elsewhere) else where_raised(error, solution)
        return Seen(error=error, error_says=_words(error), where=where)


def _words(error: BaseException) -> str:
    try:
        return str(error)[:500]
    except TimeUp:
        raise
    except BaseException:  # a learner's own exception class
        return ""


def _remember(result: Result):
    """Keep the attempt, unless there was nothing to check or a grader runs somebody else's."""
    if not result.unwritten and "NBGRADER_EXECUTION" not in os.environ:
        about = "" if result.passed else part(result.task, result.hints)
        add(Attempt(result.task, result.passed, result.diagnosis, about))


def first_lines(text: str, count: int, most: int = 6) -> str:
    """Show the first lines of a text that may be cut, and how many more there were."""
    lines = text.splitlines()
    more = max(count, len(lines)) - most
    return "\n".join([*lines[:most], *([f"… and {more} more lines"] if more > 0 else [])])
