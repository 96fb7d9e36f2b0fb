"""Report: how many failed what, by which mistake, as a table, a page and a picture."""

import io

import pytest
from PIL import Image

from backprop_lab.classroom.collect import collect
from backprop_lab.classroom.grade import grade
from backprop_lab.classroom.marking import Mark
from backprop_lab.classroom.report import Report, count, picture, report, write

from .conftest import FOUR, GOOD, ONE_WRONG, STUB


def marks(*made):
    return [
        Mark(
            "affine_backward",
            each == "",
            each and "failed",
            "",
            "",
            each or None,
            False,
            "",
            1,
            True,
        )
        for each in made
    ]


def test_each_student_is_counted_with_one_mistake_the_most_frequent_first():
    task = count("affine_backward", marks("", "db_not_summed", "dW_transposed", "db_not_summed"))
    assert (task.of, task.passed, task.failed) == (4, 1, 3)
    assert [(each.name, each.students) for each in task.mistakes] == [
        ("db not summed", 2),
        ("dW transposed", 1),
    ]


@pytest.fixture
def graded(course, download, here):
    for student, data in (("ada", GOOD), ("emmy", ONE_WRONG), ("jose", STUB)):
        (download / f"{student}.ipynb").write_bytes(data)
    collect(course, download, FOUR)
    grade(course, FOUR, here)
    return course


def test_what_the_class_did_is_counted_in_the_order_of_the_notebook(graded):
    found = report(graded, FOUR)
    assert [(each.task, each.failed) for each in found.tasks] == [
        ("affine_forward", 1),
        ("sgd_step", 2),
        ("affine_backward", 1),
        ("softmax_cross_entropy", 1),
    ]
    assert found.finding == "Hardest was sgd_step: 2 of 3 did not pass, 1 by: ascent sign"


def test_the_page_says_what_students_are_told_without_numbers_of_a_test(graded):
    write(graded, [report(graded, FOUR)])
    page = (graded.root / "reports" / f"{FOUR}.html").read_text()
    assert "ascent sign" in page
    assert "not written yet" in page
    assert "{" not in page.partition("<body>")[2]


def test_the_picture_is_a_real_one_and_says_the_finding(graded):
    found = report(graded, FOUR)
    write(graded, [found])
    with Image.open(graded.root / "reports" / f"{FOUR}.png") as image:
        assert image.size[0] == 2000
        assert len(image.convert("RGB").getcolors(1 << 20)) > 10
    drawn = picture(found)
    (axes,) = drawn.axes
    assert axes.get_title(loc="left").startswith("Hardest was sgd_step")
    assert [bar.get_width() for bar in axes.patches] == [1, 2, 1, 1]
    assert drawn.finding == found.finding


def test_labels_stay_in_the_picture(graded):
    drawn = picture(report(graded, FOUR))
    drawn.savefig(io.BytesIO(), format="png")
    (axes,) = drawn.axes
    right = max(each.get_window_extent().x1 for each in axes.texts)
    assert right <= drawn.bbox.x1


def test_a_class_in_which_all_pass_and_one_without_marks_have_a_finding(course):
    assert Report("a", (count("affine_backward", marks("", "")),)).finding.startswith("Everybody")
    assert report(course, FOUR).finding == "Nothing is graded so far."
    assert picture(report(course, FOUR)).png().startswith(b"\x89PNG")
