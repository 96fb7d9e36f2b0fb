"""Inside a box: run the cells of a notebook, then answer calls to what they defined."""

import builtins
import dis
import inspect
import io
import linecache
import os
import re
import socket
import sys
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from .cells import compiled, needed
from .silence import Silent, fall_silent
from .wire import LENGTHS, Kept, Stray, measured, named, pack, unpack

MOST_WORDS = 500
MOST_PRINTED = 2000
MISSING = object()
READY = b"."  # what a box says when its walls stand


class AskedForInput(Exception):
    """Raised in place of waiting at the keyboard."""


def live(line: int, **names: Any) -> None:
    """Serve requests from the other end of this line until it is closed.

    `names` are there before the first cell of the notebook runs.
    """
    box = _Box(line, names)
    builtins.input = no_keyboard
    fall_silent()
    os.write(line, READY)
    while (request := box.hear()) is not None:
        box.say(box.answer(request))


REHEARSAL = (
    "import numpy as np",
    "def double(x):\n    x += x\n    return x, {'sum': x.sum(axis=0)}",
)


def rehearse() -> None:
    """Do once all that a box does for a notebook, so that what this takes is there when one comes.

    Python finds and compiles much on its first use, and the system hands out memory on first touch.
    """
    here, there = socket.socketpair()
    with here, there:
        box = _Box(here.fileno(), {})
        run = {"do": "run", "cells": [*REHEARSAL], "skip": [], "wanted": ["double"]}
        call = {"do": "call", "name": "double", "arguments": [(np.ones((2, 3)),)], "times": [2]}
        for request in (run, call):
            there.sendall(pack(request | {"number": 0}))
            box.say(box.answer(box.hear()))


