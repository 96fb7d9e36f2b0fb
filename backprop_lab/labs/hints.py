"""A button that reveals the next hint; to run its cell again reveals none, unlike `hint`."""

import ipywidgets

from ..grading import hint
from ..grading.hints import hints_so_far, where


class Hints(ipywidgets.VBox):
    """The hints of a task that are revealed so far, and a button for the next one.

    Parameters
    ----------
    task : str
        Name of the task, such as ``"affine_backward"``.

    Attributes
    ----------
    card : ipywidgets.HTML
        The hints so far, those of earlier sessions too.
    button : ipywidgets.Button
        "Next hint"; hints follow the last check that failed.

    Raises
    ------
    ValueError
        If there is no such task.
    """

    def __init__(self, task):
        self.task = task
        self.card = ipywidgets.HTML()
        self.button = ipywidgets.Button(description="Next hint", icon="lightbulb-o")
        self._show(hints_so_far(task))
        self.button.on_click(lambda _: self._show(hint(self.task)))
        super().__init__([self.card, self.button])

    def __repr__(self):
        return f"Hints: {self.task}"

    def _repr_mimebundle_(self, **kwargs):
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": repr(self)}

    def _show(self, note):
        self.card.value = f"<div role='status'>{note._repr_html_()}</div>"
        _, shown, of = where(self.task)
        self.button.disabled = shown == of
