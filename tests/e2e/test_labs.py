"""A learner plays with labs: drags, presses keys, reads the data, runs a cell again, hurries."""

import ast

import nbformat
import pytest

from tests.e2e.conftest import tab
from tests.e2e.server import wait_for

LABS = (
    "from backprop_lab.labs import DropoutLab, VanishingGradientLab",
    "lab = VanishingGradientLab()\nlab",
    "other = DropoutLab()\nother",
    "lab.depth.value, lab.frame.depth, other.slider.value, other.frame.run.p",
    "large = VanishingGradientLab(presentation=True)\nlarge",
    "large.depth.value, large.frame.depth",
)
LAB, OTHER, STATE, LARGE, LARGE_STATE = 1, 2, 3, 4, 5

HURRY = """async ([labs, moves]) => {
    const sliders = labs.flatMap(lab => [...lab.querySelectorAll('.noUi-handle')]);
    const keys = ['ArrowLeft', 'ArrowRight', 'PageUp', 'PageDown', 'Home', 'End'];
    let chance = 7;
    const any = list => list[(chance = chance * 16807 % 2147483647) % list.length];
    for (let i = 0; i < moves; i++) {
        any(sliders).dispatchEvent(new KeyboardEvent('keydown', { key: any(keys), bubbles: true }));
        await new Promise(done => setTimeout(done, 4));
    }
}"""


@pytest.fixture(scope="module")
def notebook(server, browser):
    """A notebook with two labs, in one tab for all tests."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in LABS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(notebook, server.folder / "labs.ipynb")
    with tab(server, browser, "labs") as course:
        course.open("labs.ipynb")
        yield course


@pytest.fixture
def page(notebook, server, request):
    """The notebook, its cells run anew."""
    for index in range(STATE):
        notebook.run_cell(index)
    yield notebook
    notebook.screenshot(request.node.name)
    assert notebook.error_outputs() == []
    assert notebook.console_errors == []
    assert "Traceback" not in server.log.read_text()


def state(page, cell=STATE):
    page.run_cell(cell)
    return ast.literal_eval(page.outputs(cell)[0]["data"]["text/plain"])


def all_shown(depth, shown, p, p_shown):
    """Tell if both labs show what their sliders say; a busy machine may need a moment."""
    return (depth, p) == (shown, p_shown)


def image_and_slider(page, cell):
    lab = page.show_cell(cell)
    return lab.wait_for_selector("img.widget-image"), lab.wait_for_selector(".noUi-handle")


def test_each_of_two_labs_follows_its_own_slider(page):
    image, slider = image_and_slider(page, LAB)
    first = page.picture(image)
    page.press(slider, "ArrowRight")
    second = page.new_picture(image, first)
    page.drag(slider, 60)
    third = page.new_picture(image, second)
    assert len({first, second, third}) == 3
    depth, shown, p, p_shown = state(page)
    assert depth == shown > 31
    assert p == p_shown == 0.5
    image, slider = image_and_slider(page, OTHER)
    before = page.picture(image)
    page.press(slider, "ArrowRight")
    page.new_picture(image, before)
    assert state(page) == (depth, shown, 0.55, 0.55)


def test_the_data_open_by_keyboard_and_follow_the_slider(page):
    image, slider = image_and_slider(page, LAB)
    lab = page.show_cell(LAB)
    lab.query_selector("button:has-text('show the data')").focus()
    page.page.keyboard.press("Space")
    caption = lab.wait_for_selector("table caption")
    assert image.get_attribute("title").startswith(caption.inner_text().split(" Layer")[0])
    assert len(lab.query_selector_all("tbody tr")) == 30
    page.press(slider, "ArrowRight")
    lab.wait_for_selector("caption:has-text('31 sigmoid layers')")
    assert len(lab.query_selector_all("tbody tr")) == 31


def test_after_a_drag_the_words_are_those_of_the_picture(page):
    image, slider = image_and_slider(page, LAB)
    first = page.picture(image)
    page.drag(slider, 150)
    page.new_picture(image, first)

    def agree():
        said = page.show_cell(LAB).query_selector("[role=status]").inner_text()
        return said.split() == image.get_attribute("title").split()

    assert wait_for(agree)
    depth, shown, *_ = state(page)
    assert f"{depth} sigmoid layers" in image.get_attribute("title")
    assert agree()


def test_five_hundred_random_moves_end_at_the_newest_values(page):
    labs = [page.show_cell(cell) for cell in (LAB, OTHER)]
    before = page.picture(image_and_slider(page, LAB)[0])
    page.page.evaluate(HURRY, [labs, 500])
    assert wait_for(lambda: all_shown(*state(page)))
    image, slider = image_and_slider(page, LAB)
    page.press(slider, "Home")  # all is as it was
    page.press(slider, "ArrowRight")
    assert wait_for(lambda: state(page)[:2] == (3, 3))
    assert page.picture(image) != before


def test_running_a_cell_again_gives_a_lab_that_works(page):
    page.run_cell(LAB)
    image, slider = image_and_slider(page, LAB)
    before = page.picture(image)
    page.press(slider, "ArrowRight")
    page.new_picture(image, before)
    assert state(page)[:2] == (31, 31)


def test_a_large_lab_can_be_dragged_from_end_to_end(page):
    page.run_cell(LARGE)
    image, slider = image_and_slider(page, LARGE)
    usual = page.show_cell(LAB).query_selector(".noUi-handle").bounding_box()["width"]
    page.show_cell(LARGE)
    assert slider.bounding_box()["width"] > 1.4 * usual
    before = page.picture(image)
    page.drag(slider, 2000)
    page.new_picture(image, before)
    assert state(page, LARGE_STATE) == (50, 50)
    page.drag(image_and_slider(page, LARGE)[1], -20)
    assert 35 < state(page, LARGE_STATE)[0] < 50  # where the hand is
    page.show_cell(LARGE)
