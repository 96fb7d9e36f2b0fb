"""Progress on disk: two at once, a crash in the middle, damage, and disks that refuse."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from backprop_lab.grading import check, hint, journal, solution
from backprop_lab.grading.journal import (
    TABLES,
    Attempt,
    HintShown,
    Predicted,
    SolutionSeen,
    add,
    events,
    forget,
)

WRITES_FOREVER = """
import itertools
from backprop_lab.grading.journal import Attempt, add
for number in itertools.count():
    add(Attempt("sgd_step", False, f"number {number}"))
    print(number, flush=True)
"""
WRITES_MANY = """
import sys
from backprop_lab.grading.journal import Attempt, add, events
sys.stdin.readline()
for number in range(100):
    add(Attempt("sgd_step", False, f"{sys.argv[1]} {number}"))
    events(Attempt)
"""


@pytest.fixture(autouse=True)
def a_new_session(monkeypatch):
    monkeypatch.setattr(journal, "_said", set())
    monkeypatch.setattr(journal, "_unkept", {kind: [] for kind in TABLES})


def python(code, *arguments, **options):
    command = [sys.executable, "-c", code, *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, **pipes | options)


def right(x, W, b):
    return x @ W + b


def test_every_kind_of_event_comes_back_as_it_was():
    kept = [
        Attempt("sgd_step", False, "lr_twice", "params"),
        HintShown("sgd_step", "", 1),
        SolutionSeen("sgd_step"),
        Predicted("Why?", "2.3", True),
    ]
    for event in kept:
        add(event)
    assert [event for kind in TABLES for event in events(kind)] == kept


def test_events_come_back_in_order():
    for number in range(5):
        add(HintShown("sgd_step", "", number))
    assert [each.number for each in events(HintShown)] == list(range(5))


def test_looking_makes_no_file(progress_file):
    assert events(Attempt) == []
    assert not progress_file.exists()


def test_missing_folders_are_made(progress_file, monkeypatch):
    deep = progress_file.parent / "a" / "b" / "progress.sqlite"
    monkeypatch.setenv("BACKPROP_LAB_PROGRESS", str(deep))
    add(SolutionSeen("relu"))
    assert deep.exists()


def test_without_the_variable_it_is_in_the_users_data_folder(monkeypatch):
    monkeypatch.delenv("BACKPROP_LAB_PROGRESS")
    assert journal.path().name == "progress.sqlite"
    assert journal.path().parent.name == "backprop-lab"
    assert journal.path().is_absolute()


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_other_users_can_not_read_it(progress_file):
    add(SolutionSeen("relu"))
    assert progress_file.stat().st_mode & 0o077 == 0


def test_two_notebooks_at_once_lose_nothing(capfd):
    writers = [python(WRITES_MANY, name) for name in ("one", "two", "three")]
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    said = [writer.communicate()[0] for writer in writers]

    assert said == ["", "", ""]
    assert {each.diagnosis for each in events(Attempt)} == {
        f"{name} {number}" for name in ("one", "two", "three") for number in range(100)
    }
    assert len(events(Attempt)) == 300


def test_threads_of_one_notebook_lose_nothing():
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: add(HintShown("relu", "", number)), range(80)))
    assert sorted(each.number for each in events(HintShown)) == list(range(80))
    assert not any(journal._unkept.values())


@pytest.mark.skipif(os.name != "posix", reason="needs kill -9")
@pytest.mark.parametrize("writes", [1, 7, 40])
def test_killed_in_the_middle_of_a_write_nothing_that_was_kept_is_lost(progress_file, writes):
    writer = python(WRITES_FOREVER)
    for _ in range(writes):
        writer.stdout.readline()
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged = writes + len(writer.stdout.read().splitlines())
    writer.wait()

    kept = [each.diagnosis for each in events(Attempt)]
    assert kept == [f"number {number}" for number in range(len(kept))]
    assert len(kept) - acknowledged in (0, 1)
    with sqlite3.connect(progress_file) as file:
        assert file.execute("pragma integrity_check").fetchone() == ("ok",)
    file.close()


def damaged_head(file):
    file.write_bytes(b"this is no database " * 500)


def damaged_pages(file):
    whole = bytearray(file.read_bytes())
    whole[100:] = os.urandom(len(whole) - 100)
    file.write_bytes(whole)


def cut_short(file):
    file.write_bytes(file.read_bytes()[:5000])


@pytest.mark.parametrize("damage", [damaged_head, damaged_pages, cut_short])
def test_a_damaged_file_is_moved_aside_and_a_new_one_begun(progress_file, capsys, damage):
    add(Attempt("relu", True))
    damage(progress_file)
    damaged = progress_file.read_bytes()

    assert check("affine_forward", right).passed
    add(SolutionSeen("relu"))

    assert events(Attempt) == [Attempt("affine_forward", True)]
    (aside,) = progress_file.parent.glob("progress-damaged-*.sqlite")
    assert aside.read_bytes() == damaged
    said = capsys.readouterr()
    assert said.out.count("was damaged") == 1
    assert str(aside) in said.out
    assert said.err == ""


def test_no_old_log_stays_behind_to_be_played_back_into_the_new_file(progress_file):
    for end in ("", "-wal", "-shm"):
        progress_file.with_name(f"progress.sqlite{end}").write_text(f"damaged{end}")
    journal._move_aside(progress_file)
    left = {
        file.name[len("progress-damaged-20260101-000000") :]: file.read_text()
        for file in progress_file.parent.iterdir()
    }
    assert left == {f".sqlite{end}": f"damaged{end}" for end in ("", "-wal", "-shm")}


def test_two_who_find_the_damage_at_once_move_it_once(progress_file):
    damaged_head(progress_file)
    writers = [python(WRITES_MANY, name) for name in ("one", "two")]
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
    assert len(list(progress_file.parent.glob("progress-damaged-*.sqlite"))) == 1
    assert len(events(Attempt)) == 200


def a_file_in_the_way(file):
    (file.parent / "way").write_text("")
    return file.parent / "way" / "progress.sqlite"


def a_folder_of_that_name(file):
    file.mkdir()
    return file


def a_folder_that_takes_no_files(file):
    return "/proc/progress/progress.sqlite"


def somebody_elses_tables(file):
    with sqlite3.connect(file) as other:
        for name in TABLES.values():
            other.execute(f"create table {name} (soup)")
    other.close()
    return file


@pytest.fixture(
    params=[
        a_file_in_the_way,
        a_folder_of_that_name,
        a_folder_that_takes_no_files,
        somebody_elses_tables,
    ]
)
def no_room(request, progress_file, monkeypatch):
    monkeypatch.setenv("BACKPROP_LAB_PROGRESS", str(request.param(progress_file)))


def test_where_it_can_not_be_kept_a_check_works_and_says_so_once(no_room, capsys):
    assert check("affine_forward", right).passed
    assert check("affine_forward", right).passed

    said = capsys.readouterr()
    assert said.out.count("not kept on disk") == 1
    assert said.out.count("\n") == 1
    assert said.err == ""  # a grader takes words there for a failed check


def test_where_it_can_not_be_kept_memory_remembers(no_room):
    assert solution("affine_forward").title == "Not before an attempt"
    check("affine_forward", lambda x, W, b: x @ W)
    assert hint("affine_forward").title.startswith("1 of 3")
    assert hint("affine_forward").title.startswith("2 of 3")
    assert solution("affine_forward").code


FILLS_THE_DISK = """
import resource, sys
from backprop_lab.grading import check
from backprop_lab.grading.journal import Attempt, events
before, room = map(int, sys.argv[1:])
for number in range(40):
    if number == before:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    assert check("affine_forward", lambda x, W, b: x @ W + b).passed
