import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from backprop_lab import nn
from backprop_lab.labs import InitializationLab
from backprop_lab.labs.initialization import PRESETS, Verdict, judge, train
from backprop_lab.labs.task import Task

pytestmark = pytest.mark.filterwarnings("error")

PROMISES = {
    "zeros": Verdict.NOTHING,
    "all alike": Verdict.TWINS,
    "too small": Verdict.NOTHING,
    "right": Verdict.LEARNS,
    "large": Verdict.MEMORISES,
    "too large": Verdict.JUMPS,
}
FALLS, STAYS = 2.4 * 0.9 ** np.arange(41), np.full(41, 2.3)


@pytest.fixture(scope="module")
def task():
    return Task.digits(120, 120, rng=np.random.default_rng(3))


def run(task, preset="right", **changes):
    return train(task, **{**PRESETS[preset], "steps": 40, "lr": 0.4, "seed": 3, **changes})


@pytest.mark.parametrize(
    ("loss", "training", "held_out", "distinct", "verdict"),
    [
        (FALLS, 0.95, 0.6, 16, Verdict.LEARNS),
        (FALLS, 0.95, 0.5, 16, Verdict.MEMORISES),
        (FALLS, 0.85, 0.6, 16, Verdict.SLOW),
        (FALLS, 0.75, 0.2, 16, Verdict.SLOW),
        (FALLS, 0.85, 0.4, 16, Verdict.MEMORISES),
        (FALLS, 0.95, 0.9, 1, Verdict.TWINS),
        (STAYS, 0.1, 0.1, 1, Verdict.NOTHING),
        (STAYS, 0.1, 0.1, 16, Verdict.NOTHING),
        (np.linspace(20, 3, 41), 0.5, 0.3, 16, Verdict.JUMPS),
        (np.linspace(20, 2.3, 41), 0.1, 0.1, 16, Verdict.JUMPS),
        (np.r_[2.4, 900.0, FALLS], 0.95, 0.9, 16, Verdict.JUMPS),
    ],
)
def test_verdict_follows_from_curves_and_units(loss, training, held_out, distinct, verdict):
    assert judge(loss, training, held_out, distinct) is verdict


def test_a_broken_run_jumped():
    assert judge(STAYS, 0.1, 0.1, 1, broke=True) is Verdict.JUMPS


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_shows_what_it_promises(task, preset):
    assert run(task, preset).verdict is PROMISES[preset]


@pytest.mark.parametrize("seed", range(10))
def test_the_presets_keep_their_promises_whatever_the_seed(seed):
    task = Task.digits(120, 120, rng=np.random.default_rng(seed))
    found = {preset: run(task, preset, seed=seed) for preset in PRESETS}
    assert {preset: run.verdict for preset, run in found.items()} == PROMISES
    fades, holds = (found[preset].spread for preset in ("too small", "right"))
    assert fades[-1] < fades[0] / 100  # "hardly any gradient comes through"
    assert 0.5 < holds[-1] / holds[0] < 2  # "every layer passes on as much as it gets"


def test_a_run_takes_plain_gradient_steps(task):
    rng = np.random.default_rng(3)
    W = [nn.he(64, 16, rng), *(nn.he(16, 16, rng) for _ in range(3)), nn.he(16, 10, rng)]
    b = [np.zeros(w.shape[1]) for w in W]
    x, y = task.x_train / task.x_train.std(), task.y_train
    first, expected = W[0].copy(), []
    for step in range(4):
        h = [x]
        for w, c in zip(W[:-1], b):
            h.append(np.tanh(h[-1] @ w + c))
        p = np.exp(h[-1] @ W[-1] + b[-1])
        p /= p.sum(axis=1, keepdims=True)
        expected.append(-np.log(p[np.arange(len(y)), y]).mean())
        if step == 3:
            break
        dz = (p - np.eye(10)[y]) / len(y)
        for i in reversed(range(5)):
            dh = dz @ W[i].T
            W[i], b[i] = W[i] - 0.4 * h[i].T @ dz, b[i] - 0.4 * dz.sum(axis=0)
            dz = dh * (1 - h[i] ** 2)
    result = run(task, steps=3)
    np.testing.assert_allclose(result.loss, expected, rtol=1e-5)
    np.testing.assert_allclose(result.learned, W[0] - first, atol=1e-6)


