import gc
import io
import threading
import time

import ipywidgets
import numpy as np
import psutil
import pytest
from ipywidgets.widgets.widget import _instances
from PIL import Image

from backprop_lab.labs import LearningRateLab
from backprop_lab.labs import lab as lab_module
from backprop_lab.labs import picture as picture_module
from backprop_lab.labs.learning_rate import Task

TASK = Task.digits(200, 250, rng=np.random.default_rng(0))
pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def lab():
    lab = LearningRateLab(steps=3, units=2)
    yield lab
    lab.close()


def from_the_page(widget, **state):
    """Change a widget the way its view in the browser does."""
    data = {"method": "update", "state": state, "buffer_paths": []}
    widget._handle_msg({"content": {"data": data}, "buffers": []})


def image_of(widget):
    return Image.open(io.BytesIO(widget.value))


def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited 20 s"
        time.sleep(0.01)


def test_moving_the_slider_trains_and_draws_again(lab):
    before, frame = lab.picture.widget.value, lab.frame
    lab.slider.value = 1.0
    assert lab.frame is not frame
    assert lab.frame.lr == 1.0
    assert lab.picture.widget.value != before
    assert lab.frame.finding in lab.words.value
    assert lab.frame.explanation in lab.words.value


def test_a_move_in_the_page_does_the_same(lab):
    from_the_page(lab.slider, value=5.0)
    assert lab.frame.lr == 5.0


@pytest.fixture
def page(lab, monkeypatch):
    """Let all that a test does come from the page, which has moved the slider already."""
    monkeypatch.setattr(lab_module, "_page_asks", lambda: True)
    monkeypatch.setattr(picture_module, "_REST", 1.0)
    from_the_page(lab.slider, value=0.2)
    assert lab.picture.frame.lr == 0.2  # at once: at rest, nothing else is to be done


def test_the_page_need_not_wait_for_the_frame(lab, page):
    go, compute = threading.Event(), lab._compute
    lab._compute = lambda **values: go.wait(20) and compute(**values)
    for lr in (5.0, 0.5, 1.0, 2.0):
        from_the_page(lab.slider, value=lr)
    assert lab.picture.frame.lr not in (5.0, 2.0)
    go.set()
    wait_for(lambda: lab.picture.frame.lr == 2.0)


def test_moves_that_come_while_a_frame_is_made_are_not_queued(lab, page):
    made, go, compute = [], threading.Event(), lab._compute
    lab._compute = lambda **values: made.append(values) or go.wait(20) and compute(**values)
    for lr in np.linspace(0.5, 5.0, 40):
        from_the_page(lab.slider, value=lr)
    go.set()
    wait_for(lambda: lab.picture.frame.lr == 5.0)
    assert len(made) <= 2


def test_whoever_asks_for_the_frame_gets_the_one_of_the_newest_move(lab, page):
    from_the_page(lab.slider, value=5.0)
    assert lab.frame.lr == 5.0


@pytest.mark.parametrize(("pause", "times"), [(0.0, 4), (60.0, 1)])
def test_words_come_now_and_then_while_the_page_moves_and_at_the_end(
    lab, page, monkeypatch, pause, times
):
    monkeypatch.setattr(lab_module, "_NOW_AND_THEN", pause)
    said = []
    lab.words.observe(lambda change: said.append(change.new), "value")
    for lr in (5.0, 0.5, 1.0, 2.0):
        from_the_page(lab.slider, value=lr)
        assert lab.frame.lr == lr
    wait_for(lambda: lab.picture.resting and lab.frame.finding in lab.words.value)
    assert len(said) == times


def test_what_went_wrong_is_still_said_when_the_picture_rests(lab, page):
    from_the_page(lab.slider, value=5.0)
    assert lab.frame.lr == 5.0
    lab._compute = lambda **values: 1 / 0
    from_the_page(lab.slider, value=2.0)
    wait_for(lambda: lab.picture.widget.format == "png")
    time.sleep(0.1)
    assert "could not show" in lab.words.value


def test_a_lab_may_close_while_a_move_is_on_its_way(lab, page):
    go, compute = threading.Event(), lab._compute
    lab._compute = lambda **values: go.wait(20) and compute(**values)
    from_the_page(lab.slider, value=5.0)
    lab.close()
    go.set()


def test_what_the_page_rounds_is_no_move(lab):
    lab.slider.value = 5.0
    frame = lab.frame
    from_the_page(lab.slider, value=5.000000000000001)
    assert lab.frame is frame
    from_the_page(lab.slider, value=5.01)
    assert lab.frame is not frame


