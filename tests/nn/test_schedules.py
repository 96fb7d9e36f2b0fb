import math

import pytest

from backprop_lab import nn


def test_constant():
    assert [nn.constant(0.3)(step) for step in (0, 1000)] == [0.3, 0.3]


def test_step_decay():
    rate = nn.step_decay(1.0, every=10, factor=0.5)
    assert [rate(step) for step in (0, 9, 10, 25)] == [1.0, 1.0, 0.5, 0.25]


def test_cosine_comes_down_and_stays():
    rate = nn.cosine(1.0, steps=100, final=0.2)
    assert [rate(step) for step in (0, 50, 100, 500)] == pytest.approx([1.0, 0.6, 0.2, 0.2])
    assert all(rate(step) > rate(step + 1) for step in range(100))


def test_warm_up_climbs_and_hands_over():
    rate = nn.warm_up(nn.cosine(1.0, steps=10), steps=4)
    assert [rate(step) for step in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert rate(5) == pytest.approx((1 + math.cos(math.pi / 10)) / 2)


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.step_decay(1.0, every=0),
        lambda: nn.cosine(1.0, steps=0),
        lambda: nn.warm_up(nn.constant(1.0), steps=0),
    ],
)
def test_no_steps_are_refused(make):
    with pytest.raises(ValueError, match="at least 1"):
        make()
