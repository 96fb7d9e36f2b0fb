import io

import numpy as np
import pytest
from PIL import Image

from backprop_lab import nn
from backprop_lab.labs import OptimizerRaceLab
from backprop_lab.labs.landscapes import LANDSCAPES
from backprop_lab.labs.optimizer_race import (
    COURSES,
    DIGITS,
    PRESETS,
    RATES,
    RULES,
    USUAL,
    Task,
    Verdict,
    Walk,
    judge,
    train,
    walk,
)

pytestmark = pytest.mark.filterwarnings("error")
FOUR = "SGD", "momentum", "RMSProp", "Adam"
SEEDS = [23, 0, 1]


def down(land, optimizer, steps=100):
    return walk(LANDSCAPES[land], optimizer, steps)


@pytest.fixture(scope="module")
def shared():
    lab = OptimizerRaceLab()
    yield lab
    lab.close()


@pytest.fixture
def lab(shared):
    shared.move(shown=100, **only(PRESETS["narrow valley"]))
    return shared


def only(preset, names=FOUR):
    return {name: value for name, value in preset.items() if name not in RULES or name in names}


def read(optimizer, seed):
    """Train by an optimizer, and give the share of held-out digits that is read right."""
    task = Task.digits(250, 250, rng=np.random.default_rng(seed))
    return train(task, optimizer, 100, seed=seed).right[-1]


@pytest.mark.parametrize(
    ("left", "verdict"),
    [
        (0.0, Verdict.ARRIVES),
        (0.001, Verdict.ARRIVES),
        (0.1, Verdict.WALKS),
        (0.99, Verdict.STUCK),
        (1.01, Verdict.DIVERGES),
        (np.nan, Verdict.DIVERGES),
    ],
)
def test_verdict_follows_from_what_is_left(left, verdict):
    assert judge(left) is verdict


def test_a_walk_takes_plain_gradient_steps():
    x, y = LANDSCAPES["narrow valley"].start
    expected = [(x, y)]
    for _ in range(5):
        x, y = x - 0.1 * 0.1 * x, y - 0.1 * 10 * y
        expected.append((x, y))
    taken = down("narrow valley", nn.SGD(0.1), 5)
    np.testing.assert_allclose(taken.path, expected, atol=1e-15)
    np.testing.assert_allclose(taken.loss, [0.05 * x**2 + 5 * y**2 for x, y in expected])
    np.testing.assert_allclose(taken.length[0], np.sqrt((0.08**2 + 2.0**2) / 2))


def test_training_takes_plain_gradient_steps():
    task = Task.digits(250, 250, rng=np.random.default_rng(23))
    rng = np.random.default_rng(5)
    W1, W2 = nn.he(64, 16, rng), nn.he(16, 10, rng)
    b1, b2 = np.zeros(16), np.zeros(10)

    def loss_and_gradients(x, y):
        h = np.maximum(x @ W1 + b1, 0)
        p = nn.softmax(h @ W2 + b2)
        dz = (p - np.eye(10)[y]) / len(y)
        dh = dz @ W2.T * (h > 0)
        gradients = x.T @ dh, dh.sum(axis=0), h.T @ dz, dz.sum(axis=0)
        return -np.log(p[np.arange(len(y)), y]).mean(), gradients

    for _ in range(7):
        batch = rng.integers(250, size=32)
        _, gradients = loss_and_gradients(task.x_train[batch], task.y_train[batch])
        for p, g in zip((W1, b1, W2, b2), gradients, strict=True):
            p -= 0.5 * g
    run = train(task, nn.SGD(0.5), 7, seed=5)
    assert run.at.tolist() == [0, 5, 7]
    assert run.loss[-1] == pytest.approx(loss_and_gradients(task.x_train, task.y_train)[0], 1e-4)
    step = np.sqrt(np.mean(np.concatenate([g.ravel() for g in gradients]) ** 2)) * 0.5
    assert run.length[-1] == pytest.approx(step, rel=1e-3)


def test_a_walker_that_runs_away_is_lost():
    taken = down("narrow valley", nn.SGD(1.0))
    assert taken.verdict is Verdict.DIVERGES
    assert np.isnan(taken.loss[-1])
    assert np.isfinite(taken.loss[:4]).all()
    assert taken.longest > 100


def test_training_that_breaks_is_lost():
    task = Task.digits(250, 250, rng=np.random.default_rng(23))
    run = train(task, nn.SGD(1e30), 100, seed=23)
    assert np.isnan(run.loss[-1])
    assert np.isfinite(run.loss[0])
    assert np.isfinite(run.longest)