def test_preset_buttons_move_the_slider(lab):
    (buttons,) = (c for c in lab.children if isinstance(c, ipywidgets.HBox))
    for button in buttons.children:
        lab.slider.value = 0.5
        button.click()
        assert lab.slider.value != 0.5
        assert lab.frame.lr == lab.slider.value


def test_the_same_rate_gives_the_same_picture_whatever_came_before(lab):
    first = lab.picture.pixels()
    for lr in (10_000.0, 2.0, 0.001):
        lab.slider.value = lr
        assert not np.array_equal(lab.picture.pixels(), first)
    lab.slider.value = 0.1
    np.testing.assert_array_equal(lab.picture.pixels(), first)


@pytest.mark.parametrize("lr", [0.001, 0.1, 2.0, 10.0, 100.0, 10_000.0])
def test_repainting_what_moved_equals_drawing_everything(lr):
    lab = LearningRateLab(steps=20)
    lab.slider.value = lr
    with lab.picture._lock:
        painted = lab.picture.pixels()
        drawn = np.asarray(Image.open(io.BytesIO(lab.picture.view.picture.png(1))))
    np.testing.assert_array_equal(painted, drawn)
    lab.close()


def test_moving_never_redraws_the_background(lab, monkeypatch):
    lab.slider.value = 1.0
    canvas = lab.picture.view.picture.canvas
    draws = []
    monkeypatch.setattr(canvas, "draw", lambda: draws.append(1) or type(canvas).draw(canvas))
    monkeypatch.setattr(picture_module, "_REST", 3600)
    for lr in (0.001, 3.0, 10_000.0):
        lab.slider.value = lr
    assert not draws
    lab.picture.view.loss.axes.set_ylim(0.1, 10)
    lab.slider.value = 1.0
    assert len(draws) == 1


def test_moving_sends_jpeg_and_rest_sends_crisp_png(lab, monkeypatch):
    assert image_of(lab.picture.widget).format == "PNG"
    monkeypatch.setattr(picture_module, "_REST", 0.3)
    lab.slider.value = 2.0
    moving = image_of(lab.picture.widget)
    assert (lab.picture.widget.format, moving.format, moving.size) == ("jpeg", "JPEG", (1120, 400))
    painted = lab.picture.pixels()[..., :3].astype(int)
    assert np.abs(np.asarray(moving).astype(int) - painted).mean() < 2
    wait_for(lambda: lab.picture.widget.format == "png")
    resting = image_of(lab.picture.widget)
    assert (resting.format, resting.size) == ("PNG", (2240, 800))
    assert lab.picture.widget.value == lab.picture.png


def test_the_image_is_named_by_the_finding(lab):
    lab.slider.value = 2.0
    state = lab.picture.widget.get_state()
    assert state["tooltip"] == lab.frame.words
    assert state["description"] == ""  # without one, ipywidgets 8.1 can't show the image at all


def test_the_stored_output_is_a_picture_and_words_and_stays_the_same():
    bundles = []
    for _ in range(2):
        lab = LearningRateLab("good")
        bundles.append(lab._repr_mimebundle_())
        lab.close()
    (first, metadata), (second, _) = bundles
    assert first["image/png"] == second["image/png"]
    assert first["text/plain"] == second["text/plain"]
    assert first["text/plain"].startswith("LearningRateLab: lr = 2: converges. 9")
    assert "application/vnd.jupyter.widget-view+json" in first
    assert metadata["image/png"]["alt"] in first["text/plain"]


def test_the_stored_output_follows_the_slider(lab):
    before = lab._repr_mimebundle_()[0]
    lab.slider.value = 100.0
    after = lab._repr_mimebundle_()[0]
    assert before["image/png"] != after["image/png"]
    assert before["text/plain"] != after["text/plain"]


def test_two_labs_on_a_page_do_not_meet(lab):
    other = LearningRateLab("good", steps=3, units=2)
    other_before, before = other.picture.pixels(), lab.picture.pixels()
    lab.slider.value = 50.0
    assert other.slider.value == pytest.approx(2.0, rel=0.01)
    np.testing.assert_array_equal(other.picture.pixels(), other_before)
    other.close()
    lab.slider.value = 0.1
    np.testing.assert_array_equal(lab.picture.pixels(), before)