def test_with_zeros_only_the_last_biases_move(task):
    result = run(task, "zeros")
    assert not result.learned.any()
    assert not result.spread.any()
    shares = np.bincount(task.y_train, minlength=10) / len(task.y_train)
    best = -(shares * np.log(shares)).sum()  # what the biases alone can reach
    assert best <= result.loss[-1] < result.loss[0]


def test_units_that_start_alike_stay_twins(task):
    result = run(task, "all alike", steps=200)
    assert result.distinct == 1
    np.testing.assert_allclose(result.learned, result.learned[:, :1].repeat(16, axis=1), atol=1e-9)
    assert np.abs(result.learned).max() > 0.05
    assert run(task, "right").distinct == 16


def test_signals_fade_hold_and_fill_the_ends(task):
    small, right, large = (run(task, preset).spread for preset in ("too small", "right", "large"))
    assert small[-1] < small[0] / 100
    assert 0.5 < right[-1] / right[0] < 2
    assert large.min() > 0.85


def test_training_again_gives_the_same_numbers(task):
    first, second = run(task), run(task)
    for field in dataclasses.fields(first):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


def test_a_run_that_breaks_ends_where_the_loss_does(task, monkeypatch):
    def explode(self, params, grads):
        self.t += 1
        params *= 1e100  # three times, and the scores are beyond numbers

    monkeypatch.setattr(nn.SGD, "step", explode)
    result = run(task, activation="ReLU")
    assert result.broke_at == len(result.loss) < 41
    assert np.isfinite(result.loss).all()
    assert np.isfinite(result.learned).all()
    assert result.verdict is Verdict.JUMPS


@pytest.mark.parametrize("weights", ["random", "all alike", "zeros"])
@pytest.mark.parametrize("activation", ["tanh", "ReLU"])
@pytest.mark.parametrize("scale", [1 / 81, 1 / 3, 9.0])
def test_every_control_gives_words_and_a_picture(weights, activation, scale):
    lab = InitializationLab(weights=weights, activation=activation, scale=scale)
    assert lab.frame.finding in lab.words.value
    assert "nan" not in lab.frame.words
    with lab.picture._lock:
        painted = lab.picture.pixels()
        drawn = np.asarray(Image.open(io.BytesIO(lab.picture.view.picture.png(1))))
    np.testing.assert_array_equal(painted, drawn)
    lab.close()


def test_words_give_the_numbers_of_the_run(task):
    result = run(task, "large")
    right = f"{100 * result.held_out:.0f} % of held-out digits right."
    assert result.finding == f"tanh, random × 3: memorises. {right}"
    assert f"the loss went from {result.loss[0]:.2g} to {result.loss[-1]:.2g};" in result.words


@pytest.mark.parametrize("preset", PRESETS)
def test_the_picture_shows_the_run(preset):
    lab = InitializationLab(preset)
    view, frame = lab.picture.view, lab.frame
    np.testing.assert_array_equal(view.loss.lines[0].get_ydata(), frame.loss)
    first = view.units.mosaic[:8, :8]
    np.testing.assert_array_equal(first, frame.learned[:, 0].reshape(8, 8))
    assert view.headline.get_text() == frame.finding
    lab.close()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"preset": "perfect"}, ValueError, "preset is one of 'zeros', "),
        ({"weights": "ones"}, ValueError, "weights is one of 'random', 'all alike', 'zeros', got"),
        ({"scale": 0.0}, ValueError, "scale goes from 0.0123 to 9, got 0.0"),
        ({"activation": "sigmoid"}, ValueError, "activation is one of 'tanh', 'ReLU', got"),
        ({"steps": 0}, ValueError, "steps goes from 1 to 1000, got 0"),
        ({"lr": -1}, ValueError, "lr goes from 0.001 to 100, got -1"),
        ({"lr": None}, TypeError, "lr is a number, got None"),
        ({"seed": 1.5}, TypeError, "seed is a whole number"),
    ],
)
def test_bad_arguments_are_explained(arguments, error, message):
    with pytest.raises(error, match=message):
        InitializationLab(**arguments)
