"""`backprop-lab class`: what it says where staff have something to mend."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from backprop_lab.cli import app
from backprop_lab.cli.classroom import _print_rows


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")
    return lambda *arguments: CliRunner().invoke(app, ["class", *arguments])


COMMANDS = ["new", "release", "collect", "grade", "feedback", "export", "report"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "--help" in result.stdout


@pytest.mark.parametrize(
    "command",
    [["release"], ["collect", ".", "x"], ["grade"], ["feedback"], ["export"], ["report"]],
)
def test_outside_of_a_class_every_command_says_so_in_a_sentence(
    run, command, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    result = run(*command)
    assert result.exit_code == 1
    assert "is no class: it holds no nbgrader_config.py" in result.stderr
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


WITHOUT = """
import sys
sys.modules["nbgrader"] = None
from backprop_lab.cli import app
app(["class", "grade"])
"""


def test_without_nbgrader_it_says_how_to_install_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 1
    assert "needs nbgrader" in done.stderr
    assert "uv sync --extra class" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_strangers_file_name_gives_the_terminal_no_orders(capsys):
    _print_rows([("\x1b[31m\x07[bold]\u202e\udcff.ipynb",)], ["file"])
    printed = capsys.readouterr().out
    assert "[bold]" in printed
    assert {"\x1b", "\x07", "\u202e", "\udcff"}.isdisjoint(printed)
