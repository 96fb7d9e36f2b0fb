"""Slides come from the lessons' metadata, and keep the answers that a lesson hides."""

import nbformat
import pytest

from scripts.make_slides import lessons, slides

LESSONS = lessons()
KINDS = {"slide", "subslide", "fragment", "-", "skip", "notes"}


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def lesson(request):
    return nbformat.read(request.param, as_version=4)


def kind(cell):
    return cell.metadata.get("slideshow", {}).get("slide_type")


def test_every_cell_says_what_becomes_of_it(lesson):
    assert {kind(cell) for cell in lesson.cells} <= KINDS


def test_a_lesson_has_slides_for_a_talk(lesson):
    assert kind(lesson.cells[0]) == "slide"
    assert 10 <= sum(kind(cell) in ("slide", "subslide") for cell in lesson.cells) <= 32


def test_the_answer_to_a_prediction_is_not_on_its_slide(tmp_path):
    page = slides(LESSONS[[path.stem for path in LESSONS].index("01_take_four_steps")])
    assert "At the right digit, the gradient of the loss" in page
    assert "Then a higher score for the right digit would raise the loss" not in page
