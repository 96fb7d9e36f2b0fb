"""Call a learner's function in such a way that it can't take the notebook down with it.

The function runs on a thread of its own, in the same process. The calling thread waits for it no
longer than agreed, then raises `TimeUp` inside it, and where even that has no effect (the function
sleeps in C code) leaves it behind. What a function may have changed on its way, `sys.stdout`,
warning filters, NumPy's error state and random state, replaced functions, is put back.
"""

import builtins
import contextvars
import ctypes
import io
import random
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from .hands_off import hands_off

GRACE = 0.3
PATIENCE = 60.0


class TimeUp(BaseException):
    """Raised inside a function whose time is up; a bare ``except:`` can't stop it for long.

    An exception that is swallowed is freed, and being freed runs `__del__`, still inside the
    learner's function: from there every following line raises again, until one lies outside all
    ``try`` blocks.
    """

    def __del__(self):
        if not getattr(threading.current_thread(), "time_up", False):
            return  # freed late, by the garbage collector, somewhere else
        frames, frame = [], sys._getframe().f_back
        while frame is not None and frame.f_code is not _call.__code__:
            frames.append(frame)
            frame = frame.f_back
        if frame is not None:
            for each in frames:
                each.f_trace = _raise_time_up
            sys.settrace(_raise_time_up)


class AskedForInput(Exception):
    """Raised in place of waiting at the keyboard."""


@dataclass
class Outcome:
    """What one call did: its value, or what it raised, or that its time was up."""

    value: Any = None
    error: BaseException | None = None
    time_up: bool = False


@dataclass
class Printed(io.TextIOBase):
    """Keeps the first characters that the learner's thread prints, and counts its lines."""

    elsewhere: Any
    limit: int = 2000
    text: str = ""
    lines: int = 0
    thread: int | None = None

    def write(self, text: str) -> int:
        if threading.get_ident() != self.thread:
            return self.elsewhere.write(text)
        self.text += text[: self.limit - len(self.text)]
        self.lines += text.count("\n")
        return len(text)

    def flush(self):
        if threading.get_ident() != self.thread:
            self.elsewhere.flush()

    def __getattr__(self, name):
        return getattr(self.elsewhere, name)


def _raise_time_up(frame, event, arg):
    if event == "line":
        raise TimeUp


def _call(function: Callable, args: tuple) -> Any:
    return function(*args)


def _no_keyboard(prompt="", *_):
    raise AskedForInput("input() asks the keyboard, and nobody sits there during a check")


class Guard:
    """Calls functions one after the other out of one budget of seconds; made by `guarded`.

    What they print is in `printed`, their warnings are in `caught`.
    """

    def __init__(self, seconds: float, printed: Printed, caught: list):
        self.deadline = time.monotonic() + seconds
        self.printed = printed
        self.caught = caught

    def call(self, function: Callable, *args) -> Outcome:
        """Call ``function(*args)`` and return what happened; raises nothing of the function's."""
        outcome = Outcome()

        def run():
            self.printed.thread = threading.get_ident()
            np.seterr(all="warn", under="ignore")
            try:
                with hands_off():
                    outcome.value = _call(function, args)
            except BaseException as error:  # SystemExit and KeyboardInterrupt are answers too
                outcome.error = error

        context = contextvars.copy_context()  # np.seterr stays inside
        thread = threading.Thread(target=context.run, args=(run,), daemon=True)
        thread.start()
        try:
            thread.join(max(self.deadline - time.monotonic(), 0.01))
        finally:
            stopped = thread.is_alive()
            _stop(thread)
        return Outcome(time_up=True) if stopped else outcome


def _stop(thread: threading.Thread):
    thread.time_up = thread.is_alive()
    _ask_to_stop(thread, GRACE)
    if thread.is_alive():  # nobody waits for it any more, but it should not run for ever
        threading.Thread(target=_ask_to_stop, args=(thread, PATIENCE), daemon=True).start()


def _ask_to_stop(thread: threading.Thread, seconds: float):
    give_up = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < give_up:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(TimeUp)
        )
        thread.join(0.02)


@contextmanager
def guarded(seconds: float) -> Iterator[Guard]:
    """Yield a `Guard`; afterwards the process is as it was before.

    Parameters
    ----------
    seconds : time for all calls together
    """
    printed = Printed(sys.stdout)
    with ExitStack() as stack:
        for put_back in (_same_names, _same_random_state, _same_recursion_limit):
            stack.enter_context(put_back())
        caught = stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        stack.enter_context(_replaced(sys, stdout=printed, stderr=printed, stdin=io.StringIO()))
        stack.enter_context(_replaced(builtins, input=_no_keyboard))
        stack.enter_context(_no_way_out())
        yield Guard(seconds, printed, caught)


@contextmanager
def _replaced(module, **names):
    before = {name: getattr(module, name) for name in names}
    vars(module).update(names)
    try:
        yield
    finally:
        vars(module).update(before)


@contextmanager
def _no_way_out():
    """Let a notebook's own ``exit()`` raise SystemExit, as Python's does; the kernel stays."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        yield
        return
    try:
        with _replaced(shell, ask_exit=sys.exit):
            yield
    finally:
        vars(shell).pop("ask_exit", None)  # the method of its class again


@contextmanager
def _same_names():
    """Undo what a learner replaced, such as ``np.exp = my_exp``."""
    before = {module: dict(vars(module)) for module in (builtins, np)}
    try:
        yield
    finally:
        for module, names in before.items():
            vars(module).update(names)


@contextmanager
def _same_random_state():
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(numpy_state)  # noqa: NPY002
        random.setstate(python_state)


@contextmanager
def _same_recursion_limit():
    limit = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
