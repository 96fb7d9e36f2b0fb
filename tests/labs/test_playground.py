import asyncio
import dataclasses
import io
import itertools

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from backprop_lab.labs import PlaygroundLab
from backprop_lab.labs import picture as picture_module
from backprop_lab.labs.moment import GUESSING, Verdict, judge
from backprop_lab.labs.playground import PRESETS

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def lab(monkeypatch):
    monkeypatch.setattr(picture_module, "_REST", 3600)
    lab = PlaygroundLab()
    yield lab
    lab.close()


def trained(preset, steps=1000):
    lab = PlaygroundLab(preset, steps=steps)
    frame = lab.frame
    lab.close()
    return frame


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ((0, 0.7, 0.7, 0.5, 0.5), Verdict.BEGINS),
        ((0, 5.0, 5.0, 0.5, 0.5), Verdict.BEGINS),
        ((50, 0.69, 0.69, 0.5, 0.5), Verdict.LEARNS),
        ((100, 0.69, 0.69, 0.5, 0.5), Verdict.STUCK),
        ((100, 0.5, 0.5, 0.8, 0.8), Verdict.LEARNS),
        ((100, 0.1, 0.1, 0.95, 0.94), Verdict.FITS),
        ((100, 0.01, 0.1, 1.0, 0.97), Verdict.FITS),
        ((100, 0.1, 0.5, 0.96, 0.9), Verdict.OVERFITS),
        ((100, 1.5, 1.5, 0.5, 0.5), Verdict.DIVERGES),
    ],
)
def test_verdict_follows_from_the_numbers(numbers, verdict):
    assert judge(*numbers) is verdict


def test_a_large_loss_that_falls_does_not_diverge():
    assert judge(10, 40.0, 40.0, 0.5, 0.5, first=50.0) is Verdict.LEARNS
    assert judge(10, 51.0, 51.0, 0.5, 0.5, first=50.0) is Verdict.DIVERGES


def test_batch_norm_of_single_points_is_named_whatever_comes_of_it():
    for units in (8, 3):
        lab = PlaygroundLab(steps=400, batch_norm=True, batch=1, units=units)
        assert lab.frame.verdict in (Verdict.STUCK, Verdict.DIVERGES)
        assert "in a batch of one, all are alike" in lab.frame.explanation
        lab.close()


def test_a_training_that_is_over_has_diverged():
    assert judge(7, 0.1, 0.1, 1.0, 1.0, over=True) is Verdict.DIVERGES


@pytest.mark.parametrize(
    ("preset", "verdict", "at_least", "at_most"),
    [
        ("moons", Verdict.FITS, 0.95, 1.0),
        ("spirals", Verdict.FITS, 0.98, 1.0),
        ("too few units", Verdict.LEARNS, 0.55, 0.85),
        ("gradient vanishes", Verdict.STUCK, 0.4, 0.6),
        ("batch norm rescues", Verdict.FITS, 0.95, 1.0),
        ("ReLU rescues", Verdict.FITS, 0.95, 1.0),
        ("learns by heart", Verdict.OVERFITS, 0.8, 0.9),
        ("L2 holds back", Verdict.LEARNS, 0.82, 0.92),
        ("steps too long", Verdict.DIVERGES, 0.0, 1.0),
    ],
)
def test_every_preset_shows_what_it_promises(preset, verdict, at_least, at_most):
    frame = trained(preset)
    assert frame.verdict is verdict
    assert at_least <= frame.survey.held_out_right <= at_most
    assert frame.vanishes == (preset == "gradient vanishes")
    assert frame.over == (preset == "steps too long")


def test_every_preset_was_tested():
    names = test_every_preset_shows_what_it_promises.pytestmark[0].args[1]
    assert {row[0] for row in names} == set(PRESETS)


