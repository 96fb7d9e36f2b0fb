"""A learner opens lesson 01, runs it, and moves the learning rate."""

LESSON = "notebooks/01_take_four_steps.ipynb"


def test_the_course_opens_at_lesson_one_and_asks_nothing(course):
    course.open()
    assert course.path == LESSON
    assert not course.page.evaluate(
        "jupyterapp.hasPlugin('@jupyterlab/apputils-extension:announcements')"
    )
    assert course.page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    assert course.console_errors == []


def test_the_lab_redraws_when_the_slider_moves(course):
    course.open(LESSON)
    course.run_all()
    assert course.error_outputs() == []

    lab = course.show_cell(course.find_cell("LearningRateLab("))
    slider = lab.wait_for_selector(".noUi-handle")
    assert course.console_errors == []
    picture = lab.wait_for_selector("img.widget-image")
    first = course.picture(picture)

    course.press(slider, "ArrowRight")
    second = course.new_picture(picture, first)
    course.drag(slider, 80)
    third = course.new_picture(picture, second)
    assert len({first, second, third}) == 3

    course.wait_until_idle()
    assert course.error_outputs() == []
    assert course.console_errors == []