assert len(events(Attempt)) == 40
"""


@pytest.mark.skipif(os.name != "posix", reason="needs limits on a file's size")
@pytest.mark.parametrize(("before", "room"), [(0, 0), (0, 30_000), (5, 0), (5, 6_000)])
def test_a_full_disk_stops_no_check_and_harms_no_row(before, room):
    writer = python(FILLS_THE_DISK, str(before), str(room))
    said, _ = writer.communicate()

    assert writer.returncode == 0
    assert said.count("not kept on disk") == 1
    assert before <= len(events(Attempt)) < 40
    assert not any(journal._unkept.values())


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_stops_no_check(progress_file, capsys):
    progress_file.parent.chmod(0o555)
    try:
        assert check("affine_forward", right).passed
    finally:
        progress_file.parent.chmod(0o755)
    assert "not kept on disk" in capsys.readouterr().out


def test_somebody_who_never_stops_writing_makes_no_check_fail(progress_file, monkeypatch, capsys):
    monkeypatch.setattr(journal, "WAIT", 0.05)
    add(SolutionSeen("relu"))
    other = sqlite3.connect(progress_file)
    other.execute("begin immediate")
    assert check("affine_forward", right).passed
    other.rollback()
    other.close()
    assert "locked" in capsys.readouterr().out
    assert events(Attempt) == [Attempt("affine_forward", True)]


def test_a_short_wait_for_another_notebook_loses_nothing(progress_file):
    add(SolutionSeen("relu"))
    other = sqlite3.connect(progress_file, check_same_thread=False)
    other.execute("begin immediate")
    threading.Timer(0.1, other.rollback).start()
    add(SolutionSeen("mse"))
    other.close()
    assert not any(journal._unkept.values())
    assert len(events(SolutionSeen)) == 2


def test_forget_deletes_everything_even_beside_an_open_notebook(progress_file):
    for event in (Attempt("relu", True), HintShown("relu", "", 1), Predicted("?", "1", False)):
        add(event)
    open_notebook = sqlite3.connect(progress_file)
    open_notebook.execute("select * from attempts").fetchall()
    forget()
    open_notebook.close()
    assert [event for kind in TABLES for event in events(kind)] == []
    add(Attempt("relu", True))
    assert events(Attempt) == [Attempt("relu", True)]


def test_a_check_keeps_the_outcome_and_nothing_of_the_code(progress_file):
    def my_own_secret_function(x, W, b):
        """A secret that is my own."""
        raise ValueError("secret, too")

    check("affine_forward", my_own_secret_function)
    check("affine_forward", lambda x, W, b: x @ W)

    assert events(Attempt) == [
        Attempt("affine_forward", False, None, "out"),
        Attempt("affine_forward", False, "bias_missing", "out"),
    ]
    assert not re.search(b"secret|lambda|return", progress_file.read_bytes())


def test_a_stub_a_typo_and_a_graders_run_are_no_attempts(monkeypatch):
    def unwritten(x, W, b):
        raise NotImplementedError

    check("affine_forward", unwritten)
    check("affine_forwards", right)
    check(right, "affine_forward")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    check("affine_forward", right)
    assert events(Attempt) == []