class _Box:
    def __init__(self, line: int, names: dict[str, Any]):
        self.line, self.twin = line, np.random.RandomState()  # noqa: NPY002
        self.notebook = ModuleType("__main__")
        vars(self.notebook).update(display=Silent("display"), get_ipython=lambda: Silent("shell"))
        vars(self.notebook).update(names)

    def hear(self) -> Any:
        lengths = self._read(LENGTHS.size)
        if not lengths:
            return None
        text, blob = measured(lengths)
        return unpack(self._read(text), self._read(blob), function=_function)

    def say(self, message: Any) -> None:
        frame = memoryview(pack(message))
        while frame:
            frame = frame[os.write(self.line, frame) :]

    def answer(self, request: dict) -> dict:
        """Do what is asked; `number` goes back with the answer."""
        what = {"run": self.run, "call": self.call, "play": self.play}
        number = request.pop("number")
        return {"number": number} | what[request.pop("do")](**request)

    def run(self, cells: list[str], skip: list[int], wanted: list[str]) -> dict:
        """Run the cells that define what is wanted, each in spite of what the others raised."""
        sys.modules["__main__"] = self.notebook
        errors = {}
        self._has_drawn()
        for at in needed(cells, {*wanted}, {*skip}, lambda at: self.say({"begun": at})):
            self.say({"begun": at})
            told = self._guarded(partial(self._cell, at, cells[at]))
            if "raised" in told:
                errors[at] = told["raised"][0]
        return {"errors": errors, "looks": {each: self._looks(each) for each in wanted}}

    def _looks(self, name: str) -> dict | None:
        value = vars(self.notebook).get(name, MISSING)
        return None if value is MISSING else self._guarded(lambda: seen_from_outside(value))

    def call(self, name: str, arguments: list[tuple], times: list[int]) -> dict:
        """Call a function of the notebook with each of these arguments, so many times."""
        return {"told": [self._calls(name, *each) for each in zip(arguments, times)]}

    def _calls(self, name: str, arguments: tuple, times: int) -> Kept:
        """Call it, and again, until it raises; a later call may write into the same arrays."""
        kept = Kept()
        for _ in range(times):
            told = self._called(name, arguments)
            kept.add(told)
            if "raised" in told:
                break
        return kept

    def _called(self, name: str, arguments: tuple) -> dict:
        """Tell a call's value, and what became of its arguments."""
        before = pack(arguments)
        function = vars(self.notebook).get(name)
        told = self._guarded(lambda: function(*arguments), function)
        if pack(arguments) != before:
            told["after"] = arguments
        if self._has_drawn():
            told["drew"] = True
        return told

    def play(self, name: str, program: str, numbers: dict, wanted: list[str]) -> dict:
        """Run a program with numbers made into instances of a class of the notebook."""

        def played():
            made = {each: getattr(self.notebook, name)(n) for each, n in numbers.items()}
            exec(program, made)
            return {each: eval(each, made) for each in wanted}

        return self._guarded(played)

    def _cell(self, at: int, source: str) -> None:
        file = f"<cell {at}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(compiled(source, file), vars(self.notebook))

    def _guarded(self, act: Callable[[], Any], function: Any = None) -> dict:
        """Do something of the learner's, such as to call a function; tell all that came of it."""
        printed, told = Printed(), {}
        sys.stdout = sys.stderr = printed
        with (
            warnings.catch_warnings(record=True) as caught,
            np.errstate(all="warn", under="ignore"),
        ):
            warnings.simplefilter("always")
            try:
                told["value"] = act()
            except BaseException as error:  # SystemExit and KeyboardInterrupt are answers too
                told["raised"] = _told(error, function)
            finally:
                sys.settrace(None)
        told["warned"] = [words(each.message) for each in caught[:3]]
        if printed.text:
            told["printed"] = [printed.text, printed.lines]
        return told

    def _has_drawn(self) -> bool:
        """Whether somebody has drawn from np.random, or set its seed: it is no more like its twin.

        Both go on by one number, so that the same seed, set again, shows again.
        """
        if np.random.random() == self.twin.random():  # noqa: NPY002
            return False
        self.twin.set_state(np.random.get_state())  # noqa: NPY002
        return True

    def _read(self, size: int) -> bytes:
        parts = []
        while size and (part := os.read(self.line, size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


class Printed(io.TextIOBase):
    """Keeps the first characters that are printed, and counts the lines."""

    def __init__(self):
        self.text, self.lines = "", 0

    def write(self, text: str) -> int:
        """Take text, and drop most of it."""
        self.text += text[: MOST_PRINTED - len(self.text)]
        self.lines += text.count("\n")
        return len(text)


def seen_from_outside(value: Any) -> dict:
    """Tell all of a solution that the checker asks about, short of calling it."""
    told = {"what": named(value), "callable": callable(value), "is_class": inspect.isclass(value)}
    told["promises"] = inspect.iscoroutinefunction(value) or inspect.isasyncgenfunction(value)
    told["yields"] = inspect.isgeneratorfunction(value)
    told["parameters"] = parameters(value) if callable(value) else None
    told["written"] = written(value)
    own = value.__bases__ == (object,) if inspect.isclass(value) else False
    methods = [written(each) for each in vars(value).values() if callable(each)] if own else []
    return told | {"methods": methods if own else None}


def parameters(value: Callable) -> list | None:
    """Give its parameters as (name, kind, has a default), or None where they are out of sight."""
    try:
        found = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return None
    return [[each.name, int(each.kind), each.default is not each.empty] for each in found]


def written(value: Any) -> dict | None:
    """Take a function's code apart, so that the checker can see how it is written."""
    code = getattr(value, "__code__", None)
    if not isinstance(code, CodeType):
        return None
    steps = [
        [each.opname, each.arg, _shown(each.argval), each.argrepr]
        for each in dis.get_instructions(code)
    ]
    return {
        "arguments": list(code.co_varnames[: code.co_argcount]),
        "names": sorted(_names(code)),
        "steps": steps[:2000],
    }


def _shown(value: Any) -> Any:
    plain = type(value) in (str, int, float, bool, type(None), tuple)
    return value if plain else Stray(named(value))


def _names(code: CodeType) -> set[str]:
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _told(error: BaseException, function: Any) -> list:
    try:
        return [type(error).__name__, _arguments(error), _where(error, function)]
    except BaseException:  # a learner's own class, which can't be looked at
        return ["Exception", [], []]


def _where(error: BaseException, function: Any) -> list:
    """Find the learner's own last line as (cell, line, first line of the function)."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType) or not re.fullmatch(r"<cell \d+>", code.co_filename):
        return []
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == code.co_filename]
    return [int(code.co_filename[6:-1]), lines[-1], code.co_firstlineno] if lines else []


def _arguments(error: BaseException) -> list:
    """Give what an error was made of, or where that can't travel, its words."""
    if 0 < len(error.args) < 4 and all(type(each) in (str, int) for each in error.args):
        return [each[:MOST_WORDS] if type(each) is str else each for each in error.args]
    return [said] if (said := words(error)) else []


def words(error: Any) -> str:
    """Give an error's words; its class may be a learner's own."""
    try:
        return str(error)[:MOST_WORDS]
    except BaseException:
        return ""


def no_keyboard(prompt="", *_):
    """Stand in for input()."""
    raise AskedForInput("input() asks the keyboard, and nobody sits there during a check")


def _function(text: str) -> Callable:
    return eval(text, {"np": np})
