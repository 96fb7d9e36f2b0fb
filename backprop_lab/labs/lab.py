"""A lab: controls, a pure function from their values to a frame, and a picture of the frame."""

import html
import math
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import ipywidgets
import numpy as np
from IPython import get_ipython

from ..plots import style
from .picture import LivePicture
from .table import tables


class Lab(ipywidgets.VBox):
    """Controls above a picture that follows them, and below it the finding in words.

    A button below shows what is in the picture as tables, which follow the controls too; hidden,
    they cost nothing.

    At each move the newest values of all controls are read, `compute` makes a frame of them, and
    the picture shows it. Moves that come while a frame is being made are not queued: the next
    frame takes the newest values. If `compute` fails, the lab says why in words, and stays usable.

    Parameters
    ----------
    view : object
        See `LivePicture`.
    compute : callable
        compute(**values) -> frame, with one value for each control. It touches nothing outside.
    controls : dict of str to ipywidgets widget
        Each with a `value`.
    panel : list of widgets, optional
        What stands above the picture, where that is more than the controls in a column.
    presentation : bool
        Whether picture, words and controls are large enough for the back of a room.

    Attributes
    ----------
    frame : object
        What is shown: numbers, before they became a picture. `frame.finding` is the headline,
        `frame.explanation` says why, and `frame.words` is both. `frame.tables` are its numbers,
        as columns: see `table.tables`.
    picture : LivePicture
    words : ipywidgets.HTML
        The line below the picture.
    show_data : ipywidgets.ToggleButton
        Whether the tables are shown.
    data : ipywidgets.HTML
        The tables.
    """

    def __init__(self, view, compute, controls, panel=None, *, presentation=False):
        self._compute, self._controls = compute, controls
        self._turn = threading.RLock()
        self._values, self._moving = None, False
        self._follower, self._behind = ThreadPoolExecutor(1), False
        self._hasty, self._told = False, (0.0, None)
        if presentation:
            style.enlarge(view.picture)
        self.picture = LivePicture(view, at_rest=self._at_rest)
        self.words = ipywidgets.HTML(layout={"max_width": f"{self.picture.widget.width}px"})
        self.show_data, self.data = _data_button(), ipywidgets.HTML()
        panel = list(panel or controls.values())
        below = [self.words, self.show_data, self.data]
        rule = [_enlarge([*panel, *below])] if presentation else []
        super().__init__([*panel, self.picture.widget, *below, *rule])
        self._take_over()
        self._refresh(resting=True)
        for control in controls.values():
            control.observe(self._moved, "value")
        self.show_data.observe(self._tabulate, "value")

    @property
    def frame(self):
        with self._turn:
            if self._behind:
                self._catch_up()
            return self.picture.frame

    def move(self, **values):
        """Set controls by their names as one move: one frame is made of all the new values."""
        with self._turn:
            self._moving = True
            try:
                for name, value in values.items():
                    self._controls[name].value = value
            finally:
                self._moving = False
            self._refresh()

    def preset_buttons(self, presets, tooltip):
        """Make a row of buttons, each of which moves the controls to a preset.

        Parameters
        ----------
        presets : dict of str to dict
            The values of controls, by the name of the preset.
        tooltip : callable
            tooltip(**values) -> str, what a preset sets, in words.
        """
        buttons = [self._button(name, tooltip(**set_), set_) for name, set_ in presets.items()]
        return ipywidgets.HBox(buttons, layout={"flex_flow": "row wrap"})

    def _button(self, name, tooltip, values):
        button = ipywidgets.Button(description=name, tooltip=tooltip, layout={"width": "auto"})
        button.on_click(lambda _: self.move(**values))
        return button

    def close(self):
        """End the lab: its widgets, its timer, its picture. Closing twice is fine."""
        if getattr(self, "picture", None) is not None:  # None where the constructor raised
            for control in self._controls.values():
                control.unobserve_all()
            self._follower.shutdown(wait=False, cancel_futures=True)
            self.picture.close()
            _close_all([*self.children, self.layout])
        super().close()

    def __repr__(self):
        shown = self.frame.words if self.frame else "nothing to show"
        return f"{type(self).__name__}: {shown if self.comm else 'closed'}"

    def _repr_mimebundle_(self, **kwargs):
        data = {**super()._repr_mimebundle_(**kwargs), "text/plain": repr(self)}
        if self.frame is None:
            return data, {}
        width, height = self.picture.view.picture.size
        data["image/png"] = self.picture.png
        return data, {"image/png": {"width": width, "height": height, "alt": self.frame.words}}

    def _moved(self, change):
        """Follow a control.

        The page sends its next move once it has heard that the last one came. So what the page goes
        on moving is followed on a thread, and the page hears at once: while one frame is on its way
        to the screen, the next is being made.
        """
        if self.picture.resting or not _page_asks():
            self._refresh(change)
        elif not self._behind:
            self._behind = True
            self._follower.submit(self._catch_up)

    def _catch_up(self):
        with self._turn:
            self._behind, self._hasty = False, True
            if self.comm is not None:
                self._refresh()
            self._hasty = False

    def _refresh(self, change=None, *, resting=False):
        with self._turn:
            values = {name: control.value for name, control in self._controls.items()}
            if self._moving or _same(values, self._values):
                return
            try:
                self.picture.show(self._compute(**values), resting=resting)
                self._values = values
                self._tell()
            except Exception as error:
                self._values = None
                self._say(f"The lab could not show this: {error} The picture is the one before.")

    def _tell(self):
        """Say in words and numbers what the picture shows.

        While the page drags a control, now and then, and at the end: nobody can read more, and to
        the page a new sentence is as much work as a new picture.
        """
        now, frame = time.monotonic(), self.picture.frame
        if not self._hasty or now - self._told[0] > _NOW_AND_THEN:
            self._told = now, frame
            self._say(frame.explanation, unseen=frame.finding)
            self._tabulate()

    def _at_rest(self):
        with self._turn:
            if self._values is not None and self._told[1] is not self.picture.frame:
                self._tell()

    def _tabulate(self, change=None):
        """Write the tables, if they are to be seen."""
        with self._turn:
            shown = self.show_data.value and self.picture.frame is not None
            self.show_data.description = "hide the data" if self.show_data.value else _SHOW
            self.data.value = tables(self.picture.frame) if shown else ""

    def _say(self, words, *, unseen=""):
        """Write below the picture; screen readers also read out what the picture's title says."""
        spoken = f"<span style='{_UNSEEN}'>{html.escape(unseen)} </span>" if unseen else ""
        self.words.value = f"<div role='status'>{spoken}{html.escape(words)}</div>"

    def _take_over(self):
        """Close the labs that an earlier run of this cell has left behind."""
        cell, run = _cell()
        for lab in list(_shown.get(cell, ())):
            if lab._run != run:
                lab.close()
        self._run = run
        if cell is not None:
            _shown.setdefault(cell, weakref.WeakSet()).add(self)


