"""What `backprop-lab` says and does, short of a running JupyterLab (tests/e2e has that)."""

import os
import socket
import sys
import tempfile
from importlib import metadata

import jupyter_core.paths
import pytest
from jupyterlab.labapp import LabApp
from typer.testing import CliRunner

from backprop_lab import __version__
from backprop_lab.cli import app, course, doctor
from backprop_lab.cli.doctor import Finding


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    return lambda *arguments: CliRunner().invoke(app, arguments)


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    """A course of one lesson in the working folder."""
    (tmp_path / "notebooks").mkdir()
    lesson = tmp_path / course.LESSON_ONE
    lesson.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def launched(monkeypatch):
    """Stand in for JupyterLab's start: the argument lists it was given."""
    calls = []
    monkeypatch.setattr(LabApp, "launch_instance", calls.append)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/the/learners/own")
    return calls


def test_version(run):
    assert run("--version").stdout.strip() == f"backprop-lab {__version__}"


def test_help_shows_every_option_command_and_an_example(run):
    text = run("--help").stdout
    for word in ("--port", "--no-browser", "--version", "doctor", "backprop-lab --port 9000"):
        assert word in text


def test_an_unknown_command_suggests_the_nearest(run):
    result = run("docter")
    assert result.exit_code == 2
    assert "Did you mean 'doctor'" in result.stderr


@pytest.mark.parametrize("port", ["0", "65536", "eighty"])
def test_a_port_that_cannot_be_is_refused(run, port):
    result = run("--port", port)
    assert result.exit_code == 2
    assert "Invalid value for '--port'" in result.stderr


def test_the_course_opens_from_the_working_folder(run, lessons, launched):
    result = run("--port", "9000", "--no-browser")
    assert result.exit_code == 0
    assert "at the address below" in result.stdout
    (arguments,) = launched
    assert f"--ServerApp.root_dir={lessons}" in arguments
    assert (
        f"--LabApp.default_url=/lab/workspaces/backprop-lab/tree/{course.LESSON_ONE}" in arguments
    )
    assert "--ServerApp.port=9000" in arguments
    assert "--ServerApp.open_browser=False" in arguments


def test_the_learners_own_configuration_still_counts(run, lessons, launched):
    run()
    ours, theirs = os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert (course.CONFIG / "labconfig/page_config.json").is_file()
    assert (ours, theirs) == (str(course.CONFIG), "/the/learners/own")


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_root_is_let_in_and_only_root_needs_to_be(monkeypatch, tmp_path, user, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    arguments = course.jupyter_arguments(tmp_path, port=8888, browser=True)
    assert ("--ServerApp.allow_root=True" in arguments) == allowed


def test_without_lessons_it_says_where_to_go(run, launched, monkeypatch):
    monkeypatch.setattr(course, "find_course", lambda: None)
    result = run()
    assert (result.exit_code, launched) == (1, [])
    assert "your copy of the course's repository" in result.stderr


def test_a_missing_lesson_is_named(run, lessons, launched):
    (lessons / course.LESSON_ONE).unlink()
    result = run()
    assert (result.exit_code, launched) == (1, [])
    assert course.LESSON_ONE in result.stderr


def test_a_broken_jupyterlab_is_one_sentence(run, lessons, monkeypatch):
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    result = run()
    assert result.exit_code == 1
    assert "backprop-lab doctor" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_doctor_finds_nothing_wrong_here(run, lessons):
    result = run("doctor")
    assert result.exit_code == 0, result.stdout
    assert "problem" not in result.stdout
    assert "kernel python3 starts and answers" in result.stdout


def test_doctor_reports_a_problem_with_its_remedy_and_exits_with_1(run, monkeypatch):
    monkeypatch.setattr(
        doctor, "CHECKS", {"the soup": lambda: [Finding(False, "cold", "Heat it.")]}
    )
    result = run("doctor")
    assert result.exit_code == 1
    assert "problem  cold" in result.stdout
    assert "Heat it." in result.stdout


def test_doctor_survives_a_check_that_breaks(run, monkeypatch):
    def check_soup():
        raise RuntimeError("no spoon\nno soup")

    monkeypatch.setattr(doctor, "CHECKS", {"the soup": check_soup})
    result = run("doctor")
    assert result.exit_code == 1
    assert "the soup could not be examined" in result.stdout
    assert "RuntimeError: no spoon." in result.stdout


def problems(check, **arguments):
    return [finding for finding in check(**arguments) if not finding.ok]


def test_doctor_sees_an_old_package(monkeypatch):
    installed = metadata.version
    monkeypatch.setattr(
        metadata, "version", lambda name: {"numpy": "1.26"}.get(name) or installed(name)
    )
    (problem,) = problems(doctor.check_packages)
    assert problem.what == "numpy 1.26"
    assert "numpy>=" in problem.mend


def test_doctor_sees_a_missing_package(monkeypatch):
    installed = metadata.version

    def version(name):
        if name == "jinja2":
            raise metadata.PackageNotFoundError(name)
        return installed(name)

    monkeypatch.setattr(metadata, "version", version)
    (problem,) = problems(doctor.check_packages)
    assert problem.what == "jinja2 is not installed"


def test_doctor_sees_a_kernel_of_another_python(monkeypatch):
    monkeypatch.setattr(doctor, "_ask", lambda client, code: "/another/python\n")
    (problem,) = problems(doctor.check_kernel)
    assert "/another/python" in problem.mend


def test_doctor_sees_missing_sliders(monkeypatch):
    monkeypatch.setattr(jupyter_core.paths, "jupyter_path", lambda *subdirs: [])
    (problem,) = problems(doctor.check_sliders)
    assert "not found" in problem.what


def test_doctor_sees_disabled_sliders(monkeypatch, tmp_path):
    (tmp_path / "labconfig").mkdir()
    config = '{"disabledExtensions": {"@jupyter-widgets/jupyterlab-manager": true}}'
    (tmp_path / "labconfig" / "page_config.json").write_text(config)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    (problem,) = problems(doctor.check_sliders)
    assert "disabled" in problem.what


def test_doctor_sees_a_lesson_that_cannot_be_read(lessons):
    (lessons / "notebooks" / "02_torn.ipynb").write_text('{"cells": [')
    (problem,) = problems(doctor.check_lessons)
    assert "02_torn.ipynb cannot be read" in problem.what


def test_doctor_sees_a_missing_lesson(lessons):
    (lessons / course.LESSON_ONE).unlink()
    (problem,) = problems(doctor.check_lessons)
    assert problem.what == f"{course.LESSON_ONE} is missing"


def test_doctor_sees_a_folder_that_cannot_be_written_to(lessons, monkeypatch):
    def refuse(**arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    (problem,) = problems(doctor.check_lessons)
    assert "cannot be written to" in problem.what
    assert "Permission denied" in problem.mend


def test_doctor_sees_that_no_port_is_free():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        (problem,) = problems(doctor.check_port, first=other.getsockname()[1], tries=1)
    assert "in use" in problem.what
