"""Starting and stopping the course: in a fresh clone, beside another server, with Ctrl-C."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.server import BACKPROP_LAB, newcomer, running, wait_for

ROOT = Path(__file__).parents[2]
LESSON = "01_take_four_steps.ipynb"

needs_a_terminal = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX terminal")
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@needs_a_terminal
def test_a_taken_port_is_passed_over_and_ctrl_c_stops_without_a_question(tmp_path):
    import pexpect

    with socket.socket() as other_server:
        other_server.bind(("127.0.0.1", 0))
        other_server.listen()
        taken = other_server.getsockname()[1]
        terminal = pexpect.spawn(
            BACKPROP_LAB,
            ["--no-browser", f"--port={taken}"],
            cwd=ROOT,
            env=os.environ | newcomer(tmp_path),
            encoding="utf-8",
            timeout=60,
        )
        terminal.expect(rf"http://localhost:(\d+)/\S*{LESSON}\?token=")
        assert int(terminal.match[1]) != taken
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert "[n]" not in terminal.before
    assert "Traceback" not in terminal.before


@pytest.mark.slow
@needs_make
def test_make_lab_in_a_fresh_clone_opens_lesson_one_twice(tmp_path):
    clone, browser, opened = tmp_path / "clone", tmp_path / "browser", tmp_path / "opened"
    leftovers = shutil.ignore_patterns(".venv", ".uv", ".git", "__pycache__", "artifacts")
    shutil.copytree(ROOT, clone, ignore=leftovers)
    browser.write_text(
        f'#!/bin/sh\ncp "${{1#file://}}" {opened}.part && mv {opened}.part {opened}\n'
    )
    browser.chmod(0o755)
    bare = {
        # make and a Python, but no uv: the Makefile has to get its own.
        "PATH": os.pathsep.join([str(Path(sys._base_executable).parent), "/usr/bin", "/bin"]),
        "BROWSER": f"{browser} %s",
    }
    for attempt in ("first", "second"):
        home = tmp_path / attempt
        home.mkdir()
        with running(["make", "lab"], folder=clone, home=home, timeout=600, **bare) as server:
            page = f"{server.url}lab?token={server.token}"
            assert urllib.request.urlopen(page).status == 200
            assert wait_for(opened.exists)
            assert LESSON in opened.read_text()
        opened.unlink()


@pytest.mark.slow
@needs_make
@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        ("exit 1", "needs Python 3.11 to 3.14"),
        ('case "$2" in *ensurepip*) exit 1;; esac; exec {python} "$@"', "without its venv module"),
    ],
)
def test_make_says_what_the_machine_lacks(tmp_path, python, sentence):
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("make", "sh"):
        (tmp_path / name).symlink_to(shutil.which(name))
    fake = tmp_path / "python3"
    fake.write_text("#!/bin/sh\n" + python.format(python=sys._base_executable))
    fake.chmod(0o755)
    result = subprocess.run(
        ["make", "lab"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert sentence in result.stdout
