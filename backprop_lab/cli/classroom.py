"""`backprop-lab class`: hand out, collect, grade, give back; classroom/ does the work."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from backprop_lab.cli.course import find_course, stop

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Grade a class: hand out, collect, grade, give back.",
    epilog="""[bold]In this order[/bold]
  backprop-lab class new my-class          make the class's folder, then work in it
  backprop-lab class release 01_take_four_steps
  backprop-lab class collect download.zip 01_take_four_steps
  backprop-lab class grade
  backprop-lab class report
  backprop-lab class feedback
  backprop-lab class export --format moodle
""",
)

CourseFolder = Annotated[
    Path, typer.Option("--course", metavar="FOLDER", help="The class's folder; else this one.")
]
Assignment = Annotated[
    str | None,
    typer.Argument(metavar="[ASSIGNMENT]", help="Its name; else all that were released."),
]


class Form(StrEnum):
    """What a table of grades is for."""

    moodle = "moodle"
    canvas = "canvas"
    csv = "csv"


class Attempts(StrEnum):
    """Which of several attempts counts."""

    newest = "newest"
    best = "best"


@app.command("new")
def new(
    folder: Annotated[Path, typer.Argument(help="To make.")],
    solutions: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where the solution notebooks are.")
    ] = None,
) -> None:
    """Make a class's folder, with the course's exercises as assignments."""
    with _sentences():
        from backprop_lab.classroom.new import begin

        course = find_course()
        names = begin(folder, solutions or (course / "solutions" if course else None))
        typer.echo(f"{folder} holds {len(names)} assignments: {names[0]} to {names[-1]}.")
        typer.echo(f"Next: write {folder / 'students.csv'} (students_example.csv shows how), then")
        typer.echo(f"  cd {folder}\n  backprop-lab class release {names[0]}")


@app.command("release")
def release(
    assignment: Annotated[
        str | None, typer.Argument(metavar="[ASSIGNMENT]", help="Its name; else every one.")
    ] = None,
    due: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"],
            metavar="'YYYY-MM-DD HH:MM'",
            help="Until when it may be handed in, in local time.",
        ),
    ] = None,
    course: CourseFolder = Path("."),
) -> None:
    """Make the notebooks that students get: no solutions, no hidden tests."""
    with _sentences():
        from backprop_lab.classroom.course import Course
        from backprop_lab.classroom.release import release, sources

        here = Course(course)
        for each in [assignment] if assignment else sources(here):
            release(here, each, due)
            typer.echo(f"Released: {here.folder('release', '.', each)}")


@app.command("collect")
def collect(
    place: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|ZIP", help="Notebooks, or a download from Moodle or Canvas as it is."
        ),
    ],
    assignment: Annotated[str, typer.Argument(metavar="ASSIGNMENT", help="Its name.")],
    course: CourseFolder = Path("."),
) -> None:
    """Sort to students what they handed in; the newest of several counts, all are kept."""
    with _sentences():
        from backprop_lab.classroom.collect import collect
        from backprop_lab.classroom.course import Course

        found = collect(Course(course), place, assignment)
        rows = [(each.where, each.student, each.status, each.reason) for each in found]
        _print_rows([each for each in rows if each[3]], ["file", "student", "status", "why"])
        _print_count(Counter(each.status for each in found), "file")


@app.command("grade")
def grade(
    assignment: Assignment = None,
    attempt: Annotated[
        Attempts, typer.Option(help="Which counts of several: the newest, or the best.")
    ] = Attempts.newest,
    processes: Annotated[int, typer.Option(min=1, max=64, help="How many mark side by side.")] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Mark on the workers of this Dask scheduler instead."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", metavar="", help="Mark anew also what is marked.")
    ] = False,
    unsandboxed: Annotated[
        bool,
        typer.Option(
            "--unsandboxed",
            metavar="",
            help="Where no sandbox is to be had, run students' code with your rights.",
        ),
    ] = False,
    course: CourseFolder = Path("."),
) -> None:
    """Mark what is new. Safe to stop, and to give again: what is marked stays."""
    with _sentences():
        from backprop_lab.classroom.course import Course

        here = Course(course)
        mark = _marker(processes, scheduler, unsandboxed)
        for each in here.released(assignment):
            _grade_one(here, each, mark, best=attempt is Attempts.best, again=again)


def _marker(processes: int, scheduler: str | None, unsandboxed: bool):
    if scheduler is None:
        from backprop_lab.classroom.markers import marker

        return marker(processes, unsandboxed=unsandboxed)
    try:
        from backprop_lab.classroom.cluster import cluster
    except ImportError as error:
        stop(
            f"--scheduler needs Dask beside the course ({error}). Install it, here and on the "
            "workers' machines: uv sync --extra class (without uv: pip install distributed)."
        )
    return cluster(scheduler, unsandboxed=unsandboxed)


def _grade_one(course, assignment: str, mark, **options) -> None:
    from backprop_lab.classroom.grade import grade

    told, counts = [], Counter()
    with _progress(assignment, len(course.submitters(assignment))) as advance:

        def tell(record, new):
            counts[record.status if new else "unchanged"] += 1
            if record.reason:
                told.append((record.student, record.status, record.reason))
            advance()

        grade(course, assignment, mark, tell=tell, **options)
    _print_rows(told, ["student", "status", "why"])
    _print_count(counts, f"submission of {assignment}", f"submissions of {assignment}")


@app.command("feedback")
def feedback(assignment: Assignment = None, course: CourseFolder = Path(".")) -> None:
    """Write a page for each student: the diagnosis and a hint for each task, never a test."""
    with _sentences():
        from backprop_lab.classroom.course import Course
        from backprop_lab.classroom.feedback import feedback

        here = Course(course)
        for each in here.released(assignment):
            students = feedback(here, each)
            where = here.folder("feedback", "STUDENT", each)
            typer.echo(f"{len(students)} pages of feedback: {where}")


@app.command("export")
def export(
    assignment: Assignment = None,
    form: Annotated[Form, typer.Option("--format", help="Who reads it.")] = Form.csv,
    course: CourseFolder = Path("."),
) -> None:
    """Write grades as CSV, after late penalties; Moodle and Canvas import theirs."""
    with _sentences():
        from backprop_lab.classroom.course import Course
        from backprop_lab.classroom.export import export

        here = Course(course)
        typer.echo(f"Grades: {export(here, here.released(assignment), form.value)}")


@app.command("report")
def report(assignment: Assignment = None, course: CourseFolder = Path(".")) -> None:
    """See how many failed each task and by which mistakes, with a picture for your lecture."""
    with _sentences():
        from backprop_lab.classroom.course import Course
        from backprop_lab.classroom.report import report, write

        here = Course(course)
        reports = [report(here, each) for each in here.released(assignment)]
        for each in reports:
            typer.echo(f"{each.assignment}: {each.finding}")
            _print_rows(_report_rows(each), ["task", "failed", "mistake", "students"])
        for path in write(here, reports):
            typer.echo(f"Written: {path}")


def _report_rows(report) -> Iterator[tuple]:
    for task in report.tasks:
        failed = f"{task.failed} of {task.of}"
        yield task.task, failed, "", ""
        for mistake in task.mistakes:
            yield "", "", mistake.name, str(mistake.students)


@contextmanager
def _sentences() -> Iterator[None]:
    """End with one sentence on stderr where staff have something to mend."""
    try:
        from backprop_lab.classroom.course import ClassError
        from backprop_lab.sandbox import NoWalls
    except ImportError as error:
        stop(
            f"Grading a class needs nbgrader beside the course ({error}). Install it: "
            f"uv sync --extra class (without uv: pip install nbgrader)."
        )
    try:
        yield
    except (ClassError, NoWalls) as error:
        stop(str(error))
    except KeyboardInterrupt:
        stop("Stopped. What was done so far is kept: give the same command to go on.")


@contextmanager
def _progress(what: str, total: int) -> Iterator:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = "{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def _print_rows(rows, names: list[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_harmless(cell)) for cell in row))
    if table.row_count:
        Console(highlight=False).print(table)


def _harmless(text: str) -> str:
    """Leave out of a stranger's file name what a terminal would follow, or can't write."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _print_count(counts: Counter, one: str, many: str = "") -> None:
    total = counts.total()
    parts = ", ".join(f"{number} {status}" for status, number in counts.most_common())
    typer.echo(f"{total} {one if total == 1 else many or one + 's'}{': ' * bool(parts)}{parts}.")
