"""Look at what was handed in before it is called."""

from collections.abc import Callable
from typing import Any

from .looks import Looks, Written, looks_of, methods_of, written
from .task import Task


def refusal(task: Task, solution: Any) -> str | None:
    """Say why this can't be a solution of the task, or None where it may be one."""
    looks, wants_class = looks_of(solution), isinstance(task.right, type)
    if looks.is_class != wants_class:
        expected = "a class" if wants_class else f"a function, `{task.signature}`,"
        return f"{expected[0].upper()}{expected[1:]} is expected, and this is " + (
            f"{looks.what}." if looks.callable else _not_callable(task, looks)
        )
    if not looks.callable:
        return f"A function is expected, and this is {_not_callable(task, looks)}"
    if looks.promises:
        return "This is an `async def`, which returns a promise and no numbers: write `def`."
    if looks.yields:
        return "There is a `yield` in this function, so a call computes nothing: use `return`."
    return None if wants_class else _misfit(task, looks)


def is_empty(solution: Callable) -> bool:
    """Whether a function's body is ``pass``, ``...`` or a docstring alone, or those of a class."""
    methods, code = methods_of(solution), written(solution)
    codes = [code] if methods is None else methods
    return None not in codes and all(map(_does_nothing, codes))


def _does_nothing(code: Written) -> bool:
    def empty():
        pass

    def steps(code):
        return [(each.opname, each.argval) for each in code.steps if each.opname != "NOP"]

    return steps(code) == steps(written(empty))


def _not_callable(task: Task, looks: Looks) -> str:
    return (
        f"{looks.what}. Hand over the function itself, without parentheses: "
        f'`check("{task.name}", {task.name})`.'
    )


def _misfit(task: Task, looks: Looks) -> str | None:
    signature = looks.signature
    if signature is None:
        return None  # a call will show
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
