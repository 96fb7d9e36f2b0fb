"""Handing out: nbgrader itself makes what students get."""

import json
import shutil
from datetime import UTC, datetime

import pytest

from backprop_lab.classroom.course import ClassError, Course
from backprop_lab.classroom.new import begin, secret
from backprop_lab.classroom.release import release, sources
from backprop_lab.classroom.released import released

from .conftest import FOUR, ROOT


def test_what_students_get_is_the_courses_exercise_byte_for_byte(course):
    got = course.folder("release", ".", FOUR) / f"{FOUR}.ipynb"
    assert got.read_bytes() == (ROOT / "exercises" / f"{FOUR}.ipynb").read_bytes()


def test_the_gradebook_knows_checks_points_and_tasks_in_their_order(course):
    with course.gradebook() as gradebook:
        (notebook,) = released(course, gradebook, FOUR)
    assert [(each.tasks, each.points) for each in notebook.checks] == [
        (("affine_forward",), 1),
        (("sgd_step",), 1),
        (("affine_backward",), 3),
        (("softmax_cross_entropy",), 3),
    ]
    assert notebook.points == 8


def test_every_exercise_of_the_course_is_an_assignment(course):
    assert sources(course) == sorted(each.stem for each in (ROOT / "solutions").glob("*.ipynb"))


def test_releasing_again_changes_nothing_but_the_due_date(course):
    got = course.folder("release", ".", FOUR) / f"{FOUR}.ipynb"
    before = got.read_bytes()
    release(course, FOUR, datetime(2027, 1, 31, 18, tzinfo=UTC))
    assert got.read_bytes() == before
    with course.gradebook() as gradebook:
        assert gradebook.find_assignment(FOUR).duedate == datetime(2027, 1, 31, 18)


def test_an_assignment_that_is_not_there_is_told_with_those_that_are(course):
    with pytest.raises(ClassError, match="No assignment 'nothing'.*There are: .*01_take"):
        release(course, "nothing")


def test_a_source_that_nbgrader_refuses_is_told_in_its_words(course):
    source = course.folder("source", ".", FOUR) / f"{FOUR}.ipynb"
    broken = json.loads(source.read_text())
    cells = [each for each in broken["cells"] if "nbgrader" in each["metadata"]]
    cells[1]["metadata"]["nbgrader"]["grade_id"] = cells[0]["metadata"]["nbgrader"]["grade_id"]
    source.write_text(json.dumps(broken))
    with pytest.raises(
        ClassError, match="nbgrader could not release .*: Notebook failed to validate"
    ):
        release(course, FOUR)


def test_a_class_is_made_in_a_new_folder_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(ClassError, match="holds something already"):
        begin(tmp_path, ROOT / "solutions")
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


def test_without_solutions_there_is_nothing_to_make_a_class_from(tmp_path):
    with pytest.raises(ClassError, match="no solutions to make assignments from"):
        begin(tmp_path / "class", tmp_path)
    assert not (tmp_path / "class").exists()


def test_every_class_has_a_secret_of_its_own_that_others_cannot_read(course, tmp_path):
    begin(tmp_path / "other", ROOT / "solutions")
    assert secret(course.root) != secret(tmp_path / "other")
    assert (tmp_path / "other" / ".class_secret").stat().st_mode & 0o077 == 0


def test_a_lost_secret_is_told(course):
    (course.root / ".class_secret").unlink()
    with pytest.raises(ClassError, match="hidden tests are drawn from it"):
        secret(course.root)


def test_settings_that_python_cannot_read_are_told(course):
    (course.root / "nbgrader_config.py").write_text("c = (")
    with pytest.raises(ClassError, match="can't be read"):
        Course(course.root).config  # noqa: B018


def test_a_class_can_be_moved(course, tmp_path):
    moved = Course(shutil.move(course.root, tmp_path / "moved"))
    assert Course(tmp_path / "moved").released() == [FOUR], moved
