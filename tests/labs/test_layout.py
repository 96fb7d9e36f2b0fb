"""Whatever the controls say: no word leaves the picture, and none stands on another."""

from dataclasses import replace

import ipywidgets
import numpy as np
import pytest

from backprop_lab import labs
from backprop_lab.labs import optimizer_race
from backprop_lab.labs import picture as picture_module
from tests.labs.cases import LABS
from tests.labs.layout import check

MOVES = 40
CROWDED = {labs.OptimizerRaceLab: {"optimizers": tuple(optimizer_race.RULES)}}


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


@pytest.fixture(autouse=True)
def never_at_rest(monkeypatch):
    monkeypatch.setattr(picture_module, "_REST", 3600)


@pytest.mark.parametrize("kind", LABS)
def test_words_stand_in_the_picture_and_clear_of_each_other(kind):
    lab, rng = kind(**CROWDED.get(kind, {})), np.random.default_rng(2)
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
