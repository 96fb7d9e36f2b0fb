"""The command line: `backprop-lab` opens the course, its commands examine where things stand."""

from typing import Annotated

import typer

from backprop_lab import __version__
from backprop_lab.cli import classroom

app = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_short=True)
app.add_typer(classroom.app, name="class")

EXAMPLES = """[bold]Examples[/bold]
  backprop-lab                open the course in your browser
  backprop-lab --port 9000    the same at http://localhost:9000
  backprop-lab --no-browser   start it, and print the address to open
  backprop-lab progress       see what you have done, and what is next
  backprop-lab doctor         find out why something does not work
  backprop-lab class --help   hand out exercises, grade them, give feedback
  backprop-lab workshop       plan 90 minutes, half a day or a day with a room full of people
"""


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"backprop-lab {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True, epilog=EXAMPLES)
def open_lesson_one(
    context: typer.Context,
    port: Annotated[
        int,
        typer.Option(
            min=1,
            max=65535,
            metavar="NUMBER",
            help="Serve at this port; where it is taken, at the next free one.",
        ),
    ] = 8888,
    no_browser: Annotated[
        bool,
        typer.Option("--no-browser", metavar="", help="Print the address, open no browser."),
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            metavar="",
            callback=_print_version,
            is_eager=True,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Learn backpropagation by building it by hand: opens JupyterLab at lesson one.

    The lessons are looked for in the working folder, then beside the package.
    What you write is saved in them; Ctrl-C in this window ends the session.
    """
    if context.invoked_subcommand is None:
        from backprop_lab.cli.course import open_course

        open_course(port=port, browser=not no_browser)


@app.command("doctor")
def examine_environment() -> None:
    """Say what is wrong with this environment, and how to mend it.

    Examines Python, the packages, the notebook kernel, the sliders, the data, the lessons, the
    folder and the port: one line each. The exit code is 1 when something needs mending.
    """
    from backprop_lab.cli.doctor import examine, report

    if not report(examine()):
        raise typer.Exit(1)


@app.command("progress")
def show_or_reset_progress(
    reset: Annotated[
        bool, typer.Option("--reset", metavar="", help="Delete your progress; asks first.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", metavar="", help="With --reset: delete without asking.")
    ] = False,
) -> None:
    """See what you have done, what is next, and where it was hard.

    Counts checks, named mistakes, hints and predictions. They are kept on this machine alone.
    """
    from backprop_lab.cli.progress import reset_progress, show_progress

    if reset:
        reset_progress(asked=yes)
    else:
        show_progress()


@app.command("workshop")
def plan_workshop(
    length: Annotated[
        str | None,
        typer.Argument(metavar="LENGTH", help="'90 minutes', 'half a day' or 'a day'."),
    ] = None,
    start: Annotated[str, typer.Option(metavar="HH:MM", help="When it begins.")] = "09:00",
) -> None:
    """Print agendas for a workshop, minute by minute; without LENGTH, what there is.

    They are made of the instructor's outlines in docs/teaching/: change those to change the plan.
    """
    from backprop_lab.cli.workshop import show_workshop

    show_workshop(length, start)
