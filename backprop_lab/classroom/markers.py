"""Who marks: this process, or several side by side. Each has a room of its own."""

import atexit
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from functools import cache, partial
from multiprocessing import get_context, parent_process
from threading import Thread

from ..sandbox import Sandboxes
from .errors import ClassError
from .jobs import Job, Marker, marked
from .record import Record

AHEAD = 2  # jobs in hand for each process: none waits, and memory stays flat


def marker(processes: int, *, unsandboxed: bool = False) -> Marker:
    """Return what turns jobs into records: this process, and beside it so many less one."""
    return lambda jobs: _marked(jobs, processes, unsandboxed)


def _marked(jobs: Iterable[Job], processes: int, unsandboxed: bool) -> Iterator[Record]:
    with ExitStack() as stack:
        hands = [_Hand(1, _on_a_thread(stack, unsandboxed))]
        if processes > 1:
            hands.append(_Hand(processes - 1, _side_by_side(stack, processes - 1, unsandboxed)))

        def submit(job: Job) -> Future:
            return min(hands, key=_Hand.load).take(job)

        try:
            yield from sliding(submit, jobs, AHEAD * processes)
        except BrokenProcessPool:
            raise ClassError(
                "A process that marks was ended from outside, perhaps for want of memory. What was "
                "done so far is kept: give the same command again, with fewer processes."
            ) from None


class _Hand:
    """So many who mark alike, and what they have to do."""

    def __init__(self, many: int, begin: Callable[[Job], Future]):
        self.many, self.begin, self.under_way = many, begin, []

    def load(self) -> float:
        """Jobs that wait for each of them."""
        self.under_way = [each for each in self.under_way if not each.done()]
        return len(self.under_way) / self.many

    def take(self, job: Job) -> Future:
        self.under_way.append(self.begin(job))
        return self.under_way[-1]


def _on_a_thread(stack: ExitStack, unsandboxed: bool) -> Callable[[Job], Future]:
    """Mark on a thread here: while a box is at work, what was marked before is written."""
    # Left in the middle, the room is closed first, and so the job that is under way ends.
    thread = stack.enter_context(ThreadPoolExecutor(1))
    opening = thread.submit(stack.enter_context, Sandboxes(unsandboxed=unsandboxed))
    return lambda job: thread.submit(lambda: marked(job, opening.result()))


def _side_by_side(stack: ExitStack, processes: int, unsandboxed: bool) -> Callable[[Job], Future]:
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _end_with_parent)
    return partial(stack.enter_context(pool).submit, _marked_apart, unsandboxed)


def sliding(submit: Callable[[Job], Future], jobs: Iterable[Job], most: int) -> Iterator[Record]:
    """Keep at most so many jobs under way; yield records as they come."""
    under_way: set[Future] = set()
    for job in jobs:
        under_way.add(submit(job))
        if len(under_way) >= most:
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            yield from (each.result() for each in done)
    while under_way:
        done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
        yield from (each.result() for each in done)


def _end_with_parent() -> None:
    """Let this process not outlive the one that started it, whatever ends that."""

    def watch():
        parent_process().join()
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def _marked_apart(unsandboxed: bool, job: Job) -> Record:
    return marked(job, own_room(unsandboxed))


@cache
def own_room(unsandboxed: bool) -> Sandboxes:
    """Give this process's room, which is open as long as the process lives."""
    room = Sandboxes(unsandboxed=unsandboxed).__enter__()
    atexit.register(room.__exit__, None, None, None)
    return room
