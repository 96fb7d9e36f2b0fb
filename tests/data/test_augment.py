import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_lab import data, nn
from backprop_lab.nn import metrics

AUGMENTATIONS = [
    pytest.param(lambda x, rng: data.shift(x, most=2, rng=rng), id="shift"),
    pytest.param(lambda x, rng: data.rotate(x, most=30, rng=rng), id="rotate"),
    pytest.param(lambda x, rng: data.noise(x, sigma=0.1, rng=rng), id="noise"),
    pytest.param(
        lambda x, rng: data.mixup(x, np.arange(len(x)) % 3, classes=3, rng=rng)[0], id="mixup"
    ),
]


class Turn:
    """An rng that draws the one angle it was told."""

    def __init__(self, degrees):
        self.degrees = degrees

    def uniform(self, low, high, shape):
        return np.full(shape, self.degrees)


@pytest.mark.parametrize("augment", AUGMENTATIONS)
@pytest.mark.parametrize("shape", [(5, 64), (5, 6, 7), (5, 2, 6, 7)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_batch_comes_back_new_in_its_shape_and_dtype(augment, shape, dtype):
    x = np.random.default_rng(0).random(shape).astype(dtype)
    before = x.copy()
    new = augment(x, np.random.default_rng(1))
    assert (new.shape, new.dtype) == (shape, dtype)
    assert not np.shares_memory(new, x)
    assert not np.array_equal(new, x)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(new, augment(x, np.random.default_rng(1)))


@pytest.mark.parametrize("augment", AUGMENTATIONS)
def test_an_empty_batch_stays_empty(augment, rng):
    assert augment(np.zeros((0, 64)), rng).shape == (0, 64)


@pytest.mark.parametrize("augment", AUGMENTATIONS)
def test_whole_pixels_are_refused(augment, rng):
    with pytest.raises(TypeError, match=r"uint8: whole pixels are x / 255.0"):
        augment(np.zeros((5, 64), np.uint8), rng)


@pytest.mark.parametrize("augment", [data.shift, data.rotate])
@pytest.mark.parametrize("shape", [(64,), (5, 63), (1, 2, 3, 4, 5)], ids=str)
def test_what_is_no_image_is_refused(augment, shape, rng):
    with pytest.raises(ValueError, match=r"\(N, H, W\).*one image alone"):
        augment(np.zeros(shape), rng=rng)


@pytest.mark.parametrize("augment", [data.shift, data.rotate])
def test_flat_digits_are_treated_as_the_pictures_they_are(augment):
    x = data.digits()[0][:20]
    flat, square = (
        augment(images, rng=np.random.default_rng(0)) for images in (x, x.reshape(-1, 8, 8))
    )
    np.testing.assert_array_equal(flat, square.reshape(-1, 64))


@pytest.mark.parametrize("augment", [data.shift, data.rotate])
def test_the_channels_of_an_image_move_together(augment, rng):
    x = np.repeat(rng.random((6, 1, 5, 5)), 2, axis=1)
    red, green = np.moveaxis(augment(x, most=3, rng=rng), 1, 0)
    np.testing.assert_array_equal(red, green)


def test_shift_moves_a_dot_to_every_place_within_reach_and_no_further(rng):
    x = np.zeros((2000, 7, 9))
    x[:, 3, 4] = 1.0
    moved = data.shift(x, most=2, rng=rng)
    np.testing.assert_array_equal(moved.sum(axis=(1, 2)), 1.0)
    hits = np.zeros((7, 9), bool)
    hits[1:6, 2:7] = True
    np.testing.assert_array_equal(moved.any(axis=0), hits)
    assert moved.sum(axis=0)[hits].min() > 40  # 80 expected in each of 25 places


def test_shift_fills_with_paper_what_it_uncovers(rng):
    x = np.zeros((50, 4, 4))
    moved = data.shift(x, most=1, paper=0.5, rng=rng)
    uncovered = (moved == 0.5).sum(axis=(1, 2))
    assert set(uncovered.tolist()) == {0, 4, 7}  # no edge, one edge, two edges


@pytest.mark.parametrize("quarters", [0, 1, 2, 3, -1])
def test_quarter_turns_move_pixels_onto_pixels(quarters, rng):
    x = rng.random((3, 8, 8))
    turned = data.rotate(x, most=0, rng=Turn(90 * quarters))
    np.testing.assert_allclose(turned, np.rot90(x, quarters, axes=(1, 2)), atol=1e-12)


def slow_rotate(image, degrees, paper):
    """Ask pixel by pixel where it was, and weigh the four pixels around."""
    h, w = image.shape
    angle, turned = math.radians(degrees), np.zeros((h, w))
    for i, j in np.ndindex(h, w):
        right, up = j - (w - 1) / 2, (h - 1) / 2 - i
        was_right = math.cos(angle) * right + math.sin(angle) * up
        was_up = -math.sin(angle) * right + math.cos(angle) * up
        row, col = (h - 1) / 2 - was_up, was_right + (w - 1) / 2
        for a in (math.floor(row), math.floor(row) + 1):
            for b in (math.floor(col), math.floor(col) + 1):
                pixel = image[a, b] if 0 <= a < h and 0 <= b < w else paper
                turned[i, j] += (1 - abs(row - a)) * (1 - abs(col - b)) * pixel
    return turned


@given(st.floats(-180, 180), st.sampled_from([(1, 1), (3, 5), (8, 8), (6, 2)]))
def test_rotate_agrees_with_slow_loops(degrees, shape):
    image = np.random.default_rng(0).random(shape)
    turned = data.rotate(image[None], most=0, paper=0.3, rng=Turn(degrees))
    np.testing.assert_allclose(turned[0], slow_rotate(image, degrees, 0.3), atol=1e-12)


def test_rotate_draws_an_angle_for_each_image_both_ways(rng):
    x = np.zeros((200, 9, 9))
    x[:, 0, 4] = 1.0  # a dot above the middle goes left when turned anticlockwise
    turned = data.rotate(x, most=20, rng=rng)
    left = turned[:, :, :4].sum(axis=(1, 2)) > turned[:, :, 5:].sum(axis=(1, 2))
    assert 70 < left.sum() < 130
    assert len(np.unique(turned, axis=0)) == 200


@given(st.integers(0, 2**32 - 1))
def test_rotate_stays_between_the_lightest_and_the_darkest_pixel(seed):
    rng = np.random.default_rng(seed)
    turned = data.rotate(rng.uniform(0.2, 0.8, (4, 5, 5)), most=180, paper=0.5, rng=rng)
    assert 0.2 - 1e-12 <= turned.min() <= turned.max() <= 0.8 + 1e-12


def test_nothing_asked_nothing_changed(rng):
    x = rng.random((4, 64))
    np.testing.assert_array_equal(data.shift(x, most=0, rng=rng), x)
    np.testing.assert_allclose(data.rotate(x, most=0, rng=rng), x, rtol=1e-12)
    np.testing.assert_array_equal(data.noise(x, sigma=0, rng=rng), x)


def test_noise_has_its_standard_deviation_and_no_mean(rng):
    drawn = data.noise(np.ones((200, 64)), sigma=0.3, rng=rng) - 1.0
    assert abs(drawn.mean()) < 0.01
    assert drawn.std() == pytest.approx(0.3, rel=0.03)


@pytest.mark.parametrize(
    ("augment", "says"),
    [
        (lambda x, rng: data.shift(x, most=-1, rng=rng), "most is 0 or more"),
        (lambda x, rng: data.shift(x, most=1.5, rng=rng), "whole pixels"),
        (lambda x, rng: data.rotate(x, most=-1, rng=rng), "most is 0 or more"),
        (lambda x, rng: data.noise(x, sigma=np.nan, rng=rng), "sigma is 0 or more, got nan"),
    ],
)
def test_amounts_that_make_no_sense_are_refused(augment, says, rng):
    with pytest.raises(ValueError, match=says):
        augment(np.zeros((2, 64)), rng)


def test_mixup_mixes_labels_as_it_mixes_samples(rng):
    y = np.arange(12) % 4
    x = np.eye(4)[y]  # each sample is its own label: after mixing, both must still be equal
    x_mixed, y_mixed = data.mixup(x, y, classes=4, alpha=1.0, rng=rng)
    np.testing.assert_array_equal(x_mixed, y_mixed)
    np.testing.assert_allclose(y_mixed.sum(axis=1), 1.0)
    assert ((y_mixed > 0).sum(axis=1) == 2).any()


def test_mixup_shares_are_drawn_from_the_beta_distribution(rng):
    n, alpha = 1000, 0.4
    _, y_mixed = data.mixup(np.zeros((n, 1)), np.arange(n), classes=n, alpha=alpha, rng=rng)
    share = np.diag(y_mixed)
    assert share.mean() == pytest.approx(0.5, abs=0.05)
    assert share.var() == pytest.approx(0.25 / (2 * alpha + 1), rel=0.1)


@pytest.mark.parametrize(
    ("y", "alpha", "says"),
    [
        ([0, 1, 3], 0.2, "0 to 2 with classes=3, got 0 to 3"),
        ([0, 1], 0.2, "each of the 3 samples"),
        (np.eye(3), 0.2, "makes the one-hot rows itself"),
        ([0.0, 1.0, 2.0], 0.2, "float64"),
        ([0, 1, 2], 0.0, "alpha is a number above 0"),
        ([0, 1, 2], np.nan, "alpha is a number above 0"),
    ],
)
def test_mixup_names_what_does_not_fit(y, alpha, says, rng):
    with pytest.raises(ValueError, match=says):
        data.mixup(np.zeros((3, 2)), np.array(y), classes=3, alpha=alpha, rng=rng)


def test_a_network_reads_shifted_digits_once_it_was_shown_some(rng):
    x_train, y_train, x_test, y_test = data.split(*data.digits(), test=0.2, rng=rng)
    shifted = data.shift(x_test, most=1, rng=rng)

    def read_shifted(most):
        rng = np.random.default_rng(0)
        net = nn.Sequential(nn.Linear(64, 64, rng=rng), nn.ReLU(), nn.Linear(64, 10, rng=rng))
        optimizer = nn.SGD(lr=0.5)
        for _ in range(20):
            for x, y in data.batches(x_train, y_train, size=32, rng=rng):
                scores, cache = net.forward(data.shift(x, most=most, rng=rng))
                _, dscores = nn.softmax_cross_entropy(scores, y)
                net.backward(dscores, cache)
                optimizer.step(net.params, net.grads)
        return metrics.accuracy(net.forward(shifted)[0], y_test)

    assert read_shifted(most=0) < 0.6
    assert read_shifted(most=1) > 0.8
