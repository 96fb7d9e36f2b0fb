import numpy as np
import pytest

from backprop_lab import nn


def test_shapes_follow_the_images_through():
    rng = np.random.default_rng(0)
    net = nn.Sequential(
        nn.Conv2D(1, 4, 3, pad=1, rng=rng),
        nn.MaxPool2D(2),
        nn.Flatten(),
        nn.Linear(64, 10, rng=rng),
    )
    rows = [line.split() for line in nn.summary(net, (1, 8, 8)).splitlines()]
    assert rows[1:] == [
        ["input", "(N,", "1,", "8,", "8)"],
        ["Conv2D(1,", "4,", "3×3)", "(N,", "4,", "8,", "8)", "40"],
        ["MaxPool2D(2)", "(N,", "4,", "4,", "4)", "0"],
        ["Flatten()", "(N,", "64)", "0"],
        ["Linear(64,", "10)", "(N,", "10)", "650"],
        ["total", "690"],
    ]


def test_a_sample_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"\(3,\), got \(4,\)"):
        nn.summary(nn.Linear(3, 2, rng=np.random.default_rng(0)), (4,))
