import pytest

from backprop_lab.labs.wording import count, number, rate


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (0.0432, "0.043"),
        (46.4, "46"),
        (2583.2, "2583"),
        (2.8e21, "2.8 · 10²¹"),
        (3.14e-7, "3.1 · 10⁻⁷"),
        (1.4e-19, "1.4 · 10⁻¹⁹"),
    ],
)
def test_numbers_read_as_one_would_say_them(value, words):
    assert number(value) == words


def test_counts_and_rates():
    assert (count(1, "step"), count(2, "step")) == ("1 step", "2 steps")
    assert (rate(0.001), rate(2.0), rate(10_000.0)) == ("0.001", "2", "10,000")
