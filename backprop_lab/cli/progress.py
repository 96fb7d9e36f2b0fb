"""Show where the learner stands, as a table; or start from nothing again."""

import sqlite3

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from backprop_lab.grading import journal, progress

COLOURS = {"passed": "green", "not yet": "yellow", "not begun": "dim"}


def show_progress() -> None:
    """Print what is done, what is next, and where it was hard."""
    console = Console(highlight=False)
    standing = progress()
    console.print(_table(standing))
    for sentence in standing.sentences:
        console.print(sentence.replace("`", ""), markup=False)
    if journal.path().exists():
        console.print(f"\nKept on this machine alone: {journal.path()}", style="dim", markup=False)


def reset_progress(*, asked: bool) -> None:
    """Delete all progress, after a question unless it was asked before."""
    file = journal.path()
    if not file.exists():
        typer.echo("There is no progress to delete.")
        return
    done = f"{len(progress().done)} tasks done, with all attempts, hints and predictions"
    if not asked:
        typer.confirm(f"Delete your progress ({done})? Notebooks stay as they are.", abort=True)
    try:
        journal.forget()
    except (OSError, sqlite3.Error) as error:
        typer.echo(f"Your progress could not be deleted ({error}): {file}", err=True)
        raise typer.Exit(1) from None
    typer.echo("Your progress is deleted. Notebooks stay as they are.")


def _table(standing) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("exercise", "task", "state"):
        table.add_column(name, no_wrap=name != "exercise")
    table.add_column("checks", justify="right")
    table.add_column("stumbled over")
    table.add_column("help")
    for exercise, tasks in standing.exercises:
        for at, each in enumerate(tasks):
            colour = COLOURS[each.state]
            table.add_row(
                Text(exercise.replace("_", " ") if at == 0 else ""),
                Text(each.task),
                Text(f"{each.mark} {each.state}", colour),
                str(each.attempts or ""),
                Text(each.stumbled_over),
                each.help_taken,
                end_section=at == len(tasks) - 1,
            )
    return table
