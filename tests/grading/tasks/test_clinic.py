"""Doctors of networks: rules that confuse two diseases, treatments that help, and others."""

import time

import numpy as np
import pytest

from backprop_lab.clinic import DISEASES, HEALTHY, train
from backprop_lab.grading import check
from backprop_lab.grading.tasks import clinic
from backprop_lab.grading.tasks.clinic import NAMES

from .claims import assert_accepted, assert_named, for_each, for_each_mistake


def slope(chart):
    gradients = chart["gradients"]
    return float(np.log10((gradients[0] + 1e-30) / gradients[-1]))


def practised(chart):
    per_epoch = chart["step_loss"].size // (chart["training_loss"].size - 1)
    return chart["step_loss"][-per_epoch:].mean() / chart["training_loss"][-1]


RULES = [
    ("exploding", lambda chart: slope(chart) > 1.5),
    ("dead", lambda chart: chart["dead"] >= 0.6),
    ("vanishing", lambda chart: slope(chart) < -1.5),
    ("batch statistics", lambda chart: chart["by_class"] < 0.5 * chart["later"]),
    ("leak", lambda chart: chart["held_out_accuracy"][-1] > 1.05 * chart["later"]),
    ("double softmax", lambda chart: chart["later"] > 0.7 and chart["held_out_loss"][-1] > 1.4),
    ("not shuffled", lambda chart: practised(chart) < 0.6),
    ("learning rate", lambda chart: chart["training_loss"][-1] > 1),
    ("healthy", lambda chart: True),
]


def doctor(called=None, rules=RULES):
    """A doctor who asks one question after the other, and says other words for some answers."""

    def diagnose(chart):
        name = next(name for name, holds in rules if holds(chart))
        return (called or {}).get(name, name)

    return diagnose


CONFUSIONS = [(truth, said) for truth in NAMES for said in NAMES if truth != said]


@pytest.mark.parametrize(("truth", "said"), CONFUSIONS)
def test_who_is_taken_for_whom_is_told(truth, said):
    key = f"{truth}_taken_for_{said}".replace(" ", "_")
    assert_named("diagnose", doctor({truth: said}), key)


@pytest.mark.parametrize("truth", NAMES)
def test_a_chart_without_a_name_is_told(truth):
    assert_named("diagnose", doctor({truth: "no idea"}), f"{truth}_not_named".replace(" ", "_"))


def in_another_order(*names):
    first = [rule for name in names for rule in RULES if rule[0] == name]
    return doctor(rules=first + [rule for rule in RULES if rule not in first])


def by_the_end_alone(chart):
    if chart["training_loss"][-1] > 1:
        return "vanishing" if chart["later"] < 0.15 else "double softmax"
    return "healthy"


def says_nothing(chart):
    name = doctor()(chart)  # noqa: F841 - a learner who forgets to return it


MISTAKES = [
    ("dead_taken_for_vanishing", in_another_order("vanishing")),
    ("exploding_taken_for_dead", in_another_order("dead")),
    ("always_the_same", lambda chart: "healthy"),
    ("always_the_same", lambda chart: "vanishing" if chart["gradients"] is not None else "dead"),
    ("always_the_same", says_nothing),
    ("leak_taken_for_healthy", doctor(rules=[rule for rule in RULES if rule[0] != "leak"])),
]


@for_each_mistake(MISTAKES)
def test_mistake_is_named(key, solution):
    assert_named("diagnose", solution, key)


def test_of_several_confusions_the_first_to_mend_is_told():
    result = check("diagnose", by_the_end_alone)

    assert result.diagnosis.startswith("exploding_taken_for")
    assert "before the first step" in result.message.lower()


def changes_its_chart(chart):
    name = doctor()(chart)
    chart["gradients"] /= chart["gradients"].max()
    return name


def test_a_doctor_leaves_the_chart_alone():
    assert_named("diagnose", changes_its_chart, "mutates_input")


def reads_a_panel_that_is_not_there(chart):
    return "dead" if chart["silent"] > 0.5 else "healthy"


def test_a_panel_that_is_not_there_is_an_error_in_the_learners_line():
    result = check("diagnose", reads_a_panel_that_is_not_there)

    assert result.failure == "exception"
    assert "silent" in result.message


def with_other_thresholds(chart):
    g = chart["gradients"]
    if g[0] > 3:
        return "exploding"
    if chart["dead"] > 0.55:
        return "dead"
    if g.min() < 1e-3:
        return "vanishing"
    if chart["one_by_one"] < 0.3 and chart["later"] > 0.6:
        return "batch statistics"
    if chart["later"] > 0.7:
        if chart["held_out_accuracy"][-1] > 0.97:
            return "leak"
        return "double softmax" if chart["training_loss"][-1] > 1 else "healthy"
    fresh = chart["step_loss"][-60:].mean()
    return "learning rate" if chart["training_loss"][-1] < 1.3 * fresh else "not shuffled"


