"""One process or two: the same marks, few jobs in hand, and a killed process is told."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from backprop_lab.classroom import markers
from backprop_lab.classroom.course import ClassError
from backprop_lab.classroom.grade import job
from backprop_lab.classroom.markers import marker, sliding
from backprop_lab.classroom.released import released

from .conftest import FOUR, GOOD, ONE_WRONG


@pytest.fixture
def jobs(course):
    with course.gradebook() as gradebook:
        (notebook,) = released(course, gradebook, FOUR)
    return [
        job(course, notebook, student, None, data)
        for student, data in (("ada", GOOD), ("emmy", ONE_WRONG), ("jose", b"{"))
    ]


def test_two_processes_give_what_one_gives(jobs):
    alone = {each.student: each for each in marker(1)(jobs)}
    together = {each.student: each for each in marker(2)(jobs)}
    assert together == alone
    assert [alone[each].points for each in ("ada", "emmy", "jose")] == [8, 7, 0]


def test_few_jobs_are_in_hand_however_many_there_are():
    drawn, done = [], []

    def submit(each):
        drawn.append(each)
        future = Future()
        future.set_result(each)
        return future

    for record in sliding(submit, iter(range(100)), 4):
        done.append(record)
        assert len(drawn) - len(done) < 4
    assert sorted(done) == list(range(100))


def _ended(unsandboxed, job):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_killed_is_told_in_a_sentence(jobs, monkeypatch):
    monkeypatch.setattr(markers, "_marked_apart", _ended)
    with pytest.raises(ClassError, match="ended from outside.*give the same command again"):
        list(marker(2)(jobs))


ABANDONED = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from backprop_lab.classroom.markers import _end_with_parent

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, get_context("spawn"), _end_with_parent)
    print(pool.submit(os.getpid).result(), flush=True)
    os.kill(os.getpid(), 9)
"""


def test_who_marks_does_not_outlive_a_grader_that_was_killed(tmp_path):
    program = tmp_path / "abandoned.py"
    program.write_text(ABANDONED)
    done = subprocess.run([sys.executable, program], stdout=subprocess.PIPE, text=True)
    worker, deadline = Path(f"/proc/{int(done.stdout)}"), time.monotonic() + 30
    while worker.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not worker.exists()


def test_a_process_that_marks_does_not_load_nbgrader():
    code = "import sys, backprop_lab.classroom.markers; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"nbgrader", "nbformat"} & {*ran.stdout.split()}
