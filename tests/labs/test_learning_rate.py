import dataclasses

import numpy as np
import pytest

from backprop_lab import nn
from backprop_lab.labs import LearningRateLab
from backprop_lab.labs.learning_rate import GUESSING, PRESETS, Task, Verdict, judge, train

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def task():
    return Task.digits(200, 250, rng=np.random.default_rng(23))


def run(task, lr, *, steps=60, units=16, seed=23):
    return train(task, lr, steps=steps, units=units, seed=seed)


@pytest.mark.parametrize(
    ("loss", "verdict"),
    [
        (np.linspace(2.4, 2.3, 61), Verdict.STUCK),
        (np.linspace(2.4, 1.0, 61), Verdict.SLOW),
        (2.4 * 0.9 ** np.arange(61), Verdict.CONVERGES),
        (0.5 + 0.2 * np.cos(np.arange(61)), Verdict.OSCILLATES),
        (2.4 * 1.5 ** np.arange(61), Verdict.DIVERGES),
        (np.r_[2.4, 900.0, 40.0, np.full(58, 2.3)], Verdict.DIVERGES),  # all units silent
        (np.r_[2.4, 2.6, 2.4 * 0.9 ** np.arange(59)], Verdict.CONVERGES),  # one stumble
        (np.array([2.4]), Verdict.STUCK),
    ],
)
def test_verdict_follows_from_the_curve(loss, verdict):
    assert judge(loss) is verdict


def test_a_broken_run_has_diverged_however_it_began():
    assert judge(np.array([2.4, 2.0]), broke=True) is Verdict.DIVERGES


@pytest.mark.parametrize(
    ("preset", "verdict", "at_least", "at_most"),
    [
        ("far too small", Verdict.STUCK, 0.0, 0.3),
        ("small", Verdict.SLOW, 0.5, 0.85),
        ("good", Verdict.CONVERGES, 0.9, 1.0),
        ("too large", Verdict.OSCILLATES, 0.2, 0.9),
        ("far too large", Verdict.DIVERGES, 0.0, 0.2),
        ("beyond numbers", Verdict.DIVERGES, 0.0, 0.3),
    ],
)
def test_every_preset_shows_what_it_promises(task, preset, verdict, at_least, at_most):
    result = run(task, PRESETS[preset])
    assert result.verdict is verdict
    assert at_least <= result.held_out[-1] <= at_most
    assert (result.broke_at is not None) == (preset == "beyond numbers")


def test_a_run_takes_plain_gradient_steps(task):
    rng = np.random.default_rng(23)
    W1, W2 = nn.he(64, 5, rng), nn.he(5, 10, rng)
    b1, b2 = np.zeros(5), np.zeros(10)
    x, y = task.x_train, task.y_train
    expected = []
    for _ in range(4):
        h = np.maximum(x @ W1 + b1, 0)
        p = np.exp(h @ W2 + b2)
        p /= p.sum(axis=1, keepdims=True)
        expected.append(-np.log(p[np.arange(len(y)), y]).mean())
        dz = (p - np.eye(10)[y]) / len(y)
        dh = dz @ W2.T * (h > 0)
        W1, b1 = W1 - 0.3 * x.T @ dh, b1 - 0.3 * dh.sum(axis=0)
        W2, b2 = W2 - 0.3 * h.T @ dz, b2 - 0.3 * dz.sum(axis=0)
    np.testing.assert_allclose(run(task, 0.3, steps=3, units=5).loss, expected, rtol=1e-5)


def test_training_again_gives_the_same_numbers(task):
    first, second = run(task, 10.0), run(task, 10.0)
    for field in dataclasses.fields(first):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


def test_a_broken_run_ends_where_the_loss_does(task):
    result = run(task, 10_000.0)
    assert len(result.loss) == len(result.training) == len(result.held_out) == result.broke_at
    assert np.isfinite(result.loss).all()
    assert f"After {result.broke_at} steps the loss is NaN." in result.finding


def test_nobody_is_trained_on_held_out_digits(task):
    train_rows = {row.tobytes() for row in task.x_train}
    assert not any(row.tobytes() in train_rows for row in task.x_test)
    np.testing.assert_allclose(task.x_train.mean(axis=0), 0, atol=1e-7)


def test_words_give_the_numbers_of_the_run(task):
    result = run(task, 2.0)
    share = f"{100 * result.held_out[-1]:.0f} % of held-out digits right after 60 steps."
    assert result.finding == f"lr = 2: converges. {share}"
    fell = f"The loss fell from {result.loss[0]:.2g} to {result.loss[-1]:.2g}."
    assert result.words == f"{result.finding} {fell}"


@pytest.mark.parametrize("preset", PRESETS)
def test_the_picture_shows_the_run(preset):
    lab = LearningRateLab(preset)
    view, frame = lab.picture.view, lab.frame
    np.testing.assert_array_equal(view.loss.lines[0].get_ydata(), frame.loss)
    np.testing.assert_array_equal(view.right.lines[1].get_ydata(), 100 * frame.held_out)
    assert view.headline.get_text() == frame.finding
    captions = [text.get_text() for text in view.digits.captions]
    if frame.broke_at:
        assert captions == ["✗ NaN"] * 10
    else:
        marked = [text.startswith("✗") for text in captions]
        read = np.array([int(text.removeprefix("✗ ")) for text in captions])
        assert marked == (read != np.arange(10)).tolist()
    lab.close()


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_stands_on_a_step_of_the_slider(preset):
    steps = (np.log10(PRESETS[preset]) + 3) / 0.05
    assert steps == pytest.approx(round(steps))


def test_guessing_is_the_loss_of_equal_scores():
    loss, _ = nn.softmax_cross_entropy(np.zeros((3, 10)), np.array([1, 2, 3]))
    assert loss == pytest.approx(GUESSING)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"steps": 0}, ValueError, "steps goes from 1 to 1000, got 0"),
        ({"steps": 2.5}, TypeError, "steps is a whole number"),
        ({"units": 0}, ValueError, "units goes from 1"),
        ({"lr": 0}, ValueError, "the slider goes from 0.001 to 10,000, got lr=0"),
        ({"lr": float("nan")}, ValueError, "the slider goes from"),
        ({"lr": None}, TypeError, "a number or the name of a preset"),
        ({"lr": "perfect"}, ValueError, "no preset is called 'perfect': there are 'far too small'"),
        ({"seed": -1}, ValueError, "seed goes from 0"),
    ],
)
def test_bad_arguments_are_explained(arguments, error, message):
    with pytest.raises(error, match=message):
        LearningRateLab(**arguments)


def test_one_step_and_one_unit_are_enough():
    lab = LearningRateLab(0.5, steps=1, units=1)
    assert len(lab.frame.loss) == 2
    assert "after 1 step." in lab.frame.words
    lab.close()
