"""Look at what was handed in before it is called."""

import dis
import inspect
from collections.abc import Callable
from typing import Any

from .observe import a_or_an
from .task import Task


def refusal(task: Task, solution: Any) -> str | None:
    """Say why this can't be a solution of the task, or None where it may be one."""
    wants_class = inspect.isclass(task.right)
    if inspect.isclass(solution) != wants_class:
        expected = "a class" if wants_class else f"a function, `{task.signature}`,"
        return f"{expected[0].upper()}{expected[1:]} is expected, and this is " + (
            f"{a_or_an(solution)}." if callable(solution) else _not_callable(task, solution)
        )
    if not callable(solution):
        return f"A function is expected, and this is {_not_callable(task, solution)}"
    if inspect.iscoroutinefunction(solution) or inspect.isasyncgenfunction(solution):
        return "This is an `async def`, which returns a promise and no numbers: write `def`."
    if inspect.isgeneratorfunction(solution):
        return "There is a `yield` in this function, so a call computes nothing: use `return`."
    return None if wants_class else _misfit(task, solution)


def is_empty(solution: Callable) -> bool:
    """Whether a function's body is ``pass``, ``...`` or a docstring alone, or those of a class."""
    if inspect.isclass(solution) and solution.__bases__ == (object,):
        return all(is_empty(each) for each in vars(solution).values() if callable(each))

    def empty():
        pass

    def steps(function):
        instructions = dis.get_instructions(function)
        return [(each.opname, each.argval) for each in instructions if each.opname != "NOP"]

    return inspect.isfunction(solution) and steps(solution) == steps(empty)


def _not_callable(task: Task, value: Any) -> str:
    return (
        f"{a_or_an(value)}. Hand over the function itself, without parentheses: "
        f'`check("{task.name}", {task.name})`.'
    )


def _misfit(task: Task, solution: Callable) -> str | None:
    try:
        signature = inspect.signature(solution)
    except (TypeError, ValueError):
        return None  # written in C, and silent about its arguments: a call will show
    expected, mine = ", ".join(task.parameters), list(signature.parameters)
    try:
        signature.bind(*task.parameters)
    except TypeError:
        return (
            f"The check calls your function with {len(task.parameters)} arguments, ({expected}), "
            f"and yours is written for ({', '.join(mine)})."
        )
    if mine != task.parameters and sorted(mine) == sorted(task.parameters):
        return (
            f"The arguments arrive in the order ({expected}), and yours stand in another one: "
            f"({', '.join(mine)})."
        )
    return None
