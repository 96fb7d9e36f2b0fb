import numpy as np
import pytest

from backprop_lab import data

X, Y = np.arange(20.0).reshape(10, 2), np.arange(10)


def test_split_parts_pairs_without_loss():
    x_train, y_train, x_test, y_test = data.split(X, Y, test=0.3, rng=np.random.default_rng(0))
    assert (len(x_train), len(x_test)) == (7, 3)
    np.testing.assert_array_equal(np.sort(np.concatenate([y_train, y_test])), Y)
    np.testing.assert_array_equal(np.concatenate([x_train, x_test]), X[[*y_train, *y_test]])


def test_a_validation_part_is_taken_from_the_training_part():
    two, three = (
        data.split(X, Y, test=0.3, rng=np.random.default_rng(0), **more)
        for more in ({}, {"validation": 0.2})
    )
    x_train, y_train, x_validation, y_validation, x_test, y_test = three
    assert (len(x_train), len(x_validation), len(x_test)) == (5, 2, 3)
    np.testing.assert_array_equal(y_test, two[3])
    np.testing.assert_array_equal(np.sort(np.concatenate([y_train, y_validation, y_test])), Y)
    for x, y in ((x_train, y_train), (x_validation, y_validation), (x_test, y_test)):
        np.testing.assert_array_equal(x, X[y])


def test_batches_go_once_through_all_samples_in_another_order_each_time():
    rng = np.random.default_rng(0)
    first, second = (list(data.batches(X, Y, size=4, rng=rng)) for _ in range(2))
    assert [len(y) for _, y in first] == [4, 4, 2]
    for x, y in first:
        np.testing.assert_array_equal(x, X[y])
    orders = [np.concatenate([y for _, y in epoch]).tolist() for epoch in (first, second)]
    assert sorted(orders[0]) == sorted(orders[1]) == Y.tolist()
    assert orders[0] != orders[1]


@pytest.mark.parametrize("test", [0.0, 1.0, 0.01, -0.5])
def test_an_empty_part_is_refused(test):
    with pytest.raises(ValueError, match="empty"):
        data.split(X, Y, test=test, rng=np.random.default_rng(0))


@pytest.mark.parametrize(("test", "validation"), [(0.2, 0.0), (0.2, 0.8), (0.2, -0.1), (0.0, 0.2)])
def test_an_empty_part_of_three_is_refused(test, validation):
    with pytest.raises(ValueError, match=f"validation={validation} of 10 samples .* empty"):
        data.split(X, Y, test=test, validation=validation, rng=np.random.default_rng(0))


def test_samples_without_labels_are_refused():
    with pytest.raises(ValueError, match="10 samples and 9 labels"):
        data.split(X, Y[:9], test=0.5, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="10 samples and 9 labels"):
        next(data.batches(X, Y[:9], size=2, rng=np.random.default_rng(0)))


def test_a_batch_without_samples_is_refused():
    with pytest.raises(ValueError, match="size=0"):
        next(data.batches(X, Y, size=0, rng=np.random.default_rng(0)))
