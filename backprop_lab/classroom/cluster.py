"""Who marks: other machines. Batches of jobs go out over Dask, and records come back.

Every limit of time is inside of `marked`, so that a batch ends by itself: Dask could call a running
one off, but its worker would go on with it all the same.
"""

import socket
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack
from itertools import islice
from threading import Lock

from distributed import Client, Future, KilledWorker, as_completed

from .. import __version__
from ..sandbox import NoWalls
from .errors import ClassError
from .jobs import Job, Marker, marked
from .markers import AHEAD, own_room
from .record import Record

BATCH = 8  # jobs; a task costs Dask a few milliseconds, whatever is in it
RETRIES = 2  # of a batch that raised; one whose worker was killed, Dask gives to three more
PATIENCE = 10  # seconds, for a scheduler and for its first worker
KEPT = "What was done so far is kept: give the same command again"

_one_at_a_time = Lock()  # a worker may have several threads


def cluster(address: str, *, unsandboxed: bool = False) -> Marker:
    """Return what turns jobs into records, on the workers of a Dask scheduler.

    Parameters
    ----------
    address : of the scheduler, such as ``"tcp://10.0.0.1:8786"``
    """
    return lambda jobs: _on_cluster(jobs, address, unsandboxed)


def mark_batch(batch: list[Job], version: str, unsandboxed: bool) -> list[Record]:
    """Mark jobs on a worker, one after the other.

    Parameters
    ----------
    version : of the course where grades are written
    """
    if version != __version__:
        raise ClassError(
            f"{socket.gethostname()} has backprop-lab {__version__}, and here it is {version}: "
            "install the same on all machines, for the tests are theirs."
        )
    with _one_at_a_time:
        return [marked(each, own_room(unsandboxed)) for each in batch]


def _on_cluster(jobs: Iterable[Job], address: str, unsandboxed: bool) -> Iterator[Record]:
    with ExitStack() as stack:
        try:
            client = stack.enter_context(Client(address, timeout=PATIENCE))
            client.wait_for_workers(1, timeout=PATIENCE)
        except (OSError, ValueError) as error:
            raise ClassError(
                f"No scheduler with workers answers at {address} ({error}). Start them with "
                f"`dask scheduler` and `dask worker {address} --nworkers auto --nthreads 1`."
            ) from None
        yield from _records(client, _batches(jobs), unsandboxed)


def _batches(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    left = iter(jobs)
    while batch := list(islice(left, BATCH)):
        yield batch


def _records(client: Client, batches: Iterable[list[Job]], unsandboxed: bool) -> Iterator[Record]:
    """Yield the records of all batches; of one that kills worker after worker, job by job."""
    alone = []
    for batch, future in _finished(client, batches, unsandboxed):
        try:
            records = future.result()
        except KilledWorker:
            records = [_lost(each) for each in batch if len(batch) == 1]
            alone += [[each] for each in batch if len(batch) > 1]
        except (ClassError, NoWalls):
            raise
        except CancelledError:
            raise ClassError(f"The scheduler is lost. {KEPT}.") from None
        except Exception as error:
            says = f"A worker stumbled ({type(error).__name__}: {error})."
            raise ClassError(f"{says} {KEPT}.") from error
        yield from records
    if alone:
        yield from _records(client, alone, unsandboxed)


def _finished(
    client: Client, batches: Iterable[list[Job]], unsandboxed: bool
) -> Iterator[tuple[list[Job], Future]]:
    """Keep a few batches under way for each thread of the workers, and yield what is done."""
    under_way, done = {}, as_completed(loop=client.loop)
    for batch in batches:
        arguments = batch, __version__, unsandboxed
        future = client.submit(mark_batch, *arguments, pure=False, retries=RETRIES)
        under_way[future] = batch
        done.add(future)
        if len(under_way) >= AHEAD * sum(client.nthreads().values()):
            future = next(done)
            yield under_way.pop(future), future
    for future in done:
        yield under_way.pop(future), future


def _lost(job: Job) -> Record:
    says = "the workers that marked it were killed, one after the other: grade again"
    return Record(*job.key, job.digest, job.handed_in, job.seed, "error", says)
