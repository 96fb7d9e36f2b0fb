"""A lab that trains while one watches: play, pause, step, reset."""

import asyncio
import html
import time
from contextlib import nullcontext

import ipywidgets

from . import controls
from .lab import Lab
from .wording import count

FRAME = 1 / 30  # seconds from one picture to the next: more would pile up in the browser
BREATH = 0.005  # seconds left to everything else after a picture, however slow the machine is
ENOUGH = 10_000  # steps after which playing pauses: perhaps nobody is watching any more
SPEEDS = 1, 2, 5, 10, 20


class LiveLab(Lab):
    """A lab whose picture is where a training has come to; buttons make the training go on.

    Playing is an asyncio task beside everything else that the kernel does. For each picture it
    reads all controls and takes a few steps, so a control that is moved meanwhile acts from the
    next picture on. Nothing but the steps and the moves between them decides the numbers: a slow
    machine shows fewer pictures a second of the same training.

    Parameters
    ----------
    view : object
        See `LivePicture`.
    start : callable
        start(**values) -> training, with one value for each control. A training has a `frame`;
        `advance(steps)`; `over`, true once no further step can be taken; and `follow(**values)`,
        which takes over what the controls say now, or returns False where that asks for a new
        training. A frame is one of `Lab`, and has a `verdict`.
    chosen : dict of str to ipywidgets widget
        The controls, each with a `value`.
    speed : int
        Steps from one picture to the next, at the start: 1, 2, 5, 10 or 20.
    panel : callable, optional
        panel(bar) -> list of widgets: what stands above the picture. `bar` holds the buttons.
    presentation : bool
        As for `Lab`.

    Attributes
    ----------
    training : object
        What is shown.
    playing : bool
    speed : ipywidgets.SelectionSlider
        Steps from one picture to the next.
    """

    def __init__(self, view, start, chosen, *, speed=5, panel=None, presentation=False):
        self._start, self.training = start, None
        self._task, self._due, self._said, self._tabulated = None, 0, (0.0, None), 0.0
        self._play_button = self.button("play", "play", "train on, or pause", self._toggle)
        self.speed = controls.notched_slider("steps a picture", speed, SPEEDS, width="230px")
        bar = ipywidgets.HBox(
            [
                self._play_button,
                self.button("step", "step-forward", "take one training step", self.step),
                self.button("reset", "undo", "start again, from the first weights", self.reset),
                self.speed,
            ],
            layout={"flex_flow": "row wrap"},
        )
        panel = panel(bar) if panel else [*chosen.values(), bar]
        super().__init__(view, self._follow, chosen, panel, presentation=presentation)

    @property
    def playing(self):
        return self._task is not None

    def play(self):
        """Train on until `pause`, or until the training is over; while playing, do nothing.

        Raises
        ------
        RuntimeError
            If no event loop is running that could do so. In notebooks one always is.
        """
        loop = _running_loop()
        if loop is None:
            raise RuntimeError(
                "playing needs a running event loop, as every notebook has one: "
                "here, call step(100) instead"
            )
        with self._turn:
            if not self.playing and self.comm is not None:
                self._task = loop.create_task(self._play())
                self._label_the_button()

    def pause(self):
        """Stop where the training is; while not playing, do nothing."""
        with self._turn:
            if self.playing:
                self._stop()
                self._refresh()
                if self._values is not None:  # else it has been said what went wrong
                    self._tell()

    def step(self, steps=1):
        """Pause, take some training steps, and show where they led."""
        with self._turn:
            self._stop()
            self._advance(steps)

    def reset(self):
        """Pause, and start again from the first weights, with the controls as they are."""
        with self._turn:
            self._stop()
            self.training = None
            self._advance(0)

    def restart(self, **values):
        """Move controls and start again from the first weights, playing where a loop can do so."""
        with self._turn:
            self._stop()
            self.training = self._values = None
            self.move(**values)
            if _running_loop() is not None:
                self.play()

    def close(self):
        with getattr(self, "_turn", nullcontext()):  # the constructor may have raised before
            self._task = None
            super().close()

    def _stop(self):
        self._task = None  # the task sees that and ends by itself: it may run on another thread
        self._label_the_button()

    async def _play(self):
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        due, taken = loop.time(), 0
        try:
            while self._play_on(task, taken):
                taken += self.speed.value
                due = max(due + FRAME, loop.time() + BREATH)
                await asyncio.sleep(due - loop.time())
        finally:
            with self._turn:
                if self._task is task:  # the event loop ends, or the training is over
                    self.pause()

    def _play_on(self, task, taken):
        """Make the next picture, if `task` is still the one that plays; tell if there is one."""
        with self._turn:
            if self._task is not task:
                return False
            if taken >= ENOUGH:
                self.pause()
                self._say(f"Paused after {count(taken, 'step')}: press play to go on.")
                return False
            try:
                return self._advance(self.speed.value)
            except KeyboardInterrupt:  # from a cell that was interrupted just now
                return False

    def _advance(self, steps):
        """Take steps and show where they led; tell whether the training can go on."""
        with self._turn:
            self._values = None  # so that a picture is made, even if no control was moved
            self._due = steps
            try:
                super()._refresh()
            finally:
                self._due = 0
            failed = self._values is None
            if failed:
                self._stop()
            return not (failed or self.training.over)

    def _follow(self, **values):
        if self.training is None or not self.training.follow(**values):
            self.training = self._start(**values)
        self.training.advance(self._due)
        return self.training.frame

    def _refresh(self, change=None, *, resting=False):
        with self._turn:
            if not self.playing:  # else the next picture reads the controls
                super()._refresh(change, resting=resting)

    def _say(self, words, *, unseen=""):
        """While playing, rewrite the words once a second; read them aloud when the verdict turns.

        Nobody can read thirty sentences a second, let alone listen to them.
        """
        said, verdict = self._said
        now, new_verdict = time.monotonic(), getattr(self.picture.frame, "verdict", None)
        if not self.playing or not unseen or verdict != new_verdict:
            super()._say(words, unseen=unseen)
            self._said = now, new_verdict
        elif now - said >= 1:
            self.words.value = f"<div>{html.escape(words)}</div>"
            self._said = now, new_verdict

    def _tabulate(self, change=None):
        """While playing, rewrite the tables once a second."""
        now = time.monotonic()
        if change or not self.playing or now - self._tabulated >= 1:
            super()._tabulate()
            self._tabulated = now

    def _toggle(self):
        self.pause() if self.playing else self.play()

    def _label_the_button(self):
        word = "pause" if self.playing else "play"
        self._play_button.description = self._play_button.icon = word

    def button(self, word, icon, tooltip, act):
        """Make a button that does something with the training, or says why it can't."""
        button = _button(word, icon, tooltip)
        button.on_click(lambda _: self._try(act))
        return button

    def _button(self, name, tooltip, values):
        """Make a preset's button: it starts a training of its own."""
        button = ipywidgets.Button(description=name, tooltip=tooltip, layout={"width": "auto"})
        button.on_click(lambda _: self._try(lambda: self.restart(**values)))
        return button

    def _try(self, act):
        try:
            act()
        except Exception as error:
            self._say(f"That did not work: {error}")


def _running_loop():
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _button(word, icon, tooltip):
    width = {"width": "auto", "min_width": "86px"}
    return ipywidgets.Button(description=word, icon=icon, tooltip=tooltip, layout=width)
