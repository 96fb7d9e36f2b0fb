import asyncio
import gc
import threading
from dataclasses import dataclass

import ipywidgets
import pytest
from ipywidgets.widgets.widget import _instances

from backprop_lab.labs import LiveLab
from backprop_lab.labs import lab as lab_module
from backprop_lab.labs import live as live_module
from backprop_lab.labs import picture as picture_module
from backprop_lab.plots import Picture, style

pytestmark = pytest.mark.filterwarnings("error")


@dataclass(frozen=True)
class Frame:
    steps: int
    size: float
    verdict: str

    @property
    def finding(self):
        return f"{self.steps} steps."

    explanation = "Counting."

    @property
    def words(self):
        return f"{self.finding} {self.explanation}"


class Counting:
    """A training that counts its steps, and notes at which of them `size` was changed."""

    def __init__(self, kind, size):
        self.kind, self.size, self.steps, self.moves = kind, size, 0, []
        self.end = self.fail_at = None

    over = property(lambda self: self.end is not None and self.steps >= self.end)
    frame = property(lambda self: Frame(self.steps, self.size, "even" if self.over else "odd"))

    def advance(self, steps):
        for _ in range(steps):
            self.steps += not self.over
            if self.steps == self.fail_at:
                raise ZeroDivisionError("step 12 is < 0")

    def follow(self, kind, size):
        if size != self.size:
            self.moves.append(self.steps)
        self.size = size
        return kind == self.kind


class View:
    def __init__(self):
        self.picture = Picture(120, 60)
        axes = self.picture.add_axes((0, 0, 1, 1))
        self.text = style.words(axes, 0.1, 0.5)
        self.moving = [self.text]

    def update(self, frame):
        self.text.set_text(frame.finding)


@pytest.fixture
def lab(monkeypatch):
    monkeypatch.setattr(live_module, "FRAME", 0.002)
    monkeypatch.setattr(live_module, "BREATH", 0.001)
    lab = make()
    yield lab
    lab.close()


def make():
    chosen = {"kind": ipywidgets.IntSlider(1), "size": ipywidgets.FloatSlider(1.0)}
    return LiveLab(View(), Counting, chosen, speed=5)


def click(lab, word):
    for box in lab.children:
        for button in getattr(box, "children", ()):
            if isinstance(button, ipywidgets.Button) and button.description == word:
                return button.click()
    raise AssertionError(f"no button says {word}")


async def until(condition):
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("waited 10 s")


def others():
    return asyncio.all_tasks() - {asyncio.current_task()}


def test_steps_are_taken_without_an_event_loop(lab):
    assert lab.frame.steps == 0
    lab.step()
    lab.step(6)
    assert lab.frame.steps == 7
    click(lab, "step")
    assert lab.frame.steps == 8
    click(lab, "reset")
    assert lab.frame.steps == 0


def test_playing_without_an_event_loop_is_refused_in_words(lab):
    with pytest.raises(RuntimeError, match=r"every notebook has one: here, call step\(100\)"):
        lab.play()
    click(lab, "play")
    assert "needs a running event loop" in lab.words.value
    assert not lab.playing


def test_play_goes_on_while_others_work_and_pause_stops_it(lab):
    async def story():
        click(lab, "play")
        assert lab.playing
        await until(lambda: lab.frame.steps >= 50)
        click(lab, "pause")
        assert not lab.playing
        steps = lab.frame.steps
        await until(lambda: not others())
        assert lab.frame.steps == lab.training.steps == steps
        assert steps % 5 == 0
        click(lab, "play")
        await until(lambda: lab.frame.steps > steps)
        lab.pause()
        lab.pause()

    asyncio.run(story())
    assert lab.frame.finding in lab.words.value


def test_pictures_are_paced(lab, monkeypatch):
    monkeypatch.setattr(live_module, "FRAME", 0.05)

    async def story():
        loop = asyncio.get_running_loop()
        start = loop.time()
        lab.play()
        await until(lambda: lab.frame.steps >= 35)
        return loop.time() - start

    assert asyncio.run(story()) >= 6 * 0.05


