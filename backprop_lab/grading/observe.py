"""Try a solution on a probe and write down what can be seen from outside."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from .task import Facts, Probe, Task


@dataclass(frozen=True)
class Odd:
    """An output that is not an array or a number; `what` says what it is: ``"a list"``."""

    what: str


@dataclass
class Seen:
    """One trial: outputs by name, arguments changed against the agreement, error, warnings.

    `returned` is set where the returned value does not have the agreed number of outputs, and
    `surplus` where something came back from a function that should return nothing.
    """

    outputs: dict[str, np.ndarray | Odd] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    returned: str | None = None
    surplus: str | None = None
    error: BaseException | None = None
    error_says: str = ""
    where: str = ""
    time_up: bool = False
    warnings: list[str] = field(default_factory=list)


def trial(task: Task, probe: Probe, solution: Callable) -> Seen:
    """Use the solution as the task says and record what came of it; its exceptions pass."""
    arguments = probe.arguments()
    for _ in range(probe.calls):
        value = task.use(solution, *arguments)
    seen = Seen()
    if task.returns:
        _read_returned(task, value, seen)
    elif value is not None:
        seen.surplus = a_or_an(value)
    seen.outputs |= dict(_read_changes(task, arguments))
    seen.changed = [
        name
        for name, now, before in zip(task.parameters, arguments, probe.pristine)
        if name not in task.changes and not _unchanged(now, before)
    ]
    return seen


def quietly(task: Task, probe: Probe, solution: Callable) -> Seen:
    """Try a solution of our own, right or wrong on purpose: expect warnings, record errors."""
    try:
        with np.errstate(all="ignore"):
            return trial(task, probe, solution)
    except Exception as error:
        return Seen(error=error)


quiet_trial = cache(quietly)  # for probes that are there to stay


def a_or_an(value: Any) -> str:
    """Name a value's type as a sentence would: ``"a list"``, ``"None"``."""
    if isinstance(value, Odd):
        return value.what
    if value is None:
        return "None"
    if type(value) is tuple:
        return f"a tuple of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _read_returned(task: Task, value: Any, seen: Seen):
    wanted = list(task.returns)
    if isinstance(value, Facts):
        for name, each in value.items():
            seen.outputs |= dict(_leaves(name, each))
    elif len(wanted) == 1:
        if type(value) is tuple or value is None:
            seen.returned = a_or_an(value)
        else:
            seen.outputs |= dict(_leaves(wanted[0], value))
    elif type(value) in (tuple, list) and len(value) == len(wanted):
        for name, each in zip(wanted, value):
            seen.outputs |= dict(_leaves(name, each))
    else:
        seen.returned = a_or_an(value)
        if type(value) is list:
            seen.returned += f" of {len(value)}"


def _read_changes(task: Task, arguments: tuple) -> Iterator[tuple[str, np.ndarray | Odd]]:
    for parameter, argument in zip(task.parameters, arguments):
        if parameter in task.changes:
            yield from _leaves(parameter, argument)


def _leaves(name: str, value: Any) -> Iterator[tuple[str, np.ndarray | Odd]]:
    """Walk through dicts and lists of arrays: ``grads["W1"]``, ``grads[0]``."""
    if type(value) is dict and value:
        for key, each in value.items():
            yield from _leaves(f'{name}["{key}"]', each)
    elif type(value) is list and any(isinstance(each, np.ndarray) for each in value):
        for i, each in enumerate(value):
            yield from _leaves(f"{name}[{i}]", each)
    else:
        yield name, _array(value)


def _array(value: Any) -> np.ndarray | Odd:
    if isinstance(value, (np.ndarray, np.generic, bool, int, float, complex)):
        with contextlib.suppress(OverflowError):
            return np.array(value)  # a copy, and no subclass: what it is now is what is judged
    return Odd(a_or_an(value))


def _unchanged(now: Any, before: Any) -> bool:
    if isinstance(before, np.ndarray):
        same_kind = now.shape == before.shape and now.dtype == before.dtype
        return same_kind and now.tobytes() == before.tobytes()
    if isinstance(before, dict):
        return now.keys() == before.keys() and all(_unchanged(now[k], before[k]) for k in before)
    if isinstance(before, list):
        return len(now) == len(before) and all(map(_unchanged, now, before))
    return not isinstance(before, (int, float, str)) or now == before
