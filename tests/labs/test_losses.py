import io
import math

import numpy as np
import pytest
from PIL import Image

from backprop_lab import nn
from backprop_lab.labs import LossLab
from backprop_lab.labs.losses import (
    LOSSES,
    LOWEST,
    PRESETS,
    SCORES,
    STEPS,
    Task,
    Verdict,
    duel,
    judge,
    pulls,
    train,
)

pytestmark = pytest.mark.filterwarnings("error")
SEEDS = [23, 0, 1]


def right(name, lr, start=1.0, seed=23):
    """Train by a loss, and give the share of held-out digits that is read right."""
    task = Task.digits(150, 250, rng=np.random.default_rng(seed))
    return train(task, LOSSES[name], lr, start, seed=seed).right[-1]


@pytest.fixture(scope="module")
def shared():
    lab = LossLab()
    yield lab
    lab.close()


@pytest.fixture
def lab(shared):
    shared.move(**PRESETS["confidently wrong"])
    return shared


@pytest.mark.parametrize("name", LOSSES)
def test_every_gradient_is_that_of_its_loss(name, rng):
    scores, labels = rng.normal(0, 2, (4, 10)), np.array([3, 0, 9, 3])
    loss, dscores = LOSSES[name](scores, labels)
    numerical = nn.numerical_gradient(lambda z: LOSSES[name](z, labels)[0], scores)
    np.testing.assert_allclose(dscores, numerical, atol=1e-8)
    each = [LOSSES[name](row[None], label[None])[0] for row, label in zip(scores, labels)]
    assert loss == pytest.approx(np.mean(each))


def test_softmax_twice_never_falls_below_its_floor():
    losses, _ = pulls(np.array([-8.0, 0.0, 8.0, 40.0]))
    assert losses["softmax twice"].min() == pytest.approx(LOWEST)
    assert pytest.approx(-math.log(math.e / (math.e + 9))) == LOWEST
    assert losses["cross-entropy"][-1] < 1e-6


def test_only_cross_entropy_pulls_where_the_answer_is_confidently_wrong():
    _, pull = pulls(np.array([-6.0]))
    assert pull["cross-entropy"][0] > 0.99
    assert pull["MSE"][0] < 1e-4
    assert pull["softmax twice"][0] < 1e-4


def test_the_pull_is_the_slope_of_the_loss():
    losses, pull = pulls(SCORES)
    p = nn.softmax(duel(SCORES))
    np.testing.assert_allclose(pull["cross-entropy"], 1 - p[:, 0], atol=1e-12)
    slope = -np.gradient(losses["cross-entropy"], SCORES)  # the rival moves too, and pushes
    np.testing.assert_allclose(slope[1:-1], (1 - p[:, 0] + p[:, 1])[1:-1], atol=0.01)


def test_duel_sets_a_rival_against_the_right_digit():
    np.testing.assert_array_equal(duel(3.0), [[3, -3, 0, 0, 0, 0, 0, 0, 0, 0]])


@pytest.mark.parametrize(
    ("p", "verdict"),
    [(0.001, Verdict.WRONG), (0.1, Verdict.UNSURE), (0.9, Verdict.UNSURE), (0.99, Verdict.RIGHT)],
)
def test_verdict_follows_from_the_probability(p, verdict):
    assert judge(p) is verdict


@pytest.mark.parametrize(
    ("preset", "verdict", "leader"),
    [
        ("unsure", Verdict.UNSURE, "cross-entropy"),
        ("confidently wrong", Verdict.WRONG, "cross-entropy"),
        ("confidently right", Verdict.RIGHT, "cross-entropy"),
        ("softmax twice", Verdict.RIGHT, "cross-entropy"),
        ("larger steps for MSE", Verdict.UNSURE, "MSE"),
    ],
)
def test_every_preset_shows_what_it_promises(lab, preset, verdict, leader):
    lab.move(**PRESETS[preset])
    assert lab.frame.verdict is verdict
    assert lab.frame.leader == leader


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_wrong_losses_cost_on_real_digits(seed):
    best = right("cross-entropy", 2.0, seed=seed)
    assert best > 0.85
    assert right("softmax twice", 2.0, seed=seed) < best - 0.1
    assert right("MSE", 2.0, seed=seed) < best - 0.3


