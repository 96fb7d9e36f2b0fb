import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import StandardScaler

from backprop_lab import data


def test_by_hand():
    scale = data.standardize(np.array([[1.0, 10.0], [3.0, 30.0]]))
    np.testing.assert_array_equal(scale.mean, [2.0, 20.0])
    np.testing.assert_array_equal(scale.std, [1.0, 10.0])
    np.testing.assert_array_equal(scale(np.array([[5.0, 20.0]])), [[3.0, 0.0]])


def test_the_digits_are_scaled_as_scikit_learn_scales_them(rng):
    x, y = data.digits()
    x_train, _, x_test, _ = data.split(x, y, test=0.2, rng=rng)
    theirs = StandardScaler().fit(x_train)
    scale = data.standardize(x_train)
    for part in (x_train, x_test):
        np.testing.assert_allclose(scale(part), theirs.transform(part), rtol=1e-10, atol=1e-12)


@given(arrays(float, (7, 3), elements=st.floats(-1e3, 1e3, width=16)))
def test_training_data_gets_mean_0_and_standard_deviation_1_or_stays_constant(x):
    scaled = data.standardize(x)(x)
    constant = (x == x[0]).all(axis=0)
    np.testing.assert_allclose(scaled.mean(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(scaled.std(axis=0), np.where(constant, 0.0, 1.0), atol=1e-9)


def test_a_constant_feature_keeps_its_unit():
    x = np.full((7, 1), 0.1)  # its mean rounds, and its std comes out as 1e-17
    scale = data.standardize(x)
    assert scale.std == 1.0
    np.testing.assert_allclose(scale(x), 0.0, atol=1e-15)
    np.testing.assert_allclose(scale(x + 2.0), 2.0)


def test_images_are_scaled_pixel_by_pixel(rng):
    x = rng.random((6, 2, 3))
    flat = data.standardize(x.reshape(6, 6))(x.reshape(6, 6))
    np.testing.assert_array_equal(data.standardize(x)(x), flat.reshape(6, 2, 3))


def test_float32_stays_float32(rng):
    x = rng.random((6, 4)).astype(np.float32)
    x[:, 0] = 3.0
    assert data.standardize(x)(x).dtype == np.float32


def test_data_is_left_as_it_was(rng):
    x = rng.random((6, 4))
    before = x.copy()
    data.standardize(x)(x)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("shape", [(5,), (0, 3), ()], ids=str)
def test_training_data_without_samples_or_features_is_refused(shape):
    with pytest.raises(ValueError, match=r"shape \(N, D\)"):
        data.standardize(np.zeros(shape))


@pytest.mark.parametrize("shape", [(3,), (2, 4), (2, 3, 1), ()], ids=str)
def test_other_features_than_in_training_are_refused(shape):
    scale = data.standardize(np.eye(3))
    with pytest.raises(ValueError, match=r"shape \(N, 3\)"):
        scale(np.zeros(shape))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_entries_that_are_not_finite_are_named(bad):
    x = np.eye(3)
    broken = x.copy()
    broken[1, 2] = bad
    for scale in (data.standardize, data.standardize(x)):
        with pytest.raises(ValueError, match=rf"1 entries .* first is {bad} at \[1, 2\]"):
            scale(broken)