def test_l2_holds_the_held_out_loss_down():
    free, held = trained("learns by heart"), trained("L2 holds back")
    assert free.training[-1] < held.training[-1]
    assert free.held_out[-1] > 1.5 * held.held_out[-1]
    assert "was lowest" in free.explanation


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"dropout": 1.0}, "nothing gets through"),
        ({"initializer": "zeros"}, "All weights began at 0"),
        ({"layers": 8, "activation": "sigmoid", "initializer": "Xavier"}, "at layer 1"),
        ({"l2": 0.1, "data": "circles"}, "L2 penalty of 0.1"),
        ({"initializer": "normal, σ = 2", "layers": 4}, "began so large"),
    ],
)
def test_what_keeps_a_network_from_learning_is_named(settings, cause):
    lab = PlaygroundLab(steps=400, **settings)
    assert lab.frame.verdict is Verdict.STUCK
    assert cause in lab.frame.explanation
    lab.close()


@pytest.mark.parametrize("preset", PRESETS)
def test_the_picture_shows_the_moment(preset):
    lab = PlaygroundLab(preset, steps=60)
    view, frame = lab.picture.view, lab.frame
    assert view.headline.get_text() == frame.finding
    np.testing.assert_array_equal(view.loss.lines[0].get_data(), [frame.at, frame.training])
    np.testing.assert_array_equal(view.loss.lines[1].get_ydata(), frame.held_out)
    low, high = view.gradient.axes.get_ylim()
    np.testing.assert_allclose(view.gradient.line.get_ydata(), np.clip(frame.gradient, low, high))
    assert view.output.get_unitless_position()[0] == frame.settings.layers + 1
    assert view.loss.axes.get_xlim()[1] >= frame.steps
    assert view.boundary.nothing.get_text() == ("NaN" if frame.over else "")
    shown = sum(len(line.get_xdata()) for line in view.boundary.training)
    assert shown == len(frame.points.x_train)
    lab.close()


@pytest.mark.parametrize("preset", ["moons", "gradient vanishes", "steps too long"])
def test_repainting_what_moved_equals_drawing_everything(preset):
    lab = PlaygroundLab(preset, steps=30)
    with lab.picture._lock:
        painted = lab.picture.pixels()
        drawn = np.asarray(Image.open(io.BytesIO(lab.picture.view.picture.png(1))))
    np.testing.assert_array_equal(painted, drawn)
    lab.close()


def test_training_on_redraws_the_background_only_when_an_axis_grows(lab, monkeypatch):
    lab.picture.pixels()
    canvas, draws = lab.picture.view.picture.canvas, []
    monkeypatch.setattr(canvas, "draw", lambda: draws.append(1) or type(canvas).draw(canvas))
    for _ in range(10):
        lab.step(5)
    assert draws == []
    lab.step(5)
    assert draws == [1]


def test_no_control_redraws_the_background(lab, monkeypatch):
    lab.picture.pixels()
    canvas = lab.picture.view.picture.canvas
    monkeypatch.setattr(canvas, "draw", lambda: pytest.fail("drew the background"))
    for settings in PRESETS.values():
        lab.restart(**dataclasses.asdict(settings))


def test_controls_act_without_a_step(lab):
    lab.step(50)
    points = lab.frame.points
    lab._controls["noise"].value = 0.4
    assert lab.frame.steps == 50
    assert not np.array_equal(lab.frame.points.x_train, points.x_train)
    lab._controls["layers"].value = 5
    assert lab.frame.steps == 0
    assert len(lab.frame.gradient) == 6


def test_every_control_can_be_moved_while_it_plays(lab, monkeypatch):
    monkeypatch.setattr("backprop_lab.labs.live.FRAME", 0.002)
    moves = {
        "data": "xor",
        "noise": 0.3,
        "batch": 50,
        "layers": 3,
        "units": 5,
        "activation": "tanh",
        "initializer": "Xavier",
        "batch_norm": True,
        "residual": True,
        "optimizer": "Adam",
        "lr": 0.01,
        "l2": 0.001,
        "dropout": 0.1,
    }
    assert moves.keys() == lab._controls.keys()

    async def story():
        lab.play()
        for name, value in moves.items():
            lab._controls[name].value = value
            while getattr(lab.frame.settings, name) != value:
                await asyncio.sleep(0.002)
        assert lab.playing
        lab.pause()

    asyncio.run(asyncio.wait_for(story(), 60))
    assert "could not" not in lab.words.value


