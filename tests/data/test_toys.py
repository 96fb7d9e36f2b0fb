import numpy as np
import pytest

from backprop_lab import data

TOYS = [data.moons, data.circles, data.spirals, data.xor]


@pytest.fixture(params=TOYS, ids=lambda toy: toy.__name__)
def toy(request):
    return request.param


def test_classes_are_even_and_in_random_order(toy):
    x, y = toy(200, noise=0.1, rng=np.random.default_rng(0))
    assert x.shape == (200, 2)
    assert np.bincount(y).tolist() == [100, 100]
    assert 60 < np.count_nonzero(np.diff(y)) < 140


def test_the_same_rng_gives_the_same_points(toy):
    draw = [toy(50, rng=np.random.default_rng(seed)) for seed in (3, 3, 4)]
    np.testing.assert_array_equal(draw[0][0], draw[1][0])
    assert not np.array_equal(draw[0][0], draw[2][0])


def test_noise_moves_points_off_the_shape(toy):
    clean, _ = toy(100, noise=0.0, rng=np.random.default_rng(0))
    noisy, _ = toy(100, noise=0.2, rng=np.random.default_rng(0))
    assert 0.05 < np.abs(noisy - clean).mean() < 0.3


@pytest.mark.parametrize("arguments", [{"n": 1}, {"n": 0}, {"n": 9, "noise": -1.0}], ids=str)
def test_bad_arguments_are_named(toy, arguments):
    with pytest.raises(ValueError, match="expected n of"):
        toy(**arguments, rng=np.random.default_rng(0))


def test_no_line_parts_the_classes(toy):
    x, y = toy(400, noise=0.0, rng=np.random.default_rng(0))
    design = np.column_stack([x, np.ones(len(x))])
    weights, *_ = np.linalg.lstsq(design, 2.0 * y - 1.0)
    assert np.mean((design @ weights > 0) == (y == 1)) < 0.95


def test_circles_have_their_radii():
    x, y = data.circles(100, noise=0.0, rng=np.random.default_rng(0))
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y == 0, 1.0, 0.5))


def test_xor_is_the_sign_of_the_product():
    x, y = data.xor(100, noise=0.0, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(y == 1, x[:, 0] * x[:, 1] < 0)


def test_spirals_have_as_many_arms_as_asked():
    _, y = data.spirals(90, classes=3, rng=np.random.default_rng(0))
    assert np.bincount(y).tolist() == [30, 30, 30]
