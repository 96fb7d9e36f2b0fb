import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from backprop_lab import nn
from backprop_lab.labs import VanishingGradientLab
from backprop_lab.labs.task import Task
from backprop_lab.labs.vanishing_gradient import PRESETS, Verdict, judge, look

pytestmark = pytest.mark.filterwarnings("error")

PROMISES = {
    "sigmoid vanishes": Verdict.VANISHES,
    "batch norm rescues": Verdict.HOLDS,
    "residual rescues": Verdict.HOLDS,
    "He + ReLU holds": Verdict.HOLDS,
    "too small vanishes": Verdict.VANISHES,
    "too large explodes": Verdict.EXPLODES,
}


@pytest.fixture(scope="module")
def task():
    return Task.digits(64, 1, rng=np.random.default_rng(3))


def seen(task, preset="sigmoid vanishes", **changes):
    return look(task, **{**PRESETS[preset], "seed": 3, **changes})


@pytest.mark.parametrize(
    ("gradient", "verdict"),
    [
        ([1.0, 1.0], Verdict.HOLDS),
        ([0.001, 1000.0], Verdict.HOLDS),
        ([0.0009, 1.0], Verdict.VANISHES),
        ([1.0, 0.0], Verdict.VANISHES),
        ([1.0, 1001.0], Verdict.EXPLODES),
        ([1e-9, 1e9], Verdict.EXPLODES),
    ],
)
def test_verdict_follows_from_the_lengths(gradient, verdict):
    assert judge(np.array(gradient)) is verdict


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("seed", [0, 3, 11])
def test_every_preset_shows_what_it_promises(preset, seed):
    task = Task.digits(64, 1, rng=np.random.default_rng(seed))
    assert seen(task, preset, seed=seed).verdict is PROMISES[preset]


def test_a_rescue_differs_from_its_patient_in_one_control():
    for rescue, control in ("batch norm rescues", "batch_norm"), ("residual rescues", "residual"):
        assert PRESETS["sigmoid vanishes"] | {control: True} == PRESETS[rescue]


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "ReLU"])
@pytest.mark.parametrize("residual", [False, True])
def test_gradients_are_those_of_backprop_written_out(task, activation, residual):
    act, slope = {
        "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
        "tanh": (np.tanh, lambda a: 1 - a**2),
        "ReLU": (lambda z: np.maximum(z, 0), lambda a: np.sign(a)),
    }[activation]
    rng = np.random.default_rng(3)
    W = [nn.xavier(32, 10, rng)]
    W += [2.0 * nn.xavier(32 if i else 64, 32, rng) for i in range(4)]
    last, *W = W
    h, a = [task.x_train / task.x_train.std()], []
    for i, w in enumerate(W):
        a.append(act(h[-1] @ w))
        h.append(a[-1] + h[-1] if residual and i else a[-1])
    p = np.exp(h[-1] @ last)
    p /= p.sum(axis=1, keepdims=True)
    dh = (p - np.eye(10)[task.y_train]) / len(h[0]) @ last.T
    expected, sent_back = [], []
    for i in reversed(range(4)):
        dz = dh * slope(a[i])
        expected.insert(0, np.linalg.norm(h[i].T @ dz))
        sent_back.insert(0, np.linalg.norm(dz))
        dh = dz @ W[i].T + (dh if residual and i else 0)
    got = seen(task, depth=4, activation=activation, residual=residual, scale=2.0)
    np.testing.assert_allclose(got.gradient, expected, rtol=1e-9)
    np.testing.assert_allclose(got.sent_back, sent_back, rtol=1e-9)
    np.testing.assert_allclose(got.spread, [x.std() for x in a], rtol=1e-9)


def test_without_bias_and_bends_relu_gradients_do_not_depend_on_the_layer(task):
    """For ReLU, W · ∂loss/∂W is the same in every layer: all of them fade together."""
    gradient = seen(task, "too small vanishes").gradient
    assert gradient.max() / gradient.min() < 30
    assert seen(task).gradient[-1] / seen(task).gradient[0] > 1e15


def test_factors_multiply_up_to_the_whole_way(task):
    got = seen(task, depth=10)
    assert got.backward_factor**9 == pytest.approx(got.sent_back[0] / got.sent_back[-1])
    assert got.forward_factor**9 == pytest.approx(got.spread[-1] / got.spread[0])
    assert got.backward_factor < 0.25  # a sigmoid's slope at its best