def test_arrival_is_the_first_step_after_which_it_never_leaves():
    loss = np.array([1.0, 0.0, 0.5, 0.0005, 0.0])
    taken = Walk(0.1, np.arange(0, 50, 10), loss, np.ones(4), np.empty((0, 2)), np.empty(0))
    assert taken.arrival == 30


def test_the_first_steps_of_a_walk_are_those_of_a_shorter_one():
    whole, short = down("Beale", nn.Adam(0.2), 60).until(25), down("Beale", nn.Adam(0.2), 25)
    np.testing.assert_array_equal(whole.path, short.path)
    np.testing.assert_array_equal(whole.loss, short.loss)
    np.testing.assert_array_equal(whole.length, short.length)


def test_momentum_beats_sgd_in_the_valley_at_every_rate():
    sgd = min(down("narrow valley", nn.SGD(lr)).left for lr in RATES if lr < 0.2)
    assert down("narrow valley", nn.Momentum(0.1)).left < 1e-3 * sgd


@pytest.mark.parametrize("lr", [0.5, 1.0, 2.0])
def test_adam_walks_off_the_plateau_at_rates_that_leave_sgd_stuck(lr):
    assert down("plateau", nn.SGD(lr)).verdict is Verdict.STUCK
    assert down("plateau", nn.Adam(lr, beta2=0.99)).verdict is Verdict.ARRIVES


def test_adam_leaves_the_saddle_before_sgd_does():
    def leaves(optimizer):
        return int(np.argmax(abs(down("saddle", optimizer).path[:, 1]) > 0.5))

    assert 0 < 5 * leaves(nn.Adam(0.1, beta2=0.99)) < leaves(nn.SGD(0.1))


@pytest.mark.parametrize("land", LANDSCAPES)
@pytest.mark.parametrize("lr", [0.01, 0.1])
def test_adam_s_learning_rate_is_about_its_longest_step(land, lr):
    taken = down(land, nn.Adam(lr, beta2=0.99))
    assert taken.length[0] == pytest.approx(lr, rel=1e-3)
    assert taken.longest < 2 * lr


def test_walkers_from_one_start_end_in_different_minima():
    adam, sgd = down("Himmelblau", nn.Adam(0.2, beta2=0.99)), down("Himmelblau", nn.SGD(0.01))
    assert adam.verdict is sgd.verdict is Verdict.ARRIVES
    assert np.linalg.norm(adam.path[-1] - sgd.path[-1]) > 5


@pytest.mark.parametrize("seed", SEEDS)
def test_well_tuned_all_read_about_as_many_digits(seed):
    rates = USUAL[DIGITS]
    right = [
        read(nn.SGD(rates["SGD"]), seed),
        read(nn.Momentum(rates["momentum"]), seed),
        read(nn.RMSProp(rates["RMSProp"]), seed),
        read(nn.Adam(rates["Adam"], beta2=0.99), seed),
    ]
    assert min(right) > 0.88
    assert max(right) - min(right) < 0.04


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rate_that_suits_adam_is_far_too_small_for_sgd(seed):
    assert read(nn.Adam(0.02, beta2=0.99), seed) > read(nn.SGD(0.02), seed) + 0.4


@pytest.mark.parametrize(
    ("preset", "arrive", "others"),
    [
        ("narrow valley", {"momentum", "RMSProp", "Adam"}, {"SGD": Verdict.WALKS}),
        ("saddle", {"momentum", "RMSProp", "Adam"}, {"SGD": Verdict.WALKS}),
        (
            "plateau",
            {"RMSProp", "Adam"},
            {"SGD": Verdict.STUCK, "momentum": Verdict.STUCK},
        ),
        ("bent valley", set(), dict.fromkeys(FOUR, Verdict.WALKS)),
        ("four minima", set(FOUR), {}),
        ("rates too large", {"RMSProp", "Adam"}, {"momentum": Verdict.DIVERGES}),
    ],
)
def test_every_preset_shows_what_it_promises(lab, preset, arrive, others):
    lab.move(**only(PRESETS[preset]))
    verdicts = {name: walk.verdict for name, walk in lab.frame.walks.items()}
    assert {name for name, verdict in verdicts.items() if verdict is Verdict.ARRIVES} == arrive
    assert others.items() <= verdicts.items()


def test_headlines_say_who_arrives_when(lab):
    walks = lab.frame.walks
    first, second, third = (
        f"{name} {walks[name].arrival}" for name in ("RMSProp", "Adam", "momentum")
    )
    first = first.replace(" ", " arrives at step ")
    assert lab.frame.finding == f"Narrow valley: {first}, {second}, {third}; SGD not yet."
    lab.move(**only(PRESETS["bent valley"]))
    lowest = lab.frame.walks["momentum"].loss[-1]
    assert lab.frame.finding == (
        f"Rosenbrock: nobody arrives in 100 steps; momentum comes down to {lowest:.2g}."
    )
    lab.move(**only(PRESETS["digits, one rate for all"]))
    right = {name: f"{100 * walk.right[-1]:.0f} %" for name, walk in lab.frame.walks.items()}
    assert f"right, SGD {right['SGD']}." in lab.frame.finding


