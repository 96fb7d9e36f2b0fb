"""A recipe holds what can be trained, and says why it holds nothing else."""

import pytest

from backprop_lab.clinic import Recipe


def test_a_change_leaves_the_recipe_alone():
    recipe = Recipe()

    assert recipe.changed(lr=0.5).lr == 0.5
    assert recipe == Recipe()


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"activation": "ReLU"}, "activation is one of 'relu', .*, got 'ReLU'"),
        ({"init": None}, "init is one of"),
        ({"shuffle": 1}, "shuffle is one of True, False, got 1"),
        ({"depth": 11}, "depth is a whole number from 1 to 10, got 11"),
        ({"depth": 2.0}, "depth is a whole number"),
        ({"epochs": True}, "epochs is a whole number"),
        ({"lr": 0}, "lr is a number from 1e-06 to 100, got 0"),
        ({"lr": float("nan")}, "lr is a number"),
        ({"lr": "0.1"}, "lr is a number from 1e-06 to 100, got '0.1'"),
        ({"learning_rate": 0.1}, "a recipe has no 'learning_rate'; it has depth, width"),
    ],
)
def test_what_cannot_be_trained_is_refused(entry, says):
    with pytest.raises(ValueError, match=says):
        Recipe().changed(**entry)
