import io

import numpy as np
import pytest
from PIL import Image

from backprop_lab import nn
from backprop_lab.labs import BatchNormLab
from backprop_lab.labs.batch_norm import GUESSING, PRESETS, STEPS, Task, Verdict, judge, train

pytestmark = pytest.mark.filterwarnings("error")
SEEDS = [23, 0, 1, 2]


def run(lr=0.2, size=32, seed=23, **options):
    task = Task.digits(250, 150, rng=np.random.default_rng(seed))
    return train(task, lr, size, scale=0.7, seed=seed, **options)


@pytest.fixture(scope="module")
def shared():
    lab = BatchNormLab()
    yield lab
    lab.close()


@pytest.fixture
def lab(shared):
    shared.move(**PRESETS["rescued"])
    return shared


@pytest.mark.parametrize(
    ("end", "without", "verdict"),
    [
        (0.5, 2.2, Verdict.ONLY_WITH),
        (0.5, np.inf, Verdict.ONLY_WITH),
        (0.5, 1.0, Verdict.BETTER),
        (0.5, 0.55, Verdict.EVEN),
        (0.55, 0.5, Verdict.EVEN),
        (1.0, 0.5, Verdict.WORSE),
        (2.2, 0.5, Verdict.ONLY_WITHOUT),
        (2.2, np.inf, Verdict.NEITHER),
    ],
)
def test_verdict_follows_from_where_the_losses_end(end, without, verdict):
    assert judge(end, without) is verdict


@pytest.mark.parametrize(
    ("preset", "verdict"),
    [
        ("rescued", Verdict.ONLY_WITH),
        ("faster", Verdict.BETTER),
        ("rate too large", Verdict.NEITHER),
        ("batch of 2", Verdict.NEITHER),
        ("batch of 1", Verdict.NEITHER),
        ("silent units", Verdict.NEITHER),
        ("inference too early", Verdict.ONLY_WITH),
        ("inference after training", Verdict.ONLY_WITH),
    ],
)
def test_every_preset_shows_what_it_promises(lab, preset, verdict):
    lab.move(**PRESETS[preset])
    assert lab.frame.verdict is verdict


@pytest.mark.parametrize("seed", SEEDS)
def test_batch_norm_learns_where_the_network_without_it_does_not(seed):
    assert run(0.2, seed=seed).end < 0.5 * GUESSING
    assert run(0.2, seed=seed, norm=False).end > 0.8 * GUESSING


def test_before_training_the_layers_give_just_what_gamma_and_beta_say():
    seen = run(gamma=1.5, beta=-0.7)
    for layer in seen.after:
        np.testing.assert_allclose(layer.mean(axis=0), -0.7, atol=1e-4)
        spreads = layer.std(axis=0)
        np.testing.assert_allclose(spreads[spreads > 0.1], 1.5, rtol=0.01)
    assert seen.before.shape == seen.after.shape == (3, 32, 24)


def test_what_the_first_layer_sees_is_a_weighted_sum_of_held_out_digits():
    task = Task.digits(250, 150, rng=np.random.default_rng(23))
    W = 0.7 * nn.he(64, 24, np.random.default_rng(23))
    np.testing.assert_allclose(run().before[0], task.x_test[:32] @ W, atol=1e-5)


def test_a_batch_of_one_leaves_nothing_but_beta():
    np.testing.assert_allclose(run(size=1, beta=0.5).after, 0.5)
    assert run(size=1).end > GUESSING


def test_running_statistics_fit_only_after_some_steps():
    early, late = (run(step=step, running=True).xhat_spread for step in (3, STEPS))
    assert (early < 0.5).all()
    assert (late > 0.75).all()
    assert (late < 1.33).all()
    np.testing.assert_allclose(run(step=STEPS).xhat_spread, 1, rtol=0.1)


def test_to_look_inside_changes_nothing():
    for running in (False, True):
        looked = [run(step=step, running=running).loss for step in (0, 10, STEPS)]
        for loss in looked:
            np.testing.assert_array_equal(loss, run().loss)


def test_both_ways_start_from_the_same_weights_and_batches():
    first, second = run(0.2, norm=False), run(0.2, norm=False)
    np.testing.assert_array_equal(first.loss, second.loss)
    assert first.before is None


def test_divergence_is_shown_as_divergence(lab):
    lab.move(lr=100.0, step=STEPS)
    assert lab.frame.verdict is Verdict.NEITHER
    assert "without NaN" in lab.frame.finding
    if lab.frame.run.before is None:
        assert "Training broke before step 30" in lab.frame.explanation


def test_a_look_after_training_broke_says_so():
    lab = BatchNormLab(scale=3)
    lab.move(lr=100.0, step=STEPS)
    view = lab.picture.view
    assert (lab.frame.run.before is None) == (view.before.title.get_text() == "Before: NaN")
    assert "could not show" not in lab.words.value
    lab.close()


def test_words_give_the_numbers_of_the_run(lab):
    frame = lab.frame
    assert frame.finding == (
        f"lr = 0.2: learns only with batch norm. Held-out loss {frame.run.end:.2f}, "
        f"without {frame.without.end:.2f}."
    )
    first, last = frame.run.before[0].std(), frame.run.before[-1].std()
    assert f"spread {first:.2f} in layer 1 and {last:.2f} in layer 3" in frame.explanation


@pytest.mark.parametrize(
    ("preset", "says"),
    [
        ("rescued", "the next layer sees mean β and spread γ"),
        ("batch of 2", "Mean and variance of 2 digits"),
        ("batch of 1", "only β is left"),
        ("silent units", "ReLU then silences"),
        ("inference too early", "do not fit"),
        ("inference after training", "nearly fit"),
    ],
)
def test_each_preset_says_why(lab, preset, says):
    lab.move(**PRESETS[preset])
    assert says in lab.frame.explanation


def test_the_picture_shows_the_frame(lab):
    view, frame = lab.picture.view, lab.frame
    np.testing.assert_array_equal(view.loss.lines[0].get_ydata(), frame.run.loss)
    np.testing.assert_array_equal(view.loss.lines[1].get_ydata(), frame.without.loss)
    assert view.here.get_xydata().tolist() == [[0.2, frame.run.end]]
    assert view.headline.get_text() == frame.finding
    swept = view.rates.lines[1].get_ydata()
    assert swept[4] == frame.run.end  # the sweep has been here


def test_repainting_what_moved_equals_drawing_everything(lab):
    for preset in ("faster", "rate too large", "batch of 1", "inference after training"):
        lab.move(**PRESETS[preset])
        with lab.picture._lock:
            painted = lab.picture.pixels()
            drawn = np.asarray(Image.open(io.BytesIO(lab.picture.view.picture.png(1))))
        np.testing.assert_array_equal(painted, drawn)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"preset": "magic"}, ValueError, "preset is one of 'rescued', 'faster'"),
        ({"scale": 0}, ValueError, "scale goes from 0.1 to 3, got 0"),
        ({"scale": "large"}, TypeError, "scale is a number"),
        ({"seed": -1}, ValueError, "seed goes from 0"),
    ],
)
def test_bad_arguments_are_explained(arguments, error, message):
    with pytest.raises(error, match=message):
        BatchNormLab(**arguments)
