"""The teacher's page: every command in it is given, in its order, with the real sandbox."""

import contextlib
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from backprop_lab.cli import app

from .conftest import FOUR, GOOD, ONE_WRONG, ROOT, STUB, zipped

PAGE = ROOT / "docs" / "teaching" / "class.md"
BESIDE = Path(sys.executable).parent


def commands():
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """Do what the page says; return the class's folder, and what each command said."""
    folder, said = tmp_path_factory.mktemp("guide"), {}
    files = {
        "Ada Lovelace_31_assignsubmission_file_/work.ipynb": GOOD,
        "Emmy Noether_32_assignsubmission_file_/work.ipynb": ONE_WRONG,
        "Eve Nobody_33_assignsubmission_file_/work.ipynb": STUB,
    }
    (folder / "download.zip").write_bytes(zipped(files))
    for command in commands():
        if command[0] == "cd":
            folder = folder / command[1]
        else:
            said[" ".join(command[:3])] = given(command, folder)
    return folder, said


def given(command, folder):
    """Give a command: ours in this process, which is quicker, others in one of their own."""
    with contextlib.chdir(folder):
        if command[0] == "backprop-lab":
            told = CliRunner().invoke(app, command[1:], env={"COLUMNS": "200", "NO_COLOR": "1"})
            assert told.exit_code == 0, (command, told.output, told.exception)
            return told.output
        path = os.pathsep.join([str(BESIDE), os.environ["PATH"]])
        told = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, "PATH": path}
        )
    assert told.returncode == 0, told
    return told.stdout + told.stderr


def scores(folder):
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "backprop-lab") as gradebook:
        return {each.student.id: each.score for each in gradebook.assignment_submissions(FOUR)}


def test_the_page_leads_to_grades_pages_and_tables(followed):
    folder, said = followed
    assert "Eve Nobody_33" in said["backprop-lab class collect"]
    assert "3 files: 2 new, 1 refused." in said["backprop-lab class collect"]
    assert f"2 submissions of {FOUR}: 2 graded." in said["backprop-lab class grade"]
    assert "ascent sign" in said["backprop-lab class report"]
    for each in (f"feedback/ada/{FOUR}/{FOUR}.html", "exports/moodle.csv", "exports/canvas.csv"):
        assert (folder / each).is_file()


def test_nbgraders_own_command_gives_the_same_points(followed):
    folder, said = followed
    assert scores(folder) == {"ada": 8, "emmy": 7}
    assert "Autograding" in said["nbgrader autograde 01_take_four_steps"]


def test_grading_after_nbgrader_has_nothing_to_do(followed):
    folder, _ = followed
    said = given(["backprop-lab", "class", "grade"], folder)
    assert f"2 submissions of {FOUR}: 2 unchanged." in said


@pytest.fixture(scope="module")
def formgrader(followed):
    """A real Jupyter server in the class's folder; returns what it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter", "server", "--allow-root", "--no-browser"),
            *("--ip=127.0.0.1", f"--port={port}", "--IdentityProvider.token="),
        ],
        cwd=followed[0],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def ask(path):
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=30).read().decode()

    try:
        _wait(lambda: ask("api"))
        yield ask
    finally:
        server.terminate()
        server.wait()


def _wait(ready, most=60):
    end = time.monotonic() + most
    while True:
        try:
            return ready()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def test_formgrader_opens_the_class_and_shows_a_submission(formgrader):
    (assignment,) = [
        each
        for each in json.loads(formgrader("formgrader/api/assignments"))
        if each["name"] == FOUR
    ]
    assert (assignment["num_submissions"], assignment["max_score"]) == (2, 8)
    rows = json.loads(formgrader(f"formgrader/api/submissions/{FOUR}"))
    assert {(each["student"], each["autograded"]) for each in rows if each["submitted"]} == {
        ("ada", True),
        ("emmy", True),
    }
    notebooks = json.loads(formgrader(f"formgrader/api/submitted_notebooks/{FOUR}/{FOUR}"))
    emmy = next(each for each in notebooks if each["student"] == "emmy")
    page = formgrader(f"formgrader/submissions/{emmy['id']}/")
    assert "def sgd_step" in re.sub("<[^>]*>", "", page)
    assert "✗ sgd_step: Your step goes up the gradient" in page
