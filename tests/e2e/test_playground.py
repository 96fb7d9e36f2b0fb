"""A learner plays with the playground: play, pause, reset, two labs, a new run, a new kernel."""

import ast

import nbformat
import pytest

LABS = (
    "from backprop_lab.labs import PlaygroundLab",
    "lab = PlaygroundLab()\nlab",
    "other = PlaygroundLab('gradient vanishes')\nother",
    "lab.playing, lab.frame.steps, other.playing, other.frame.steps, lab.frame.settings.noise",
)
LAB, OTHER, STATE = 1, 2, 3


@pytest.fixture
def page(course, server):
    """A notebook with two labs, their cells run."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in LABS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(notebook, server.folder / "play.ipynb")
    course.open("play.ipynb")
    course.run_all()
    yield course
    assert course.error_outputs() == []
    assert course.console_errors == []


def click(page, cell, word):
    page.show_cell(cell).wait_for_selector(f"xpath=.//button[normalize-space()='{word}']").click()


def state(page):
    page.run_cell(STATE)
    return ast.literal_eval(page.outputs(STATE)[0]["data"]["text/plain"])


def until(page, condition):
    for _ in range(60):
        if condition(found := state(page)):
            return found
        page.page.wait_for_timeout(500)
    raise AssertionError(f"waited 30 s, still {found}")


def test_play_and_pause(page):
    image = page.show_cell(LAB).wait_for_selector("img.widget-image")
    before = page.picture(image)
    click(page, LAB, "play")
    playing, *_ = until(page, lambda found: found[1] >= 50)
    assert playing
    click(page, LAB, "pause")
    paused = page.new_picture(image, before)
    playing, steps, *_ = state(page)
    assert not playing
    page.page.wait_for_timeout(1000)
    assert state(page)[1] == steps
    assert page.picture(image) == paused


def test_reset_while_playing(page):
    image = page.show_cell(LAB).wait_for_selector("img.widget-image")
    before = page.picture(image)
    click(page, LAB, "play")
    until(page, lambda found: found[1] >= 20)
    click(page, LAB, "reset")
    playing, steps, *_ = until(page, lambda found: found[1] == 0)
    assert not playing
    assert page.picture(image) == before


def test_a_key_moves_a_slider_while_it_plays(page):
    click(page, LAB, "play")
    *_, noise = until(page, lambda found: found[1] > 0)
    slider = page.show_cell(LAB).query_selector(".noUi-handle")
    page.press(slider, "ArrowRight")
    playing, *_, louder = until(page, lambda found: found[-1] != noise)
    assert playing
    assert louder == pytest.approx(noise + 0.05)


def test_two_labs_play_and_pause_on_their_own(page):
    click(page, LAB, "play")
    click(page, OTHER, "play")
    until(page, lambda found: found[1] >= 20 and found[3] >= 20)
    click(page, LAB, "pause")
    playing, steps, other_playing, other_steps, _ = state(page)
    assert (playing, other_playing) == (False, True)
    assert until(page, lambda found: found[3] > other_steps)[1] == steps


def test_interrupting_the_kernel_breaks_nothing(page):
    click(page, LAB, "play")
    until(page, lambda found: found[1] >= 20)
    page.page.evaluate("jupyterapp.commands.execute('notebook:interrupt-kernel')")
    page.page.wait_for_timeout(500)
    click(page, LAB, "step")
    playing, *_ = state(page)
    assert not playing


def test_running_the_cell_again_while_it_plays(page):
    click(page, LAB, "play")
    until(page, lambda found: found[1] >= 20)
    page.run_cell(LAB)
    assert state(page)[:2] == (False, 0)
    click(page, LAB, "play")
    until(page, lambda found: found[1] > 0)


def test_a_new_kernel_while_it_plays(page):
    click(page, LAB, "play")
    until(page, lambda found: found[1] >= 20)
    page.page.evaluate(
        "jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()", None
    )
    page.wait_until_idle()
    page.run_all()
    assert state(page)[:2] == (False, 0)
    click(page, LAB, "play")
    until(page, lambda found: found[1] > 0)
