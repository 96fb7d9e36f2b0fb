"""Measure the labs in real JupyterLab, beside `interact` and pyplot: `python -m benchmarks.labs`.

Both show the same picture of the same computation, in the same run: read the ratios first.
Milliseconds belong to a machine. The yardstick says to which: a plain picture that `interact`
moves, measured in the same turns.
"""

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import nbformat
import numpy as np
import typer
from playwright.sync_api import sync_playwright

from benchmarks.engine.workers import clean_environment
from tests.e2e.conftest import BROWSER_FLAGS, BROWSERS
from tests.e2e.course_page import CoursePage
from tests.e2e.server import BACKPROP_LAB, free_port, running

from .watched import Watched

ROOT = Path(__file__).parents[2]

# Of each lab the slider that is moved: the first one, unless another one makes it train anew.
LABS = {
    "LearningRateLab": 0,
    "VanishingGradientLab": 0,
    "InitializationLab": 0,
    "DeadReLULab": 0,
    "BatchNormLab": 0,
    "DropoutLab": 0,
    "LossLab": 1,
    "BowlLab": 0,
    "OptimizerRaceLab": 1,
    "BackpropStepperLab": 0,
    "PlaygroundLab": 0,
}
LIVE = "PlaygroundLab"
HEADINGS = (
    "lab",
    "times faster",
    "move, ms (p95)",
    "interact, ms (p95)",
    "yardstick, ms",
    "drag, times",
    "drag, pictures/s",
    "interact",
    "drain, ms",
    "interact",
    "memory, MB",
)


def main(
    only: Annotated[str, typer.Option(help="Which labs, with commas between.")] = ",".join(LABS),
    moves: Annotated[int, typer.Option(help="Key presses for the median.")] = 30,
    turns: Annotated[int, typer.Option(help="Turns of a lab and its rival, a drag each.")] = 3,
    memory: Annotated[int, typer.Option(help="Moves for the memory; 0 leaves it out.")] = 2000,
    delay: Annotated[bool, typer.Option(help="Leave the server's delay of 40 ms in.")] = False,
):
    """Print what a slider's move, a drag and a live training cost, and what memory they take."""
    for name in clean_environment():
        print(f"{name} was set and is unset for the measurement: it slows NumPy alone.")
    if os.getloadavg()[0] > 0.5:
        print("The machine is busy with other work: trust the ratios, not the times.")
    print(line(HEADINGS), flush=True)
    for name in only.split(","):
        with jupyter(name, memory, delay) as course:  # a server each: no tab of another lab in it
            course.run_cell(0)
            print(line([name, *measure(course, LABS[name], moves, turns, memory)]), flush=True)
            if name == LIVE:
                ours, theirs = live(course)
                print(f"{LIVE} live: {ours:.1f} pictures a second, {theirs:.1f} by Play.")


def line(cells):
    """Write a row of the table."""
    return "  ".join(
        f"{cell:>{max(len(heading), 9)}}" if i else f"{cell:<20}"
        for i, (cell, heading) in enumerate(zip(cells, HEADINGS, strict=True))
    )


def measure(course, slider, moves, turns, memory):
    """Measure a lab and its rival in turns; give the row of a table."""
    times, rates, drains = ([], [], []), ([], []), ([], [])
    cells = 1, 2, 3  # the lab, its rival and the yardstick
    for index in cells:
        course.run_cell(index)
    for _ in range(turns):  # what slows the machine for a while slows all of them
        for index, (cell, moved) in enumerate(zip(cells, (slider, slider, 0), strict=True)):
            watched = Watched(course, cell, moved)
            times[index].extend(watched.press() for _ in range(-(-moves // turns)))
            if index < len(rates):
                rate, drain = watched.drag()
                rates[index].append(rate)
                drains[index].append(drain)
    (ours, theirs, plain), (fast, slow) = map(np.median, times), map(np.median, rates)
    left = [f"{np.median(row):.0f}" for row in drains]
    return [
        f"{theirs / ours:.1f}",
        *(f"{np.median(row):.0f} ({np.percentile(row, 95):.0f})" for row in times[:2]),
        f"{plain:.0f}",
        f"{fast / slow:.1f}" if slow else "–",
        *(f"{rate:.0f}" for rate in (fast, slow)),
        *left,
        held(course) if memory else "–",
    ]


def held(course):
    """Run the cell that measures memory."""
    course.page.set_default_timeout(600_000)
    course.run_cell(4)
    course.page.set_default_timeout(60_000)
    return course.outputs(4)[-1]["data"]["text/plain"]


def live(course):
    """Give the pictures a second of a training that plays, ours and the usual way."""
    course.run_cell(1)
    ours = Watched(course, 1).frames("button:has-text('play'), button:has-text('pause')")
    course.run_cell(5)
    theirs = Watched(course, 5).frames(".jupyter-widget-play button, .widget-play button")
    return ours, theirs


@contextmanager
def jupyter(name, memory, delay):
    """Start JupyterLab as the course does, and a browser; open a notebook for a lab."""
    home, folder = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
    (folder / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks/01_take_four_steps.ipynb", folder / "notebooks")
    nbformat.write(notebook(name, memory), folder / "lab.ipynb")
    config = {
        "LabApp": {"expose_app_in_browser": True},
        "ServerApp": {"jpserver_extensions": {"backprop_lab.cli.no_delay": not delay}},
    }
    (home / "jupyter_lab_config.json").write_text(json.dumps(config))
    command = [BACKPROP_LAB, "--no-browser", f"--port={free_port()}"]
    executable = next(filter(None, map(shutil.which, BROWSERS)))
    with running(command, folder=folder, home=home) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=BROWSER_FLAGS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(60_000)
        course = CoursePage(page, server.url, server.token)
        course.open("lab.ipynb")
        yield course
        page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")
        browser.close()
    shutil.rmtree(home)
    shutil.rmtree(folder)


def notebook(name, memory):
    """Write a notebook with a lab, its rival, and a cell that measures its memory."""
    cells = (
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        f"from backprop_lab.labs import {name}\n"
        "from benchmarks.labs.rival import afresh, live_rival, memory, rival, yardstick",
        f"lab = afresh({name})\nlab",
        f"rival({name})",
        "yardstick()",
        f"memory(lab, {memory})",
        f"live_rival({name})",
    )
    made = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    return made


if __name__ == "__main__":
    typer.run(main)