@pytest.mark.parametrize("seed", SEEDS)
def test_mse_learns_too_with_steps_that_break_cross_entropy(seed):
    assert right("MSE", 50.0, seed=seed) > 0.8
    assert right("cross-entropy", 50.0, seed=seed) < 0.3


def test_training_takes_plain_gradient_steps():
    task = Task.digits(150, 250, rng=np.random.default_rng(23))
    rng = np.random.default_rng(23)
    W1, W2 = nn.he(64, 16, rng), 3 * nn.he(16, 10, rng)
    b1, b2 = np.zeros(16), np.zeros(10)
    for _ in range(STEPS + 1):
        h = np.maximum(task.x_train @ W1 + b1, 0)
        p = nn.softmax(h @ W2 + b2)
        loss = -np.log(p[np.arange(150), task.y_train]).mean()
        dz = (p - np.eye(10)[task.y_train]) / 150
        dh = dz @ W2.T * (h > 0)
        W1, b1 = W1 - 0.1 * task.x_train.T @ dh, b1 - 0.1 * dh.sum(axis=0)
        W2, b2 = W2 - 0.1 * h.T @ dz, b2 - 0.1 * dz.sum(axis=0)
    run = train(task, LOSSES["cross-entropy"], 0.1, 3.0, seed=23)
    assert run.loss == pytest.approx(loss, rel=1e-3)


def test_divergence_is_shown_as_divergence():
    task = Task.digits(150, 250, rng=np.random.default_rng(23))
    with np.errstate(all="ignore"):
        run = train(task, LOSSES["cross-entropy"], 1e20, 1.0, seed=23)
    assert math.isinf(run.loss)
    assert np.isnan(run.right[-1])
    assert np.isfinite(run.right[0])


def test_words_give_the_numbers_of_the_frame(lab):
    frame = lab.frame
    times = frame.pulls["cross-entropy"] / frame.pulls["MSE"]
    expected = f"Confidently wrong: cross-entropy pulls {times:.0f} times as hard as MSE."
    assert frame.finding == expected
    for name, run in frame.runs.items():
        assert f"{100 * run.right[-1]:.0f} % by {name}" in frame.explanation


def test_moving_the_score_trains_nothing_anew(lab):
    before = lab.frame.runs
    lab.score.value = 2.0
    assert lab.frame.runs is before
    lab.lr.value = 5.0
    assert lab.frame.runs is not before


def test_the_picture_shows_the_frame(lab):
    view, frame = lab.picture.view, lab.frame
    for i, name in enumerate(LOSSES):
        np.testing.assert_array_equal(view.right.lines[i].get_ydata(), 100 * frame.runs[name].right)
        assert view.dots[0][i].get_ydata()[0] == frame.losses[name]
        assert view.dots[1][i].get_ydata()[0] == frame.pulls[name]
    assert view.headline.get_text() == frame.finding
    cost = frame.runs["cross-entropy"].right[-1] - frame.runs["softmax twice"].right[-1]
    assert view.right.title.get_text() == f"Twice costs {100 * cost:.0f} points"
    lab.move(**PRESETS["larger steps for MSE"])
    assert view.right.title.get_text().startswith("MSE leads: ")


def test_repainting_what_moved_equals_drawing_everything(lab):
    for preset in PRESETS:
        lab.move(**PRESETS[preset])
        with lab.picture._lock:
            painted = lab.picture.pixels()
            drawn = np.asarray(Image.open(io.BytesIO(lab.picture.view.picture.png(1))))
        np.testing.assert_array_equal(painted, drawn)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"preset": "hinge"}, ValueError, "preset is one of 'unsure', 'confidently wrong'"),
        ({"seed": -1}, ValueError, "seed goes from 0"),
        ({"seed": 1.5}, TypeError, "seed is a whole number"),
    ],
)
def test_bad_arguments_are_explained(arguments, error, message):
    with pytest.raises(error, match=message):
        LossLab(**arguments)
