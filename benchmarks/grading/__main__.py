"""Measure the grading of a class beside nbgrader and Otter: `python -m benchmarks.grading`.

All grade the same submissions to the same points, in turns, in the same run: read the ratios.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from backprop_lab.classroom.course import Course
from backprop_lab.classroom.new import begin
from backprop_lab.classroom.release import release
from backprop_lab.classroom.released import released
from benchmarks.engine.workers import clean_environment
from tests.classroom.conftest import FOUR, as_bytes, notebook

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
OTTER = ROOT / ".benchmarks" / "otter"
GOALS = {"nbgrader": 20, "Otter": 40}
SIZES = (10, 100)
LONG = 2000

console = Console(width=max(100, Console().width))


def main(
    students: Annotated[int, typer.Option(help="Who hand in what all ways grade.")] = 20,
    turns: Annotated[int, typer.Option(help="Of each way; the medians are printed.")] = 1,
    otter: Annotated[bool, typer.Option(help="Install Otter, and let it grade, too.")] = True,
    long: Annotated[bool, typer.Option("--long", help=f"Grade {LONG:,} submissions, too.")] = False,
):
    """Print submissions per minute, and what a submission costs as a class grows."""
    for name in clean_environment():
        console.print(f"{name} was set and is unset for the measurement.")
    if os.getloadavg()[0] > 0.5:
        console.print("The machine is busy with other work: trust the ratios, not the times.")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made"
        begin(made, ROOT / "solutions")
        release(Course(made), FOUR)
        console.print(speed(made, students, turns, otter))
        console.print(growth(made, [*SIZES, *[LONG] * long]))


def speed(made: Path, students: int, turns: int, otter: bool) -> Table:
    """Let all ways grade in turns."""
    course = class_of(made, students)
    ways = {
        "backprop-lab": lambda: ours(course, 1),
        "backprop-lab, 2 processes": lambda: ours(course, 2),
        "nbgrader": lambda: here("nbgrader", fresh(course), FOUR),
    }
    if otter and (python := python_with_otter()):
        ways["Otter"] = lambda: in_otter(python, course)
    minutes, cpu, shares = {name: [] for name in ways}, {name: [] for name in ways}, {}
    for _ in range(turns):
        for name, way in ways.items():
            told = way()
            minutes[name].append(told["seconds"] / 60)
            cpu[name].append(1000 * told["cpu"] / students)
            shares[name] = {each: round(share, 6) for each, share in told["scores"].items()}
    assert all(each == shares["nbgrader"] for each in shares.values()), shares
    return speed_table(minutes, cpu, students)


def speed_table(
    minutes: dict[str, list[float]], cpu: dict[str, list[float]], students: int
) -> Table:
    headings = (
        "way",
        "submissions/minute",
        "backprop-lab is faster by",
        "goal",
        "processor, ms each",
    )
    table = Table(*headings, title=f"{students} submissions of {FOUR}", box=box.SIMPLE_HEAD)
    for name, each in minutes.items():
        ratio = median(other / one for other, one in zip(each, minutes["backprop-lab"]))
        goal = f"{GOALS[name]} times" if name in GOALS else ""
        table.add_row(
            name,
            f"{students / median(each):,.0f}",
            f"{ratio:.1f} times",
            goal,
            f"{median(cpu[name]):.0f}",
        )
    for name in GOALS.keys() - minutes.keys():
        table.add_row(name, "not to be had here", "", f"{GOALS[name]} times")
    return table


def growth(made: Path, sizes: list[int]) -> Table:
    """Let one process grade ever larger classes."""
    headings = "submissions", "ms each", "memory of the grader, MB"
    table = Table(*headings, title="As a class grows", box=box.SIMPLE_HEAD)
    for size in sizes:
        told = ours(class_of(made, size), 1)
        each = 1000 * told["seconds"] / size
        table.add_row(f"{size:,}", f"{each:.1f}", f"{told['megabytes']:.0f}")
    return table


def class_of(made: Path, size: int) -> Path:
    """Make a class in which everybody has handed in, one in four with a mistake."""
    root = fresh(made)
    names = [f"student{number:04}" for number in range(size)]
    lines = [f"{name},A,B,{name}@example.org," for name in names]
    header = "id,first_name,last_name,email,lms_user_id"
    (root / "students.csv").write_text("\n".join([header, *lines]))
    for number, name in enumerate(names):
        place = Course(root).folder("submitted", name, FOUR)
        place.mkdir(parents=True)
        (place / f"{FOUR}.ipynb").write_bytes(submission(number))
    return root


def submission(number: int) -> bytes:
    """Return a solution that is nobody else's; every fourth one climbs."""
    sign = "+" if number % 4 == 0 else "-"
    step = f"for name in params:\n        params[name] {sign}= lr * grads[name]  # {number}"
    return as_bytes(notebook(sgd_step=f"def sgd_step(params, grads, lr):\n    {step}"))


def fresh(course: Path) -> Path:
    """Give a copy of a class, in which nothing is graded so far."""
    return Path(shutil.copytree(course, tempfile.mkdtemp(dir=course.parent), dirs_exist_ok=True))


def ours(course: Path, processes: int) -> dict:
    return here("ours", fresh(course), FOUR, str(processes))


def here(*arguments: str | Path) -> dict:
    return answer([sys.executable, "-m", "benchmarks.grading.run_here", *arguments])


def in_otter(python: Path, course: Path) -> dict:
    """Let Otter grade copies that are named after the students."""
    with tempfile.TemporaryDirectory() as folder:
        for name in Course(course).submitters(FOUR):
            path = Course(course).folder("submitted", name, FOUR) / f"{FOUR}.ipynb"
            shutil.copy(path, Path(folder) / f"{name}.ipynb")
        files = sorted(Path(folder).iterdir())
        return answer([python, HERE / "run_otter.py", json.dumps(points(course)), *files])


def points(course: Path) -> dict[str, float]:
    """Tell what each task is worth."""
    with Course(course).gradebook() as gradebook:
        (found,) = released(Course(course), gradebook, FOUR)
    return {task: each.points for each in found.checks for task in each.tasks}


def answer(command: list) -> dict:
    """Run a command; return the JSON in the last line that it prints."""
    beside = os.pathsep.join([str(Path(command[0]).parent), os.environ["PATH"]])
    done = subprocess.run(
        command, env={**os.environ, "PATH": beside}, cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command[:4]))} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def python_with_otter() -> Path | None:
    """Make an environment for Otter, since it wants other versions of what nbgrader wants."""
    python = OTTER / "bin" / "python"
    uv = os.environ.get("UV") or shutil.which("uv")
    steps = [
        ["venv", "--clear", "--python", sys.executable, OTTER],
        ["pip", "install", "--python", python, "otter-grader", "ipykernel", ROOT],
    ]
    for step in steps:
        if not uv or subprocess.run([uv, *step], capture_output=True).returncode:
            console.print("Otter is not to be had here: that takes uv, and the package index.")
            return None
    return python


if __name__ == "__main__":
    typer.run(main)
