import dataclasses

import numpy as np
import pytest

from backprop_lab import nn
from backprop_lab.labs.points import REACH, Points
from backprop_lab.labs.survey import MAP, SIDE, survey
from backprop_lab.labs.training import (
    ACTIVATIONS,
    INITIALIZERS,
    LONGEST,
    OPTIMIZERS,
    Settings,
    Training,
    leaves,
    linear_layers,
)

pytestmark = pytest.mark.filterwarnings("error")


def training(seed=0, **settings):
    return Training(Settings(**settings), seed)


def change(a_training, **settings):
    return a_training.follow(**(dataclasses.asdict(a_training.settings) | settings))


def numbers(a_training):
    frame = a_training.frame
    return np.r_[a_training.net.params, frame.training, frame.held_out, frame.gradient]


def test_a_training_takes_plain_gradient_steps():
    ours = training(batch=200, units=3, layers=1, activation="tanh", l2=0.01, lr=0.5)
    W1, W2 = (layer.W.astype(float) for layer in linear_layers(ours.net))
    b1, b2 = np.zeros(3), np.zeros(2)
    x, y = ours.points.x_train.astype(float), ours.points.y_train
    for _ in range(3):
        h = np.tanh(x @ W1 + b1)
        p = np.exp(h @ W2 + b2)
        dz = (p / p.sum(axis=1, keepdims=True) - np.eye(2)[y]) / len(y)
        dh = dz @ W2.T * (1 - h**2)
        W2, b2 = W2 - 0.5 * (h.T @ dz + 0.01 * W2), b2 - 0.5 * dz.sum(axis=0)
        W1, b1 = W1 - 0.5 * (x.T @ dh + 0.01 * W1), b1 - 0.5 * dh.sum(axis=0)
    ours.advance(3)
    np.testing.assert_allclose(ours.net.params, np.r_[W1.ravel(), b1, W2.ravel(), b2], atol=1e-5)


def test_the_same_seed_and_actions_give_the_same_numbers():
    def story():
        one = training(dropout=0.2, batch_norm=True, optimizer="Adam", lr=0.01)
        one.advance(13)
        change(one, noise=0.4, batch=50)
        one.advance(7)
        change(one, noise=0.4, batch=50, lr=0.1, l2=0.001, dropout=0.5)
        one.step_in_numbers()
        one.advance(10)
        return numbers(one)

    np.testing.assert_array_equal(story(), story())


def test_how_steps_are_grouped_changes_nothing_in_the_network():
    together, single, in_numbers = (training(dropout=0.3, batch_norm=True) for _ in range(3))
    together.advance(24)
    for _ in range(24):
        single.advance(1)
        in_numbers.step_in_numbers()
    np.testing.assert_array_equal(together.net.params, single.net.params)
    np.testing.assert_array_equal(together.net.params, in_numbers.net.params)
    for net in (single.net, in_numbers.net):
        for a, b in zip(leaves(net), leaves(together.net), strict=True):
            for name in a.state:
                np.testing.assert_array_equal(a.state[name], b.state[name])
    assert together.frame.training[-1] == single.frame.training[-1]


@pytest.mark.parametrize("lr", [30.0, 100.0])
def test_where_a_training_breaks_does_not_depend_on_how_often_one_looks(lr):
    ends = []
    for steps in (1, 5, 20):
        one = training(23, layers=4, optimizer="momentum", lr=lr)
        while not one.over:
            one.advance(steps)
        ends.append((one.steps, one.frame.training[-1]))
    assert len(set(ends)) == 1


def test_seeds_differ():
    assert not np.array_equal(training(0).net.params, training(1).net.params)
    assert not np.array_equal(training(0).points.x_train, training(1).points.x_train)


