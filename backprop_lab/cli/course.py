"""Find the lessons, and open JupyterLab at the first of them."""

import os
from pathlib import Path
from typing import NoReturn

import typer

LESSON_ONE = "notebooks/01_take_four_steps.ipynb"

# A Jupyter configuration folder of our own: it turns the news question off for the course alone
# and leaves the user's settings as they are.
CONFIG = Path(__file__).with_name("jupyter")


def find_course() -> Path | None:
    """Return the folder that holds `notebooks/`: the working folder, or else the package's."""
    for folder in (Path.cwd(), Path(__file__).parents[2]):
        if (folder / LESSON_ONE).parent.is_dir():
            return folder
    return None


def open_course(*, port: int, browser: bool) -> None:
    """Run JupyterLab at lesson one until the learner stops it.

    Parameters
    ----------
    port : port to serve at; where it is taken, JupyterLab takes the next free one
    browser : whether to open the lesson in the learner's browser
    """
    folder = find_course()
    if folder is None:
        stop(
            f"No lessons here: neither {Path.cwd()} nor the package's folder holds notebooks/. "
            "Go to your copy of the course's repository and run backprop-lab (or make lab) there."
        )
    if not (folder / LESSON_ONE).is_file():
        stop(f"Lesson one is missing: {folder / LESSON_ONE}. Restore it from the repository.")
    try:
        from jupyterlab.labapp import LabApp
    except ImportError as error:
        stop(
            f"JupyterLab does not load ({error}). Run backprop-lab doctor: it says how to mend it."
        )
    where = "in your browser" if browser else "at the address below"
    typer.echo(f"Opening lesson one {where}. Ctrl-C here ends the session.")
    paths = [str(CONFIG), os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    LabApp.launch_instance(jupyter_arguments(folder, port=port, browser=browser))


def jupyter_arguments(folder: Path, *, port: int, browser: bool) -> list[str]:
    """Return the command line that makes JupyterLab show the course in `folder`."""
    arguments = [
        f"--ServerApp.root_dir={folder}",
        # A workspace of its own: tabs left open in other projects stay out of the course.
        f"--LabApp.default_url=/lab/workspaces/backprop-lab/tree/{LESSON_ONE}",
        f"--ServerApp.port={port}",
        f"--ServerApp.open_browser={browser}",
        "--ServerApp.answer_yes=True",  # Ctrl-C stops, without a question
        "--Application.log_level=ERROR",  # calm: the address is still printed
    ]
    if getattr(os, "geteuid", lambda: 1)() == 0:  # containers; Jupyter refuses root otherwise
        arguments.append("--ServerApp.allow_root=True")
    return arguments


def stop(message: str) -> NoReturn:
    """End the command with one sentence on stderr."""
    typer.echo(message, err=True)
    raise typer.Exit(1)
