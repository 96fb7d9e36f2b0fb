"""Who marks: this process, or several side by side. Each has a room of its own."""

import atexit
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from ..sandbox import Sandboxes
from .course import ClassError
from .grade import Job, Marker, marked
from .ledger import Record

AHEAD = 2  # jobs in hand for each process: none waits, and memory stays flat

_room: Sandboxes | None = None  # of a process that marks; each has one


def marker(processes: int, *, unsandboxed: bool = False) -> Marker:
    """Return what turns jobs into records, on so many processes."""
    if processes == 1:
        return lambda jobs: _here(jobs, unsandboxed)
    return lambda jobs: _side_by_side(jobs, processes, unsandboxed)


def _here(jobs: Iterable[Job], unsandboxed: bool) -> Iterator[Record]:
    with Sandboxes(unsandboxed=unsandboxed) as room:
        yield from (marked(each, room) for each in jobs)


def _side_by_side(jobs: Iterable[Job], processes: int, unsandboxed: bool) -> Iterator[Record]:
    with ProcessPoolExecutor(
        processes, get_context("spawn"), initializer=_enter, initargs=(unsandboxed,)
    ) as pool:
        try:
            yield from sliding(lambda job: pool.submit(_in_room, job), jobs, AHEAD * processes)
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


def _enter(unsandboxed: bool) -> None:
    global _room
    _room = Sandboxes(unsandboxed=unsandboxed).__enter__()
    atexit.register(_room.__exit__, None, None, None)


def _in_room(job: Job) -> Record:
    return marked(job, _room)
