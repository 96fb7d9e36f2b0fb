"""Grade: mark what is new, and write each submission's points in one transaction.

Whoever marks (this process, others, other machines) only turns jobs into records; this process
alone writes. So an interrupted run has lost nothing but the submissions it was at.
"""

import fcntl
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from nbgrader.api import MissingEntry
from nbgrader.utils import parse_utc

from . import ledger
from .arrivals import Refused, read_plain
from .collect import Attempt, attempts, counted, handed_in
from .course import CONFIG, ClassError, Course, one_transaction, write_together
from .jobs import Job, Marker
from .late import penalty_on, seconds_late
from .new import secret
from .points import write_penalty, write_points
from .reading import Submission, read
from .record import Record
from .released import Released, released
from .restored import restored
from .roster import roster


def job(
    course: Course, released: Released, student: str, when: datetime | None, data: bytes, **more
) -> Job:
    """Make a job of a file: the same file, checked by the same checks, is the same job."""
    checks = repr([(each.name, each.points, each.tasks) for each in released.checks])
    digest = hashlib.sha256(checks.encode() + b"\0" + data).hexdigest()
    names = "\0".join((released.assignment, released.notebook, student))
    drawn = hmac.digest(secret(course.root), names.encode(), "sha256")
    seed = int.from_bytes(drawn[:8]) >> 1  # below 2^63, which a database can hold
    return Job(released, student, digest, when, data, seed, **more)


def grade(
    course: Course,
    assignment: str,
    marker: Marker,
    *,
    best: bool = False,
    again: bool = False,
    tell: Callable[[Record, bool], None] = lambda record, new: None,
) -> None:
    """Mark every submission of an assignment that isn't marked yet.

    Parameters
    ----------
    marker : turns jobs into records, in any order
    best : of several attempts the best counts, after its late penalty; else the newest
    again : mark anew also what is marked already
    tell : is called with each student's record, and whether it is new

    Raises
    ------
    ClassError
        If the disk is full, the database locked, or another run at work; what was told is kept.
    """
    with _alone(course), course.gradebook() as gradebook:
        run = _Run(course, gradebook, assignment, best, again, tell)
        for record in marker(run.jobs()):
            run.take(record)


@contextmanager
def _alone(course: Course) -> Iterator[None]:
    """Let one run at a time work on a class; the system forgets a run that was killed."""
    with open(course.root / CONFIG) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ClassError(
                "Another grade run is at work on this class. Let it end: it marks all there is."
            ) from None
        yield


@dataclass
class _Pile:
    """All attempts of one student at one notebook, while they are being marked."""

    paths: dict[str, Path] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    new: bool = False

    @property
    def done(self) -> bool:
        return self.records.keys() >= self.paths.keys()


