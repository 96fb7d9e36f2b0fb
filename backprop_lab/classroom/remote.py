"""A solution in a box, as the check sees it: what comes over the wire, and nothing else."""

import builtins
import inspect
import time
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..grading.guard import AskedForInput, TimeUp
from ..grading.looks import Elsewhere, Looks, Step, Written
from ..grading.observe import Odd
from ..grading.task import Probe
from ..sandbox import Box, BoxLost, TimeOut
from ..sandbox.wire import Lambda


class Lost(BaseException):
    """The box ended in the middle of a call; passes through whatever catches errors."""


class Remote(Elsewhere):
    """A function or class of a notebook that runs in a box.

    Parameters
    ----------
    box, name : where it is, and what it is called there
    told : what the box told of it, or None
    sources : the cells of the notebook, to quote the line on which an error was raised
    deadline : of all its calls, by `time.monotonic`
    """

    def __init__(self, box: Box, name: str, told: Any, sources: Sequence[str], deadline: float):
        self.box, self.name, self.sources, self.deadline = box, name, sources, deadline
        self.caught: list = []  # warnings of the current trial
        self.printed, self.lines = "", 0  # the first characters, and how many lines there were
        self._foreseen: list[list[dict]] = []  # for each probe, what its calls told
        self.looks = self._look(told)

    @property
    def is_there(self) -> bool:
        """Whether the notebook defines it."""
        return self.looks is not None

    def foresee(self, probes: Sequence[Probe]) -> None:
        """Make all calls that are going to be asked for in one go."""
        arguments, times = [each.pristine for each in probes], [each.calls for each in probes]
        self._foreseen = self._called(arguments, times)

    def __call__(self, *arguments: Any) -> Any:
        ahead = self._foreseen or self._called([arguments], [1])
        told = ahead[0].pop(0)
        if not ahead[0]:
            ahead.pop(0)
        if type(told.get("after")) is tuple:
            for each, after in zip(arguments, told["after"]):
                _settle(each, after)
        if told.get("drew") is True:
            np.random.random()  # noqa: NPY002 - as the call would have done here
        return self._value(told)

    def play(self, program: str, numbers: Mapping[str, float], wanted: list[str]) -> dict:
        request = {"do": "play", "name": self.name, "program": program}
        more = {"numbers": dict(numbers), "wanted": list(wanted)}
        value = self._value(self._asked({**request, **more}))
        if type(value) is not dict or list(value) != wanted:
            raise Lost("It sent no such values.")
        return value

    def _look(self, told: Any) -> Looks | None:
        if told is None:
            return None
        try:
            return _looks(told["value"])
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            raise Lost("It shows nothing that can be looked at.") from None

    def _called(self, arguments: Sequence[tuple], times: list[int]) -> list[list[dict]]:
        """Have it called with each of these, so many times, or until it raises."""
        given = [tuple(Lambda(repr(a)) if callable(a) else a for a in each) for each in arguments]
        request = {"do": "call", "name": self.name, "arguments": given, "times": times}
        told = self._asked(request).get("told")
        if type(told) is not list or len(told) != len(times) or not all(map(_whole, told, times)):
            raise Lost("It sent no answers.")
        return told

    def _asked(self, request: dict) -> dict:
        try:
            return self.box.ask(request, self.deadline - time.monotonic(), stray=Odd)
        except TimeOut:
            raise TimeUp from None
        except BoxLost as error:
            raise Lost(str(error)) from None

    def _value(self, told: dict) -> Any:
        """Unpack an answer: give its value, or raise its error."""
        try:
            warned = [_text(each) for each in told.get("warned", [])[:3]]
            self.caught += [SimpleNamespace(message=each) for each in warned]
            if "printed" in told:
                text, lines = told["printed"]
                self.printed, self.lines = self.printed + _text(text), self.lines + int(lines)
            if "raised" in told:
                name, its_arguments, where = told["raised"]
                self.where = self._quoted(*where) if where else ""
                error = error_named(_text(name), its_arguments)
        except (TypeError, ValueError):
            raise Lost("It sent no answer.") from None
        if "raised" in told:
            raise error
        return told.get("value")

    def _quoted(self, cell: int, line: int, first: int) -> str:
        """Quote a line of the notebook, counted from the first of the function."""
        lines = self.sources[cell].splitlines() if 0 <= cell < len(self.sources) else []
        quoted = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        place = f"line {line - first + 1} of your function" if first <= line else f"line {line}"
        return f"{place}, `{quoted}`" if quoted else place


def _whole(told: Any, times: int) -> bool:
    """Whether there is an answer for each call, up to the first that raised."""
    if type(told) is not list or not all(type(each) is dict for each in told):
        return False
    raised = ["raised" in each for each in told]
    return 0 < len(told) <= times and not any(raised[:-1]) and (raised[-1] or len(told) == times)


def error_named(name: str, arguments: list) -> BaseException:
    """Make an error of this name: Python's own, the check's own, or a new kind."""
    known = {"AskedForInput": AskedForInput}.get(name, vars(builtins).get(name))
    if not (isinstance(known, type) and issubclass(known, BaseException)):
        known = type(name[:60], (Exception,), {})
    try:
        return known(*arguments)
    except TypeError:  # one that wants other arguments, such as UnicodeDecodeError
        return type(name, (Exception,), {})(*arguments)


def _settle(mine: Any, after: Any) -> None:
    """Let what a call did to an argument happen to ours: an array, a generator, a dict, a list."""
    if isinstance(mine, np.ndarray) and isinstance(after, np.ndarray):
        if mine.shape != after.shape:
            mine.resize(after.shape, refcheck=False)
        mine[...] = after
    elif isinstance(mine, np.random.Generator) and isinstance(after, np.random.Generator):
        mine.bit_generator.state = after.bit_generator.state
    elif type(mine) is dict and type(after) is dict:
        mine.clear()
        mine.update(after)
    elif type(mine) is list and type(after) is list:
        mine[:] = after


def _looks(told: Any) -> Looks:
    return Looks(
        what=_text(told["what"]),
        callable=told["callable"] is True,
        is_class=told["is_class"] is True,
        promises=told["promises"] is True,
        yields=told["yields"] is True,
        signature=_signature(told["parameters"]),
        written=_written(told["written"]),
        methods=told["methods"] and tuple(map(_written, told["methods"])),
    )


def _signature(told: list | None) -> inspect.Signature | None:
    if told is None:
        return None
    return inspect.Signature(
        [
            inspect.Parameter(
                _text(name),
                tuple(inspect._ParameterKind)[kind],
                default=None if has_default else inspect.Parameter.empty,
            )
            for name, kind, has_default in told
        ]
    )


def _written(told: dict | None) -> Written | None:
    if told is None:
        return None
    steps = [
        Step(_text(op), _plain(arg), _plain(value), _text(words))
        for op, arg, value, words in told["steps"]
    ]
    names = frozenset(map(_text, told["names"]))
    return Written(tuple(map(_text, told["arguments"])), names, tuple(steps))


def _plain(value: Any) -> Any:
    """Let through what can be compared with anything; the rest is of no use here."""
    if type(value) is tuple:
        return tuple(map(_plain, value))
    return value if type(value) in (str, int, float, bool) else None


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError("words expected")
    return value[:500]