def _same(values, before):
    """Tell if all controls stand where they stood: sliders in the page round the last digit."""
    return before is not None and all(
        value == before[name]
        or (isinstance(value, float) and math.isclose(value, before[name], rel_tol=1e-9))
        for name, value in values.items()
    )


def whole(name, value, low, high):
    """Refuse an argument that is not a whole number from low to high."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} is a whole number, got {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} goes from {low} to {high}, got {value}")


def between(name, value, low, high):
    """Refuse an argument that is not a number from low to high."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise TypeError(f"{name} is a number, got {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} goes from {low:.3g} to {high:.3g}, got {value}")


def one_of(name, value, options):
    """Refuse an argument that is not one of the options."""
    if value not in options:
        raise ValueError(f"{name} is one of {', '.join(map(repr, options))}, got {value!r}")


_SHOW = "show the data"
_NOW_AND_THEN = 0.4  # seconds
_UNSEEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
_shown = {}  # the labs of each cell


def _data_button():
    tooltip = "the numbers of the picture as tables"
    width = {"width": "auto", "align_self": "flex-start"}
    return ipywidgets.ToggleButton(description=_SHOW, icon="table", tooltip=tooltip, layout=width)


def _cell():
    """Name the notebook cell that is running, and which run of it this is; None outside."""
    number = getattr(get_ipython(), "execution_count", None)
    return _request().get("metadata", {}).get("cellId"), number


def _page_asks():
    """Tell if it is a widget in the page that something is done for, and not a cell."""
    return _request().get("header", {}).get("msg_type") == "comm_msg"


def _request():
    """Give the message that the kernel is at work on; outside of a kernel, an empty one."""
    shell = get_ipython()
    return (shell.get_parent() if hasattr(shell, "get_parent") else None) or {}


def _enlarge(widgets):
    """Mark widgets as large; give the widget that carries the page's rule for that."""
    for widget in widgets:
        widget.add_class("backprop-lab-large")
    return ipywidgets.HTML(f"<style>.backprop-lab-large {{ zoom: {style.ZOOM} }}</style>")


def _close_all(widgets):
    for widget in widgets:
        _close_all(getattr(widget, "children", ()))
        for part in (getattr(widget, "style", None), getattr(widget, "layout", None), widget):
            if isinstance(part, ipywidgets.Widget):
                part.close()
