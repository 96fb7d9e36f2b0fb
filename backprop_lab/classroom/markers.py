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
    """Return what turns jobs into records, on so many processes."""
    if processes == 1:
        return lambda jobs: _here(jobs, unsandboxed)
    return lambda jobs: _side_by_side(jobs, processes, unsandboxed)


def _here(jobs: Iterable[Job], unsandboxed: bool) -> Iterator[Record]:
    """Mark on a thread: while a box is at work, what was marked before is written."""
    # Left in the middle, the room is closed first, and so the job that is under way ends.
    with ThreadPoolExecutor(1) as hand, ExitStack() as stack:
        opening = hand.submit(stack.enter_context, Sandboxes(unsandboxed=unsandboxed))
        yield from sliding(
            lambda job: hand.submit(lambda: marked(job, opening.result())), jobs, AHEAD
        )


def _side_by_side(jobs: Iterable[Job], processes: int, unsandboxed: bool) -> Iterator[Record]:
    with ProcessPoolExecutor(processes, get_context("spawn"), _end_with_parent) as pool:
        try:
            submit = partial(pool.submit, _marked_apart, unsandboxed)
            yield from sliding(submit, jobs, AHEAD * processes)
        except BrokenProcessPool:
            raise ClassError(
                "A process that marks was ended from outside, perhaps for want of memory. What was "
                "done so far is kept: give the same command again, with fewer processes."
            ) from None


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
