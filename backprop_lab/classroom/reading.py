"""Read a submission without trusting it: text of its code cells, or a sentence why not.

Points, tests and names come from what was released; a submission contributes code, nothing else.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .arrivals import LARGEST

MOST_CELLS = 5_000
MOST_TEXT = 200_000  # letters of one cell


class Unreadable(Exception):
    """No notebook; the text says what came instead and what to do."""


@dataclass(frozen=True)
class Cell:
    """What is believed of one cell: its kind, its text, and which released cell it claims to be."""

    kind: str
    text: str
    grade_id: str = ""


@dataclass(frozen=True)
class Submission:
    """A notebook that was read.

    Attributes
    ----------
    cells : in the student's order
    notes : what was odd about the file and did no harm
    """

    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()

    def code(self, solutions: set[str]) -> list[str]:
        """Return the sources of all code, in order.

        A released solution cell counts as code, even one that was turned into Markdown.
        """
        return [
            each.text for each in self.cells if each.kind == "code" or each.grade_id in solutions
        ]


def read(data: bytes) -> Submission:
    """Read a notebook file, whatever it is.

    Raises
    ------
    Unreadable
        If there are no cells to be had from it.
    """
    if len(data) > LARGEST:
        raise Unreadable(f"the file has {len(data):,} bytes, and {LARGEST:,} are the limit")
    if not data.strip():
        raise Unreadable("the file is empty: it has to be handed in again")
    text, notes = _decoded(data)
    notebook = _parsed(text)
    raw, old = _raw_cells(notebook)
    cells = tuple(_cell(each) for each in raw[:MOST_CELLS])
    if old:
        notes.append("an old notebook format (before version 4)")
    if len(raw) > MOST_CELLS:
        notes.append(f"{len(raw)} cells, of which the first {MOST_CELLS} were read")
    return Submission(cells, tuple(notes))


def _decoded(data: bytes) -> tuple[str, list[str]]:
    for marks, encoding in (((b"\xff\xfe", b"\xfe\xff"), "utf-16"), ((b"\xef\xbb\xbf",), "utf-8")):
        if data.startswith(marks):
            try:
                text = data.decode(encoding).removeprefix("\ufeff")
                return text, [f"written as {encoding} with a mark"]
            except UnicodeDecodeError:
                break
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        return data.decode("latin-1"), ["not written as UTF-8: letters beyond ASCII may be odd"]


def _parsed(text: str) -> dict:
    try:
        notebook = json.loads(text)
    except RecursionError:
        raise Unreadable("it is nested so deeply that no notebook was meant") from None
    except (ValueError, MemoryError) as error:
        raise Unreadable(
            f"it is no notebook, its JSON is broken ({error}): it has to be handed in again"
        ) from None
    if not isinstance(notebook, dict):
        raise Unreadable("it is no notebook: JSON, but no cells in it")
    return notebook


def _raw_cells(notebook: dict) -> tuple[list, bool]:
    if isinstance(notebook.get("cells"), list):
        return notebook["cells"], False
    sheets = notebook.get("worksheets")
    if isinstance(sheets, list):
        lists = [each.get("cells") for each in sheets if isinstance(each, dict)]
        return [cell for cells in lists if isinstance(cells, list) for cell in cells], True
    raise Unreadable("it is no notebook: JSON, but no cells in it")


def _cell(raw: Any) -> Cell:
    raw = raw if isinstance(raw, dict) else {}
    kind = raw.get("cell_type") if raw.get("cell_type") in ("code", "markdown") else "raw"
    metadata = raw.get("metadata") if isinstance(raw.get("metadata"), dict) else {}
    nbgrader = metadata.get("nbgrader") if isinstance(metadata.get("nbgrader"), dict) else {}
    grade_id = nbgrader.get("grade_id")
    text = "".join(_lines(raw.get("source", raw.get("input"))))
    # A lone surrogate is JSON, and no text that could be written anywhere.
    text = text[:MOST_TEXT].encode("utf-8", "replace").decode()
    return Cell(kind, text, grade_id if isinstance(grade_id, str) else "")


def _lines(source: Any) -> Iterator[str]:
    lines = source if isinstance(source, list) else [source]
    return (each for each in lines if isinstance(each, str))