class _Run:
    """One run over an assignment; knows what was marked before, and settles pile after pile."""

    def __init__(self, course, gradebook, assignment, best, again, tell):
        self.course, self.gradebook, self.assignment = course, gradebook, assignment
        self.best, self.again, self.tell = best, again, tell
        self.notebooks: dict[str, Released] = {}
        self.known: dict[tuple, Record] = {}
        self.piles: dict[tuple, _Pile] = {}

    def jobs(self) -> Iterator[Job]:
        """Yield what has to be marked, and settle on the way what hasn't."""
        found = released(self.course, self.gradebook, self.assignment)
        self.notebooks = {each.notebook: each for each in found}
        kept = ledger.records(self.gradebook, self.assignment)
        done = [] if self.again else [each for each in kept if each.status != "error"]
        self.known = {(*each.key, each.digest): each for each in done}
        students = roster(self.course, self.gradebook).students
        for student in self.course.submitters(self.assignment):
            for notebook in self.notebooks.values():
                if student in students:
                    yield from self._pile(student, notebook)
                else:
                    says = "nobody of this id is in the class list: add the student, then again"
                    key = self.assignment, student, notebook.notebook
                    self.tell(Record(*key, "", None, 0, "unknown student", says), True)

    def _pile(self, student: str, notebook: Released) -> Iterator[Job]:
        pile = self.piles[self.assignment, student, notebook.notebook] = _Pile()
        found = self._attempts(student, notebook)
        todo = []
        for each, path in found if self.best else found[-1:]:
            pile.paths[each.digest] = path
            if known := self.known.get((*each.key, each.digest)):
                pile.records[each.digest] = known
            else:
                todo.append(each)
        if todo:
            yield from todo
        elif pile.done and pile.paths:
            self._settle(pile, notebook)
        else:
            self._nothing_came(student, notebook)

    def _attempts(self, student: str, notebook: Released) -> list[tuple[Job, Path]]:
        """Read the attempts, the oldest first: all where the best counts, else the newest."""
        place = self.course.folder("submitted", student, self.assignment)
        path = place / f"{notebook.notebook}.ipynb"
        refused = self._adopt(student, notebook, path)
        kept = attempts(self.course, self.assignment, student, notebook.notebook)
        return [
            (job(self.course, notebook, student, handed_in(each), each.read_bytes()), each)
            for each in (kept if self.best else kept[-1:])
        ] or ([(refused, path)] if refused else [])

    def _adopt(self, student: str, notebook: Released, path: Path) -> Job | None:
        """Keep as an attempt what lies in submitted/ by other means; return what can't be read."""
        if not path.exists() and not path.is_symlink():
            return None
        here = placed(self.course, notebook, student, path)
        if here.refused:
            return here
        attempt = Attempt(student, notebook.notebook, here.handed_in, 0, here.data)
        if not attempt.is_kept(self.course, self.assignment):
            write_together({attempt.path(self.course, self.assignment): here.data})
        return None

    def _nothing_came(self, student: str, notebook: Released) -> None:
        says = f"{notebook.notebook}.ipynb was not handed in"
        key = self.assignment, student, notebook.notebook
        if (known := self.known.get((*key, "missing"))) and known.counts:
            self.tell(known, False)
            return
        record = Record(*key, "missing", None, 0, "missing", says)
        pile = _Pile({"missing": Path()}, {"missing": record}, new=True)
        self._settle(pile, notebook)

    def take(self, record: Record) -> None:
        """Take one record; with the last of a student's, settle."""
        pile = self.piles[record.key]
        pile.records[record.digest] = record
        pile.new = True
        if pile.done:
            self._settle(pile, self.notebooks[record.notebook])

    def _settle(self, pile: _Pile, notebook: Released) -> None:
        """Let one attempt count, and write it, unless all is written already."""
        records = list(pile.records.values())
        usable = [each for each in records if each.status != "error"]
        chosen = max(usable, key=self._worth) if usable else records[-1]
        self.piles.pop(chosen.key, None)
        if chosen.counts and not pile.new:
            with one_transaction(self.gradebook) as connection:
                write_penalty(self.course, connection, chosen)
            self.tell(chosen, False)
            return
        if usable:
            chosen = replace(chosen, counts=True)
            self._show(chosen, pile.paths[chosen.digest], notebook)
        rest = [each for each in records if each.digest != chosen.digest]
        self._save(chosen, [replace(each, counts=False) for each in rest], notebook)
        self.tell(chosen, True)

    def _worth(self, record: Record):
        late = 0.0
        if self.best and record.handed_in:
            late = penalty_on(self.course, record.student, record.points, self._late(record))
        return (record.points - late if self.best else 0.0, record.handed_in or datetime.min)

    def _late(self, record: Record) -> float:
        """Return by how many seconds it came too late, a student's extension considered."""
        due = self.gradebook.find_assignment(record.assignment).duedate
        try:
            more = self.gradebook.find_submission(record.assignment, record.student).extension
        except MissingEntry:
            more = None
        return seconds_late(record.handed_in, due, more)

    def _show(self, record: Record, path: Path, notebook: Released) -> None:
        """Write what formgrader shows, before the points: without it, they'd never be redone."""
        files = {}
        submission = Submission(())
        if record.status != "missing":
            data = _bytes(path)
            place = self.course.folder("submitted", record.student, self.assignment)
            if path.parent != place:
                wanted = counted(self.course, self.assignment, record.student, path, data)
                files |= {p: text for p, text in wanted.items() if _bytes(p) != text}
            if record.status == "graded":
                submission = read(data)
        shown = json.dumps(restored(submission, notebook, record))
        folder = self.course.folder("autograded", record.student, self.assignment)
        write_together(files | {folder / f"{record.notebook}.ipynb": shown.encode()})

    def _save(self, record: Record, others: list[Record], notebook: Released) -> None:
        with one_transaction(self.gradebook) as connection:
            if record.counts:
                write_points(self.course, connection, record, notebook)
            for each in others:
                ledger.keep(connection, each)
            ledger.keep(connection, record)


def placed(course: Course, notebook: Released, student: str, path: Path) -> Job:
    """Make a job of a file that lies in submitted/, perhaps put there by other means."""
    try:
        data, when = read_plain(path)
    except Refused as error:
        return job(course, notebook, student, None, b"", refused=str(error))
    try:
        when = parse_utc((path.parent / "timestamp.txt").read_text().strip())
    except (OSError, ValueError):
        pass
    return job(course, notebook, student, when, data)


def _bytes(path: Path) -> bytes:
    try:
        return read_plain(path)[0]
    except Refused:
        return b""