def test_an_error_is_said_in_words_and_the_lab_stays_usable(lab, monkeypatch, capsys):
    shown, works = lab.frame, lab._compute

    def fails(**_):
        raise ZeroDivisionError("1 < 2 & no way on")

    monkeypatch.setattr(lab, "_compute", fails)
    lab.slider.value = 3.0
    assert lab.frame is shown
    assert "1 &lt; 2 &amp; no way on" in lab.words.value
    assert "Traceback" not in "".join(capsys.readouterr())
    monkeypatch.setattr(lab, "_compute", works)
    lab.slider.value = 4.0
    assert lab.frame.lr == 4.0
    assert "no way on" not in lab.words.value


def test_a_lab_that_fails_from_the_start_still_shows_itself(lab):
    def fails(**_):
        raise ZeroDivisionError("no way on")

    slider = ipywidgets.FloatSlider()
    broken = lab_module.Lab(type(lab.picture.view)(TASK, 3), fails, {"x": slider})
    data, _ = broken._repr_mimebundle_()
    assert data["text/plain"] == "Lab: nothing to show"
    assert "no way on" in broken.words.value
    broken.close()


def test_moves_that_come_too_fast_are_not_queued(lab, monkeypatch):
    works, computed = lab._compute, []
    started, go_on = threading.Event(), threading.Event()

    def slow(lr):
        computed.append(lr)
        started.set()
        assert go_on.wait(20)
        return works(lr=lr)

    monkeypatch.setattr(lab, "_compute", slow)
    threads = [threading.Thread(target=lab.slider.set_trait, args=("value", 1.0))]
    threads[0].start()
    assert started.wait(20)
    for lr in (2.0, 3.0, 4.0, 5.0):
        thread = threading.Thread(target=lab.slider.set_trait, args=("value", lr))
        thread.start()
        wait_for(lambda lr=lr: lab.slider.value == lr)
        threads.append(thread)
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert computed == [1.0, 5.0]
    assert lab.frame.lr == 5.0


def test_closing_leaves_nothing_behind():
    def widgets_and_threads():
        gc.collect()
        return len(_instances), threading.active_count()

    before = widgets_and_threads()
    for _ in range(3):
        lab = LearningRateLab(steps=3, units=2)
        lab.slider.value = 2.0
        lab.close()
        lab.close()
    wait_for(lambda: widgets_and_threads() == before)


def test_running_a_cell_again_closes_its_earlier_lab(monkeypatch):
    class Shell:
        execution_count = 1

        def get_parent(self):
            return {"metadata": {"cellId": "a-cell"}}

    shell = Shell()
    monkeypatch.setattr(lab_module, "get_ipython", lambda: shell)
    labs = [LearningRateLab(steps=3, units=2), LearningRateLab(steps=3, units=2)]
    assert all(lab.comm is not None for lab in labs)
    shell.execution_count = 2
    labs.append(LearningRateLab(steps=3, units=2))
    assert [lab.comm is None for lab in labs] == [True, True, False]
    labs[-1].close()


def test_five_hundred_moves_leave_memory_and_observers_flat(lab, monkeypatch):
    monkeypatch.setattr(picture_module, "_REST", 3600)
    rng = np.random.default_rng(0)
    rates = 10 ** rng.uniform(-3, 4, 30)

    def measure():
        gc.collect()
        observers = len(lab.slider._trait_notifiers["value"]["change"])
        return psutil.Process().memory_info().rss, len(gc.get_objects()), observers

    for lr in [*rates, *rates]:  # every word is painted once, every buffer made
        lab.slider.value = lr
    memory, objects, observers = measure()
    for lr in rng.choice(rates, 500):
        lab.slider.value = lr
    memory_after, objects_after, observers_after = measure()
    assert memory_after - memory < 15e6  # 500 JPEGs kept would be 35 MB, 500 pictures 900 MB
    assert objects_after - objects < 500
    assert observers_after == observers


def test_a_closed_lab_says_so(lab):
    lab.close()
    assert "closed" in repr(lab)


def test_a_move_of_several_controls_makes_one_frame(lab, monkeypatch):
    works, computed = lab._compute, []
    monkeypatch.setattr(lab, "_compute", lambda lr: computed.append(lr) or works(lr=lr))
    lab.move(lr=1.0)
    lab.move(lr=1.0)
    assert computed == [1.0]
    with pytest.raises(KeyError):
        lab.move(lr=2.0, depth=3)
    lab.slider.value = 3.0  # a move that failed leaves the lab listening
    assert computed[-1] == 3.0
