import numpy as np
import pytest

from backprop_lab import nn

IMAGE = np.arange(9.0).reshape(1, 1, 3, 3)


def test_a_filter_is_not_flipped():
    layer = nn.Conv2D(1, 1, 2, rng=np.random.default_rng(0))
    layer.w, layer.b = [[[[1.0, 10.0], [100.0, 1000.0]]]], 0.5
    y, _ = layer.forward(IMAGE)
    np.testing.assert_array_equal(y, [[[[4310.5, 5421.5], [7643.5, 8754.5]]]])


def test_padding_and_stride_by_hand():
    layer = nn.Conv2D(1, 1, 1, stride=2, pad=1, rng=np.random.default_rng(0))
    layer.w = 1.0
    y, cache = layer.forward(IMAGE)
    np.testing.assert_array_equal(y, [[[[0, 0, 0], [0, 4, 0], [0, 0, 0]]]])
    dx = layer.backward(np.full((1, 1, 3, 3), 2.0), cache)
    np.testing.assert_array_equal(dx, [[[[0, 0, 0], [0, 2, 0], [0, 0, 0]]]])
    assert (layer.dw.item(), layer.db.item()) == (8.0, 18.0)


def test_overlapping_windows_add_up():
    layer = nn.Conv2D(1, 1, 2, rng=np.random.default_rng(0))
    layer.w = 1.0
    _, cache = layer.forward(IMAGE)
    dx = layer.backward(np.ones((1, 1, 2, 2)), cache)
    np.testing.assert_array_equal(dx, [[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]])


def test_the_first_of_equal_maxima_gets_the_gradient():
    layer = nn.MaxPool2D(2)
    x = np.array([[[[1.0, 5.0, 7.0], [5.0, 5.0, 7.0], [9.0, 9.0, 9.0]]]])
    y, cache = layer.forward(x)
    np.testing.assert_array_equal(y, [[[[5.0]]]])
    dx = layer.backward(np.array([[[[3.0]]]]), cache)
    np.testing.assert_array_equal(dx, [[[[0, 3, 0], [0, 0, 0], [0, 0, 0]]]])


def test_a_row_of_image_layers_reads_digits_in_any_memory_order():
    rng = np.random.default_rng(0)
    net = nn.Sequential(
        nn.Conv2D(1, 3, 3, rng=rng),
        nn.ReLU(),
        nn.MaxPool2D(2),
        nn.Conv2D(3, 4, 2, pad=1, rng=rng),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(64, 2, rng=rng),
    )
    assert nn.gradcheck(net, rng.standard_normal((2, 1, 8, 8)), rng=rng)


@pytest.mark.parametrize(
    ("layer", "shape", "says"),
    [
        (lambda rng: nn.Conv2D(3, 2, 3, rng=rng), (2, 8, 8), r"x\[:, None\]"),
        (lambda rng: nn.Conv2D(3, 2, 3, rng=rng), (2, 1, 8, 8), r"\(3, H, W\), got \(1, 8, 8\)"),
        (lambda rng: nn.Conv2D(1, 2, 5, rng=rng), (2, 1, 4, 4), "larger than the image"),
        (lambda rng: nn.MaxPool2D(5), (2, 1, 4, 4), "that hold it"),
    ],
)
def test_images_that_do_not_fit_are_named(layer, shape, says):
    with pytest.raises(ValueError, match=says):
        layer(np.random.default_rng(0)).forward(np.ones(shape))


@pytest.mark.parametrize("arguments", [(0, 1, 3), (1, 0, 3), (1, 1, 0), (1, 1, (2, 0))])
def test_a_convolution_of_nothing_is_refused(arguments):
    with pytest.raises(ValueError, match="at least one"):
        nn.Conv2D(*arguments, rng=np.random.default_rng(0))
