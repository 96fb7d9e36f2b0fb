"""Make exercises/ from solutions/: the same notebooks, with stubs where the solutions stand.

    python scripts/make_exercises.py            make all
    python scripts/make_exercises.py --check    write nothing; fail where one isn't up to date

The work is nbgrader's: the preprocessors are those of `nbgrader generate_assignment`, less its
database. A solution is whatever stands between ### BEGIN SOLUTION and ### END SOLUTION.
"""

from pathlib import Path
from typing import Annotated

import nbformat
import typer
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

from backprop_lab.classroom.release import STUB, RunAllGoesOn

ROOT = Path(__file__).parents[1]


def main(
    check: Annotated[bool, typer.Option("--check", help="Compare, write nothing.")] = False,
) -> None:
    """Write each exercise (or say which are not up to date)."""
    stale = []
    for source in solutions():
        target, text = exercise_path(source), exercise_text(source)
        if not check:
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            stale.append(target.name)
    if stale:
        typer.echo(f"not up to date: {', '.join(stale)}. Run scripts/make_exercises.py", err=True)
        raise typer.Exit(1)


def solutions() -> list[Path]:
    """List the solution notebooks, in order."""
    return sorted((ROOT / "solutions").glob("*.ipynb"))


def exercise_path(solution: Path) -> Path:
    """Tell where the exercise made from a solution belongs."""
    return ROOT / "exercises" / solution.name


def exercise_text(solution: Path) -> str:
    """Make the exercise from its solution, as the text of a notebook file."""
    return nbformat.writes(exercise(nbformat.read(solution, as_version=4))) + "\n"


def exercise(notebook: NotebookNode) -> NotebookNode:
    """Run nbgrader's steps in its own order on a notebook, which changes."""
    for step in (
        LockCells(),
        ClearSolutions(code_stub={"python": STUB}),
        ClearOutput(),
        CheckCellMetadata(),
        ComputeChecksums(),
        ClearHiddenTests(),
        ClearMarkScheme(),
        ComputeChecksums(),  # once more: the two above may have changed a cell
        CheckCellMetadata(),
        RunAllGoesOn(),
    ):
        notebook, _ = step.preprocess(notebook, {})
    return notebook


if __name__ == "__main__":
    typer.run(main)
