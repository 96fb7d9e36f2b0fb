"""What check says of anything at all, right, wrong or strange; the tasks have their own tests."""

import functools
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_lab.grading import Result, check
from backprop_lab.grading.tasks import TASKS


def affine_forward(x, W, b):
    return x @ W + b


def returning(value):
    return lambda *arguments: value


def raising(error):
    def affine_forward(x, W, b):
        raise error

    return affine_forward


class Hostile:
    """Objects to being looked at."""

    def __getattribute__(self, name):
        raise RuntimeError("hands off")

    def __call__(self, *arguments):
        return self

    __repr__ = __str__ = __len__ = __eq__ = __hash__ = __iter__ = __array__ = __call__


class HostileError(Exception):
    def __str__(self):
        raise SystemExit("no words")


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(max_size=5)
    | st.builds(np.zeros, st.lists(st.integers(0, 3), max_size=3))
    | st.builds(np.array, st.sampled_from(["a", None, 1j, True, 10**30]))
    | st.builds(Hostile)
    | st.just(Hostile),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=6,
)
tasks = st.sampled_from([*TASKS, "afine_forward", ""]) | values


@given(tasks, values | values.map(returning))
@settings(max_examples=150, deadline=None)
def test_check_never_raises(task, solution):
    result = check(task, solution)

    assert isinstance(result, Result)
    assert not result.passed
    assert str(result)
    assert repr(result)
    assert result._repr_html_()


@pytest.mark.parametrize("task", TASKS)
def test_the_same_check_twice_says_the_same(task):
    assert check(task, returning(3.0)) == check(task, returning(3.0))


def test_unknown_task_suggests_the_nearest_names():
    result = check("affine_bakward", affine_forward)

    assert not result.passed
    assert "`affine_backward`" in result.message
    assert "`sgd_step`" in check("nothing like it", affine_forward).message


def test_arguments_the_wrong_way_round():
    assert "name of the task comes first" in check(affine_forward, "affine_forward").message


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param(7, "without parentheses", id="number"),
        pytest.param(None, "without parentheses", id="None"),
        pytest.param(np.ones((2, 2)), "without parentheses", id="result of a call"),
        pytest.param(dict, "the class dict", id="class"),
        pytest.param(lambda x, W: x, "3 arguments, (x, W, b)", id="too few parameters"),
        pytest.param(lambda W, x, b: x, "(x, W, b)", id="another order"),
        pytest.param(Hostile(), "", id="hostile"),
    ],
)
def test_what_is_no_such_function_is_told_so(given, words):
    result = check("affine_forward", given)

    assert not result.passed
    assert result.diagnosis is None
    assert words in result.message


def test_generators_and_coroutines_are_told_so():
    def generator(x, W, b):
        yield x

    async def coroutine(x, W, b):
        return x

    assert "yield" in check("affine_forward", generator).message
    assert "async" in check("affine_forward", coroutine).message


def test_other_callables_are_functions_too():
    class Layer:
        def __call__(self, x, W, b):
            return x @ W + b

        def forward(self, x, W, b):
            return x @ W + b

    partial = functools.partial(lambda sign, x, W, b: sign * (x @ W + b), 1)
    for solution in (Layer(), Layer().forward, partial):
        assert check("affine_forward", solution).passed


def empty(x, W, b):
    """Return x @ W + b."""


def dots(x, W, b): ...


@pytest.mark.parametrize("stub", [empty, dots, raising(NotImplementedError())])
def test_an_untouched_stub_is_not_called_an_error(stub):
    result = check("affine_forward", stub)

    assert result.failure == "not written yet"
    assert "Nothing to check so far" in result.message
    assert "raises" not in result.message
    assert len(result.hints) == 3


