"""A real scheduler and two real workers, one killed in the middle: nothing lost, nothing twice."""

import os
import signal
import sys
from collections import Counter
from contextlib import contextmanager
from subprocess import DEVNULL

import psutil
import pytest
from typer.testing import CliRunner

from backprop_lab.classroom import cluster as on_cluster
from backprop_lab.classroom.course import ClassError
from backprop_lab.classroom.grade import grade
from backprop_lab.cli import app

from .conftest import FOUR, as_bytes, notebook

distributed = pytest.importorskip("distributed")

UNHURRIED = "import time; time.sleep(0.3)\ndef "
SLOW_ONE_WRONG = as_bytes(
    notebook(sgd_step=f"{UNHURRIED}sgd_step(params, grads, lr):\n    return params")
)
DASK = [sys.executable, "-m", "dask"]
QUIET = ["--no-dashboard", "--host", "127.0.0.1"]


@contextmanager
def workers(folder, number, failures=3):
    """Run a scheduler with workers on loopback; yield its address and the workers."""
    file = folder / "scheduler.json"
    env = os.environ | {
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(failures),
        "DASK_TEMPORARY_DIRECTORY": str(folder),
    }
    commands = [
        ["scheduler", "--port", "0"],
        *[["worker", "--no-nanny", "--nthreads", "1"]] * number,
    ]
    running = [
        psutil.Popen(
            [*DASK, *each, *QUIET, "--scheduler-file", file], cwd=folder, env=env, stderr=DEVNULL
        )
        for each in commands
    ]
    try:
        with distributed.Client(scheduler_file=str(file), timeout=60) as client:
            client.wait_for_workers(number, timeout=60)
            address = client.scheduler.address
        yield address, running[1:]
    finally:
        below = [child for each in running for child in offspring(each)]
        for each in filter(psutil.Process.is_running, reversed(running)):
            each.terminate()  # the workers first: without a scheduler they would look for it
            if psutil.wait_procs([each], timeout=20)[1]:
                each.kill()
        assert psutil.wait_procs([*running, *below], timeout=30)[1] == []


def offspring(process):
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


@pytest.fixture
def class_of_sixteen(course):
    students = [f"student{number:02}" for number in range(16)]
    lines = [f"{each},A,B,{each}@example.org," for each in students]
    header = "id,first_name,last_name,email,lms_user_id"
    (course.root / "students.csv").write_text("\n".join([header, *lines]))
    for each in students:
        place = course.folder("submitted", each, FOUR)
        place.mkdir(parents=True)
        (place / f"{FOUR}.ipynb").write_bytes(SLOW_ONE_WRONG)
    return course


def scores(course):
    with course.gradebook() as gradebook:
        return Counter(each.score for each in gradebook.assignment_submissions(FOUR))


# Dask gives the batch of a killed worker to another, up to three times; then it gives it up.
@pytest.mark.slow
@pytest.mark.parametrize("failures", [3, 0])
def test_with_a_worker_killed_in_the_middle_everybody_is_graded_once(
    class_of_sixteen, tmp_path, monkeypatch, failures
):
    monkeypatch.setattr(on_cluster, "BATCH", 2)
    told, killed = [], []

    def kill_one_that_is_busy(record, new):
        told.append((record.student, record.status, new))
        if not killed:
            client = distributed.default_client()
            busy = next(worker for worker, batches in client.processing().items() if batches)
            pid = client.run(os.getpid, workers=[busy])[busy]
            killed.extend([psutil.Process(pid), *offspring(psutil.Process(pid))])
            os.kill(pid, signal.SIGKILL)

    with workers(tmp_path, 2, failures) as (address, both):
        marker = on_cluster.cluster(address)
        grade(class_of_sixteen, FOUR, marker, tell=kill_one_that_is_busy)
        assert killed[0].pid in [each.pid for each in both]
        assert len(killed) > 1  # it had a room of its own
        assert psutil.wait_procs(killed, timeout=30)[1] == []
    names = [f"student{number:02}" for number in range(16)]
    assert sorted(told) == [(each, "graded", True) for each in names]
    assert scores(class_of_sixteen) == {7: 16}

    told.clear()
    grade(class_of_sixteen, FOUR, no_marker, tell=kill_one_that_is_busy)
    assert sorted(told) == [(each, "graded", False) for each in names]


def no_marker(jobs):
    assert list(jobs) == []
    return []


def test_a_worker_with_another_version_is_told():
    with pytest.raises(ClassError, match="install the same on all machines"):
        on_cluster.mark_batch([], "0.0.1", False)


def test_without_a_scheduler_a_sentence_says_how_to_start_one(monkeypatch):
    monkeypatch.setattr(on_cluster, "PATIENCE", 1)
    with pytest.raises(ClassError, match="No scheduler .* at tcp://127.0.0.1:9 .*`dask scheduler`"):
        list(on_cluster.cluster("tcp://127.0.0.1:9")([]))


def test_without_dask_the_command_says_how_to_install_it(course, monkeypatch):
    monkeypatch.setitem(sys.modules, "backprop_lab.classroom.cluster", None)
    arguments = ["class", "grade", "--course", str(course.root), "--scheduler", "tcp://here:8786"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "uv sync --extra class" in result.stderr