def test_batch_norm_makes_the_scale_not_matter(task):
    small, large = (seen(task, "batch norm rescues", scale=s) for s in (0.5, 2.0))
    np.testing.assert_allclose(small.spread, large.spread, rtol=0.01)


def test_the_first_layers_are_the_same_at_every_depth(task):
    shallow, deep = seen(task, depth=5), seen(task, depth=50)
    np.testing.assert_array_equal(shallow.outputs[:5], deep.outputs[:5])


def test_flat_ends_are_counted(task):
    assert seen(task, scale=9.0, activation="tanh", depth=5).flat.mean() > 0.8
    assert seen(task, scale=1 / 9, activation="tanh", depth=5).flat.mean() == 0
    relu = seen(task, "He + ReLU holds")
    np.testing.assert_allclose(relu.flat, [(a == 0).mean() for a in relu.outputs])


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "ReLU"])
@pytest.mark.parametrize("scale", [1 / 9, 9.0])
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("residual", [False, True])
def test_no_corner_of_the_controls_breaks(task, activation, scale, batch_norm, residual):
    got = seen(
        task,
        depth=50,
        activation=activation,
        scale=scale,
        batch_norm=batch_norm,
        residual=residual,
        initializer="orthogonal",
    )
    for numbers in (got.gradient, got.sent_back, got.spread):
        assert np.isfinite(numbers).all()
        assert (numbers > 0).all()
    assert "nan" not in got.words


def test_looking_again_gives_the_same_numbers(task):
    first, second = seen(task), seen(task)
    for field in dataclasses.fields(first):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


def test_words_give_network_verdict_and_numbers(task):
    got = seen(task, "too large explodes", residual=True, batch_norm=True, depth=8)
    assert got.finding == "8 ReLU layers, He × 3, batch norm, residual: the gradient holds."
    assert f"{got.backward_factor:.2f} on its way back" in got.explanation
    vanished = seen(task)
    assert vanished.words.startswith(
        "30 sigmoid layers, Xavier × 1: the gradient vanishes. It is 0"
    )
    assert "in layer 30, 1.4 · 10⁻¹⁹ in layer 1." in vanished.words


@pytest.mark.parametrize("preset", PRESETS)
def test_the_picture_shows_the_pass(preset):
    lab = VanishingGradientLab(preset)
    view, frame = lab.picture.view, lab.frame
    np.testing.assert_array_equal(view.gradient.line.get_ydata(), frame.gradient)
    np.testing.assert_array_equal(view.flat.line.get_ydata(), 100 * frame.flat)
    names = [text.get_text() for text in view.outputs.names]
    assert names == ["layer 1", "layer 8", "layer 15", "layer 23", "layer 30"]
    assert view.headline.get_text() == frame.finding
    lab.close()


def test_a_preset_button_moves_all_controls_and_makes_one_frame():
    lab = VanishingGradientLab()
    frames, works = [], lab._compute
    lab._compute = lambda **values: frames.append(values) or works(**values)
    for button, values in zip(lab.children[2].children, PRESETS.values(), strict=True):
        button.click()
        assert {name: control.value for name, control in lab._controls.items()} == values
    assert frames == [*list(PRESETS.values())[1:]]  # the lab stood at the first one
    assert lab.frame.verdict is Verdict.EXPLODES
    lab.close()


def test_repainting_what_moved_equals_drawing_everything():
    lab = VanishingGradientLab()
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
        ({"preset": "rescue"}, ValueError, "preset is one of 'sigmoid vanishes', "),
        ({"depth": 1}, ValueError, "depth goes from 2 to 50, got 1"),
        ({"depth": 2.5}, TypeError, "depth is a whole number"),
        ({"activation": "relu"}, ValueError, "one of 'sigmoid', 'tanh', 'ReLU', got 'relu'"),
        ({"initializer": None}, ValueError, "initializer is one of 'Xavier', 'He', 'orthogonal'"),
        ({"scale": 0}, ValueError, "scale goes from 0.111 to 9, got 0"),
        ({"scale": "large"}, TypeError, "scale is a number, got 'large'"),
        ({"scale": float("nan")}, ValueError, "scale goes from"),
        ({"batch_norm": "yes"}, ValueError, "batch_norm is one of False, True, got 'yes'"),
        ({"seed": -1}, ValueError, "seed goes from 0"),
    ],
)
def test_bad_arguments_are_explained(arguments, error, message):
    with pytest.raises(error, match=message):
        VanishingGradientLab(**arguments)