def test_a_slow_picture_still_lets_others_in(lab, monkeypatch):
    monkeypatch.setattr(live_module, "FRAME", 0.0)
    turns = []

    async def story():
        lab.play()
        while lab.frame.steps < 50:
            turns.append(lab.frame.steps)
            await asyncio.sleep(0)

    asyncio.run(story())
    assert len(set(turns)) >= 9


def test_two_plays_are_one(lab):
    async def story():
        lab.play()
        lab.play()
        assert len(others()) == 1
        lab.pause()
        lab.play()
        await until(lambda: len(others()) == 1)
        steps = lab.frame.steps
        await until(lambda: lab.frame.steps > steps)
        lab.pause()
        await until(lambda: not others())

    asyncio.run(story())


def test_a_control_that_moves_while_playing_acts_from_the_next_picture_on(lab):
    async def story():
        lab.play()
        await until(lambda: lab.frame.steps >= 20)
        training, steps = lab.training, lab.frame.steps
        lab._controls["size"].value = 7.0
        await until(lambda: lab.frame.size == 7.0)
        assert training.moves == [steps]
        lab._controls["kind"].value = 2
        await until(lambda: lab.training is not training)
        assert lab.playing
        lab.pause()

    asyncio.run(story())


def test_a_move_just_before_pause_is_not_lost(lab):
    async def story():
        lab.play()
        await until(lambda: lab.frame.steps >= 5)
        lab._controls["size"].value = 9.0
        lab.pause()
        assert lab.frame.size == 9.0

    asyncio.run(story())


def test_speed_is_steps_between_pictures(lab):
    async def story():
        lab.speed.value = 20
        lab.play()
        await until(lambda: lab.frame.steps)
        assert lab.frame.steps == 20

    asyncio.run(story())


@pytest.mark.parametrize("word", ["reset", "step"])
def test_reset_and_step_while_playing_pause(lab, word):
    async def story():
        lab.play()
        await until(lambda: lab.frame.steps >= 30)
        click(lab, word)
        steps = lab.frame.steps
        await until(lambda: not others())
        assert not lab.playing
        assert lab.frame.steps == steps

    asyncio.run(story())
    assert (lab.frame.steps == 0) == (word == "reset")


def test_restart_moves_the_controls_and_plays(lab):
    async def story():
        lab.step(50)
        lab.restart(kind=3, size=4.0)
        assert (lab.training.kind, lab.frame.size, lab.frame.steps) == (3, 4.0, 0)
        await until(lambda: lab.frame.steps >= 10)
        lab.restart(kind=3, size=4.0)
        assert lab.frame.steps == 0
        assert lab.playing

    asyncio.run(story())
    lab.restart(kind=1, size=2.0)
    assert not lab.playing
    assert lab.frame.steps == 0


def test_an_error_stops_the_play_and_says_why(lab, capsys):
    async def story():
        lab.training.fail_at = 12
        lab.play()
        await until(lambda: not lab.playing)
        await until(lambda: not others())

    asyncio.run(story())
    assert "step 12 is &lt; 0" in lab.words.value
    assert lab.frame.steps == 10
    assert lab._play_button.description == "play"
    assert "Traceback" not in "".join(capsys.readouterr())
    click(lab, "reset")
    assert lab.frame.steps == 0
    assert "step 12" not in lab.words.value


def test_a_training_that_is_over_stops_the_play(lab):
    async def story():
        lab.training.end = 23
        lab.play()
        await until(lambda: not lab.playing)

    asyncio.run(story())
    assert lab.frame.steps == 23


def test_an_interrupt_stops_the_play_and_spares_the_kernel(lab, monkeypatch):
    async def story():
        lab.play()
        await until(lambda: lab.frame.steps >= 10)

        def interrupted(_):
            monkeypatch.undo()
            raise KeyboardInterrupt

        monkeypatch.setattr(lab.training, "advance", interrupted)
        await until(lambda: not lab.playing)
        await until(lambda: not others())

    asyncio.run(story())
    lab.step()
    assert lab.frame.steps >= 11


