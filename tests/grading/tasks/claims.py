"""What the tests of all tasks claim of a result."""

import pytest

from backprop_lab.grading import check


def for_each_mistake(cases):
    """Parametrize with (key, solution), several of one key."""
    named = [pytest.param(*case, id=f"{at} {case[0]}") for at, case in enumerate(cases)]
    return pytest.mark.parametrize(("key", "solution"), named)


def for_each(solutions):
    named = [pytest.param(each, id=f"{at} {each.__name__}") for at, each in enumerate(solutions)]
    return pytest.mark.parametrize("solution", named)


def assert_named(task, solution, key):
    result = check(task, solution)
    assert not result.passed
    assert result.diagnosis == key, str(result)
    assert result.message
    assert "{" not in result.message
    assert len(result.hints) == 3


def assert_unnamed(task, solution, failure=None):
    result = check(task, solution)
    assert not result.passed
    assert result.diagnosis is None, str(result)
    assert any(digit in result.message for digit in "0123456789"), result.message
    assert len(result.hints) == 3
    if failure:
        assert result.failure == failure, str(result)


def assert_accepted(task, solution):
    result = check(task, solution)
    assert result.passed, str(result)
    assert result.diagnosis is None
    assert result.failure is None