@pytest.mark.parametrize(
    ("value", "failure", "words"),
    [
        pytest.param(None, "outputs", "returned None", id="None"),
        pytest.param((1, 2), "outputs", "a tuple of 2", id="tuple"),
        pytest.param((np.ones((4, 2)),), "outputs", "comma", id="stray comma"),
        pytest.param([[1.0, 2.0]], "dtype", "a list", id="list"),
        pytest.param("x @ W + b", "dtype", "a str", id="string"),
        pytest.param(np.ones((2, 4)), "shape", "(2, 4), and (N, M) = (4, 2)", id="shape"),
        pytest.param(3.0, "shape", "()", id="number"),
    ],
)
def test_a_strange_value_is_told_by_what_it_is(value, failure, words):
    result = check("affine_forward", returning(value))

    assert result.failure == failure
    assert words in result.message


@pytest.mark.parametrize("dtype", [complex, bool, object, "U3"])
def test_arrays_of_other_things_than_real_numbers_are_refused(dtype):
    def solution(x, W, b):
        return (x @ W + b).astype(dtype)

    assert check("affine_forward", solution).failure == "dtype"


def test_the_number_of_outputs_comes_before_their_values():
    two = check("affine_backward", lambda dout, x, W: (dout @ W.T, x.T @ dout))

    assert two.failure == "outputs"
    assert "a tuple of 2, and 3 outputs are expected: `return dx, dW, db`" in two.message


def test_an_exception_names_its_line_and_the_shapes():
    def solution(x, W, b):
        out = x @ W
        return out + undefined  # noqa: F821

    result = check("affine_forward", solution)

    assert result.failure == "exception"
    assert "NameError in line 3 of your function, `return out + undefined" in result.message
    assert "x (4, 3), W (3, 2), b (2,)" in result.message


def test_a_function_that_remembers_is_found_by_the_later_calls():
    memory = {}

    def remembers_shapes(x, W, b):
        return memory.setdefault(x.shape, x @ W + b)

    calls = []

    def drifts(x, W, b):
        calls.append(1)
        return x @ W + b + (len(calls) > len(TASKS["affine_forward"].probes))

    assert not check("affine_forward", remembers_shapes).passed
    assert "from one call to the next" in check("affine_forward", drifts).message


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(SystemExit(1), "ends the program", id="SystemExit"),
        pytest.param(KeyboardInterrupt(), "stop button", id="KeyboardInterrupt"),
        pytest.param(GeneratorExit(), "GeneratorExit", id="GeneratorExit"),
        pytest.param(HostileError(), "HostileError", id="error without words"),
    ],
)
def test_whatever_it_raises_the_notebook_goes_on(error, words):
    result = check("affine_forward", raising(error))

    assert result.failure == "exception"
    assert words in result.message


def test_an_endless_loop_is_told_so():
    def solution(x, W, b):
        while True:
            b = b + 0

    result = check("affine_forward", solution)

    assert result.failure == "time"
    assert "loop" in result.message


def test_endless_recursion_is_told_so():
    def solution(x, W, b):
        return solution(x, W, b)

    assert "calls itself without an end" in check("affine_forward", solution).message


def test_input_is_told_so():
    result = check("affine_forward", lambda x, W, b: x * float(input("scale? ")))

    assert "keyboard" in result.message


def test_the_first_lines_printed_are_shown_and_the_rest_is_counted(capsys):
    def solution(x, W, b):
        for i in range(10_000):
            print("line", i)
        return x @ W + b

    result = check("affine_forward", solution)

    assert result.passed
    assert result.printed.startswith("line 0\nline 1\n")
    assert "more lines" in result.printed
    assert len(result.printed) < 200
    assert capsys.readouterr().out == ""


def test_patching_numpy_does_not_pass_and_does_not_last(monkeypatch):
    allclose, array = np.allclose, np.array

    def solution(x, W, b):
        np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
        np.array = lambda *a, **k: 0
        sys.stdout = None
        return x

    assert not check("affine_forward", solution).passed
    assert np.allclose is allclose
    assert np.array is array
    assert sys.stdout is not None


def test_an_array_that_claims_to_equal_everything_does_not_pass():
    class Agreeable(np.ndarray):
        def __eq__(self, other):
            return np.ones(self.shape, dtype=bool)

        def __array_ufunc__(self, *arguments, **more):
            return np.ones(self.shape, dtype=bool)

    assert not check("affine_forward", lambda x, W, b: np.zeros((4, 2)).view(Agreeable)).passed