@pytest.mark.parametrize(
    "settings",
    [
        *({"activation": name} for name in ACTIVATIONS),
        *({"initializer": name} for name in INITIALIZERS),
        *({"optimizer": name, "lr": 0.01} for name in OPTIMIZERS),
        {"layers": 8, "units": 16, "batch_norm": True, "residual": True, "dropout": 0.5},
        {"layers": 1, "units": 1, "batch": 1, "batch_norm": True},
        {"dropout": 1.0, "batch_norm": True, "l2": 0.1},
        {"data": "spirals", "noise": 0.0, "batch": 200},
        {"data": "circles", "noise": 0.5, "residual": True},
        {"data": "xor", "layers": 8, "units": 16},
    ],
)
def test_every_choice_can_be_trained(settings):
    one = training(**settings)
    one.advance(10)
    assert one.steps == 10
    assert np.isfinite(one.frame.survey.map).all()
    assert one.frame.words


@pytest.mark.parametrize(
    "settings",
    [
        {"layers": 3},
        {"units": 4},
        {"activation": "tanh"},
        {"initializer": "Xavier"},
        {"batch_norm": True},
        {"residual": True},
    ],
)
def test_what_makes_another_network_is_not_followed(settings):
    one = training()
    one.advance(5)
    before = one.settings
    assert not change(one, **settings)
    assert one.settings is before


@pytest.mark.parametrize(
    "settings",
    [
        {"data": "xor"},
        {"noise": 0.0},
        {"batch": 1},
        {"optimizer": "Adam"},
        {"lr": 1.0},
        {"l2": 0.1},
        {"dropout": 0.5},
    ],
)
def test_other_settings_are_followed_from_the_next_step_on(settings):
    one, same = training(), training()
    one.advance(5)
    same.advance(5)
    assert change(one, **settings)
    np.testing.assert_array_equal(one.net.params, same.net.params)
    one.advance(5)
    same.advance(5)
    assert not np.array_equal(one.net.params, same.net.params)


def test_a_bad_setting_changes_nothing():
    one = training()
    with pytest.raises(ValueError, match="lr goes from"):
        change(one, lr=0.0, noise=0.5)
    assert one.settings == Settings()
    assert one.optimizer.lr == 0.1


def test_more_noise_moves_the_same_points_on():
    calm, loud, louder = (Points.draw("moons", noise, 3).x_train for noise in (0.0, 0.1, 0.2))
    np.testing.assert_allclose(louder - calm, 2 * (loud - calm), atol=1e-5)


def test_nobody_is_trained_on_held_out_points():
    points = Points.draw("spirals", 0.1, 0)
    rows = {row.tobytes() for row in points.x_train}
    assert not any(row.tobytes() in rows for row in points.x_test)
    assert len(points.x_train) == len(points.y_test) == 200


def test_a_survey_asks_the_network_in_inference_mode():
    one = training(dropout=0.5, batch_norm=True)
    one.advance(20)
    found, _ = survey(one.net, one.points)
    scores, _ = one.net.forward(one.points.x_test)
    assert found.held_out == pytest.approx(nn.softmax_cross_entropy(scores, one.points.y_test)[0])
    assert found.held_out_right == np.mean(scores.argmax(axis=1) == one.points.y_test)
    p = nn.softmax(one.net.forward(MAP)[0])[:, 1]
    np.testing.assert_allclose(found.map.ravel(), p, atol=1e-5)
    assert found.map.shape == (SIDE, SIDE)
    np.testing.assert_allclose(MAP[[0, -1]], [[-REACH] * 2, [REACH] * 2], atol=REACH / SIDE)
    assert MAP[1, 0] > MAP[0, 0]  # columns of the map are x₁
    assert MAP[1, 1] == MAP[0, 1]


def test_looking_changes_nothing():
    one = training(dropout=0.5, batch_norm=True)
    one.advance(5)
    before = numbers(one)
    one.advance(0)
    assert one.frame.words
    np.testing.assert_array_equal(numbers(one), before)


def test_gradients_are_the_root_mean_square_of_the_last_ten_steps():
    one = training()
    lengths = []
    for _ in range(12):
        one.advance(1)
        lengths.append([np.linalg.norm(layer.dW) for layer in linear_layers(one.net)])
    expected = np.sqrt(np.mean(np.square(lengths[2:]), axis=0))
    np.testing.assert_allclose(one.frame.gradient, expected, rtol=1e-5)


