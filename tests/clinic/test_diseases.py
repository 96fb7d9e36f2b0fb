"""Every patient is sick from whatever first weights, and its cure heals: measured, not assumed."""

import pytest

from backprop_lab.clinic import DISEASES, HEALTHY, train

SEEDS = range(3), pytest.param(range(3, 10), marks=pytest.mark.slow)
every_disease = pytest.mark.parametrize("name", DISEASES)
some_and_all_seeds = pytest.mark.parametrize("seeds", SEEDS, ids=["three seeds", "the others"])


def charts(recipe, seeds):
    return [train(recipe, seed) for seed in seeds]


@some_and_all_seeds
@every_disease
def test_a_patient_is_sick_and_its_cure_heals(name, seeds):
    disease = DISEASES[name]
    for sick in charts(disease.patient, seeds):
        assert sick.worries
    for cured in charts(disease.patient.changed(**disease.cure), seeds):
        assert cured.worries == []


@every_disease
def test_a_cure_changes_one_entry(name):
    assert len(DISEASES[name].cure) == 1


SIGNS = {
    "vanishing": lambda chart: chart.gradients[0] < chart.gradients[-1] / 1000 and not chart.dead,
    "exploding": lambda chart: (
        chart.gradients[0] > 100 * chart.gradients[-1] and chart.training_loss[0] > 1000
    ),
    "dead": lambda chart: chart.dead > 0.6 and chart.gradients[0] == 0,
    "double softmax": lambda chart: (
        chart.training_accuracy[-1] > 0.85 and chart.training_loss[-1] > 1.46
    ),
    "learning rate": lambda chart: (
        chart.training_loss[-1] < chart.training_loss[0] - 0.5 and chart.training_accuracy[-1] < 0.5
    ),
    "not shuffled": lambda chart: chart.step_loss[-60:].mean() < chart.training_loss[-1] / 2,
    "leak": lambda chart: chart.held_out_accuracy[-1] - chart.later > 0.05,
    "batch statistics": lambda chart: chart.later > 0.85 > 0.2 > chart.one_by_one,
}


@some_and_all_seeds
@every_disease
def test_a_disease_shows_its_sign_and_the_healthy_do_not(name, seeds):
    assert all(map(SIGNS[name], charts(DISEASES[name].patient, seeds)))
    assert not any(map(SIGNS[name], charts(HEALTHY, seeds)))
