"""All wrong and right solutions of the tests, gathered from the tests themselves.

A test of a task claims something of one solution, through `claims`. Here the same tests run with
claims that check nothing and take notes, so that no list has to be kept beside them.
"""

import importlib
import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

RIGHT = "right"


@dataclass(frozen=True)
class Case:
    """A solution, and what its test claims of it: a key, None for an unknown mistake, or RIGHT."""

    task: str
    solution: Callable
    claim: str | None

    @property
    def is_right(self) -> bool:
        return self.claim == RIGHT


@cache
def cases() -> list[Case]:
    """Return every case of every test of a task."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))
    modules = [importlib.import_module(f"{__package__}.{name}") for name in names]
    return list(dict.fromkeys(case for module in modules for case in _claimed(module)))


def _claimed(module: ModuleType) -> list[Case]:
    noted: list[Case] = []
    notes = {
        "assert_named": lambda task, solution, key: noted.append(Case(task, solution, key)),
        "assert_unnamed": lambda task, solution, **_: noted.append(Case(task, solution, None)),
        "assert_accepted": lambda task, solution: noted.append(Case(task, solution, RIGHT)),
    }
    here = {name: note for name, note in notes.items() if hasattr(module, name)}
    with patch.dict(vars(module), here):
        for test in vars(module).values():
            if inspect.isfunction(test) and test.__name__.startswith("test_"):
                for arguments in _runs(test, set(here)):
                    test(**arguments)
    return noted


def _runs(test: Callable, claims: set[str]) -> Iterator[dict]:
    """Give the arguments of each run of a test that claims something and needs no fixture."""
    marks = [mark.args for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    runs = [{}]
    for names, values in marks:
        names = [name.strip() for name in names.split(",")] if type(names) is str else names
        values = [getattr(each, "values", each if len(names) > 1 else (each,)) for each in values]
        runs = [run | dict(zip(names, each)) for run, each in itertools.product(runs, values)]
    if claims & set(test.__code__.co_names) and all(
        set(inspect.signature(test).parameters) == set(run) for run in runs
    ):
        yield from runs
