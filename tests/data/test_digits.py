import numpy as np
from sklearn.datasets import load_digits

from backprop_lab import data


def test_they_are_the_uci_digits():
    x, y = data.digits()
    bunch = load_digits()
    np.testing.assert_array_equal(x * 16, bunch.data)
    np.testing.assert_array_equal(y, bunch.target)
    assert (x.dtype, y.dtype) == (np.float64, np.int64)


def test_each_call_gives_arrays_of_its_own():
    x, _ = data.digits()
    x[:] = 7.0
    assert data.digits()[0].max() == 1.0