def upper_case(chart):
    return doctor()(chart).upper()


@for_each([doctor(), with_other_thresholds, upper_case, in_another_order("leak")])
def test_right_answer_is_accepted_in_whatever_form(solution):
    assert_accepted("diagnose", solution)


CURES = {name: disease.cure for name, disease in DISEASES.items()}


def healer(cures=None, **others):
    """A learner's table of cures, with some entries of another kind."""
    table = {**CURES, **(cures or {})}

    def treat(diagnosis, recipe):
        return {**recipe, **table.get(diagnosis, {})}

    return treat


def by_branches(diagnosis, recipe):
    new = dict(recipe)
    if diagnosis == "vanishing":
        new["activation"] = "relu"
    elif diagnosis == "exploding":
        new["init"] = "xavier"
    elif diagnosis == "dead":
        new["bias"] = 0
    elif diagnosis == "double softmax":
        new["loss"] = "cross-entropy"
    elif diagnosis == "learning rate":
        new["lr"] = 100 * recipe["lr"]
    elif diagnosis == "not shuffled":
        new["shuffle"] = True
    elif diagnosis == "leak":
        new["leak"] = False
    elif diagnosis == "batch statistics":
        new["batch_norm"] = False
    return new


@for_each(
    [
        healer(),
        by_branches,
        healer({"dead": {"batch_norm": True}, "learning rate": {"lr": np.float64(0.3)}}),
        healer({"vanishing": {"batch_norm": True}, "exploding": {"init": "xavier"}}),
    ]
)
def test_whatever_heals_with_one_entry_is_accepted(solution):
    assert_accepted("treat", solution)


@pytest.mark.parametrize("name", DISEASES)
def test_who_is_not_treated_is_told(name):
    assert_named("treat", healer({name: {}}), f"{name}_not_treated".replace(" ", "_"))


@pytest.mark.parametrize("name", DISEASES)
def test_who_is_not_cured_is_told(name):
    solution = healer({name: {"width": 24}})
    assert_named("treat", solution, f"{name}_not_cured".replace(" ", "_"))


@pytest.mark.parametrize("name", DISEASES)
def test_more_than_is_needed_is_told(name):
    solution = healer({name: {**CURES[name], "width": 40}})
    assert_named("treat", solution, f"{name}_more_than_needed".replace(" ", "_"))


def hands_back_one_entry(diagnosis, recipe):
    return CURES.get(diagnosis, {})


def hands_back_one_entry_or_all(diagnosis, recipe):
    return CURES.get(diagnosis, recipe)


def standard(diagnosis, recipe):
    return {name: getattr(HEALTHY, name) for name in recipe}


def in_place(diagnosis, recipe):
    recipe.update(CURES.get(diagnosis, {}))
    return recipe


TREATMENTS = [
    ("changes_alone", hands_back_one_entry),
    ("changes_alone", hands_back_one_entry_or_all),
    ("one_recipe_for_all", standard),
    ("nothing_changed", lambda diagnosis, recipe: recipe),
    ("healthy_treated", healer({"healthy": {"lr": 0.05}})),
    ("healthy_treated", healer({"healthy": {"activation": "tanh", "init": "xavier"}})),
    ("learning_rate_not_cured", healer({"learning rate": {"lr": 1e-4}})),
    ("learning_rate_not_cured", healer({"learning rate": {"lr": 20}})),
    ("dead_not_cured", healer({"dead": {"activation": "leaky_relu"}})),
    ("vanishing_not_cured", healer({"vanishing": {"lr": 5.0}})),
    ("leak_not_cured", healer({"leak": {"epochs": 20}})),
    ("mutates_input", in_place),
]


@for_each_mistake(TREATMENTS)
def test_wrong_treatment_is_named(key, solution):
    assert_named("treat", solution, key)


@pytest.mark.parametrize(
    ("cure", "says"),
    [
        ({"activation": "ReLU"}, "activation is one of 'relu'"),
        ({"learning_rate": 0.1}, "a recipe has no 'learning_rate'"),
    ],
)
def test_a_recipe_that_is_none_says_why(cure, says):
    result = check("treat", healer({"vanishing": cure}))

    assert result.failure == "exception"
    assert says in result.message


def test_a_treatment_that_returns_nothing_is_told():
    result = check("treat", lambda diagnosis, recipe: recipe.update(CURES.get(diagnosis, {})))

    assert not result.passed
    assert "None" in result.message


def test_training_may_take_its_time(monkeypatch):
    """A slow machine trains for seconds: that is no endless loop of the learner's."""

    def slowly(recipe):
        time.sleep(0.1)
        return train(recipe)

    monkeypatch.setattr(clinic, "train", slowly)
    assert_accepted("treat", healer())
