"""Examine the environment: each check says what it found and, where needed, how to mend it."""

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from subprocess import DEVNULL

from backprop_lab.cli.course import LESSON_ONE, find_course

REINSTALL = (
    "Build the environment anew, in the course's folder: make clean lab (without make: "
    "uv sync --reinstall)."
)


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes
    ----------
    ok : whether all is well
    what : what was found
    mend : what it means and how to mend it; empty where all is well
    """

    ok: bool
    what: str
    mend: str = ""


def check_python() -> Iterator[Finding]:
    """Check that the course supports this Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    ok = (3, 11) <= sys.version_info < (3, 15)
    mend = "The course needs Python 3.11 to 3.14: https://www.python.org/downloads/"
    yield Finding(ok, f"Python {version}", "" if ok else mend)


def check_packages() -> Iterator[Finding]:
    """Check that each package the course needs is installed, in a version that it works with."""
    from packaging.requirements import Requirement

    for line in metadata.requires("backprop-lab") or ():
        need = Requirement(line)
        try:
            version = metadata.version(need.name)
        except metadata.PackageNotFoundError:
            yield Finding(False, f"{need.name} is not installed", REINSTALL)
            continue
        ok = need.specifier.contains(version, prereleases=True)
        mend = f"The course needs {need}. {REINSTALL}"
        yield Finding(ok, f"{need.name} {version}", "" if ok else mend)


def check_kernel() -> Iterator[Finding]:
    """Check that the kernel that runs the notebooks starts, answers, and is this Python."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(30, stdout=DEVNULL, stderr=DEVNULL)
    try:
        prefix = _ask(client, "import sys; print(sys.prefix)").strip()
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    ok = os.path.realpath(prefix) == os.path.realpath(sys.prefix)
    mend = (
        f"Notebooks run in {prefix or 'an unknown Python'}, but the course is installed in "
        f"{sys.prefix}. Remove the other kernel: jupyter kernelspec remove python3"
    )
    yield Finding(ok, "kernel python3 starts and answers", "" if ok else mend)


def _ask(client, code: str) -> str:
    answers = []

    def keep(message):
        if message["msg_type"] == "stream":
            answers.append(message["content"]["text"])

    client.execute_interactive(code, timeout=10, output_hook=keep)
    return "".join(answers)


def check_sliders() -> Iterator[Finding]:
    """Check that JupyterLab finds the front end of ipywidgets: without it a lab is plain text."""
    from jupyter_core.paths import jupyter_path
    from jupyterlab_server.config import get_page_config

    name = "@jupyter-widgets/jupyterlab-manager"
    page = get_page_config(jupyter_path("labextensions"))
    found = name in {extension["name"] for extension in page["federated_extensions"]}
    if found and name in page["disabledExtensions"]:
        mend = f"Sliders would show as text. Run: jupyter labextension enable {name}"
        yield Finding(False, "sliders and buttons (ipywidgets) are disabled", mend)
    elif found:
        yield Finding(True, "sliders and buttons (ipywidgets) found by JupyterLab")
    else:
        mend = f"Sliders would show as text: jupyterlab_widgets is broken or missing. {REINSTALL}"
        yield Finding(False, "sliders and buttons (ipywidgets) not found by JupyterLab", mend)


def check_digits() -> Iterator[Finding]:
    """Check that the handwritten digits load."""
    from backprop_lab import data

    images, labels = data.digits()
    ok = len(images) == len(labels) == 1797
    yield Finding(ok, f"{len(images)} handwritten digits", "" if ok else REINSTALL)


def check_lessons() -> Iterator[Finding]:
    """Check that the lessons are there, can be read, and can be saved."""
    import nbformat

    folder = find_course()
    if folder is None:
        mend = "Run backprop-lab in your copy of the course's repository."
        yield Finding(False, "no lessons in this folder or beside the package", mend)
        return
    if not (folder / LESSON_ONE).is_file():
        yield Finding(False, f"{LESSON_ONE} is missing", "Restore it from the repository.")
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        try:
            nbformat.validate(nbformat.read(path, as_version=4))
            yield Finding(True, f"notebooks/{path.name} can be read")
        except Exception as error:
            mend = f"{_first_line(error)}. Restore the file from the repository."
            yield Finding(False, f"notebooks/{path.name} cannot be read", mend)
    try:
        tempfile.TemporaryFile(dir=folder / "notebooks").close()
        yield Finding(True, f"{folder / 'notebooks'} can be written to")
    except OSError as error:
        mend = f"Your work could not be saved ({error.strerror}): copy the course elsewhere."
        yield Finding(False, f"{folder / 'notebooks'} cannot be written to", mend)


def check_port(first: int = 8888, tries: int = 50) -> Iterator[Finding]:
    """Check that one of the ports that JupyterLab tries is free."""
    for port in range(first, first + tries):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            yield Finding(True, f"port {port} is free")
            return
    mend = (
        "Close other Jupyter servers (jupyter server list), or pick one: backprop-lab --port 9000"
    )
    yield Finding(False, f"ports {first} to {first + tries - 1} are all in use", mend)


CHECKS = {
    "Python": check_python,
    "the packages": check_packages,
    "the notebook kernel": check_kernel,
    "the sliders": check_sliders,
    "the digits": check_digits,
    "the lessons": check_lessons,
    "the ports": check_port,
}


def examine() -> Iterator[Finding]:
    """Run every check; one that breaks is a finding too, never a stack trace."""
    for subject, check in CHECKS.items():
        try:
            yield from check()
        except Exception as error:
            mend = f"{type(error).__name__}: {_first_line(error)}. {REINSTALL}"
            yield Finding(False, f"{subject} could not be examined", mend)


def report(findings: Iterator[Finding]) -> bool:
    """Print each finding as it comes; return whether all is well."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    problems = 0
    for finding in findings:
        mark = Text("ok       ", "green") if finding.ok else Text("problem  ", "bold red")
        console.print(mark + Text(finding.what), soft_wrap=True)
        if not finding.ok:
            problems += 1
            console.print(Padding(Text(finding.mend), (0, 0, 0, 9)))
    if problems:
        console.print(f"\n{problems} to mend.", style="bold")
    else:
        console.print("\nAll is well. Start with: backprop-lab", style="bold")
    return problems == 0


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")
