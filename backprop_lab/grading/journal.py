"""Keep on disk what happened: attempts, hints, solutions seen, predictions. Never anybody's code.

One SQLite file in the user's data folder; nothing leaves the machine. A kind of event is a table,
an event a row, and rows are only ever added: two notebooks can't take anything from each other.
Where the file can't be used the rows stay in memory, one sentence says so, and all else goes on.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs

WAIT = 1.0  # seconds, for another notebook that is writing
BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Attempt(NamedTuple):
    """A solution was checked; `about` is the output whose hints apply."""

    task: str
    passed: bool
    diagnosis: str | None = None
    about: str = ""


class HintShown(NamedTuple):
    """Hint `number` (from 1) about an output of a task was revealed."""

    task: str
    about: str
    number: int


class SolutionSeen(NamedTuple):
    """The right solution was opened."""

    task: str


class Predicted(NamedTuple):
    """An answer was given before the reveal."""

    question: str
    given: str
    right: bool


TABLES = {
    Attempt: "attempts",
    HintShown: "hints",
    SolutionSeen: "solutions",
    Predicted: "predictions",
}

_unkept: dict[type, list] = {kind: [] for kind in TABLES}
_said: set[str] = set()


def path() -> Path:
    """Return where progress is kept; the variable BACKPROP_LAB_PROGRESS names another file."""
    chosen = os.environ.get("BACKPROP_LAB_PROGRESS")
    folder = platformdirs.user_data_path("backprop-lab", appauthor=False)
    return Path(chosen).expanduser() if chosen else folder / "progress.sqlite"


def add(event: NamedTuple) -> None:
    """Keep an event. Raises nothing: where the disk refuses, memory takes it."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    columns = ", ".join(["at", *event._fields])
    marks = ", ".join("?" * (1 + len(event)))
    insert = f"insert into {TABLES[type(event)]} ({columns}) values ({marks})"
    try:
        _on_disk(lambda file: file.execute(insert, (now, *event)))
    except Exception as error:
        _unkept[type(event)].append(event)
        _say_not_kept(error)


def events(kind: type) -> list:
    """Return all events of a kind, the oldest first."""
    select = f"select {', '.join(kind._fields)} from {TABLES[kind]} order by rowid"
    kept = []
    try:
        if path().exists():
            kept = _on_disk(lambda file: file.execute(select).fetchall())
    except Exception as error:
        _say_not_kept(error)
        kept = _as_it_lies(select)
    return [*map(kind._make, kept), *_unkept[kind]]


def forget() -> None:
    """Delete all events.

    Raises
    ------
    OSError, sqlite3.Error
        If the file can't be written to.
    """
    for each in _unkept.values():
        each.clear()
    if path().exists():
        _on_disk(lambda file: [file.execute(f"delete from {name}") for name in TABLES.values()])


def _on_disk(work: Callable[[sqlite3.Connection], Any]) -> Any:
    """Do the work in one transaction; a damaged file is moved aside, and a new one begun."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.touch(mode=0o600)
    before = file.stat()
    try:
        return _patiently(work, file)
    except sqlite3.DatabaseError as error:
        if _code(error) not in DAMAGED:
            raise
    if os.path.samestat(before, file.stat()):  # else another notebook has moved it already
        _move_aside(file)
    return _patiently(work, file)


def _patiently(work: Callable, file: Path) -> Any:
    give_up = time.monotonic() + WAIT
    while True:
        try:
            return _once(work, file)
        except sqlite3.OperationalError as error:
            # SQLite waits by itself, but not while a new file is being switched to WAL.
            if _code(error) not in BUSY or time.monotonic() > give_up:
                raise
        time.sleep(0.01)


def _once(work: Callable, file: Path) -> Any:
    with closing(sqlite3.connect(file, timeout=WAIT)) as connection:
        connection.text_factory = lambda text: text.decode(errors="replace")
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")  # a crash can't tear a write; no fsync
        with connection:
            for kind, name in TABLES.items():
                columns = ", ".join(["at", *kind._fields])
                connection.execute(f"create table if not exists {name} ({columns})")
            return work(connection)


def _as_it_lies(select: str) -> list:
    """Read what a disk that is full, or may not be written to, can still give."""
    try:
        address = f"{path().absolute().as_uri()}?immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as file:
            return file.execute(select).fetchall()
    except Exception:  # the reason was said before
        return []


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _move_aside(file: Path) -> None:
    aside = file.with_name(f"{file.stem}-damaged-{datetime.now():%Y%m%d-%H%M%S}{file.suffix}")
    # The log goes first: left beside a new file, it would be played back into that one.
    for end in ("-wal", "-shm", ""):
        if os.path.exists(f"{file}{end}"):
            os.replace(f"{file}{end}", f"{aside}{end}")
    _say_once(
        f"The file with your progress was damaged and could not be read. It is kept as {aside}, "
        f"and a new one begins."
    )


def _say_not_kept(error: Exception) -> None:
    _say_once(
        f"Your progress is not kept on disk from here on ({error}). Everything else works as usual."
    )


def _say_once(sentence: str) -> None:
    if sentence not in _said:
        _said.add(sentence)
        print(sentence)  # not on stderr: to an autograder, words there are a failed check