def test_a_diverging_training_ends_where_its_numbers_do():
    one = training(23, layers=4, optimizer="momentum", lr=100.0)
    one.advance(200)
    frame = one.frame
    assert one.over
    assert one.steps < 200
    assert frame.training[-1] > 10
    assert np.isnan(frame.held_out[-1])
    steps = one.steps
    one.advance(5)
    assert one.step_in_numbers() is None
    assert change(one, lr=0.01, noise=0.4)
    assert one.steps == steps
    assert "NaN" in one.frame.finding
    assert one.frame.explanation


def test_the_history_stays_short_and_keeps_both_ends():
    one = training(units=1, layers=1)
    one._history = [(-i, 1.0, 1.0) for i in range(LONGEST, 0, -1)]
    one.advance(1)
    at = one.frame.at
    assert len(at) < LONGEST / 2 + 3
    assert (at[0], at[-1]) == (-LONGEST, 1)
    assert (np.diff(at) > 0).all()


def test_one_step_in_numbers_adds_up():
    one = training(dropout=0.3, l2=0.01, batch_norm=True)
    one.advance(9)
    before = one.net.params.copy()
    done = one.step_in_numbers()
    moved = one.net.params - before
    assert done.number == 10
    assert done.batch == 10
    assert done.step == pytest.approx(np.linalg.norm(moved), rel=1e-5)
    assert done.step == pytest.approx(0.1 * done.gradient, rel=1e-4)  # plain SGD
    for whole, part in (done.step, "step"), (done.gradient, "gradient"):
        parts = [getattr(layer, part) for layer in done.layers]
        assert np.linalg.norm(parts) == pytest.approx(whole, rel=1e-5)
    assert done.layers[0].weights == pytest.approx(np.linalg.norm(before[:24]), rel=1e-5)
    assert [layer.name for layer in done.layers] == [
        "1 Linear(2, 8)",
        "1 BatchNorm(8)",
        "2 Linear(8, 8)",
        "2 BatchNorm(8)",
        "output Linear(8, 2)",
    ]


def test_loss_before_and_after_are_of_the_same_batch_and_the_same_luck():
    """To first order, a short step lowers the loss by step · gradient."""
    one = training(dropout=0.5, l2=0.01, batch_norm=True, lr=0.001, activation="tanh")
    one.advance(5)
    done = one.step_in_numbers()
    assert done.before == pytest.approx(one._loss, rel=1e-5)
    assert done.before - done.after == pytest.approx(done.step * done.gradient, rel=0.05)


def test_one_step_is_a_table_in_text_and_in_html():
    done = training().step_in_numbers()
    text, page = str(done), done.html()
    assert text.startswith("Step 1, on a batch of 10 points: its loss fell from ")
    for layer in done.layers:
        assert layer.name in text
        assert layer.name in page
    assert page.count("<tr>") == len(done.layers) + 1
    assert page.count("scope='row'") == len(done.layers)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"data": "faces"}, ValueError, "data is one of 'moons', 'circles'"),
        ({"noise": 0.6}, ValueError, "noise goes from 0 to 0.5, got 0.6"),
        ({"batch": 3}, ValueError, "batch is one of 1, 2, 5"),
        ({"layers": 0}, ValueError, "layers goes from 1 to 8, got 0"),
        ({"layers": 2.0}, TypeError, "layers is a whole number"),
        ({"units": 17}, ValueError, "units goes from 1 to 16"),
        ({"activation": "relu"}, ValueError, "activation is one of 'ReLU'"),
        ({"initializer": None}, ValueError, "initializer is one of 'He'"),
        ({"optimizer": "adam"}, ValueError, "optimizer is one of 'SGD'"),
        ({"lr": "fast"}, TypeError, "lr is a number"),
        ({"l2": -1.0}, ValueError, "l2 is one of 0.0"),
        ({"dropout": 1.1}, ValueError, "dropout goes from 0 to 1"),
        ({"batch_norm": "yes"}, ValueError, "batch_norm is one of False, True"),
    ],
)
def test_bad_settings_are_explained(settings, error, message):
    with pytest.raises(error, match=message):
        Settings(**settings)
