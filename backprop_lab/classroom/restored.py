"""The notebook that formgrader shows: the student's code, the released checks, the verdicts.

Nothing else of a submission gets in: no outputs, no metadata, no Markdown that could come alive.
"""

from collections.abc import Iterator

from .reading import Cell, Submission
from .record import Record
from .released import Released

MISSING = "# This cell was missing from the submission."


def restored(submission: Submission, released: Released, record: Record | None = None) -> dict:
    """Put released cells back in place, add those that are missing, and fill in verdicts.

    Parameters
    ----------
    record : whose marks are shown below the checks; without it they stay empty

    Returns
    -------
    dict
        A notebook of format 4.5. (Made by hand: nbformat would validate it cell by cell, which
        takes longer than marking it.)
    """
    last = {each.grade_id: at for at, each in enumerate(submission.cells)}  # of duplicates
    cells = [
        _released(released, each.grade_id, each.text)
        if each.grade_id in released.sources and last[each.grade_id] == at
        else _of_student(each, released)
        for at, each in enumerate(submission.cells)
    ]
    gone = [name for name in released.sources if name not in last]
    cells += [_released(released, name, MISSING) for name in gone]
    for at, cell in enumerate(cells):
        cell["id"] = f"cell-{at}"
    if record:
        show_verdicts(cells, released, record)
    metadata = {"kernelspec": released.kernelspec} if released.kernelspec else {}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def show_verdicts(cells: list[dict], released: Released, record: Record) -> None:
    """Fill in the outputs of the checks, so that nbgrader reads the same points from them."""
    by_name = {each.name: each for each in released.checks}
    for cell in cells:
        check = by_name.get(cell["metadata"].get("nbgrader", {}).get("grade_id"))
        if check and check.tasks and cell["cell_type"] == "code":
            cell["outputs"] = list(_verdicts(check.tasks, record))


def _verdicts(tasks: tuple[str, ...], record: Record) -> Iterator[dict]:
    marks = {each.task: each for each in record.marks}
    for task in tasks:
        mark = marks.get(task)
        if mark and mark.passed:
            yield _line(f"✓ {task}: passed")
            continue
        says = "\n".join(filter(None, [mark.says, mark.reason])) if mark else record.reason
        yield _line(f"✗ {task}: {says}")
        yield {"output_type": "error", "ename": "NotPassed", "evalue": task, "traceback": []}


def _line(text: str) -> dict:
    """Print as text: below an error it could hold escape codes, which a page follows."""
    return {"output_type": "stream", "name": "stdout", "text": f"{text}\n"}


def _released(released: Released, name: str, text: str) -> dict:
    """Rebuild a cell from what was released; only a solution's text is the student's."""
    source = released.sources[name]
    checks = {each.name: each for each in released.checks}
    check = checks.get(name)
    solution = name in released.solutions
    nbgrader = {
        "schema_version": 3,
        "grade_id": name,
        "grade": bool(check) and not check.by_hand,
        "solution": solution,
        "task": bool(check) and check.by_hand,
        "locked": source.locked,
        "checksum": source.checksum,
        "cell_type": source.kind,
    } | ({"points": check.points} if check else {})
    text = source.text if source.locked or not solution else text
    if source.kind == "markdown" and solution:
        text = _indented(text)
    return _cell(source.kind, text, nbgrader=nbgrader)


def _of_student(cell: Cell, released: Released) -> dict:
    if cell.kind == "code":
        return _cell("code", cell.text)
    if cell.text in released.prose:
        return _cell("markdown", cell.text)
    return _cell("code", "\n".join(f"# {line}" for line in cell.text.splitlines()))


def _cell(kind: str, text: str, **metadata) -> dict:
    made = {"cell_type": kind, "metadata": metadata, "source": text}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def _indented(text: str) -> str:
    """Show written answers letter by letter: indented Markdown is code, and code is escaped."""
    return "\n".join(f"    {line}" for line in text.splitlines())
