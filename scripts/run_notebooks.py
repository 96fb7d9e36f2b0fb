"""Run the notebooks top to bottom, each in a fresh kernel, and store what they print and draw.

    python scripts/run_notebooks.py                 run all lessons and solutions
    python scripts/run_notebooks.py --check         store nothing; fail where an output differs
    python scripts/run_notebooks.py notebooks/01*   run these only

What differs from run to run without a meaning (timings, widget ids) isn't stored, so that running
a notebook again leaves it as it was, byte for byte.
"""

import os
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Annotated

import nbformat
import typer
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def main(
    notebooks: Annotated[list[Path] | None, typer.Argument(help="All, unless named.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Compare, store nothing.")] = False,
) -> None:
    """Run lessons and solutions, and store (or compare) their outputs."""
    stale = []
    for path in notebooks or every_notebook():
        typer.echo(f"{'checking' if check else 'running'} {path.parent.name}/{path.name}")
        stored = nbformat.read(path, as_version=4)
        try:
            fresh = run(stored, folder=path.parent)
        except CellExecutionError as error:
            typer.echo(f"{path.name} stops at an error:\n{error}", err=True)
            raise typer.Exit(1) from None
        if not check:
            nbformat.write(fresh, path)
        elif without_pictures(fresh) != without_pictures(stored):
            stale.append(str(path))
    if stale:
        typer.echo(f"Outputs differ in {', '.join(stale)}: run `make notebooks`.", err=True)
        raise typer.Exit(1)


def every_notebook() -> list[Path]:
    """Return lessons, then solutions, in course order."""
    return sorted(ROOT.glob("notebooks/*.ipynb")) + sorted(ROOT.glob("solutions/*.ipynb"))


def run(notebook: NotebookNode, *, folder: Path) -> NotebookNode:
    """Return the notebook with the outputs of a fresh kernel; the first error ends the run."""
    fresh = deepcopy(notebook)
    client = NotebookClient(
        fresh,
        kernel_name="python3",
        timeout=120,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as nobodys:
        progress = str(Path(nobodys) / "progress.sqlite")  # your own stays as it is
        client.execute(env={**os.environ, "BACKPROP_LAB_PROGRESS": progress})
    return normalise(fresh)


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Drop what depends on the run or on the machine's Python; keep what the learner sees."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata.kernelspec = dict(KERNEL)
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if (
                len(output.get("data", {})) > 1
            ):  # a stored view shows nothing; what stands beside does
                output.data.pop(WIDGET_VIEW, None)
    return notebook


def without_pictures(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook less the pixels, which differ between machines."""
    bare = deepcopy(notebook)
    for cell in bare.cells:
        for output in cell.get("outputs", []):
            for mime in list(output.get("data", {})):
                if mime.startswith("image/"):
                    output.data[mime] = "a picture"
    return bare


if __name__ == "__main__":
    typer.run(main)
