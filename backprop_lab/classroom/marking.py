"""Mark one submission: its code runs in a box, its answers are judged outside.

A task is tried twice. First on the inputs that everybody knows, those of `check`: what is told to
the learner comes from these. Then, once no more words will come out of the box, on hidden inputs,
drawn from a seed: they decide, and nothing is told of them but whether they were all right.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..grading.checking import first_lines, try_all
from ..grading.guard import TimeUp
from ..grading.judge import Failure, fault
from ..grading.naming import task_named
from ..grading.observe import Seen, quiet_trial, quietly
from ..grading.result import Result
from ..grading.task import Task, plainly
from ..grading.verdict import Evidence, failed, verdict
from ..sandbox import Box, BoxLost, Sandboxes, TimeOut
from .remote import Lost, Remote

CELLS = 10.0  # seconds for all cells of a notebook
TASK = 5.0  # seconds for all calls of a task, or what `check` allows; a machine may be busy
LONGEST = 200_000  # characters in a cell, and ten times as many in all
BAD_CELLS = 3  # that hang or end the box, before the rest is given up


@dataclass(frozen=True)
class Mark:
    """What one task of a submission is worth, and why; plain data, ready for JSON.

    Attributes
    ----------
    task : name of the task
    passed : whether the solution is right
    status : ``"passed"``, ``"failed"``, ``"unwritten"``, ``"missing"`` (nothing of this name is
        defined), ``"timeout"``, ``"died"`` (the box ended: killed, crashed, out of memory)
    reason : one sentence for staff; "" where passed
    says : what to tell the learner, in one to three sentences; made of inputs that the course's
        own ``check`` shows too, never of hidden ones. May hold the learner's own text: escape it.
    diagnosis : key of the recognised mistake, or None
    convention : the answer is right in another book
    hint : the first hint for what is wrong; "" where passed
    seed : the seed from which the hidden inputs were drawn
    sandboxed : False where the code ran without walls, because staff asked for it
    example : the smallest known input on which it shows, as text; may be ""
    """

    task: str
    passed: bool
    status: str
    reason: str
    says: str
    diagnosis: str | None
    convention: bool
    hint: str
    seed: int
    sandboxed: bool
    example: str = ""


def mark(cells: Sequence[str], tasks: Sequence[str], *, seed: int, room: Sandboxes) -> list[Mark]:
    """Mark the tasks of one submission, in the order of `tasks`.

    Whatever the submission does, this returns; it raises only what is the grader's own fault.

    Parameters
    ----------
    cells : sources of the notebook's code cells, in order
    tasks : names of the tasks to mark, such as ``["relu", "relu_backward"]``
    seed : hidden inputs are drawn from it, 0 <= seed < 2**63; the same seed gives the same marks
    room : an open `Sandboxes`; ``with Sandboxes() as room: ...``. One thread at a time

    Raises
    ------
    UnknownTask
        If there is no task of one of these names.
    """
    known = {name: task_named(name) for name in tasks}
    legacy = np.random.get_state()  # noqa: NPY002
    try:
        found = _found(cells, known, seed, room)
        if room.renewed():  # by somebody else's hand: no submission reaches so far
            found = _found(cells, known, seed, room)
    finally:
        np.random.set_state(legacy)  # noqa: NPY002
    return [_mark(task, found[name], seed, room.sandboxed) for name, task in known.items()]


@dataclass(frozen=True)
class _Found:
    """What came of a task: a status, a reason, and where there is one, the check's result."""

    status: str
    reason: str = ""
    says: str = ""
    result: Result | None = None


def _found(
    cells: Sequence[str], known: dict[str, Task], seed: int, room: Sandboxes
) -> dict[str, _Found]:
    """Try all tasks on known inputs, then those that are right on hidden ones."""
    with np.errstate(all="ignore"), _Submission(cells, list(known), room) as submission:
        found = {name: _known_inputs(submission, task) for name, task in known.items()}
        for name, task in known.items():
            if found[name].status == "passed":
                found[name] = _hidden_inputs(submission, task, seed) or found[name]
    return found


