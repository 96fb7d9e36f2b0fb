"""Collect: sort what came in to students, keep every attempt, and let the newest count."""

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from .arrivals import Arrival, arrivals
from .course import ClassError, Course, in_plain_words, write_together
from .roster import Roster, Student, roster

STAMP = "%Y-%m-%d %H:%M:%S UTC"
NAMED = "%Y%m%d-%H%M%S"


@dataclass(frozen=True)
class Collected:
    """What became of one file.

    Attributes
    ----------
    where : its name in the folder or zip
    student : whose it is; "" where that isn't known
    status : ``"new"``, ``"unchanged"``, ``"older"`` (kept, and a newer one counts) or ``"refused"``
    reason : why, in words; "" where it is plain
    """

    where: str
    student: str
    status: str
    reason: str = ""


@dataclass(frozen=True)
class Attempt:
    """One notebook as it was once handed in."""

    student: str
    notebook: str
    when: datetime
    version: int
    data: bytes

    def path(self, course: Course, assignment: str) -> Path:
        """Tell where it is kept; equal contents handed in twice are one attempt."""
        digest = hashlib.sha256(self.data).hexdigest()[:12]
        folder = attempts_folder(course, assignment, self.student, self.notebook)
        return folder / f"{self.when.strftime(NAMED)}_{self.version:03}_{digest}.ipynb"

    def is_kept(self, course: Course, assignment: str) -> bool:
        """Whether the very same was kept before, whenever that was."""
        path = self.path(course, assignment)
        return any(path.parent.glob(f"*_{path.name.rpartition('_')[2]}"))


def attempts_folder(course: Course, assignment: str, student: str, notebook: str) -> Path:
    """Tell where all attempts at a notebook are kept, named by when they came."""
    return course.folder("attempts", student, assignment) / notebook


def attempts(course: Course, assignment: str, student: str, notebook: str) -> list[Path]:
    """List all attempts that were kept, the oldest first."""
    return sorted(attempts_folder(course, assignment, student, notebook).glob("*.ipynb"))


def handed_in(attempt: Path) -> datetime:
    """Tell when an attempt was handed in, in UTC."""
    return datetime.strptime(attempt.name.partition("_")[0], NAMED)


def collect(course: Course, place: Path, assignment: str) -> list[Collected]:
    """Sort the notebooks of a folder or zip to students; one that is refused stops no other.

    Raises
    ------
    ClassError
        If there is no such assignment, folder, zip or class list; the disk is full; the gradebook
        is locked.
    """
    course.released(assignment)
    with course.gradebook() as gradebook:
        notebooks = [each.name for each in gradebook.find_assignment(assignment).notebooks]
        due = gradebook.find_assignment(assignment).duedate
        everybody = roster(course, gradebook)
    with in_plain_words():
        came = [_sorted_to(each, everybody, notebooks, due) for each in _all(place, assignment)]
        return list(_keep(course, assignment, came))


def _all(place: Path, assignment: str) -> Iterator[Arrival]:
    if not place.exists():
        raise ClassError(f"There is no {place}: name a folder of notebooks, or the platform's zip.")
    if place.suffix == ".ipynb":
        raise ClassError(f"{place} is one notebook: name the folder that it is in, or a zip.")
    try:
        yield from arrivals(place, assignment)
    except zipfile.BadZipFile as error:
        raise ClassError(
            f"{place} is no zip that can be read ({error}). Download it again."
        ) from None


def _sorted_to(
    arrival: Arrival, everybody: Roster, notebooks: list[str], due: datetime | None
) -> tuple[Arrival, Student | None, str]:
    """Return the file, whose it is, and which of the assignment's notebooks."""
    try:
        student = everybody.find(*arrival.names) if arrival.names else None
    except LookupError as error:
        return replace(arrival, refused=arrival.refused or str(error)), None, ""
    if arrival.late is False and due:  # Canvas packs its zip when you download it
        arrival = replace(arrival, when=min(arrival.when, due))
    stem = arrival.file.rpartition(".")[0]
    if len(notebooks) == 1:
        return arrival, student, notebooks[0]
    if stem in notebooks or arrival.refused:
        return arrival, student, stem
    says = f"{stem!r} is none of the assignment's notebooks: {', '.join(notebooks)}"
    return replace(arrival, refused=says), student, ""


def _keep(course: Course, assignment: str, came: list) -> Iterator[Collected]:
    came = sorted(came, key=lambda each: (each[0].when, each[0].version, each[0].where))
    newest = {
        (student.id, notebook): arrival
        for arrival, student, notebook in came
        if student and not arrival.refused
    }
    for arrival, student, notebook in came:
        owner = student.id if student else ""
        if arrival.refused or not student:
            yield Collected(arrival.where, owner, "refused", arrival.refused)
            continue
        attempt = Attempt(owner, notebook, arrival.when, arrival.version, arrival.data)
        status = _keep_one(course, assignment, attempt)
        winner = newest[owner, notebook]
        if winner is not arrival:
            says = f"{winner.where} is newer and counts, unless you grade with --attempt best"
            yield Collected(arrival.where, owner, "older", says)
        else:
            yield Collected(arrival.where, owner, *status)


def _keep_one(course: Course, assignment: str, attempt: Attempt) -> tuple[str, str]:
    """Keep an attempt; it counts if it is the newest of all that were ever collected."""
    path = attempt.path(course, assignment)
    before = attempts(course, assignment, attempt.student, attempt.notebook)
    if attempt.is_kept(course, assignment):
        return "unchanged", "the very same was collected before"
    files = {path: attempt.data}
    if before and before[-1].name > path.name:
        write_together(files)
        return "older", "one collected before is newer and counts, unless graded --attempt best"
    write_together(files | counted(course, assignment, attempt.student, path, attempt.data))
    return "new", ""


def counted(course: Course, assignment: str, student: str, path: Path, data: bytes) -> dict:
    """Tell what has to be written so that an attempt is the one that counts."""
    folder = course.folder("submitted", student, assignment)
    stamp = handed_in(path).strftime(STAMP).encode()
    return {folder / f"{path.parent.name}.ipynb": data, folder / "timestamp.txt": stamp}
