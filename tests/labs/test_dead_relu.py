import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from backprop_lab import nn
from backprop_lab.labs import DeadReLULab
from backprop_lab.labs.dead_relu import PRESETS, Verdict, judge, train
from backprop_lab.labs.task import Task

pytestmark = pytest.mark.filterwarnings("error")

PROMISES = {
    "healthy": Verdict.LIVE,
    "killed by learning rate": Verdict.DIE,
    "killed by bias": Verdict.DEAD,
    "leaky revives": Verdict.REVIVE,
    "leaky diverges": Verdict.DIVERGES,
}


@pytest.fixture(scope="module")
def task():
    return Task.digits(100, 100, rng=np.random.default_rng(3))


def run(task, preset="healthy", **changes):
    return train(task, **{**PRESETS[preset], "steps": 50, "seed": 3, **changes})


@pytest.mark.parametrize(
    ("first", "last", "verdict"),
    [
        ([0.0, 0.1], [0.1, 0.4], Verdict.LIVE),
        ([0.0, 0.1], [0.0, 0.5], Verdict.DIE),
        ([0.0, 0.5], [0.0, 0.3], Verdict.DEAD),
        ([0.9, 1.0], [0.9, 1.0], Verdict.DEAD),
        ([0.9, 1.0], [0.5, 0.0], Verdict.REVIVE),
    ],
)
def test_verdict_follows_from_the_silent_shares(first, last, verdict):
    assert judge(np.array([first, last])) is verdict
    assert judge(np.array([first, last]), broke=True) is Verdict.DIVERGES


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("seed", [0, 3, 7])
def test_every_preset_shows_what_it_promises(preset, seed):
    task = Task.digits(100, 100, rng=np.random.default_rng(seed))
    assert run(task, preset, seed=seed).verdict is PROMISES[preset]


@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_a_run_takes_plain_gradient_steps_and_counts_who_speaks(task, slope):
    rng = np.random.default_rng(3)
    W = [nn.he(64, 16, rng), nn.he(16, 16, rng), nn.he(16, 16, rng), nn.he(16, 10, rng)]
    b = [np.full(16, -0.5) for _ in range(3)] + [np.zeros(10)]
    x, y = task.x_train / task.x_train.std(), task.y_train
    expected, speaks = [], []
    for _ in range(4):
        h, z = [x], []
        for w, c in zip(W[:-1], b):
            z.append(h[-1] @ w + c)
            h.append(np.where(z[-1] > 0, z[-1], slope * z[-1]))
        p = np.exp(h[-1] @ W[-1] + b[-1])
        p /= p.sum(axis=1, keepdims=True)
        expected.append(-np.log(p[np.arange(len(y)), y]).mean())
        speaks.append([(part > 0).mean(axis=0) for part in z])
        dz = (p - np.eye(10)[y]) / len(y)
        for i in reversed(range(4)):
            dh = dz @ W[i].T
            W[i], b[i] = W[i] - 0.5 * h[i].T @ dz, b[i] - 0.5 * dz.sum(axis=0)
            if i:
                dz = dh * np.where(z[i - 1] > 0, 1.0, slope)
    result = run(task, bias=-0.5, slope=slope, steps=3)
    np.testing.assert_allclose(result.loss, expected, rtol=1e-5)
    np.testing.assert_allclose(result.activity, speaks, atol=1e-12)


def test_a_layer_that_is_silent_stays_silent_and_so_does_all_below_it(task):
    result = run(task, "killed by bias")
    assert (result.silent[:, 2] == 1).all()
    np.testing.assert_array_equal(result.activity, result.activity[:1].repeat(51, axis=0))


def test_a_slope_makes_the_difference(task):
    assert PRESETS["killed by bias"] | {"slope": 0.3} == PRESETS["leaky revives"]
    assert PRESETS["killed by learning rate"] | {"slope": 0.3} == PRESETS["leaky diverges"]
    assert run(task, "leaky revives").held_out > 0.5 > run(task, "killed by bias").held_out


def test_a_broken_run_ends_where_the_loss_does(task):
    result = run(task, "leaky diverges")
    assert result.broke_at == len(result.loss) == len(result.activity) < 51
    assert np.isfinite(result.loss).all()
    assert f"after {result.broke_at} steps the numbers are beyond" in result.words
    assert "held-out" not in result.words


def test_training_again_gives_the_same_numbers(task):
    first, second = run(task), run(task)
    for field in dataclasses.fields(first):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


def test_words_give_the_numbers_of_the_run(task):
    result = run(task, "killed by learning rate", scale=2.0)
    after = np.count_nonzero(result.activity[-1] == 0)
    assert result.finding.startswith("ReLU, lr = 2.38, bias 0, He × 2: ")
    assert f"of 48 at first, {after} in the end." in result.words
    assert "ReLU, lr = 0.5, bias −2:" in run(task, "killed by bias").words


def test_death_is_dated_by_the_last_unit_that_falls_silent(task):
    result = run(task, "killed by learning rate")
    count = (result.activity == 0).sum(axis=(1, 2))
    last = max(step for step in range(1, 51) if count[step] > count[step - 1])
    assert f"{count[-1]} units below 0 for every digit, the last at step {last}." in result.words


@pytest.mark.parametrize("lr", [1 / 64, 32.0])
@pytest.mark.parametrize("bias", [-3.0, 3.0])
@pytest.mark.parametrize("scale", [1 / 9, 9.0])
@pytest.mark.parametrize("slope", [0.0, 0.01, 0.5])
def test_no_corner_of_the_controls_breaks(task, lr, bias, scale, slope):
    result = run(task, lr=lr, bias=bias, scale=scale, slope=slope)
    assert result.words
    assert "nan" not in result.words


@pytest.mark.parametrize("preset", PRESETS)
def test_the_picture_shows_the_run(preset):
    lab = DeadReLULab(preset)
    view, frame = lab.picture.view, lab.frame
    np.testing.assert_array_equal(view.loss.lines[0].get_ydata(), frame.loss)
    black = (view.units.mosaic[:, len(frame.loss) - 1] == 0).sum()
    assert black == np.count_nonzero(frame.activity[-1] == 0)
    assert view.headline.get_text() == frame.finding
    assert frame.census in view.units.title.get_text()
    lab.close()


def test_repainting_what_moved_equals_drawing_everything():
    lab = DeadReLULab()
    for preset in PRESETS.values():
        lab.move(**preset)
        with lab.picture._lock:
            painted = lab.picture.pixels()
            drawn = np.asarray(Image.open(io.BytesIO(lab.picture.view.picture.png(1))))
        np.testing.assert_array_equal(painted, drawn)
    lab.close()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"preset": "zombie"}, ValueError, "preset is one of 'healthy', "),
        ({"lr": 0}, ValueError, "lr goes from 0.0156 to 32, got 0"),
        ({"bias": "low"}, TypeError, "bias is a number, got 'low'"),
        ({"bias": -4}, ValueError, "bias goes from -3 to 3, got -4"),
        ({"scale": 10}, ValueError, "scale goes from 0.111 to 9, got 10"),
        ({"slope": 1.0}, ValueError, "slope goes from 0 to 0.5, got 1.0"),
        ({"steps": 0}, ValueError, "steps goes from 1 to 1000, got 0"),
        ({"seed": None}, TypeError, "seed is a whole number"),
    ],
)
def test_bad_arguments_are_explained(arguments, error, message):
    with pytest.raises(error, match=message):
        DeadReLULab(**arguments)


def test_one_step_is_enough():
    lab = DeadReLULab(steps=1)
    assert len(lab.frame.loss) == 2
    lab.close()
