"""Imports point one way: from the command line down to the network, never back."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import backprop_lab

ROOT = Path(backprop_lab.__file__).parent

# What each room may import beside itself and the standard library.
MAY_IMPORT = {
    "backprop_lab": set(),
    "nn": {"numpy"},
    "data": {"numpy"},
    "clinic": {"numpy", "nn", "data"},
    "plots": {"numpy", "matplotlib", "PIL", "nn", "data"},
    "labs": {
        "numpy",
        "matplotlib",
        "PIL",
        "ipywidgets",
        "IPython",
        "traitlets",
        "nn",
        "data",
        "clinic",
        "plots",
        "grading",
    },
    "sandbox": {"numpy"},
    "grading": {"numpy", "jinja2", "markupsafe", "platformdirs", "IPython", "nn", "clinic"},
    "classroom": {
        "backprop_lab",
        "numpy",
        "distributed",
        "jinja2",
        "nbconvert",
        "nbformat",
        "nbgrader",
        "sqlalchemy",
        "traitlets",
        "plots",
        "grading",
        "sandbox",
    },
    "cli": {
        "backprop_lab",
        "classroom",
        "data",
        "grading",
        "jupyter_client",
        "jupyter_core",
        "jupyter_server",
        "jupyterlab",
        "jupyterlab_server",
        "markdown_it",
        "nbformat",
        "packaging",
        "rich",
        "sandbox",
        "typer",
    },
}

MODULES = sorted(ROOT.rglob("*.py"))


def room(dotted: str) -> str:
    """Return a module's room: `backprop_lab.nn.linear` is in `nn`, `numpy.linalg` in `numpy`."""
    top, _, rest = dotted.partition(".")
    return rest.partition(".")[0] if top == "backprop_lab" and rest else top


def imported_rooms(path: Path) -> Iterator[str]:
    package = ("backprop_lab", *path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (room(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            source = ".".join([*base, *filter(None, [node.module])])
            if source == "backprop_lab":  # `from backprop_lab import nn` imports a room
                rooms = {alias.name for alias in node.names}
                yield from (name if name in MAY_IMPORT else source for name in rooms)
            else:
                yield room(source)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_imports_only_what_its_room_may(path):
    inside = path.relative_to(ROOT).with_suffix("").parts[0]
    home = "backprop_lab" if inside == "__init__" else inside
    allowed = MAY_IMPORT[home] | {home} | sys.stdlib_module_names
    assert set(imported_rooms(path)) <= allowed


def test_no_room_can_reach_itself():
    def below(name):
        return {name}.union(*(below(other) for other in MAY_IMPORT.get(name, ())))

    for name, others in MAY_IMPORT.items():
        assert name not in set().union(*map(below, others), others), name


def test_nothing_imports_the_command_line():
    assert not any("cli" in others for others in MAY_IMPORT.values())


@pytest.mark.parametrize("module", ["backprop_lab", "backprop_lab.nn", "backprop_lab.data"])
def test_importing_loads_numpy_at_most(module):
    code = (
        f"import sys; before = set(sys.modules); import {module}; print(*set(sys.modules) - before)"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    loaded = {name.partition(".")[0] for name in output.split()}
    assert loaded - sys.stdlib_module_names <= {"backprop_lab", "numpy"}


def test_asking_for_help_loads_neither_jupyter_nor_numpy():
    code = "import sys, backprop_lab.cli; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    loaded = {name.partition(".")[0] for name in output.split()}
    assert not loaded & {"numpy", "jupyterlab", "jupyter_client", "nbformat", "matplotlib"}
