"""A class's folder: where its files lie, which gradebook belongs to it, how files are written."""

import errno
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

from .errors import ClassError

CONFIG = "nbgrader_config.py"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class Course:
    """A class's folder, in nbgrader's layout.

    Parameters
    ----------
    root : the folder that holds nbgrader_config.py
    """

    root: Path

    @cached_property
    def config(self) -> Config:
        """What nbgrader_config.py says.

        Raises
        ------
        ClassError
            If there is no such file, or Python can't read it.
        """
        try:
            return PyFileConfigLoader(CONFIG, path=str(self.root)).load_config()
        except ConfigFileNotFound:
            raise ClassError(
                f"{self.root} is no class: it holds no {CONFIG}. Make one with backprop-lab class "
                f"new FOLDER, or name yours: --course FOLDER."
            ) from None
        except Exception as error:
            raise ClassError(f"{self.root / CONFIG} can't be read: {error}. Mend it.") from None

    @cached_property
    def _layout(self) -> CourseDirectory:
        return CourseDirectory(root=str(self.root.absolute()), config=self.config)

    @property
    def id(self) -> str:
        """The course's name in the gradebook."""
        return self._layout.course_id or "default_course"

    def folder(self, step: str, student: str = ".", assignment: str = ".") -> Path:
        """Tell where files of a step lie, such as ``"source"`` or ``"submitted"``."""
        return Path(self._layout.format_path(step, student, assignment))

    def submitters(self, assignment: str) -> list[str]:
        """List the students whose submission of an assignment was collected."""
        folders = self.folder("submitted").glob(f"*/{assignment}")
        return sorted(each.parent.name for each in folders if each.is_dir())

    @contextmanager
    def gradebook(self) -> Iterator[Gradebook]:
        """Open nbgrader's gradebook, and close it.

        Raises
        ------
        ClassError
            If the database is locked, full, or can't be reached.
        """
        # nbgrader calls `alembic` by its name when it makes the tables.
        beside, path = str(Path(sys.executable).parent), os.environ.get("PATH", "")
        if beside not in path.split(os.pathsep):
            os.environ["PATH"] = os.pathsep.join([beside, path])
        with in_plain_words():
            try:
                gradebook = Gradebook(self._layout.db_url, self.id)
            except ImportError as error:
                raise ClassError(
                    f"The database that {CONFIG} names needs a driver that is not installed here "
                    f"({error}). For PostgreSQL: uv pip install 'psycopg[binary]'."
                ) from None
            with gradebook:
                yield gradebook

    def released(self, assignment: str | None = None) -> list[str]:
        """List the assignments to work on: the one that is named, or else all in the gradebook.

        Raises
        ------
        ClassError
            If the named one was not released.
        """
        with self.gradebook() as gradebook:
            names = sorted(each.name for each in gradebook.assignments if each.notebooks)
        if assignment is None:
            return names
        if assignment not in names:
            known = f"Released are: {', '.join(names)}." if names else "None is so far."
            raise ClassError(
                f"No assignment {assignment!r} was released. {known} Release it with "
                f"backprop-lab class release {assignment}."
            )
        return [assignment]


@contextmanager
def one_transaction(gradebook: Gradebook) -> Iterator[Connection]:
    """Write all that happens on this connection, or nothing."""
    gradebook.db.remove()  # it remembers what it read, and would not see what is written past it
    with gradebook.engine.begin() as connection:
        yield connection


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Turn what a disk or a database refuses into a sentence.

    Raises
    ------
    ClassError
        In place of the exception of the library.
    """
    try:
        yield
    except DatabaseError as error:
        raise ClassError(_about_database(str(error.orig))) from error
    except OSError as error:
        raise ClassError(about_disk(error)) from error


def about_disk(error: OSError) -> str:
    """Say what the disk refused, and what to do."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in FULL:
        return (
            f"The disk is full{where}. Make room, then give the same command again: what was done "
            f"so far stays, nothing is half written."
        )
    return f"{error.strerror or error}{where}. Mend it, then give the same command again."


def _about_database(says: str) -> str:
    again = "then give the same command again: what was done so far stays."
    if "locked" in says:
        return (
            "The gradebook is locked: another program writes to it (formgrader, or a second grade "
            f"run). Close that or wait, {again}"
        )
    if "full" in says:
        return f"The disk of the gradebook is full. Make room, {again}"
    return f"The gradebook can't be used: {says.splitlines()[0]}. Mend it, {again}"


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write all of these files, or none: first beside their places, then into them.

    Raises
    ------
    OSError
        If the disk refuses; nothing has changed then.
    """
    parts = {path.with_name(f".{path.name}.part"): path for path in files}
    try:
        for part, path in parts.items():
            part.parent.mkdir(parents=True, exist_ok=True)
            with open(part, "wb") as file:
                file.write(files[path])
                file.flush()
                os.fsync(file.fileno())
        for part, path in parts.items():
            os.replace(part, path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
