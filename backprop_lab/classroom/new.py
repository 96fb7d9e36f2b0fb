"""Begin a class: a folder that nbgrader, its formgrader and the commands here all understand."""

import secrets
from importlib.resources import files
from pathlib import Path

from .course import CONFIG, ClassError, in_plain_words, write_together

SECRET = ".class_secret"


def begin(folder: Path, solutions: Path | None) -> list[str]:
    """Make a class's folder, with the course's solutions as the sources of its assignments.

    Parameters
    ----------
    folder : to make; must not exist, or be empty
    solutions : folder with the solution notebooks; each becomes an assignment of its own name

    Returns
    -------
    names of the assignments

    Raises
    ------
    ClassError
        If there is something in the folder already, or there are no solutions.
    """
    notebooks = sorted(solutions.glob("*_*.ipynb")) if solutions else []
    if not notebooks:
        raise ClassError(
            f"There are no solutions to make assignments from{f' in {solutions}' * bool(solutions)}"
            ". Give the command in your copy of the course's repository, or name the folder: "
            "--solutions FOLDER."
        )
    with in_plain_words():
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ClassError(f"{folder} holds something already. Name a folder that is new.")
        sources = {folder / "source" / each.stem / each.name: each for each in notebooks}
        texts = {CONFIG: "nbgrader_config.py.txt", "README.md": "README.md.txt"}
        write_together(
            {path: each.read_bytes() for path, each in sources.items()}
            | {folder / name: _template(text) for name, text in texts.items()}
            | {folder / "students_example.csv": _template("students_example.csv")}
            | {folder / SECRET: secrets.token_hex(32).encode()}
        )
        (folder / SECRET).chmod(0o600)
    return [each.stem for each in notebooks]


def secret(root: Path) -> bytes:
    """Read the class's secret, from which seeds of hidden tests are made.

    Raises
    ------
    ClassError
        If it is gone.
    """
    try:
        return (root / SECRET).read_bytes()
    except FileNotFoundError:
        raise ClassError(
            f"{root / SECRET} is gone: hidden tests are drawn from it. Put it back from a copy of "
            f"the class's folder, or make a new one: a file with one long line that nobody guesses."
        ) from None


def _template(name: str) -> bytes:
    return (files("backprop_lab.classroom") / "templates" / name).read_bytes()
