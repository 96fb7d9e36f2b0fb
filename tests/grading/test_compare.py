"""Words for a difference between numbers."""

import numpy as np
import pytest

from backprop_lab.grading.compare import agreeing, close, difference, farthest

RIGHT = np.array([[1.0, -2.0], [3.0, 4.0], [0.0, 5.0]])
SIZES = {"N": 3, "D": 2}


def says(got, right=RIGHT):
    return difference("dW", np.asarray(got, dtype=float), right, SIZES, 1e-9)


@pytest.mark.parametrize(
    ("got", "words"),
    [
        pytest.param(RIGHT * 0, "all zeros", id="zeros"),
        pytest.param(-RIGHT, "opposite sign", id="sign"),
        pytest.param(RIGHT / 3, "divided by 3, and 3 is N", id="by N"),
        pytest.param(RIGHT * 2, "times 2, and 2 is D", id="by D"),
        pytest.param(RIGHT / 6, "divided by 6, and 6 is N·D", id="by N·D"),
        pytest.param(RIGHT * 0.7, "0.7 times", id="factor"),
        pytest.param(RIGHT + 1.5, "plus 1.5 in every entry", id="summand"),
        pytest.param(np.where(RIGHT < 0, 9, RIGHT), "right in 5 of its 6", id="part"),
        pytest.param(np.where(RIGHT < 0, np.nan, RIGHT), "nan or inf in 1 of its 6", id="nan"),
        pytest.param(RIGHT**2 + 7, "differs from the right one in every entry", id="other"),
    ],
)
def test_difference_is_told_in_words(got, words):
    assert words in says(got)


def test_a_square_transpose_is_told():
    square = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert "transposed" in says(square.T, square)


def test_farthest_names_the_entry_and_both_values():
    got = RIGHT.copy()
    got[1, 1] = 6
    assert farthest("dW", got, RIGHT) == "dW[1, 1]: yours is 6, the right one 4"
    assert farthest("loss", np.array(1.0), np.array(2.0)) == "loss: yours is 1, the right one 2"


def test_agreement_is_absolute_beside_relative():
    right = np.array([1.0, 0.0])
    assert close(np.array([1.0, 1e-13]), right)
    assert not close(np.array([1.0, 1e-6]), right)
    assert not close(np.array([[1.0, 0.0]]), right)


def test_an_infinity_agrees_with_itself_alone():
    right = np.array([np.inf, np.nan, 1.0])
    assert agreeing(right, right).all()
    assert not agreeing(np.array([-np.inf, 1.0, np.inf]), right).any()