class _Submission:
    """The cells of a notebook, in a box; in a new one where that has died."""

    def __init__(self, cells: Sequence[str], tasks: list[str], room: Sandboxes):
        self.cells, self.tasks, self.room = list(cells), tasks, room
        self.box: Box | None = None
        self.bad: dict[int, str] = {}  # cells that hang or end the box, and what to say of them
        self.too_long: dict[int, str] = {}
        for at, source in enumerate(cells):
            if len(source) > LONGEST or sum(map(len, self.cells[:at])) > 10 * LONGEST:
                self.cells[at], self.too_long[at] = "", f"Code cell {at + 1} is too long."
        self.errors: dict[int, str] = {}
        self.looks: dict = {}

    def __enter__(self) -> "_Submission":
        return self

    def __exit__(self, *exception) -> None:
        if self.box:
            self.box.leave()

    def end(self) -> str:
        """End the box; say how it had ended by itself, if it had."""
        box, self.box = self.box, None
        return box.end() if box else ""

    def remote(self, task: Task) -> Remote:
        """Give the solution of a task, in a box that lives.

        Raises
        ------
        Lost
            If no box lives through the cells.
        """
        while self.box is None:
            self._begin()
        told, seconds = self.looks.get(task.name), max(TASK, task.seconds)
        return Remote(self.box, task.name, told, self.cells, time.monotonic() + seconds)

    def _begin(self) -> None:
        """Run the cells in a new box; leave out one that hangs or ends it, and so begin again."""
        if len(self.bad) > BAD_CELLS:
            raise Lost(" ".join(self.bad.values()))
        last = {"begun": -1}  # and none before: a box may send thousands, of any size
        request = {"do": "run", "cells": self.cells, "skip": [*self.bad], "wanted": self.tasks}
        try:
            self.box = self.room.box()
            ran = self.box.ask(
                request, CELLS, heard=lambda each: last.update(begun=each.get("begun"))
            )
            self.errors = _errors(ran.get("errors"))
            self.looks = ran["looks"] if type(ran.get("looks")) is dict else {}
        except TimeOut:
            self._skip(last["begun"], f"did not come back within {CELLS:g} seconds.", self.end())
        except BoxLost as lost:
            self._skip(last["begun"], f"ended the run. {lost}", self.end())

    def _skip(self, at: object, what: str, how: str) -> None:
        if type(at) is not int or at in self.bad or not 0 <= at < len(self.cells):
            raise Lost(f"The notebook {what} {how}".strip())
        self.bad[at] = f"Code cell {at + 1} {what} {how}".strip()


def _errors(told: object) -> dict[int, str]:
    """Read which cells raised what."""
    pairs = told.items() if type(told) is dict else ()
    return {at: str(what)[:60] for at, what in pairs if type(at) is int and type(what) is str}


def _known_inputs(submission: _Submission, task: Task) -> _Found:
    """Try a task on the inputs that everybody knows."""
    seen: list[Seen] = []
    try:
        remote = submission.remote(task)
        if not remote.is_there:
            return _missing(submission, task)
        refused = _tried(task, remote, seen)
    except Lost as lost:
        return _died(submission, lost)
    except TimeUp:
        submission.end()
        seen.append(Seen(time_up=True))
        refused = None
    if refused:
        return _from_result(failed(task, Failure.CALL, refused))
    right = [quiet_trial(task, each, task.right) for each in task.tries]
    evidence = Evidence(
        task, remote, task.tries, seen, right, first_lines(remote.printed, remote.lines)
    )
    return _from_result(verdict(evidence))


def _hidden_inputs(submission: _Submission, known: Task, seed: int) -> _Found | None:
    """Try a task on inputs drawn from the seed; None where all is right."""
    task, seen = known.drawn_anew(seed), []
    try:
        remote = submission.remote(task)
        refused = "it is gone" if not remote.is_there else _tried(task, remote, seen)
    except Lost as lost:
        return _died(submission, lost)
    except TimeUp:
        submission.end()
        return _Found("timeout", "It did not come back, on hidden inputs.", ONLY_KNOWN)
    right = [quietly(task, each, task.right) for each in task.tries]
    faults = [fault(task, task.tries, at, *pair) for at, pair in enumerate(zip(seen, right))]
    wrong = refused or next((each.failure.value for each in faults if each), None)
    if wrong is None and len(seen) == len(right):
        return None
    return _Found(
        "failed", f"Right on the known inputs, wrong on hidden ones: {wrong}.", ONLY_KNOWN
    )


ONLY_KNOWN = (
    "Your function is right on the inputs that `check` in the notebook tries, and not on others of "
    "the same kind. Does something in it hold for those inputs alone: a number, a size, an answer "
    "that was copied?"
)


def _tried(task: Task, remote: Remote, seen: list[Seen]) -> str | None:
    if task.use is plainly:
        remote.foresee(task.tries)
    return try_all(task, task.tries, remote, seen, remote.caught)


def _missing(submission: _Submission, task: Task) -> _Found:
    raised = [f"Code cell {at + 1} raised {what}." for at, what in submission.errors.items()]
    because = " ".join([*submission.too_long.values(), *submission.bad.values(), *raised[:3]])
    reason = f"The notebook defines no {task.name}. {because}".strip()
    return _Found("missing", reason, f"Your notebook defines no `{task.name}`.")


def _died(submission: _Submission, lost: Lost) -> _Found:
    how = submission.end()
    says = "Your code ended the program in which it was checked, so there was no answer."
    return _Found("died", " ".join(filter(None, [str(lost), how])), says)


def _from_result(result: Result) -> _Found:
    if result.passed:
        return _Found("passed", result=result)
    named = f" ({result.diagnosis})" if result.diagnosis else ""
    kinds = {Failure.STUB: "unwritten", Failure.TIME: "timeout"}
    reason = f"{result.failure.value}{named}".capitalize() + "."
    return _Found(kinds.get(result.failure, "failed"), reason, result.message, result)


def _mark(task: Task, found: _Found, seed: int, sandboxed: bool) -> Mark:
    result, passed = found.result, found.status == "passed"
    return Mark(
        task.name,
        passed,
        found.status,
        found.reason,
        found.says or result.message,
        result.diagnosis if result else None,
        result.convention if result else False,
        "" if passed or not (result and result.hints) else result.hints[0],
        seed,
        sandboxed,
        result.example if result else "",
    )
