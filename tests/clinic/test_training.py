"""What a chart says is what was measured."""

import dataclasses

import numpy as np
import pytest

from backprop_lab import nn
from backprop_lab.clinic import DISEASES, HEALTHY, Recipe, train
from backprop_lab.clinic.training import _after_softmax, _heaps


def test_the_same_recipe_and_seed_give_the_same_chart():
    first = train(HEALTHY, 1)
    train.cache_clear()
    second = train(HEALTHY, 1)

    for name, value in first.as_dict().items():
        np.testing.assert_array_equal(second.as_dict()[name], value)


def test_a_chart_has_an_exam_before_the_training_and_after_each_epoch():
    chart = train(Recipe(epochs=2, batch_size=70))

    assert chart.training_loss.shape == chart.held_out_accuracy.shape == (3,)
    assert chart.step_loss.shape == (2 * 5,)  # 300 pictures: four batches of 70, and the rest
    assert chart.gradients.shape == (3,)


def test_a_copy_as_dict_leaves_the_chart_alone():
    chart = train(HEALTHY)
    chart.as_dict()["gradients"][:] = 0

    assert (chart.gradients > 0).all()


def pixels(heap):
    return {row.tobytes() for row in heap[0]}


def test_later_and_held_out_pictures_are_new_and_leaky_ones_are_not():
    heaps = _heaps()
    known = pixels(heaps.training)

    assert not known & (pixels(heaps.held_out) | pixels(heaps.later))
    leaked = len(known & pixels(heaps.leaky)) / len(heaps.leaky[0])
    assert round(leaked, 2) == 0.9


def test_the_training_pictures_lie_sorted():
    labels = _heaps().training[1]

    assert (np.diff(labels) >= 0).all()
    assert set(labels) == set(range(10))


def test_a_second_softmax_has_the_gradient_of_its_loss():
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=(4, 10)), np.array([0, 3, 3, 9])
    _, dscores = _after_softmax(scores, labels)
    numeric = nn.numerical_gradient(lambda s: _after_softmax(s, labels)[0], scores)

    np.testing.assert_allclose(dscores, numeric, atol=1e-8)


def test_a_leak_changes_the_held_out_numbers_alone():
    well, leaky = train(HEALTHY), train(HEALTHY.changed(leak=True))

    assert leaky.later == well.later
    np.testing.assert_array_equal(leaky.step_loss, well.step_loss)
    assert leaky.held_out_accuracy[-1] > well.held_out_accuracy[-1]


def test_only_batch_statistics_care_for_company():
    with_running = train(HEALTHY.changed(batch_norm=True))
    with_batch = train(DISEASES["batch statistics"].patient)

    assert with_running.by_class == with_running.later
    assert with_batch.by_class < 0.2 < 0.8 < with_batch.later


def test_a_training_that_leaves_the_finite_numbers_says_so_and_is_measured_before():
    chart = train(Recipe(depth=4, init="normal", activation="leaky_relu"))

    assert np.isnan(chart.step_loss[-1])
    assert np.isfinite(chart.later)
    assert "on the way its numbers ceased to be finite" in chart.worries


@pytest.mark.parametrize(
    ("changes", "worry"),
    [
        ({"training_accuracy": np.array([0.1, 0.7])}, "training pictures it reads 70%"),
        ({"training_loss": np.array([3.0, 1.5])}, "its training loss is 1.50"),
        ({"held_out_accuracy": np.array([0.1, 0.99])}, "promise 99%"),
        ({"one_by_one": 0.1}, "one at a time it reads 10%"),
        ({"by_class": 0.1}, "sorted by class, 10%"),
        ({"later": 0.7, "held_out_accuracy": np.array([0.1, 0.7])}, "too few"),
    ],
)
def test_each_worry_is_said_in_words(changes, worry):
    chart = dataclasses.replace(train(HEALTHY), **changes)

    assert worry in chart.words
    assert len(chart.worries) == 1
