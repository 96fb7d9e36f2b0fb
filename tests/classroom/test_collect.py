"""Collect: each file gets a student or a reason, the newest counts, all are kept."""

import os
import subprocess
import sys
from datetime import datetime

import pytest

from backprop_lab.classroom.collect import attempts, collect
from backprop_lab.classroom.course import ClassError, Course, write_together

from .conftest import FOUR, GOOD, ROOT, STUB, zipped


def submitted(course, student):
    return course.folder("submitted", student, FOUR) / f"{FOUR}.ipynb"


def statuses(found):
    return {each.where: (each.student, each.status) for each in found}


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "download.zip"

    def write(files):
        path.write_bytes(zipped(files))
        return path

    return write


def test_a_folder_of_notebooks_is_sorted_to_students(course, download):
    (download / "ada.ipynb").write_bytes(GOOD)
    (download / "Emmy Noether.ipynb").write_bytes(STUB)
    found = collect(course, download, FOUR)
    assert statuses(found) == {
        "ada.ipynb": ("ada", "new"),
        "Emmy Noether.ipynb": ("emmy", "new"),
    }
    assert submitted(course, "ada").read_bytes() == GOOD
    assert submitted(course, "emmy").read_bytes() == STUB


def test_moodles_zip_is_sorted_to_students(course, archive):
    place = archive(
        {
            "José Müller-Ruiz_31_assignsubmission_file_/my work.ipynb": GOOD,
            "Ada Lovelace_32_assignsubmission_file_/notes.pdf": b"%PDF",
            "Emmy Noether_33_assignsubmission_onlinetext_/onlinetext.html": b"<p>hello",
        }
    )
    found = {each.student: each for each in collect(course, place, FOUR)}
    assert found["jose"].status == "new"
    assert found["emmy"].status == "refused"
    assert "this is a .pdf file" in found["ada"].reason


def test_canvass_zip_is_sorted_by_its_numbers_and_the_last_version_counts(course, archive):
    place = archive(
        {
            "lovelaceada_1001_71_work-1.ipynb": GOOD,
            "lovelaceada_1001_70_work.ipynb": STUB,
            "somebodyelse_LATE_1003_72_work.ipynb": STUB,
        }
    )
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(FOUR, duedate=datetime(2026, 12, 1))
    found = statuses(collect(course, place, FOUR))
    assert found["lovelaceada_1001_70_work.ipynb"] == ("ada", "older")
    assert found["somebodyelse_LATE_1003_72_work.ipynb"] == ("jose", "new")
    assert submitted(course, "ada").read_bytes() == GOOD
    stamps = [
        submitted(course, each).with_name("timestamp.txt").read_text() for each in ("ada", "jose")
    ]
    assert stamps[0] == "2026-12-01 00:00:00 UTC"  # Canvas says that it was in time
    assert stamps[1] > stamps[0]


def test_of_two_files_of_one_student_the_newest_counts_and_both_are_kept(course, download):
    for name, data, when in (("ada.ipynb", GOOD, 2e9), ("1001.ipynb", STUB, 1e9)):
        (download / name).write_bytes(data)
        os.utime(download / name, (when, when))
    found = collect(course, download, FOUR)
    assert statuses(found) == {"1001.ipynb": ("ada", "older"), "ada.ipynb": ("ada", "new")}
    assert "ada.ipynb is newer and counts" in found[0].reason
    assert submitted(course, "ada").read_bytes() == GOOD
    assert len(attempts(course, FOUR, "ada", FOUR)) == 2


def test_an_older_file_that_comes_later_does_not_count(course, download):
    for data, when in ((GOOD, 2e9), (STUB, 1e9)):
        (download / "ada.ipynb").write_bytes(data)
        os.utime(download / "ada.ipynb", (when, when))
        found = collect(course, download, FOUR)
    assert found[0].status == "older"
    assert submitted(course, "ada").read_bytes() == GOOD


def test_collecting_twice_changes_nothing(course, download):
    (download / "ada.ipynb").write_bytes(GOOD)
    collect(course, download, FOUR)
    before = {path: path.stat().st_mtime_ns for path in course.root.rglob("*.ipynb")}
    assert collect(course, download, FOUR)[0].status == "unchanged"
    assert {path: path.stat().st_mtime_ns for path in course.root.rglob("*.ipynb")} == before


def test_an_unknown_student_stops_no_other(course, download):
    for name in ("eve", "ada"):
        (download / f"{name}.ipynb").write_bytes(GOOD)
    found = {each.where: each for each in collect(course, download, FOUR)}
    assert "nobody in students.csv" in found["eve.ipynb"].reason
    assert found["ada.ipynb"].status == "new"
    assert not list(course.root.glob("submitted/eve*"))


def test_nothing_is_written_outside_of_the_class(course, archive, tmp_path):
    before = set(tmp_path.rglob("*"))
    place = archive({"../../ada.ipynb": GOOD, "/tmp/emmy.ipynb": GOOD, "jose.ipynb": GOOD})
    collect(course, place, FOUR)
    new = set(tmp_path.rglob("*")) - before - {place}
    assert new
    assert all(path.is_relative_to(course.root) for path in new)
    assert not list(course.root.glob("submitted/ada"))


@pytest.mark.parametrize(
    ("assignment", "place", "says"),
    [
        ("02_check_gradients", ".", "was released. Released are: 01_take_four_steps."),
        (FOUR, "nowhere", "There is no .*nowhere"),
        (FOUR, "no.zip", "no zip that can be read"),
    ],
)
def test_staff_are_told_in_a_sentence(course, tmp_path, assignment, place, says):
    (tmp_path / "no.zip").write_text("no zip")
    with pytest.raises(ClassError, match=says):
        collect(course, tmp_path / place, assignment)


def test_no_class_is_told_in_a_sentence(tmp_path):
    with pytest.raises(ClassError, match="is no class: it holds no nbgrader_config.py"):
        collect(Course(tmp_path), tmp_path, FOUR)


def test_of_two_files_both_are_written_or_none(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="name too long"):
        write_together({tmp_path / "a": b"x", tmp_path / "folder" / ("n" * 300): b"y"})
    assert [each.name for each in tmp_path.rglob("*")] == ["folder"]


FULL = """
import sys
from pathlib import Path
from backprop_lab.classroom.collect import collect
from backprop_lab.classroom.course import ClassError, Course
try:
    collect(Course(Path(sys.argv[1])), Path(sys.argv[2]), "01_take_four_steps")
except ClassError as error:
    print(error)
"""


def test_a_full_disk_is_told_in_a_sentence_and_leaves_no_half(course, download, tmp_path):
    # A limit on the size of files stands in for a full disk: the system refuses in the same place.
    (download / "ada.ipynb").write_bytes(GOOD + b" " * 3_000_000)
    script = tmp_path / "full.py"
    script.write_text(FULL)
    command = f"ulimit -f 1500; exec {sys.executable} {script} {course.root} {download}"
    told = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert told.stdout.startswith("The disk is full"), told
    assert not list(course.root.glob("submitted/ada/**/*.ipynb"))
    assert not list(course.root.rglob("*.part"))


def test_a_single_notebook_is_told_what_to_name_instead(course, download):
    path = download / "ada.ipynb"
    path.write_bytes(GOOD)
    with pytest.raises(ClassError, match="one notebook: name the folder"):
        collect(course, path, FOUR)