def test_playing_pauses_by_itself_after_many_steps(lab, monkeypatch):
    monkeypatch.setattr(live_module, "ENOUGH", 30)

    async def story():
        for steps in (30, 60):
            lab.play()
            await until(lambda: not lab.playing)
            assert lab.frame.steps == steps
            assert "Paused after 30 steps" in lab.words.value

    asyncio.run(story())


def test_the_end_of_the_event_loop_ends_the_play(lab):
    async def story():
        lab.play()
        await until(lambda: lab.frame.steps)

    asyncio.run(story())
    assert not lab.playing
    lab.step()


def test_closing_while_playing_leaves_nothing_behind(monkeypatch):
    monkeypatch.setattr(picture_module, "_REST", 0.01)

    def widgets_and_threads():
        gc.collect()
        return len(_instances), threading.active_count()

    async def story():
        lab = make()
        lab.play()
        await until(lambda: lab.frame.steps >= 10)
        lab.close()
        steps = lab.training.steps
        await until(lambda: not others())
        assert lab.training.steps == steps
        lab.play()
        assert not lab.playing

    before = widgets_and_threads()
    asyncio.run(story())
    asyncio.run(until(lambda: widgets_and_threads() == before))


def test_running_the_cell_again_while_playing_ends_the_old_lab(monkeypatch):
    class Shell:
        execution_count = 1

        def get_parent(self):
            return {"metadata": {"cellId": "a-cell"}}

    shell = Shell()
    monkeypatch.setattr(lab_module, "get_ipython", lambda: shell)

    async def story():
        old = make()
        old.play()
        await until(lambda: old.frame.steps >= 10)
        shell.execution_count = 2
        new = make()
        assert not old.playing
        assert old.comm is None
        await until(lambda: not others())
        new.close()

    asyncio.run(story())


def test_pausing_from_another_thread_is_safe(lab):
    async def story():
        lab.play()
        await until(lambda: lab.frame.steps >= 10)
        await asyncio.to_thread(lab.pause)
        steps = lab.training.steps
        await until(lambda: not others())
        assert lab.training.steps == steps

    asyncio.run(story())


def test_words_are_not_read_aloud_at_every_picture(lab):
    spoken = []
    lab.words.observe(lambda change: spoken.append(change.new), "value")

    async def story():
        lab.play()
        await until(lambda: lab.frame.steps >= 200)
        assert len(spoken) <= 3
        lab.pause()

    asyncio.run(story())
    assert "role='status'" in lab.words.value
    assert lab.frame.finding in lab.words.value


def test_the_words_are_read_when_the_verdict_turns(lab):
    async def story():
        lab.play()
        await until(lambda: lab.frame.steps >= 50)
        lab.training.end = lab.training.steps + 5
        await until(lambda: not lab.playing)

    asyncio.run(story())
    assert "role='status'" in lab.words.value


def test_two_labs_play_side_by_side(lab):
    async def story():
        other = make()
        lab.play()
        other.play()
        await until(lambda: min(lab.frame.steps, other.frame.steps) >= 20)
        lab.pause()
        steps, others_steps = lab.frame.steps, other.frame.steps
        await until(lambda: other.frame.steps > others_steps + 20)
        assert lab.frame.steps == steps
        other.close()

    asyncio.run(story())


def test_while_it_plays_open_data_follow_once_a_second_and_at_the_pause(lab, monkeypatch):
    written = []
    monkeypatch.setattr(lab_module, "tables", lambda frame: written.append(frame.steps) or "")

    async def story():
        lab.show_data.value = True
        lab.play()
        await until(lambda: lab.frame.steps >= 100)
        lab.pause()

    asyncio.run(story())
    assert written[0] == 0
    assert written[-1] == lab.frame.steps
    assert len(written) < 10  # of twenty pictures or more
