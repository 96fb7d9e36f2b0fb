"""What can be seen of a solution without calling it, be it here or in another process."""

import dis
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

from .observe import a_or_an


@dataclass(frozen=True)
class Step:
    """One instruction of the bytecode, as `dis` names it."""

    opname: str
    arg: int | None
    argval: Any
    argrepr: str


@dataclass(frozen=True)
class Written:
    """How a function is written: its arguments, the names it reads from elsewhere, its steps."""

    arguments: tuple[str, ...]
    names: frozenset[str]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Looks:
    """What a solution is.

    Parameters
    ----------
    what : in words: ``"a list"``, ``"the class dict"``
    signature : None where it is out of sight
    written : how a function is written; None where its code is out of sight
    methods : of a class without bases, how its methods are written
    """

    what: str
    callable: bool
    is_class: bool
    promises: bool = False
    yields: bool = False
    signature: inspect.Signature | None = None
    written: Written | None = None
    methods: tuple[Written | None, ...] | None = None


class Elsewhere:
    """A solution that lives in another process; what is known of it was told from there."""

    looks: Looks
    where = ""  # the line on which it raised its last error, in words

    def __call__(self, *arguments: Any) -> Any:
        """Call it there: its value, its changes to arguments and its errors come here."""
        raise NotImplementedError

    def play(self, program: str, numbers: Mapping[str, float], wanted: list[str]) -> dict:
        """Run a program there, with numbers made into instances of this class."""
        raise NotImplementedError


def looks_of(solution: Any) -> Looks:
    """Look at a solution from outside."""
    if isinstance(solution, Elsewhere):
        return solution.looks
    return Looks(
        what=a_or_an(solution),
        callable=callable(solution),
        is_class=inspect.isclass(solution),
        promises=inspect.iscoroutinefunction(solution) or inspect.isasyncgenfunction(solution),
        yields=inspect.isgeneratorfunction(solution),
        signature=_signature(solution),
        written=written(solution),
        methods=methods_of(solution),
    )


def written(solution: Any) -> Written | None:
    """See how a function is written, where its code is in sight."""
    if isinstance(solution, Elsewhere):
        return solution.looks.written
    code = getattr(solution, "__code__", None)
    if not isinstance(code, CodeType):
        return None
    steps = (Step(s.opname, s.arg, s.argval, s.argrepr) for s in dis.get_instructions(code))
    arguments = code.co_varnames[: code.co_argcount]
    return Written(arguments, frozenset(_names(code)), tuple(steps))


def methods_of(solution: Any) -> tuple[Written | None, ...] | None:
    """See how the methods of a class are written; None for others, and for classes with bases."""
    if isinstance(solution, Elsewhere):
        return solution.looks.methods
    if not inspect.isclass(solution) or solution.__bases__ != (object,):
        return None
    return tuple(written(each) for each in vars(solution).values() if callable(each))


def _names(code: CodeType) -> set[str]:
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _signature(solution: Callable) -> inspect.Signature | None:
    try:
        return inspect.signature(solution)
    except (TypeError, ValueError):
        return None  # written in C, and silent about its arguments
