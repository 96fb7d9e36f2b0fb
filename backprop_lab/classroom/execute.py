"""nbgrader's own `nbgrader autograde`, with students' code in the sandbox.

Two preprocessors, named in the class's nbgrader_config.py: `Restore` takes the place of nbgrader's
five cleaning steps, `SandboxedExecute` that of its Execute.
"""

from dataclasses import replace
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from . import ledger
from .course import Course, one_transaction
from .grade import placed
from .jobs import marked
from .markers import own_room
from .reading import read
from .record import Record
from .released import Released, released
from .restored import restored, show_verdicts


class Restore(NbGraderPreprocessor):
    """Keep a submission's code alone, and put back what was released."""

    def preprocess(self, nb, resources):
        """Rebuild the notebook; points, checks and kernel come from the gradebook."""
        notebook, _ = _released(resources)
        submission = read(nbformat.writes(nb).encode())
        return nbformat.from_dict(restored(submission, notebook)), resources


class SandboxedExecute(NbGraderPreprocessor):
    """Mark in the sandbox, and write verdicts where nbgrader looks for outputs."""

    def preprocess(self, nb, resources):
        """Fill in the checks' outputs; no cell is run in this process."""
        notebook, course = _released(resources)
        student = resources["nbgrader"]["student"]
        folder = course.folder("submitted", student, notebook.assignment)
        job = placed(course, notebook, student, folder / f"{notebook.notebook}.ipynb")
        record = marked(job, own_room(unsandboxed=False))
        if record.status == "error":
            raise RuntimeError(record.reason)  # nbgrader goes on with the next student
        _remember(resources, replace(record, counts=True))
        show_verdicts(nb.cells, notebook, record)
        return nbformat.from_dict(nb), resources


def _released(resources) -> tuple[Released, Course]:
    about = resources["nbgrader"]
    course = Course(Path.cwd())  # nbgrader works in the class's folder
    with Gradebook(about["db_url"], course.id) as gradebook:
        notebooks = released(course, gradebook, about["assignment"])
    return next(each for each in notebooks if each.notebook == about["notebook"]), course


def _remember(resources, record: Record) -> None:
    with Gradebook(resources["nbgrader"]["db_url"], Course(Path.cwd()).id) as gradebook:
        ledger.prepare(gradebook)
        with one_transaction(gradebook) as connection:
            ledger.keep(connection, record)