def test_a_new_course_comes_with_rates_that_suit_it(lab):
    frames = []
    show = lab.picture.show
    lab.picture.show = lambda frame, **how: frames.append(frame) or show(frame, **how)
    for course in COURSES:
        lab.course.value = course
        rates = {name: walk.lr for name, walk in lab.frame.walks.items()}
        assert rates == only(USUAL[course])
    lab.picture.show = show
    assert len(frames) == len(COURSES) - 1  # one for each that is new


def test_showing_fewer_steps_walks_nothing_anew(lab, monkeypatch):
    monkeypatch.setattr("backprop_lab.labs.optimizer_race.walk", None)
    whole = lab.frame.walks["Adam"].path
    lab.shown.value = 10
    np.testing.assert_array_equal(lab.frame.walks["Adam"].path, whole[:11])
    lab.shown.value = 0
    assert all(len(walk.path) == 1 for walk in lab.frame.walks.values())


def test_only_who_has_that_memory_walks_anew(lab):
    before = lab.frame.walks
    lab.mu.value = 0.5
    after = lab.frame.walks
    changed = {name for name in FOUR if not np.array_equal(before[name].path, after[name].path)}
    assert changed == {"momentum", "Adam"}
    lab.rho.value = 0.9
    changed = {
        name for name in FOUR if not np.array_equal(after[name].path, lab.frame.walks[name].path)
    }
    assert changed == {"RMSProp", "Adam"}


def test_the_picture_shows_the_race(lab):
    view, frame = lab.picture.view, lab.frame
    for i, name in enumerate(FOUR):
        np.testing.assert_array_equal(view.map.trails[i].path, frame.walks[name].path)
        np.testing.assert_array_equal(view.loss.lines[i].get_ydata(), frame.walks[name].loss)
        np.testing.assert_array_equal(view.length.lines[i].get_ydata(), frame.walks[name].length)
    assert view.headline.get_text() == frame.finding
    assert (view.map.axes.get_visible(), view.right.axes.get_visible()) == (True, False)
    lab.course.value = DIGITS
    assert (view.map.axes.get_visible(), view.right.axes.get_visible()) == (False, True)
    right = 100 * lab.frame.walks["Adam"].right
    np.testing.assert_array_equal(view.right.lines[3].get_ydata(), right)


def test_repainting_what_moved_equals_drawing_everything(lab):
    for preset in PRESETS.values():
        lab.move(**only(preset))
        with lab.picture._lock:
            painted = lab.picture.pixels()
            drawn = np.asarray(Image.open(io.BytesIO(lab.picture.view.picture.png(1))))
        np.testing.assert_array_equal(painted, drawn)


def test_all_six_can_race():
    lab = OptimizerRaceLab(course="Beale", optimizers=tuple(RULES), steps=20)
    assert list(lab.frame.walks) == list(RULES)
    assert np.isfinite(lab.frame.walks["Nesterov"].loss).all()
    lab.close()


def test_rates_replace_the_usual_ones():
    lab = OptimizerRaceLab(course="Beale", rates={"Adam": 0.05}, steps=5)
    assert lab.frame.walks["Adam"].lr == 0.05
    assert lab.frame.walks["SGD"].lr == USUAL["Beale"]["SGD"]
    lab.close()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"preset": "hill"}, ValueError, "preset is one of 'narrow valley', 'saddle'"),
        ({"course": "hill"}, ValueError, "course is one of 'narrow valley', 'Rosenbrock'"),
        ({"optimizers": ()}, ValueError, "at least one"),
        ({"optimizers": ("SGD", "SGD")}, ValueError, "each walker once"),
        ({"optimizers": ("LBFGS",)}, ValueError, "an optimizer is one of 'SGD'"),
        ({"rates": {"Adam": 0.3}}, ValueError, "the learning rate of Adam is one of 0.0001"),
        ({"rates": {"AdamW": 0.1}}, ValueError, "an optimizer in rates is one of 'SGD'"),
        ({"steps": 0}, ValueError, "steps goes from 1 to 300"),
        ({"seed": 1.5}, TypeError, "seed is a whole number"),
    ],
)
def test_bad_arguments_are_explained(arguments, error, message):
    with pytest.raises(error, match=message):
        OptimizerRaceLab(**arguments)
