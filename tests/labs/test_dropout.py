import io

import numpy as np
import pytest
from PIL import Image

from backprop_lab import nn
from backprop_lab.labs import DropoutLab
from backprop_lab.labs.dropout import (
    GUESSING,
    MASKS,
    PRESETS,
    Task,
    Verdict,
    judge,
    look,
    mislabel,
    train,
)

pytestmark = pytest.mark.filterwarnings("error")
SEEDS = [23, 0, 3, 11]


def prepared(seed=23, wrong=20):
    rng = np.random.default_rng(seed)
    task = Task.digits(100, 120, rng=rng)
    return task, mislabel(task, wrong, rng=rng)


def run(p, seed=23, steps=60, **options):
    return train(*prepared(seed, **options), p, steps=steps, units=32, seed=seed)


@pytest.fixture
def lab():
    lab = DropoutLab()
    yield lab
    lab.close()


@pytest.mark.parametrize(
    ("training", "held_out", "verdict"),
    [
        ([2.3, 0.5, 0.01], [2.3, 0.8, 1.2], Verdict.BY_HEART),
        ([2.3, 0.5, 0.1], [2.3, 0.8, 0.8], Verdict.CARRIES),
        ([2.3, 0.5, 0.1], [2.3, 0.8, 0.9], Verdict.CARRIES),  # a little up is no turn
        ([2.3, 1.8, 1.2], [2.4, 2.0, 1.5], Verdict.LITTLE),
        ([2.3, 2.3, 2.3], [2.4, 2.4, 2.4], Verdict.NOTHING),
        ([2.3, 2.3, 2.2], [1.0, 2.0, 3.0], Verdict.NOTHING),  # whatever the held-out digits do
    ],
)
def test_verdict_follows_from_the_curves(training, held_out, verdict):
    assert judge(np.array(training), np.array(held_out)) is verdict


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("preset", "verdict"),
    [
        ("none", Verdict.BY_HEART),
        ("some", Verdict.CARRIES),
        ("strong", Verdict.LITTLE),
        ("everything", Verdict.NOTHING),
    ],
)
def test_every_preset_shows_what_it_promises(preset, verdict, seed):
    assert run(PRESETS[preset], seed).verdict is verdict


@pytest.mark.parametrize("seed", SEEDS)
def test_some_dropout_lowers_the_held_out_loss_and_too_much_raises_it(seed):
    none, some, strong = (run(p, seed).held_out[-1] for p in (0.0, 0.5, 0.9))
    assert some < 0.85 * none
    assert strong > 1.2 * some


def test_without_dropout_every_wrong_label_is_learned_by_heart():
    result = run(0.0)
    assert (result.wrong, result.by_heart) == (20, 20)
    assert run(0.9).by_heart < 10


def test_when_everything_is_dropped_only_the_last_biases_move():
    first, last = run(1.0, steps=1).net, run(1.0, steps=30).net
    np.testing.assert_array_equal(first.layers[0].W, last.layers[0].W)
    np.testing.assert_array_equal(first.layers[3].W, last.layers[3].W)
    assert not np.allclose(first.layers[3].b, last.layers[3].b)
    assert abs(run(1.0).training[-1] - GUESSING) < 0.1


def test_wrong_labels_are_wrong_and_the_others_right():
    task, labels = prepared(wrong=20)
    assert (labels[:20] != task.y_train[:20]).all()
    np.testing.assert_array_equal(labels[20:], task.y_train[20:])
    assert set(labels) <= set(range(10))
    np.testing.assert_array_equal(mislabel(task, 0, rng=np.random.default_rng(0)), task.y_train)


def test_losses_are_taken_with_all_units_at_work():
    task, labels = prepared()
    result = train(task, labels, 0.5, steps=8, units=32, seed=23)
    scores, _ = result.net.forward(task.x_test)
    assert result.held_out[-1] == pytest.approx(nn.softmax_cross_entropy(scores, task.y_test)[0])
    scores, _ = result.net.forward(task.x_train)
    assert result.training[-1] == pytest.approx(nn.softmax_cross_entropy(scores, labels)[0])
    assert result.steps.tolist() == [0, 4, 8]


def test_training_again_gives_the_same_numbers():
    first, second = run(0.5), run(0.5)
    np.testing.assert_array_equal(first.held_out, second.held_out)
    np.testing.assert_array_equal(first.net.params, second.net.params)