def test_a_preset_button_starts_a_training_of_its_own(lab):
    presets = next(c for c in lab.children if isinstance(c, ipywidgets.HBox)).children
    assert [button.description for button in presets] == list(PRESETS)
    lab.step(20)
    for button, settings in zip(presets, PRESETS.values(), strict=True):
        button.click()
        assert lab.frame.settings == settings
        assert lab.frame.steps == 0
        lab.step(3)


def test_controls_take_the_presets_values_as_they_are():
    """The page would move a value that stands between two steps of a slider."""
    lab = PlaygroundLab()
    for name, settings in itertools.product(("lr",), PRESETS.values()):
        slider = lab._controls[name]
        steps = (np.log10(getattr(settings, name)) - slider.min) / slider.step
        assert steps == pytest.approx(round(steps), abs=1e-6)
    lab.close()


def test_a_step_in_numbers_is_written_below(lab):
    lab.step(4)
    done = lab.step_in_numbers()
    assert done.number == lab.frame.steps == 5
    assert lab.numbers.value == done.html()
    lab.reset()
    assert lab.numbers.value == ""


@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.parametrize("optimizer", ["SGD", "momentum", "Adam"])
@pytest.mark.parametrize("activation", ["ReLU", "GELU", "tanh"])
def test_whatever_breaks_can_be_shown(activation, optimizer, l2):
    changes = {"activation": activation, "optimizer": optimizer, "l2": l2}
    lab = PlaygroundLab("steps too long", lr=100.0, batch_norm=l2 > 0, steps=60, **changes)
    assert "could not" not in lab.words.value
    assert lab.frame.steps > 0
    lab.close()


def test_no_step_in_numbers_after_divergence():
    lab = PlaygroundLab("steps too long", steps=100)
    assert lab.step_in_numbers() is None
    assert "reset" in lab.words.value
    lab.reset()
    assert lab.frame.verdict is Verdict.BEGINS
    lab.close()


def test_playing_stops_where_the_training_diverges(monkeypatch):
    monkeypatch.setattr("backprop_lab.labs.live.FRAME", 0.002)
    lab = PlaygroundLab("steps too long")

    async def story():
        lab.play()
        while lab.playing:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(story(), 60))
    assert lab.frame.over
    assert "NaN" in repr(lab)
    lab.close()


def test_stored_output_is_a_picture_and_stays_the_same():
    bundles = []
    for _ in range(2):
        lab = PlaygroundLab(steps=100)
        bundles.append(lab._repr_mimebundle_())
        lab.close()
    (first, metadata), (second, _) = bundles
    assert first["image/png"] == second["image/png"]
    assert first["text/plain"] == second["text/plain"]
    assert metadata["image/png"]["alt"] in first["text/plain"]


def test_guessing_costs_what_the_words_say():
    assert pytest.approx(-np.log(0.5)) == GUESSING


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"preset": "stars"}, ValueError, "preset is one of 'moons'"),
        ({"steps": -1}, ValueError, "steps goes from 0"),
        ({"speed": 3}, ValueError, "speed is one of 1, 2, 5, 10, 20"),
        ({"seed": 0.5}, TypeError, "seed is a whole number"),
        ({"depth": 3}, ValueError, "a setting is one of 'data'"),
        ({"layers": 9}, ValueError, "layers goes from 1 to 8, got 9"),
    ],
)
def test_bad_arguments_are_explained(arguments, error, message):
    with pytest.raises(error, match=message):
        PlaygroundLab(**arguments)
