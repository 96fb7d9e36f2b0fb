"""Whatever the controls say: no word leaves the picture, and none stands on another."""

import itertools
from dataclasses import replace

import ipywidgets
import numpy as np
import pytest
from matplotlib.axis import Axis
from matplotlib.text import Text

from backprop_lab import labs
from backprop_lab.labs import optimizer_race
from backprop_lab.labs import picture as picture_module

MOVES = 40
ABSTRACT = {"Lab", "LiveLab"}
NAMES = sorted({name for name in labs.__all__ if name.endswith("Lab")} - ABSTRACT)
CROWDED = {"OptimizerRaceLab": {"optimizers": tuple(optimizer_race.RULES)}}


def any_value(control, rng):
    """Draw a value that a learner could set."""
    if hasattr(control, "options"):
        return rng.choice([option[1] for option in control._options_full])
    if isinstance(control, ipywidgets.Checkbox):
        return bool(rng.integers(2))
    if isinstance(control, ipywidgets.Text):
        return control.value
    notch = control.min + control.step * rng.integers(
        1 + (control.max - control.min) / control.step
    )
    return control.base**notch if isinstance(control, ipywidgets.FloatLogSlider) else notch


def texts(artist):
    """Give all texts that are seen."""
    if not artist.get_visible():
        return
    if isinstance(artist, Axis):
        artist.get_ticklabels()  # brings all ticks up to date
        low, high = sorted(artist.get_view_interval())
        yield from (t.label1 for t in artist.get_major_ticks() if low <= t.get_loc() <= high)
        yield artist.label
    elif isinstance(artist, Text):
        yield artist
    else:
        for child in artist.get_children():
            yield from texts(child)


def places(picture):
    """Give the words of a picture and their corners; capitals are two thirds of a line."""
    renderer = picture.canvas.get_renderer()
    for text in texts(picture):
        if words := text.get_text().strip():
            box = text.get_window_extent(renderer)
            yield words, *(box.min + (0, box.height / 6)), *(box.max - (0, box.height / 6))


def on_each_other(one, other):
    _, left, low, right, high = one
    _, left_too, low_too, right_too, high_too = other
    across, up = (
        min(right, right_too) - max(left, left_too),
        min(high, high_too) - max(low, low_too),
    )
    return across > 2 and up > 2


def check(picture):
    """Check that words stand in the picture, and clear of each other."""
    picture.canvas.draw()
    found = list(places(picture))
    for words, left, low, right, high in found:
        assert 0 <= left < right <= picture.bbox.width, words
        assert 0 <= low < high <= picture.bbox.height, words
    for one, other in itertools.combinations(found, 2):
        assert not on_each_other(one, other), (one[0], other[0])


@pytest.fixture(autouse=True)
def never_at_rest(monkeypatch):
    monkeypatch.setattr(picture_module, "_REST", 3600)


@pytest.mark.parametrize("name", NAMES)
def test_words_stand_in_the_picture_and_clear_of_each_other(name):
    lab, rng = getattr(labs, name)(**CROWDED.get(name, {})), np.random.default_rng(2)
    for _ in range(MOVES):
        control = rng.choice(list(lab._controls.values()))
        control.value = any_value(control, rng)
        check(lab.picture.view.picture)
    lab.close()


def test_numbers_beyond_all_measure_do_not_run_into_each_other():
    lab = labs.BatchNormLab()
    run, view = lab.frame.run, lab.picture.view
    blown_up = replace(run, before=run.before * 1e27, after=run.after * 1e20 - 1e20)
    view.update(replace(lab.frame, run=blown_up))
    check(view.picture)
    lab.close()