def test_a_thinned_network_is_the_network_without_the_dropped_units():
    task, labels = prepared()
    result = train(task, labels, 0.5, steps=20, units=32, seed=23)
    frame = look(task, result, result, digit=4, chosen=7, seed=23)
    W1, b1, W2, b2 = (getattr(result.net.layers[i], name) for i in (0, 3) for name in "Wb")
    x = task.x_test[task.y_test == 4][0]
    kept = frame.masks[7]
    scores = np.maximum(x @ W1 + b1, 0)[kept] @ W2[kept] / 0.5 + b2
    np.testing.assert_allclose(frame.answers[7], nn.softmax(scores), rtol=1e-4, atol=1e-6)
    assert frame.masks.shape == (MASKS, 32)
    assert 0.45 < frame.masks.mean() < 0.55
    np.testing.assert_allclose(frame.image, x + task.mean)


def test_masks_agree_without_dropout_and_part_with_it(lab):
    lab.slider.value = 0.0
    assert lab.frame.masks.all()
    assert np.ptp(lab.frame.answers, axis=0).max() < 1e-6
    assert f"all {MASKS} thinned networks read" in lab.frame.words
    lab.slider.value = 0.5
    assert np.ptp(lab.frame.answers, axis=0).max() > 0.5
    assert f"of {MASKS} thinned networks {lab.frame.reads_right} read it right" in lab.frame.words


def test_more_dropout_thins_the_same_mask_out(lab):
    kept = []
    for p in (0.2, 0.5, 0.8, 1.0):
        lab.slider.value = p
        kept.append(lab.frame.masks)
    for more, less in zip(kept, kept[1:]):
        assert (more >= less).all()
    assert not kept[-1].any()


def test_the_mask_and_the_digit_change_what_is_read_and_not_what_is_learned(lab):
    before = lab.frame
    lab.move(mask=40, digit=3)
    assert lab.frame.run is before.run
    assert (lab.frame.chosen, lab.frame.digit) == (39, 3)
    assert lab.frame.finding == before.finding
    assert lab.frame.explanation != before.explanation


def test_words_give_the_numbers_of_the_run(lab):
    frame = lab.frame
    assert frame.finding == (
        f"p = 0.5: learns what carries over. Held-out loss {frame.run.held_out[-1]:.2f}, "
        f"without dropout {frame.without.held_out[-1]:.2f}."
    )
    assert f"it gives back {frame.run.by_heart} of the 20 wrong labels" in frame.explanation


@pytest.mark.parametrize("preset", PRESETS)
def test_the_picture_shows_the_frame(preset):
    lab = DropoutLab(preset)
    view, frame = lab.picture.view, lab.frame
    np.testing.assert_array_equal(view.loss.lines[0].get_ydata(), frame.run.training)
    np.testing.assert_array_equal(view.loss.lines[1].get_ydata(), frame.run.held_out)
    np.testing.assert_array_equal(view.loss.lines[2].get_ydata(), frame.without.held_out)
    assert view.headline.get_text() == frame.finding
    kept = frame.masks[frame.chosen].sum()
    assert len(view.network.working.get_xdata()) == kept
    assert view.network.title.get_text().startswith(f"{kept} of 32 units at work: reads ")
    np.testing.assert_array_equal(view.spread.dots.get_ydata(), frame.answers.ravel())
    lab.close()


def test_repainting_what_moved_equals_drawing_everything(lab):
    for p, mask in ((0.0, 1), (0.6, 9), (1.0, 2)):
        lab.move(p=p, mask=mask)
        with lab.picture._lock:
            painted = lab.picture.pixels()
            drawn = np.asarray(Image.open(io.BytesIO(lab.picture.view.picture.png(1))))
        np.testing.assert_array_equal(painted, drawn)


def test_without_wrong_labels_nobody_speaks_of_them():
    lab = DropoutLab("none", wrong=0, steps=6)
    assert "label" not in lab.frame.words
    assert lab.frame.run.wrong == 0
    lab.close()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"p": 1.2}, ValueError, "p goes from 0 to 1, got 1.2"),
        ({"p": float("nan")}, ValueError, "p goes from"),
        ({"p": True}, TypeError, "p is a number"),
        ({"p": "half"}, ValueError, "p is one of 'none', 'some'"),
        ({"steps": 0}, ValueError, "steps goes from 1"),
        ({"units": 1}, ValueError, "units goes from 2 to 64, got 1"),
        ({"wrong": 51}, ValueError, "wrong goes from 0 to 50"),
        ({"seed": -1}, ValueError, "seed goes from 0"),
    ],
)
def test_bad_arguments_are_explained(arguments, error, message):
    with pytest.raises(error, match=message):
        DropoutLab(**arguments)


def test_one_step_and_two_units_are_enough():
    lab = DropoutLab(0.5, steps=1, units=2)
    assert lab.frame.run.steps.tolist() == [0, 1]
    lab.close()
