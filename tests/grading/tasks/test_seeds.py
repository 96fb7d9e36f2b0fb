"""Inputs drawn from another seed: as fair as those that everybody knows."""

import pytest

from backprop_lab.grading.checking import grade
from backprop_lab.grading.tasks import TASKS

from .collection import cases

SEED = 20_251_121


@pytest.mark.parametrize("task", TASKS)
def test_right_solutions_are_right_on_other_inputs(task):
    other = TASKS[task].drawn_anew(SEED)
    rejected = [
        case.solution.__qualname__
        for case in cases()
        if case.task == task and case.is_right and not grade(other, case.solution).passed
    ]

    assert not rejected


def plain(argument):
    """Show a generator by where it stands, not by its address."""
    return getattr(getattr(argument, "bit_generator", None), "state", argument)


@pytest.mark.parametrize("task", TASKS)
def test_another_seed_draws_other_inputs_and_the_same_seed_the_same(task):
    def drawn(seed):
        probes = TASKS[task].drawn_anew(seed).probes[:3]
        return [repr([plain(each) for each in probe.pristine]) for probe in probes]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
